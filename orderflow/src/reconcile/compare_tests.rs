//! Each kind of difference by itself, and two books in general: equal ones have none, and each
//! single change of one of them is found as what it is.

use super::*;
use GatewayStatus as S;
use jiff::{SignedDuration, Timestamp};
use payment::models::{Fraud, GatewayStatus};
use proptest::prelude::*;
use proptest::sample::Index;

const ATTEMPT: &str = "0192f0c1-2b3c-7d4e-8f50-617283940a1b";
const TOTAL: i64 = 185_000;

fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-03-01T03:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

fn day() -> Option<Covered> {
    Some(Covered { from: Some(at(0)), until: at(86_400) })
}

/// A settlement that nobody disputes, and the row that tells it.
fn paid() -> HeldTransaction {
    HeldTransaction {
        id: "t1".to_owned(),
        status: S::Settlement,
        fraud: None,
        gross: TOTAL,
        refunded: 0,
        credited: true,
        paid_at: Some(at(60)),
        booked: TOTAL,
    }
}

fn row() -> Row {
    Row {
        line: Some(2),
        order_id: ATTEMPT.into(),
        transaction_id: Some("t1".into()),
        status: S::Settlement,
        fraud: None,
        gross: TOTAL,
        refunded: Some(0),
        charged_back: None,
        currency: Some("IDR".into()),
        at: Some(at(30)),
        settled_at: Some(at(60)),
    }
}

fn held(transactions: Vec<HeldTransaction>) -> Held {
    Held {
        order_id: "order".to_owned(),
        payment_id: "payment".to_owned(),
        status: "paid".to_owned(),
        currency: "IDR".to_owned(),
        created_at: at(10),
        attempts: vec![attempt(ATTEMPT, transactions)],
    }
}

fn attempt(id: &str, transactions: Vec<HeldTransaction>) -> HeldAttempt {
    HeldAttempt { id: id.to_owned(), transactions, is_distrusted: false }
}

fn compared(rows: Vec<Row>, held: &[Held]) -> (Vec<Difference>, Looked) {
    let there = There::new(rows);
    let mut comparison = Comparison::new(&there, day());
    for held in held {
        comparison.take(held).unwrap();
    }
    comparison.finish().unwrap()
}

/// The one difference.
fn one(rows: Vec<Row>, transactions: Vec<HeldTransaction>) -> Difference {
    let (found, _) = compared(rows, &[held(transactions)]);
    let [found] = <[_; 1]>::try_from(found).unwrap();
    found
}

fn none(rows: Vec<Row>, transactions: Vec<HeldTransaction>) -> Looked {
    let (found, looked) = compared(rows, &[held(transactions)]);
    assert_eq!(found, []);
    looked
}

#[test]
fn what_says_the_same_does_not_differ() {
    let looked = none(vec![row()], vec![paid()]);
    assert_eq!(looked, Looked { rows: 1, transactions: 1, at_the_edge: 0 });
    // The same line twice is one; a file that tells less says nothing else.
    none(vec![row(), Row { line: Some(3), ..row() }], vec![paid()]);
    let bare = Row { currency: None, refunded: None, at: None, settled_at: None, ..row() };
    none(vec![bare], vec![paid()]);
    none(vec![Row { currency: Some("idr".into()), ..row() }], vec![paid()]);
}

#[test]
fn what_is_not_ours_is_never_touched_unless_it_looks_like_ours() {
    let foreign = Row { order_id: "INV-7".into(), ..row() };
    let found = one(vec![row(), foreign], vec![paid()]);
    assert_eq!((found.kind, found.remedy, found.money), (Kind::NotOurs, Remedy::Nobody, TOTAL));
    assert_eq!((found.order_id, found.attempt.as_str()), (None, "INV-7"));
    let lost = Row { order_id: "0192f0c1-2b3c-7d4e-8f50-617283940a1c".into(), ..row() };
    let found = one(vec![row(), lost], vec![paid()]);
    assert_eq!((found.kind, found.remedy), (Kind::NotOurs, Remedy::Operator));
}

#[test]
fn a_transaction_of_our_attempt_that_we_do_not_know_is_asked_about() {
    let found = one(vec![row()], vec![]);
    assert_eq!((found.kind, found.remedy), (Kind::UnknownTransaction, Remedy::Sync));
    assert_eq!((found.money, found.excuse), (TOTAL, None));
    assert_eq!(found.order_id.as_deref(), Some("order"));
    let idle = Row { status: S::Expire, settled_at: None, ..row() };
    let found = one(vec![idle.clone()], vec![]);
    assert_eq!((found.money, found.excuse), (0, Some(Excuse::Idle)));
    // Denied after it settled is money that was taken back.
    let reversed = Row { status: S::Deny, ..row() };
    assert_eq!(one(vec![reversed], vec![]).excuse, None);
    assert_eq!(one(vec![Row { status: S::Pending, ..idle }], vec![]).excuse, None);
}

