//! What waits for a person: listed until somebody writes what was done.

use super::StoreHarness;
use super::draft::{
    account, becoming, commit, everything, first, id, ids, listed, of, open, paid, payment,
    resolution, told,
};
use engine::Outcome;
use kernel::Account;
use payment::models::{GatewayStatus, Payment, PaymentId};
use payment::usecase::ports::Payments;

/// A payment that the bank took back.
fn reversed(n: u128) -> Payment {
    told(n, vec![paid("t-1", GatewayStatus::Deny)])
}

async fn waiting(payments: &dyn Payments, after: Option<PaymentId>, max: usize) -> Vec<PaymentId> {
    let found = payments.with_open_items(&Account::default(), after, max).await.unwrap();
    found.into_iter().map(|payment| payment.state.id).collect()
}

pub async fn payments_that_wait_for_a_person_are_listed_newest_first(store: impl StoreHarness) {
    let payments = store.payments();
    assert_eq!(waiting(&*payments, None, 9).await, []);
    open(&*payments, &[reversed(2), payment(3), reversed(4)]).await;
    open(&*payments, &[reversed(1), payment(5)]).await;
    assert_eq!(waiting(&*payments, None, 9).await, ids(&[4, 2, 1]));
    // One that comes to wait by a change, whole.
    assert_eq!(commit(&*payments, becoming(&reversed(3), 1)).await, Outcome::Done);
    let newest = payments.with_open_items(&Account::default(), Some(id(4)), 1).await.unwrap();
    assert_eq!(newest[0].state, reversed(3));
    assert_eq!(newest[0].version.0, 2);
}

pub async fn a_resolved_item_leaves_the_list(store: impl StoreHarness) {
    let payments = store.payments();
    let mut twice = reversed(1);
    twice.attempts[0].transactions.push(paid("t-2", GatewayStatus::Chargeback));
    open(&*payments, std::slice::from_ref(&twice)).await;
    for (version, item) in (1..).zip(["reversed.t-1", "charged_back.t-2.chargeback"]) {
        assert_eq!(waiting(&*payments, None, 9).await, ids(&[1]), "until {item}");
        twice.resolved.push(resolution(item));
        assert_eq!(commit(&*payments, becoming(&twice, version)).await, Outcome::Done);
    }
    assert_eq!(waiting(&*payments, None, 9).await, []);
    assert_eq!(listed(&*payments, &everything()).await, ids(&[1]), "it is still there");
}

pub async fn items_are_of_their_account(store: impl StoreHarness) {
    let payments = store.payments();
    let other = Payment { attempts: reversed(2).attempts, ..of(2, "toko-2") };
    open(&*payments, &[reversed(1), other.clone()]).await;
    assert_eq!(waiting(&*payments, None, 9).await, ids(&[1]));
    let theirs = payments.with_open_items(&account("toko-2"), None, 9).await.unwrap();
    assert_eq!(theirs.into_iter().next(), first(other));
}

pub async fn a_list_of_items_is_paged_and_bounded(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &(1..=5).map(reversed).collect::<Vec<_>>()).await;
    assert_eq!(waiting(&*payments, None, 0).await, []);
    assert_eq!(waiting(&*payments, None, 2).await, ids(&[5, 4]));
    assert_eq!(waiting(&*payments, Some(id(4)), 2).await, ids(&[3, 2]));
    assert_eq!(waiting(&*payments, Some(id(2)), 2).await, ids(&[1]));
    assert_eq!(waiting(&*payments, Some(id(1)), 2).await, []);
}
