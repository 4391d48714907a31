//! Orders by their id and by their reference.

use super::StoreHarness;
use super::draft::{
    account, becoming, commit, everything, full, id, listed, named, of, order, payment, place,
    placing,
};
use engine::{Answer, Guard, Outcome, StoreError, Version, Versioned};
use kernel::Account;
use order::models::{Order, PaymentStatus};
use order::usecase::ports::EarlierAnswer;

pub async fn an_empty_store_answers_nothing(store: impl StoreHarness) {
    let (orders, owner) = (store.orders(), Account::default());
    assert!(orders.load(&[id(1)]).await.unwrap().is_empty());
    assert!(orders.load(&[]).await.unwrap().is_empty());
    assert_eq!(orders.find(&owner, id(1)).await, Ok(None));
    assert_eq!(orders.by_reference(&owner, "INV-1").await, Ok(None));
    assert_eq!(listed(&*orders, &everything()).await, []);
    assert_eq!(orders.pending_events(), 0);
}

pub async fn load_answers_for_the_known_ids_only(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1), full(2), order(3)]).await;
    let found = orders.load(&[id(9), id(2), id(1), id(2), id(8)]).await.unwrap();
    assert_eq!(found.len(), 2);
    for expected in [order(1), full(2)] {
        let stored = Versioned { version: Version(1), state: expected };
        assert_eq!(found.get(&stored.state.id), Some(&stored));
    }
}

pub async fn load_does_not_ask_whose(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[of(1, "toko-1"), of(2, "toko-2")]).await;
    assert_eq!(orders.load(&[id(1), id(2)]).await.unwrap().len(), 2);
}

pub async fn find_hides_the_order_of_another_account(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[full(1)]).await;
    let stored = Versioned { version: Version(1), state: full(1) };
    assert_eq!(orders.find(&full(1).account, id(1)).await, Ok(Some(stored)));
    for stranger in [Account::default(), account("toko"), account("toko-22")] {
        assert_eq!(orders.find(&stranger, id(1)).await, Ok(None), "{stranger}");
    }
}

pub async fn a_reference_finds_its_order_within_its_account(store: impl StoreHarness) {
    let orders = store.orders();
    let other = Order { account: account("toko-2"), ..named(2, "INV-1") };
    place(&*orders, &[named(1, "INV-1"), other, named(3, "INV-3"), order(4)]).await;
    let found =
        async |owner: &str, name: &str| orders.by_reference(&account(owner), name).await.unwrap();
    assert_eq!(found("default", "INV-1").await, Some(id(1)));
    assert_eq!(found("toko-2", "INV-1").await, Some(id(2)));
    assert_eq!(found("default", "INV-3").await, Some(id(3)));
    assert_eq!(found("toko-2", "INV-3").await, None);
    assert_eq!(found("toko-3", "INV-1").await, None);
}

pub async fn a_reference_is_found_exactly(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[named(1, "INV-1"), named(2, "inv-1"), named(3, "é")]).await;
    let found = async |name: &str| orders.by_reference(&Account::default(), name).await.unwrap();
    assert_eq!(found("INV-1").await, Some(id(1)));
    assert_eq!(found("inv-1").await, Some(id(2)));
    for other in ["Inv-1", "INV-1 ", "INV-", "INV%", "INV_1", "e\u{301}", ""] {
        assert_eq!(found(other).await, None, "{other:?}");
    }
}

pub async fn a_request_is_answered_as_its_key_says_within_its_account(store: impl StoreHarness) {
    let orders = store.orders();
    let (owner, key) = (Account::default(), "key-1 ☕".to_owned());
    let (fingerprint, answer) = ([7; 32], Answer { status: 202, body: "{\"é\": \"\"}".into() });
    let earlier = EarlierAnswer { fingerprint, answer: answer.clone() };
    let guard = Guard::Request { account: owner.clone(), key: key.clone(), fingerprint, answer };
    assert_eq!(orders.answered(&owner, &key).await, Ok(None));
    let mut change = placing(&order(1));
    change.guards.push(guard);
    assert_eq!(commit(&*orders, change).await, Outcome::Done);
    assert_eq!(orders.answered(&owner, &key).await, Ok(Some(earlier)));
    assert_eq!(orders.answered(&owner, "key-1").await, Ok(None));
    assert_eq!(orders.answered(&account("toko-2"), &key).await, Ok(None));
}

/// A payment that cannot be read is not no payment: whoever ships by it must hear of the damage.
pub async fn a_payment_status_that_is_not_ours_is_an_error(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    let paid = Order { payment: Some(payment(PaymentStatus::Paid, 1)), ..order(1) };
    assert_eq!(commit(&*orders, becoming(&paid, 1)).await, Outcome::Done);
    for damage in ["'PAID'", "''", "NULL"] {
        store.run(&format!("UPDATE orders SET payment_status = {damage}")).await;
        let read = orders.load(&[id(1)]).await;
        assert!(matches!(read, Err(StoreError::Invalid(_))), "{damage}: {read:?}");
        let read = orders.list(&everything()).await;
        assert!(matches!(read, Err(StoreError::Invalid(_))), "{damage}: {read:?}");
    }
}
