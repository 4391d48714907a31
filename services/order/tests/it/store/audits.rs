//! Audits: every account's orders by ascending id, a page at a time.

use super::StoreHarness;
use super::draft::{becoming, commit, full, id, ids, line, of, order, payment, place};
use engine::{Outcome, Version, Versioned};
use order::models::{Order, OrderId, OrderStatus, PaymentStatus};
use order::usecase::ports::Orders;

async fn audited(orders: &dyn Orders, after: Option<u128>, max: usize) -> Vec<OrderId> {
    let found = orders.audit(after.map(id), max).await.unwrap();
    found.into_iter().map(|order| order.state.id).collect()
}

pub async fn an_empty_store_has_nothing_to_audit(store: impl StoreHarness) {
    let orders = store.orders();
    assert_eq!(audited(&*orders, None, 9).await, []);
    assert_eq!(audited(&*orders, Some(1), 9).await, []);
}

pub async fn every_account_s_orders_are_audited_by_ascending_id(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(3), of(300, "toko-2"), order(2)]).await;
    place(&*orders, &[of(1, "toko-3")]).await;
    assert_eq!(audited(&*orders, None, 9).await, ids(&[1, 2, 3, 300]));
}

pub async fn an_audit_goes_on_after_any_id_and_is_bounded(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1), of(2, "toko-2"), order(4), order(5)]).await;
    for (after, max, expected) in [
        (None, 0, &[][..]),
        (None, 1, &[1]),
        (None, 3, &[1, 2, 4]),
        (Some(0), 4, &[1, 2, 4, 5]),
        (Some(2), 1, &[4]),
        // No order has this id.
        (Some(3), 9, &[4, 5]),
        (Some(5), 9, &[]),
    ] {
        assert_eq!(audited(&*orders, after, max).await, ids(expected), "{after:?} {max}");
    }
}

pub async fn an_audited_order_is_whole(store: impl StoreHarness) {
    let orders = store.orders();
    let other = Order { lines: vec![line("B", 1, 7), line("A", 2, 0)], ..order(2) };
    place(&*orders, &[other.clone(), full(1)]).await;
    let payment = Some(payment(PaymentStatus::Paid, 2));
    let paid = Order { status: OrderStatus::Paid, payment, ..full(1) };
    assert_eq!(commit(&*orders, becoming(&paid, 1)).await, Outcome::Done);
    let expected = [(2, paid), (1, other)]
        .map(|(version, state)| Versioned { version: Version(version), state });
    assert_eq!(orders.audit(None, 9).await.unwrap(), expected);
}
