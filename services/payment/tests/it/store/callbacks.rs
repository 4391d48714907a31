//! Callbacks: evidence, counted by body; a hint orders a status check.

use super::StoreHarness;
use super::draft::{at, attempt_id, cause, hint, open, order, payment, stored, stray};
use engine::StoreError;
use futures::future::join_all;
use kernel::{Money, Timestamp, Uuid};
use payment::models::{Callback, Receipt};
use payment::usecase::ports::PaymentJob;
use std::cmp::Reverse;

async fn record(store: &impl StoreHarness, callbacks: &[Callback]) {
    for callback in callbacks {
        store.payments().record_callback(callback.clone(), cause()).await.unwrap();
    }
}

/// As [`record`], all together.
async fn record_at_once(store: &impl StoreHarness, callbacks: &[Callback]) {
    let payments = store.payments();
    let tries = callbacks.iter().map(|c| payments.record_callback(c.clone(), cause()));
    assert_eq!(join_all(tries).await, vec![Ok(()); callbacks.len()]);
}

async fn all(store: &impl StoreHarness) -> Vec<Callback> {
    store.payments().callbacks(100).await.unwrap()
}

/// Open jobs that are told with a subject: kind, target and time.
async fn jobs(store: &impl StoreHarness, subject: Uuid) -> Vec<(String, Uuid, Timestamp)> {
    let story = store.operations().story(subject).await.unwrap();
    story.jobs.into_iter().map(|job| (job.kind, job.target, job.run_at)).collect()
}

/// The one job that a hint about the first payment orders.
fn check(second: u32) -> (String, Uuid, Timestamp) {
    (PaymentJob::CHECK_STATUS.to_owned(), attempt_id(1, 1).uuid(), at(second))
}

async fn jobs_open(store: &impl StoreHarness) -> u64 {
    store.operations().backlog().await.unwrap().jobs_open
}

pub async fn every_field_of_a_callback_survives(store: impl StoreHarness) {
    let body = r#"{ "b": 1,  "a": "é ☕ \" \\ \u00e9", "a": 2 }"#;
    let strange = Callback { status: "a word of theirs".to_owned(), ..hint(1, body, 1) };
    let mismatch = Callback {
        receipt: Receipt::AmountMismatch,
        transaction_id: "A no UUID".to_owned(),
        ..hint(2, "m", 2)
    };
    record(&store, &[strange.clone(), mismatch.clone(), stray("u", 3)]).await;
    assert_eq!(all(&store).await, [stray("u", 3), mismatch, strange]);
}

fn forged(n: u128, body: &str, second: u32) -> Callback {
    Callback { receipt: Receipt::Forged, order_id: None, ..hint(n, body, second) }
}

/// Every receipt that is no hint.
const NO_HINTS: [Receipt; 5] = [
    Receipt::UnknownOrder,
    Receipt::AmountMismatch,
    Receipt::CurrencyMismatch,
    Receipt::ForeignMerchant,
    Receipt::Forged,
];

