//! Packing: events of one routing key that wait together travel as one CloudEvents batch.
//!
//! Only the relay packs and only the decoder unpacks; everything else sees single events.

use crate::broker::Unit;
use crate::envelope::why;
use crate::{Event, Malformed, OutgoingEvent};
use kernel::{EventId, Ids};
use serde_json::value::RawValue;

/// Events in one transport unit, at most.
pub const BATCH_EVENTS_MAX: usize = 256;
/// Bytes in one transport unit, at most (a single larger event travels alone).
pub const BATCH_BYTES_MAX: usize = 128 * 1024;

/// Packs events into transport units, keeping the order per routing key.
///
/// An event that failed before travels alone, so that one the broker will not take cannot hold
/// its neighbours back. Returns each unit with the ids of the events in it.
pub fn pack(events: &[OutgoingEvent], ids: &dyn Ids) -> Vec<(Unit, Vec<EventId>)> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut full: Vec<Open<'_>> = Vec::new();
    for event in events {
        if event.attempts > 0 {
            full.push(Open { key: &event.routing_key, events: vec![event], bytes: 0 });
            continue;
        }
        let size = event.body.len() + 1;
        match open.iter_mut().find(|unit| unit.key == event.routing_key) {
            Some(unit)
                if unit.events.len() < BATCH_EVENTS_MAX && unit.bytes + size < BATCH_BYTES_MAX =>
            {
                unit.bytes += size;
                unit.events.push(event);
            }
            Some(unit) => {
                let next = Open { key: &event.routing_key, events: vec![event], bytes: size };
                full.push(std::mem::replace(unit, next));
            }
            None => {
                open.push(Open { key: &event.routing_key, events: vec![event], bytes: size });
            }
        }
    }
    full.extend(open);
    full.into_iter().map(|unit| unit.close(ids)).collect()
}

struct Open<'a> {
    key: &'a str,
    events: Vec<&'a OutgoingEvent>,
    bytes: usize,
}

impl Open<'_> {
    fn close(self, ids: &dyn Ids) -> (Unit, Vec<EventId>) {
        let event_ids: Vec<EventId> = self.events.iter().map(|e| e.id).collect();
        let (message_id, body) = match self.events.as_slice() {
            [single] => (single.id.uuid(), single.body.clone()),
            many => {
                let bodies: Vec<&str> = many.iter().map(|e| e.body.as_str()).collect();
                (ids.uuid(), format!("[{}]", bodies.join(",")))
            }
        };
        (Unit { routing_key: self.key.to_owned(), message_id, body: body.into() }, event_ids)
    }
}

/// The events of one transport unit, in order; what is no event is told apart one by one.
pub fn unpack(routing_key: &str, body: &[u8]) -> Vec<Result<Event, Malformed>> {
    let malformed = |reason: &str| {
        vec![Err(Malformed {
            body: body.to_vec(),
            routing_key: routing_key.to_owned(),
            reason: reason.to_owned(),
        })]
    };
    let Ok(text) = std::str::from_utf8(body) else {
        return malformed("the body is not UTF-8");
    };
    if !text.trim_start().starts_with('[') {
        return vec![Event::parse(routing_key, text)];
    }
    match serde_json::from_str::<Vec<Box<RawValue>>>(text) {
        Ok(events) if events.is_empty() => malformed("an empty batch"),
        Ok(events) => events.iter().map(|raw| Event::parse(routing_key, raw.get())).collect(),
        Err(error) => malformed(&format!("not a CloudEvents batch: {}", why(&error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Account, Cause, ConstantIds, Timestamp, Uuid};

    fn event(n: u128, key: &'static str, padding: usize) -> OutgoingEvent {
        let draft = crate::EventDraft {
            id: EventId(Uuid::from_u128(n)),
            source: "s",
            event_type: "t.v1",
            subject: Uuid::from_u128(n),
            account: &Account::default(),
            time: Timestamp::UNIX_EPOCH,
            sequence: 1,
            cause: &Cause::begin("c", "a"),
            data: &"x".repeat(padding),
        };
        OutgoingEvent::new(key, &draft)
    }

    fn packed(events: &[OutgoingEvent]) -> Vec<(Unit, Vec<EventId>)> {
        pack(events, &ConstantIds::new(Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn one_unit_per_key_in_order_and_back() {
        let events: Vec<_> =
            (1..=6).map(|n| event(n, if n % 2 == 0 { "even" } else { "odd" }, 0)).collect();
        let units = packed(&events);
        assert_eq!(units.len(), 2);
        let (unit, ids) = &units[0];
        let back: Vec<_> =
            unpack(&unit.routing_key, &unit.body).into_iter().map(|e| e.unwrap().id).collect();
        assert_eq!(&back, ids);
        assert_eq!(back, [1, 3, 5].map(|n| EventId(Uuid::from_u128(n))));
    }

    #[test]
    fn units_stay_within_their_bounds() {
        let many: Vec<_> = (0..600).map(|n| event(n, "k", 0)).collect();
        let units = packed(&many);
        assert!(units.iter().all(|(u, ids)| ids.len() <= 256 && u.body.len() <= BATCH_BYTES_MAX));
        assert_eq!(units.iter().map(|(_, ids)| ids.len()).sum::<usize>(), 600);
        let big: Vec<_> = (0..10).map(|n| event(n, "k", 40_000)).collect();
        assert!(packed(&big).iter().all(|(u, _)| u.body.len() <= BATCH_BYTES_MAX));
        let huge = packed(&[event(1, "k", 200_000), event(2, "k", 1)]);
        assert_eq!(huge.len(), 2, "an oversized event travels alone");
    }

    #[test]
    fn an_event_that_failed_before_travels_alone() {
        let mut events: Vec<_> = (0..3).map(|n| event(n, "k", 0)).collect();
        events[1].attempts = 1;
        let sizes: Vec<_> = packed(&events).iter().map(|(_, ids)| ids.len()).collect();
        assert_eq!(sizes, [1, 2]);
    }

    #[test]
    fn one_bad_event_in_a_batch_is_told_apart() {
        let (a, b) = (event(1, "k", 0), event(2, "k", 0));
        let body = format!("[{},{{\"no\":\"event\"}},{}]", a.body, b.body);
        let read = unpack("k", body.as_bytes());
        assert_eq!(read.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        for bad in [&b"[]"[..], b"[", b"\xff\xfe", b""] {
            assert!(unpack("k", bad).iter().all(Result::is_err));
        }
    }
}
