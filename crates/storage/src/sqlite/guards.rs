//! Guards: what makes a change happen once. Each either lets it pass or says how it ended.

use engine::jobs::Ticket;
use engine::{Answer, Guard, Origin, Outcome, Refusal, StoreError};
use kernel::{Timestamp, Uuid, micros};
use messaging::Bucket;
use rusqlite::{Connection, OptionalExtension, params};

/// `None`: the guard is recorded and the change may go on.
pub(super) fn check(
    connection: &Connection,
    guard: &Guard,
    at: Timestamp,
) -> Result<Option<Outcome>, rusqlite::Error> {
    match guard {
        Guard::Event { consumer, id, subject, digest, origin } => {
            let heard = Heard { consumer, id: id.uuid(), subject: *subject, digest, origin };
            event(connection, &heard, at)
        }
        Guard::Request { account, key, fingerprint, answer } => {
            request(connection, account.as_str(), key, fingerprint, answer, at)
        }
        Guard::Job(ticket) => job(connection, ticket, at),
    }
}

/// A consumed event.
struct Heard<'a> {
    consumer: &'a str,
    id: Uuid,
    subject: Uuid,
    digest: &'a [u8; 32],
    origin: &'a Origin,
}

/// A deferred event becomes handled; a handled or parked one is already done.
fn event(
    connection: &Connection,
    heard: &Heard<'_>,
    at: Timestamp,
) -> Result<Option<Outcome>, rusqlite::Error> {
    let Heard { consumer, id, subject, digest, origin } = heard;
    let written = connection
        .prepare_cached(
            "INSERT INTO inbox (consumer, event_id, subject, digest, state, recorded_at,
                                source, routing_key, bucket)
             VALUES (?1, ?2, ?3, ?4, 'handled', ?5, ?6, ?7, ?8)
             ON CONFLICT (consumer, event_id) DO UPDATE
             SET state = 'handled', recorded_at = excluded.recorded_at,
                 attempts = 0, next_at = NULL, body = NULL, reason = NULL
             WHERE inbox.state = 'deferred' AND inbox.digest = excluded.digest",
        )?
        .execute(params![
            consumer,
            id,
            subject,
            digest,
            micros(at),
            origin.source,
            origin.routing_key,
            Bucket::of(origin.time).seconds(),
        ])?;
    if written == 1 {
        return Ok(None);
    }
    let stored: [u8; 32] = connection
        .prepare_cached("SELECT digest FROM inbox WHERE consumer = ?1 AND event_id = ?2")?
        .query_row(params![consumer, id], |row| row.get(0))?;
    Ok(Some(if stored == **digest {
        Outcome::AlreadyDone(None)
    } else {
        let why = format!("event id {id} was used before for another event");
        Outcome::Failed(StoreError::Invalid(why))
    }))
}

fn request(
    connection: &Connection,
    account: &str,
    key: &str,
    fingerprint: &[u8; 32],
    answer: &Answer,
    at: Timestamp,
) -> Result<Option<Outcome>, rusqlite::Error> {
    let written = connection
        .prepare_cached(
            "INSERT INTO idempotency_keys (account, key, fingerprint, status, body, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        )?
        .execute(params![account, key, fingerprint, answer.status, answer.body, micros(at)])?;
    if written == 1 {
        return Ok(None);
    }
    let (stored, earlier) = connection
        .prepare_cached(
            "SELECT fingerprint, status, body FROM idempotency_keys
             WHERE account = ?1 AND key = ?2",
        )?
        .query_row(params![account, key], |row| {
            let answer = Answer { status: row.get(1)?, body: row.get(2)? };
            Ok((row.get::<_, [u8; 32]>(0)?, answer))
        })?;
    Ok(Some(if stored == *fingerprint {
        Outcome::AlreadyDone(Some(earlier))
    } else {
        Outcome::Refused(Refusal::KeyReused)
    }))
}

/// Closes the job, or makes it due again if hints arrived during the call.
fn job(
    connection: &Connection,
    ticket: &Ticket,
    at: Timestamp,
) -> Result<Option<Outcome>, rusqlite::Error> {
    let hints: Option<i64> = connection
        .prepare_cached("SELECT hints FROM jobs WHERE id = ?1 AND fence = ?2")?
        .query_row(params![ticket.id.uuid(), ticket.fence], |row| row.get(0))
        .optional()?;
    match hints {
        None => return Ok(Some(Outcome::Fenced)),
        Some(hints) if hints == ticket.hints => connection
            .prepare_cached("DELETE FROM jobs WHERE id = ?1")?
            .execute(params![ticket.id.uuid()])?,
        Some(_) => connection
            .prepare_cached(
                "UPDATE jobs SET leased_until = NULL, run_at = ?2, attempts = 0 WHERE id = ?1",
            )?
            .execute(params![ticket.id.uuid(), micros(at)])?,
    };
    Ok(None)
}
