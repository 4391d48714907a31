//! The message: written once, sent until it is sent, failed, or asked for again.

use super::{Contact, Locale, OrderId, PaymentId, PaymentUpdate, Template, UnknownName};
use kernel::{Account, Email, Timestamp, typed_id};
use std::fmt;
use std::str::FromStr;

typed_id! {
    /// A message.
    pub struct MessageId;
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageStatus {
    /// To be sent.
    Queued,
    /// The channel took it.
    Sent,
    /// The channel will never take it.
    Failed,
}

impl MessageStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Queued, Self::Sent, Self::Failed];

    /// Its name, on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for MessageStatus {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(UnknownName)
    }
}

/// How customers are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelName {
    /// E-mail.
    Email,
}

impl ChannelName {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
        }
    }
}

impl FromStr for ChannelName {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        (text == Self::Email.as_str()).then_some(Self::Email).ok_or(UnknownName)
    }
}

/// The fact that a message tells. With the channel it is the natural key: one fact is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Who told us.
    pub source: String,
    /// Of which payment.
    pub payment: PaymentId,
    /// The teller's sequence.
    pub sequence: u32,
}

/// What the customer reads. Holds a name, so it hides itself in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A message to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Identity.
    pub id: MessageId,
    /// Whose.
    pub account: Account,
    /// About which order.
    pub order: OrderId,
    /// What it tells.
    pub origin: Origin,
    /// How it goes.
    pub channel: ChannelName,
    /// What kind it is.
    pub template: Template,
    /// Where it stands.
    pub status: MessageStatus,
    /// To whom.
    pub recipient: Email,
    /// In which language.
    pub locale: Locale,
    /// The words, kept as they were sent.
    pub content: Content,
    /// Tries since it was queued last.
    pub attempts: u32,
    /// How often it was asked for again.
    pub resends: u32,
    /// Why the last try did not succeed.
    pub last_error: Option<String>,
    /// Written.
    pub created_at: Timestamp,
    /// Last moved.
    pub updated_at: Timestamp,
    /// Taken by the channel.
    pub sent_at: Option<Timestamp>,
}

/// How one try to send ended. Reasons are for people and hold no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Taken.
    Taken,
    /// Not now.
    PutOff(String),
    /// Never.
    Refused(String),
}

/// What can happen to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageFact {
    /// Written, to be sent.
    Queued {
        /// What kind.
        template: Template,
        /// Which way.
        channel: ChannelName,
    },
    /// The channel took it.
    Sent {
        /// At which try.
        attempt: u32,
    },
    /// The channel did not take it this time.
    Deferred {
        /// At which try.
        attempt: u32,
        /// Why.
        reason: String,
    },
    /// The channel will never take it.
    Failed {
        /// At which try.
        attempt: u32,
        /// Why.
        reason: String,
    },
    /// Somebody asked for it again.
    Resent {
        /// For the how manieth time.
        resends: u32,
    },
}

impl Message {
    /// A new message that tells `update` to `contact`.
    pub fn write(
        id: MessageId,
        contact: &Contact,
        update: &PaymentUpdate,
        words: (Template, Content),
        at: Timestamp,
    ) -> (Self, MessageFact) {
        let (template, content) = words;
        let (channel, order) = (ChannelName::Email, contact.order);
        let origin = Origin {
            source: update.source.clone(),
            payment: update.payment,
            sequence: update.sequence,
        };
        let message = Self {
            id,
            account: contact.account.clone(),
            order,
            origin,
            channel,
            template,
            status: MessageStatus::Queued,
            recipient: contact.email.clone(),
            locale: contact.locale,
            content,
            attempts: 0,
            resends: 0,
            last_error: None,
            created_at: at,
            updated_at: at,
            sent_at: None,
        };
        (message, MessageFact::Queued { template, channel })
    }

    /// The message after a try to send it; `None` if it was not to be sent any more.
    pub fn after(&self, tried: &Attempt, at: Timestamp) -> Option<(Self, MessageFact)> {
        if self.status != MessageStatus::Queued {
            return None;
        }
        let attempt = self.attempts.saturating_add(1);
        let mut after = Self { attempts: attempt, updated_at: at, ..self.clone() };
        let fact = match tried {
            Attempt::Taken => {
                after.status = MessageStatus::Sent;
                after.last_error = None;
                after.sent_at = Some(at);
                MessageFact::Sent { attempt }
            }
            Attempt::PutOff(reason) => {
                after.last_error = Some(reason.clone());
                MessageFact::Deferred { attempt, reason: reason.clone() }
            }
            Attempt::Refused(reason) => {
                after.status = MessageStatus::Failed;
                after.last_error = Some(reason.clone());
                MessageFact::Failed { attempt, reason: reason.clone() }
            }
        };
        Some((after, fact))
    }

    /// The message asked for again, whatever became of it before.
    pub fn resend(&self, at: Timestamp) -> (Self, MessageFact) {
        let resends = self.resends.saturating_add(1);
        let after = Self {
            status: MessageStatus::Queued,
            attempts: 0,
            resends,
            last_error: None,
            updated_at: at,
            ..self.clone()
        };
        (after, MessageFact::Resent { resends })
    }
}

#[cfg(test)]
mod tests;
