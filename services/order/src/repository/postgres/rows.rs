//! The rows of orders, written for a whole batch: one statement inserts, one updates. Reads
//! nothing.

use super::super::OrderRows;
use crate::models::{Cancellation, Line, Payment};
use async_trait::async_trait;
use engine::Version;
use kernel::{Phone, Text, Uuid};
use std::collections::HashSet;
use storage::RowOutcome;
use storage::postgres::{PostgresRows, Session, each};
use tokio_postgres::{Error, Row, Statement};

/// Orders and their lines in one statement: the lines of an order whose reference is taken find
/// no order to join, and stay out with it.
const INSERT: &str = "
    WITH o AS (
        INSERT INTO orders (id, account, reference, version, status, customer_name,
            customer_email, customer_phone, locale, total, currency, metadata, payment_due_at,
            created_at, updated_at)
        SELECT t.*, t.created_at FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[],
            $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[],
            $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[])
            AS t (id, account, reference, version, status, customer_name, customer_email,
                customer_phone, locale, total, currency, metadata, payment_due_at, created_at)
        ON CONFLICT (account, reference) DO NOTHING RETURNING id),
    l AS (
        INSERT INTO order_lines (order_id, position, sku, name, quantity, unit_price)
        SELECT t.* FROM unnest($15::uuid[], $16::bigint[], $17::text[], $18::text[],
            $19::bigint[], $20::bigint[])
            AS t (order_id, position, sku, name, quantity, unit_price)
        JOIN o ON o.id = t.order_id)
    SELECT id FROM o";

/// Only what a payment fact or a wish can move; the rest of an order never changes.
const UPDATE: &str = "
    UPDATE orders o SET version = t.version, status = t.status, payment_id = t.payment_id,
        payment_status = t.payment_status, payment_method = t.payment_method,
        payment_sequence = t.payment_sequence, cancel_requested_at = t.cancel_requested_at,
        refund_if_paid = t.refund_if_paid, cancel_reason = t.cancel_reason,
        updated_at = t.updated_at
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::uuid[], $6::text[],
        $7::text[], $8::bigint[], $9::timestamptz[], $10::boolean[], $11::text[],
        $12::timestamptz[])
        AS t (id, expected, version, status, payment_id, payment_status, payment_method,
            payment_sequence, cancel_requested_at, refund_if_paid, cancel_reason, updated_at)
    WHERE o.id = t.id AND o.version = t.expected
    RETURNING o.id";

#[async_trait]
impl PostgresRows for OrderRows {
    async fn write(rows: &[&Self], session: &Session) -> Result<Vec<RowOutcome>, Error> {
        let (new, known): (Vec<&Self>, Vec<&Self>) = rows.iter().partition(|rows| rows.is_new());
        let insert = session.prepare_cached(INSERT).await?;
        let update = session.prepare_cached(UPDATE).await?;
        // Sent together. Answers are looked at in the order of sending, since what follows a
        // failed statement fails too, and says nothing of why.
        let (inserted, updated) = tokio::try_join!(
            biased;
            insert_all(session, &insert, &new),
            update_all(session, &update, &known)
        )?;
        let written: HashSet<Uuid> =
            inserted.iter().chain(&updated).map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let outcome = |rows: &&Self| match written.contains(&rows.order.id.uuid()) {
            true => RowOutcome::Written,
            false if rows.is_new() => RowOutcome::Taken("reference"),
            false => RowOutcome::VersionMoved,
        };
        Ok(rows.iter().map(outcome).collect())
    }
}

impl OrderRows {
    fn is_new(&self) -> bool {
        self.expected == Version::default()
    }

    fn payment(&self) -> Option<&Payment> {
        self.order.payment.as_ref()
    }

    fn cancellation(&self) -> Option<&Cancellation> {
        self.order.cancellation.as_ref()
    }
}

async fn insert_all(
    session: &Session,
    insert: &Statement,
    new: &[&OrderRows],
) -> Result<Vec<Row>, Error> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let lines: Vec<(Uuid, i64, &Line)> = new.iter().flat_map(|rows| lines(rows)).collect();
    session
        .query(
            insert,
            &[
                &each(new, |rows| rows.order.id.uuid()),
                &each(new, |rows| rows.order.account.as_str()),
                &each(new, |rows| rows.order.reference.as_ref().map(Text::as_str)),
                &each(new, |rows| i64::from(rows.version.0)),
                &each(new, |rows| rows.order.status.as_str()),
                &each(new, |rows| rows.order.customer_name.reveal()),
                &each(new, |rows| rows.order.email.reveal()),
                &each(new, |rows| rows.order.phone.as_ref().map(Phone::reveal)),
                &each(new, |rows| rows.order.locale),
                &each(new, |rows| rows.order.total.as_rupiah()),
                &each(new, |rows| rows.order.total.currency().code()),
                &each(new, |rows| serde_json::to_string(&rows.order.metadata).unwrap_or_default()),
                &each(new, |rows| rows.order.payment_due_at),
                &each(new, |rows| rows.order.created_at),
                &each(&lines, |(order, _, _)| *order),
                &each(&lines, |(_, position, _)| *position),
                &each(&lines, |(_, _, line)| line.sku.as_str()),
                &each(&lines, |(_, _, line)| line.name.as_str()),
                &each(&lines, |(_, _, line)| i64::from(line.quantity)),
                &each(&lines, |(_, _, line)| line.unit_price.as_rupiah()),
            ],
        )
        .await
}

fn lines(rows: &OrderRows) -> impl Iterator<Item = (Uuid, i64, &Line)> {
    (0..).zip(&rows.order.lines).map(|(position, line)| (rows.order.id.uuid(), position, line))
}

async fn update_all(
    session: &Session,
    update: &Statement,
    known: &[&OrderRows],
) -> Result<Vec<Row>, Error> {
    if known.is_empty() {
        return Ok(Vec::new());
    }
    session
        .query(
            update,
            &[
                &each(known, |rows| rows.order.id.uuid()),
                &each(known, |rows| i64::from(rows.expected.0)),
                &each(known, |rows| i64::from(rows.version.0)),
                &each(known, |rows| rows.order.status.as_str()),
                &each(known, |rows| rows.payment().map(|p| p.id.uuid())),
                &each(known, |rows| rows.payment().map(|p| p.status.as_str())),
                &each(known, |rows| rows.payment().and_then(|p| p.method.as_deref())),
                &each(known, |rows| i64::from(rows.payment().map_or(0, |p| p.sequence))),
                &each(known, |rows| rows.cancellation().map(|c| c.requested_at)),
                &each(known, |rows| rows.cancellation().map(|c| c.wish.refund_if_paid)),
                &each(known, |rows| rows.cancellation()?.wish.reason.as_ref().map(Text::as_str)),
                &each(known, |rows| rows.order.updated_at),
            ],
        )
        .await
}
