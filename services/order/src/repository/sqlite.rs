//! Orders in SQLite.

use super::{OrderRecorder, OrderRows};
use crate::models::{CancelWish, Cancellation, Line, Order, OrderId, Payment, PaymentId};
use crate::usecase::ports::{EarlierAnswer, ListQuery, Orders};
use async_trait::async_trait;
use engine::{Answer, Change, Outcome, Store, StoreError, Version, Versioned};
use kernel::{Account, Email, Ids, Money, PersonName, Phone, Text, Uuid, micros, timestamp};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use std::collections::HashMap;
use std::sync::Arc;
use storage::sqlite::{Sqlite, SqliteRows, damaged};
use storage::{RowOutcome, Writer, to_write};

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The schema of this service.
pub fn migrations() -> refinery::Runner {
    migrations::migrations::runner()
}

/// [`Orders`] on SQLite.
pub struct SqliteOrders {
    database: Sqlite,
    writer: Writer<OrderRows>,
    ids: Arc<dyn Ids>,
}

impl SqliteOrders {
    /// Over an opened database; `writer` is its writer task.
    pub fn new(database: Sqlite, writer: Writer<OrderRows>, ids: Arc<dyn Ids>) -> Self {
        Self { database, writer, ids }
    }
}

#[async_trait]
impl Store<Order> for SqliteOrders {
    async fn load(
        &self,
        ids: &[OrderId],
    ) -> Result<HashMap<OrderId, Versioned<Order>>, StoreError> {
        let ids = ids.to_vec();
        self.database
            .read(move |connection| {
                let mut found = HashMap::with_capacity(ids.len());
                for id in ids {
                    let order = one(connection, "o.id = ?1", &[&id.uuid()])?;
                    found.extend(order.map(|order| (id, order)));
                }
                Ok(found)
            })
            .await
    }

    async fn commit(&self, changes: Vec<Change<Order>>) -> Vec<Outcome> {
        let write = |change| to_write::<Order, OrderRecorder>(change, &*self.ids);
        self.writer.commit(changes.into_iter().map(write).collect()).await
    }
}

#[async_trait]
impl Orders for SqliteOrders {
    async fn find(
        &self,
        account: &Account,
        id: OrderId,
    ) -> Result<Option<Versioned<Order>>, StoreError> {
        let account = account.to_string();
        self.database
            .read(move |c| one(c, "o.id = ?1 AND o.account = ?2", &[&id.uuid(), &account]))
            .await
    }

    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Order>>, StoreError> {
        let query = query.clone();
        self.database.read(move |connection| list(connection, &query)).await
    }

    async fn audit(
        &self,
        after: Option<OrderId>,
        max: usize,
    ) -> Result<Vec<Versioned<Order>>, StoreError> {
        self.database.read(move |connection| audit(connection, after, max)).await
    }

    async fn by_reference(
        &self,
        account: &Account,
        reference: &str,
    ) -> Result<Option<OrderId>, StoreError> {
        let (account, reference) = (account.to_string(), reference.to_owned());
        self.database
            .read(move |connection| {
                connection
                    .prepare_cached("SELECT id FROM orders WHERE account = ?1 AND reference = ?2")?
                    .query_row(params![account, reference], |row| Ok(OrderId(row.get(0)?)))
                    .optional()
            })
            .await
    }

    async fn answered(
        &self,
        account: &Account,
        key: &str,
    ) -> Result<Option<EarlierAnswer>, StoreError> {
        let (account, key) = (account.to_string(), key.to_owned());
        let earlier = |row: &Row<'_>| {
            let answer = Answer { status: row.get(1)?, body: row.get(2)? };
            Ok(EarlierAnswer { fingerprint: row.get(0)?, answer })
        };
        self.database
            .read(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT fingerprint, status, body FROM idempotency_keys
                         WHERE account = ?1 AND key = ?2",
                    )?
                    .query_row(params![account, key], earlier)
                    .optional()
            })
            .await
    }

    fn pending_events(&self) -> u64 {
        self.database.pulse().pending_events()
    }
}

