//! The suite on PostgreSQL, each case on a database of its own.

use super::StoreHarness;
use super::draft::{contact, message, noting, writing};
use engine::{Outcome, Store};
use fresh_database::FreshDatabase;
use kernel::{Ids, TimeOrderedIds};
use notification::models::{Contact, OrderId};
use notification::repository::postgres::{PostgresContacts, PostgresMessages, migrations};
use notification::usecase::ports::Messages;
use std::sync::Arc;
use storage::Operations;
use storage::postgres::{Postgres, PostgresUrl};

struct OnServer {
    database: Postgres,
    contacts: Arc<PostgresContacts>,
    messages: Arc<PostgresMessages>,
    place: FreshDatabase,
}

impl OnServer {
    async fn open(place: FreshDatabase) -> Self {
        let url = PostgresUrl::parse(place.url()).unwrap();
        let database = Postgres::open(&url, "notification", migrations()).await.unwrap();
        let (writer, ids): (_, Arc<dyn Ids>) = (database.writer(), Arc::new(TimeOrderedIds));
        let contacts = PostgresContacts::new(database.clone(), writer.clone(), ids.clone());
        let messages = PostgresMessages::new(database.clone(), writer, ids);
        Self { database, contacts: Arc::new(contacts), messages: Arc::new(messages), place }
    }
}

impl StoreHarness for OnServer {
    async fn fresh() -> Self {
        Self::open(FreshDatabase::create().await).await
    }

    fn contacts(&self) -> Arc<dyn Store<Contact>> {
        self.contacts.clone()
    }

    fn messages(&self) -> Arc<dyn Messages> {
        self.messages.clone()
    }

    fn operations(&self) -> Arc<dyn Operations> {
        Arc::new(self.database.clone())
    }

    async fn lose_contact(&self, order: OrderId) {
        let lose = format!(
            "ALTER TABLE messages DROP CONSTRAINT IF EXISTS messages_order_id_fkey;
             DELETE FROM contacts WHERE order_id = '{order}'"
        );
        self.place.connect().await.batch_execute(&lose).await.unwrap();
    }

    async fn reopen(self) -> Option<Self> {
        let Self { database, contacts, messages, place } = self;
        drop((database, contacts, messages));
        Some(Self::open(place).await)
    }
}

messages_contract!(OnServer);

/// Where a batch is a statement per table, the tables have an order of their own. If it were
/// wrong, the changes would go one by one, and the message first, since its id is the older one.
#[tokio::test]
async fn contacts_are_written_before_messages_whatever_their_ids() {
    let store = OnServer::fresh().await;
    assert!(message(1).id.uuid() < contact(1).order.uuid());
    let (noted, written) = tokio::join!(
        store.contacts.commit(vec![noting(&contact(1))]),
        store.messages.commit(vec![writing(&message(1))])
    );
    assert_eq!((noted, written), (vec![Outcome::Done], vec![Outcome::Done]));
}
