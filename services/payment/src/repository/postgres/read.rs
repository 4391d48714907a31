//! Payments, read whole.
//!
//! Always in one statement, so that version, attempts and transactions are of one moment: a
//! transaction older than its version would be written back as if it were news.

use super::super::{instructions, lines};
use crate::models::{
    Attempt, AttemptId, Bill, CallOff, Choice, Closed, Distrust, Ending, OrderId, Page, Payment,
    PaymentId, Refund, RefundCause, RefundState, Resolution, Review, Transaction,
};
use crate::usecase::ports::ListQuery;
use engine::{StoreError, Version, Versioned};
use kernel::{Account, Email, Money, PersonName, Phone, Timestamp, Uuid};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};
use storage::postgres::{Postgres, bound, column, damaged, number};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// The first column of an attempt.
const ATTEMPT: usize = 19;
/// The first column of a transaction.
const TRANSACTION: usize = 29;

/// Payments that fulfil a condition, newest first.
///
/// Nearly every payment has one attempt with one transaction, so the join repeats next to nothing;
/// of refunds, reviews and resolutions there are seldom any, and they come in one column each.
pub(super) async fn those(
    database: &Postgres,
    condition: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Versioned<Payment>>, StoreError> {
    let sql = format!(
        "SELECT p.id, p.order_id, p.account, p.version, p.amount, p.reference, p.locale,
             p.customer_name, p.customer_email, p.customer_phone, p.lines, p.created_at,
             p.updated_at, coalesce(p.due_at, p.created_at + interval '24 hours'), p.call_off_at,
             p.call_off_refunds,
             (SELECT json_agg(r ORDER BY r.position)::text FROM refunds r
              WHERE r.payment_id = p.id),
             (SELECT json_agg(r ORDER BY r.position)::text FROM resolutions r
              WHERE r.payment_id = p.id),
             (SELECT json_agg(r ORDER BY r.transaction_id COLLATE \"C\")::text FROM reviews r
              WHERE r.payment_id = p.id),
             a.id, a.page_token, a.page_url, a.refusal, a.created_at, a.contradicted_at,
             a.distrusted, a.closed_why, a.closed_at, coalesce(a.distrusted_at, a.created_at),
             t.transaction_id, t.status, t.fraud, t.method, t.was_paid, t.seen_at, t.instructions,
             t.expires_at, coalesce(t.paid_at, CASE WHEN t.was_paid THEN t.seen_at END),
             coalesce(t.gross, p.amount), t.refunded, t.late
         FROM (SELECT * FROM payments WHERE {condition}) p
         LEFT JOIN attempts a ON a.payment_id = p.id
         LEFT JOIN transactions t ON t.attempt_id = a.id
         ORDER BY p.id DESC, a.position, t.position"
    );
    whole(&database.read(&sql, values).await?)
}

/// The payment of each of these attempts.
pub(super) async fn of_attempts(
    database: &Postgres,
    attempts: &[AttemptId],
) -> Result<HashMap<AttemptId, Versioned<Payment>>, StoreError> {
    let ids: Vec<Uuid> = attempts.iter().map(|id| id.uuid()).collect();
    let condition = "id IN (SELECT payment_id FROM attempts WHERE id = ANY($1::uuid[]))";
    let payments = those(database, condition, &[&ids]).await?;
    let wanted: HashSet<&AttemptId> = attempts.iter().collect();
    let mut found = HashMap::with_capacity(attempts.len());
    for payment in payments {
        for id in payment.state.attempts.iter().map(|a| a.id).filter(|id| wanted.contains(id)) {
            found.insert(id, payment.clone());
        }
    }
    Ok(found)
}

/// Payments, newest first.
pub(super) async fn list(
    database: &Postgres,
    query: &ListQuery,
) -> Result<Vec<Versioned<Payment>>, StoreError> {
    let (account, limit) = (query.account.as_str(), bound(query.limit));
    let (order, after) = (query.order_id.map(|id| id.uuid()), query.after.map(|id| id.uuid()));
    let mut condition = "account = $1".to_owned();
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&account];
    // Only what is asked for stands in the statement, so that it is answered by an index.
    for (filter, value) in [("AND order_id =", &order), ("AND id <", &after)] {
        if value.is_some() {
            values.push(value);
            condition.push_str(&format!(" {filter} ${}", values.len()));
        }
    }
    values.push(&limit);
    condition.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len()));
    those(database, &condition, &values).await
}

