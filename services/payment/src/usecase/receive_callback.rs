//! Takes a callback: signature first, then stored with its hint, then answered. Nothing moves.

use super::forgeries::Forgeries;
use super::ports::{Hint, HintError, PaymentGateway, Payments};
use crate::models::{AttemptId, Callback, Payment, Receipt};
use engine::StoreError;
use kernel::{Cause, Clock, Currency};
use std::sync::Arc;

/// The verb.
pub struct ReceiveCallback {
    payments: Arc<dyn Payments>,
    gateway: Arc<dyn PaymentGateway>,
    clock: Arc<dyn Clock>,
    forgeries: Forgeries,
}

/// Why a callback is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CallbackRefused {
    /// Its signature is missing or wrong.
    #[error("the signature is missing or wrong")]
    Forged,
    /// It cannot be read.
    #[error("the notification cannot be read: {0}")]
    Malformed(String),
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
        let forgeries = Forgeries::new(payments.clone(), clock.clone());
        Self { payments, gateway, clock, forgeries }
    }

    /// Stores the callback, or finds it stored. `digest` is SHA-256 of `body`. A forged one is
    /// stored as such within bounds, and refused whether or not that worked.
    pub async fn run(
        &self,
        body: &str,
        digest: [u8; 32],
        cause: Cause,
    ) -> Result<Option<Callback>, CallbackRefused> {
        let hint = match self.gateway.read_callback(body.as_bytes()) {
            Ok(hint) => hint,
            Err(HintError::Malformed(why)) => return Err(CallbackRefused::Malformed(why)),
            Err(HintError::BadSignature(claims)) => {
                self.forgeries.note(self.callback(*claims, digest, body), cause).await;
                return Err(CallbackRefused::Forged);
            }
        };
        if hint.is_test {
            tracing::info!("a test notification from the gateway's dashboard was answered");
            return Ok(None);
        }
        let payment = match hint.order_id.parse() {
            Ok(attempt) => self.payments.by_attempt(attempt).await?.map(|p| p.state),
            Err(_) => None,
        };
        let receipt = receipt(&hint, payment.as_ref());
        let order_id = payment.map(|p| p.bill.order_id);
        let callback = Callback { order_id, receipt, ..self.callback(hint, digest, body) };
        if receipt == Receipt::Hint {
            tracing::info!(order_id = ?callback.order_id, status = callback.status, "callback");
        } else {
            tracing::error!(order_id = ?callback.order_id, status = callback.status,
                receipt = receipt.as_str(), "a signed callback does not fit: nothing was changed");
        }
        self.payments.record_callback(callback.clone(), cause).await?;
        self.forgeries.tidy().await;
        Ok(Some(callback))
    }

    /// A callback of which nothing is known but what it says itself.
    fn callback(&self, claims: Hint, digest: [u8; 32], body: &str) -> Callback {
        let now = self.clock.now();
        let attempt: Option<AttemptId> = claims.order_id.parse().ok();
        Callback {
            digest,
            attempt,
            order_id: None,
            transaction_id: claims.transaction_id,
            status: claims.status,
            amount: claims.amount,
            receipt: Receipt::UnknownOrder,
            body: body.to_owned(),
            times: 1,
            received_at: now,
            last_at: now,
        }
    }
}

/// What is plain of a signed callback. Whose money and which money come before how much.
fn receipt(hint: &Hint, payment: Option<&Payment>) -> Receipt {
    let foreign = |code: &str| Currency::from_code(code).is_none();
    match payment {
        _ if hint.foreign_merchant => Receipt::ForeignMerchant,
        _ if hint.currency.as_deref().is_some_and(foreign) => Receipt::CurrencyMismatch,
        None => Receipt::UnknownOrder,
        Some(payment) if hint.amount != Some(payment.bill.amount) => Receipt::AmountMismatch,
        Some(_) => Receipt::Hint,
    }
}
