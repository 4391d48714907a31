//! The statement that writes a batch of payments, and its columns.

use super::super::{instructions, lines};
use crate::models::{
    Attempt, AttemptId, Fraud, Payment, PaymentId, Refund, Resolution, Review, Transaction,
};
use engine::Version;
use kernel::Phone;
use storage::postgres::each;
use tokio_postgres::types::ToSql;

/// Payments that are opened, payments that move, and of both all that belongs to them.
///
/// One statement, so that only winners bring theirs: a loser's attempt could break a constraint,
/// and the answer would be that error instead of the loss. The bill and its time never change.
///
/// It answers who won, with their transactions as they were: all parts of a statement see the
/// database before it, and whoever won found the version there that was decided on.
pub(super) const PUT: &str = "
    WITH opened AS (
        INSERT INTO payments (id, order_id, account, version, status, amount, currency, reference,
                              locale, customer_name, customer_email, customer_phone, lines,
                              created_at, updated_at, due_at, call_off_at, call_off_refunds,
                              open_items)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[],
                             $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[],
                             $11::text[], $12::text[], $13::text[], $14::timestamptz[],
                             $15::timestamptz[], $16::timestamptz[], $17::timestamptz[],
                             $18::boolean[], $19::bigint[])
        ON CONFLICT (order_id) DO NOTHING RETURNING id, amount),
    moved AS (
        UPDATE payments p
        SET version = n.version, status = n.status, updated_at = n.updated_at,
            call_off_at = n.call_off_at, call_off_refunds = n.call_off_refunds,
            open_items = n.open_items
        FROM unnest($20::uuid[], $21::bigint[], $22::bigint[], $23::text[], $24::timestamptz[],
                    $25::timestamptz[], $26::boolean[], $27::bigint[])
             AS n (id, expected, version, status, updated_at, call_off_at, call_off_refunds,
                   open_items)
        WHERE p.id = n.id AND p.version = n.expected RETURNING p.id, p.amount),
    won AS (SELECT id, amount FROM opened UNION ALL SELECT id, amount FROM moved),
    their_attempts AS (
        INSERT INTO attempts (id, payment_id, position, page_token, page_url, refusal,
                              contradicted_at, created_at, distrusted, closed_why, closed_at,
                              distrusted_at)
        SELECT * FROM unnest($28::uuid[], $29::uuid[], $30::bigint[], $31::text[], $32::text[],
                             $33::text[], $34::timestamptz[], $35::timestamptz[], $36::text[],
                             $37::text[], $38::timestamptz[], $39::timestamptz[])
             AS n (id, payment_id, position, page_token, page_url, refusal, contradicted_at,
                   created_at, distrusted, closed_why, closed_at, distrusted_at)
        WHERE payment_id IN (SELECT id FROM won)
        ON CONFLICT (id) DO UPDATE
        SET page_token = excluded.page_token, page_url = excluded.page_url,
            refusal = excluded.refusal, contradicted_at = excluded.contradicted_at,
            distrusted = excluded.distrusted, closed_why = excluded.closed_why,
            closed_at = excluded.closed_at, distrusted_at = excluded.distrusted_at),
    their_transactions AS (
        INSERT INTO transactions (attempt_id, transaction_id, position, status, fraud, method,
                                  was_paid, seen_at, instructions, expires_at, paid_at, gross,
                                  refunded, late)
        SELECT attempt_id, transaction_id, position, status, fraud, method, was_paid, seen_at,
               instructions, expires_at, paid_at, gross, refunded,
               late
        FROM unnest($40::uuid[], $41::uuid[], $42::text[], $43::bigint[], $44::text[], $45::text[],
                    $46::text[], $47::boolean[], $48::timestamptz[], $49::text[],
                    $50::timestamptz[], $51::timestamptz[], $52::bigint[], $53::bigint[],
                    $54::boolean[])
             AS n (payment_id, attempt_id, transaction_id, position, status, fraud, method,
                   was_paid, seen_at, instructions, expires_at, paid_at, gross, refunded, late)
        WHERE payment_id IN (SELECT id FROM won)
        ON CONFLICT (attempt_id, transaction_id) DO UPDATE
        SET status = excluded.status, fraud = excluded.fraud, method = excluded.method,
            was_paid = excluded.was_paid, seen_at = excluded.seen_at,
            instructions = excluded.instructions, expires_at = excluded.expires_at,
            paid_at = excluded.paid_at, gross = excluded.gross, refunded = excluded.refunded,
            late = excluded.late),
    their_refunds AS (
        INSERT INTO refunds (payment_id, key, position, transaction_id, amount, cause, reason,
                             state, state_reason, asked_at, updated_at)
        SELECT * FROM unnest($55::uuid[], $56::text[], $57::bigint[], $58::text[], $59::bigint[],
                             $60::text[], $61::text[], $62::text[], $63::text[],
                             $64::timestamptz[], $65::timestamptz[])
             AS n (payment_id, key, position, transaction_id, amount, cause, reason, state,
                   state_reason, asked_at, updated_at)
        WHERE payment_id IN (SELECT id FROM won)
        ON CONFLICT (payment_id, key) DO UPDATE
        SET amount = excluded.amount, state = excluded.state,
            state_reason = excluded.state_reason, updated_at = excluded.updated_at),
    their_reviews AS (
        INSERT INTO reviews (payment_id, transaction_id, choice, note, by, at, declined)
        SELECT * FROM unnest($72::uuid[], $73::text[], $74::text[], $75::text[], $76::text[],
                             $77::timestamptz[], $78::text[])
             AS n (payment_id, transaction_id, choice, note, by, at, declined)
        WHERE payment_id IN (SELECT id FROM won)
        ON CONFLICT (payment_id, transaction_id) DO UPDATE
        SET choice = excluded.choice, note = excluded.note, by = excluded.by, at = excluded.at,
            declined = excluded.declined),
    their_resolutions AS (
        INSERT INTO resolutions (payment_id, item, position, note, by, at)
        SELECT * FROM unnest($66::uuid[], $67::text[], $68::bigint[], $69::text[], $70::text[],
                             $71::timestamptz[])
             AS n (payment_id, item, position, note, by, at)
        WHERE payment_id IN (SELECT id FROM won)
        ON CONFLICT (payment_id, item) DO UPDATE
        SET note = excluded.note, by = excluded.by, at = excluded.at)
    SELECT w.id, a.id, t.transaction_id, t.status, t.fraud, t.was_paid,
           coalesce(t.gross, w.amount), t.refunded
    FROM won w
    LEFT JOIN (attempts a JOIN transactions t ON t.attempt_id = a.id)
        ON a.payment_id = w.id AND NOT (t.was_paid AND t.paid_at IS NULL)";

