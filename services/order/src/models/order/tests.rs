//! Every state against every payment fact.

use super::super::{CANCEL_RULES, PaymentId, PaymentStatus, PaymentWindow, WindowError};
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
        payment_window: PaymentWindow::DEFAULT,
    };
    let id = OrderId(Uuid::from_u128(1));
    Order { status, ..Order::place(id, draft, Timestamp::UNIX_EPOCH).unwrap() }
}

fn told(status: PaymentStatus, sequence: u32) -> PaymentUpdate {
    let id = PaymentId(Uuid::from_u128(2));
    let payment = Payment { id, status, method: None, sequence };
    PaymentUpdate { payment, is_late: false, at: Timestamp::UNIX_EPOCH }
}

#[test]
fn the_total_is_the_checked_sum_of_the_lines() {
    assert_eq!(order(OrderStatus::Pending).total, Money::rupiah(185_000));
    assert_eq!(total(&[line(1, 0)]), Err(TotalError::Zero));
    assert_eq!(total(&[line(u32::MAX, i64::MAX)]), Err(TotalError::TooLarge));
    assert_eq!(total(&[line(1, 999_999_999_999), line(1, 2)]), Err(TotalError::TooLarge));
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
        for told_of in
            [PaymentStatus::Paid, PaymentStatus::Refunded, PaymentStatus::RefundManualRequired]
        {
            let after = order(from).apply_payment(&told(told_of, 1)).0;
            assert_eq!(after.status, OrderStatus::wanted_by(told_of), "{from}");
        }
    }
}

