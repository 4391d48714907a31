//! Lists: newest first, filtered, paged by the last id.

use super::StoreHarness;
use super::draft::{
    account, becoming, commit, everything, full, id, ids, listed, named, of, order, payment, place,
};
use engine::{Outcome, Version, Versioned};
use order::models::{Order, OrderStatus, PaymentStatus};
use order::usecase::ports::{ListQuery, Orders};

pub async fn orders_are_listed_newest_first(store: impl StoreHarness) {
    let orders = store.orders();
    // The order of their ids, not that of their arrival.
    place(&*orders, &[order(2), order(3)]).await;
    place(&*orders, &[order(1)]).await;
    place(&*orders, &[order(300)]).await;
    assert_eq!(listed(&*orders, &everything()).await, ids(&[300, 3, 2, 1]));
}

pub async fn a_list_shows_one_account_only(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1), of(2, "toko-2"), order(3), of(4, "toko-2")]).await;
    assert_eq!(listed(&*orders, &everything()).await, ids(&[3, 1]));
    let other = |name: &str| ListQuery { account: account(name), ..everything() };
    assert_eq!(listed(&*orders, &other("toko-2")).await, ids(&[4, 2]));
    assert_eq!(listed(&*orders, &other("toko")).await, []);
}

pub async fn a_list_is_bounded(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &(1..=5).map(order).collect::<Vec<_>>()).await;
    for (limit, expected) in
        [(0, ids(&[])), (1, ids(&[5])), (2, ids(&[5, 4])), (9, ids(&[5, 4, 3, 2, 1]))]
    {
        let query = ListQuery { limit, ..everything() };
        assert_eq!(listed(&*orders, &query).await, expected, "{limit}");
    }
}

pub async fn a_list_goes_on_after_its_last_id(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &(1..=5).map(order).collect::<Vec<_>>()).await;
    let mut query = ListQuery { limit: 2, ..everything() };
    let mut pages = Vec::new();
    for _ in 0..9 {
        let page = listed(&*orders, &query).await;
        let Some(last) = page.last() else { break };
        query.after = Some(*last);
        // What comes meanwhile is newer than every page that follows.
        place(&*orders, &[order(10 + pages.len() as u128)]).await;
        pages.push(page);
    }
    assert_eq!(pages, [ids(&[5, 4]), ids(&[3, 2]), ids(&[1])]);
}

pub async fn a_cursor_need_not_be_a_listed_order(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &[order(1), of(2, "toko-2"), order(4)]).await;
    for (after, expected) in
        [(1, ids(&[])), (2, ids(&[1])), (3, ids(&[1])), (4, ids(&[1])), (9, ids(&[4, 1]))]
    {
        let query = ListQuery { after: Some(id(after)), ..everything() };
        assert_eq!(listed(&*orders, &query).await, expected, "{after}");
    }
}

/// Six orders, of which 2, 4 and 6 are paid.
async fn half_paid(orders: &dyn Orders) {
    place(orders, &(1..=6).map(order).collect::<Vec<_>>()).await;
    for n in [2, 4, 6] {
        let paid = Order { status: OrderStatus::Paid, ..order(n) };
        assert_eq!(commit(orders, becoming(&paid, 1)).await, Outcome::Done);
    }
}

fn only(status: OrderStatus) -> ListQuery {
    ListQuery { status: Some(status), ..everything() }
}

pub async fn orders_are_filtered_by_status(store: impl StoreHarness) {
    let orders = store.orders();
    half_paid(&*orders).await;
    assert_eq!(listed(&*orders, &only(OrderStatus::Paid)).await, ids(&[6, 4, 2]));
    assert_eq!(listed(&*orders, &only(OrderStatus::Pending)).await, ids(&[5, 3, 1]));
    assert_eq!(listed(&*orders, &only(OrderStatus::PaymentFailed)).await, []);
}

pub async fn a_filter_sees_the_status_of_now(store: impl StoreHarness) {
    let orders = store.orders();
    half_paid(&*orders).await;
    let refunded = Order { status: OrderStatus::Refunded, ..order(4) };
    assert_eq!(commit(&*orders, becoming(&refunded, 2)).await, Outcome::Done);
    assert_eq!(listed(&*orders, &only(OrderStatus::Paid)).await, ids(&[6, 2]));
    assert_eq!(listed(&*orders, &only(OrderStatus::Refunded)).await, ids(&[4]));
}

pub async fn orders_are_filtered_by_reference(store: impl StoreHarness) {
    let orders = store.orders();
    let other = Order { account: account("toko-2"), ..named(3, "INV-1") };
    place(&*orders, &[named(1, "INV-1"), named(2, "INV-2"), other, order(4)]).await;
    for (name, expected) in [
        ("INV-1", ids(&[1])),
        ("INV-2", ids(&[2])),
        ("inv-1", ids(&[])),
        ("INV%", ids(&[])),
        // Nobody's reference, but a URL can ask for it.
        ("INV-1\0", ids(&[])),
    ] {
        let query = ListQuery { reference: Some(name.to_owned()), ..everything() };
        assert_eq!(listed(&*orders, &query).await, expected, "{name}");
    }
}

pub async fn filters_and_cursor_and_limit_combine(store: impl StoreHarness) {
    let orders = store.orders();
    half_paid(&*orders).await;
    place(&*orders, &[named(7, "INV-7"), of(8, "toko-2")]).await;
    let page = ListQuery { after: Some(id(6)), limit: 1, ..only(OrderStatus::Paid) };
    assert_eq!(listed(&*orders, &page).await, ids(&[4]));
    let rest = ListQuery { after: Some(id(4)), ..only(OrderStatus::Paid) };
    assert_eq!(listed(&*orders, &rest).await, ids(&[2]));
    let named = |status| ListQuery { reference: Some("INV-7".to_owned()), ..only(status) };
    assert_eq!(listed(&*orders, &named(OrderStatus::Pending)).await, ids(&[7]));
    assert_eq!(listed(&*orders, &named(OrderStatus::Paid)).await, []);
    let all = ListQuery { after: Some(id(8)), limit: 3, ..named(OrderStatus::Pending) };
    assert_eq!(listed(&*orders, &all).await, ids(&[7]));
    let before = ListQuery { after: Some(id(7)), ..all };
    assert_eq!(listed(&*orders, &before).await, []);
}

pub async fn a_listed_order_is_whole(store: impl StoreHarness) {
    let orders = store.orders();
    let other = Order { account: full(1).account, ..order(2) };
    place(&*orders, &[full(1), other.clone()]).await;
    let paid = Order { payment: Some(payment(PaymentStatus::Paid, 2)), ..full(1) };
    assert_eq!(commit(&*orders, becoming(&paid, 1)).await, Outcome::Done);
    let query = ListQuery { account: full(1).account, ..everything() };
    let expected = [(1, other), (2, paid)]
        .map(|(version, state)| Versioned { version: Version(version), state });
    assert_eq!(orders.list(&query).await.unwrap(), expected);
}
