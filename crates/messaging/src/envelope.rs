//! The CloudEvents 1.0 envelope: written once when the event is recorded, never re-serialised.

use crate::Failure;
use engine::{Guard, Origin};
use kernel::{Account, Cause, EventId, Timestamp, Uuid};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// Bytes of an event's source, at most.
const SOURCE_MAX: usize = 255;

/// What a service says when it records an event.
#[derive(Debug)]
pub struct EventDraft<'a, T> {
    /// Identity, chosen before the write.
    pub id: EventId,
    /// The producing service, as in `/orderflow/order`.
    pub source: &'a str,
    /// Type with its version, as in `order.created.v1`.
    pub event_type: &'a str,
    /// The order that it is about.
    pub subject: Uuid,
    /// The owner.
    pub account: &'a Account,
    /// When it happened.
    pub time: Timestamp,
    /// The aggregate's version at the fact: grows per source and aggregate, may skip values.
    pub sequence: u32,
    /// Why it happened.
    pub cause: &'a Cause,
    /// The payload, a wire type of `events`.
    pub data: &'a T,
}

/// A received event, its envelope checked and its payload still raw.
#[derive(Debug, Clone)]
pub struct Event {
    /// Identity on every copy.
    pub id: EventId,
    /// Producer.
    pub source: String,
    /// Type with its version.
    pub event_type: String,
    /// The order that it is about.
    pub subject: Uuid,
    /// The owner.
    pub account: Account,
    /// When it happened, at the producer.
    pub time: Timestamp,
    /// See [`EventDraft::sequence`].
    pub sequence: u32,
    /// The cause of whatever this event leads to: same correlation, this event as causation.
    pub cause: Cause,
    /// The key that it was routed by.
    pub routing_key: String,
    /// The payload.
    pub data: Box<RawValue>,
    /// The whole event as received.
    pub body: String,
}

/// Something that arrived and is no event of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// What arrived.
    pub body: Vec<u8>,
    /// The key that it was routed by.
    pub routing_key: String,
    /// What is wrong with it, for people.
    pub reason: String,
}

/// Attribute names are CloudEvents': lower case, letters and digits only.
#[derive(Serialize, Deserialize)]
struct Wire<D> {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    subject: String,
    time: Timestamp,
    datacontenttype: String,
    dataschema: String,
    account: String,
    correlationid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<String>,
    actor: String,
    sequence: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    data: D,
}

impl<T: Serialize> EventDraft<'_, T> {
    /// The structured JSON form, as stored in the outbox and sent.
    pub fn to_json(&self) -> String {
        let wire = Wire {
            specversion: "1.0".to_owned(),
            id: self.id.to_string(),
            source: self.source.to_owned(),
            event_type: self.event_type.to_owned(),
            subject: self.subject.to_string(),
            time: self.time,
            datacontenttype: "application/json".to_owned(),
            dataschema: format!("/schemas/{}.json", self.event_type),
            account: self.account.to_string(),
            correlationid: self.cause.correlation.clone(),
            causationid: self.cause.causation.map(|id| id.to_string()),
            actor: self.cause.actor.clone(),
            sequence: self.sequence,
            traceparent: self.cause.traceparent.clone(),
            data: self.data,
        };
        serde_json::to_string(&wire).expect("wire types have string keys and no failing serializer")
    }
}

impl Event {
    /// Reads one event in structured JSON form.
    pub fn parse(routing_key: &str, body: &str) -> Result<Self, Malformed> {
        let malformed = |reason: String| Malformed {
            body: body.as_bytes().to_vec(),
            routing_key: routing_key.to_owned(),
            reason,
        };
        let wire: Wire<Box<RawValue>> = serde_json::from_str(body)
            .map_err(|e| malformed(format!("not a CloudEvent: {}", why(&e))))?;
        if wire.specversion != "1.0" {
            return Err(malformed(format!("CloudEvents version {} is unknown", wire.specversion)));
        }
        let id: EventId = wire
            .id
            .parse()
            .map_err(|_| malformed("the id is not a UUID, so copies cannot be told".into()))?;
        let subject = Uuid::try_parse(&wire.subject)
            .map_err(|_| malformed("the subject is not an order id".into()))?;
        // It is kept in an index, whose entries are bounded, and in text without NUL.
        if wire.source.len() > SOURCE_MAX || wire.source.contains(char::is_control) {
            return Err(malformed("the source is too long, or holds control characters".into()));
        }
        let account = Account::parse(&wire.account).map_err(|e| malformed(e.to_string()))?;
        Ok(Self {
            id,
            source: wire.source,
            subject,
            account,
            time: wire.time,
            sequence: wire.sequence,
            cause: Cause {
                correlation: wire.correlationid,
                causation: Some(id),
                traceparent: wire.traceparent,
                actor: wire.event_type.clone(),
            },
            event_type: wire.event_type,
            routing_key: routing_key.to_owned(),
            data: wire.data,
            body: body.to_owned(),
        })
    }

