//! What versions before the third wrote, or still write beside it: the schema only grew.

use super::StoreHarness;
use super::draft::{
    at, attempt_id, becoming, commit, id, ids, journal_of, order, paid, payment, stored, told,
    transaction,
};
use engine::Outcome;
use kernel::{Account, Money, Timestamp};
use payment::models::{Fraud, GatewayStatus, Payment, Transaction};

/// The `n`th payment with one transaction, as the second schema has it.
struct Old {
    n: u128,
    status: GatewayStatus,
    fraud: Option<Fraud>,
    was_paid: bool,
}

fn old(n: u128, status: GatewayStatus, was_paid: bool) -> Old {
    Old { n, status, fraud: None, was_paid }
}

/// The statements of a version that knows no column of the third schema.
fn statements<S: StoreHarness>(rows: &[Old]) -> String {
    let of = |row: &Old| {
        let (payment, order) = (S::id(id(row.n).uuid()), S::id(order(row.n).uuid()));
        let attempt = S::id(attempt_id(row.n, 1).uuid());
        let (then, seen) = (S::time(at(1)), S::time(at(5)));
        let fraud = row.fraud.map_or("NULL".to_owned(), |f| format!("'{}'", f.as_str()));
        format!(
            "INSERT INTO payments (id, order_id, account, version, status, amount, currency,
                 locale, customer_name, customer_email, lines, created_at, updated_at)
             VALUES ({payment}, {order}, '{account}', 3, 'any', 185000, 'IDR', 'id',
                 'Budi Santoso', 'budi@example.com', '[]', {then}, {seen});
             INSERT INTO attempts (id, payment_id, position, created_at)
             VALUES ({attempt}, {payment}, 0, {then});
             INSERT INTO transactions (attempt_id, transaction_id, position, status, fraud,
                 method, was_paid, seen_at)
             VALUES ({attempt}, 't-{n}', 0, '{status}', {fraud}, 'qris', {was_paid}, {seen});",
            account = Account::default(),
            n = row.n,
            status = row.status,
            was_paid = row.was_paid,
        )
    };
    rows.iter().map(of).collect()
}

/// As [`Old`] reads.
fn reads(row: &Old, refunded: i64) -> Payment {
    let seen = Transaction {
        fraud: row.fraud,
        was_paid: row.was_paid,
        paid_at: row.was_paid.then(|| at(5)),
        refunded: Money::rupiah(refunded),
        ..transaction(&format!("t-{}", row.n), row.status)
    };
    let day_after: Timestamp = "2026-11-23T05:04:01.123457Z".parse().unwrap();
    let mut state = Payment { due_at: day_after, updated_at: at(5), ..told(row.n, vec![seen]) };
    state.bill.lines.clear();
    state
}

async fn booked(store: &impl StoreHarness, n: u128) -> Vec<(String, String, i64)> {
    let rows = journal_of(&*store.payments(), n).await;
    rows.into_iter().map(|row| (row.kind, row.account, row.amount)).collect()
}

fn lines(kind: &str, of: [(&str, i64); 2]) -> Vec<(String, String, i64)> {
    of.map(|(account, amount)| (kind.to_owned(), account.to_owned(), amount)).to_vec()
}

fn payment_lines() -> Vec<(String, String, i64)> {
    lines("payment", [("gateway", 185_000), ("sales", -185_000)])
}

pub async fn what_an_older_instance_writes_reads_well<S: StoreHarness>(store: S) {
    let rows = [old(1, GatewayStatus::Settlement, true), old(2, GatewayStatus::Pending, false)];
    store.run(&statements::<S>(&rows)).await;
    for row in &rows {
        assert_eq!(stored(&*store.payments(), id(row.n)).await, Some((3, reads(row, 0))));
    }
}

pub async fn what_an_older_instance_credits_is_booked_with_the_next_news<S: StoreHarness>(
    store: S,
) {
    store.run(&statements::<S>(&[old(1, GatewayStatus::Settlement, true)])).await;
    assert_eq!(booked(&store, 1).await, []);
    let refunded = Money::rupiah(5_000);
    let part = Transaction { refunded, ..paid("t-1", GatewayStatus::PartialRefund) };
    for version in [3, 4] {
        let change = becoming(&told(1, vec![part.clone()]), version);
        assert_eq!(commit(&*store.payments(), change).await, Outcome::Done);
        let refund = lines("refund", [("gateway", -5_000), ("refunds", 5_000)]);
        assert_eq!(booked(&store, 1).await, [payment_lines(), refund].concat());
    }
}