pub async fn every_receipt_survives(store: impl StoreHarness) {
    let of = |(n, receipt): (u32, Receipt)| Callback {
        receipt,
        amount: (n % 2 == 0).then(|| Money::rupiah(i64::from(n))),
        ..hint(1, receipt.as_str(), n)
    };
    let lot: Vec<_> = (1..).zip(NO_HINTS).map(of).collect();
    record(&store, &lot).await;
    assert_eq!(all(&store).await, lot.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(jobs_open(&store).await, 1, "because of what does not fit an order of ours");
}

pub async fn only_hints_are_hints_and_nothing_crowds_them_out(store: impl StoreHarness) {
    record(&store, &[hint(1, "a", 1), hint(1, "b", 2), hint(2, "c", 3)]).await;
    for (second, receipt) in (4..).zip(NO_HINTS) {
        record(&store, &[Callback { receipt, ..hint(1, receipt.as_str(), second) }]).await;
    }
    let payments = store.payments();
    let hints = async |n, max| payments.hints_of(attempt_id(n, 1), max).await.unwrap();
    assert_eq!(hints(1, 9).await, [hint(1, "b", 2), hint(1, "a", 1)]);
    assert_eq!(hints(1, 1).await, [hint(1, "b", 2)]);
    assert_eq!(hints(2, 9).await, [hint(2, "c", 3)]);
    assert_eq!(hints(3, 9).await, []);
    let all = payments.callbacks_of(attempt_id(1, 1), 9).await.unwrap();
    assert_eq!((all.len(), all[6].receipt), (7, Receipt::Forged), "forged ones come last");
    let newest = payments.callbacks_of(attempt_id(1, 1), 6).await.unwrap();
    assert!(newest.is_sorted_by_key(|c| Reverse(c.received_at)), "{newest:?}");
}

pub async fn a_forgery_never_counts_on_a_true_body(store: impl StoreHarness) {
    record(&store, &[forged(1, "a", 5), hint(1, "a", 6), forged(1, "a", 7)]).await;
    let twice = Callback { times: 2, last_at: at(7), ..forged(1, "a", 5) };
    assert_eq!(all(&store).await, [hint(1, "a", 6), twice]);
    record_at_once(&store, &[hint(1, "b", 8), forged(1, "b", 9)]).await;
    assert_eq!(all(&store).await[..2], [forged(1, "b", 9), hint(1, "b", 8)]);
    assert_eq!(jobs(&store, order(1).uuid()).await, [check(6)]);
}

pub async fn forgeries_are_forgotten_by_their_age(store: impl StoreHarness) {
    let kept = [forged(1, "c", 8), forged(1, "b", 7), hint(1, "h", 2), stray("u", 1)];
    record(&store, &kept).await;
    record(&store, &[forged(1, "a", 6), forged(2, "d", 5)]).await;
    store.payments().forget_forged(at(7), 100, at(9)).await.unwrap();
    assert_eq!(all(&store).await, kept);
    store.payments().forget_forged(at(7), 100, at(9)).await.unwrap();
    assert_eq!(all(&store).await, kept);
}

pub async fn forgeries_are_forgotten_by_their_number(store: impl StoreHarness) {
    let lot = ["a", "b", "c", "d"].map(|body| forged(1, body, u32::from(body.as_bytes()[0] - 90)));
    record(&store, &lot).await;
    record(&store, &[hint(1, "h", 1)]).await;
    for keep in [3, 3, 1] {
        store.payments().forget_forged(at(0), keep, at(20)).await.unwrap();
        let newest = lot.iter().rev().take(usize::try_from(keep).unwrap()).cloned();
        let expected: Vec<_> = newest.chain([hint(1, "h", 1)]).collect();
        assert_eq!(all(&store).await, expected);
    }
}

pub async fn equal_bodies_at_once_keep_what_was_known_last(store: impl StoreHarness) {
    record_at_once(&store, &[stray("a", 5), hint(1, "a", 6), stray("b", 7)]).await;
    let stored = all(&store).await;
    let a = Callback { times: 2, last_at: at(6), ..hint(1, "a", 5) };
    assert_eq!(stored, [stray("b", 7), a]);
}

pub async fn a_hint_orders_a_status_check(store: impl StoreHarness) {
    open(&*store.payments(), &[payment(1)]).await;
    record(&store, &[hint(1, "a", 7)]).await;
    assert_eq!(jobs(&store, order(1).uuid()).await, [check(7)]);
    // It moves no payment.
    let stored = stored(&*store.payments(), payment(1).id).await;
    assert_eq!(stored, Some((1, payment(1))));
}

pub async fn what_is_reported_is_a_hint_too(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    let told = |body, second| Callback {
        receipt: Receipt::Reported,
        amount: None,
        ..hint(1, body, second)
    };
    record(&store, &[told("r", 7)]).await;
    assert_eq!(jobs(&store, order(1).uuid()).await, [check(7)]);
    record(&store, &[hint(1, "a", 8), told("r", 9)]).await;
    let twice = Callback { times: 2, last_at: at(9), ..told("r", 7) };
    let both = [hint(1, "a", 8), twice];
    assert_eq!(payments.hints_of(attempt_id(1, 1), 9).await.unwrap(), both);
    assert_eq!(payments.callbacks_of(attempt_id(1, 1), 9).await.unwrap(), both);
    assert_eq!(stored(&*payments, payment(1).id).await, Some((1, payment(1))), "it moves nothing");
}

pub async fn what_is_no_hint_orders_nothing(store: impl StoreHarness) {
    let foreign = Callback { receipt: Receipt::ForeignMerchant, ..hint(1, "m", 2) };
    let elsewhere = Callback { receipt: Receipt::CurrencyMismatch, ..stray("c", 3) };
    record(&store, &[stray("u", 1), foreign, elsewhere]).await;
    assert_eq!(all(&store).await.len(), 3);
    assert_eq!(jobs_open(&store).await, 0);
}

pub async fn the_same_body_again_is_counted_and_moves_only_its_last_time(store: impl StoreHarness) {
    record(&store, &[hint(1, "a", 5), hint(1, "b", 6), hint(1, "a", 8)]).await;
    let twice = Callback { times: 2, last_at: at(8), ..hint(1, "a", 5) };
    assert_eq!(all(&store).await, [hint(1, "b", 6), twice]);
    record(&store, &[hint(1, "a", 9)]).await;
    let thrice = Callback { times: 3, last_at: at(9), ..hint(1, "a", 5) };
    assert_eq!(all(&store).await, [hint(1, "b", 6), thrice], "its place is that of its first");
}

pub async fn fifty_equal_bodies_at_once_are_one_callback(store: impl StoreHarness) {
    let payments = store.payments();
    let tries = (0..50).map(|_| payments.record_callback(hint(1, "a", 5), cause()));
    assert_eq!(join_all(tries).await, vec![Ok(()); 50]);
    assert_eq!(all(&store).await, [Callback { times: 50, ..hint(1, "a", 5) }]);
    assert_eq!(jobs(&store, order(1).uuid()).await, [check(5)]);
}

pub async fn equal_bodies_at_once_keep_their_first_and_their_last_time(store: impl StoreHarness) {
    let lot = [hint(1, "a", 8), hint(1, "b", 6), hint(1, "a", 5), hint(1, "a", 9)];
    record_at_once(&store, &lot).await;
    let a = Callback { times: 3, last_at: at(9), ..hint(1, "a", 8) };
    assert_eq!(all(&store).await, [a.clone(), hint(1, "b", 6)]);
    let late = [hint(1, "a", 7), hint(1, "b", 10), hint(1, "a", 6), hint(1, "c", 4)];
    record_at_once(&store, &late).await;
    let b = Callback { times: 2, last_at: at(10), ..hint(1, "b", 6) };
    assert_eq!(all(&store).await, [Callback { times: 5, ..a }, b, hint(1, "c", 4)]);
}

pub async fn callbacks_of_all_kinds_at_once_are_kept_apart(store: impl StoreHarness) {
    let known = Callback { transaction_id: "t-2".to_owned(), ..hint(2, "h", 7) };
    let mismatch = Callback { receipt: Receipt::AmountMismatch, ..hint(1, "m", 6) };
    record_at_once(&store, &[mismatch.clone(), stray("u", 9), known.clone()]).await;
    assert_eq!(all(&store).await, [stray("u", 9), known, mismatch]);
    assert_eq!(jobs_open(&store).await, 2);
}

pub async fn a_nul_in_a_callback_stops_no_other<S: StoreHarness>(store: S) {
    let nul = || "a\0b".to_owned();
    let lot = [
        hint(1, "first", 4),
        Callback { body: nul(), ..hint(1, "body", 5) },
        Callback { transaction_id: nul(), ..hint(1, "transaction", 6) },
        Callback { status: nul(), ..hint(1, "status", 7) },
        hint(2, "last", 8),
    ];
    let payments = store.payments();
    let answers = join_all(lot.iter().map(|c| payments.record_callback(c.clone(), cause()))).await;
    let mut kept = Vec::new();
    for (callback, answer) in lot.iter().zip(answers) {
        if S::KEEPS_NUL || !holds_nul(callback) {
            assert_eq!(answer, Ok(()), "{callback:?}");
            kept.insert(0, callback.clone());
        } else {
            assert!(matches!(answer, Err(StoreError::Invalid(_))), "{callback:?}: {answer:?}");
        }
    }
    assert_eq!(all(&store).await, kept);
}

fn holds_nul(callback: &Callback) -> bool {
    [&callback.body, &callback.transaction_id, &callback.status].iter().any(|t| t.contains('\0'))
}

pub async fn two_hints_about_one_attempt_are_one_check(store: impl StoreHarness) {
    record(&store, &[hint(1, "a", 5), hint(1, "b", 7), hint(2, "c", 8)]).await;
    assert_eq!(jobs(&store, order(1).uuid()).await, [check(5)], "as early as the first");
    assert_eq!(jobs_open(&store).await, 2, "another attempt is another check");
}

pub async fn a_body_that_was_no_hint_at_first_is_acted_on_once_it_is_one(store: impl StoreHarness) {
    record(&store, &[stray("a", 5), hint(1, "a", 8)]).await;
    let [stored] = all(&store).await.try_into().unwrap();
    assert_eq!((stored.times, stored.received_at, stored.last_at), (2, at(5), at(8)));
    assert_eq!(stored, Callback { times: 2, last_at: at(8), ..hint(1, "a", 5) }, "known by now");
    assert_eq!(jobs(&store, order(1).uuid()).await, [check(8)]);
}

pub async fn another_body_is_another_callback(store: impl StoreHarness) {
    record(&store, &[hint(1, "a", 5), hint(1, "a ", 6)]).await;
    assert_eq!(all(&store).await, [hint(1, "a ", 6), hint(1, "a", 5)]);
}

pub async fn callbacks_are_listed_newest_first(store: impl StoreHarness) {
    // By the time of receipt, not that of arrival in the store; whomever they are about.
    record(&store, &[hint(1, "b", 7), stray("c", 9), hint(2, "a", 5)]).await;
    assert_eq!(all(&store).await, [stray("c", 9), hint(1, "b", 7), hint(2, "a", 5)]);
}

pub async fn callbacks_of_an_attempt_are_its_own(store: impl StoreHarness) {
    let mismatch = Callback { receipt: Receipt::AmountMismatch, ..hint(1, "m", 6) };
    let about = [hint(1, "b", 7), hint(2, "x", 8), stray("u", 9), mismatch.clone()];
    record(&store, &about).await;
    let payments = store.payments();
    let of = async |n| payments.callbacks_of(attempt_id(n, 1), 100).await.unwrap();
    assert_eq!(of(1).await, [hint(1, "b", 7), mismatch]);
    assert_eq!(of(2).await, [hint(2, "x", 8)]);
    assert_eq!(of(3).await, []);
}

pub async fn callbacks_are_bounded(store: impl StoreHarness) {
    record(&store, &[hint(1, "a", 5), hint(1, "b", 6), hint(1, "c", 7), stray("u", 8)]).await;
    let payments = store.payments();
    let newest = [stray("u", 8), hint(1, "c", 7), hint(1, "b", 6)];
    for max in [0, 1, 2, 3] {
        assert_eq!(payments.callbacks(max).await.unwrap(), newest[..max]);
    }
    for max in [0, 1, 2] {
        let found = payments.callbacks_of(attempt_id(1, 1), max).await.unwrap();
        assert_eq!(found, newest[1..=max]);
    }
}

pub async fn callbacks_survive_a_restart(store: impl StoreHarness) {
    record(&store, &[hint(1, "a", 5), stray("u", 6), hint(1, "a", 8)]).await;
    let before = all(&store).await;
    let Some(store) = store.reopen().await else { return };
    assert_eq!(all(&store).await, before);
    assert_eq!(jobs(&store, order(1).uuid()).await, [check(5)]);
    record(&store, &[hint(1, "a", 9)]).await;
    assert_eq!(all(&store).await[1].times, 3);
}