    /// The payload as the type that the consumer knows; another type or version, or a payload
    /// that is not what its type says, can never be handled here.
    pub fn payload<T: DeserializeOwned>(&self, event_type: &str) -> Result<T, Failure> {
        if self.event_type != event_type {
            let why = format!("event type {} is unknown to this consumer", self.event_type);
            return Err(Failure::permanent(why));
        }
        serde_json::from_str(self.data.get())
            .map_err(|e| Failure::permanent(format!("the payload is no {event_type}: {}", why(&e))))
    }

    /// What makes this event's effect happen once for a consumer.
    pub fn guard(&self, consumer: &'static str) -> Guard {
        Guard::Event {
            consumer,
            id: self.id,
            subject: self.subject,
            digest: self.digest(),
            origin: self.origin(),
        }
    }

    /// What the inbox is counted by.
    pub fn origin(&self) -> Origin {
        Origin {
            source: self.source.clone(),
            routing_key: self.routing_key.clone(),
            time: self.time,
        }
    }

    /// [`digest`] of the event as received: the same id with another digest is another event.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.body)
    }
}

/// SHA-256 of an event's body. Bodies travel byte for byte, packed or alone, so an event has the
/// same digest where it was recorded and where it was heard.
pub fn digest(body: &str) -> [u8; 32] {
    Sha256::digest(body.as_bytes()).into()
}

/// Where and of which kind, without serde's words: they quote values, and values are personal.
pub(crate) fn why(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        Category::Syntax => "not JSON",
        Category::Eof => "cut off",
        Category::Data => "a field is missing or of another type",
        Category::Io => "unreadable",
    };
    format!("{kind}, at line {} column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draft(data: &serde_json::Value) -> String {
        let cause =
            Cause { traceparent: Some("00-ab-cd-01".into()), ..Cause::begin("req-1", "api") };
        EventDraft {
            id: EventId(Uuid::from_u128(7)),
            source: "/orderflow/order",
            event_type: "order.created.v1",
            subject: Uuid::from_u128(9),
            account: &Account::default(),
            time: Timestamp::UNIX_EPOCH,
            sequence: 3,
            cause: &cause,
            data,
        }
        .to_json()
    }

    #[test]
    fn what_is_written_is_read() {
        let body = draft(&json!({"n": 1}));
        let event = Event::parse("order.created", &body).unwrap();
        assert_eq!(event.id, EventId(Uuid::from_u128(7)));
        assert_eq!((event.sequence, event.subject), (3, Uuid::from_u128(9)));
        assert_eq!(event.data.get(), r#"{"n":1}"#);
        assert_eq!(event.cause.correlation, "req-1");
        assert_eq!(event.cause.causation, Some(event.id), "what follows was caused by this event");
        assert_eq!(event.cause.traceparent.as_deref(), Some("00-ab-cd-01"));
    }

    #[test]
    fn what_is_no_event_says_why() {
        let good = draft(&json!({}));
        let spoil = |from: &str, to: &str| good.replace(from, to);
        let id = Uuid::from_u128(7).to_string();
        for (body, why) in [
            ("not json".to_owned(), "not a CloudEvent"),
            (String::new(), "not a CloudEvent"),
            (spoil(&id, "7"), "id is not a UUID"),
            (spoil(r#""1.0""#, r#""0.3""#), "version 0.3"),
            (spoil("default", "Not An Account"), "an account is"),
            (spoil("/orderflow/order", &"x".repeat(256)), "source is too long"),
            (spoil("/orderflow/order", "x\\u0000"), "source is too long"),
        ] {
            let malformed = Event::parse("k", &body).unwrap_err();
            assert!(malformed.reason.contains(why), "{}", malformed.reason);
        }
    }
}
