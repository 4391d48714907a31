//! Rows of a payment, read.

use super::super::{instructions, lines};
use crate::models::{
    Attempt, AttemptId, Bill, CallOff, Choice, Closed, Distrust, Ending, OrderId, Page, Payment,
    PaymentId, Refund, RefundCause, RefundState, Resolution, Review, Transaction,
};
use crate::usecase::ports::ListQuery;
use engine::{Version, Versioned};
use kernel::{Account, Email, Money, PersonName, Phone, Uuid, timestamp};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use std::collections::HashMap;
use storage::sqlite::damaged;

const COLUMNS: &str = "p.id, p.order_id, p.account, p.version, p.amount, p.reference, p.locale,
    p.customer_name, p.customer_email, p.customer_phone, p.lines, p.created_at, p.updated_at,
    coalesce(p.due_at, p.created_at + 86400000000), p.call_off_at, p.call_off_refunds";

/// The one payment that fulfils a condition.
pub(super) fn one(
    connection: &Connection,
    condition: &str,
    values: &[&dyn ToSql],
) -> Result<Option<Versioned<Payment>>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM payments p WHERE {condition}");
    let found = connection.prepare_cached(&sql)?.query_row(values, payment).optional()?;
    found.map(|payment| whole(connection, payment)).transpose()
}

/// The payment of each of these attempts.
pub(super) fn of_attempts(
    connection: &Connection,
    attempts: &[AttemptId],
) -> Result<HashMap<AttemptId, Versioned<Payment>>, rusqlite::Error> {
    let condition = "p.id = (SELECT payment_id FROM attempts WHERE id = ?1)";
    let mut found = HashMap::with_capacity(attempts.len());
    for attempt in attempts {
        let payment = one(connection, condition, &[&attempt.uuid()])?;
        found.extend(payment.map(|payment| (*attempt, payment)));
    }
    Ok(found)
}

/// Payments, newest first.
pub(super) fn list(
    connection: &Connection,
    query: &ListQuery,
) -> Result<Vec<Versioned<Payment>>, rusqlite::Error> {
    let mut sql = format!("SELECT {COLUMNS} FROM payments p WHERE p.account = ?1");
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(query.account.to_string())];
    let mut also = |condition: &str, value: Box<dyn ToSql>| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ?{}", values.len()));
    };
    if let Some(order) = query.order_id {
        also("p.order_id =", Box::new(order.uuid()));
    }
    if let Some(after) = query.after {
        also("p.id <", Box::new(after.uuid()));
    }
    sql.push_str(&format!(" ORDER BY p.id DESC LIMIT {}", query.limit));
    let values: Vec<&dyn ToSql> = values.iter().map(|v| &**v).collect();
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(values.as_slice(), payment)?;
    rows.map(|row| whole(connection, row?)).collect()
}

/// Payments that wait for a person, newest first.
pub(super) fn with_open_items(
    connection: &Connection,
    account: &Account,
    after: Option<PaymentId>,
    max: usize,
) -> Result<Vec<Versioned<Payment>>, rusqlite::Error> {
    let older = if after.is_some() { "AND p.id < ?3" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM payments p WHERE p.account = ?1 AND p.open_items > 0 {older}
         ORDER BY p.id DESC LIMIT ?2"
    );
    let (account, after) = (account.as_str(), after.map(PaymentId::uuid));
    let mut values: Vec<&dyn ToSql> = vec![&account, &max];
    values.extend(after.as_ref().map(|after| after as &dyn ToSql));
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(values.as_slice(), payment)?;
    rows.map(|row| whole(connection, row?)).collect()
}

/// The first payments after an order, by order; all of one moment, that of the open statement.
pub(super) fn by_order(
    connection: &Connection,
    after: Uuid,
    max: usize,
) -> Result<Vec<Versioned<Payment>>, rusqlite::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM payments p WHERE p.order_id > ?1 ORDER BY p.order_id LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![after, max], payment)?;
    rows.map(|row| whole(connection, row?)).collect()
}

fn payment(row: &Row<'_>) -> Result<Versioned<Payment>, rusqlite::Error> {
    let text = |column: usize| row.get::<_, String>(column);
    let phone: Option<String> = row.get(9)?;
    let bill = Bill {
        order_id: OrderId(row.get(1)?),
        account: Account::parse(&text(2)?).map_err(|e| damaged(2, e))?,
        amount: Money::rupiah(row.get(4)?),
        reference: row.get(5)?,
        locale: if text(6)? == "en" { "en" } else { "id" },
        customer_name: PersonName::parse(&text(7)?).map_err(|e| damaged(7, e))?,
        email: Email::parse(&text(8)?).map_err(|e| damaged(8, e))?,
        phone: phone.map(|p| Phone::parse(&p)).transpose().map_err(|e| damaged(9, e))?,
        lines: lines::of_column(&text(10)?).map_err(|e| damaged(10, e))?,
    };
    let asked_at: Option<i64> = row.get(14)?;
    let refund_if_paid: Option<bool> = row.get(15)?;
    let call_off = asked_at
        .zip(refund_if_paid)
        .map(|(at, refund_if_paid)| CallOff { refund_if_paid, asked_at: timestamp(at) });
    let state = Payment {
        id: PaymentId(row.get(0)?),
        bill,
        due_at: timestamp(row.get(13)?),
        attempts: Vec::new(),
        call_off,
        refunds: Vec::new(),
        reviews: Vec::new(),
        resolved: Vec::new(),
        created_at: timestamp(row.get(11)?),
        updated_at: timestamp(row.get(12)?),
    };
    Ok(Versioned { version: Version(row.get(3)?), state })
}

