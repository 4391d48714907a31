//! Payments for an audit, in SQLite.

use super::super::journal::audited;
use super::{journal, read};
use crate::models::OrderId;
use crate::usecase::ports::Audited;
use kernel::Uuid;
use rusqlite::Connection;

/// Payments by order, with their journals. No order has the nil id, so all come after it.
pub(super) fn page(
    connection: &Connection,
    after: Option<OrderId>,
    max: usize,
) -> Result<Vec<Audited>, rusqlite::Error> {
    let after = after.map_or(Uuid::nil(), OrderId::uuid);
    let payments = read::by_order(connection, after, max)?;
    let lines = match payments.last() {
        Some(last) => journal::between(connection, after, last.state.bill.order_id)?,
        None => Vec::new(),
    };
    Ok(audited(payments, lines))
}
