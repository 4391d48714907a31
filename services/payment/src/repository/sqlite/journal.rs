//! The journal in SQLite.

use super::super::journal::{Before, Entry, Stood};
use crate::models::{AttemptId, OrderId, Payment, PaymentId};
use crate::usecase::ports::JournalLine;
use engine::Version;
use kernel::{Money, Uuid, micros, timestamp};
use rusqlite::{Connection, Row, params};
use storage::sqlite::damaged;

/// A payment's transactions as they are stored and known to the books.
pub(super) fn before(
    connection: &Connection,
    payment: &Payment,
) -> Result<Before, rusqlite::Error> {
    let due = payment.bill.amount;
    connection
        .prepare_cached(
            "SELECT t.attempt_id, t.transaction_id, t.status, t.fraud, t.was_paid, t.gross,
                 t.refunded
             FROM attempts a JOIN transactions t ON t.attempt_id = a.id
             WHERE a.payment_id = ?1 AND NOT (t.was_paid AND t.paid_at IS NULL)",
        )?
        .query_map([payment.id.uuid()], |row| {
            let fraud: Option<String> = row.get(3)?;
            let stood = Stood {
                status: row.get::<_, String>(2)?.parse().map_err(|e| damaged(2, e))?,
                fraud: fraud.map(|f| f.parse()).transpose().map_err(|e| damaged(3, e))?,
                was_paid: row.get(4)?,
                gross: row.get::<_, Option<i64>>(5)?.map_or(due, Money::rupiah),
                refunded: Money::rupiah(row.get(6)?),
            };
            Ok(((AttemptId(row.get(0)?), row.get(1)?), stood))
        })?
        .collect()
}

/// Books what a change brought. A line that is there already is that line: its key names the
/// change that booked it.
pub(super) fn put(connection: &Connection, entries: &[Entry]) -> Result<(), rusqlite::Error> {
    let mut put = connection.prepare_cached(
        "INSERT INTO journal (transaction_id, kind, before, account, version, amount, at,
             payment_id, order_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO NOTHING",
    )?;
    for entry in entries {
        put.execute(params![
            entry.transaction,
            entry.kind,
            entry.before.as_rupiah(),
            entry.account,
            entry.version.0,
            entry.amount,
            micros(entry.at),
            entry.payment.uuid(),
            entry.order.uuid(),
        ])?;
    }
    Ok(())
}

/// The sum of every account.
pub(super) fn balances(connection: &Connection) -> Result<Vec<(String, i64)>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT account, sum(amount) FROM journal GROUP BY account ORDER BY account",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The lines of the orders after one and up to another, in the order in which they were booked;
/// money comes before it goes.
pub(super) fn between(
    connection: &Connection,
    after: Uuid,
    last: OrderId,
) -> Result<Vec<(PaymentId, JournalLine)>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT payment_id, transaction_id, kind, version, before, account, amount, at
             FROM journal WHERE order_id > ?1 AND order_id <= ?2
             ORDER BY version, kind <> 'payment', transaction_id, kind, before, account",
        )?
        .query_map([after, last.uuid()], line)?
        .collect()
}

fn line(row: &Row<'_>) -> Result<(PaymentId, JournalLine), rusqlite::Error> {
    let line = JournalLine {
        transaction_id: row.get(1)?,
        kind: row.get(2)?,
        version: Version(row.get(3)?),
        before: row.get(4)?,
        account: row.get(5)?,
        amount: row.get(6)?,
        at: timestamp(row.get(7)?),
    };
    Ok((PaymentId(row.get(0)?), line))
}
