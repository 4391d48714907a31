//! A person approves or denies a payment that fraud detection holds: the review is written down, and
//! the gateway is to be told.

use super::apply::After;
use super::ports::Payments;
use crate::models::{Payment, ReviewRefused, ReviewWish};
use engine::{Basis, Command, Decision, ExecuteError, Executed, Versioned, execute_one};
use kernel::{Cause, Clock, Ids};
use std::sync::Arc;

/// The verb.
pub struct ReviewItem {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

impl ReviewItem {
    /// Writes the review down; the payment with it. The same choice again is written down once, but
    /// the gateway is to be told again, should that job have been lost. Of two persons who disagree
    /// at once, the second one counts.
    pub async fn run(
        &self,
        payment: Versioned<Payment>,
        wish: ReviewWish,
        cause: Cause,
    ) -> Result<Payment, ExecuteError<ReviewRefused>> {
        let at = self.clock.now();
        let (id, guards) = (payment.state.id, vec![]);
        let command = Command { id, input: wish, cause, guards, basis: Basis::Known(payment) };
        let decide = |payment: Option<&Payment>, wish: &ReviewWish| {
            let payment = payment.ok_or(ReviewRefused::NoItem)?;
            let mut after = After::of(payment);
            after.takes(payment.review(wish, at)?);
            let jobs: Vec<_> = after.owed().collect();
            Ok(jobs.into_iter().fold(after.decision(), Decision::with_job))
        };
        let done = execute_one(&*self.payments, &*self.clock, &*self.ids, command, decide).await?;
        match done {
            Executed::Done(Some(payment)) => Ok(payment.state),
            Executed::Done(None) | Executed::AlreadyDone(_) | Executed::Fenced => {
                Err(ExecuteError::Rejected(ReviewRefused::NoItem))
            }
        }
    }
}
