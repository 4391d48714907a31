//! Guards of a batch: a statement per kind that records those that pass, and one that says why
//! the others did not.
//!
//! A batch holds every key at most once (the caller sees to it), so a key that comes back names
//! its change.

use super::Session;
use engine::jobs::Ticket;
use engine::{Answer, Guard, Origin, Outcome, Refusal, StoreError};
use futures::try_join;
use kernel::{Timestamp, Uuid};
use messaging::Bucket;
use std::collections::{HashMap, HashSet};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

const EVENTS: &str = "
    WITH t AS (SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::bytea[],
                   $5::timestamptz[], $6::text[], $7::text[], $8::bigint[])
              AS t (consumer, event_id, subject, digest, at, source, routing_key, bucket)),
    first AS (
        INSERT INTO inbox (consumer, event_id, subject, digest, state, recorded_at,
                           source, routing_key, bucket)
        SELECT consumer, event_id, subject, digest, 'handled', at, source, routing_key, bucket
        FROM t
        ORDER BY consumer, event_id
        ON CONFLICT DO NOTHING RETURNING consumer, event_id),
    again AS (
        UPDATE inbox i
        SET state = 'handled', recorded_at = t.at, attempts = 0, next_at = NULL,
            body = NULL, reason = NULL
        FROM t WHERE i.consumer = t.consumer AND i.event_id = t.event_id
                 AND i.state = 'deferred' AND i.digest = t.digest
        RETURNING i.consumer, i.event_id)
    SELECT * FROM first UNION ALL SELECT * FROM again";

const REQUESTS: &str = "
    INSERT INTO idempotency_keys (account, key, fingerprint, status, body, created_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::text[],
                         $6::timestamptz[]) AS t (account, key, f, s, b, at)
    ORDER BY account, key
    ON CONFLICT DO NOTHING RETURNING account, key";

const JOBS: &str = "
    WITH t AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[],
                   $4::timestamptz[]) AS t (id, fence, hints, at)),
    closed AS (
        DELETE FROM jobs j USING t
        WHERE j.id = t.id AND j.fence = t.fence AND j.hints = t.hints RETURNING j.id),
    reopened AS (
        UPDATE jobs j SET leased_until = NULL, run_at = t.at, attempts = 0 FROM t
        WHERE j.id = t.id AND j.fence = t.fence AND j.hints <> t.hints RETURNING j.id)
    SELECT id FROM closed UNION ALL SELECT id FROM reopened";

/// A guard that did not pass, and the position of its change.
pub(super) type Stopped<'a> = (usize, &'a Guard);

/// The guards of a batch, by kind.
#[derive(Default)]
pub(super) struct Guards<'a> {
    events: Vec<Held<'a, EventKey<'a>>>,
    requests: Vec<Held<'a, RequestKey<'a>>>,
    jobs: Vec<Held<'a, Uuid>>,
}

struct Held<'a, K> {
    position: usize,
    guard: &'a Guard,
    key: K,
    at: Timestamp,
}

type EventKey<'a> = (&'a str, Uuid);
type RequestKey<'a> = (&'a str, &'a str);

/// What may occur once in a batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key<'a> {
    Event(&'a str, Uuid),
    Request(&'a str, &'a str),
    Job(Uuid),
}

impl<'a> Key<'a> {
    pub(super) fn of(guard: &'a Guard) -> Self {
        match guard {
            Guard::Event { consumer, id, .. } => Self::Event(consumer, id.uuid()),
            Guard::Request { account, key, .. } => Self::Request(account.as_str(), key),
            Guard::Job(ticket) => Self::Job(ticket.id.uuid()),
        }
    }
}

impl<'a> Guards<'a> {
    pub(super) fn add(&mut self, position: usize, guard: &'a Guard, at: Timestamp) {
        match Key::of(guard) {
            Key::Event(consumer, id) => {
                self.events.push(Held { position, guard, key: (consumer, id), at });
            }
            Key::Request(account, key) => {
                self.requests.push(Held { position, guard, key: (account, key), at });
            }
            Key::Job(id) => self.jobs.push(Held { position, guard, key: id, at }),
        }
    }

    /// Prepares what [`Guards::check`] will send, so that nothing sent beside it can overtake: the
    /// first to fail must be the first to be heard of.
    pub(super) async fn prepare(&self, session: &Session) -> Result<(), Error> {
        for (sql, needed) in [
            (EVENTS, !self.events.is_empty()),
            (REQUESTS, !self.requests.is_empty()),
            (JOBS, !self.jobs.is_empty()),
        ] {
            if needed {
                session.prepare_cached(sql).await?;
            }
        }
        Ok(())
    }

