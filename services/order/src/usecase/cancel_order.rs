//! Notes the wish to call an order off and tells it on: wish, event and idempotency row become
//! visible together or not at all. What becomes of the wish arrives as a payment fact.

use super::ports::Orders;
use super::request::{Answered, RequestKey};
use crate::models::{CancelRefused, CancelWish, Order, OrderId, PaymentId};
use engine::{
    Answer, Basis, Command, Decision, ExecuteError, Executed, Refusal, StoreError, Versioned,
    execute_one,
};
use kernel::{Account, Cause, Clock, Ids};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often a wish is decided again because the order moved meanwhile.
const TRIES_MAX: usize = 16;

/// What a caller asks for.
#[derive(Debug, Clone)]
pub struct CancelRequest {
    /// Whose order.
    pub account: Account,
    /// Which order.
    pub order: OrderId,
    /// What is wanted.
    pub wish: CancelWish,
    /// Under which key.
    pub key: RequestKey,
    /// Why.
    pub cause: Cause,
}

/// Why the wish was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is no such order in this account.
    #[error("there is no such order")]
    Unknown,
    /// The order's state does not allow it.
    #[error("{why}")]
    Refused {
        /// Which rule.
        why: CancelRefused,
        /// The order's payment, if there is one.
        payment: Option<PaymentId>,
    },
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The verb.
pub struct CancelOrder {
    orders: Arc<dyn Orders>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// The order is not any more what was decided on.
struct Moved;

impl CancelOrder {
    /// Over these orders.
    pub fn new(orders: Arc<dyn Orders>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { orders, clock, ids }
    }

    /// Accepts the wish, or finds that this very request was accepted before. A wish that adds
    /// nothing to an accepted one is answered alike and recorded nowhere but under its key.
    ///
    /// `answer` says what the caller will be told of the order with the wish; it is stored in the
    /// same transaction. A refusal leaves nothing, not even its key. Dropping the future leaves
    /// either all of it or nothing.
    pub async fn run(
        &self,
        request: CancelRequest,
        answer: impl Fn(&Versioned<Order>) -> Answer,
    ) -> Result<Answered, CancelError> {
        for _ in 0..TRIES_MAX {
            let found = self.orders.find(&request.account, request.order).await?;
            let known = found.ok_or(CancelError::Unknown)?;
            let (decision, after) = match self.decide(&known, &request.wish) {
                Ok(decided) => decided,
                Err(refused) => return self.refuse(&request, refused).await,
            };
            if let Some(done) = self.commit(&request, known, decision, answer(&after)).await? {
                return Ok(done);
            }
        }
        let why = "the order changes faster than it can be decided".into();
        Err(StoreError::Unavailable(why).into())
    }

    fn decide(
        &self,
        known: &Versioned<Order>,
        wish: &CancelWish,
    ) -> Result<(Decision<Order>, Versioned<Order>), CancelError> {
        let Versioned { version, state } = known;
        let refused =
            |why| CancelError::Refused { why, payment: state.payment.as_ref().map(|p| p.id) };
        let Some((after, fact)) = state.request_cancel(wish, self.clock.now()).map_err(refused)?
        else {
            return Ok((Decision::nothing(), known.clone()));
        };
        let facts = vec![fact];
        let version = version.after(facts.len());
        let decision = Decision::becomes(after.clone(), facts);
        Ok((decision, Versioned { version, state: after }))
    }

    /// `None`: the order moved meanwhile. The answer tells of the order, so the wish may be decided
    /// once only under it; fresh state needs another answer.
    async fn commit(
        &self,
        request: &CancelRequest,
        known: Versioned<Order>,
        decision: Decision<Order>,
        answer: Answer,
    ) -> Result<Option<Answered>, CancelError> {
        let CancelRequest { account, order, key, cause, .. } = request.clone();
        let guard = key.guard(account, answer.clone());
        let basis = Basis::Known(known);
        let command = Command { id: order, input: (), cause, guards: vec![guard], basis };
        let decided = AtomicBool::new(false);
        let once = |_: Option<&Order>, (): &()| match decided.swap(true, Ordering::Relaxed) {
            false => Ok(decision.clone()),
            true => Err(Moved),
        };
        match execute_one(&*self.orders, &*self.clock, &*self.ids, command, once).await {
            Ok(Executed::AlreadyDone(Some(answer))) => {
                Ok(Some(Answered { answer, replayed: true }))
            }
            Ok(_) => Ok(Some(Answered { answer, replayed: false })),
            Err(ExecuteError::Rejected(Moved)) => Ok(None),
            Err(ExecuteError::Refused(Refusal::KeyReused)) => Err(CancelError::KeyReused),
            Err(ExecuteError::Refused(refusal)) => {
                Err(StoreError::Invalid(refusal.to_string()).into())
            }
            Err(ExecuteError::Store(error)) => Err(error.into()),
        }
    }

    /// A refusal, unless this very request was accepted before: then the state that refuses may be
    /// what became of it.
    async fn refuse(
        &self,
        request: &CancelRequest,
        refused: CancelError,
    ) -> Result<Answered, CancelError> {
        let CancelRequest { account, key, .. } = request;
        match self.orders.answered(account, &key.key).await? {
            None => Err(refused),
            Some(earlier) if earlier.fingerprint == key.fingerprint => {
                Ok(Answered { answer: earlier.answer, replayed: true })
            }
            Some(_) => Err(CancelError::KeyReused),
        }
    }
}
