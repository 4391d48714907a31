//! Where a list begins and ends.

use super::*;

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Named(String);

fn list(orders: Orders) -> ByOrder<Named> {
    ByOrder::new("/list", |row| &row.0, orders)
}

/// An order's id of this millisecond.
fn id(millis: u128) -> String {
    Uuid::from_u128((millis << BELOW_THE_TIME) | (7 << 76) | 5).to_string()
}

fn page(orders: &[u128], has_more: bool) -> Page<Named> {
    Page { data: orders.iter().map(|millis| Named(id(*millis))).collect(), has_more }
}

/// What is at hand, all of it.
fn drain(list: &mut ByOrder<Named>) -> Vec<String> {
    list.rows.drain(..).map(|row| row.0).collect()
}

#[test]
fn each_page_begins_after_the_last_row_of_the_one_before() {
    let mut list = list(Orders::all());
    assert_eq!(list.wants().as_deref(), Some("/list?limit=200"));
    list.takes(page(&[1, 2], true));
    assert_eq!((list.wants(), list.head()), (None, Some(&*id(1))), "there is some at hand");
    assert_eq!((list.take(&id(2)), list.take(&id(1))), (None, Some(Named(id(1)))));
    drain(&mut list);
    assert_eq!(list.wants(), Some(format!("/list?limit=200&after={}", id(2))));
    list.takes(page(&[3], false));
    drain(&mut list);
    assert_eq!(list.wants(), None);
}

#[test]
fn a_page_without_rows_is_the_end_whatever_it_says() {
    let mut list = list(Orders::all());
    list.takes(page(&[], true));
    assert_eq!(list.wants(), None);
}

/// An order a millisecond, and the reader takes longer than that: it ends all the same.
#[test]
fn orders_made_after_the_start_are_not_followed() {
    let start = Timestamp::from_millisecond(1_000).unwrap();
    let mut list = list(Orders::made_until(start));
    let (mut read, mut pages, mut next) = (Vec::new(), 0, 990);
    while list.wants().is_some() {
        pages += 1;
        assert!(pages < 10, "it goes on for ever");
        list.takes(page(&[next, next + 1, next + 2, next + 3], true));
        next += 4;
        read.extend(drain(&mut list));
    }
    assert_eq!(read, (990..=1_000).map(id).collect::<Vec<_>>(), "all of the start itself");
}

#[test]
fn one_order_is_read_alone_or_not_at_all() {
    let order: Uuid = id(5).parse().unwrap();
    let before = Uuid::from_u128(order.as_u128() - 1);
    let mut found = list(Orders::one(order));
    assert_eq!(found.wants(), Some(format!("/list?limit=1&after={before}")));
    found.takes(page(&[5], true));
    assert_eq!(drain(&mut found), [id(5)]);
    let mut absent = list(Orders::one(order));
    absent.takes(page(&[6], true));
    assert_eq!((absent.head(), absent.wants()), (None, None), "the next one is another");
}