/// GET Status by order tells one transaction of several: the others have to be named.
#[test]
fn what_we_do_not_know_is_named_unless_nothing_hangs_on_it_or_it_has_no_name() {
    let named = |row: Row| one(vec![row], vec![]).reported;
    let told = |status| Reported::try_new("t1", status).ok();
    assert_eq!(named(row()), told(S::Settlement));
    assert_eq!(named(Row { status: S::Pending, settled_at: None, ..row() }), told(S::Pending));
    assert_eq!(named(Row { status: S::Deny, ..row() }), told(S::Deny), "it is a reversal");
    for row in [
        Row { status: S::Expire, settled_at: None, ..row() },
        Row { transaction_id: None, ..row() },
        Row { transaction_id: Some("no id of theirs".into()), ..row() },
    ] {
        assert_eq!(named(row), None);
    }
    let pending = Row { status: S::Pending, ..row() };
    assert_eq!(
        one(vec![pending], vec![paid()]).reported,
        None,
        "a known one is asked about anyway"
    );
}

#[test]
fn what_we_hold_as_paid_is_missed_only_in_the_time_of_the_report() {
    let found = one(vec![], vec![paid()]);
    assert_eq!((found.kind, found.remedy), (Kind::MissingThere, Remedy::Sync));
    assert_eq!((found.money, found.transaction_id.as_deref()), (TOTAL, Some("t1")));
    none(vec![], vec![HeldTransaction { paid_at: Some(at(86_400)), ..paid() }]);
    none(vec![], vec![HeldTransaction { paid_at: Some(at(-1)), ..paid() }]);
    let waits = HeldTransaction { status: S::Pending, credited: false, booked: 0, ..paid() };
    none(vec![], vec![waits]);
    let early = Held { created_at: at(-1), ..held(vec![paid()]) };
    let (found, looked) = compared(vec![], &[early]);
    assert_eq!((found.len(), looked.at_the_edge), (0, 1));
    let there = There::new(vec![]);
    assert_eq!(there.differences(&held(vec![paid()]), None), [], "nobody knows what it covers");
}

#[test]
fn another_standing_is_one_difference_however_much_follows_from_it() {
    let waits = HeldTransaction { status: S::Pending, credited: false, booked: 0, ..paid() };
    let found = one(vec![row()], vec![waits]);
    assert_eq!((found.kind, found.remedy), (Kind::Status, Remedy::Sync));
    assert_eq!((found.money, found.excuse), (TOTAL, None));
    assert_eq!(
        (found.there.as_str(), found.here.as_str()),
        ("settlement Rp185.000", "pending Rp185.000")
    );
    let back = Row { status: S::PartialRefund, refunded: Some(60_000), ..row() };
    let found = one(vec![back], vec![paid()]);
    assert_eq!((found.kind, found.money, found.excuse), (Kind::Status, 60_000, None));
    // A report from before the settlement.
    let older = Row { status: S::Pending, settled_at: None, ..row() };
    let found = one(vec![older.clone()], vec![paid()]);
    assert_eq!((found.kind, found.excuse), (Kind::Status, Some(Excuse::Older)));
    // Or the gateway says so now, and was not believed.
    let mut distrusted = held(vec![paid()]);
    distrusted.attempts[0].is_distrusted = true;
    let (found, _) = compared(vec![older], &[distrusted]);
    assert_eq!((found[0].kind, found[0].excuse), (Kind::Status, None));
}

#[test]
fn a_word_about_fraud_counts_where_it_is_told() {
    let charged = HeldTransaction { status: S::Capture, ..paid() };
    let there = Row { status: S::Capture, ..row() };
    let with = |fraud| Row { fraud: Some(fraud), ..there.clone() };
    none(vec![there.clone()], vec![charged.clone()]);
    none(vec![with(Fraud::Accept)], vec![charged.clone()]);
    let found = one(vec![with(Fraud::Challenge)], vec![charged.clone()]);
    assert_eq!((found.kind, found.money), (Kind::Status, TOTAL));
    let fraud = Some(Fraud::Challenge);
    let held = HeldTransaction { fraud, credited: false, booked: 0, ..charged };
    none(vec![with(Fraud::Challenge)], vec![held.clone()]);
    none(vec![there.clone()], vec![held]);
}

