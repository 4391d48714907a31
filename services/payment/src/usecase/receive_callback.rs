//! Takes a callback: signature first, then stored with its hint, then answered. Nothing moves.

use super::ports::{HintError, PaymentGateway, Payments};
use crate::models::{AttemptId, Callback, Receipt};
use engine::StoreError;
use kernel::{Cause, Clock};
use std::sync::Arc;

/// The verb.
pub struct ReceiveCallback {
    payments: Arc<dyn Payments>,
    gateway: Arc<dyn PaymentGateway>,
    clock: Arc<dyn Clock>,
}

/// Why a callback was not stored.
#[derive(Debug, thiserror::Error)]
pub enum CallbackRefused {
    /// The gateway would not have sent it like this.
    #[error(transparent)]
    Hint(#[from] HintError),
    /// The database failed: the gateway will try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReceiveCallback {
    /// Over these payments.
    pub fn new(
        payments: Arc<dyn Payments>,
        gateway: Arc<dyn PaymentGateway>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { payments, gateway, clock }
    }

    /// Stores the callback, or finds it stored. `digest` is SHA-256 of `body`.
    pub async fn run(
        &self,
        body: &str,
        digest: [u8; 32],
        cause: Cause,
    ) -> Result<Option<Callback>, CallbackRefused> {
        let hint = self.gateway.read_callback(body.as_bytes())?;
        if hint.is_test {
            tracing::info!("a test notification from the gateway's dashboard was answered");
            return Ok(None);
        }
        let attempt: Option<AttemptId> = hint.order_id.parse().ok();
        let payment = match attempt {
            Some(attempt) => self.payments.by_attempt(attempt).await?.map(|p| p.state),
            None => None,
        };
        let receipt = match &payment {
            None => Receipt::UnknownOrder,
            Some(payment) if hint.amount != Some(payment.bill.amount) => Receipt::AmountMismatch,
            Some(_) => Receipt::Hint,
        };
        let now = self.clock.now();
        let callback = Callback {
            digest,
            attempt: payment.as_ref().and(attempt),
            order_id: payment.as_ref().map(|p| p.bill.order_id),
            transaction_id: hint.transaction_id,
            status: hint.status,
            receipt,
            body: body.to_owned(),
            times: 1,
            received_at: now,
            last_at: now,
        };
        if receipt == Receipt::Hint {
            tracing::info!(order_id = ?callback.order_id, status = callback.status, "callback");
        } else {
            tracing::error!(order_id = ?callback.order_id, status = callback.status,
                receipt = receipt.as_str(), "a signed callback does not fit: nothing was changed");
        }
        self.payments.record_callback(callback.clone(), cause).await?;
        Ok(Some(callback))
    }
}
