//! What was asked of the gateway: kept for a while, and found by what it was about.

use super::StoreHarness;
use super::draft::{at, commit, id, ids, load, opening, payment};
use engine::{Outcome, StoreError};
use kernel::{Ids, TimeOrderedIds, Timestamp};
use payment::models::{Exchange, ExchangeOutcome, Operation};
use payment::usecase::ports::Payments;
use std::collections::BTreeSet;
use std::time::Duration;

/// Before everything: nothing is old.
const LONG_AGO: Timestamp = Timestamp::UNIX_EPOCH;

fn exchange(about: &str, second: u32) -> Exchange {
    Exchange {
        id: TimeOrderedIds.uuid(),
        about: about.to_owned(),
        operation: Operation::Status,
        at: at(second),
        took: Duration::from_millis(12),
        outcome: ExchangeOutcome::Done,
        detail: Some("settlement".to_owned()),
    }
}

async fn record(payments: &dyn Payments, exchanges: &[Exchange]) {
    assert_eq!(payments.record_exchanges(exchanges.to_vec(), LONG_AGO, at(59)).await, Ok(()));
}

async fn told(payments: &dyn Payments, about: &[&str], max: usize) -> Vec<Exchange> {
    let about: BTreeSet<String> = about.iter().map(|&id| id.to_owned()).collect();
    payments.exchanges_of(about, max).await.unwrap()
}

/// When the exchanges about `t-1` were, in seconds.
async fn seconds(payments: &dyn Payments) -> Vec<i64> {
    let told = told(payments, &["t-1"], 99).await;
    told.iter().map(|exchange| exchange.at.as_second() % 60).collect()
}

pub async fn every_field_of_an_exchange_survives(store: impl StoreHarness) {
    let payments = store.payments();
    let mut all = Vec::new();
    for (n, operation) in (0..).zip(Operation::ALL) {
        for outcome in ExchangeOutcome::ALL {
            all.push(Exchange { operation, outcome, ..exchange("t-1", n) });
        }
    }
    all.push(Exchange { detail: None, took: Duration::ZERO, ..exchange("t-1", 20) });
    let said = Some("☕ \"quoted\" 'n \\ 100%".to_owned());
    let hour = Duration::from_secs(3600);
    all.push(Exchange { detail: said, took: hour, ..exchange("☕ 'n \"t\"", 21) });
    record(&*payments, &all).await;
    assert_eq!(told(&*payments, &["t-1", "☕ 'n \"t\""], 99).await, all);
}

pub async fn exchanges_are_told_oldest_first_whatever_they_are_about(store: impl StoreHarness) {
    let payments = store.payments();
    assert_eq!(told(&*payments, &["a", "b"], 9).await, []);
    let [first, second] = [exchange("a", 3), exchange("b", 5)];
    let [third, other] = [exchange("a", 7), exchange("c", 4)];
    record(&*payments, &[third.clone(), other.clone()]).await;
    record(&*payments, &[first.clone(), second.clone()]).await;
    assert_eq!(told(&*payments, &["b", "a"], 9).await, [first.clone(), second, third.clone()]);
    assert_eq!(told(&*payments, &["a"], 9).await, [first, third]);
    assert_eq!(told(&*payments, &["c"], 9).await, [other]);
    assert_eq!(told(&*payments, &[], 9).await, []);
    assert_eq!(told(&*payments, &["aa", "A", "%"], 9).await, []);
}

pub async fn of_many_exchanges_the_newest_are_told(store: impl StoreHarness) {
    let payments = store.payments();
    let all: Vec<_> = (0..10).map(|n| exchange(["a", "b"][n as usize % 2], n)).collect();
    record(&*payments, &all).await;
    assert_eq!(told(&*payments, &["a", "b"], 3).await, all[7..]);
    assert_eq!(told(&*payments, &["a", "b"], 0).await, []);
    // Of one moment: as they were noted.
    let same: Vec<_> = (0..5).map(|_| exchange("c", 30)).collect();
    record(&*payments, &same).await;
    assert_eq!(told(&*payments, &["c"], 4).await, same[1..]);
}

pub async fn an_exchange_stored_twice_is_one(store: impl StoreHarness) {
    let payments = store.payments();
    let [one, two] = [exchange("t-1", 1), exchange("t-1", 2)];
    record(&*payments, std::slice::from_ref(&one)).await;
    record(&*payments, &[one.clone(), two.clone()]).await;
    assert_eq!(told(&*payments, &["t-1"], 9).await, [one, two]);
}

pub async fn old_exchanges_go_as_new_ones_come(store: impl StoreHarness) {
    let payments = store.payments();
    let all: Vec<_> = (1..=9).map(|n| exchange("t-1", n)).collect();
    record(&*payments, &all).await;
    for (second, left) in [(40, vec![3, 4, 5, 6, 7, 8, 9, 40]), (41, vec![5, 6, 7, 8, 9, 40, 41])] {
        let new = vec![exchange("t-1", second)];
        assert_eq!(payments.record_exchanges(new, at(6), at(59)).await, Ok(()));
        assert_eq!(seconds(&*payments).await, left, "the oldest two");
    }
    let new = vec![exchange("t-1", 42)];
    assert_eq!(payments.record_exchanges(new, at(6), at(59)).await, Ok(()));
    assert_eq!(seconds(&*payments).await, [6, 7, 8, 9, 40, 41, 42], "none that is not old");
}

pub async fn a_nul_in_an_exchange_stops_no_other<S: StoreHarness>(store: S) {
    let payments = store.payments();
    let bad = Exchange { detail: Some("a\0b".to_owned()), ..exchange("t-1", 1) };
    let good = exchange("t-2", 2);
    let (bad, opened, good) = tokio::join!(
        payments.record_exchanges(vec![bad], LONG_AGO, at(59)),
        commit(&*payments, opening(&payment(1))),
        payments.record_exchanges(vec![good], LONG_AGO, at(59)),
    );
    assert_eq!(matches!(bad, Err(StoreError::Invalid(_))), !S::KEEPS_NUL, "{bad:?}");
    assert_eq!((opened, good), (Outcome::Done, Ok(())));
    assert_eq!(load(&*payments, &ids(&[1])).await[0].id, id(1));
    assert_eq!(told(&*payments, &["t-2"], 9).await.len(), 1);
}

pub async fn exchanges_survive_a_restart(store: impl StoreHarness) {
    let kept = exchange("t-1", 1);
    record(&*store.payments(), std::slice::from_ref(&kept)).await;
    let Some(store) = store.reopen().await else { return };
    assert_eq!(told(&*store.payments(), &["t-1"], 9).await, [kept]);
}
