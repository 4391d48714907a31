//! Rows of a payment, read.

use super::super::instructions;
use super::write::LineRow;
use crate::models::{
    Attempt, AttemptId, Bill, Line, OrderId, Page, Payment, PaymentId, Transaction,
};
use crate::usecase::ports::ListQuery;
use engine::{Version, Versioned};
use kernel::{Account, Email, Money, PersonName, Phone, timestamp};
use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use std::collections::HashMap;
use storage::sqlite::damaged;

const COLUMNS: &str = "p.id, p.order_id, p.account, p.version, p.amount, p.reference, p.locale,
    p.customer_name, p.customer_email, p.customer_phone, p.lines, p.created_at, p.updated_at";

/// The one payment that fulfils a condition.
pub(super) fn one(
    connection: &Connection,
    condition: &str,
    values: &[&dyn ToSql],
) -> Result<Option<Versioned<Payment>>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM payments p WHERE {condition}");
    let found = connection.prepare_cached(&sql)?.query_row(values, payment).optional()?;
    found.map(|payment| with_attempts(connection, payment)).transpose()
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
    rows.map(|row| with_attempts(connection, row?)).collect()
}

fn payment(row: &Row<'_>) -> Result<Versioned<Payment>, rusqlite::Error> {
    let text = |column: usize| row.get::<_, String>(column);
    let phone: Option<String> = row.get(9)?;
    let lines: Vec<LineRow> = serde_json::from_str(&text(10)?).map_err(|e| damaged(10, e))?;
    let bill = Bill {
        order_id: OrderId(row.get(1)?),
        account: Account::parse(&text(2)?).map_err(|e| damaged(2, e))?,
        amount: Money::rupiah(row.get(4)?),
        reference: row.get(5)?,
        locale: if text(6)? == "en" { "en" } else { "id" },
        customer_name: PersonName::parse(&text(7)?).map_err(|e| damaged(7, e))?,
        email: Email::parse(&text(8)?).map_err(|e| damaged(8, e))?,
        phone: phone.map(|p| Phone::parse(&p)).transpose().map_err(|e| damaged(9, e))?,
        lines: lines.into_iter().map(line).collect(),
    };
    let state = Payment {
        id: PaymentId(row.get(0)?),
        bill,
        attempts: Vec::new(),
        created_at: timestamp(row.get(11)?),
        updated_at: timestamp(row.get(12)?),
    };
    Ok(Versioned { version: Version(row.get(3)?), state })
}

fn line(row: LineRow) -> Line {
    Line {
        sku: row.sku,
        name: row.name,
        quantity: row.quantity,
        unit_price: Money::rupiah(row.unit_price),
    }
}

fn with_attempts(
    connection: &Connection,
    mut payment: Versioned<Payment>,
) -> Result<Versioned<Payment>, rusqlite::Error> {
    payment.state.attempts = connection
        .prepare_cached(
            "SELECT id, page_token, page_url, refusal, created_at, contradicted_at FROM attempts
             WHERE payment_id = ?1 ORDER BY position",
        )?
        .query_map([payment.state.id.uuid()], |row| {
            let page = row.get::<_, Option<String>>(1)?.zip(row.get::<_, Option<String>>(2)?);
            Ok(Attempt {
                id: AttemptId(row.get(0)?),
                page: page.map(|(token, url)| Page { token, url }),
                refusal: row.get(3)?,
                transactions: Vec::new(),
                contradicted_at: row.get::<_, Option<i64>>(5)?.map(timestamp),
                created_at: timestamp(row.get(4)?),
            })
        })?
        .map(|attempt| with_transactions(connection, attempt?))
        .collect::<Result<_, _>>()?;
    Ok(payment)
}

fn with_transactions(
    connection: &Connection,
    mut attempt: Attempt,
) -> Result<Attempt, rusqlite::Error> {
    attempt.transactions = connection
        .prepare_cached(
            "SELECT transaction_id, status, fraud, method, was_paid, seen_at, instructions,
                 expires_at
             FROM transactions WHERE attempt_id = ?1 ORDER BY position",
        )?
        .query_map([attempt.id.uuid()], |row| {
            let fraud: Option<String> = row.get(2)?;
            let told: Option<String> = row.get(6)?;
            Ok(Transaction {
                id: row.get(0)?,
                status: row.get::<_, String>(1)?.parse().map_err(|e| damaged(1, e))?,
                fraud: fraud.map(|f| f.parse()).transpose().map_err(|e| damaged(2, e))?,
                method: row.get(3)?,
                was_paid: row.get(4)?,
                seen_at: timestamp(row.get(5)?),
                instructions: instructions::of_column(told.as_deref())
                    .map_err(|e| damaged(6, e))?,
                expires_at: row.get::<_, Option<i64>>(7)?.map(timestamp),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(attempt)
}