impl SqliteRows for OrderRows {
    fn write(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error> {
        if self.expected == Version::default() {
            self.insert(connection)
        } else {
            self.update(connection)
        }
    }
}

impl OrderRows {
    fn insert(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error> {
        let order = &self.order;
        let metadata = serde_json::to_string(&order.metadata).unwrap_or_default();
        let written = connection
            .prepare_cached(
                "INSERT INTO orders (id, account, reference, version, status, customer_name,
                     customer_email, customer_phone, locale, total, currency, metadata,
                     payment_due_at, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)
                 ON CONFLICT (account, reference) DO NOTHING",
            )?
            .execute(params![
                order.id.uuid(),
                order.account.as_str(),
                order.reference.as_ref().map(Text::as_str),
                self.version.0,
                order.status.as_str(),
                order.customer_name.reveal(),
                order.email.reveal(),
                order.phone.as_ref().map(Phone::reveal),
                order.locale,
                order.total.as_rupiah(),
                order.total.currency().code(),
                metadata,
                order.payment_due_at.map(micros),
                micros(order.created_at),
            ])?;
        if written == 0 {
            return Ok(RowOutcome::Taken("reference"));
        }
        self.insert_lines(connection)?;
        Ok(RowOutcome::Written)
    }

    fn insert_lines(&self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let mut insert = connection.prepare_cached(
            "INSERT INTO order_lines (order_id, position, sku, name, quantity, unit_price)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (position, line) in self.order.lines.iter().enumerate() {
            insert.execute(params![
                self.order.id.uuid(),
                position,
                line.sku.as_str(),
                line.name.as_str(),
                line.quantity,
                line.unit_price.as_rupiah(),
            ])?;
        }
        Ok(())
    }

    /// Only what a payment fact or a wish can move; the rest of an order never changes.
    fn update(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error> {
        let order = &self.order;
        let (payment, cancellation) = (order.payment.as_ref(), order.cancellation.as_ref());
        let written = connection
            .prepare_cached(
                "UPDATE orders SET version = ?3, status = ?4, payment_id = ?5, payment_status = ?6,
                     payment_method = ?7, payment_sequence = ?8, cancel_requested_at = ?9,
                     refund_if_paid = ?10, cancel_reason = ?11, updated_at = ?12
                 WHERE id = ?1 AND version = ?2",
            )?
            .execute(params![
                order.id.uuid(),
                self.expected.0,
                self.version.0,
                order.status.as_str(),
                payment.map(|p| p.id.uuid()),
                payment.map(|p| p.status.as_str()),
                payment.and_then(|p| p.method.as_deref()),
                payment.map_or(0, |p| p.sequence),
                cancellation.map(|c| micros(c.requested_at)),
                cancellation.map(|c| c.wish.refund_if_paid),
                cancellation.and_then(|c| c.wish.reason.as_ref().map(Text::as_str)),
                micros(order.updated_at),
            ])?;
        Ok(if written == 1 { RowOutcome::Written } else { RowOutcome::VersionMoved })
    }
}

const COLUMNS: &str = "o.id, o.account, o.reference, o.version, o.status, o.customer_name,
    o.customer_email, o.customer_phone, o.locale, o.total, o.metadata, o.payment_id,
    o.payment_status, o.payment_method, o.payment_sequence, o.created_at, o.updated_at,
    o.payment_due_at, o.cancel_requested_at, o.refund_if_paid, o.cancel_reason";

fn one(
    connection: &Connection,
    condition: &str,
    values: &[&dyn ToSql],
) -> Result<Option<Versioned<Order>>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM orders o WHERE {condition}");
    let found = connection.prepare_cached(&sql)?.query_row(values, order).optional()?;
    found.map(|order| with_lines(connection, order)).transpose()
}

fn list(
    connection: &Connection,
    query: &ListQuery,
) -> Result<Vec<Versioned<Order>>, rusqlite::Error> {
    let mut sql = format!("SELECT {COLUMNS} FROM orders o WHERE o.account = ?1");
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(query.account.to_string())];
    let mut also = |condition: &str, value: Box<dyn ToSql>| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ?{}", values.len()));
    };
    if let Some(status) = query.status {
        also("o.status =", Box::new(status.as_str()));
    }
    if let Some(reference) = &query.reference {
        also("o.reference =", Box::new(reference.clone()));
    }
    if let Some(after) = query.after {
        also("o.id <", Box::new(after.uuid()));
    }
    sql.push_str(&format!(" ORDER BY o.id DESC LIMIT {}", query.limit));
    let values: Vec<&dyn ToSql> = values.iter().map(|v| &**v).collect();
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(values.as_slice(), order)?;
    rows.map(|row| with_lines(connection, row?)).collect()
}

