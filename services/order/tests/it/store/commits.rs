//! Changes: each whole or not at all, under the version that it was decided on.

use super::StoreHarness;
use super::draft::{
    account, at, becoming, commit, everything, id, ids, listed, named, order, paying, payment,
    place, placing, stored,
};
use engine::{Outcome, Refusal, StoreError};
use futures::future::join_all;
use kernel::{Account, Money};
use order::models::{Order, OrderStatus, PaymentStatus};

const TAKEN: Outcome = Outcome::Refused(Refusal::Taken("reference"));

pub async fn an_order_moves_under_its_version(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    let (waiting, change) = paying(&order(1), 1, payment(PaymentStatus::Pending, 1));
    assert_eq!(commit(&*orders, change).await, Outcome::Done);
    assert_eq!(stored(&*orders, id(1)).await, Some((2, waiting.clone())));
    let (paid, change) = paying(&waiting, 2, payment(PaymentStatus::Paid, 2));
    assert_eq!(commit(&*orders, change).await, Outcome::Done);
    assert_eq!(paid.status, OrderStatus::Paid);
    assert_eq!(stored(&*orders, id(1)).await, Some((3, paid)));
}

pub async fn a_change_moves_its_own_order_only(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1), order(2)]).await;
    let (_, change) = paying(&order(1), 1, payment(PaymentStatus::Paid, 1));
    assert_eq!(commit(&*orders, change).await, Outcome::Done);
    assert_eq!(stored(&*orders, id(2)).await, Some((1, order(2))));
}

pub async fn a_moved_version_is_lost_and_changes_nothing(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    let (paid, change) = paying(&order(1), 1, payment(PaymentStatus::Paid, 1));
    assert_eq!(commit(&*orders, change).await, Outcome::Done);
    let expired = Order { status: OrderStatus::Expired, updated_at: at(50), ..order(1) };
    for version in [1, 3, 9] {
        let outcome = commit(&*orders, becoming(&expired, version)).await;
        assert_eq!(outcome, Outcome::Lost, "{version}");
        assert_eq!(stored(&*orders, id(1)).await, Some((2, paid.clone())));
    }
}

pub async fn a_change_of_an_unknown_order_is_lost(store: impl StoreHarness) {
    let orders = store.orders();
    assert_eq!(commit(&*orders, becoming(&order(1), 1)).await, Outcome::Lost);
    assert_eq!(stored(&*orders, id(1)).await, None);
}

pub async fn of_two_changes_from_one_version_exactly_one_is_done(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    let (paid, first) = paying(&order(1), 1, payment(PaymentStatus::Paid, 1));
    let (_, second) = paying(&order(1), 1, payment(PaymentStatus::Expired, 1));
    assert_eq!(orders.commit(vec![first, second]).await, [Outcome::Done, Outcome::Lost]);
    assert_eq!(stored(&*orders, id(1)).await, Some((2, paid)));
}

pub async fn of_many_writers_at_once_exactly_one_is_done(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    let moves: Vec<_> =
        (1..=20).map(|n| paying(&order(1), 1, payment(PaymentStatus::Paid, n))).collect();
    let tries = moves.iter().map(|(_, change)| commit(&*orders, change.clone()));
    let outcomes = join_all(tries).await;
    let done: Vec<usize> = (0..20).filter(|n| outcomes[*n] == Outcome::Done).collect();
    assert_eq!(done.len(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Lost).count(), 19, "{outcomes:?}");
    assert_eq!(stored(&*orders, id(1)).await, Some((2, moves[done[0]].0.clone())));
}

pub async fn a_taken_reference_is_refused_and_leaves_nothing(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[named(1, "INV-1")]).await;
    assert_eq!(commit(&*orders, placing(&named(2, "INV-1"))).await, TAKEN);
    assert_eq!(stored(&*orders, id(2)).await, None);
    assert_eq!(stored(&*orders, id(1)).await, Some((1, named(1, "INV-1"))));
    assert_eq!(orders.by_reference(&Account::default(), "INV-1").await, Ok(Some(id(1))));
    // Its id is free: nothing of it, not even a line, is left behind.
    place(&*orders, &[named(2, "INV-2")]).await;
}

pub async fn of_two_new_orders_with_one_reference_exactly_one_is_done(store: impl StoreHarness) {
    let orders = store.orders();
    let new = [named(1, "INV-1"), order(2), named(3, "INV-1")];
    let outcomes = orders.commit(new.iter().map(placing).collect()).await;
    let (done, refused) = (&outcomes[0], &outcomes[2]);
    assert!([(done, refused), (refused, done)].contains(&(&Outcome::Done, &TAKEN)), "{outcomes:?}");
    assert_eq!(outcomes[1], Outcome::Done);
    let owner = if *done == Outcome::Done { 1 } else { 3 };
    assert_eq!(orders.by_reference(&Account::default(), "INV-1").await, Ok(Some(id(owner))));
    assert_eq!(listed(&*orders, &everything()).await.len(), 2);
}

pub async fn a_reference_is_taken_within_its_account_only(store: impl StoreHarness) {
    let orders = store.orders();
    let other = Order { account: account("toko-2"), ..named(2, "INV-1") };
    place(&*orders, &[named(1, "INV-1"), other]).await;
}

pub async fn orders_without_a_reference_do_not_collide(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1), order(2)]).await;
    assert_eq!(listed(&*orders, &everything()).await, ids(&[2, 1]));
}

pub async fn an_id_is_not_placed_twice(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    let outcome = commit(&*orders, placing(&named(1, "INV-1"))).await;
    assert!(matches!(outcome, Outcome::Failed(StoreError::Invalid(_))), "{outcome:?}");
    assert_eq!(stored(&*orders, id(1)).await, Some((1, order(1))));
}

pub async fn a_bad_row_fails_alone(store: impl StoreHarness) {
    let orders = store.orders();
    let free = Order { total: Money::ZERO, ..order(2) };
    let mut empty = order(3);
    empty.lines[1].quantity = 0;
    let new = [order(1), free, empty, order(4)];
    let outcomes = orders.commit(new.iter().map(placing).collect()).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        let failed = matches!(outcome, Outcome::Failed(StoreError::Invalid(_)));
        assert_eq!((failed, *outcome == Outcome::Done), ([1, 2].contains(&n), [0, 3].contains(&n)));
    }
    assert_eq!(listed(&*orders, &everything()).await, ids(&[4, 1]));
    assert_eq!(orders.pending_events(), 2);
}

pub async fn recorded_events_are_pending(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    assert_eq!(orders.pending_events(), 1);
    place(&*orders, &[order(2), order(3)]).await;
    assert_eq!(orders.pending_events(), 3);
    // The order tells others of its birth only.
    let (_, change) = paying(&order(1), 1, payment(PaymentStatus::Paid, 1));
    assert_eq!(commit(&*orders, change).await, Outcome::Done);
    assert_eq!(orders.pending_events(), 3);
}

pub async fn events_that_were_not_recorded_are_not_pending(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[named(1, "INV-1")]).await;
    assert_eq!(commit(&*orders, placing(&named(2, "INV-1"))).await, TAKEN);
    assert_eq!(commit(&*orders, becoming(&order(1), 7)).await, Outcome::Lost);
    assert_eq!(orders.pending_events(), 1);
}
