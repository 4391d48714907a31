//! Messages in SQLite.

use super::super::{MessageRows, NotificationRecorder, NotificationRows};
use super::audit::correspondence;
use crate::models::{Content, Locale, Message, MessageId, OrderId, Origin, PaymentId};
use crate::usecase::ports::{Correspondence, ListQuery, Messages};
use async_trait::async_trait;
use engine::{Change, Outcome, Store, StoreError, Version, Versioned};
use kernel::{Account, Email, Ids, micros, timestamp};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use std::collections::HashMap;
use std::sync::Arc;
use storage::sqlite::{Sqlite, damaged};
use storage::{Gather, RowOutcome, Writer, to_write};

/// [`Messages`] on SQLite.
pub struct SqliteMessages {
    database: Sqlite,
    writer: Writer<NotificationRows>,
    ids: Arc<dyn Ids>,
    by_id: Gather<MessageId, Versioned<Message>>,
}

impl SqliteMessages {
    /// Over an opened database; `writer` is its writer task, the same that contacts use.
    pub fn new(database: Sqlite, writer: Writer<NotificationRows>, ids: Arc<dyn Ids>) -> Self {
        let messages = database.clone();
        let by_id = Gather::start(move |ids| {
            let database = messages.clone();
            async move { those(&database, ids).await }
        });
        Self { database, writer, ids, by_id }
    }
}

async fn those(
    database: &Sqlite,
    ids: Vec<MessageId>,
) -> Result<HashMap<MessageId, Versioned<Message>>, StoreError> {
    let read = move |connection: &Connection| {
        let mut found = HashMap::with_capacity(ids.len());
        for id in ids {
            let message = one(connection, "id = ?1", &[&id.uuid()])?;
            found.extend(message.map(|message| (id, message)));
        }
        Ok(found)
    };
    database.read(read).await
}

#[async_trait]
impl Store<Message> for SqliteMessages {
    /// Jobs ask for one at a time; those are gathered.
    async fn load(
        &self,
        ids: &[MessageId],
    ) -> Result<HashMap<MessageId, Versioned<Message>>, StoreError> {
        match ids {
            [id] => Ok(self.by_id.one(*id).await?.map(|m| (*id, m)).into_iter().collect()),
            _ => those(&self.database, ids.to_vec()).await,
        }
    }

    async fn commit(&self, changes: Vec<Change<Message>>) -> Vec<Outcome> {
        let write = |change| to_write::<Message, NotificationRecorder>(change, &*self.ids);
        self.writer.commit(changes.into_iter().map(write).collect()).await
    }
}

#[async_trait]
impl Messages for SqliteMessages {
    async fn find(
        &self,
        account: &Account,
        id: MessageId,
    ) -> Result<Option<Versioned<Message>>, StoreError> {
        let account = account.to_string();
        self.database
            .read(move |c| one(c, "id = ?1 AND account = ?2", &[&id.uuid(), &account]))
            .await
    }

    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Message>>, StoreError> {
        let query = query.clone();
        self.database.read(move |connection| list(connection, &query)).await
    }

    async fn audit(
        &self,
        after: Option<OrderId>,
        max: usize,
    ) -> Result<Vec<Correspondence>, StoreError> {
        self.database.read(move |connection| correspondence(connection, after, max)).await
    }
}

pub(super) fn write(
    connection: &Connection,
    rows: &MessageRows,
) -> Result<RowOutcome, rusqlite::Error> {
    if rows.expected == Version::default() {
        insert(connection, rows)
    } else {
        update(connection, rows)
    }
}