fn audit(
    connection: &Connection,
    after: Option<OrderId>,
    max: usize,
) -> Result<Vec<Versioned<Order>>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM orders o WHERE o.id > ?1 ORDER BY o.id LIMIT ?2");
    // No order has the lowest id there is.
    let after = after.map_or(Uuid::nil(), OrderId::uuid);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![after, max], order)?;
    rows.map(|row| with_lines(connection, row?)).collect()
}

fn with_lines(
    connection: &Connection,
    mut order: Versioned<Order>,
) -> Result<Versioned<Order>, rusqlite::Error> {
    order.state.lines = connection
        .prepare_cached(
            "SELECT sku, name, quantity, unit_price FROM order_lines
             WHERE order_id = ?1 ORDER BY position",
        )?
        .query_map([order.state.id.uuid()], |row| {
            Ok(Line {
                sku: Text::parse(&row.get::<_, String>(0)?).map_err(|e| damaged(0, e))?,
                name: Text::parse(&row.get::<_, String>(1)?).map_err(|e| damaged(1, e))?,
                quantity: row.get(2)?,
                unit_price: Money::rupiah(row.get(3)?),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(order)
}

fn order(row: &Row<'_>) -> Result<Versioned<Order>, rusqlite::Error> {
    let text = |column: usize| row.get::<_, String>(column);
    let reference: Option<String> = row.get(2)?;
    let phone: Option<String> = row.get(7)?;
    let state = Order {
        id: OrderId(row.get(0)?),
        account: Account::parse(&text(1)?).map_err(|e| damaged(1, e))?,
        reference: reference.map(|r| Text::parse(&r)).transpose().map_err(|e| damaged(2, e))?,
        status: text(4)?.parse().map_err(|e| damaged(4, e))?,
        customer_name: PersonName::parse(&text(5)?).map_err(|e| damaged(5, e))?,
        email: Email::parse(&text(6)?).map_err(|e| damaged(6, e))?,
        phone: phone.map(|p| Phone::parse(&p)).transpose().map_err(|e| damaged(7, e))?,
        locale: if text(8)? == "en" { "en" } else { "id" },
        lines: Vec::new(),
        total: Money::rupiah(row.get(9)?),
        metadata: serde_json::from_str(&text(10)?).map_err(|e| damaged(10, e))?,
        payment: payment(row)?,
        payment_due_at: row.get::<_, Option<i64>>(17)?.map(timestamp),
        cancellation: cancellation(row)?,
        created_at: timestamp(row.get(15)?),
        updated_at: timestamp(row.get(16)?),
    };
    Ok(Versioned { version: Version(row.get(3)?), state })
}

fn payment(row: &Row<'_>) -> Result<Option<Payment>, rusqlite::Error> {
    let Some(id) = row.get(11)? else { return Ok(None) };
    let status = row.get::<_, String>(12)?.parse().map_err(|e| damaged(12, e))?;
    let (method, sequence) = (row.get(13)?, row.get(14)?);
    Ok(Some(Payment { id: PaymentId(id), status, method, sequence }))
}

fn cancellation(row: &Row<'_>) -> Result<Option<Cancellation>, rusqlite::Error> {
    let Some(requested_at) = row.get::<_, Option<i64>>(18)? else { return Ok(None) };
    let refund_if_paid = row.get::<_, Option<bool>>(19)?.unwrap_or_default();
    let reason: Option<String> = row.get(20)?;
    let reason = reason.map(|r| Text::parse(&r)).transpose().map_err(|e| damaged(20, e))?;
    let wish = CancelWish { refund_if_paid, reason };
    Ok(Some(Cancellation { requested_at: timestamp(requested_at), wish }))
}
