//! Takes a merchant's wish to give money back: decided against what is left, recorded with its job.

use super::apply::After;
use super::ports::Payments;
use crate::models::{Payment, PaymentId, Refund, RefundRefused, RefundWish};
use engine::{Basis, Command, Decision, ExecuteError, StoreError, Versioned, execute_one};
use kernel::{Cause, Clock, Ids};
use std::sync::Arc;

/// The verb.
pub struct AskRefund {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

/// Why there is no refund.
#[derive(Debug, thiserror::Error)]
pub enum AskRefused {
    /// The payment's state or the amount forbids it.
    #[error(transparent)]
    Rule(#[from] RefundRefused),
    /// The same key was used for another wish.
    #[error("the key was used for another refund")]
    OtherWish,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The change was not made.
    #[error(transparent)]
    Execute(ExecuteError<RefundRefused>),
}

impl AskRefund {
    /// The refund, new or as it stands if the same wish came before. Two wishes at once are decided
    /// one after the other, so that their sum cannot exceed what is left.
    pub async fn run(
        &self,
        payment: Versioned<Payment>,
        wish: RefundWish,
        cause: Cause,
    ) -> Result<Refund, AskRefused> {
        let at = self.clock.now();
        let id: PaymentId = payment.state.id;
        let command = Command {
            id,
            input: wish.clone(),
            cause,
            guards: vec![],
            basis: Basis::Known(payment),
        };
        let decide = |payment: Option<&Payment>, wish: &RefundWish| match payment {
            None => Ok::<_, RefundRefused>(Decision::nothing()),
            Some(payment) => {
                let mut after = After::of(payment);
                after.takes(payment.refund(wish, at)?);
                let jobs: Vec<_> = after.owed().collect();
                Ok(jobs.into_iter().fold(after.decision(), Decision::with_job))
            }
        };
        let done = execute_one(&*self.payments, &*self.clock, &*self.ids, command, decide).await;
        match done {
            Err(ExecuteError::Rejected(rule)) => return Err(rule.into()),
            Err(error) => return Err(AskRefused::Execute(error)),
            Ok(_) => {}
        }
        let found = self.payments.load(&[id]).await?.remove(&id);
        let known = found.and_then(|p| p.state.refunds.into_iter().find(|r| r.key == wish.key));
        let known = known.ok_or(AskRefused::OtherWish)?;
        let same =
            wish.amount.is_none_or(|amount| amount == known.amount) && wish.reason == known.reason;
        if same { Ok(known) } else { Err(AskRefused::OtherWish) }
    }
}