/// A payment on its way into the store.
#[derive(Clone, Copy)]
pub(super) struct Put<'a> {
    pub(super) payment: &'a Payment,
    pub(super) expected: Version,
    pub(super) version: Version,
}

/// One column of many rows, ready to be sent.
type Column<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// The parameters of [`PUT`], in its order.
pub(super) fn columns<'a>(payments: &[Put<'a>]) -> Vec<Column<'a>> {
    let (new, known): (Vec<Put<'a>>, Vec<Put<'a>>) =
        payments.iter().partition(|put| put.expected == Version::default());
    let attempts: Vec<Tried<'a>> = payments.iter().flat_map(|put| tried(put.payment)).collect();
    let transactions: Vec<Seen<'a>> = attempts.iter().flat_map(seen).collect();
    let mut columns = of_opened(&new);
    columns.extend(of_moved(&known));
    columns.extend(of_attempts(&attempts));
    columns.extend(of_transactions(&transactions));
    columns.extend(of_refunds(payments));
    columns.extend(of_resolutions(payments));
    columns.extend(of_reviews(payments));
    columns
}

fn boxed<'r, 'a, R, T>(rows: &'r [R], value: impl Fn(&'r R) -> T) -> Column<'a>
where
    T: ToSql + Sync + Send + 'a,
{
    Box::new(each(rows, value))
}

