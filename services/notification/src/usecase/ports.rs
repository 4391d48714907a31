//! What the verbs need from outside.

use crate::models::{
    ChannelName, Contact, ContactFact, Content, Message, MessageFact, MessageId, MessageStatus,
    OrderId, Origin, Template,
};
use async_trait::async_trait;
use engine::{Aggregate, Store, StoreError, Versioned};
use kernel::{Account, Email, Retryability, Retryable, Timestamp};

impl Aggregate for Contact {
    type Id = OrderId;
    type Fact = ContactFact;
    /// Knowing somebody owes nobody a call.
    type Job = std::convert::Infallible;
}

impl Aggregate for Message {
    type Id = MessageId;
    type Fact = MessageFact;
    type Job = SendJob;
}

/// The job kind of [`SendJob`].
pub const SEND: &str = "notification.send";

/// The message is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendJob(pub MessageId);

/// Which messages to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Whose.
    pub account: Account,
    /// Only about this order.
    pub order: Option<OrderId>,
    /// Only in this state.
    pub status: Option<MessageStatus>,
    /// Only older than this one; the newest if absent.
    pub after: Option<MessageId>,
    /// At most this many.
    pub limit: usize,
}

/// What is known here of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondence {
    /// Which order.
    pub order: OrderId,
    /// Whom to tell. A message without one should not be, which is what an audit is for.
    pub contact: Option<Contact>,
    /// What was told or is to be, by the time of writing and then by id.
    pub messages: Vec<Told>,
}

/// A message without its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which.
    pub id: MessageId,
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
    /// Tries since it was queued last.
    pub attempts: u32,
    /// How often it was asked for again.
    pub resends: u32,
    /// Taken by the channel.
    pub sent_at: Option<Timestamp>,
}

/// The messages of this service. Contacts need no port beyond `Store<Contact>`.
#[async_trait]
pub trait Messages: Store<Message> {
    /// One message of an account; another account's message is no message.
    async fn find(
        &self,
        account: &Account,
        id: MessageId,
    ) -> Result<Option<Versioned<Message>>, StoreError>;

    /// Messages, newest first. Paging by the last id neither skips nor repeats a message, however
    /// many are written meanwhile.
    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Message>>, StoreError>;

    /// Every account's orders that have a contact or messages, by ascending id: those after
    /// `after`, at most `max`. For operators. An order that becomes known with an id below the
    /// cursor is in no later page: who wants them all asks when nothing is being placed.
    async fn audit(
        &self,
        after: Option<OrderId>,
        max: usize,
    ) -> Result<Vec<Correspondence>, StoreError>;
}

/// A message on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// Which message; the receiving side must see the same name on every try.
    pub id: MessageId,
    /// How often it was asked for again: each of those is another mail to the receiving side.
    pub resends: u32,
    /// To whom.
    pub to: Email,
    /// The words.
    pub content: Content,
    /// When it was written.
    pub written_at: Timestamp,
}

/// Why a channel did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// Not now: no connection, a full or busy server, greylisting, credentials refused.
    #[error("{reason}")]
    Transient {
        /// For people.
        reason: String,
    },
    /// This message will never be taken.
    #[error("{reason}")]
    Permanent {
        /// For people.
        reason: String,
    },
}

impl Retryable for ChannelError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Transient { .. } => Retryability::Transient,
            Self::Permanent { .. } => Retryability::Permanent,
        }
    }
}

/// A way to reach customers.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Hands a message over. `Ok` means that the other side took responsibility for it.
    ///
    /// At least once: after an error, or when the future is dropped, it may have been taken all the
    /// same, so a repetition must carry the same name. Answers well within the lease of a job
    /// ([`engine::jobs::LEASE`]) and tries once: repeating is the job's business.
    async fn send(&self, mail: &OutgoingMail) -> Result<(), ChannelError>;
}
