//! The suite on SQLite, in memory and in a file.

use super::StoreHarness;
use engine::Store;
use kernel::{Ids, TimeOrderedIds};
use notification::models::{Contact, OrderId};
use notification::repository::sqlite::{SqliteContacts, SqliteMessages, migrations};
use notification::usecase::ports::Messages;
use std::sync::Arc;
use storage::Operations;
use storage::sqlite::Sqlite;
use tempfile::TempDir;

struct Opened {
    database: Sqlite,
    contacts: Arc<SqliteContacts>,
    messages: Arc<SqliteMessages>,
    folder: Option<TempDir>,
}

impl Opened {
    fn new(database: Sqlite, folder: Option<TempDir>) -> Self {
        let (writer, ids): (_, Arc<dyn Ids>) = (database.writer(), Arc::new(TimeOrderedIds));
        let contacts = SqliteContacts::new(database.clone(), writer.clone(), ids.clone());
        let messages = SqliteMessages::new(database.clone(), writer, ids);
        Self { database, contacts: Arc::new(contacts), messages: Arc::new(messages), folder }
    }

    fn in_folder(folder: TempDir) -> Self {
        let path = folder.path().join("notification.db");
        Self::new(Sqlite::open(&path, migrations()).unwrap(), Some(folder))
    }
}

/// The harness of a kind of database, which differ only in how they are opened.
macro_rules! harness {
    ($name:ident, $fresh:expr) => {
        struct $name(Opened);

        impl StoreHarness for $name {
            async fn fresh() -> Self {
                Self($fresh)
            }

            fn contacts(&self) -> Arc<dyn Store<Contact>> {
                self.0.contacts.clone()
            }

            fn messages(&self) -> Arc<dyn Messages> {
                self.0.messages.clone()
            }

            fn operations(&self) -> Arc<dyn Operations> {
                Arc::new(self.0.database.clone())
            }

            async fn lose_contact(&self, order: OrderId) {
                let lose = format!(
                    "PRAGMA foreign_keys = OFF;
                     DELETE FROM contacts WHERE order_id = x'{}';
                     PRAGMA foreign_keys = ON;",
                    order.uuid().simple()
                );
                self.0.database.write(move |c| c.execute_batch(&lose)).await.unwrap();
            }

            async fn reopen(self) -> Option<Self> {
                let Opened { database, contacts, messages, folder } = self.0;
                drop((database, contacts, messages));
                Some(Self(Opened::in_folder(folder?)))
            }
        }
    };
}

harness!(InMemory, Opened::new(Sqlite::in_memory(migrations()).unwrap(), None));
harness!(InFile, Opened::in_folder(TempDir::new().unwrap()));

mod in_memory {
    messages_contract!(super::InMemory);
}

mod in_file {
    messages_contract!(super::InFile);
}
