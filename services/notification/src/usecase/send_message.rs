//! Sends a message: a leased job that calls the channel and records what it said.

use super::ports::{Channel, ChannelError, Messages, OutgoingMail, SEND};
use crate::models::{Attempt, Message, MessageId, MessageStatus};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use engine::{Basis, Command, Decision, ExecuteError, Guard, Versioned, execute_one};
use kernel::{Clock, Ids, Timestamp};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Greylisting passes in minutes, an outage in hours. After the last try the job becomes a dead
/// letter, and the message stays queued with its last error until somebody replays or resends it
/// (reference: reliability.md F92).
const SCHEDULE: Schedule = Schedule {
    delays: &[
        MINUTE,
        Duration::from_secs(5 * 60),
        Duration::from_secs(15 * 60),
        HOUR,
        Duration::from_secs(4 * 3600),
        Duration::from_secs(12 * 3600),
        Duration::from_secs(24 * 3600),
    ],
    endless: false,
};

/// No reason of ours needs more.
const REASON_CHARS_MAX: usize = 200;

/// The work.
pub struct SendMessage {
    messages: Arc<dyn Messages>,
    channel: Arc<dyn Channel>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// The message as it was read before the call.
type Read = Versioned<Message>;

struct Tried {
    /// Nothing was tried: the message was not to be sent any more.
    attempt: Option<Attempt>,
    at: Timestamp,
}

impl SendMessage {
    /// Over these messages, through this channel.
    pub fn new(
        messages: Arc<dyn Messages>,
        channel: Arc<dyn Channel>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { messages, channel, clock, ids }
    }

    /// Records how it went and closes the job, in one transaction.
    async fn settle(&self, ticket: &Ticket, read: Read, attempt: Option<Attempt>) -> Finish {
        match self.record(ticket, read, attempt, vec![Guard::Job(ticket.clone())]).await {
            Ok(()) => Finish::Settled,
            Err(error) => Finish::Again { error: error.to_string(), after: None },
        }
    }

    /// Notes a try that did not succeed; the job stays open. Only the note is lost if it fails.
    async fn put_off(&self, ticket: &Ticket, read: Read, reason: String) -> Finish {
        let attempt = Some(Attempt::PutOff(reason.clone()));
        if let Err(error) = self.record(ticket, read, attempt, Vec::new()).await {
            tracing::warn!(message = %ticket.target, %error, "a failed try was not noted");
        }
        Finish::Again { error: reason, after: None }
    }

    async fn record(
        &self,
        ticket: &Ticket,
        read: Read,
        attempt: Option<Attempt>,
        guards: Vec<Guard>,
    ) -> Result<(), ExecuteError<Infallible>> {
        let command = Command {
            id: MessageId(ticket.target),
            input: Tried { attempt, at: self.clock.now() },
            cause: ticket.cause.by(SEND),
            guards,
            basis: Basis::Known(read),
        };
        execute_one(&*self.messages, &*self.clock, &*self.ids, command, decide).await?;
        Ok(())
    }
}

fn decide(message: Option<&Message>, tried: &Tried) -> Result<Decision<Message>, Infallible> {
    let attempt = tried.attempt.as_ref();
    let moved = message.zip(attempt).and_then(|(m, attempt)| m.after(attempt, tried.at));
    Ok(match moved {
        Some((after, fact)) => Decision::becomes(after, vec![fact]),
        None => Decision::nothing(),
    })
}

#[async_trait]
impl Work for SendMessage {
    fn kind(&self) -> &'static str {
        SEND
    }

    fn schedule(&self) -> Schedule {
        SCHEDULE
    }

    async fn run(&self, ticket: &Ticket) -> Finish {
        let id = MessageId(ticket.target);
        let message = match self.messages.load(&[id]).await {
            Ok(mut found) => found.remove(&id),
            Err(error) => return Finish::Again { error: error.to_string(), after: None },
        };
        let Some(message) = message else {
            return Finish::Dead { reason: "there is no such message".into() };
        };
        if message.state.status != MessageStatus::Queued {
            return self.settle(ticket, message, None).await;
        }
        match self.channel.send(&outgoing(&message.state)).await {
            Ok(()) => self.settle(ticket, message, Some(Attempt::Taken)).await,
            Err(ChannelError::Transient { reason }) => {
                self.put_off(ticket, message, without_addresses(&reason)).await
            }
            Err(ChannelError::Permanent { reason }) => {
                let reason = without_addresses(&reason);
                tracing::warn!(message = %id, order_id = %ticket.subject,
                    correlation = ticket.cause.correlation, reason, "a message was refused");
                self.settle(ticket, message, Some(Attempt::Refused(reason))).await
            }
        }
    }
}

fn outgoing(message: &Message) -> OutgoingMail {
    OutgoingMail {
        id: message.id,
        resends: message.resends,
        to: message.recipient.clone(),
        content: message.content.clone(),
        written_at: message.created_at,
    }
}

/// Servers like to quote the address they refuse; reasons go to logs and timelines, where it must
/// not be.
fn without_addresses(reason: &str) -> String {
    let word = |word: &str| if word.contains('@') { "***".to_owned() } else { word.to_owned() };
    let words: Vec<String> = reason.split_whitespace().map(word).collect();
    // PostgreSQL stores no NUL.
    words.join(" ").chars().filter(|c| *c != '\0').take(REASON_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_keeps_its_words_and_loses_its_addresses() {
        let said = "550: 5.1.1 <budi@example.com>: user\r\nunknown";
        assert_eq!(without_addresses(said), "550: 5.1.1 *** user unknown");
        assert_eq!(without_addresses(&"x".repeat(999)).len(), REASON_CHARS_MAX);
        assert_eq!(without_addresses("cut\0off"), "cutoff");
    }
}