    /// Records every guard that passes and returns the others, ordered by their change. Sends all
    /// statements before it waits for the first.
    pub(super) async fn check(&self, session: &Session) -> Result<Vec<Stopped<'a>>, Error> {
        let (events, requests, jobs) =
            try_join!(self.events(session), self.requests(session), self.jobs(session))?;
        let mut stopped: Vec<Stopped<'a>> = Vec::new();
        stopped.extend(missing(&self.events, |(consumer, id)| {
            events.contains(&((*consumer).to_owned(), *id))
        }));
        stopped.extend(missing(&self.requests, |(account, key)| {
            requests.contains(&((*account).to_owned(), (*key).to_owned()))
        }));
        stopped.extend(missing(&self.jobs, |id| jobs.contains(id)));
        stopped.sort_by_key(|(position, _)| *position);
        Ok(stopped)
    }

    /// A deferred event becomes handled; a handled or parked one stays and stops its change.
    async fn events(&self, session: &Session) -> Result<HashSet<(String, Uuid)>, Error> {
        if self.events.is_empty() {
            return Ok(HashSet::new());
        }
        let statement = session.prepare_cached(EVENTS).await?;
        let consumers: Vec<&str> = self.events.iter().map(|held| held.key.0).collect();
        let ids: Vec<Uuid> = self.events.iter().map(|held| held.key.1).collect();
        let (mut subjects, mut digests) = (Vec::new(), Vec::new());
        let (mut sources, mut keys, mut buckets) = (Vec::new(), Vec::new(), Vec::new());
        for (subject, digest, origin) in self.events.iter().filter_map(|h| event_parts(h.guard)) {
            subjects.push(subject);
            digests.push(digest);
            sources.push(origin.source.as_str());
            keys.push(origin.routing_key.as_str());
            buckets.push(Bucket::of(origin.time).seconds());
        }
        let at: Vec<Timestamp> = self.events.iter().map(|held| held.at).collect();
        let columns: [&(dyn ToSql + Sync); 8] =
            [&consumers, &ids, &subjects, &digests, &at, &sources, &keys, &buckets];
        let rows = session.query(&statement, &columns).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    async fn requests(&self, session: &Session) -> Result<HashSet<(String, String)>, Error> {
        if self.requests.is_empty() {
            return Ok(HashSet::new());
        }
        let statement = session.prepare_cached(REQUESTS).await?;
        let accounts: Vec<&str> = self.requests.iter().map(|held| held.key.0).collect();
        let keys: Vec<&str> = self.requests.iter().map(|held| held.key.1).collect();
        let (mut prints, mut statuses, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        for (fingerprint, answer) in self.requests.iter().filter_map(|h| request_parts(h.guard)) {
            prints.push(fingerprint);
            statuses.push(i64::from(answer.status));
            bodies.push(answer.body.as_str());
        }
        let at: Vec<Timestamp> = self.requests.iter().map(|held| held.at).collect();
        let rows = session
            .query(&statement, &[&accounts, &keys, &prints, &statuses, &bodies, &at])
            .await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Closes a job, or makes it due again if hints arrived during the call.
    async fn jobs(&self, session: &Session) -> Result<HashSet<Uuid>, Error> {
        if self.jobs.is_empty() {
            return Ok(HashSet::new());
        }
        let statement = session.prepare_cached(JOBS).await?;
        let tickets: Vec<&Ticket> = self.jobs.iter().filter_map(|h| ticket(h.guard)).collect();
        let ids: Vec<Uuid> = tickets.iter().map(|t| t.id.uuid()).collect();
        let fences: Vec<i64> = tickets.iter().map(|t| t.fence).collect();
        let hints: Vec<i64> = tickets.iter().map(|t| t.hints).collect();
        let at: Vec<Timestamp> = self.jobs.iter().map(|held| held.at).collect();
        let rows = session.query(&statement, &[&ids, &fences, &hints, &at]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}

fn missing<'a, K>(
    all: &[Held<'a, K>],
    passed: impl Fn(&K) -> bool,
) -> impl Iterator<Item = Stopped<'a>> {
    all.iter().filter(move |held| !passed(&held.key)).map(|held| (held.position, held.guard))
}

fn event_parts(guard: &Guard) -> Option<(Uuid, &[u8], &Origin)> {
    match guard {
        Guard::Event { subject, digest, origin, .. } => Some((*subject, digest, origin)),
        _ => None,
    }
}

fn request_parts(guard: &Guard) -> Option<(&[u8], &Answer)> {
    match guard {
        Guard::Request { fingerprint, answer, .. } => Some((fingerprint, answer)),
        _ => None,
    }
}

fn ticket(guard: &Guard) -> Option<&Ticket> {
    match guard {
        Guard::Job(ticket) => Some(ticket),
        _ => None,
    }
}

/// How each stopped change ended. `None`: what stopped it is gone again, so it may pass now.
///
/// Reads what others committed; the attempt that was stopped must be rolled back.
pub(super) async fn explain(
    session: &Session,
    stopped: &[Stopped<'_>],
) -> Result<Vec<(usize, Option<Outcome>)>, Error> {
    let events = stored_events(session, stopped).await?;
    let answers = stored_answers(session, stopped).await?;
    let fences = stored_fences(session, stopped).await?;
    let outcome = |guard: &Guard| match guard {
        Guard::Event { consumer, id, digest, .. } => {
            let (stored, waits) = events.get(&((*consumer).to_owned(), id.uuid()))?;
            if stored != digest {
                let why = format!("event id {id} was used before for another event");
                return Some(Outcome::Failed(StoreError::Invalid(why)));
            }
            // Postponed by another instance at this moment: it can still be handled.
            if *waits { None } else { Some(Outcome::AlreadyDone(None)) }
        }
        Guard::Request { account, key, fingerprint, .. } => {
            let (stored, answer) = answers.get(&(account.as_str().to_owned(), key.clone()))?;
            Some(if stored == fingerprint {
                Outcome::AlreadyDone(Some(answer.clone()))
            } else {
                Outcome::Refused(Refusal::KeyReused)
            })
        }
        Guard::Job(ticket) => {
            let still_ours = fences.get(&ticket.id.uuid()) == Some(&ticket.fence);
            if still_ours { None } else { Some(Outcome::Fenced) }
        }
    };
    Ok(stopped.iter().map(|(position, guard)| (*position, outcome(guard))).collect())
}

/// What the id was used for, and whether that event still waits to be handled.
type StoredEvents = HashMap<(String, Uuid), (Vec<u8>, bool)>;

async fn stored_events(session: &Session, stopped: &[Stopped<'_>]) -> Result<StoredEvents, Error> {
    let (consumers, ids): (Vec<&str>, Vec<Uuid>) = stopped
        .iter()
        .filter_map(|(_, guard)| match Key::of(guard) {
            Key::Event(consumer, id) => Some((consumer, id)),
            _ => None,
        })
        .unzip();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "
        SELECT consumer, event_id, digest, state = 'deferred' FROM inbox
        JOIN unnest($1::text[], $2::uuid[]) AS t (consumer, event_id) USING (consumer, event_id)";
    let statement = session.prepare_cached(sql).await?;
    let rows = session.query(&statement, &[&consumers, &ids]).await?;
    let stored = |row: &Row| ((row.get(0), row.get(1)), (row.get(2), row.get(3)));
    Ok(rows.iter().map(stored).collect())
}

type StoredAnswers = HashMap<(String, String), (Vec<u8>, Answer)>;

async fn stored_answers(
    session: &Session,
    stopped: &[Stopped<'_>],
) -> Result<StoredAnswers, Error> {
    let (accounts, keys): (Vec<&str>, Vec<&str>) = stopped
        .iter()
        .filter_map(|(_, guard)| match Key::of(guard) {
            Key::Request(account, key) => Some((account, key)),
            _ => None,
        })
        .unzip();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "
        SELECT account, key, fingerprint, status, body FROM idempotency_keys
        JOIN unnest($1::text[], $2::text[]) AS t (account, key) USING (account, key)";
    let statement = session.prepare_cached(sql).await?;
    let rows = session.query(&statement, &[&accounts, &keys]).await?;
    let stored = rows.iter().map(|row| {
        let status = u16::try_from(row.get::<_, i64>(3)).unwrap_or_default();
        let answer = Answer { status, body: row.get(4) };
        ((row.get(0), row.get(1)), (row.get(2), answer))
    });
    Ok(stored.collect())
}

async fn stored_fences(
    session: &Session,
    stopped: &[Stopped<'_>],
) -> Result<HashMap<Uuid, i64>, Error> {
    let ids: Vec<Uuid> = stopped
        .iter()
        .filter_map(|(_, guard)| ticket(guard).map(|ticket| ticket.id.uuid()))
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let statement =
        session.prepare_cached("SELECT id, fence FROM jobs WHERE id = ANY($1::uuid[])").await?;
    let rows = session.query(&statement, &[&ids]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
