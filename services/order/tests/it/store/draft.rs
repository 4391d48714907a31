//! Orders and changes of them, as the verbs would hand them to the store.

use engine::{Change, Outcome, Recorded, Version, Versioned};
use kernel::{
    Account, Cause, Email, Ids, Money, PersonName, Phone, Text, TimeOrderedIds, Timestamp, Uuid,
};
use order::models::{
    CancelWish, Cancellation, Line, Order, OrderFact, OrderId, OrderStatus, Payment, PaymentId,
    PaymentStatus, PaymentUpdate,
};
use order::usecase::ports::{ListQuery, Orders};
use std::collections::BTreeMap;

/// The `n`th id; a later one is newer.
pub fn id(n: u128) -> OrderId {
    OrderId(Uuid::from_u128(0x0192_f0c1_2b3c_7d4e_8f50_0000_0000_0000 + n))
}

/// A time to the microsecond, the finest that a store keeps.
pub fn at(second: u32) -> Timestamp {
    format!("2026-11-22T05:04:{second:02}.123457Z").parse().unwrap()
}

pub fn account(name: &str) -> Account {
    Account::parse(name).unwrap()
}

pub fn line(sku: &str, quantity: u32, unit_price: i64) -> Line {
    Line {
        sku: Text::parse(sku).unwrap(),
        name: Text::parse(&format!("Kopi {sku}")).unwrap(),
        quantity,
        unit_price: Money::rupiah(unit_price),
    }
}

/// A new order with everything that may be left out left out.
pub fn order(n: u128) -> Order {
    Order {
        id: id(n),
        account: Account::default(),
        reference: None,
        status: OrderStatus::Pending,
        customer_name: PersonName::parse("Budi Santoso").unwrap(),
        email: Email::parse("budi@example.com").unwrap(),
        phone: None,
        locale: "id",
        lines: vec![line("KOPI", 2, 80_000), line("ONGKIR", 1, 25_000)],
        total: Money::rupiah(185_000),
        metadata: BTreeMap::new(),
        payment: None,
        payment_due_at: None,
        cancellation: None,
        created_at: at(1),
        updated_at: at(1),
    }
}

/// A new order with nothing left out.
pub fn full(n: u128) -> Order {
    Order {
        account: account("toko-2"),
        reference: Some(Text::parse("INV/2026 №1 ☕").unwrap()),
        customer_name: PersonName::parse("Ni Luh Ayu 'Sari' 山田").unwrap(),
        email: Email::parse("Ayu.Sari+toko@example.co.id").unwrap(),
        phone: Some(Phone::parse("+62 812-3456-7890").unwrap()),
        locale: "en",
        metadata: BTreeMap::from([("gift".to_owned(), "yes".to_owned())]),
        payment_due_at: Some(at(59)),
        ..order(n)
    }
}

/// A new order with a merchant reference.
pub fn named(n: u128, reference: &str) -> Order {
    Order { reference: Some(Text::parse(reference).unwrap()), ..order(n) }
}

/// A new order of another account.
pub fn of(n: u128, owner: &str) -> Order {
    Order { account: account(owner), ..order(n) }
}

/// The change that places an order.
pub fn placing(order: &Order) -> Change<Order> {
    change(order, 0, OrderFact::Placed)
}

/// The order after a payment fact, and the change from `expected` to it.
pub fn paying(order: &Order, expected: u32, payment: Payment) -> (Order, Change<Order>) {
    let update = PaymentUpdate { payment, is_late: false, at: at(30 + expected) };
    let (after, fact) = order.apply_payment(&update);
    assert_eq!(after.payment.as_ref(), Some(&update.payment), "the order moved");
    let change = change(&after, expected, fact);
    (after, change)
}

/// A wish to call an order off.
pub fn cancellation(n: u32) -> Cancellation {
    let reason = (!n.is_multiple_of(3)).then(|| Text::parse(&format!("reason {n}")).unwrap());
    let wish = CancelWish { refund_if_paid: n.is_multiple_of(2), reason };
    Cancellation { requested_at: at(n), wish }
}

/// A change to any state, told by a fact that the store does not look into.
pub fn becoming(order: &Order, expected: u32) -> Change<Order> {
    change(order, expected, OrderFact::PaymentNoted(payment(PaymentStatus::Pending, 1)))
}

fn change(order: &Order, expected: u32, fact: OrderFact) -> Change<Order> {
    Change {
        write_id: TimeOrderedIds.uuid(),
        id: order.id,
        expected: Version(expected),
        state: Some(order.clone()),
        facts: vec![Recorded { fact, cause: Cause::begin("req-1", "api") }],
        jobs: vec![],
        guards: vec![],
        at: order.updated_at,
    }
}

pub fn payment(status: PaymentStatus, sequence: u32) -> Payment {
    let method = Some("qris".to_owned());
    Payment { id: PaymentId(Uuid::from_u128(0xfa01)), status, method, sequence }
}

/// Everything of the default account.
pub fn everything() -> ListQuery {
    ListQuery {
        account: Account::default(),
        status: None,
        reference: None,
        after: None,
        limit: 100,
    }
}

/// Commits one change.
pub async fn commit(orders: &dyn Orders, change: Change<Order>) -> Outcome {
    let [outcome] = orders.commit(vec![change]).await.try_into().unwrap();
    outcome
}

/// Places orders, all together.
pub async fn place(orders: &dyn Orders, new: &[Order]) {
    let outcomes = orders.commit(new.iter().map(placing).collect()).await;
    assert_eq!(outcomes, vec![Outcome::Done; new.len()]);
}

/// What the store has of an order: its version and its state.
pub async fn stored(orders: &dyn Orders, id: OrderId) -> Option<(u32, Order)> {
    let Versioned { version, state } = orders.load(&[id]).await.unwrap().remove(&id)?;
    Some((version.0, state))
}

/// Ids of a list, in its order.
pub async fn listed(orders: &dyn Orders, query: &ListQuery) -> Vec<OrderId> {
    orders.list(query).await.unwrap().into_iter().map(|order| order.state.id).collect()
}

pub fn ids(numbers: &[u128]) -> Vec<OrderId> {
    numbers.iter().copied().map(id).collect()
}
