//! How much there is of everything: what a refused request must not change.

use crate::Api;
use crate::api::rows;

/// Counts of rows, and of calls that the gateway saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Orders.
    pub orders: usize,
    /// Payments.
    pub payments: usize,
    /// Messages.
    pub messages: usize,
    /// Callbacks, up to 200.
    pub callbacks: usize,
    /// Attempts for which the gateway was asked for a page.
    pub pages: u64,
    /// Transactions at the gateway.
    pub transactions: u64,
}

impl Footprint {
    /// With one order more, which waits for its payment and whose customer was told so.
    #[must_use]
    pub fn and_one_order(self) -> Self {
        Self {
            orders: self.orders + 1,
            payments: self.payments + 1,
            messages: self.messages + 1,
            pages: self.pages + 1,
            ..self
        }
    }
}

impl Api {
    /// How much there is now.
    pub async fn footprint(&self) -> Footprint {
        let ledger = self.ledger().await;
        Footprint {
            orders: self.all("/v1/orders?").await.len(),
            payments: self.all("/v1/payments?").await.len(),
            messages: self.all("/v1/notifications?").await.len(),
            callbacks: rows(self.read("/v1/callbacks?limit=200").await).len(),
            pages: ledger["orders"].as_u64().unwrap(),
            transactions: ledger["transactions"].as_u64().unwrap(),
        }
    }

    /// Nothing came of what was done since `before`, and the next good order is taken and gets as
    /// far as an order gets by itself. What had leaked would arrive before it: events keep order.
    pub async fn assert_untouched(&self, before: Footprint) {
        assert_eq!(self.footprint().await, before, "something was stored");
        let id = self.create_id(&crate::order()).await;
        self.order_becomes(&id, "awaiting_payment").await;
        self.told(&id, 1).await;
        assert_eq!(self.footprint().await, before.and_one_order(), "something came late");
    }
}