#[test]
fn an_amount_and_a_currency_are_a_persons() {
    let found = one(vec![Row { gross: 18_500, ..row() }], vec![paid()]);
    assert_eq!(
        (found.kind, found.remedy, found.money),
        (Kind::Amount, Remedy::Operator, TOTAL - 18_500)
    );
    // In another currency the amounts say nothing.
    let dollars = Row { currency: Some("USD".into()), gross: 12, ..row() };
    let found = one(vec![dollars], vec![paid()]);
    assert_eq!((found.kind, found.remedy), (Kind::Currency, Remedy::Operator));
}

#[test]
fn the_sums_given_back_are_compared_where_both_stand_the_same() {
    let part = HeldTransaction {
        status: S::PartialRefund,
        refunded: 60_000,
        booked: TOTAL - 60_000,
        ..paid()
    };
    let there = Row { status: S::PartialRefund, refunded: Some(60_000), ..row() };
    none(vec![there.clone()], vec![part.clone()]);
    none(vec![Row { refunded: None, ..there.clone() }], vec![part.clone()]);
    let more = Row { refunded: Some(80_000), ..there.clone() };
    let found = one(vec![more], vec![part.clone()]);
    assert_eq!((found.kind, found.remedy), (Kind::Refunded, Remedy::Sync));
    assert_eq!((found.money, found.excuse), (20_000, None));
    // If the gateway told that now, nobody would notice: it is not excused by its age.
    let less = Row { refunded: Some(50_000), ..there };
    let found = one(vec![less], vec![part]);
    assert_eq!((found.kind, found.excuse), (Kind::Refunded, None));
}

#[test]
fn our_journal_must_hold_what_the_gateway_holds() {
    let unbooked = HeldTransaction { booked: 0, ..paid() };
    let found = one(vec![row()], vec![unbooked]);
    assert_eq!((found.kind, found.remedy, found.money), (Kind::Ledger, Remedy::Operator, TOTAL));
    let reversed = HeldTransaction { status: S::Deny, credited: false, ..paid() };
    let there = Row { status: S::Deny, ..row() };
    assert_eq!(one(vec![there.clone()], vec![reversed.clone()]).kind, Kind::Ledger);
    none(vec![there], vec![HeldTransaction { booked: 0, ..reversed }]);
    // How much a bank took back in part, only a list that tells it can say.
    let taken = HeldTransaction { status: S::PartialChargeback, ..paid() };
    let there = Row { status: S::PartialChargeback, ..row() };
    none(vec![there.clone()], vec![taken.clone()]);
    let told = Row { charged_back: Some(40_000), ..there };
    let found = one(vec![told], vec![taken]);
    assert_eq!((found.kind, found.money), (Kind::Ledger, 40_000));
}

#[test]
fn two_lines_that_contradict_each_other_are_compared_with_nothing() {
    let other = Row { line: Some(9), gross: 1, ..row() };
    let found = one(vec![other, row()], vec![paid()]);
    assert_eq!(
        (found.kind, found.remedy, found.money),
        (Kind::DuplicateRow, Remedy::Operator, TOTAL)
    );
}

#[test]
fn rows_without_transaction_ids_find_the_one_that_looks_like_them() {
    let failed = HeldTransaction {
        id: "t0".to_owned(),
        status: S::Deny,
        credited: false,
        paid_at: None,
        booked: 0,
        ..paid()
    };
    let nameless = |row: Row| Row { transaction_id: None, ..row };
    let denied = Row { status: S::Deny, settled_at: None, line: Some(3), ..row() };
    let rows = vec![nameless(row()), nameless(denied)];
    none(rows.clone(), vec![failed.clone(), paid()]);
    none(rows.clone(), vec![paid(), failed]);
    let found = one(rows, vec![paid()]);
    assert_eq!((found.kind, found.excuse), (Kind::UnknownTransaction, Some(Excuse::Idle)));
}

#[test]
fn differences_without_end_are_refused() {
    let foreign = |n: u32| Row { order_id: format!("INV-{n}").into(), ..row() };
    let there = There::new((0..=100_000).map(foreign).collect());
    let error = Comparison::new(&there, None).finish().unwrap_err();
    assert!(error.to_string().contains("more than 100000 differences"), "{error}");
}

/// A transaction that could be, with what both sides say of it.
fn transactions() -> impl Strategy<Value = (S, i64, i64)> {
    let status = proptest::sample::select(S::ALL.to_vec());
    (status, 1i64..1_000_000_000, 0i64..1_000_000_000)
}

