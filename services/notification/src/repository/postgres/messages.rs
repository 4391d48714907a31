//! Messages in PostgreSQL.

use super::super::{MessageRows, NotificationRecorder, NotificationRows};
use super::audit::correspondence;
use crate::models::{Content, Locale, Message, MessageId, OrderId, Origin, PaymentId};
use crate::usecase::ports::{Correspondence, ListQuery, Messages};
use async_trait::async_trait;
use engine::{Change, Outcome, Store, StoreError, Version, Versioned};
use kernel::{Account, Email, Ids, Uuid};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use storage::postgres::{Postgres, Session, bound, column, damaged, each, number};
use storage::{Gather, RowOutcome, Writer, to_write};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

/// [`Messages`] on PostgreSQL.
pub struct PostgresMessages {
    database: Postgres,
    writer: Writer<NotificationRows>,
    ids: Arc<dyn Ids>,
    by_id: Gather<MessageId, Versioned<Message>>,
}

impl PostgresMessages {
    /// Over an opened database; `writer` is its writer task, the same that contacts use.
    pub fn new(database: Postgres, writer: Writer<NotificationRows>, ids: Arc<dyn Ids>) -> Self {
        let messages = database.clone();
        let by_id = Gather::start(move |ids| {
            let database = messages.clone();
            async move { those(&database, ids).await }
        });
        Self { database, writer, ids, by_id }
    }

    async fn read(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Versioned<Message>>, StoreError> {
        self.database.read(sql, values).await?.iter().map(message).collect()
    }
}

async fn those(
    database: &Postgres,
    ids: Vec<MessageId>,
) -> Result<HashMap<MessageId, Versioned<Message>>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE id = ANY($1::uuid[])");
    let messages: Result<Vec<_>, _> =
        database.read(&sql, &[&ids]).await?.iter().map(message).collect();
    Ok(messages?.into_iter().map(|message| (message.state.id, message)).collect())
}

#[async_trait]
impl Store<Message> for PostgresMessages {
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
impl Messages for PostgresMessages {
    async fn find(
        &self,
        account: &Account,
        id: MessageId,
    ) -> Result<Option<Versioned<Message>>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE id = $1 AND account = $2");
        let messages = self.read(&sql, &[&id.uuid(), &account.as_str()]).await?;
        Ok(messages.into_iter().next())
    }

    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Message>>, StoreError> {
        let (account, limit) = (query.account.as_str(), bound(query.limit));
        let (order, after) = (query.order.map(|id| id.uuid()), query.after.map(|id| id.uuid()));
        let status = query.status.map(|status| status.as_str());
        let mut sql = format!("SELECT {COLUMNS} FROM messages WHERE account = $1");
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&account];
        if let Some(order) = &order {
            values.push(order);
            sql.push_str(&format!(" AND order_id = ${}", values.len()));
        }
        if let Some(status) = &status {
            values.push(status);
            sql.push_str(&format!(" AND status = ${}", values.len()));
        }
        if let Some(after) = &after {
            values.push(after);
            sql.push_str(&format!(" AND id < ${}", values.len()));
        }
        values.push(&limit);
        sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len()));
        self.read(&sql, &values).await
    }

    async fn audit(
        &self,
        after: Option<OrderId>,
        max: usize,
    ) -> Result<Vec<Correspondence>, StoreError> {
        correspondence(&self.database, after, max).await
    }
}

const INSERT: &str = "
    INSERT INTO messages (id, version, account, order_id, source, aggregate, sequence, channel,
        template, status, recipient, locale, subject, body_text, body_html, attempts, resends,
        created_at, updated_at)
    SELECT t.*, t.created_at FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[],
        $5::text[], $6::uuid[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[],
        $12::text[], $13::text[], $14::text[], $15::text[], $16::bigint[], $17::bigint[],
        $18::timestamptz[])
        AS t (id, version, account, order_id, source, aggregate, sequence, channel, template,
            status, recipient, locale, subject, body_text, body_html, attempts, resends,
            created_at)
    ON CONFLICT (source, aggregate, sequence, channel) DO NOTHING RETURNING id";

/// Only what sending moves; what was written never changes.
const UPDATE: &str = "
    UPDATE messages m SET version = t.version, status = t.status, attempts = t.attempts,
        resends = t.resends, last_error = t.last_error, updated_at = t.updated_at,
        sent_at = t.sent_at
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[],
        $7::text[], $8::timestamptz[], $9::timestamptz[])
        AS t (id, expected, version, status, attempts, resends, last_error, updated_at, sent_at)
    WHERE m.id = t.id AND m.version = t.expected
    RETURNING m.id";

/// What writes messages, prepared.
pub(super) struct Statements {
    insert: Statement,
    update: Statement,
}

