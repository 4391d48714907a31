//! Contacts in SQLite.

use super::super::{ContactRows, NotificationRecorder, NotificationRows};
use crate::models::{Contact, Locale, OrderId};
use async_trait::async_trait;
use engine::{Change, Outcome, Store, StoreError, Version, Versioned};
use kernel::{Account, Email, Ids, Money, PersonName, Text, micros, timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashMap;
use std::sync::Arc;
use storage::sqlite::{Sqlite, damaged};
use storage::{RowOutcome, Writer, to_write};

/// `Store<Contact>` on SQLite.
pub struct SqliteContacts {
    database: Sqlite,
    writer: Writer<NotificationRows>,
    ids: Arc<dyn Ids>,
}

impl SqliteContacts {
    /// Over an opened database; `writer` is its writer task.
    pub fn new(database: Sqlite, writer: Writer<NotificationRows>, ids: Arc<dyn Ids>) -> Self {
        Self { database, writer, ids }
    }
}

#[async_trait]
impl Store<Contact> for SqliteContacts {
    async fn load(
        &self,
        ids: &[OrderId],
    ) -> Result<HashMap<OrderId, Versioned<Contact>>, StoreError> {
        let ids = ids.to_vec();
        self.database
            .read(move |connection| {
                let mut found = HashMap::with_capacity(ids.len());
                for id in ids {
                    found.extend(one(connection, id)?.map(|contact| (id, contact)));
                }
                Ok(found)
            })
            .await
    }

    async fn commit(&self, changes: Vec<Change<Contact>>) -> Vec<Outcome> {
        let write = |change| to_write::<Contact, NotificationRecorder>(change, &*self.ids);
        self.writer.commit(changes.into_iter().map(write).collect()).await
    }
}

/// The first word about an order stands: one that is there sends its change back to be decided.
pub(super) fn insert(
    connection: &Connection,
    rows: &ContactRows,
) -> Result<RowOutcome, rusqlite::Error> {
    let contact = &rows.contact;
    let written = connection
        .prepare_cached(
            "INSERT INTO contacts (order_id, version, account, reference, customer_name, email,
                 locale, total, currency, noted_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (order_id) DO NOTHING",
        )?
        .execute(params![
            contact.order.uuid(),
            rows.version.0,
            contact.account.as_str(),
            contact.reference.as_ref().map(Text::as_str),
            contact.name.reveal(),
            contact.email.reveal(),
            contact.locale.as_str(),
            contact.total.as_rupiah(),
            contact.total.currency().code(),
            micros(contact.noted_at),
        ])?;
    Ok(if written == 1 { RowOutcome::Written } else { RowOutcome::VersionMoved })
}

pub(super) fn one(
    connection: &Connection,
    id: OrderId,
) -> Result<Option<Versioned<Contact>>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT order_id, version, account, reference, customer_name, email, locale, total,
                    noted_at
             FROM contacts WHERE order_id = ?1",
        )?
        .query_row([id.uuid()], contact)
        .optional()
}

fn contact(row: &Row<'_>) -> Result<Versioned<Contact>, rusqlite::Error> {
    let text = |column: usize| row.get::<_, String>(column);
    let reference: Option<String> = row.get(3)?;
    let state = Contact {
        order: OrderId(row.get(0)?),
        account: Account::parse(&text(2)?).map_err(|e| damaged(2, e))?,
        reference: reference.map(|r| Text::parse(&r)).transpose().map_err(|e| damaged(3, e))?,
        name: PersonName::parse(&text(4)?).map_err(|e| damaged(4, e))?,
        email: Email::parse(&text(5)?).map_err(|e| damaged(5, e))?,
        locale: Locale::of(&text(6)?),
        total: Money::rupiah(row.get(7)?),
        noted_at: timestamp(row.get(8)?),
    };
    Ok(Versioned { version: Version(row.get(1)?), state })
}