fn of_opened<'a>(new: &[Put<'a>]) -> Vec<Column<'a>> {
    vec![
        boxed(new, |n| n.payment.id.uuid()),
        boxed(new, |n| n.payment.bill.order_id.uuid()),
        boxed(new, |n| n.payment.bill.account.as_str()),
        boxed(new, |n| i64::from(n.version.0)),
        boxed(new, |n| n.payment.status().as_str()),
        boxed(new, |n| n.payment.bill.amount.as_rupiah()),
        boxed(new, |n| n.payment.bill.amount.currency().code()),
        boxed(new, |n| n.payment.bill.reference.as_deref()),
        boxed(new, |n| n.payment.bill.locale),
        boxed(new, |n| n.payment.bill.customer_name.reveal()),
        boxed(new, |n| n.payment.bill.email.reveal()),
        boxed(new, |n| n.payment.bill.phone.as_ref().map(Phone::reveal)),
        boxed(new, |n| lines::to_column(&n.payment.bill.lines)),
        boxed(new, |n| n.payment.created_at),
        boxed(new, |n| n.payment.updated_at),
        boxed(new, |n| n.payment.due_at),
        boxed(new, |n| n.payment.call_off.map(|wish| wish.asked_at)),
        boxed(new, |n| n.payment.call_off.map(|wish| wish.refund_if_paid)),
        boxed(new, |n| open_items(n.payment)),
    ]
}

fn of_moved<'a>(known: &[Put<'a>]) -> Vec<Column<'a>> {
    vec![
        boxed(known, |k| k.payment.id.uuid()),
        boxed(known, |k| i64::from(k.expected.0)),
        boxed(known, |k| i64::from(k.version.0)),
        boxed(known, |k| k.payment.status().as_str()),
        boxed(known, |k| k.payment.updated_at),
        boxed(known, |k| k.payment.call_off.map(|wish| wish.asked_at)),
        boxed(known, |k| k.payment.call_off.map(|wish| wish.refund_if_paid)),
        boxed(known, |k| open_items(k.payment)),
    ]
}

/// No payment has so many that they would not fit.
fn open_items(payment: &Payment) -> i64 {
    i64::try_from(payment.open_items()).unwrap_or(i64::MAX)
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

fn of_attempts<'a>(attempts: &[Tried<'a>]) -> Vec<Column<'a>> {
    vec![
        boxed(attempts, |a| a.attempt.id.uuid()),
        boxed(attempts, |a| a.payment.uuid()),
        boxed(attempts, |a| a.position),
        boxed(attempts, |a| a.attempt.page.as_ref().map(|p| p.token.as_str())),
        boxed(attempts, |a| a.attempt.page.as_ref().map(|p| p.url.as_str())),
        boxed(attempts, |a| a.attempt.refusal.as_deref()),
        boxed(attempts, |a| a.attempt.contradicted_at),
        boxed(attempts, |a| a.attempt.created_at),
        boxed(attempts, |a| a.attempt.distrusted.as_ref().map(|told| told.why.as_str())),
        boxed(attempts, |a| a.attempt.closed.map(|closed| closed.why.as_str())),
        boxed(attempts, |a| a.attempt.closed.map(|closed| closed.at)),
        boxed(attempts, |a| a.attempt.distrusted.as_ref().map(|told| told.since)),
    ]
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