impl Statements {
    pub(super) async fn prepare(session: &Session) -> Result<Self, Error> {
        let insert = session.prepare_cached(INSERT).await?;
        let update = session.prepare_cached(UPDATE).await?;
        Ok(Self { insert, update })
    }

    /// Answers in the order given.
    pub(super) async fn write(
        &self,
        session: &Session,
        rows: &[&MessageRows],
    ) -> Result<Vec<RowOutcome>, Error> {
        let (new, known): (Vec<_>, Vec<_>) = rows.iter().partition(|rows| is_new(rows));
        let (inserted, updated) = tokio::try_join!(
            biased;
            self.insert(session, &new),
            self.update(session, &known)
        )?;
        let written: HashSet<Uuid> =
            inserted.iter().chain(&updated).map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let outcome = |rows: &&MessageRows| match written.contains(&rows.message.id.uuid()) {
            true => RowOutcome::Written,
            false if is_new(rows) => RowOutcome::Taken("notification"),
            false => RowOutcome::VersionMoved,
        };
        Ok(rows.iter().map(outcome).collect())
    }

    async fn insert(&self, session: &Session, new: &[&MessageRows]) -> Result<Vec<Row>, Error> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        session
            .query(
                &self.insert,
                &[
                    &each(new, |rows| rows.message.id.uuid()),
                    &each(new, |rows| i64::from(rows.version.0)),
                    &each(new, |rows| rows.message.account.as_str()),
                    &each(new, |rows| rows.message.order.uuid()),
                    &each(new, |rows| rows.message.origin.source.as_str()),
                    &each(new, |rows| rows.message.origin.payment.uuid()),
                    &each(new, |rows| i64::from(rows.message.origin.sequence)),
                    &each(new, |rows| rows.message.channel.as_str()),
                    &each(new, |rows| rows.message.template.as_str()),
                    &each(new, |rows| rows.message.status.as_str()),
                    &each(new, |rows| rows.message.recipient.reveal()),
                    &each(new, |rows| rows.message.locale.as_str()),
                    &each(new, |rows| rows.message.content.subject.as_str()),
                    &each(new, |rows| rows.message.content.text.as_str()),
                    &each(new, |rows| rows.message.content.html.as_str()),
                    &each(new, |rows| i64::from(rows.message.attempts)),
                    &each(new, |rows| i64::from(rows.message.resends)),
                    &each(new, |rows| rows.message.created_at),
                ],
            )
            .await
    }

    async fn update(&self, session: &Session, known: &[&MessageRows]) -> Result<Vec<Row>, Error> {
        if known.is_empty() {
            return Ok(Vec::new());
        }
        session
            .query(
                &self.update,
                &[
                    &each(known, |rows| rows.message.id.uuid()),
                    &each(known, |rows| i64::from(rows.expected.0)),
                    &each(known, |rows| i64::from(rows.version.0)),
                    &each(known, |rows| rows.message.status.as_str()),
                    &each(known, |rows| i64::from(rows.message.attempts)),
                    &each(known, |rows| i64::from(rows.message.resends)),
                    &each(known, |rows| rows.message.last_error.as_deref()),
                    &each(known, |rows| rows.message.updated_at),
                    &each(known, |rows| rows.message.sent_at),
                ],
            )
            .await
    }
}

fn is_new(rows: &MessageRows) -> bool {
    rows.expected == Version::default()
}

const COLUMNS: &str = "id, version, account, order_id, source, aggregate, sequence, channel,
    template, status, recipient, locale, subject, body_text, body_html, attempts, resends,
    last_error, created_at, updated_at, sent_at";

fn message(row: &Row) -> Result<Versioned<Message>, StoreError> {
    let text = |index| column::<&str>(row, index);
    let state = Message {
        id: MessageId(column(row, 0)?),
        account: Account::parse(text(2)?).map_err(damaged)?,
        order: OrderId(column(row, 3)?),
        origin: Origin {
            source: column(row, 4)?,
            payment: PaymentId(column(row, 5)?),
            sequence: number(row, 6)?,
        },
        channel: text(7)?.parse().map_err(damaged)?,
        template: text(8)?.parse().map_err(damaged)?,
        status: text(9)?.parse().map_err(damaged)?,
        recipient: Email::parse(text(10)?).map_err(damaged)?,
        locale: Locale::of(text(11)?),
        content: Content {
            subject: column(row, 12)?,
            text: column(row, 13)?,
            html: column(row, 14)?,
        },
        attempts: number(row, 15)?,
        resends: number(row, 16)?,
        last_error: column(row, 17)?,
        created_at: column(row, 18)?,
        updated_at: column(row, 19)?,
        sent_at: column(row, 20)?,
    };
    Ok(Versioned { version: Version(number(row, 1)?), state })
}
