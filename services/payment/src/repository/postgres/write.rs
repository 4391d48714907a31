//! Rows of a batch of payments, written by one statement.

use super::super::{PaymentRows, instructions};
use super::callbacks;
use crate::models::{Attempt, AttemptId, Fraud, Line, Payment, PaymentId, Transaction};
use async_trait::async_trait;
use engine::Version;
use futures::try_join;
use kernel::{Phone, Uuid};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use storage::RowOutcome;
use storage::postgres::{PostgresRows, Session};
use tokio_postgres::{Error, Statement};

/// A line as stored, in JSON.
#[derive(Serialize, Deserialize)]
pub(super) struct LineRow {
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) quantity: u32,
    pub(super) unit_price: i64,
}

/// Payments that are opened, payments that move, and of both the attempts and transactions.
///
/// One statement, so that only winners bring theirs: a loser's attempt could break a constraint,
/// and the answer would be that error instead of the loss. The bill never changes.
const PUT: &str = "
    WITH opened AS (
        INSERT INTO payments (id, order_id, account, version, status, amount, currency, reference,
                              locale, customer_name, customer_email, customer_phone, lines,
                              created_at, updated_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[],
                             $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[],
                             $11::text[], $12::text[], $13::text[], $14::timestamptz[],
                             $15::timestamptz[])
        ON CONFLICT (order_id) DO NOTHING RETURNING id),
    moved AS (
        UPDATE payments p SET version = n.version, status = n.status, updated_at = n.updated_at
        FROM unnest($16::uuid[], $17::bigint[], $18::bigint[], $19::text[], $20::timestamptz[])
             AS n (id, expected, version, status, updated_at)
        WHERE p.id = n.id AND p.version = n.expected RETURNING p.id),
    won AS (SELECT id FROM opened UNION ALL SELECT id FROM moved),
    their_attempts AS (
        INSERT INTO attempts (id, payment_id, position, page_token, page_url, refusal,
                              contradicted_at, created_at)
        SELECT * FROM unnest($21::uuid[], $22::uuid[], $23::bigint[], $24::text[], $25::text[],
                             $26::text[], $27::timestamptz[], $28::timestamptz[])
             AS n (id, payment_id, position, page_token, page_url, refusal, contradicted_at,
                   created_at)
        WHERE payment_id IN (SELECT id FROM won)
        ON CONFLICT (id) DO UPDATE
        SET page_token = excluded.page_token, page_url = excluded.page_url,
            refusal = excluded.refusal, contradicted_at = excluded.contradicted_at),
    their_transactions AS (
        INSERT INTO transactions (attempt_id, transaction_id, position, status, fraud, method,
                                  was_paid, seen_at, instructions, expires_at)
        SELECT attempt_id, transaction_id, position, status, fraud, method, was_paid, seen_at,
               instructions, expires_at
        FROM unnest($29::uuid[], $30::uuid[], $31::text[], $32::bigint[], $33::text[], $34::text[],
                    $35::text[], $36::boolean[], $37::timestamptz[], $38::text[],
                    $39::timestamptz[])
             AS n (payment_id, attempt_id, transaction_id, position, status, fraud, method,
                   was_paid, seen_at, instructions, expires_at)
        WHERE payment_id IN (SELECT id FROM won)
        ON CONFLICT (attempt_id, transaction_id) DO UPDATE
        SET status = excluded.status, fraud = excluded.fraud, method = excluded.method,
            was_paid = excluded.was_paid, seen_at = excluded.seen_at,
            instructions = excluded.instructions, expires_at = excluded.expires_at)
    SELECT id FROM won";

#[async_trait]
impl PostgresRows for PaymentRows {
    async fn write(rows: &[&Self], session: &Session) -> Result<Vec<RowOutcome>, Error> {
        let (mut payments, mut told, mut old) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            match row {
                Self::Payment { payment, expected, version } => {
                    payments.push(Put { payment, expected: *expected, version: *version });
                }
                Self::Callback(callback) => told.push(&**callback),
                Self::ForgetForged { before, keep } => old.push((*before, *keep)),
            }
        }
        // Prepared before any is sent: of two errors, the one that happened first is heard first.
        let put_payments = session.prepare_cached(PUT).await?;
        let put_callbacks = session.prepare_cached(callbacks::PUT).await?;
        let (won, ()) = try_join!(
            put(session, &put_payments, &payments),
            callbacks::put(session, &put_callbacks, &told)
        )?;
        for (before, keep) in old {
            callbacks::forget(session, before, keep).await?;
        }
        Ok(rows.iter().map(|row| outcome(row, &won)).collect())
    }
}

