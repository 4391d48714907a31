//! Deliveries of notifications and the attempts at them.

use super::columns::{optional_micros, optional_time, time};
use super::{Db, DbError, Listed};
use crate::model::{Attempt, DueDelivery, NewDelivery};
use crate::rules::retry::Answer;
use kernel::{Timestamp, micros, timestamp};
use rusqlite::Row;
use serde::Serialize;
use serde_json::Value;

/// A delivery with its history, as it is listed.
#[derive(Debug, Serialize)]
pub(crate) struct DeliveryRow {
    pub(crate) id: i64,
    pub(crate) transaction_id: String,
    pub(crate) order_id: String,
    pub(crate) transaction_status: String,
    pub(crate) url: String,
    pub(crate) state: String,
    pub(crate) created_at: Timestamp,
    pub(crate) next_attempt_at: Option<Timestamp>,
    pub(crate) attempts: Vec<AttemptRow>,
    pub(crate) body: Value,
}

/// An attempt as it is listed.
#[derive(Debug, Serialize)]
pub(crate) struct AttemptRow {
    pub(crate) at: Timestamp,
    pub(crate) answer: String,
}

impl Db<'_> {
    pub(crate) fn insert_delivery(&self, new: &NewDelivery<'_>) -> Result<(), DbError> {
        let sql = "INSERT INTO deliveries
                   (transaction_id, order_id, status, url, body, state, ordered, attempts,
                    created_at, due_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)";
        self.0.prepare_cached(sql)?.execute((
            new.transaction_id,
            new.order_id,
            new.status,
            new.url,
            new.body,
            new.state.as_str(),
            new.order.as_str(),
            micros(new.created_at),
            optional_micros(new.due_at),
        ))?;
        Ok(())
    }

    /// Lets deliveries of a transaction go that were held until its next one. Whether there were
    /// any.
    pub(crate) fn release_held(
        &self,
        transaction_id: &str,
        at: Timestamp,
    ) -> Result<bool, DbError> {
        let sql = "UPDATE deliveries SET ordered = 'free', due_at = min(due_at, ?2)
                   WHERE transaction_id = ?1 AND ordered = 'held' AND attempts = 0";
        Ok(self.0.prepare_cached(sql)?.execute((transaction_id, micros(at)))? > 0)
    }

    /// Sends a delivery once more, as the dashboard's button does. False: there is none. Its time
    /// becomes another one in any case, by which the attempt in flight knows that one more follows.
    pub(crate) fn resend(&self, id: i64, at: Timestamp) -> Result<bool, DbError> {
        let sql = "UPDATE deliveries
                   SET state = 'waiting', due_at = min(?2, coalesce(due_at - 1, ?2))
                   WHERE id = ?1";
        Ok(self.0.prepare_cached(sql)?.execute((id, micros(at)))? == 1)
    }

    /// Deliveries whose time has come and that are not `in_flight`. The first attempt of a later
    /// notification waits for the first attempt of an earlier one to the same address: Midtrans
    /// sends in order, only retries overtake.
    pub(crate) fn due_deliveries(
        &self,
        now: Timestamp,
        in_flight: &[i64],
        limit: usize,
    ) -> Result<Vec<DueDelivery>, DbError> {
        let sql = "SELECT id, url, body, due_at FROM deliveries AS d
                   WHERE due_at <= ?1
                     AND id NOT IN (SELECT value FROM json_each(?2))
                     AND NOT EXISTS (
                         SELECT 1 FROM deliveries AS earlier
                         WHERE earlier.transaction_id = d.transaction_id AND earlier.url = d.url
                           AND earlier.id < d.id AND earlier.attempts = 0
                           AND earlier.ordered = 'kept')
                   ORDER BY due_at, id LIMIT ?3";
        let in_flight = super::columns::to_json(&in_flight)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map((micros(now), in_flight, limit), |row| {
            let due_at = timestamp(row.get(3)?);
            Ok(DueDelivery { id: row.get(0)?, url: row.get(1)?, body: row.get(2)?, due_at })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many attempts were made.
    pub(crate) fn attempts(&self, delivery: i64) -> Result<u32, DbError> {
        let sql = "SELECT attempts FROM deliveries WHERE id = ?1";
        Ok(self.0.prepare_cached(sql)?.query_row([delivery], |row| row.get(0))?)
    }

    /// What follows from an attempt holds only if nobody asked for another one meanwhile.
    pub(crate) fn record_attempt(&self, attempt: &Attempt) -> Result<(), DbError> {
        let sql = "UPDATE deliveries
                   SET attempts = attempts + 1,
                       state = iif(due_at IS ?4, ?2, state),
                       due_at = iif(due_at IS ?4, ?3, due_at)
                   WHERE id = ?1";
        let (state, due) = (attempt.state.as_str(), optional_micros(attempt.due_at));
        let launched = micros(attempt.launched);
        self.0.prepare_cached(sql)?.execute((attempt.delivery, state, due, launched))?;
        let sql = "INSERT INTO attempts (delivery_id, number, at, answer)
                   SELECT id, attempts, ?2, ?3 FROM deliveries WHERE id = ?1";
        let answer = match attempt.answer {
            Answer::Http(code) => code.to_string(),
            Answer::Timeout => "timeout".to_owned(),
            Answer::Failed => "failed".to_owned(),
        };
        self.0.prepare_cached(sql)?.execute((attempt.delivery, micros(attempt.at), answer))?;
        Ok(())
    }

    /// Newest first.
    pub(crate) fn list_deliveries(&self, which: &Listed) -> Result<Vec<DeliveryRow>, DbError> {
        let only = match which.order_id {
            Some(_) => "order_id = ?1",
            None => "?1 IS NULL",
        };
        let sql =
            format!("SELECT * FROM deliveries WHERE {only} AND id < ?2 ORDER BY id DESC LIMIT ?3");
        let mut statement = self.0.prepare_cached(&sql)?;
        let before = which.before.unwrap_or(i64::MAX);
        let mut rows = statement.query((which.order_id.as_deref(), before, which.limit))?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(self.read(row)?);
        }
        Ok(found)
    }

    fn read(&self, row: &Row<'_>) -> Result<DeliveryRow, DbError> {
        let id = row.get("id")?;
        let sql = "SELECT at, answer FROM attempts WHERE delivery_id = ?1 ORDER BY number";
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let mut attempts = vec![];
        while let Some(row) = rows.next()? {
            attempts.push(AttemptRow { at: time(row, "at")?, answer: row.get("answer")? });
        }
        Ok(DeliveryRow {
            id,
            transaction_id: row.get("transaction_id")?,
            order_id: row.get("order_id")?,
            transaction_status: row.get("status")?,
            url: row.get("url")?,
            state: row.get("state")?,
            created_at: time(row, "created_at")?,
            next_attempt_at: optional_time(row, "due_at")?,
            attempts,
            body: shown(row)?,
        })
    }
}

/// The body as JSON; one that a switch has broken, as text.
fn shown(row: &Row<'_>) -> Result<Value, DbError> {
    let text: String = row.get("body")?;
    Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
