//! Lists: newest first, filtered, paged by the last id.

use super::StoreHarness;
use super::draft::{
    account, attempt, everything, first, full, id, ids, listed, of, open, order, payment,
    transaction,
};
use payment::models::{GatewayStatus, Payment};
use payment::usecase::ports::{ListQuery, Payments};

async fn open_five(payments: &dyn Payments) {
    open(payments, &(1..=5).map(payment).collect::<Vec<_>>()).await;
}

pub async fn payments_are_listed_newest_first(store: impl StoreHarness) {
    let payments = store.payments();
    // The order of their ids, not that of their arrival.
    open(&*payments, &[payment(2), payment(3)]).await;
    open(&*payments, &[payment(1)]).await;
    open(&*payments, &[payment(300)]).await;
    assert_eq!(listed(&*payments, &everything()).await, ids(&[300, 3, 2, 1]));
}

pub async fn a_list_shows_one_account_only(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1), of(2, "toko-2"), payment(3), of(4, "toko-2")]).await;
    assert_eq!(listed(&*payments, &everything()).await, ids(&[3, 1]));
    let other = |name: &str| ListQuery { account: account(name), ..everything() };
    assert_eq!(listed(&*payments, &other("toko-2")).await, ids(&[4, 2]));
    assert_eq!(listed(&*payments, &other("toko")).await, []);
}

pub async fn a_list_is_bounded(store: impl StoreHarness) {
    let payments = store.payments();
    open_five(&*payments).await;
    for (limit, expected) in [(0, ids(&[])), (2, ids(&[5, 4])), (9, ids(&[5, 4, 3, 2, 1]))] {
        let query = ListQuery { limit, ..everything() };
        assert_eq!(listed(&*payments, &query).await, expected, "{limit}");
    }
}

pub async fn a_list_goes_on_after_its_last_id(store: impl StoreHarness) {
    let payments = store.payments();
    open_five(&*payments).await;
    let mut query = ListQuery { limit: 2, ..everything() };
    let mut pages = Vec::new();
    loop {
        let page = listed(&*payments, &query).await;
        let Some(last) = page.last() else { break };
        query.after = Some(*last);
        // What comes meanwhile is newer than every page that follows.
        open(&*payments, &[payment(10 + pages.len() as u128)]).await;
        pages.push(page);
        assert!(pages.len() < 5, "it does not end: {pages:?}");
    }
    assert_eq!(pages, [ids(&[5, 4]), ids(&[3, 2]), ids(&[1])]);
}

pub async fn payments_are_filtered_by_order(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1), payment(2), of(3, "toko-2")]).await;
    for (n, expected) in [(1, ids(&[1])), (2, ids(&[2])), (3, ids(&[])), (9, ids(&[]))] {
        let query = ListQuery { order_id: Some(order(n)), ..everything() };
        assert_eq!(listed(&*payments, &query).await, expected, "{n}");
    }
}

pub async fn filter_and_cursor_and_limit_combine(store: impl StoreHarness) {
    let payments = store.payments();
    open_five(&*payments).await;
    open(&*payments, &[of(6, "toko-2")]).await;
    let page = ListQuery { after: Some(id(6)), limit: 2, ..everything() };
    assert_eq!(listed(&*payments, &page).await, ids(&[5, 4]));
    let query =
        |after| ListQuery { order_id: Some(order(3)), after: Some(id(after)), ..page.clone() };
    assert_eq!(listed(&*payments, &query(4)).await, ids(&[3]));
    assert_eq!(listed(&*payments, &query(3)).await, []);
}

pub async fn a_listed_payment_is_whole(store: impl StoreHarness) {
    let payments = store.payments();
    let told = |n| vec![transaction(&format!("t-{n}"), GatewayStatus::Pending)];
    let whole =
        |n| Payment { attempts: vec![attempt(n, 1, told(n)), attempt(n, 2, vec![])], ..full(n) };
    open(&*payments, &[whole(1), whole(2)]).await;
    let query = ListQuery { account: full(1).bill.account, ..everything() };
    let expected: Vec<_> = [whole(2), whole(1)].into_iter().filter_map(first).collect();
    assert_eq!(payments.list(&query).await, Ok(expected));
}
