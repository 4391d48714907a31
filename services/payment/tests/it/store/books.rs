//! The books: each change of a transaction's money, once, and never half.

use super::StoreHarness;
use super::draft::{
    TAKEN, at, attempt, becoming, commit, free, id, journal_of, open, opening, order, paid,
    payment, rival, stored, told, transaction, with,
};
use engine::Outcome;
use kernel::Money;
use payment::models::{Fraud, GatewayStatus, Payment, Transaction, journals};
use std::collections::{BTreeMap, HashMap};

/// A line without its time: kind, account, amount.
type Line = (String, String, i64);

fn line(kind: &str, account: &str, amount: i64) -> Line {
    (kind.to_owned(), account.to_owned(), amount)
}

/// What the books say of the `n`th payment's order; every journal balances.
async fn booked(store: &impl StoreHarness, n: u128) -> Vec<Line> {
    let rows = journal_of(&*store.payments(), n).await;
    let mut sums: HashMap<(String, String), i64> = HashMap::new();
    for row in &rows {
        *sums.entry((row.transaction_id.clone(), row.kind.clone())).or_default() += row.amount;
    }
    assert!(sums.values().all(|sum| *sum == 0), "{rows:?}");
    rows.into_iter().map(|row| (row.kind, row.account, row.amount)).collect()
}

async fn balances(store: &impl StoreHarness) -> Vec<(String, i64)> {
    store.payments().book_balances().await.unwrap()
}

fn balance(account: &str, amount: i64) -> (String, i64) {
    (account.to_owned(), amount)
}

/// Paid, with this much gone back through the gateway.
fn after(status: GatewayStatus, refunded: i64) -> Transaction {
    Transaction { refunded: Money::rupiah(refunded), ..paid("t-1", status) }
}

/// The first payment, with this transaction, as changed then.
fn one(now: Transaction, second: u32) -> Payment {
    Payment { updated_at: at(second), ..told(1, vec![now]) }
}

/// The first payment becomes each of these in turn, from version 1 on.
async fn becomes(store: &impl StoreHarness, states: impl IntoIterator<Item = Transaction>) {
    for (version, state) in (1..).zip(states) {
        let change = becoming(&told(1, vec![state]), version);
        assert_eq!(commit(&*store.payments(), change).await, Outcome::Done);
    }
}

fn payment_lines() -> Vec<Line> {
    vec![line("payment", "gateway", 185_000), line("payment", "sales", -185_000)]
}

pub async fn a_payment_is_booked_with_its_fee(store: impl StoreHarness) {
    open(&*store.payments(), &[one(transaction("t-1", GatewayStatus::Pending), 2)]).await;
    assert_eq!(booked(&store, 1).await, []);
    let settled =
        Transaction { gross: Money::rupiah(189_000), ..paid("t-1", GatewayStatus::Settlement) };
    let change = becoming(&one(settled, 20), 1);
    assert_eq!(commit(&*store.payments(), change).await, Outcome::Done);
    let expected = [
        line("payment", "fees", -4_000),
        line("payment", "gateway", 189_000),
        line("payment", "sales", -185_000),
    ];
    assert_eq!(booked(&store, 1).await, expected);
    let rows = journal_of(&*store.payments(), 1).await;
    assert!(rows.iter().all(|row| row.at == at(20) && row.transaction_id == "t-1"), "{rows:?}");
    let expected =
        [balance("fees", -4_000), balance("gateway", 189_000), balance("sales", -185_000)];
    assert_eq!(balances(&store).await, expected);
}

pub async fn what_is_no_news_of_money_books_nothing(store: impl StoreHarness) {
    open(&*store.payments(), &[one(after(GatewayStatus::Capture, 0), 2)]).await;
    let asked = Transaction { method: None, seen_at: at(30), ..after(GatewayStatus::Capture, 0) };
    becomes(&store, [asked, after(GatewayStatus::Settlement, 0)]).await;
    assert_eq!(booked(&store, 1).await, payment_lines(), "a capture that settles is paid once");
}

