//! What PostgreSQL has of each order, for audits: contact and messages together. Writes nothing.

use super::contacts;
use crate::models::{MessageId, OrderId, Origin, PaymentId};
use crate::usecase::ports::{Correspondence, Told};
use engine::StoreError;
use kernel::{Email, Uuid};
use std::collections::HashMap;
use storage::postgres::{Postgres, bound, column, damaged, number};
use tokio_postgres::Row;

/// Orders with a contact or messages. Not those with a contact alone: that a foreign key forbids
/// messages without one is no reason for an audit to believe it.
const ORDERS: &str = "
    (SELECT order_id FROM contacts WHERE order_id > $1 ORDER BY order_id LIMIT $2)
    UNION
    (SELECT DISTINCT order_id FROM messages WHERE order_id > $1 ORDER BY order_id LIMIT $2)
    ORDER BY order_id LIMIT $2";

const TOLD: &str = "
    SELECT order_id, id, source, aggregate, sequence, channel, template, status, recipient,
        attempts, resends, sent_at
    FROM messages WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, created_at, id";

/// Three reads, one after the other: what is committed between them may be told or not.
pub(super) async fn correspondence(
    database: &Postgres,
    after: Option<OrderId>,
    max: usize,
) -> Result<Vec<Correspondence>, StoreError> {
    // No order has the lowest id there is.
    let after = after.map_or(Uuid::nil(), OrderId::uuid);
    let rows = database.read(ORDERS, &[&after, &bound(max)]).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| column(row, 0)).collect::<Result<_, _>>()?;
    let orders: Vec<OrderId> = ids.iter().copied().map(OrderId).collect();
    let mut contacts = contacts::those(database, &orders).await?;
    let mut messages: HashMap<Uuid, Vec<Told>> = HashMap::with_capacity(ids.len());
    for row in &database.read(TOLD, &[&ids]).await? {
        messages.entry(column(row, 0)?).or_default().push(told(row)?);
    }
    let of = |order: OrderId| Correspondence {
        order,
        contact: contacts.remove(&order).map(|contact| contact.state),
        messages: messages.remove(&order.uuid()).unwrap_or_default(),
    };
    Ok(orders.into_iter().map(of).collect())
}

fn told(row: &Row) -> Result<Told, StoreError> {
    let text = |index| column::<&str>(row, index);
    Ok(Told {
        id: MessageId(column(row, 1)?),
        origin: Origin {
            source: column(row, 2)?,
            payment: PaymentId(column(row, 3)?),
            sequence: number(row, 4)?,
        },
        channel: text(5)?.parse().map_err(damaged)?,
        template: text(6)?.parse().map_err(damaged)?,
        status: text(7)?.parse().map_err(damaged)?,
        recipient: Email::parse(text(8)?).map_err(damaged)?,
        attempts: number(row, 9)?,
        resends: number(row, 10)?,
        sent_at: column(row, 11)?,
    })
}