fn of_transactions<'a>(transactions: &[Seen<'a>]) -> Vec<Column<'a>> {
    vec![
        boxed(transactions, |t| t.payment.uuid()),
        boxed(transactions, |t| t.attempt.uuid()),
        boxed(transactions, |t| t.transaction.id.as_str()),
        boxed(transactions, |t| t.position),
        boxed(transactions, |t| t.transaction.status.as_str()),
        boxed(transactions, |t| t.transaction.fraud.map(Fraud::as_str)),
        boxed(transactions, |t| t.transaction.method.as_deref()),
        boxed(transactions, |t| t.transaction.was_paid),
        boxed(transactions, |t| t.transaction.seen_at),
        boxed(transactions, |t| instructions::to_column(&t.transaction.instructions)),
        boxed(transactions, |t| t.transaction.expires_at),
        boxed(transactions, |t| t.transaction.paid_at),
        boxed(transactions, |t| t.transaction.gross.as_rupiah()),
        boxed(transactions, |t| t.transaction.refunded.as_rupiah()),
        boxed(transactions, |t| t.transaction.late),
    ]
}

fn of_refunds<'a>(payments: &[Put<'a>]) -> Vec<Column<'a>> {
    let of = |put: &Put<'a>| {
        let id = put.payment.id;
        put.payment.refunds.iter().zip(0..).map(move |(refund, place)| (id, place, refund))
    };
    let refunds: Vec<(PaymentId, i64, &'a Refund)> = payments.iter().flat_map(of).collect();
    let refunds = refunds.as_slice();
    vec![
        boxed(refunds, |(payment, _, _)| payment.uuid()),
        boxed(refunds, |(_, _, refund)| refund.key.as_str()),
        boxed(refunds, |(_, position, _)| *position),
        boxed(refunds, |(_, _, refund)| refund.transaction.as_str()),
        boxed(refunds, |(_, _, refund)| refund.amount.as_rupiah()),
        boxed(refunds, |(_, _, refund)| refund.cause.as_str()),
        boxed(refunds, |(_, _, refund)| refund.reason.as_deref()),
        boxed(refunds, |(_, _, refund)| refund.state.as_str()),
        boxed(refunds, |(_, _, refund)| refund.state.reason()),
        boxed(refunds, |(_, _, refund)| refund.asked_at),
        boxed(refunds, |(_, _, refund)| refund.updated_at),
    ]
}

fn of_resolutions<'a>(payments: &[Put<'a>]) -> Vec<Column<'a>> {
    let of = |put: &Put<'a>| {
        let id = put.payment.id;
        put.payment.resolved.iter().zip(0..).map(move |(written, place)| (id, place, written))
    };
    let resolved: Vec<(PaymentId, i64, &'a Resolution)> = payments.iter().flat_map(of).collect();
    let resolved = resolved.as_slice();
    vec![
        boxed(resolved, |(payment, _, _)| payment.uuid()),
        boxed(resolved, |(_, _, written)| written.item.as_str()),
        boxed(resolved, |(_, position, _)| *position),
        boxed(resolved, |(_, _, written)| written.note.as_str()),
        boxed(resolved, |(_, _, written)| written.by.as_str()),
        boxed(resolved, |(_, _, written)| written.at),
    ]
}

fn of_reviews<'a>(payments: &[Put<'a>]) -> Vec<Column<'a>> {
    let of = |put: &Put<'a>| put.payment.reviews.iter().map(|review| (put.payment.id, review));
    let reviews: Vec<(PaymentId, &'a Review)> = payments.iter().flat_map(of).collect();
    let reviews = reviews.as_slice();
    vec![
        boxed(reviews, |(payment, _)| payment.uuid()),
        boxed(reviews, |(_, review)| review.transaction.as_str()),
        boxed(reviews, |(_, review)| review.choice.as_str()),
        boxed(reviews, |(_, review)| review.note.as_str()),
        boxed(reviews, |(_, review)| review.by.as_str()),
        boxed(reviews, |(_, review)| review.at),
        boxed(reviews, |(_, review)| review.declined.as_deref()),
    ]
}
