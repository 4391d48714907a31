//! Orders in PostgreSQL: reading them. Their rows are written by `rows`.

mod rows;

use super::{OrderRecorder, OrderRows};
use crate::models::{CancelWish, Cancellation, Line, Order, OrderId, Payment, PaymentId};
use crate::usecase::ports::{EarlierAnswer, ListQuery, Orders};
use async_trait::async_trait;
use engine::{Answer, Change, Outcome, Store, StoreError, Version, Versioned};
use kernel::{Account, Email, Ids, Money, PersonName, Phone, Text, Uuid};
use std::collections::HashMap;
use std::sync::Arc;
use storage::postgres::{Migrations, Postgres, bound, column, damaged, number};
use storage::{Writer, to_write};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

mod schema {
    refinery::embed_migrations!("migrations/postgres");
}

/// The schema of this service.
pub fn migrations() -> Migrations {
    schema::migrations::runner()
}

/// [`Orders`] on PostgreSQL.
pub struct PostgresOrders {
    database: Postgres,
    writer: Writer<OrderRows>,
    ids: Arc<dyn Ids>,
}

impl PostgresOrders {
    /// Over an opened database; `writer` is its writer task.
    pub fn new(database: Postgres, writer: Writer<OrderRows>, ids: Arc<dyn Ids>) -> Self {
        Self { database, writer, ids }
    }

    /// The orders of a statement, in its order, with all their lines by one more.
    ///
    /// The lines are read after their orders and not beside them: an order is written with its
    /// lines and they never change, so whatever was seen has its lines by then.
    async fn read(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Versioned<Order>>, StoreError> {
        let rows = self.database.read(sql, values).await?;
        let mut orders: Vec<_> = rows.iter().map(order).collect::<Result<_, _>>()?;
        if orders.is_empty() {
            return Ok(orders);
        }
        let ids: Vec<Uuid> = orders.iter().map(|order| order.state.id.uuid()).collect();
        let rows = self.database.read(LINES, &[&ids]).await?;
        let mut lines: HashMap<Uuid, Vec<Line>> = HashMap::with_capacity(orders.len());
        for row in &rows {
            lines.entry(column(row, 0)?).or_default().push(line(row)?);
        }
        for order in &mut orders {
            order.state.lines = lines.remove(&order.state.id.uuid()).unwrap_or_default();
        }
        Ok(orders)
    }
}

#[async_trait]
impl Store<Order> for PostgresOrders {
    async fn load(
        &self,
        ids: &[OrderId],
    ) -> Result<HashMap<OrderId, Versioned<Order>>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE id = ANY($1::uuid[])");
        let orders = self.read(&sql, &[&ids]).await?;
        Ok(orders.into_iter().map(|order| (order.state.id, order)).collect())
    }

    async fn commit(&self, changes: Vec<Change<Order>>) -> Vec<Outcome> {
        let write = |change| to_write::<Order, OrderRecorder>(change, &*self.ids);
        self.writer.commit(changes.into_iter().map(write).collect()).await
    }
}

