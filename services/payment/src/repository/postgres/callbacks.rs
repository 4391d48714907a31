//! Callbacks in PostgreSQL: counted by body, read newest first.

use super::super::recorder::row_key;
use crate::models::{AttemptId, Callback, OrderId, Receipt};
use engine::StoreError;
use kernel::{Money, Timestamp, Uuid};
use std::collections::BTreeMap;
use std::collections::HashMap;
use storage::postgres::{Postgres, Session, bound, column, damaged, each, number};
use tokio_postgres::{Error, Row, Statement};

/// A body that is stored already is counted and keeps its place; whose it is may be known only by
/// now.
pub(super) const PUT: &str = "
    INSERT INTO callbacks (digest, attempt_id, order_id, transaction_id, status, receipt, body,
                           times, received_at, last_at, amount)
    SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                         $7::text[], $8::bigint[], $9::timestamptz[], $10::timestamptz[],
                         $11::bigint[])
    ON CONFLICT (digest) DO UPDATE
    SET times = callbacks.times + excluded.times,
        last_at = greatest(callbacks.last_at, excluded.last_at),
        attempt_id = excluded.attempt_id, order_id = excluded.order_id,
        receipt = excluded.receipt, amount = excluded.amount";

/// Deletes forged callbacks from before then, and all but the newest.
const FORGET: &str = "
    WITH forged AS (
        SELECT digest, received_at,
               row_number() OVER (ORDER BY received_at DESC, digest) AS place
        FROM callbacks WHERE receipt = 'forged')
    DELETE FROM callbacks c USING forged f
    WHERE c.digest = f.digest AND (f.received_at < $1 OR f.place > $2)";

/// Equal bodies of a batch: a statement may touch a row only once.
struct Counted<'a> {
    key: [u8; 32],
    first: &'a Callback,
    last: &'a Callback,
    times: i64,
    last_at: Timestamp,
}

/// By digest, so that instances that count the same bodies do not wait for each other in a circle.
fn counted<'a>(callbacks: &[&'a Callback]) -> Vec<Counted<'a>> {
    let mut bodies: BTreeMap<[u8; 32], Counted<'a>> = BTreeMap::new();
    for &callback in callbacks {
        let key = row_key(callback.digest, callback.receipt);
        let at = callback.received_at;
        let count = |body: &mut Counted<'a>| {
            body.last = callback;
            body.times += 1;
            body.last_at = body.last_at.max(at);
        };
        let first = || Counted { key, first: callback, last: callback, times: 1, last_at: at };
        bodies.entry(key).and_modify(count).or_insert_with(first);
    }
    bodies.into_values().collect()
}

/// Stores callbacks, or counts them on the stored ones. `put` is [`PUT`], prepared.
pub(super) async fn put(
    session: &Session,
    put: &Statement,
    callbacks: &[&Callback],
) -> Result<(), Error> {
    if callbacks.is_empty() {
        return Ok(());
    }
    let bodies = counted(callbacks);
    session
        .execute(
            put,
            &[
                &each(&bodies, |c| c.key.as_slice()),
                &each(&bodies, |c| c.last.attempt.map(AttemptId::uuid)),
                &each(&bodies, |c| c.last.order_id.map(OrderId::uuid)),
                &each(&bodies, |c| c.first.transaction_id.as_str()),
                &each(&bodies, |c| c.first.status.as_str()),
                &each(&bodies, |c| c.last.receipt.as_str()),
                &each(&bodies, |c| c.first.body.as_str()),
                &each(&bodies, |c| c.times),
                &each(&bodies, |c| c.first.received_at),
                &each(&bodies, |c| c.last_at),
                &each(&bodies, |c| c.last.amount.map(Money::as_rupiah)),
            ],
        )
        .await?;
    Ok(())
}

/// Runs [`FORGET`].
pub(super) async fn forget(session: &Session, before: Timestamp, keep: u32) -> Result<(), Error> {
    let forget = session.prepare_cached(FORGET).await?;
    session.execute(&forget, &[&before, &i64::from(keep)]).await?;
    Ok(())
}

const COLUMNS: &str = "digest, attempt_id, order_id, transaction_id, status, receipt, body, times,
    received_at, last_at, amount";

/// The newest callbacks of an attempt, forged ones last.
pub(super) async fn of_attempt(
    database: &Postgres,
    attempt: AttemptId,
    max: usize,
) -> Result<Vec<Callback>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM callbacks WHERE attempt_id = $1
         ORDER BY receipt = 'forged', received_at DESC, digest LIMIT $2"
    );
    let rows = database.read(&sql, &[&attempt.uuid(), &bound(max)]).await?;
    rows.iter().map(callback).collect()
}

/// The newest hints about each of these attempts, as many as asked for.
pub(super) async fn hints_of(
    database: &Postgres,
    asked: &[(AttemptId, usize)],
) -> Result<HashMap<(AttemptId, usize), Vec<Callback>>, StoreError> {
    let ids: Vec<Uuid> = asked.iter().map(|(id, _)| id.uuid()).collect();
    let limits: Vec<i64> = asked.iter().map(|(_, max)| bound(*max)).collect();
    let sql = format!(
        "SELECT c.*, k.max FROM unnest($1::uuid[], $2::bigint[]) AS k (attempt, max)
         CROSS JOIN LATERAL (
             SELECT {COLUMNS} FROM callbacks
             WHERE attempt_id = k.attempt AND receipt IN ('hint', 'reported')
             ORDER BY received_at DESC, digest LIMIT k.max) c
         ORDER BY c.attempt_id, c.received_at DESC, c.digest"
    );
    let mut found: HashMap<(AttemptId, usize), Vec<Callback>> = HashMap::new();
    for row in database.read(&sql, &[&ids, &limits]).await? {
        let callback = callback(&row)?;
        if let Some(attempt) = callback.attempt {
            found.entry((attempt, number(&row, 11)?)).or_default().push(callback);
        }
    }
    Ok(found)
}

pub(super) async fn newest(database: &Postgres, max: usize) -> Result<Vec<Callback>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM callbacks ORDER BY received_at DESC, digest LIMIT $1");
    let rows = database.read(&sql, &[&bound(max)]).await?;
    rows.iter().map(callback).collect()
}

fn callback(row: &Row) -> Result<Callback, StoreError> {
    let key: &[u8] = column(row, 0)?;
    let receipt = Receipt::parse(column(row, 5)?).unwrap_or(Receipt::UnknownOrder);
    Ok(Callback {
        digest: row_key(key.try_into().map_err(damaged)?, receipt),
        attempt: column::<Option<Uuid>>(row, 1)?.map(AttemptId),
        order_id: column::<Option<Uuid>>(row, 2)?.map(OrderId),
        transaction_id: column(row, 3)?,
        status: column(row, 4)?,
        amount: column::<Option<i64>>(row, 10)?.map(Money::rupiah),
        receipt,
        body: column(row, 6)?,
        times: number(row, 7)?,
        received_at: column(row, 8)?,
        last_at: column(row, 9)?,
    })
}