pub async fn old_payments_read_well<S: StoreHarness>(_: S) {
    let rows = [
        old(1, GatewayStatus::Settlement, true),
        old(2, GatewayStatus::Pending, false),
        old(3, GatewayStatus::Refund, true),
        old(4, GatewayStatus::PartialRefund, true),
        old(5, GatewayStatus::Deny, false),
    ];
    let Some(store) = S::upgraded(2, &statements::<S>(&rows)).await else { return };
    for (row, refunded) in rows.iter().zip([0, 0, 185_000, 0, 0]) {
        let expected = Some((3, reads(row, refunded)));
        assert_eq!(stored(&*store.payments(), id(row.n)).await, expected);
    }
}

pub async fn old_money_is_in_the_books<S: StoreHarness>(_: S) {
    let mut rows: Vec<Old> =
        (1..).zip(GatewayStatus::ALL).map(|(n, status)| old(n, status, false)).collect();
    rows.iter_mut()
        .for_each(|row| row.was_paid = reads(row, 0).attempts[0].transactions[0].is_credited());
    let held = Old { fraud: Some(Fraud::Challenge), ..old(20, GatewayStatus::Capture, false) };
    let cleared = Old { fraud: Some(Fraud::Accept), ..old(21, GatewayStatus::Capture, true) };
    rows.extend([held, cleared]);
    let Some(store) = S::upgraded(2, &statements::<S>(&rows)).await else { return };
    let mut paid = 0;
    for row in &rows {
        let mut expected = if row.was_paid { payment_lines() } else { vec![] };
        match row.status {
            GatewayStatus::Refund => {
                expected.extend(lines("refund", [("gateway", -185_000), ("refunds", 185_000)]));
            }
            GatewayStatus::Chargeback => expected
                .splice(
                    0..0,
                    lines("chargeback", [("chargebacks", 185_000), ("gateway", -185_000)]),
                )
                .for_each(drop),
            _ => {}
        }
        expected.sort_by_key(|(kind, _, _)| kind != "payment");
        assert_eq!(booked(&store, row.n).await, expected, "{}", row.status);
        paid += i64::from(row.was_paid);
    }
    let expected = [
        ("chargebacks".to_owned(), 185_000),
        ("gateway".to_owned(), (paid - 2) * 185_000),
        ("refunds".to_owned(), 185_000),
        ("sales".to_owned(), paid * -185_000),
    ];
    assert_eq!(store.payments().book_balances().await.unwrap(), expected);
    assert_eq!(paid, 7);
}

pub async fn old_money_that_goes_back_is_booked_from_there<S: StoreHarness>(_: S) {
    let rows = [old(1, GatewayStatus::Settlement, true), old(2, GatewayStatus::Refund, true)];
    let Some(store) = S::upgraded(2, &statements::<S>(&rows)).await else { return };
    let back = |n: u128, status, refunded| {
        let refunded = Money::rupiah(refunded);
        becoming(&told(n, vec![Transaction { refunded, ..paid(&format!("t-{n}"), status) }]), 3)
    };
    let changes = vec![back(1, GatewayStatus::Deny, 0), back(2, GatewayStatus::Refund, 185_000)];
    assert_eq!(store.payments().commit(changes).await, vec![Outcome::Done; 2]);
    let reversal = lines("reversal", [("gateway", -185_000), ("sales", 185_000)]);
    let refund = lines("refund", [("gateway", -185_000), ("refunds", 185_000)]);
    assert_eq!(booked(&store, 1).await, [payment_lines(), reversal].concat());
    assert_eq!(booked(&store, 2).await, [payment_lines(), refund].concat(), "once");
}

/// The migration counts in SQL what the models count: every status, held by fraud detection or not.
pub async fn old_items_are_listed<S: StoreHarness>(_: S) {
    let mut rows = Vec::new();
    for (n, status) in (1..).zip(GatewayStatus::ALL) {
        rows.push(old(n, status, true));
        rows.push(old(20 + n, status, false));
        rows.push(Old { fraud: Some(Fraud::Challenge), ..old(40 + n, status, false) });
    }
    let Some(store) = S::upgraded(2, &statements::<S>(&rows)).await else { return };
    for row in &rows {
        counts(&store, row.n, reads(row, 0).open_items()).await;
    }
    let mut expected: Vec<u128> =
        rows.iter().filter(|row| reads(row, 0).open_items() > 0).map(|row| row.n).collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    assert!(expected.len() > 5 && expected.len() < rows.len() / 2, "{expected:?}");
    let payments = store.payments();
    let found = payments.with_open_items(&payment(1).bill.account, None, 99).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|payment| payment.state.id).collect();
    assert_eq!(found, ids(&expected));
}

