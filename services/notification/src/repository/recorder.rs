//! From a decided change to rows, for every dialect.

use crate::models::{Contact, ContactFact, Message, MessageFact, MessageId, OrderId};
use crate::usecase::ports::{SEND, SendJob};
use engine::Version;
use kernel::{Timestamp, Uuid};
use messaging::OutgoingEvent;
use serde_json::json;
use storage::{FactDraft, Recorder};

/// What one change of this service stores: the database has one writer for both aggregates.
#[derive(Debug, Clone)]
pub enum NotificationRows {
    /// A contact.
    Contact(ContactRows),
    /// A message; boxed because it holds whole texts.
    Message(Box<MessageRows>),
}

/// A contact about to be stored; it never changes after.
#[derive(Debug, Clone)]
pub struct ContactRows {
    /// The state.
    pub contact: Contact,
    /// The version after.
    pub version: Version,
}

/// A message about to be stored.
#[derive(Debug, Clone)]
pub struct MessageRows {
    /// The state.
    pub message: Message,
    /// The version that must be in the store; 0: none.
    pub expected: Version,
    /// The version after.
    pub version: Version,
}

/// [`Recorder`] of contacts and messages.
pub struct NotificationRecorder;

impl Recorder<Contact> for NotificationRecorder {
    type Rows = NotificationRows;

    fn aggregate(id: OrderId) -> Uuid {
        id.uuid()
    }

    fn subject(id: OrderId, _: Option<&Contact>) -> Uuid {
        id.uuid()
    }

    fn rows(contact: Contact, _: Version, version: Version) -> NotificationRows {
        NotificationRows::Contact(ContactRows { contact, version })
    }

    fn describe(fact: &ContactFact) -> (&'static str, String) {
        let ContactFact::Noted { locale } = fact;
        ("contact_noted", json!({ "locale": locale.as_str() }).to_string())
    }

    fn events(_: FactDraft<'_, Contact>) -> impl IntoIterator<Item = OutgoingEvent> {
        []
    }

    fn job(job: &std::convert::Infallible, _: Timestamp) -> (&'static str, Uuid, Timestamp) {
        match *job {}
    }
}

impl Recorder<Message> for NotificationRecorder {
    type Rows = NotificationRows;

    fn aggregate(id: MessageId) -> Uuid {
        id.uuid()
    }

    /// Without a state there are no facts and no jobs, and so nothing that would show the subject.
    fn subject(id: MessageId, state: Option<&Message>) -> Uuid {
        state.map_or(id.uuid(), |message| message.order.uuid())
    }

    fn rows(message: Message, expected: Version, version: Version) -> NotificationRows {
        NotificationRows::Message(Box::new(MessageRows { message, expected, version }))
    }

    fn describe(fact: &MessageFact) -> (&'static str, String) {
        let (what, detail) = match fact {
            MessageFact::Queued { template, channel } => (
                "message_queued",
                json!({ "template": template.as_str(), "channel": channel.as_str() }),
            ),
            MessageFact::Sent { attempt } => ("message_sent", json!({ "attempt": attempt })),
            MessageFact::Deferred { attempt, reason } => {
                ("message_deferred", json!({ "attempt": attempt, "reason": reason }))
            }
            MessageFact::Failed { attempt, reason } => {
                ("message_failed", json!({ "attempt": attempt, "reason": reason }))
            }
            MessageFact::Resent { resends } => ("message_resent", json!({ "resends": resends })),
        };
        (what, detail.to_string())
    }

    fn events(_: FactDraft<'_, Message>) -> impl IntoIterator<Item = OutgoingEvent> {
        []
    }

    fn job(SendJob(id): &SendJob, at: Timestamp) -> (&'static str, Uuid, Timestamp) {
        (SEND, id.uuid(), at)
    }
}