#[async_trait]
impl Orders for PostgresOrders {
    async fn find(
        &self,
        account: &Account,
        id: OrderId,
    ) -> Result<Option<Versioned<Order>>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE id = $1 AND account = $2");
        let orders = self.read(&sql, &[&id.uuid(), &account.as_str()]).await?;
        Ok(orders.into_iter().next())
    }

    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Order>>, StoreError> {
        // It comes from a URL, and PostgreSQL refuses a text with a NUL even as a question.
        if query.reference.as_ref().is_some_and(|reference| reference.contains('\0')) {
            return Ok(Vec::new());
        }
        let (account, limit) = (query.account.as_str(), bound(query.limit));
        let (status, after) = (query.status.map(|s| s.as_str()), query.after.map(|id| id.uuid()));
        let mut sql = format!("SELECT {COLUMNS} FROM orders WHERE account = $1");
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&account];
        if let Some(status) = &status {
            values.push(status);
            sql.push_str(&format!(" AND status = ${}", values.len()));
        }
        if let Some(reference) = &query.reference {
            values.push(reference);
            sql.push_str(&format!(" AND reference = ${}", values.len()));
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
    ) -> Result<Vec<Versioned<Order>>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE id > $1 ORDER BY id LIMIT $2");
        // No order has the lowest id there is.
        let after = after.map_or(Uuid::nil(), OrderId::uuid);
        self.read(&sql, &[&after, &bound(max)]).await
    }

    async fn by_reference(
        &self,
        account: &Account,
        reference: &str,
    ) -> Result<Option<OrderId>, StoreError> {
        let sql = "SELECT id FROM orders WHERE account = $1 AND reference = $2";
        let rows = self.database.read(sql, &[&account.as_str(), &reference]).await?;
        rows.first().map(|row| column(row, 0).map(OrderId)).transpose()
    }

    async fn answered(
        &self,
        account: &Account,
        key: &str,
    ) -> Result<Option<EarlierAnswer>, StoreError> {
        let sql = "SELECT fingerprint, status, body FROM idempotency_keys
            WHERE account = $1 AND key = $2";
        let rows = self.database.read(sql, &[&account.as_str(), &key]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let fingerprint = column::<&[u8]>(row, 0)?.try_into().map_err(damaged)?;
        let answer = Answer { status: number(row, 1)?, body: column(row, 2)? };
        Ok(Some(EarlierAnswer { fingerprint, answer }))
    }

    fn pending_events(&self) -> u64 {
        self.database.pulse().pending_events()
    }
}

const COLUMNS: &str = "id, account, reference, version, status, customer_name, customer_email,
    customer_phone, locale, total, metadata, payment_id, payment_status, payment_method,
    payment_sequence, created_at, updated_at, payment_due_at, cancel_requested_at, refund_if_paid,
    cancel_reason";

const LINES: &str = "
    SELECT order_id, sku, name, quantity, unit_price FROM order_lines
    WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, position";

fn order(row: &Row) -> Result<Versioned<Order>, StoreError> {
    let text = |index| column::<&str>(row, index);
    let (reference, phone): (Option<&str>, Option<&str>) = (column(row, 2)?, column(row, 7)?);
    let state = Order {
        id: OrderId(column(row, 0)?),
        account: Account::parse(text(1)?).map_err(damaged)?,
        reference: reference.map(Text::parse).transpose().map_err(damaged)?,
        status: text(4)?.parse().map_err(damaged)?,
        customer_name: PersonName::parse(text(5)?).map_err(damaged)?,
        email: Email::parse(text(6)?).map_err(damaged)?,
        phone: phone.map(Phone::parse).transpose().map_err(damaged)?,
        locale: if text(8)? == "en" { "en" } else { "id" },
        lines: Vec::new(),
        total: Money::rupiah(column(row, 9)?),
        metadata: serde_json::from_str(text(10)?).map_err(damaged)?,
        payment: payment(row)?,
        payment_due_at: column(row, 17)?,
        cancellation: cancellation(row)?,
        created_at: column(row, 15)?,
        updated_at: column(row, 16)?,
    };
    Ok(Versioned { version: Version(number(row, 3)?), state })
}

fn payment(row: &Row) -> Result<Option<Payment>, StoreError> {
    let Some(id) = column(row, 11)? else { return Ok(None) };
    let status = column::<&str>(row, 12)?.parse().map_err(damaged)?;
    let (method, sequence) = (column(row, 13)?, number(row, 14)?);
    Ok(Some(Payment { id: PaymentId(id), status, method, sequence }))
}

fn cancellation(row: &Row) -> Result<Option<Cancellation>, StoreError> {
    let Some(requested_at) = column(row, 18)? else { return Ok(None) };
    let refund_if_paid = column::<Option<bool>>(row, 19)?.unwrap_or_default();
    let reason: Option<&str> = column(row, 20)?;
    let reason = reason.map(Text::parse).transpose().map_err(damaged)?;
    Ok(Some(Cancellation { requested_at, wish: CancelWish { refund_if_paid, reason } }))
}

fn line(row: &Row) -> Result<Line, StoreError> {
    Ok(Line {
        sku: Text::parse(column(row, 1)?).map_err(damaged)?,
        name: Text::parse(column(row, 2)?).map_err(damaged)?,
        quantity: number(row, 3)?,
        unit_price: Money::rupiah(column(row, 4)?),
    })
}
