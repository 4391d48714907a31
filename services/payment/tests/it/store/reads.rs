//! Payments by their id, their order, their attempts.

use super::StoreHarness;
use super::draft::{
    account, attempt, attempt_id, everything, first, full, id, listed, open, order, payment, with,
};
use kernel::Account;

pub async fn an_empty_store_answers_nothing(store: impl StoreHarness) {
    let payments = store.payments();
    assert!(payments.load(&[id(1)]).await.unwrap().is_empty());
    assert!(payments.load(&[]).await.unwrap().is_empty());
    assert_eq!(payments.find(&Account::default(), id(1)).await, Ok(None));
    assert_eq!(payments.by_order(order(1)).await, Ok(None));
    assert_eq!(payments.by_attempt(attempt_id(1, 1)).await, Ok(None));
    assert_eq!(listed(&*payments, &everything()).await, []);
    assert_eq!(payments.callbacks(9).await, Ok(vec![]));
    assert_eq!(payments.callbacks_of(attempt_id(1, 1), 9).await, Ok(vec![]));
}

pub async fn load_answers_for_the_known_ids_only(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1), full(2), payment(3)]).await;
    let found = payments.load(&[id(9), id(2), id(1), id(2), id(8)]).await.unwrap();
    assert_eq!(found.len(), 2);
    for expected in [payment(1), full(2)] {
        assert_eq!(found.get(&expected.id), first(expected).as_ref());
    }
}

pub async fn an_attempt_leads_to_its_payment(store: impl StoreHarness) {
    let payments = store.payments();
    let twice = with(1, vec![attempt(1, 1, vec![]), attempt(1, 2, vec![])]);
    open(&*payments, &[twice.clone(), full(2)]).await;
    for which in [1, 2] {
        let found = payments.by_attempt(attempt_id(1, which)).await;
        assert_eq!(found, Ok(first(twice.clone())), "{which}");
    }
    assert_eq!(payments.by_attempt(attempt_id(2, 1)).await, Ok(first(full(2))));
    assert_eq!(payments.by_attempt(attempt_id(2, 2)).await, Ok(None));
}

pub async fn an_order_leads_to_its_payment(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1), full(2)]).await;
    assert_eq!(payments.by_order(order(1)).await, Ok(first(payment(1))));
    assert_eq!(payments.by_order(order(2)).await, Ok(first(full(2))));
    assert_eq!(payments.by_order(order(3)).await, Ok(None));
}

pub async fn find_hides_the_payment_of_another_account(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[full(1)]).await;
    assert_eq!(payments.find(&full(1).bill.account, id(1)).await, Ok(first(full(1))));
    for stranger in [Account::default(), account("toko"), account("toko-22")] {
        assert_eq!(payments.find(&stranger, id(1)).await, Ok(None), "{stranger}");
    }
}
