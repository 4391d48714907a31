//! What was stored is read as it was written.

use super::StoreHarness;
use super::draft::{
    at, becoming, cancellation, commit, everything, full, line, listed, named, order, payment,
    place, placing, stored,
};
use engine::Outcome;
use kernel::{Money, PersonName, Text};
use order::models::{LINES_MAX, Line, Order, OrderStatus, Payment, PaymentStatus, TOTAL_MAX};
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
        ("nul", "a\0b"),
        ("👩‍🌾", "é e\u{301}"),
    ];
    let metadata: BTreeMap<_, _> =
        texts.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    returns(&store, Order { metadata, ..order(1) }).await;
}

/// What a dialect could take for its own: quotes, escapes, arrays, absence, parameters.
const TEXTS: &[&str] = &[
    "NULL",
    "null",
    "{}",
    "{a,b}",
    "a,b",
    "(x)",
    "it's",
    "\"q\"",
    "'",
    "\\",
    "a\\b",
    "\\N",
    "\\x00",
    "\\u0000",
    "%s%%",
    "$1 ?1 :a",
    "--",
    "';--",
    "/*",
    "😀👩‍🌾𝒳",
    "é e\u{301}",
    "ẞİıſ",
    "\u{200b}",
    "\u{10ffff}",
];

pub async fn text_survives_whatever_it_holds(store: impl StoreHarness) {
    let orders = store.orders();
    let of = |(n, text): (u128, &&str)| Order {
        reference: Some(Text::parse(text).unwrap()),
        customer_name: PersonName::parse(text).unwrap(),
        lines: vec![Line { name: Text::parse(text).unwrap(), ..line(text, 1, 1) }],
        metadata: BTreeMap::from([((*text).to_owned(), (*text).to_owned())]),
        ..order(n)
    };
    let new: Vec<Order> = (1..).zip(TEXTS).map(of).collect();
    place(&*orders, &new).await;
    let paid = |(order, text): (Order, &&str)| {
        let method = Some((*text).to_owned());
        let payment = Payment { method, ..payment(PaymentStatus::Paid, 1) };
        Order { payment: Some(payment), ..order }
    };
    let after: Vec<Order> = new.into_iter().zip(TEXTS).map(paid).collect();
    let outcomes = orders.commit(after.iter().map(|order| becoming(order, 1)).collect()).await;
    assert_eq!(outcomes, vec![Outcome::Done; after.len()]);
    for (order, text) in after.into_iter().zip(TEXTS) {
        assert_eq!(orders.by_reference(&order.account, text).await, Ok(Some(order.id)));
        assert_eq!(stored(&*orders, order.id).await, Some((2, order)));
    }
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

pub async fn a_wish_to_cancel_survives_with_and_without_a_reason(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[full(1)]).await;
    // With and without a reason, with and without a refund.
    for (version, n) in (1..).zip([1, 2, 3, 6]) {
        let after = Order { cancellation: Some(cancellation(n)), ..full(1) };
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
