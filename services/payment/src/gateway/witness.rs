//! Notes every call of the gateway, whichever it is. It changes no answer, and keeps nobody waiting:
//! what is noted is stored later, and rather lost than waited for.

use crate::models::{
    AttemptId, Exchange, ExchangeOutcome, Observation, Operation, Page, Payment, Refund,
};
use crate::usecase::ports::{
    Ended, GatewayError, Hint, HintError, PageEnd, PaymentGateway, RefundAnswer,
};
use crate::usecase::untold::Untold;
use async_trait::async_trait;
use kernel::{Clock, Ids, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc::Sender;

/// [`PaymentGateway`] that is watched.
pub(crate) struct Witness {
    gateway: Arc<dyn PaymentGateway>,
    notes: Sender<Exchange>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    lost: Mutex<Untold>,
}

/// A call under way. It is noted when it ends, also when whoever made it gave it up.
struct Call<'w> {
    witness: &'w Witness,
    about: String,
    operation: Operation,
    at: Timestamp,
    since: Instant,
    end: Told,
}

/// What came of a call, and what was said.
type Told = (ExchangeOutcome, Option<String>);

impl Witness {
    /// Watches a gateway; whoever has the other end of `notes` stores them.
    pub(crate) fn new(
        gateway: Arc<dyn PaymentGateway>,
        notes: Sender<Exchange>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { gateway, notes, clock, ids, lost: Mutex::default() }
    }

    async fn watched<T>(
        &self,
        (operation, about): (Operation, &str),
        call: impl Future<Output = Result<T, GatewayError>>,
        told: impl FnOnce(&T) -> Told,
    ) -> Result<T, GatewayError> {
        let given_up = "given up before there was an answer".to_owned();
        let mut noted = Call {
            witness: self,
            about: Exchange::about(about),
            operation,
            at: self.clock.now(),
            since: Instant::now(),
            end: (ExchangeOutcome::Unavailable, Some(given_up)),
        };
        let answer = call.await;
        noted.end = answer.as_ref().map_or_else(failed, told);
        answer
    }

    fn note(&self, exchange: Exchange) {
        if self.notes.try_send(exchange).is_ok() {
            return;
        }
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(exchanges) = lost.count(self.clock.now()) {
            tracing::warn!(exchanges, "exchanges with the gateway were not noted: too many wait");
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let (outcome, said) = std::mem::replace(&mut self.end, (ExchangeOutcome::Done, None));
        self.witness.note(Exchange {
            id: self.witness.ids.uuid(),
            about: std::mem::take(&mut self.about),
            operation: self.operation,
            at: self.at,
            took: self.since.elapsed(),
            outcome,
            detail: said.map(|said| Exchange::detail(&said)),
        });
    }
}

fn failed(error: &GatewayError) -> Told {
    match error {
        GatewayError::Refused(reason) => (ExchangeOutcome::Refused, Some(reason.clone())),
        GatewayError::Unauthorized(reason) => (ExchangeOutcome::Unauthorized, Some(reason.clone())),
        GatewayError::Unavailable { reason, .. } => {
            (ExchangeOutcome::Unavailable, Some(reason.clone()))
        }
    }
}

fn status(seen: &Option<Observation>) -> Told {
    match seen.as_ref().map(|seen| &seen.status) {
        Some(Ok(status)) => (ExchangeOutcome::Done, Some(status.to_string())),
        Some(Err(word)) => (ExchangeOutcome::Done, Some(word.clone())),
        None => (ExchangeOutcome::Nothing, None),
    }
}

fn ended(ended: &Ended) -> Told {
    match ended {
        Ended::Done => (ExchangeOutcome::Done, None),
        Ended::OtherState => (ExchangeOutcome::OtherState, None),
    }
}

fn refunded(answer: &RefundAnswer) -> Told {
    match answer {
        RefundAnswer::Taken => (ExchangeOutcome::Done, None),
        RefundAnswer::Known => (ExchangeOutcome::Known, None),
        RefundAnswer::OtherState(why) => (ExchangeOutcome::OtherState, Some(why.clone())),
        RefundAnswer::Declined(reason) => (ExchangeOutcome::Declined, Some(reason.clone())),
    }
}

#[async_trait]
impl PaymentGateway for Witness {
    async fn create_page(
        &self,
        payment: &Payment,
        attempt: AttemptId,
    ) -> Result<Page, GatewayError> {
        let (id, call) = (attempt.to_string(), self.gateway.create_page(payment, attempt));
        self.watched((Operation::CreatePage, &id), call, |_| (ExchangeOutcome::Done, None)).await
    }

    async fn status(&self, id: &str) -> Result<Option<Observation>, GatewayError> {
        self.watched((Operation::Status, id), self.gateway.status(id), status).await
    }

    async fn close_page(&self, attempt: AttemptId, token: &str) -> Result<PageEnd, GatewayError> {
        let told = |end: &PageEnd| match end {
            PageEnd::Closed => (ExchangeOutcome::Done, None),
            PageEnd::Refused => (ExchangeOutcome::Refused, None),
        };
        let (id, call) = (attempt.to_string(), self.gateway.close_page(attempt, token));
        self.watched((Operation::ClosePage, &id), call, told).await
    }

    async fn cancel(&self, transaction: &str) -> Result<Ended, GatewayError> {
        let call = self.gateway.cancel(transaction);
        self.watched((Operation::Cancel, transaction), call, ended).await
    }

    async fn expire(&self, transaction: &str) -> Result<Ended, GatewayError> {
        let call = self.gateway.expire(transaction);
        self.watched((Operation::Expire, transaction), call, ended).await
    }

    async fn approve(&self, transaction: &str) -> Result<Ended, GatewayError> {
        let call = self.gateway.approve(transaction);
        self.watched((Operation::Approve, transaction), call, ended).await
    }

    async fn deny(&self, transaction: &str) -> Result<Ended, GatewayError> {
        let call = self.gateway.deny(transaction);
        self.watched((Operation::Deny, transaction), call, ended).await
    }

    async fn refund(&self, refund: &Refund) -> Result<RefundAnswer, GatewayError> {
        let call = self.gateway.refund(refund);
        self.watched((Operation::Refund, &refund.transaction), call, refunded).await
    }

    fn read_callback(&self, body: &[u8]) -> Result<Hint, HintError> {
        self.gateway.read_callback(body)
    }
}

#[cfg(test)]
#[path = "witness_tests.rs"]
mod tests;
