//! Many changes committed together: each is answered for itself and writes its own rows.

use super::StoreHarness;
use super::draft::{
    at, becoming, cancellation, everything, full, id, line, listed, named, order, payment, place,
    placing, stored,
};
use engine::{Change, Outcome, Refusal, StoreError};
use kernel::{Account, Money, Text};
use order::models::{Order, OrderStatus, Payment, PaymentStatus};

const SIZE: u32 = 50;
const TAKEN: Outcome = Outcome::Refused(Refusal::Taken("reference"));

/// The numbers of a batch, in no order of theirs.
fn numbers() -> impl Iterator<Item = u32> {
    (0..SIZE).map(|n| n * 7 % SIZE + 1)
}

/// An order unlike its neighbours: it has `n` lines.
fn long(n: u32) -> Order {
    let lines = (0..n).map(|p| line(&format!("S{}", (p * 7 + 3) % 50), n, p.into()));
    Order { lines: lines.collect(), total: Money::rupiah(n.into()), ..order(n.into()) }
}

/// A stored order, moved.
fn paid(n: u32) -> Order {
    let payment = Some(payment(PaymentStatus::Paid, 1));
    Order { status: OrderStatus::Paid, payment, updated_at: at(20), ..long(n) }
}

/// Commits a batch in which some change known orders (up to 9), one of them from a version that is
/// gone (5), one wants a taken reference (20), and `bad` ones cannot be stored. Each must be
/// answered in its place, and leave all of its rows or none.
async fn answers_each(store: impl StoreHarness, bad: &[u32]) {
    let orders = store.orders();
    place(&*orders, &(1..10).map(long).chain([named(100, "INV-1")]).collect::<Vec<_>>()).await;
    let change = |n| match n {
        5 => becoming(&paid(n), 7),
        1..10 => becoming(&paid(n), 1),
        20 => placing(&Order { reference: named(100, "INV-1").reference, ..long(n) }),
        _ if bad.contains(&n) => placing(&Order { total: Money::ZERO, ..long(n) }),
        _ => placing(&long(n)),
    };
    let changes: Vec<Change<Order>> = numbers().map(change).collect();
    let outcomes = orders.commit(changes).await;
    assert_eq!(outcomes.len(), SIZE as usize);
    for (n, outcome) in numbers().zip(outcomes) {
        let (expected, left) = match n {
            5 => (Outcome::Lost, Some((1, long(n)))),
            1..10 => (Outcome::Done, Some((2, paid(n)))),
            20 => (TAKEN, None),
            _ if bad.contains(&n) => {
                let invalid = matches!(outcome, Outcome::Failed(StoreError::Invalid(_)));
                assert!(invalid, "{n}: {outcome:?}");
                (outcome.clone(), None)
            }
            _ => (Outcome::Done, Some((1, long(n)))),
        };
        assert_eq!(outcome, expected, "{n}");
        assert_eq!(stored(&*orders, id(n.into())).await, left, "{n}");
    }
}

pub async fn every_change_of_a_batch_is_answered_in_its_place(store: impl StoreHarness) {
    answers_each(store, &[]).await;
}

pub async fn bad_rows_do_not_touch_their_batch(store: impl StoreHarness) {
    answers_each(store, &[12, 37]).await;
}

pub async fn lines_of_a_batch_stay_with_their_order_and_in_theirs(store: impl StoreHarness) {
    let orders = store.orders();
    let new: Vec<Order> = numbers().map(long).collect();
    place(&*orders, &new).await;
    let ids: Vec<_> = new.iter().map(|order| order.id).collect();
    let found = orders.load(&ids).await.unwrap();
    for order in &new {
        assert_eq!(found[&order.id].state, *order);
    }
    let newest: Vec<Order> = (1..=SIZE).rev().map(long).collect();
    let list: Vec<_> = orders.list(&everything()).await.unwrap();
    assert_eq!(list.into_iter().map(|order| order.state).collect::<Vec<_>>(), newest);
}

pub async fn what_one_order_leaves_out_no_neighbour_leaves_out(store: impl StoreHarness) {
    let orders = store.orders();
    let named = |n| Some(Text::parse(&format!("INV-{n}")).unwrap());
    let whole = |n: u32| Order { reference: named(n), ..full(n.into()) };
    let of = |n: u32| match n % 4 {
        0 => order(n.into()),
        1 => whole(n),
        2 => Order { reference: None, payment_due_at: None, ..whole(n) },
        _ => Order { phone: None, ..whole(n) },
    };
    place(&*orders, &numbers().map(of).collect::<Vec<_>>()).await;
    for n in numbers() {
        assert_eq!(stored(&*orders, id(n.into())).await, Some((1, of(n))));
    }
}

/// The `n`th order after a payment fact that is like no other.
fn moved(n: u32) -> Order {
    let kind = n as usize;
    let method = (!n.is_multiple_of(3)).then(|| format!("method {n}"));
    let status = PaymentStatus::ALL[kind % PaymentStatus::ALL.len()];
    let told = Payment { method, ..payment(status, n) };
    Order {
        status: OrderStatus::ALL[kind % OrderStatus::ALL.len()],
        payment: (!n.is_multiple_of(5)).then_some(told),
        cancellation: (!n.is_multiple_of(7)).then(|| cancellation(n)),
        updated_at: at(n),
        ..order(n.into())
    }
}

pub async fn changes_of_a_batch_move_each_its_own_order(store: impl StoreHarness) {
    let orders = store.orders();
    place(&*orders, &numbers().map(|n| order(n.into())).collect::<Vec<_>>()).await;
    let changes = numbers().map(|n| becoming(&moved(n), 1)).collect();
    assert_eq!(orders.commit(changes).await, vec![Outcome::Done; SIZE as usize]);
    for n in numbers() {
        assert_eq!(stored(&*orders, id(n.into())).await, Some((2, moved(n))));
    }
}

pub async fn of_a_batch_that_wants_one_reference_exactly_one_is_done(store: impl StoreHarness) {
    let orders = store.orders();
    let of = |n| Order { reference: named(100, "INV-1").reference, ..long(n) };
    let outcomes = orders.commit(numbers().map(|n| placing(&of(n))).collect()).await;
    let done: Vec<u32> =
        numbers().zip(&outcomes).filter(|(_, o)| **o == Outcome::Done).map(|(n, _)| n).collect();
    assert_eq!(done.len(), 1, "{outcomes:?}");
    let taken = outcomes.iter().filter(|outcome| **outcome == TAKEN).count();
    assert_eq!(taken, outcomes.len() - 1, "{outcomes:?}");
    let owner = orders.by_reference(&Account::default(), "INV-1").await;
    assert_eq!(owner, Ok(Some(id(done[0].into()))));
    assert_eq!(listed(&*orders, &everything()).await, [id(done[0].into())]);
    // Nothing of the others is left, not even a line: their ids are free.
    let others: Vec<Order> = numbers().filter(|n| *n != done[0]).map(|n| order(n.into())).collect();
    place(&*orders, &others).await;
    for other in others {
        assert_eq!(stored(&*orders, other.id).await, Some((1, other)));
    }
}