pub async fn every_step_of_the_money_is_booked_once(store: impl StoreHarness) {
    open(&*store.payments(), &[one(transaction("t-1", GatewayStatus::Pending), 2)]).await;
    let steps = [
        after(GatewayStatus::Settlement, 0),
        after(GatewayStatus::PartialRefund, 50_000),
        after(GatewayStatus::PartialRefund, 80_000),
        after(GatewayStatus::Chargeback, 80_000),
    ];
    becomes(&store, steps).await;
    let mut expected = payment_lines();
    expected.extend([
        line("refund", "gateway", -50_000),
        line("refund", "refunds", 50_000),
        line("refund", "gateway", -30_000),
        line("refund", "refunds", 30_000),
        line("chargeback", "chargebacks", 105_000),
        line("chargeback", "gateway", -105_000),
    ]);
    assert_eq!(booked(&store, 1).await, expected);
    let expected = [
        balance("chargebacks", 105_000),
        balance("gateway", 0),
        balance("refunds", 80_000),
        balance("sales", -185_000),
    ];
    assert_eq!(balances(&store).await, expected);
}

pub async fn a_payment_opened_as_paid_is_booked(store: impl StoreHarness) {
    open(&*store.payments(), &[one(after(GatewayStatus::Refund, 185_000), 2)]).await;
    let mut expected = payment_lines();
    expected.extend([line("refund", "gateway", -185_000), line("refund", "refunds", 185_000)]);
    assert_eq!(booked(&store, 1).await, expected);
}

pub async fn a_charge_that_is_voided_and_paid_after_all_is_booked_twice(store: impl StoreHarness) {
    open(&*store.payments(), &[one(after(GatewayStatus::Capture, 0), 2)]).await;
    becomes(&store, [after(GatewayStatus::Cancel, 0), after(GatewayStatus::Settlement, 0)]).await;
    let void = [line("void", "gateway", -185_000), line("void", "sales", 185_000)];
    assert_eq!(booked(&store, 1).await, [payment_lines(), void.into(), payment_lines()].concat());
    assert_eq!(balances(&store).await, [balance("gateway", 185_000), balance("sales", -185_000)]);
}

pub async fn a_change_tried_twice_is_booked_once(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    let change = becoming(&one(after(GatewayStatus::Settlement, 0), 20), 1);
    let outcomes = payments.commit(vec![change.clone(), change.clone()]).await;
    assert_eq!(outcomes, [Outcome::Done, Outcome::Lost]);
    assert_eq!(commit(&*payments, change).await, Outcome::Lost);
    // Decided anew on what is there: it stands as it stood.
    let again = becoming(&one(after(GatewayStatus::Settlement, 0), 21), 2);
    assert_eq!(commit(&*payments, again).await, Outcome::Done);
    assert_eq!(booked(&store, 1).await, payment_lines());
}

pub async fn a_lost_change_books_nothing(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1), payment(2)]).await;
    let late = becoming(&one(after(GatewayStatus::Settlement, 0), 20), 7);
    let mut second = told(3, vec![paid("t-3", GatewayStatus::Settlement)]);
    second.bill.order_id = order(1);
    let won = becoming(&told(2, vec![paid("t-2", GatewayStatus::Settlement)]), 1);
    let outcomes = payments.commit(vec![late, won, opening(&second)]).await;
    assert_eq!(outcomes, [Outcome::Lost, Outcome::Done, TAKEN]);
    assert_eq!(booked(&store, 1).await, []);
    assert_eq!(booked(&store, 2).await, payment_lines());
    assert_eq!(balances(&store).await, [balance("gateway", 185_000), balance("sales", -185_000)]);
}

pub async fn a_refused_change_books_nothing(store: impl StoreHarness) {
    let payments = store.payments();
    let bad = Payment {
        attempts: vec![attempt(2, 1, vec![paid("t-2", GatewayStatus::Settlement)])],
        ..free(2)
    };
    let good = told(3, vec![paid("t-3", GatewayStatus::Settlement)]);
    let changes = vec![opening(&rival(1)), opening(&bad), opening(&good)];
    let outcomes = payments.commit(changes).await;
    assert!(matches!(outcomes[1], Outcome::Failed(_)), "{outcomes:?}");
    assert_eq!((&outcomes[0], &outcomes[2]), (&Outcome::Done, &Outcome::Done));
    assert_eq!(booked(&store, 3).await, payment_lines());
    assert_eq!(balances(&store).await, [balance("gateway", 185_000), balance("sales", -185_000)]);
}

