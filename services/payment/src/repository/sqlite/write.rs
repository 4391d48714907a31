//! Rows of a payment, written.

use super::super::{PaymentRows, instructions};
use super::callbacks;
use crate::models::{Attempt, Fraud, Line, Payment};
use engine::Version;
use kernel::{Phone, micros};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use storage::RowOutcome;
use storage::sqlite::SqliteRows;

/// A line as stored, in JSON.
#[derive(Serialize, Deserialize)]
pub(super) struct LineRow {
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) quantity: u32,
    pub(super) unit_price: i64,
}

impl SqliteRows for PaymentRows {
    fn write(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error> {
        match self {
            Self::Callback(callback) => callbacks::write(connection, callback),
            Self::ForgetForged { before, keep } => callbacks::forget(connection, *before, *keep),
            Self::Payment { payment, expected, version } if *expected == Version::default() => {
                insert(connection, payment, *version)
            }
            Self::Payment { payment, expected, version } => {
                update(connection, payment, *expected, *version)
            }
        }
    }
}

fn insert(
    connection: &Connection,
    payment: &Payment,
    version: Version,
) -> Result<RowOutcome, rusqlite::Error> {
    let bill = &payment.bill;
    let written = connection
        .prepare_cached(
            "INSERT INTO payments (id, order_id, account, version, status, amount, currency,
                 reference, locale, customer_name, customer_email, customer_phone, lines,
                 created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (order_id) DO NOTHING",
        )?
        .execute(params![
            payment.id.uuid(),
            bill.order_id.uuid(),
            bill.account.as_str(),
            version.0,
            payment.status().as_str(),
            bill.amount.as_rupiah(),
            bill.amount.currency().code(),
            bill.reference,
            bill.locale,
            bill.customer_name.reveal(),
            bill.email.reveal(),
            bill.phone.as_ref().map(Phone::reveal),
            lines(&bill.lines),
            micros(payment.created_at),
            micros(payment.updated_at),
        ])?;
    if written == 0 {
        return Ok(RowOutcome::Taken("order_id"));
    }
    write_attempts(connection, payment)?;
    Ok(RowOutcome::Written)
}

/// The bill never changes; attempts and transactions do.
fn update(
    connection: &Connection,
    payment: &Payment,
    expected: Version,
    version: Version,
) -> Result<RowOutcome, rusqlite::Error> {
    let written = connection
        .prepare_cached(
            "UPDATE payments SET version = ?3, status = ?4, updated_at = ?5
             WHERE id = ?1 AND version = ?2",
        )?
        .execute(params![
            payment.id.uuid(),
            expected.0,
            version.0,
            payment.status().as_str(),
            micros(payment.updated_at)
        ])?;
    if written == 0 {
        return Ok(RowOutcome::VersionMoved);
    }
    write_attempts(connection, payment)?;
    Ok(RowOutcome::Written)
}

fn write_attempts(connection: &Connection, payment: &Payment) -> Result<(), rusqlite::Error> {
    let mut put = connection.prepare_cached(
        "INSERT INTO attempts (id, payment_id, position, page_token, page_url, refusal,
             contradicted_at, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE
         SET page_token = excluded.page_token, page_url = excluded.page_url,
             refusal = excluded.refusal, contradicted_at = excluded.contradicted_at",
    )?;
    for (position, attempt) in payment.attempts.iter().enumerate() {
        put.execute(params![
            attempt.id.uuid(),
            payment.id.uuid(),
            position,
            attempt.page.as_ref().map(|p| &p.token),
            attempt.page.as_ref().map(|p| &p.url),
            attempt.refusal,
            attempt.contradicted_at.map(micros),
            micros(attempt.created_at),
        ])?;
        write_transactions(connection, attempt)?;
    }
    Ok(())
}

fn write_transactions(connection: &Connection, attempt: &Attempt) -> Result<(), rusqlite::Error> {
    let mut put = connection.prepare_cached(
        "INSERT INTO transactions (attempt_id, transaction_id, position, status, fraud, method,
             was_paid, seen_at, instructions, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (attempt_id, transaction_id) DO UPDATE
         SET status = excluded.status, fraud = excluded.fraud, method = excluded.method,
             was_paid = excluded.was_paid, seen_at = excluded.seen_at,
             instructions = excluded.instructions, expires_at = excluded.expires_at",
    )?;
    for (position, transaction) in attempt.transactions.iter().enumerate() {
        put.execute(params![
            attempt.id.uuid(),
            transaction.id,
            position,
            transaction.status.as_str(),
            transaction.fraud.map(Fraud::as_str),
            transaction.method,
            transaction.was_paid,
            micros(transaction.seen_at),
            instructions::to_column(&transaction.instructions),
            transaction.expires_at.map(micros),
        ])?;
    }
    Ok(())
}

fn lines(lines: &[Line]) -> String {
    let row = |line: &Line| LineRow {
        sku: line.sku.clone(),
        name: line.name.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price.as_rupiah(),
    };
    let rows: Vec<LineRow> = lines.iter().map(row).collect();
    serde_json::to_string(&rows).expect("text and numbers serialise")
}
