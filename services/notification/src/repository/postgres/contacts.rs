//! Contacts in PostgreSQL.

use super::super::{ContactRows, NotificationRecorder, NotificationRows};
use crate::models::{Contact, Locale, OrderId};
use async_trait::async_trait;
use engine::{Change, Outcome, Store, StoreError, Version, Versioned};
use kernel::{Account, Email, Ids, Money, PersonName, Text, Uuid};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use storage::postgres::{Postgres, Session, column, damaged, each, number};
use storage::{RowOutcome, Writer, to_write};
use tokio_postgres::{Error, Row, Statement};

/// `Store<Contact>` on PostgreSQL.
pub struct PostgresContacts {
    database: Postgres,
    writer: Writer<NotificationRows>,
    ids: Arc<dyn Ids>,
}

impl PostgresContacts {
    /// Over an opened database; `writer` is its writer task.
    pub fn new(database: Postgres, writer: Writer<NotificationRows>, ids: Arc<dyn Ids>) -> Self {
        Self { database, writer, ids }
    }
}

#[async_trait]
impl Store<Contact> for PostgresContacts {
    async fn load(
        &self,
        ids: &[OrderId],
    ) -> Result<HashMap<OrderId, Versioned<Contact>>, StoreError> {
        those(&self.database, ids).await
    }

    async fn commit(&self, changes: Vec<Change<Contact>>) -> Vec<Outcome> {
        let write = |change| to_write::<Contact, NotificationRecorder>(change, &*self.ids);
        self.writer.commit(changes.into_iter().map(write).collect()).await
    }
}

pub(super) async fn those(
    database: &Postgres,
    ids: &[OrderId],
) -> Result<HashMap<OrderId, Versioned<Contact>>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let sql = "
        SELECT order_id, version, account, reference, customer_name, email, locale, total, noted_at
        FROM contacts WHERE order_id = ANY($1::uuid[])";
    let rows = database.read(sql, &[&ids]).await?;
    let loaded = |row| contact(row).map(|contact| (contact.state.order, contact));
    rows.iter().map(loaded).collect()
}

/// The first word about an order stands: one that is there sends its change back to be decided.
const INSERT: &str = "
    INSERT INTO contacts (order_id, version, account, reference, customer_name, email, locale,
        total, currency, noted_at)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::bigint[], $9::text[], $10::timestamptz[])
    ON CONFLICT (order_id) DO NOTHING RETURNING order_id";

/// What writes contacts, prepared.
pub(super) struct Statements {
    insert: Statement,
}

impl Statements {
    pub(super) async fn prepare(session: &Session) -> Result<Self, Error> {
        Ok(Self { insert: session.prepare_cached(INSERT).await? })
    }

    /// Answers in the order given.
    pub(super) async fn write(
        &self,
        session: &Session,
        new: &[&ContactRows],
    ) -> Result<Vec<RowOutcome>, Error> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let inserted = session
            .query(
                &self.insert,
                &[
                    &each(new, |rows| rows.contact.order.uuid()),
                    &each(new, |rows| i64::from(rows.version.0)),
                    &each(new, |rows| rows.contact.account.as_str()),
                    &each(new, |rows| rows.contact.reference.as_ref().map(Text::as_str)),
                    &each(new, |rows| rows.contact.name.reveal()),
                    &each(new, |rows| rows.contact.email.reveal()),
                    &each(new, |rows| rows.contact.locale.as_str()),
                    &each(new, |rows| rows.contact.total.as_rupiah()),
                    &each(new, |rows| rows.contact.total.currency().code()),
                    &each(new, |rows| rows.contact.noted_at),
                ],
            )
            .await?;
        let written: HashSet<Uuid> =
            inserted.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let outcome = |rows: &&ContactRows| match written.contains(&rows.contact.order.uuid()) {
            true => RowOutcome::Written,
            false => RowOutcome::VersionMoved,
        };
        Ok(new.iter().map(outcome).collect())
    }
}

fn contact(row: &Row) -> Result<Versioned<Contact>, StoreError> {
    let text = |index| column::<&str>(row, index);
    let reference: Option<&str> = column(row, 3)?;
    let state = Contact {
        order: OrderId(column(row, 0)?),
        account: Account::parse(text(2)?).map_err(damaged)?,
        reference: reference.map(Text::parse).transpose().map_err(damaged)?,
        name: PersonName::parse(text(4)?).map_err(damaged)?,
        email: Email::parse(text(5)?).map_err(damaged)?,
        locale: Locale::of(text(6)?),
        total: Money::rupiah(column(row, 7)?),
        noted_at: column(row, 8)?,
    };
    Ok(Versioned { version: Version(number(row, 1)?), state })
}
