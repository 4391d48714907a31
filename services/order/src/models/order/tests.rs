//! Every state against every payment fact.

use super::super::{EDGES, PaymentId, PaymentStatus};
use super::*;
use kernel::Uuid;
use std::collections::HashSet;

fn line(quantity: u32, unit_price: i64) -> Line {
    Line {
        sku: Text::parse("SKU").unwrap(),
        name: Text::parse("Kopi").unwrap(),
        quantity,
        unit_price: Money::rupiah(unit_price),
    }
}

fn order(status: OrderStatus) -> Order {
    let draft = OrderDraft {
        account: Account::default(),
        reference: None,
        customer_name: PersonName::parse("Budi").unwrap(),
        email: Email::parse("budi@example.com").unwrap(),
        phone: None,
        locale: "id",
        lines: vec![line(2, 80_000), line(1, 25_000)],
        metadata: BTreeMap::new(),
    };
    let id = OrderId(Uuid::from_u128(1));
    Order { status, ..Order::place(id, draft, Timestamp::UNIX_EPOCH).unwrap() }
}

fn told(status: PaymentStatus, sequence: u32) -> PaymentUpdate {
    let id = PaymentId(Uuid::from_u128(2));
    let payment = Payment { id, status, method: None, sequence };
    PaymentUpdate { payment, at: Timestamp::UNIX_EPOCH }
}

#[test]
fn the_total_is_the_checked_sum_of_the_lines() {
    assert_eq!(order(OrderStatus::Pending).total, Money::rupiah(185_000));
    assert_eq!(total(&[line(1, 0)]), Err(TotalError::Zero));
    assert_eq!(total(&[line(u32::MAX, i64::MAX)]), Err(TotalError::TooLarge));
    assert_eq!(total(&[line(1, 999_999_999_999), line(1, 2)]), Err(TotalError::TooLarge));
}

#[test]
fn every_state_has_a_row_and_a_name_of_its_own() {
    let rows: HashSet<_> = EDGES.iter().map(|(from, _)| *from).collect();
    assert_eq!(rows.len(), OrderStatus::ALL.len());
    for status in OrderStatus::ALL {
        assert_eq!(status.as_str().parse(), Ok(status));
        assert!(!status.may_become(status), "{status} → itself is no move");
    }
}

#[test]
fn every_state_against_every_payment_fact_follows_the_table() {
    for from in OrderStatus::ALL {
        for fact in PaymentStatus::ALL {
            let before = order(from);
            let after = before.apply_payment(&told(fact, 1)).0;
            let wanted = OrderStatus::wanted_by(fact);
            let expected = if from.may_become(wanted) { wanted } else { from };
            assert_eq!(after.status, expected, "{from} + {fact:?}");
        }
    }
}

#[test]
fn money_decides_even_when_it_comes_late() {
    for from in [OrderStatus::Expired, OrderStatus::Cancelled, OrderStatus::PaymentFailed] {
        let after = order(from).apply_payment(&told(PaymentStatus::Paid, 1)).0;
        assert_eq!(after.status, OrderStatus::Paid);
    }
}

#[test]
fn a_stale_fact_is_recorded_and_moves_nothing() {
    let (paid, _) = order(OrderStatus::Pending).apply_payment(&told(PaymentStatus::Paid, 5));
    for stale in [4, 5] {
        let (after, fact) = paid.apply_payment(&told(PaymentStatus::Reversed, stale));
        assert_eq!(after, paid);
        assert!(matches!(fact, OrderFact::PaymentIgnored { .. }));
    }
}