/// Payments that need a person, newest first.
pub(super) async fn with_open_items(
    database: &Postgres,
    account: &Account,
    after: Option<PaymentId>,
    max: usize,
) -> Result<Vec<Versioned<Payment>>, StoreError> {
    let (account, max) = (account.as_str(), bound(max));
    let found = "account = $1 AND open_items > 0";
    match after.map(|id| id.uuid()) {
        None => {
            let found = format!("{found} ORDER BY id DESC LIMIT $2");
            those(database, &found, &[&account, &max]).await
        }
        Some(after) => {
            let found = format!("{found} AND id < $3 ORDER BY id DESC LIMIT $2");
            those(database, &found, &[&account, &max, &after]).await
        }
    }
}

/// Folds the rows of a payment, which follow each other, into it.
fn whole(rows: &[Row]) -> Result<Vec<Versioned<Payment>>, StoreError> {
    let mut payments: Vec<Versioned<Payment>> = Vec::new();
    for row in rows {
        let id = PaymentId(column(row, 0)?);
        match payments.last_mut().filter(|last| last.state.id == id) {
            Some(known) => add(&mut known.state.attempts, row)?,
            None => {
                let mut new = payment(id, row)?;
                add(&mut new.state.attempts, row)?;
                payments.push(new);
            }
        }
    }
    Ok(payments)
}

fn add(attempts: &mut Vec<Attempt>, row: &Row) -> Result<(), StoreError> {
    let Some(id) = column::<Option<Uuid>>(row, ATTEMPT)?.map(AttemptId) else { return Ok(()) };
    let transaction = transaction(row)?;
    match attempts.last_mut().filter(|last| last.id == id) {
        Some(known) => known.transactions.extend(transaction),
        None => attempts.push(attempt(id, transaction, row)?),
    }
    Ok(())
}

fn payment(id: PaymentId, row: &Row) -> Result<Versioned<Payment>, StoreError> {
    let phone: Option<&str> = column(row, 9)?;
    let bill = Bill {
        order_id: OrderId(column(row, 1)?),
        account: Account::parse(column(row, 2)?).map_err(damaged)?,
        amount: Money::rupiah(column(row, 4)?),
        reference: column(row, 5)?,
        locale: if column::<&str>(row, 6)? == "en" { "en" } else { "id" },
        customer_name: PersonName::parse(column(row, 7)?).map_err(damaged)?,
        email: Email::parse(column(row, 8)?).map_err(damaged)?,
        phone: phone.map(Phone::parse).transpose().map_err(damaged)?,
        lines: lines::of_column(column(row, 10)?).map_err(damaged)?,
    };
    let state = Payment {
        id,
        bill,
        due_at: column(row, 13)?,
        attempts: Vec::new(),
        call_off: call_off(row)?,
        refunds: parts(row, 16, RefundRow::refund)?,
        reviews: parts(row, 18, ReviewRow::review)?,
        resolved: parts(row, 17, |row| Ok(ResolutionRow::resolution(row)))?,
        created_at: column(row, 11)?,
        updated_at: column(row, 12)?,
    };
    Ok(Versioned { version: Version(number(row, 3)?), state })
}

fn call_off(row: &Row) -> Result<Option<CallOff>, StoreError> {
    let Some(asked_at) = column(row, 14)? else { return Ok(None) };
    Ok(Some(CallOff { refund_if_paid: column(row, 15)?, asked_at }))
}

/// What a column holds as a JSON array of rows.
fn parts<R: DeserializeOwned, T>(
    row: &Row,
    index: usize,
    part: impl Fn(R) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let Some(rows) = column::<Option<&str>>(row, index)? else { return Ok(Vec::new()) };
    let rows: Vec<R> = serde_json::from_str(rows).map_err(damaged)?;
    rows.into_iter().map(part).collect()
}

