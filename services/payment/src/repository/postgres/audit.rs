//! Payments for an audit, in PostgreSQL.

use super::super::journal::audited;
use super::{journal, read};
use crate::models::OrderId;
use crate::usecase::ports::Audited;
use engine::StoreError;
use kernel::Uuid;
use storage::postgres::{Postgres, bound};

/// Payments by order, with their journals. No order has the nil id, so all come after it.
pub(super) async fn page(
    database: &Postgres,
    after: Option<OrderId>,
    max: usize,
) -> Result<Vec<Audited>, StoreError> {
    let after = after.map_or(Uuid::nil(), OrderId::uuid);
    // As an array, a page is few rows to a planner that does not know its limit yet: it looks for
    // their attempts in the index, and never through all there are.
    let condition = "order_id = ANY(ARRAY(
        SELECT order_id FROM payments WHERE order_id > $1 ORDER BY order_id LIMIT $2))";
    let mut payments = read::those(database, condition, &[&after, &bound(max)]).await?;
    payments.sort_by_key(|payment| payment.state.bill.order_id);
    let lines = match payments.last() {
        Some(last) => journal::between(database, after, last.state.bill.order_id).await?,
        None => Vec::new(),
    };
    Ok(audited(payments, lines))
}