/// Two books that say the same: payments of one attempt, some with two transactions.
fn books() -> impl Strategy<Value = (Vec<Row>, Vec<Held>)> {
    proptest::collection::vec(proptest::collection::vec(transactions(), 1..3), 1..12).prop_map(
        |payments| {
            let (mut rows, mut books) = (Vec::new(), Vec::new());
            for (n, transactions) in payments.into_iter().enumerate() {
                let id = format!("0192f0c1-2b3c-7d4e-8f50-{n:012}");
                let ours = transactions.into_iter().enumerate().map(|(m, drawn)| {
                    let (row, ours) = both(&id, &format!("t{n}-{m}"), drawn);
                    rows.push(row);
                    ours
                });
                let attempts = vec![attempt(&id, ours.collect())];
                books.push(Held { attempts, ..held(vec![]) });
            }
            (rows, books)
        },
    )
}

/// One transaction as both sides tell it.
fn both(attempt: &str, id: &str, (status, gross, back): (S, i64, i64)) -> (Row, HeldTransaction) {
    let credited = matches!(
        status,
        S::Settlement
            | S::Capture
            | S::Refund
            | S::PartialRefund
            | S::Chargeback
            | S::PartialChargeback
    );
    let refunded = match status {
        S::Refund => gross,
        S::PartialRefund => back % gross,
        _ => 0,
    };
    let booked = match status {
        S::Chargeback => 0,
        _ if credited => gross - refunded,
        _ => 0,
    };
    let paid_at = credited.then(|| at(60));
    let transaction = HeldTransaction {
        id: id.to_owned(),
        status,
        gross,
        refunded,
        credited,
        paid_at,
        booked,
        ..paid()
    };
    let row = Row {
        order_id: attempt.into(),
        transaction_id: Some(id.into()),
        status,
        gross,
        refunded: Some(refunded),
        settled_at: paid_at,
        ..row()
    };
    (row, transaction)
}

/// Changes one side where it is about a row; whether it could.
type Mutate = fn(&mut Vec<Row>, &mut Vec<Held>, usize) -> bool;

/// Each change with the kind that it is found as.
const MUTATIONS: [(Kind, Mutate); 9] = [
    (Kind::NotOurs, |rows, _, n| {
        rows[n].order_id = "INV-1".into();
        // Else it is missed as well.
        !is_credited(rows[n].status)
    }),
    (Kind::UnknownTransaction, |rows, held, n| {
        let ours = of(held, &rows[n]);
        ours.0.remove(ours.1);
        true
    }),
    (Kind::MissingThere, |rows, _, n| {
        let gone = rows.remove(n);
        is_credited(gone.status)
    }),
    (Kind::Status, |rows, _, n| {
        let next = S::ALL.into_iter().find(|s| *s != rows[n].status).unwrap();
        rows[n].status = next;
        true
    }),
    (Kind::Amount, |rows, _, n| {
        rows[n].gross += 1;
        true
    }),
    (Kind::Refunded, |rows, _, n| {
        rows[n].refunded = rows[n].refunded.map(|sum| sum + 1);
        true
    }),
    (Kind::Currency, |rows, _, n| {
        rows[n].currency = Some("USD".into());
        true
    }),
    (Kind::Ledger, |rows, held, n| {
        let (ours, m) = of(held, &rows[n]);
        ours[m].booked -= 1;
        rows[n].status != S::PartialChargeback
    }),
    (Kind::DuplicateRow, |rows, _, n| {
        let again = Row { gross: rows[n].gross + 1, line: Some(99), ..rows[n].clone() };
        rows.push(again);
        true
    }),
];

fn is_credited(status: S) -> bool {
    both("", "", (status, 2, 1)).1.credited
}

fn of<'a>(held: &'a mut [Held], row: &Row) -> (&'a mut Vec<HeldTransaction>, usize) {
    let attempts = held.iter_mut().flat_map(|h| &mut h.attempts);
    let attempt = attempts.into_iter().find(|a| *a.id == *row.order_id).unwrap();
    let id = row.transaction_id.as_deref().unwrap();
    let place = attempt.transactions.iter().position(|t| t.id == id).unwrap();
    (&mut attempt.transactions, place)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equal_books_have_no_difference_and_each_change_is_found(
        (rows, held) in books(),
        which in any::<Index>(),
    ) {
        let (found, looked) = compared(rows.clone(), &held);
        prop_assert_eq!(found, vec![]);
        prop_assert_eq!(looked.transactions, rows.len());
        for (kind, mutate) in MUTATIONS {
            let (mut rows, mut held) = (rows.clone(), held.clone());
            let n = which.index(rows.len());
            if !mutate(&mut rows, &mut held, n) {
                continue;
            }
            let (found, _) = compared(rows, &held);
            let kinds: Vec<Kind> = found.iter().map(|difference| difference.kind).collect();
            prop_assert_eq!(kinds, vec![kind]);
        }
    }
}
