//! What every job that calls the gateway stands on, and what each of them does alike: it finds its
//! payment, and commits what came of the call. Which calls, each job says itself.

use super::GATEWAY_RETRIES;
use super::ports::{GatewayError, PaymentGateway, Payments};
use crate::models::{AttemptId, Payment, PaymentId};
use engine::jobs::{Finish, Schedule, Ticket};
use engine::{Basis, Command, Decision, ExecuteError, Executed, Guard, Versioned, execute_one};
use kernel::{Clock, Ids, Timestamp};
use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

/// Until the gateway is asked again whose answers were overtaken.
const SOON: Duration = Duration::from_secs(1);

/// Pauses between tries. Nothing that is owed to the gateway is given up.
pub(super) const SCHEDULE: Schedule = Schedule { delays: &GATEWAY_RETRIES, endless: true };

/// Where jobs that call the gateway are done.
#[derive(Clone)]
pub struct Desk {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// The gateway.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

impl Desk {
    /// The payment that has an attempt; how the job ends without one.
    pub(super) async fn of_attempt(&self, id: AttemptId) -> Result<Versioned<Payment>, Finish> {
        let found = self.payments.by_attempt(id).await.map_err(again)?;
        found.ok_or_else(|| Finish::Dead { reason: "no payment has this attempt".into() })
    }

    /// A payment; how the job ends without one.
    pub(super) async fn payment(&self, id: PaymentId) -> Result<Versioned<Payment>, Finish> {
        let found = self.payments.load(&[id]).await.map_err(again)?.remove(&id);
        found.ok_or_else(|| Finish::Dead { reason: "there is no such payment".into() })
    }

    /// Commits what `decide` makes of the payment as it is by then, in the job's name. With the guard
    /// of [`closing`] the job is closed by it.
    pub(super) async fn commit(
        &self,
        ticket: &Ticket,
        payment: &Versioned<Payment>,
        guards: Vec<Guard>,
        decide: impl Fn(&Payment, Timestamp) -> Decision<Payment>,
    ) -> Result<Executed<Payment>, ExecuteError<Infallible>> {
        self.execute(ticket, payment, guards, |payment, at| Ok(decide(payment, at))).await
    }

    /// As [`Desk::commit`], of answers of the gateway about the payment as it was `asked` about. If its
    /// money moved meanwhile, they may be older than what we know by now: nothing is made of them, and
    /// the gateway is asked again. A refund or an end that was asked for has its key and its state at
    /// the gateway, so that this asks for nothing twice.
    pub(super) async fn commit_answers(
        &self,
        ticket: &Ticket,
        asked: &Versioned<Payment>,
        guards: Vec<Guard>,
        decide: impl Fn(&Payment, Timestamp) -> Decision<Payment>,
    ) -> Result<(), Finish> {
        let decide = |payment: &Payment, at| match payment.stands_as(&asked.state) {
            true => Ok(decide(payment, at)),
            false => Err(Overtaken),
        };
        match self.execute(ticket, asked, guards, decide).await {
            Ok(_) => Ok(()),
            // A refund's callback often is quicker than our look: nothing has failed.
            Err(error @ ExecuteError::Rejected(Overtaken)) => {
                Err(Finish::Again { error: error.to_string(), after: Some(SOON) })
            }
            Err(error) => Err(again(error)),
        }
    }

    async fn execute<E>(
        &self,
        ticket: &Ticket,
        payment: &Versioned<Payment>,
        guards: Vec<Guard>,
        decide: impl Fn(&Payment, Timestamp) -> Result<Decision<Payment>, E>,
    ) -> Result<Executed<Payment>, ExecuteError<E>> {
        let at = self.clock.now();
        let command = Command {
            id: payment.state.id,
            input: (),
            cause: ticket.cause.by(&ticket.kind),
            guards,
            basis: Basis::Known(payment.clone()),
        };
        let decide = |payment: Option<&Payment>, (): &()| {
            payment.map_or_else(|| Ok(Decision::nothing()), |payment| decide(payment, at))
        };
        execute_one(&*self.payments, &*self.clock, &*self.ids, command, decide).await
    }
}

/// What the gateway said is not news any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the payment moved while the gateway was asked")]
struct Overtaken;

/// Closes the job with the commit, unless hints arrived during the call or its lease is another's.
pub(super) fn closing(ticket: &Ticket) -> Vec<Guard> {
    vec![Guard::Job(ticket.clone())]
}

/// How a job goes on that the gateway has kept from its end. Only that it is away is no news.
pub(super) fn failed(ticket: &Ticket, payment: &Payment, error: GatewayError) -> Finish {
    match error {
        GatewayError::Unavailable { reason, retry_after } => {
            Finish::Again { error: reason, after: retry_after }
        }
        error => {
            tracing::error!(order_id = %payment.bill.order_id, job = ticket.kind, %error,
                "the gateway does not do what it is asked");
            again(error)
        }
    }
}

/// How a job goes on that a store has kept from its end.
pub(super) fn again(error: impl Display) -> Finish {
    Finish::Again { error: error.to_string(), after: None }
}
