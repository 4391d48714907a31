//! A dead letter about to be written, in no dialect yet: what identifies it, what it keeps.

use engine::jobs::Ticket;
use kernel::Uuid;
use messaging::manifest::{Count, GivenUp};
use messaging::{Event, Malformed};
use sha2::{Digest, Sha256};

/// Bytes of a body that is no event which are kept as evidence.
const EVIDENCE_MAX: usize = 64 * 1024;

/// A letter about to be written.
pub(crate) struct Letter {
    pub(crate) kind: &'static str,
    pub(crate) origin: String,
    pub(crate) key: Vec<u8>,
    pub(crate) subject: Option<Uuid>,
    pub(crate) routing_key: Option<String>,
    pub(crate) body: String,
    pub(crate) reason: String,
    pub(crate) attempts: u32,
    pub(crate) correlation: Option<String>,
}

impl Letter {
    /// `reused`: the id belongs to another event, so the letter needs a key of its own.
    pub(crate) fn of_event(
        consumer: &str,
        event: &Event,
        reason: &str,
        attempts: u32,
        reused: bool,
    ) -> Self {
        let key = event.id.uuid().as_bytes().to_vec();
        Self {
            kind: if reused { "message" } else { "event" },
            origin: consumer.to_owned(),
            key: if reused { event.digest().to_vec() } else { key },
            subject: Some(event.subject),
            routing_key: Some(event.routing_key.clone()),
            body: event.body.clone(),
            reason: reason.to_owned(),
            attempts,
            correlation: Some(event.cause.correlation.clone()),
        }
    }

    pub(crate) fn of_message(consumer: &str, message: &Malformed) -> Self {
        let evidence = &message.body[..message.body.len().min(EVIDENCE_MAX)];
        Self {
            kind: "message",
            origin: consumer.to_owned(),
            key: Sha256::digest(&message.body).to_vec(),
            subject: None,
            routing_key: Some(message.routing_key.clone()),
            body: String::from_utf8_lossy(evidence).into_owned(),
            reason: message.reason.clone(),
            attempts: 1,
            correlation: None,
        }
    }

    /// Events that never came, by where they are missing.
    pub(crate) fn of_missing(consumer: &str, source: &str, given_up: &GivenUp) -> Self {
        let GivenUp { announced: Count { routing_key, bucket, events }, reason, asked } = given_up;
        let from = bucket.seconds();
        let body =
            format!("{events} events {routing_key} of {source}, 30 s from {from} (Unix time)");
        let place = format!("{source}\0{routing_key}\0{from}");
        Self {
            kind: "message",
            origin: consumer.to_owned(),
            key: Sha256::digest(place).to_vec(),
            subject: None,
            routing_key: Some(routing_key.clone()),
            body,
            reason: reason.clone(),
            attempts: *asked,
            correlation: None,
        }
    }

    pub(crate) fn of_job(ticket: &Ticket, reason: &str) -> Self {
        Self {
            kind: "job",
            origin: ticket.kind.clone(),
            key: ticket.target.as_bytes().to_vec(),
            subject: Some(ticket.subject),
            routing_key: None,
            body: format!("{} of {}", ticket.kind, ticket.target),
            reason: reason.to_owned(),
            attempts: ticket.attempts,
            correlation: Some(ticket.cause.correlation.clone()),
        }
    }

    /// Equal for equal letters, so that the same failure twice is one letter.
    pub(crate) fn id(&self) -> Uuid {
        let mut hash = Sha256::new();
        for part in [self.kind.as_bytes(), self.origin.as_bytes(), &self.key] {
            hash.update(part);
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }
}
