//! The journal in PostgreSQL.

use super::super::journal::{Entry, JournalRow};
use super::put::column_of;
use crate::models::OrderId;
use engine::StoreError;
use storage::postgres::{Postgres, Session, column};
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
                &column_of(entries, |e| e.transaction.as_str()),
                &column_of(entries, |e| e.kind),
                &column_of(entries, |e| e.before.as_rupiah()),
                &column_of(entries, |e| e.account),
                &column_of(entries, |e| i64::from(e.version.0)),
                &column_of(entries, |e| e.amount),
                &column_of(entries, |e| e.at),
                &column_of(entries, |e| e.payment.uuid()),
                &column_of(entries, |e| e.order.uuid()),
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

/// The lines of an order, in the order in which they were booked; money comes before it goes.
pub(super) async fn of_order(
    database: &Postgres,
    order: OrderId,
) -> Result<Vec<JournalRow>, StoreError> {
    let sql = "SELECT transaction_id, kind, account, amount, at FROM journal WHERE order_id = $1
               ORDER BY version, kind <> 'payment', transaction_id, kind, before, account";
    database.read(sql, &[&order.uuid()]).await?.iter().map(line).collect()
}

fn line(row: &Row) -> Result<JournalRow, StoreError> {
    Ok(JournalRow {
        transaction_id: column(row, 0)?,
        kind: column(row, 1)?,
        account: column(row, 2)?,
        amount: column(row, 3)?,
        at: column(row, 4)?,
    })
}