fn outcome(row: &PaymentRows, won: &HashSet<Uuid>) -> RowOutcome {
    match row {
        PaymentRows::Payment { payment, expected, .. } if !won.contains(&payment.id.uuid()) => {
            if *expected == Version::default() {
                RowOutcome::Taken("order_id")
            } else {
                RowOutcome::VersionMoved
            }
        }
        PaymentRows::Payment { .. }
        | PaymentRows::Callback(_)
        | PaymentRows::ForgetForged { .. } => RowOutcome::Written,
    }
}

/// A payment on its way into the store.
#[derive(Clone, Copy)]
struct Put<'a> {
    payment: &'a Payment,
    expected: Version,
    version: Version,
}

/// Writes payments and returns the ids of those that were. `put` is [`PUT`], prepared.
async fn put(
    session: &Session,
    put: &Statement,
    payments: &[Put<'_>],
) -> Result<HashSet<Uuid>, Error> {
    if payments.is_empty() {
        return Ok(HashSet::new());
    }
    let (new, known): (Vec<Put<'_>>, Vec<Put<'_>>) =
        payments.iter().partition(|put| put.expected == Version::default());
    let attempts: Vec<Tried<'_>> = payments.iter().flat_map(|put| tried(put.payment)).collect();
    let transactions: Vec<Seen<'_>> = attempts.iter().flat_map(seen).collect();
    let rows = session
        .query(
            put,
            &[
                &column_of(&new, |n| n.payment.id.uuid()),
                &column_of(&new, |n| n.payment.bill.order_id.uuid()),
                &column_of(&new, |n| n.payment.bill.account.as_str()),
                &column_of(&new, |n| i64::from(n.version.0)),
                &column_of(&new, |n| n.payment.status().as_str()),
                &column_of(&new, |n| n.payment.bill.amount.as_rupiah()),
                &column_of(&new, |n| n.payment.bill.amount.currency().code()),
                &column_of(&new, |n| n.payment.bill.reference.as_deref()),
                &column_of(&new, |n| n.payment.bill.locale),
                &column_of(&new, |n| n.payment.bill.customer_name.reveal()),
                &column_of(&new, |n| n.payment.bill.email.reveal()),
                &column_of(&new, |n| n.payment.bill.phone.as_ref().map(Phone::reveal)),
                &column_of(&new, |n| lines(&n.payment.bill.lines)),
                &column_of(&new, |n| n.payment.created_at),
                &column_of(&new, |n| n.payment.updated_at),
                &column_of(&known, |k| k.payment.id.uuid()),
                &column_of(&known, |k| i64::from(k.expected.0)),
                &column_of(&known, |k| i64::from(k.version.0)),
                &column_of(&known, |k| k.payment.status().as_str()),
                &column_of(&known, |k| k.payment.updated_at),
                &column_of(&attempts, |a| a.attempt.id.uuid()),
                &column_of(&attempts, |a| a.payment.uuid()),
                &column_of(&attempts, |a| a.position),
                &column_of(&attempts, |a| a.attempt.page.as_ref().map(|p| p.token.as_str())),
                &column_of(&attempts, |a| a.attempt.page.as_ref().map(|p| p.url.as_str())),
                &column_of(&attempts, |a| a.attempt.refusal.as_deref()),
                &column_of(&attempts, |a| a.attempt.contradicted_at),
                &column_of(&attempts, |a| a.attempt.created_at),
                &column_of(&transactions, |t| t.payment.uuid()),
                &column_of(&transactions, |t| t.attempt.uuid()),
                &column_of(&transactions, |t| t.transaction.id.as_str()),
                &column_of(&transactions, |t| t.position),
                &column_of(&transactions, |t| t.transaction.status.as_str()),
                &column_of(&transactions, |t| t.transaction.fraud.map(Fraud::as_str)),
                &column_of(&transactions, |t| t.transaction.method.as_deref()),
                &column_of(&transactions, |t| t.transaction.was_paid),
                &column_of(&transactions, |t| t.transaction.seen_at),
                &column_of(&transactions, |t| instructions::to_column(&t.transaction.instructions)),
                &column_of(&transactions, |t| t.transaction.expires_at),
            ],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// One column of many rows.
pub(super) fn column_of<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// An attempt in its place.
struct Tried<'a> {
    payment: PaymentId,
    position: i64,
    attempt: &'a Attempt,
}

fn tried(payment: &Payment) -> impl Iterator<Item = Tried<'_>> {
    let tried = |(attempt, position)| Tried { payment: payment.id, position, attempt };
    payment.attempts.iter().zip(0..).map(tried)
}

/// A transaction in its place.
struct Seen<'a> {
    payment: PaymentId,
    attempt: AttemptId,
    position: i64,
    transaction: &'a Transaction,
}

fn seen<'a>(tried: &Tried<'a>) -> impl Iterator<Item = Seen<'a>> + use<'a> {
    let (payment, attempt) = (tried.payment, tried.attempt.id);
    let seen = move |(transaction, position)| Seen { payment, attempt, position, transaction };
    tried.attempt.transactions.iter().zip(0..).map(seen)
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
