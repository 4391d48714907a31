//! Callbacks in PostgreSQL: counted by body, read newest first.

use super::read::bound;
use super::write::column_of;
use crate::models::{AttemptId, Callback, OrderId, Receipt};
use engine::StoreError;
use kernel::{Timestamp, Uuid};
use std::collections::BTreeMap;
use std::collections::HashMap;
use storage::postgres::{Postgres, Session, column, damaged, number};
use tokio_postgres::{Error, Row, Statement};

/// A body that is stored already is only counted; its words and its place stay those of its first.
pub(super) const PUT: &str = "
    INSERT INTO callbacks (digest, attempt_id, order_id, transaction_id, status, receipt, body,
                           times, received_at, last_at)
    SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                         $7::text[], $8::bigint[], $9::timestamptz[], $10::timestamptz[])
    ON CONFLICT (digest) DO UPDATE
    SET times = callbacks.times + excluded.times,
        last_at = greatest(callbacks.last_at, excluded.last_at)";

/// Equal bodies of a batch: a statement may touch a row only once.
struct Counted<'a> {
    first: &'a Callback,
    times: i64,
    last_at: Timestamp,
}

/// By digest, so that instances that count the same bodies do not wait for each other in a circle.
fn counted<'a>(callbacks: &[&'a Callback]) -> Vec<Counted<'a>> {
    let mut bodies: BTreeMap<&[u8; 32], Counted<'a>> = BTreeMap::new();
    for &callback in callbacks {
        let at = callback.received_at;
        let count = |body: &mut Counted<'_>| {
            body.times += 1;
            body.last_at = body.last_at.max(at);
        };
        let first = || Counted { first: callback, times: 1, last_at: at };
        bodies.entry(&callback.digest).and_modify(count).or_insert_with(first);
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
                &column_of(&bodies, |c| c.first.digest.as_slice()),
                &column_of(&bodies, |c| c.first.attempt.map(AttemptId::uuid)),
                &column_of(&bodies, |c| c.first.order_id.map(OrderId::uuid)),
                &column_of(&bodies, |c| c.first.transaction_id.as_str()),
                &column_of(&bodies, |c| c.first.status.as_str()),
                &column_of(&bodies, |c| c.first.receipt.as_str()),
                &column_of(&bodies, |c| c.first.body.as_str()),
                &column_of(&bodies, |c| c.times),
                &column_of(&bodies, |c| c.first.received_at),
                &column_of(&bodies, |c| c.last_at),
            ],
        )
        .await?;
    Ok(())
}

const COLUMNS: &str = "digest, attempt_id, order_id, transaction_id, status, receipt, body, times,
    received_at, last_at";

/// The newest callbacks of each of these attempts, as many as asked for.
pub(super) async fn of_attempts(
    database: &Postgres,
    asked: &[(AttemptId, usize)],
) -> Result<HashMap<(AttemptId, usize), Vec<Callback>>, StoreError> {
    let ids: Vec<Uuid> = asked.iter().map(|(id, _)| id.uuid()).collect();
    let limits: Vec<i64> = asked.iter().map(|(_, max)| bound(*max)).collect();
    let sql = format!(
        "SELECT c.*, k.max FROM unnest($1::uuid[], $2::bigint[]) AS k (attempt, max)
         CROSS JOIN LATERAL (
             SELECT {COLUMNS} FROM callbacks WHERE attempt_id = k.attempt
             ORDER BY received_at DESC, digest LIMIT k.max) c
         ORDER BY c.attempt_id, c.received_at DESC, c.digest"
    );
    let mut found: HashMap<(AttemptId, usize), Vec<Callback>> = HashMap::new();
    for row in database.read(&sql, &[&ids, &limits]).await? {
        let callback = callback(&row)?;
        if let Some(attempt) = callback.attempt {
            found.entry((attempt, number(&row, 10)?)).or_default().push(callback);
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
    let digest: &[u8] = column(row, 0)?;
    Ok(Callback {
        digest: digest.try_into().map_err(damaged)?,
        attempt: column::<Option<Uuid>>(row, 1)?.map(AttemptId),
        order_id: column::<Option<Uuid>>(row, 2)?.map(OrderId),
        transaction_id: column(row, 3)?,
        status: column(row, 4)?,
        receipt: Receipt::parse(column(row, 5)?).unwrap_or(Receipt::UnknownOrder),
        body: column(row, 6)?,
        times: number(row, 7)?,
        received_at: column(row, 8)?,
        last_at: column(row, 9)?,
    })
}
