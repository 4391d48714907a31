//! Sends a message again because somebody asks for it, once per idempotency key.

use super::ports::{Messages, SendJob};
use crate::models::{Message, MessageId};
use engine::{
    Answer, Basis, Command, Decision, ExecuteError, Executed, Guard, Refusal, StoreError,
    execute_one,
};
use kernel::{Account, Cause, Clock, Ids, Timestamp};
use std::sync::Arc;

/// The idempotency key of a request, with what it was used for and what it is answered.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of method and path.
    pub fingerprint: [u8; 32],
    /// What the caller will be told, now and whenever the request is repeated.
    pub answer: Answer,
}

/// What the caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resent {
    /// The stored answer: equal for every request with this key.
    pub answer: Answer,
    /// The key was used before, for the same request.
    pub replayed: bool,
}

/// Why nothing is sent again.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// There is no such message in this account.
    #[error("there is no such message")]
    Unknown,
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The verb.
pub struct ResendMessage {
    messages: Arc<dyn Messages>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

struct Request {
    account: Account,
    at: Timestamp,
}

impl ResendMessage {
    /// Over these messages.
    pub fn new(messages: Arc<dyn Messages>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { messages, clock, ids }
    }

    /// Queues the message again, or finds that this very request did it before. A message that is
    /// being sent at this moment is sent once.
    pub async fn run(
        &self,
        account: Account,
        id: MessageId,
        request: RequestKey,
        cause: Cause,
    ) -> Result<Resent, ResendError> {
        let RequestKey { key, fingerprint, answer } = request;
        let guard =
            Guard::Request { account: account.clone(), key, fingerprint, answer: answer.clone() };
        let input = Request { account, at: self.clock.now() };
        let command = Command { id, input, cause, guards: vec![guard], basis: Basis::Load };
        match execute_one(&*self.messages, &*self.clock, &*self.ids, command, decide).await {
            Ok(Executed::AlreadyDone(Some(answer))) => Ok(Resent { answer, replayed: true }),
            Ok(_) => Ok(Resent { answer, replayed: false }),
            Err(ExecuteError::Rejected(error)) => Err(error),
            Err(ExecuteError::Refused(Refusal::KeyReused)) => Err(ResendError::KeyReused),
            Err(ExecuteError::Refused(refusal)) => {
                Err(StoreError::Invalid(refusal.to_string()).into())
            }
            Err(ExecuteError::Store(error)) => Err(error.into()),
        }
    }
}

fn decide(message: Option<&Message>, asked: &Request) -> Result<Decision<Message>, ResendError> {
    let own = message.filter(|m| m.account == asked.account).ok_or(ResendError::Unknown)?;
    let (after, fact) = own.resend(asked.at);
    Ok(Decision::becomes(after, vec![fact]).with_job(SendJob(own.id)))
}
