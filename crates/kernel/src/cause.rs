//! Why something happened. Travels in every change from the edge to the last effect.

use crate::EventId;

/// The cause of a change: on whose behalf, in which conversation, after which event.
///
/// A writer task serves many callers at once and so has no span of any of them to inherit;
/// what must survive the hop is carried here, by value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Equal on everything that follows from one request at the edge.
    pub correlation: String,
    /// The event that led here, if an event did.
    pub causation: Option<EventId>,
    /// W3C trace context of the journey's start, if the edge had one.
    pub traceparent: Option<String>,
    /// Who asked: `api`, `midtrans`, a job kind, an operator's name.
    pub actor: String,
}

impl Cause {
    /// A cause that starts a conversation.
    pub fn begin(correlation: impl Into<String>, actor: impl Into<String>) -> Self {
        Self {
            correlation: correlation.into(),
            causation: None,
            traceparent: None,
            actor: actor.into(),
        }
    }

    /// The same conversation, carried on by another actor.
    pub fn by(&self, actor: impl Into<String>) -> Self {
        Self { actor: actor.into(), ..self.clone() }
    }
}
