//! Rows of a payment, written.

use super::super::journal::{Before, entries};
use super::super::{PaymentRows, instructions, lines};
use super::{callbacks, exchanges, journal};
use crate::models::{Attempt, Fraud, Payment};
use engine::Version;
use kernel::{Phone, micros};
use rusqlite::{Connection, params};
use storage::RowOutcome;
use storage::sqlite::SqliteRows;

impl SqliteRows for PaymentRows {
    fn write(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error> {
        match self {
            Self::Callback(callback) => callbacks::write(connection, callback),
            Self::ForgetForged { before, keep } => callbacks::forget(connection, *before, *keep),
            Self::Exchanges { new, before } => exchanges::write(connection, new, *before),
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
                 created_at, updated_at, due_at, call_off_at, call_off_refunds, open_items)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19)
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
            lines::to_column(&bill.lines),
            micros(payment.created_at),
            micros(payment.updated_at),
            micros(payment.due_at),
            payment.call_off.map(|wish| micros(wish.asked_at)),
            payment.call_off.map(|wish| wish.refund_if_paid),
            payment.open_items(),
        ])?;
    if written == 0 {
        return Ok(RowOutcome::Taken("order_id"));
    }
    write_parts(connection, payment)?;
    journal::put(connection, &entries(payment, version, &Before::new()))?;
    Ok(RowOutcome::Written)
}

/// The bill and its time never change; all that belongs to the payment does.
fn update(
    connection: &Connection,
    payment: &Payment,
    expected: Version,
    version: Version,
) -> Result<RowOutcome, rusqlite::Error> {
    let written = connection
        .prepare_cached(
            "UPDATE payments SET version = ?3, status = ?4, updated_at = ?5, call_off_at = ?6,
                 call_off_refunds = ?7, open_items = ?8
             WHERE id = ?1 AND version = ?2",
        )?
        .execute(params![
            payment.id.uuid(),
            expected.0,
            version.0,
            payment.status().as_str(),
            micros(payment.updated_at),
            payment.call_off.map(|wish| micros(wish.asked_at)),
            payment.call_off.map(|wish| wish.refund_if_paid),
            payment.open_items(),
        ])?;
    if written == 0 {
        return Ok(RowOutcome::VersionMoved);
    }
    let before = journal::before(connection, payment)?;
    write_parts(connection, payment)?;
    journal::put(connection, &entries(payment, version, &before))?;
    Ok(RowOutcome::Written)
}

fn write_parts(connection: &Connection, payment: &Payment) -> Result<(), rusqlite::Error> {
    write_attempts(connection, payment)?;
    write_refunds(connection, payment)?;
    write_reviews(connection, payment)?;
    write_resolutions(connection, payment)
}

fn write_attempts(connection: &Connection, payment: &Payment) -> Result<(), rusqlite::Error> {
    let mut put = connection.prepare_cached(
        "INSERT INTO attempts (id, payment_id, position, page_token, page_url, refusal,
             contradicted_at, created_at, distrusted, closed_why, closed_at, distrusted_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (id) DO UPDATE
         SET page_token = excluded.page_token, page_url = excluded.page_url,
             refusal = excluded.refusal, contradicted_at = excluded.contradicted_at,
             distrusted = excluded.distrusted, closed_why = excluded.closed_why,
             closed_at = excluded.closed_at, distrusted_at = excluded.distrusted_at",
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
            attempt.distrusted.as_ref().map(|told| &told.why),
            attempt.closed.map(|closed| closed.why.as_str()),
            attempt.closed.map(|closed| micros(closed.at)),
            attempt.distrusted.as_ref().map(|told| micros(told.since)),
        ])?;
        write_transactions(connection, attempt)?;
    }
    Ok(())
}

fn write_transactions(connection: &Connection, attempt: &Attempt) -> Result<(), rusqlite::Error> {
    let mut put = connection.prepare_cached(
        "INSERT INTO transactions (attempt_id, transaction_id, position, status, fraud, method,
             was_paid, seen_at, instructions, expires_at, paid_at, gross, refunded, late)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (attempt_id, transaction_id) DO UPDATE
         SET status = excluded.status, fraud = excluded.fraud, method = excluded.method,
             was_paid = excluded.was_paid, seen_at = excluded.seen_at,
             instructions = excluded.instructions, expires_at = excluded.expires_at,
             paid_at = excluded.paid_at, gross = excluded.gross, refunded = excluded.refunded,
             late = excluded.late",
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
            transaction.paid_at.map(micros),
            transaction.gross.as_rupiah(),
            transaction.refunded.as_rupiah(),
            transaction.late,
        ])?;
    }
    Ok(())
}

fn write_refunds(connection: &Connection, payment: &Payment) -> Result<(), rusqlite::Error> {
    let mut put = connection.prepare_cached(
        "INSERT INTO refunds (payment_id, key, position, transaction_id, amount, cause, reason,
             state, state_reason, asked_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (payment_id, key) DO UPDATE
         SET amount = excluded.amount, state = excluded.state,
             state_reason = excluded.state_reason, updated_at = excluded.updated_at",
    )?;
    for (position, refund) in payment.refunds.iter().enumerate() {
        put.execute(params![
            payment.id.uuid(),
            refund.key,
            position,
            refund.transaction,
            refund.amount.as_rupiah(),
            refund.cause.as_str(),
            refund.reason,
            refund.state.as_str(),
            refund.state.reason(),
            micros(refund.asked_at),
            micros(refund.updated_at),
        ])?;
    }
    Ok(())
}

fn write_reviews(connection: &Connection, payment: &Payment) -> Result<(), rusqlite::Error> {
    let mut put = connection.prepare_cached(
        "INSERT INTO reviews (payment_id, transaction_id, choice, note, by, at, declined)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (payment_id, transaction_id) DO UPDATE
         SET choice = excluded.choice, note = excluded.note, by = excluded.by, at = excluded.at,
             declined = excluded.declined",
    )?;
    for review in &payment.reviews {
        put.execute(params![
            payment.id.uuid(),
            review.transaction,
            review.choice.as_str(),
            review.note,
            review.by,
            micros(review.at),
            review.declined,
        ])?;
    }
    Ok(())
}

fn write_resolutions(connection: &Connection, payment: &Payment) -> Result<(), rusqlite::Error> {
    let mut put = connection.prepare_cached(
        "INSERT INTO resolutions (payment_id, item, position, note, by, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (payment_id, item) DO UPDATE
         SET note = excluded.note, by = excluded.by, at = excluded.at",
    )?;
    for (position, written) in payment.resolved.iter().enumerate() {
        put.execute(params![
            payment.id.uuid(),
            written.item,
            position,
            written.note,
            written.by,
            micros(written.at),
        ])?;
    }
    Ok(())
}
