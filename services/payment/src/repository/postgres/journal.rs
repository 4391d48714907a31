//! The journal in PostgreSQL.

use super::super::journal::Entry;
use crate::models::{OrderId, PaymentId};
use crate::usecase::ports::JournalLine;
use engine::{StoreError, Version};
use kernel::Uuid;
use storage::postgres::{Postgres, Session, column, each, number};
use tokio_postgres::{Error, Row};

/// A line that is there already is that line: its key names the change that booked it.
const PUT: &str = "
    INSERT INTO journal (transaction_id, kind, before, account, version, amount, at, payment_id,
                         order_id)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[],
                         $6::bigint[], $7::timestamptz[], $8::uuid[], $9::uuid[])
    ON CONFLICT DO NOTHING";

/// Books what winners brought.
pub(super) async fn put(session: &Session, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let put = session.prepare_cached(PUT).await?;
    session
        .execute(
            &put,
            &[
                &each(entries, |e| e.transaction.as_str()),
                &each(entries, |e| e.kind),
                &each(entries, |e| e.before.as_rupiah()),
                &each(entries, |e| e.account),
                &each(entries, |e| i64::from(e.version.0)),
                &each(entries, |e| e.amount),
                &each(entries, |e| e.at),
                &each(entries, |e| e.payment.uuid()),
                &each(entries, |e| e.order.uuid()),
            ],
        )
        .await?;
    Ok(())
}

/// The sum of every account.
pub(super) async fn balances(database: &Postgres) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT account, sum(amount)::bigint FROM journal GROUP BY account ORDER BY account";
    let rows = database.read(sql, &[]).await?;
    rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?))).collect()
}

/// The lines of the orders after one and up to another, in the order in which they were booked;
/// money comes before it goes.
pub(super) async fn between(
    database: &Postgres,
    after: Uuid,
    last: OrderId,
) -> Result<Vec<(PaymentId, JournalLine)>, StoreError> {
    let sql = "SELECT payment_id, transaction_id, kind, version, before, account, amount, at
               FROM journal WHERE order_id > $1 AND order_id <= $2
               ORDER BY version, kind <> 'payment', transaction_id, kind, before, account";
    database.read(sql, &[&after, &last.uuid()]).await?.iter().map(line).collect()
}

fn line(row: &Row) -> Result<(PaymentId, JournalLine), StoreError> {
    let line = JournalLine {
        transaction_id: column(row, 1)?,
        kind: column(row, 2)?,
        version: Version(number(row, 3)?),
        before: column(row, 4)?,
        account: column(row, 5)?,
        amount: column(row, 6)?,
        at: column(row, 7)?,
    };
    Ok((PaymentId(column(row, 0)?), line))
}