/// A payment with all that belongs to it.
fn whole(
    connection: &Connection,
    mut payment: Versioned<Payment>,
) -> Result<Versioned<Payment>, rusqlite::Error> {
    let state = &mut payment.state;
    state.attempts = attempts(connection, state)?;
    state.refunds = refunds(connection, state.id)?;
    state.reviews = reviews(connection, state.id)?;
    state.resolved = resolutions(connection, state.id)?;
    Ok(payment)
}

fn attempts(connection: &Connection, of: &Payment) -> Result<Vec<Attempt>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT id, page_token, page_url, refusal, created_at, contradicted_at, distrusted,
                 closed_why, closed_at, coalesce(distrusted_at, created_at)
             FROM attempts WHERE payment_id = ?1 ORDER BY position",
        )?
        .query_map([of.id.uuid()], |row| {
            let page = row.get::<_, Option<String>>(1)?.zip(row.get::<_, Option<String>>(2)?);
            Ok(Attempt {
                id: AttemptId(row.get(0)?),
                page: page.map(|(token, url)| Page { token, url }),
                refusal: row.get(3)?,
                transactions: Vec::new(),
                contradicted_at: row.get::<_, Option<i64>>(5)?.map(timestamp),
                distrusted: distrusted(row)?,
                closed: closed(row)?,
                created_at: timestamp(row.get(4)?),
            })
        })?
        .map(|attempt| {
            let mut attempt = attempt?;
            attempt.transactions = transactions(connection, attempt.id, of.bill.amount)?;
            Ok(attempt)
        })
        .collect()
}

fn distrusted(row: &Row<'_>) -> Result<Option<Distrust>, rusqlite::Error> {
    let Some(why) = row.get(6)? else { return Ok(None) };
    Ok(Some(Distrust { why, since: timestamp(row.get(9)?) }))
}

fn closed(row: &Row<'_>) -> Result<Option<Closed>, rusqlite::Error> {
    let Some(why) = row.get::<_, Option<String>>(7)? else { return Ok(None) };
    let why = Ending::parse(&why).ok_or_else(|| damaged(7, NotOurs))?;
    Ok(Some(Closed { why, at: timestamp(row.get(8)?) }))
}

/// `due` is what transactions from before their gross amount was kept are taken to amount to.
fn transactions(
    connection: &Connection,
    of: AttemptId,
    due: Money,
) -> Result<Vec<Transaction>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT transaction_id, status, fraud, method, was_paid, seen_at, instructions,
                 expires_at, coalesce(paid_at, iif(was_paid, seen_at, NULL)), gross, refunded,
                 late
             FROM transactions WHERE attempt_id = ?1 ORDER BY position",
        )?
        .query_map([of.uuid()], |row| {
            let fraud: Option<String> = row.get(2)?;
            let told: Option<String> = row.get(6)?;
            Ok(Transaction {
                id: row.get(0)?,
                status: row.get::<_, String>(1)?.parse().map_err(|e| damaged(1, e))?,
                fraud: fraud.map(|f| f.parse()).transpose().map_err(|e| damaged(2, e))?,
                method: row.get(3)?,
                was_paid: row.get(4)?,
                late: row.get(11)?,
                paid_at: row.get::<_, Option<i64>>(8)?.map(timestamp),
                gross: row.get::<_, Option<i64>>(9)?.map_or(due, Money::rupiah),
                refunded: Money::rupiah(row.get(10)?),
                seen_at: timestamp(row.get(5)?),
                instructions: instructions::of_column(told.as_deref())
                    .map_err(|e| damaged(6, e))?,
                expires_at: row.get::<_, Option<i64>>(7)?.map(timestamp),
            })
        })?
        .collect()
}

fn refunds(connection: &Connection, of: PaymentId) -> Result<Vec<Refund>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT key, transaction_id, amount, cause, reason, state, state_reason, asked_at,
                 updated_at
             FROM refunds WHERE payment_id = ?1 ORDER BY position",
        )?
        .query_map([of.uuid()], |row| {
            let text = |column: usize| row.get::<_, String>(column);
            Ok(Refund {
                key: text(0)?,
                transaction: text(1)?,
                amount: Money::rupiah(row.get(2)?),
                cause: RefundCause::parse(&text(3)?).ok_or_else(|| damaged(3, NotOurs))?,
                reason: row.get(4)?,
                state: RefundState::parse(&text(5)?, row.get(6)?)
                    .ok_or_else(|| damaged(5, NotOurs))?,
                asked_at: timestamp(row.get(7)?),
                updated_at: timestamp(row.get(8)?),
            })
        })?
        .collect()
}

fn reviews(connection: &Connection, of: PaymentId) -> Result<Vec<Review>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT transaction_id, choice, note, by, at, declined FROM reviews
             WHERE payment_id = ?1 ORDER BY transaction_id",
        )?
        .query_map([of.uuid()], |row| {
            let choice: String = row.get(1)?;
            Ok(Review {
                transaction: row.get(0)?,
                choice: Choice::parse(&choice).ok_or_else(|| damaged(1, NotOurs))?,
                note: row.get(2)?,
                by: row.get(3)?,
                at: timestamp(row.get(4)?),
                declined: row.get(5)?,
            })
        })?
        .collect()
}

fn resolutions(connection: &Connection, of: PaymentId) -> Result<Vec<Resolution>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT item, note, by, at FROM resolutions WHERE payment_id = ?1 ORDER BY position",
        )?
        .query_map([of.uuid()], |row| {
            Ok(Resolution {
                item: row.get(0)?,
                note: row.get(1)?,
                by: row.get(2)?,
                at: timestamp(row.get(3)?),
            })
        })?
        .collect()
}

/// A word that we never store.
#[derive(Debug, thiserror::Error)]
#[error("a word that is not ours")]
pub(super) struct NotOurs;
