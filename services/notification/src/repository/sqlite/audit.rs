//! What SQLite has of each order, for audits: contact and messages together. Writes nothing.

use super::contacts;
use crate::models::{MessageId, OrderId, Origin, PaymentId};
use crate::usecase::ports::{Correspondence, Told};
use kernel::{Email, Uuid, timestamp};
use rusqlite::{Connection, Row, params};
use storage::sqlite::damaged;

/// Orders with a contact or messages. Not those with a contact alone: that a foreign key forbids
/// messages without one is no reason for an audit to believe it.
const ORDERS: &str = "
    SELECT * FROM (
        SELECT order_id FROM contacts WHERE order_id > ?1 ORDER BY order_id LIMIT ?2)
    UNION
    SELECT * FROM (
        SELECT DISTINCT order_id FROM messages WHERE order_id > ?1 ORDER BY order_id LIMIT ?2)
    ORDER BY order_id LIMIT ?2";

const TOLD: &str = "
    SELECT id, source, aggregate, sequence, channel, template, status, recipient, attempts,
        resends, sent_at
    FROM messages WHERE order_id = ?1 ORDER BY created_at, id";

pub(super) fn correspondence(
    connection: &Connection,
    after: Option<OrderId>,
    max: usize,
) -> Result<Vec<Correspondence>, rusqlite::Error> {
    // No order has the lowest id there is.
    let after = after.map_or(Uuid::nil(), OrderId::uuid);
    let mut statement = connection.prepare_cached(ORDERS)?;
    let orders = statement.query_map(params![after, max], |row| Ok(OrderId(row.get(0)?)))?;
    orders.map(|order| one(connection, order?)).collect()
}

fn one(connection: &Connection, order: OrderId) -> Result<Correspondence, rusqlite::Error> {
    let contact = contacts::one(connection, order)?.map(|contact| contact.state);
    let mut messages = connection.prepare_cached(TOLD)?;
    let messages = messages.query_map([order.uuid()], told)?.collect::<Result<_, _>>()?;
    Ok(Correspondence { order, contact, messages })
}

fn told(row: &Row<'_>) -> Result<Told, rusqlite::Error> {
    let text = |column: usize| row.get::<_, String>(column);
    let sent_at: Option<i64> = row.get(10)?;
    Ok(Told {
        id: MessageId(row.get(0)?),
        origin: Origin {
            source: row.get(1)?,
            payment: PaymentId(row.get(2)?),
            sequence: row.get(3)?,
        },
        channel: text(4)?.parse().map_err(|e| damaged(4, e))?,
        template: text(5)?.parse().map_err(|e| damaged(5, e))?,
        status: text(6)?.parse().map_err(|e| damaged(6, e))?,
        recipient: Email::parse(&text(7)?).map_err(|e| damaged(7, e))?,
        attempts: row.get(8)?,
        resends: row.get(9)?,
        sent_at: sent_at.map(timestamp),
    })
}
