//! A person has dealt with an operator item and writes what was done.

use super::ports::Payments;
use crate::models::{Payment, Resolution, ResolveRefused};
use engine::{Basis, Command, Decision, ExecuteError, Versioned, execute_one};
use kernel::{Cause, Clock, Ids};
use std::sync::Arc;

/// The verb.
pub struct ResolveItem {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

impl ResolveItem {
    /// Records the note. A refund that was to be made by hand counts as made.
    pub async fn run(
        &self,
        payment: Versioned<Payment>,
        (item, note, by): (String, String, String),
        cause: Cause,
    ) -> Result<(), ExecuteError<ResolveRefused>> {
        let at = self.clock.now();
        let input = Resolution { item, note, by, at };
        let (id, guards) = (payment.state.id, vec![]);
        let command = Command { id, input, cause, guards, basis: Basis::Known(payment) };
        let decide = |payment: Option<&Payment>, resolution: &Resolution| {
            let Some(payment) = payment else { return Err(ResolveRefused::NoItem) };
            let (after, fact) = payment.resolve(resolution.clone())?;
            Ok(Decision::becomes(after, vec![fact]))
        };
        execute_one(&*self.payments, &*self.clock, &*self.ids, command, decide).await?;
        Ok(())
    }
}
