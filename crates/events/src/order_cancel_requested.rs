//! `order.cancel.requested.v1`

use serde::{Deserialize, Serialize};

/// Somebody wants an order called off. A wish and no outcome: that is the gateway's, and comes as
/// `payment.status.updated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCancelRequestedV1 {
    /// UUID.
    pub order_id: String,
    /// Whether the money is to go back if the order is paid, or paid meanwhile.
    pub refund_if_paid: bool,
    /// In the merchant's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