/// A row of `refunds`, as PostgreSQL writes it in JSON.
#[derive(Deserialize)]
struct RefundRow {
    key: String,
    transaction_id: String,
    amount: i64,
    cause: String,
    reason: Option<String>,
    state: String,
    state_reason: Option<String>,
    asked_at: Timestamp,
    updated_at: Timestamp,
}

impl RefundRow {
    fn refund(self) -> Result<Refund, StoreError> {
        let unknown = || damaged("a refund in words that are not ours");
        Ok(Refund {
            key: self.key,
            transaction: self.transaction_id,
            amount: Money::rupiah(self.amount),
            cause: RefundCause::parse(&self.cause).ok_or_else(unknown)?,
            reason: self.reason,
            state: RefundState::parse(&self.state, self.state_reason).ok_or_else(unknown)?,
            asked_at: self.asked_at,
            updated_at: self.updated_at,
        })
    }
}

/// A row of `reviews`, as PostgreSQL writes it in JSON.
#[derive(Deserialize)]
struct ReviewRow {
    transaction_id: String,
    choice: String,
    note: String,
    by: String,
    at: Timestamp,
    declined: Option<String>,
}

impl ReviewRow {
    fn review(self) -> Result<Review, StoreError> {
        let unknown = || damaged("a review in words that are not ours");
        Ok(Review {
            transaction: self.transaction_id,
            choice: Choice::parse(&self.choice).ok_or_else(unknown)?,
            note: self.note,
            by: self.by,
            at: self.at,
            declined: self.declined,
        })
    }
}

/// A row of `resolutions`, as PostgreSQL writes it in JSON.
#[derive(Deserialize)]
struct ResolutionRow {
    item: String,
    note: String,
    by: String,
    at: Timestamp,
}

impl ResolutionRow {
    fn resolution(self) -> Resolution {
        Resolution { item: self.item, note: self.note, by: self.by, at: self.at }
    }
}

fn attempt(id: AttemptId, first: Option<Transaction>, row: &Row) -> Result<Attempt, StoreError> {
    let token: Option<String> = column(row, ATTEMPT + 1)?;
    let page = token.zip(column(row, ATTEMPT + 2)?);
    Ok(Attempt {
        id,
        page: page.map(|(token, url)| Page { token, url }),
        refusal: column(row, ATTEMPT + 3)?,
        transactions: first.into_iter().collect(),
        created_at: column(row, ATTEMPT + 4)?,
        contradicted_at: column(row, ATTEMPT + 5)?,
        distrusted: distrusted(row)?,
        closed: closed(row)?,
    })
}

fn distrusted(row: &Row) -> Result<Option<Distrust>, StoreError> {
    let Some(why) = column(row, ATTEMPT + 6)? else { return Ok(None) };
    Ok(Some(Distrust { why, since: column(row, ATTEMPT + 9)? }))
}

fn closed(row: &Row) -> Result<Option<Closed>, StoreError> {
    let Some(why) = column::<Option<&str>>(row, ATTEMPT + 7)? else { return Ok(None) };
    let why = Ending::parse(why).ok_or_else(|| damaged("an ending that is not ours"))?;
    Ok(Some(Closed { why, at: column(row, ATTEMPT + 8)? }))
}

fn transaction(row: &Row) -> Result<Option<Transaction>, StoreError> {
    let Some(id) = column(row, TRANSACTION)? else { return Ok(None) };
    let fraud: Option<&str> = column(row, TRANSACTION + 2)?;
    Ok(Some(Transaction {
        id,
        status: column::<&str>(row, TRANSACTION + 1)?.parse().map_err(damaged)?,
        fraud: fraud.map(str::parse).transpose().map_err(damaged)?,
        method: column(row, TRANSACTION + 3)?,
        was_paid: column(row, TRANSACTION + 4)?,
        seen_at: column(row, TRANSACTION + 5)?,
        instructions: instructions::of_column(column(row, TRANSACTION + 6)?).map_err(damaged)?,
        expires_at: column(row, TRANSACTION + 7)?,
        paid_at: column(row, TRANSACTION + 8)?,
        gross: Money::rupiah(column(row, TRANSACTION + 9)?),
        refunded: Money::rupiah(column(row, TRANSACTION + 10)?),
        late: column(row, TRANSACTION + 11)?,
    }))
}