/// However the facts of a payment are dealt out, the newest decides.
#[test]
fn what_overtakes_and_what_is_overtaken_end_the_same() {
    let stories: &[&[PaymentStatus]] = &[
        &[PaymentStatus::Pending, PaymentStatus::Paid, PaymentStatus::Refunded],
        &[PaymentStatus::Paid, PaymentStatus::PartiallyRefunded, PaymentStatus::ChargedBack],
        &[PaymentStatus::Cancelled, PaymentStatus::Paid, PaymentStatus::RefundManualRequired],
        &[PaymentStatus::Paid, PaymentStatus::RefundManualRequired, PaymentStatus::Refunded],
        &[PaymentStatus::Expired, PaymentStatus::Paid, PaymentStatus::Refunded],
        &[PaymentStatus::Pending, PaymentStatus::Paid, PaymentStatus::Reversed],
    ];
    for story in stories {
        let facts: Vec<_> = (2..).zip(*story).map(|(n, status)| told(*status, n)).collect();
        for dealt in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut after = order(OrderStatus::Pending);
            for n in dealt {
                after = after.apply_payment(&facts[n]).0;
            }
            let newest = OrderStatus::wanted_by(story[2]);
            assert_eq!(after.status, newest, "{story:?} dealt {dealt:?}");
        }
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

#[test]
fn an_order_can_be_paid_until_its_window_is_over() {
    let due = order(OrderStatus::Pending).payment_due_at.unwrap();
    assert_eq!(due.as_second(), 24 * 60 * 60);
    for (minutes, fits) in [
        (i64::MIN, false),
        (-5, false),
        (0, false),
        (4, false),
        (5, true),
        (10_080, true),
        (10_081, false),
        (65_536 + 5, false),
        (i64::MAX, false),
    ] {
        let window = PaymentWindow::of_minutes(minutes);
        assert_eq!(window.is_ok(), fits, "{minutes}");
        if let Ok(window) = window {
            assert_eq!(window.end(Timestamp::UNIX_EPOCH).as_second(), minutes * 60);
        }
    }
    assert_eq!(WindowError.to_string(), "must be 5 to 10080 minutes");
    assert_eq!(PaymentWindow::DEFAULT.end(Timestamp::MAX), Timestamp::MAX, "and it does not panic");
}

fn wish(refund_if_paid: bool) -> CancelWish {
    CancelWish { refund_if_paid, reason: None }
}

/// A wish without and with a refund, and the same again while one without is open.
#[test]
fn every_state_against_every_wish() {
    use CancelRefused::{Ended, Paid};
    let ruled: HashSet<_> = CANCEL_RULES.iter().map(|(status, _)| *status).collect();
    assert_eq!((ruled.len(), CANCEL_RULES.len()), (OrderStatus::ALL.len(), OrderStatus::ALL.len()));
    for status in OrderStatus::ALL {
        let fresh = order(status);
        let at = Timestamp::UNIX_EPOCH;
        let open = Order {
            cancellation: Some(Cancellation { requested_at: at, wish: wish(false) }),
            ..order(status)
        };
        let asked = [&fresh, &open].map(|order| {
            [false, true]
                .map(|refund| order.request_cancel(&wish(refund), at).map(|found| found.is_some()))
        });
        let expected = match status {
            OrderStatus::Pending
            | OrderStatus::AwaitingPayment
            | OrderStatus::OnHold
            | OrderStatus::PaymentFailed => [[Ok(true), Ok(true)], [Ok(false), Ok(true)]],
            OrderStatus::Paid => [[Err(Paid), Ok(true)], [Err(Paid), Ok(true)]],
            ended => [[Err(Ended(ended)); 2]; 2],
        };
        assert_eq!(asked, expected, "{status}");
    }
}

#[test]
fn a_wish_is_raised_and_never_lowered_and_keeps_its_time_and_reason() {
    let reason = |text: &str| Some(Text::parse(text).unwrap());
    let at = |second| Timestamp::from_second(second).unwrap();
    let waiting = order(OrderStatus::AwaitingPayment);
    let first = CancelWish { refund_if_paid: false, reason: reason("changed mind") };
    let (asked, fact) = waiting.request_cancel(&first, at(1)).unwrap().unwrap();
    assert_eq!(fact, OrderFact::CancelRequested(first));
    assert_eq!((asked.status, asked.updated_at), (OrderStatus::AwaitingPayment, at(1)));

    let other = CancelWish { refund_if_paid: false, reason: reason("another") };
    assert_eq!(asked.request_cancel(&other, at(2)), Ok(None));

    let (raised, fact) = asked.request_cancel(&wish(true), at(3)).unwrap().unwrap();
    let expected = CancelWish { refund_if_paid: true, reason: reason("changed mind") };
    assert_eq!(fact, OrderFact::CancelRequested(expected.clone()));
    assert_eq!(
        raised.cancellation,
        Some(Cancellation { requested_at: at(1), wish: expected }),
        "first asked then, and still for that reason"
    );
    for lower in [false, true] {
        assert_eq!(raised.request_cancel(&wish(lower), at(4)), Ok(None));
    }
    let paid = Order { status: OrderStatus::Paid, ..raised };
    assert_eq!(paid.request_cancel(&wish(false), at(5)), Ok(None), "it was accepted already");
}

#[test]
fn late_money_that_goes_back_is_noted_and_makes_no_order_paid() {
    for end in [PaymentStatus::Expired, PaymentStatus::Cancelled, PaymentStatus::Refunded] {
        let ended = order(OrderStatus::Paid).apply_payment(&told(end, 1)).0;
        let ended = Order { status: OrderStatus::wanted_by(end), ..ended };
        let late = PaymentUpdate { is_late: true, ..told(PaymentStatus::Paid, 2) };
        let (after, fact) = ended.apply_payment(&late);
        assert_eq!(after.status, ended.status);
        assert_eq!(after.payment.as_ref().unwrap().status, PaymentStatus::Paid);
        assert!(matches!(fact, OrderFact::PaymentNoted(_)), "{fact:?}");
        let (back, _) = after.apply_payment(&told(PaymentStatus::Refunded, 3));
        assert_eq!(back.status, OrderStatus::Refunded);
    }
}

#[test]
fn late_money_tells_an_order_that_still_waits_that_its_time_was_over() {
    let late = PaymentUpdate { is_late: true, ..told(PaymentStatus::Paid, 2) };
    for open in [OrderStatus::AwaitingPayment, OrderStatus::OnHold, OrderStatus::PaymentFailed] {
        assert_eq!(order(open).apply_payment(&late).0.status, OrderStatus::Expired, "{open}");
        let wish = CancelWish { refund_if_paid: false, reason: None };
        let (called_off, _) =
            order(open).request_cancel(&wish, Timestamp::UNIX_EPOCH).unwrap().unwrap();
        assert_eq!(called_off.apply_payment(&late).0.status, OrderStatus::Cancelled, "{open}");
    }
    let by_hand = order(OrderStatus::RefundManualRequired);
    assert_eq!(by_hand.apply_payment(&late).0.status, OrderStatus::RefundManualRequired);
}
