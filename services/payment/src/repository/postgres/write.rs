//! Rows of a batch, written: payments by one statement, what it does to the books by another.

use super::super::PaymentRows;
use super::super::journal::{Before, Entry, Place, Stood, entries};
use super::exchanges::Noted;
use super::put::{PUT, Put, columns};
use super::{callbacks, exchanges, journal};
use crate::models::{AttemptId, Fraud, GatewayStatus};
use async_trait::async_trait;
use engine::Version;
use futures::try_join;
use kernel::{Money, Uuid};
use std::collections::HashSet;
use std::error::Error as StdError;
use std::str::FromStr;
use storage::RowOutcome;
use storage::postgres::{PostgresRows, Session};
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Error, Row, Statement};

#[async_trait]
impl PostgresRows for PaymentRows {
    async fn write(rows: &[&Self], session: &Session) -> Result<Vec<RowOutcome>, Error> {
        let (mut payments, mut told, mut old) = (Vec::new(), Vec::new(), Vec::new());
        let mut noted = Noted::default();
        for row in rows {
            match row {
                Self::Payment { payment, expected, version } => {
                    payments.push(Put { payment, expected: *expected, version: *version });
                }
                Self::Callback(callback) => told.push(&**callback),
                Self::ForgetForged { before, keep } => old.push((*before, *keep)),
                Self::Exchanges { new, before } => noted.add(new, *before),
            }
        }
        // Prepared before any is sent: of two errors, the one that happened first is heard first.
        let put_payments = session.prepare_cached(PUT).await?;
        let put_callbacks = session.prepare_cached(callbacks::PUT).await?;
        let put_exchanges = session.prepare_cached(exchanges::PUT).await?;
        let (won, (), ()) = try_join!(
            put(session, &put_payments, &payments),
            callbacks::put(session, &put_callbacks, &told),
            exchanges::put(session, &put_exchanges, &noted)
        )?;
        // A round trip of its own, but only for news of money.
        journal::put(session, &booked(&payments, &won)).await?;
        for (before, keep) in old {
            callbacks::forget(session, before, keep).await?;
        }
        Ok(rows.iter().map(|row| outcome(row, &won)).collect())
    }
}

fn outcome(row: &PaymentRows, won: &Won) -> RowOutcome {
    match row {
        PaymentRows::Payment { payment, expected, .. }
            if !won.payments.contains(&payment.id.uuid()) =>
        {
            if *expected == Version::default() {
                RowOutcome::Taken("order_id")
            } else {
                RowOutcome::VersionMoved
            }
        }
        PaymentRows::Payment { .. }
        | PaymentRows::Callback(_)
        | PaymentRows::ForgetForged { .. }
        | PaymentRows::Exchanges { .. } => RowOutcome::Written,
    }
}

/// Payments that were written, and their transactions as they were.
#[derive(Default)]
struct Won {
    payments: HashSet<Uuid>,
    before: Before,
}

/// Writes payments. `put` is [`PUT`], prepared.
async fn put(session: &Session, put: &Statement, payments: &[Put<'_>]) -> Result<Won, Error> {
    let mut won = Won::default();
    if payments.is_empty() {
        return Ok(won);
    }
    let columns = columns(payments);
    let parameters: Vec<&(dyn ToSql + Sync)> =
        columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect();
    for row in session.query(put, &parameters).await? {
        won.payments.insert(row.try_get(0)?);
        won.before.extend(stood(&row)?);
    }
    Ok(won)
}

fn stood(row: &Row) -> Result<Option<(Place, Stood)>, Error> {
    let Some(attempt) = row.try_get::<_, Option<Uuid>>(1)?.map(AttemptId) else { return Ok(None) };
    let stood = Stood {
        status: row.try_get::<_, Word<GatewayStatus>>(3)?.0,
        fraud: row.try_get::<_, Option<Word<Fraud>>>(4)?.map(|word| word.0),
        was_paid: row.try_get(5)?,
        gross: Money::rupiah(row.try_get(6)?),
        refunded: Money::rupiah(row.try_get(7)?),
    };
    Ok(Some(((attempt, row.try_get(2)?), stood)))
}

fn booked(payments: &[Put<'_>], won: &Won) -> Vec<Entry> {
    let written = payments.iter().filter(|put| won.payments.contains(&put.payment.id.uuid()));
    written.flat_map(|put| entries(put.payment, put.version, &won.before)).collect()
}

/// A column that holds one of our words; another word is an error of the column.
struct Word<T>(T);

impl<'r, T> FromSql<'r> for Word<T>
where
    T: FromStr<Err: StdError + Send + Sync + 'static>,
{
    fn from_sql(of: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        Ok(Self(<&str>::from_sql(of, raw)?.parse()?))
    }

    fn accepts(of: &Type) -> bool {
        <&str as FromSql>::accepts(of)
    }
}