/// The names of items became longer, and items came to be that were none.
pub async fn what_was_dealt_with_under_older_names_stays_so<S: StoreHarness>(_: S) {
    let held = |n, status| Old { fraud: Some(Fraud::Challenge), ..old(n, status, false) };
    let rows = [
        old(1, GatewayStatus::Chargeback, true),
        old(2, GatewayStatus::Chargeback, true),
        held(3, GatewayStatus::Settlement),
        old(4, GatewayStatus::Pending, false),
        old(5, GatewayStatus::PartialChargeback, true),
        old(6, GatewayStatus::PartialChargeback, true),
        held(7, GatewayStatus::Capture),
        held(8, GatewayStatus::Settlement),
        held(9, GatewayStatus::Capture),
    ];
    let attempt = attempt_id(4, 1);
    let odd = S::id(attempt.uuid());
    let sql = [
        statements::<S>(&rows),
        // About a part, before the rest went too; about the whole; about an odd answer.
        written::<S>(1, "charged_back.t-1", 4),
        written::<S>(2, "charged_back.t-2", 6),
        written::<S>(4, &format!("distrusted.{attempt}"), 3),
        // About a part, of which more was told since; of which no more was.
        written::<S>(5, "charged_back.t-5", 4),
        written::<S>(6, "charged_back.t-6", 6),
        // About what is held, and about what was held and has settled.
        written::<S>(7, "challenge.t-7", 9),
        written::<S>(8, "challenge.t-8", 4),
        format!("UPDATE attempts SET distrusted = 'odd' WHERE id = {odd};"),
        // As the fourth schema counted: what was written about was dealt with.
        format!("UPDATE payments SET open_items = 1 WHERE id = {};", S::id(id(9).uuid())),
    ];
    let Some(store) = S::upgraded(4, &sql.concat()).await else { return };
    let payments = store.payments();
    let open = ids(&[9, 8, 7, 5, 3, 1]);
    for n in 1..=9 {
        let (_, payment) = stored(&*payments, id(n)).await.unwrap();
        assert_eq!(payment.open_items(), usize::from(open.contains(&id(n))), "{n}");
        counts(&store, n, payment.open_items()).await;
    }
    let found = payments.with_open_items(&Account::default(), None, 99).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|payment| payment.state.id).collect();
    assert_eq!(found, open);
    let (_, doubted) = stored(&*payments, id(4)).await.unwrap();
    assert_eq!(doubted.attempts[0].distrusted.as_ref().unwrap().since, at(1));
}

/// Fails if the store counts another number of items that wait.
async fn counts<S: StoreHarness>(store: &S, n: u128, items: usize) {
    let payment = S::id(id(n).uuid());
    let sql = format!(
        "CREATE TABLE others_{n} (id INTEGER CHECK (id < 0));
         INSERT INTO others_{n} SELECT 1 FROM payments
         WHERE id = {payment} AND open_items <> {items};"
    );
    store.run(&sql).await;
}

/// A note as it was written about an item.
fn written<S: StoreHarness>(n: u128, item: &str, second: u32) -> String {
    let (payment, at) = (S::id(id(n).uuid()), S::time(at(second)));
    format!(
        "INSERT INTO resolutions (payment_id, item, position, note, by, at)
         VALUES ({payment}, '{item}', 0, 'done', 'ani', {at});"
    )
}

/// Of a charge that is held it can be told whether it came after its attempt was closed.
pub async fn what_is_held_since_after_the_end_is_late<S: StoreHarness>(_: S) {
    let held = |n| Old { fraud: Some(Fraud::Challenge), ..old(n, GatewayStatus::Capture, false) };
    let closed = |n, second| {
        let (attempt, at) = (S::id(attempt_id(n, 1).uuid()), S::time(at(second)));
        format!(
            "UPDATE attempts SET closed_why = 'overdue', closed_at = {at} WHERE id = {attempt};"
        )
    };
    let rows = [held(1), held(2), held(3), old(4, GatewayStatus::Settlement, true)];
    // They are seen to be held since second 5.
    let sql = [statements::<S>(&rows), closed(1, 4), closed(2, 5), closed(4, 4)];
    let Some(store) = S::upgraded(4, &sql.concat()).await else { return };
    for n in 1..=4 {
        let (_, payment) = stored(&*store.payments(), id(n)).await.unwrap();
        assert_eq!(payment.attempts[0].transactions[0].late, n == 1, "{n}");
    }
}