pub async fn payments_of_one_batch_are_booked_apart(store: impl StoreHarness) {
    let payments = store.payments();
    let of = |n: u128, status| told(n, vec![paid(&format!("t-{n}"), status)]);
    open(&*payments, &[of(1, GatewayStatus::Pending), of(2, GatewayStatus::Settlement)]).await;
    let changes = vec![
        becoming(&of(1, GatewayStatus::Settlement), 1),
        becoming(&of(2, GatewayStatus::Deny), 1),
        opening(&of(3, GatewayStatus::Settlement)),
        opening(&of(4, GatewayStatus::Pending)),
    ];
    assert_eq!(payments.commit(changes).await, vec![Outcome::Done; 4]);
    let reversal = [line("reversal", "gateway", -185_000), line("reversal", "sales", 185_000)];
    assert_eq!(booked(&store, 1).await, payment_lines());
    assert_eq!(booked(&store, 2).await, [payment_lines(), reversal.into()].concat());
    assert_eq!(booked(&store, 3).await, payment_lines());
    assert_eq!(booked(&store, 4).await, []);
}

pub async fn one_transaction_under_two_attempts_is_booked_once(store: impl StoreHarness) {
    let of = |which, gross| {
        let gross = Money::rupiah(gross);
        let same = Transaction { gross, ..paid("t-1", GatewayStatus::Settlement) };
        attempt(1, which, vec![same])
    };
    open(&*store.payments(), &[with(1, vec![of(1, 185_000), of(2, 190_000)])]).await;
    assert_eq!(booked(&store, 1).await, payment_lines());
}

/// Numbers that look random and are the same in every run.
fn numbers() -> impl Iterator<Item = usize> {
    let mut state: u32 = 20_261_122;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 16).unwrap()
    })
}

/// A state that the gateway need not be able to reach, with more or less gone back.
fn any(n: u128, mut draw: impl FnMut(usize) -> usize) -> Transaction {
    let refunded = i64::try_from(draw(4)).unwrap() * 40_000;
    Transaction {
        fraud: [None, Some(Fraud::Accept), Some(Fraud::Challenge)][draw(3)],
        gross: Money::rupiah(189_000),
        refunded: Money::rupiah(refunded),
        ..paid(&format!("t-{n}"), GatewayStatus::ALL[draw(GatewayStatus::ALL.len())])
    }
}

pub async fn the_books_say_what_every_step_meant(store: impl StoreHarness) {
    const LIVES: u128 = 40;
    let payments = store.payments();
    open(&*payments, &(1..=LIVES).map(payment).collect::<Vec<_>>()).await;
    let mut next = numbers();
    let mut known: HashMap<u128, Transaction> = HashMap::new();
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    for version in 1..=12 {
        let mut changes = Vec::new();
        for n in 1..=LIVES {
            let now = any(n, |below| next.next().unwrap() % below);
            let before = known.insert(n, now.clone());
            for journal in journals(before.as_ref(), &now, Money::rupiah(185_000)) {
                for (account, amount) in journal.lines {
                    *expected.entry(account.to_owned()).or_default() += amount;
                }
            }
            changes.push(becoming(&told(n, vec![now]), version));
        }
        let count = changes.len();
        assert_eq!(payments.commit(changes).await, vec![Outcome::Done; count]);
        let expected: Vec<_> = expected.clone().into_iter().collect();
        assert_eq!(balances(&store).await, expected, "version {version}");
    }
    assert_eq!(expected.len(), 5, "every account moved: {expected:?}");
    for n in 1..=LIVES {
        booked(&store, n).await;
    }
}

pub async fn the_books_survive_a_restart(store: impl StoreHarness) {
    open(&*store.payments(), &[one(after(GatewayStatus::Settlement, 0), 20)]).await;
    let Some(store) = store.reopen().await else { return };
    becomes(&store, [after(GatewayStatus::PartialRefund, 1_000)]).await;
    let refund = [line("refund", "gateway", -1_000), line("refund", "refunds", 1_000)];
    assert_eq!(booked(&store, 1).await, [payment_lines(), refund.into()].concat());
    assert_eq!(stored(&*store.payments(), id(1)).await.unwrap().0, 2);
}