fn insert(connection: &Connection, rows: &MessageRows) -> Result<RowOutcome, rusqlite::Error> {
    let message = &rows.message;
    let written = connection
        .prepare_cached(
            "INSERT INTO messages (id, version, account, order_id, source, aggregate, sequence,
                 channel, template, status, recipient, locale, subject, body_text, body_html,
                 attempts, resends, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?18)
             ON CONFLICT (source, aggregate, sequence, channel) DO NOTHING",
        )?
        .execute(params![
            message.id.uuid(),
            rows.version.0,
            message.account.as_str(),
            message.order.uuid(),
            message.origin.source,
            message.origin.payment.uuid(),
            message.origin.sequence,
            message.channel.as_str(),
            message.template.as_str(),
            message.status.as_str(),
            message.recipient.reveal(),
            message.locale.as_str(),
            message.content.subject,
            message.content.text,
            message.content.html,
            message.attempts,
            message.resends,
            micros(message.created_at),
        ])?;
    Ok(if written == 1 { RowOutcome::Written } else { RowOutcome::Taken("notification") })
}

/// Only what sending moves; what was written never changes.
fn update(connection: &Connection, rows: &MessageRows) -> Result<RowOutcome, rusqlite::Error> {
    let message = &rows.message;
    let written = connection
        .prepare_cached(
            "UPDATE messages SET version = ?3, status = ?4, attempts = ?5, resends = ?6,
                 last_error = ?7, updated_at = ?8, sent_at = ?9
             WHERE id = ?1 AND version = ?2",
        )?
        .execute(params![
            message.id.uuid(),
            rows.expected.0,
            rows.version.0,
            message.status.as_str(),
            message.attempts,
            message.resends,
            message.last_error,
            micros(message.updated_at),
            message.sent_at.map(micros),
        ])?;
    Ok(if written == 1 { RowOutcome::Written } else { RowOutcome::VersionMoved })
}

const COLUMNS: &str = "id, version, account, order_id, source, aggregate, sequence, channel,
    template, status, recipient, locale, subject, body_text, body_html, attempts, resends,
    last_error, created_at, updated_at, sent_at";

fn one(
    connection: &Connection,
    condition: &str,
    values: &[&dyn ToSql],
) -> Result<Option<Versioned<Message>>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE {condition}");
    connection.prepare_cached(&sql)?.query_row(values, message).optional()
}

fn list(
    connection: &Connection,
    query: &ListQuery,
) -> Result<Vec<Versioned<Message>>, rusqlite::Error> {
    let mut sql = format!("SELECT {COLUMNS} FROM messages WHERE account = ?1");
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(query.account.to_string())];
    let mut also = |condition: &str, value: Box<dyn ToSql>| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ?{}", values.len()));
    };
    if let Some(order) = query.order {
        also("order_id =", Box::new(order.uuid()));
    }
    if let Some(status) = query.status {
        also("status =", Box::new(status.as_str()));
    }
    if let Some(after) = query.after {
        also("id <", Box::new(after.uuid()));
    }
    sql.push_str(&format!(" ORDER BY id DESC LIMIT {}", query.limit));
    let values: Vec<&dyn ToSql> = values.iter().map(|v| &**v).collect();
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map(values.as_slice(), message)?.collect()
}

fn message(row: &Row<'_>) -> Result<Versioned<Message>, rusqlite::Error> {
    let text = |column: usize| row.get::<_, String>(column);
    let sent_at: Option<i64> = row.get(20)?;
    let state = Message {
        id: MessageId(row.get(0)?),
        account: Account::parse(&text(2)?).map_err(|e| damaged(2, e))?,
        order: OrderId(row.get(3)?),
        origin: Origin {
            source: row.get(4)?,
            payment: PaymentId(row.get(5)?),
            sequence: row.get(6)?,
        },
        channel: text(7)?.parse().map_err(|e| damaged(7, e))?,
        template: text(8)?.parse().map_err(|e| damaged(8, e))?,
        status: text(9)?.parse().map_err(|e| damaged(9, e))?,
        recipient: Email::parse(&text(10)?).map_err(|e| damaged(10, e))?,
        locale: Locale::of(&text(11)?),
        content: Content { subject: row.get(12)?, text: row.get(13)?, html: row.get(14)? },
        attempts: row.get(15)?,
        resends: row.get(16)?,
        last_error: row.get(17)?,
        created_at: timestamp(row.get(18)?),
        updated_at: timestamp(row.get(19)?),
        sent_at: sent_at.map(timestamp),
    };
    Ok(Versioned { version: Version(row.get(1)?), state })
}
