//! What was stored is read as it was written.

use super::StoreHarness;
use super::draft::{
    at, becoming, commit, everything, full, line, listed, named, order, payment, place, placing,
    stored,
};
use engine::Outcome;
use kernel::Money;
use order::models::{LINES_MAX, Order, OrderStatus, Payment, PaymentStatus, TOTAL_MAX};
use std::collections::BTreeMap;

/// Places an order and reads it back.
async fn returns(store: &impl StoreHarness, order: Order) {
    let orders = store.orders();
    place(&*orders, std::slice::from_ref(&order)).await;
    assert_eq!(stored(&*orders, order.id).await, Some((1, order)));
}

pub async fn every_field_survives(store: impl StoreHarness) {
    returns(&store, full(1)).await;
}

pub async fn what_is_left_out_stays_left_out(store: impl StoreHarness) {
    returns(&store, order(1)).await;
}

pub async fn a_hundred_lines_stay_in_their_order(store: impl StoreHarness) {
    // Neither the order of their names nor of their prices.
    let lines = (0..LINES_MAX).map(|n| line(&format!("S{}", n * 37 % LINES_MAX), 1, 1_000));
    let lines: Vec<_> = lines.collect();
    returns(&store, Order { lines, total: Money::rupiah(100_000), ..order(1) }).await;
}

pub async fn the_largest_total_survives(store: impl StoreHarness) {
    let lines = vec![line("RUMAH", 1, TOTAL_MAX.as_rupiah())];
    returns(&store, Order { lines, total: TOTAL_MAX, ..order(1) }).await;
    let lines = vec![line("PAKU", u32::MAX, 1)];
    returns(&store, Order { lines, total: Money::rupiah(u32::MAX.into()), ..order(2) }).await;
}

pub async fn a_free_line_survives(store: impl StoreHarness) {
    let lines = vec![line("KOPI", 1, 185_000), line("BONUS", 1, 0)];
    returns(&store, Order { lines, ..order(1) }).await;
}

pub async fn metadata_survives_in_any_script(store: impl StoreHarness) {
    let texts = [
        ("catatan", "ꦏꦺꦴꦥꦶ panas ☕"),
        ("キー", "\"quoted\" \\ 'q' {}\n"),
        ("empty", ""),
        ("👩‍🌾", "é e\u{301}"),
    ];
    let metadata: BTreeMap<_, _> =
        texts.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    returns(&store, Order { metadata, ..order(1) }).await;
}

pub async fn a_payment_survives_with_and_without_a_method(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    let without = Payment { method: None, ..payment(PaymentStatus::Pending, 3) };
    let with = payment(PaymentStatus::Paid, u32::from(u16::MAX));
    for (version, told) in (1..).zip([without, with]) {
        let after = Order { payment: Some(told), updated_at: at(10 + version), ..order(1) };
        assert_eq!(commit(&*orders, becoming(&after, version)).await, Outcome::Done);
        assert_eq!(stored(&*orders, after.id).await, Some((version + 1, after)));
    }
}

pub async fn every_status_survives(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    for (version, status) in (1..).zip(OrderStatus::ALL) {
        let after = Order { status, updated_at: at(10 + version), ..order(1) };
        assert_eq!(commit(&*orders, becoming(&after, version)).await, Outcome::Done);
        assert_eq!(stored(&*orders, after.id).await, Some((version + 1, after)));
    }
}

pub async fn every_payment_status_survives(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1)]).await;
    for (version, status) in (1..).zip(PaymentStatus::ALL) {
        let after = Order { payment: Some(payment(status, version)), ..order(1) };
        assert_eq!(commit(&*orders, becoming(&after, version)).await, Outcome::Done);
        assert_eq!(stored(&*orders, after.id).await, Some((version + 1, after)));
    }
}

pub async fn everything_survives_a_restart(store: impl StoreHarness) {
    let (whole, twin) = (named(1, "INV-1"), named(3, "INV-1"));
    let paid = Order { payment: Some(payment(PaymentStatus::Paid, 2)), ..order(2) };
    place(&*store.orders(), &[whole.clone(), order(2)]).await;
    assert_eq!(commit(&*store.orders(), becoming(&paid, 1)).await, Outcome::Done);
    let Some(store) = store.reopen().await else { return };
    let orders = store.orders();
    assert_eq!(stored(&*orders, whole.id).await, Some((1, whole.clone())));
    assert_eq!(stored(&*orders, paid.id).await, Some((2, paid.clone())));
    assert_eq!(listed(&*orders, &everything()).await, [paid.id, whole.id]);
    assert_eq!(orders.by_reference(&whole.account, "INV-1").await.unwrap(), Some(whole.id));
    assert_eq!(orders.pending_events(), 2);
    assert_ne!(commit(&*orders, placing(&twin)).await, Outcome::Done);
}
