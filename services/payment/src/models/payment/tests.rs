//! What the gateway says against what we know.

use super::*;
use kernel::Uuid;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

fn attempt() -> AttemptId {
    AttemptId(Uuid::from_u128(2))
}

fn payment() -> Payment {
    let bill = Bill {
        order_id: OrderId(Uuid::from_u128(1)),
        account: Account::default(),
        amount: Money::rupiah(185_000),
        reference: None,
        locale: "id",
        customer_name: PersonName::parse("Budi").unwrap(),
        email: Email::parse("budi@example.com").unwrap(),
        phone: None,
        lines: Vec::new(),
    };
    Payment::open(PaymentId(Uuid::from_u128(3)), attempt(), bill, T0)
}

fn seen(id: &str, status: GatewayStatus) -> Observation {
    Observation {
        order_id: attempt().to_string(),
        transaction_id: id.to_owned(),
        status: Ok(status),
        fraud: None,
        method: Some("qris".into()),
        amount: Some(Money::rupiah(185_000)),
        currency: Some("IDR".into()),
        foreign_merchant: false,
    }
}

fn after(payment: &Payment, steps: &[(&str, GatewayStatus)]) -> Payment {
    steps.iter().fold(payment.clone(), |p, (id, status)| {
        match p.observe(attempt(), &seen(id, *status), T0) {
            Some((next, _)) => next,
            None => p,
        }
    })
}

#[test]
fn the_status_is_derived_step_by_step() {
    use GatewayStatus::{Deny, PartialRefund, Pending, Refund, Settlement};
    let payment = payment();
    assert_eq!(payment.status(), PaymentStatus::Opening);
    let page = Page { token: "t".into(), url: "u".into() };
    let (ready, fact) = payment.page_ready(attempt(), page, T0).unwrap();
    assert_eq!(ready.status(), PaymentStatus::Pending);
    assert_eq!(
        fact.change(),
        Some(StatusChange { from: PaymentStatus::Opening, to: PaymentStatus::Pending })
    );
    for (steps, status) in [
        (vec![("a", Pending)], PaymentStatus::Pending),
        (vec![("a", Deny)], PaymentStatus::Denied),
        (vec![("a", Deny), ("b", Pending)], PaymentStatus::Pending),
        (vec![("a", Deny), ("b", Settlement)], PaymentStatus::Paid),
        (vec![("a", Settlement)], PaymentStatus::Paid),
        (vec![("a", Settlement), ("a", Deny)], PaymentStatus::Reversed),
        (vec![("a", Settlement), ("a", PartialRefund)], PaymentStatus::PartiallyRefunded),
        (vec![("a", Settlement), ("a", PartialRefund), ("a", Refund)], PaymentStatus::Refunded),
    ] {
        assert_eq!(after(&ready, &steps).status(), status, "{steps:?}");
    }
}

#[test]
fn every_pair_of_answers_follows_the_table() {
    for first in GatewayStatus::ALL {
        for second in GatewayStatus::ALL {
            let known = after(&payment(), &[("a", first)]);
            let moved = known.observe(attempt(), &seen("a", second), T0);
            let status = |p: &Payment| p.attempts[0].transactions[0].status;
            match moved {
                None => assert_eq!(first, second, "only the same again is no news"),
                Some((next, PaymentFact::Observed { .. })) => {
                    assert!(first.may_become(second), "{first} → {second}");
                    assert_eq!(status(&next), second);
                }
                Some((next, fact)) => {
                    assert!(matches!(fact, PaymentFact::Distrusted { .. }));
                    assert!(!first.may_become(second), "{first} → {second}");
                    assert_eq!(next, known, "distrusted news moves nothing");
                }
            }
        }
    }
}

#[test]
fn what_is_not_about_us_moves_nothing() {
    let good = seen("a", GatewayStatus::Settlement);
    let cases = [
        Observation { order_id: "another".into(), ..good.clone() },
        Observation { amount: Some(Money::rupiah(1)), ..good.clone() },
        Observation { amount: None, ..good.clone() },
        Observation { currency: Some("USD".into()), ..good.clone() },
        Observation { foreign_merchant: true, ..good.clone() },
        Observation { status: Err("settled_v2".into()), ..good.clone() },
    ];
    for case in cases {
        let (after, fact) = payment().observe(attempt(), &case, T0).unwrap();
        assert_eq!(after.status(), PaymentStatus::Opening, "{case:?}");
        assert!(matches!(fact, PaymentFact::Distrusted { .. }));
    }
    let (paid, _) = payment().observe(attempt(), &good, T0).unwrap();
    assert_eq!(paid.status(), PaymentStatus::Paid);
}

#[test]
fn a_challenge_is_not_paid_until_it_is_accepted() {
    let challenged =
        Observation { fraud: Some(Fraud::Challenge), ..seen("a", GatewayStatus::Capture) };
    let (held, _) = payment().observe(attempt(), &challenged, T0).unwrap();
    assert_eq!(held.status(), PaymentStatus::Challenged);
    let accepted = Observation { fraud: Some(Fraud::Accept), ..challenged };
    let (paid, _) = held.observe(attempt(), &accepted, T0).unwrap();
    assert_eq!(paid.status(), PaymentStatus::Paid);
}

#[test]
fn late_money_counts() {
    for end in [GatewayStatus::Expire, GatewayStatus::Cancel] {
        let ended = after(&payment(), &[("a", GatewayStatus::Pending), ("a", end)]);
        assert!(!ended.status().is_open());
        let paid = after(&ended, &[("a", GatewayStatus::Settlement)]);
        assert_eq!(paid.status(), PaymentStatus::Paid);
    }
}

#[test]
fn a_verdict_is_what_the_gateway_said_when_asked() {
    use super::super::{Callback, Receipt, Verdict};
    let callback = |status: &str| Callback {
        digest: [0; 32],
        attempt: Some(attempt()),
        order_id: None,
        transaction_id: "a".into(),
        status: status.into(),
        receipt: Receipt::Hint,
        body: String::new(),
        times: 1,
        received_at: T0,
        last_at: T0,
    };
    let paid = after(&payment(), &[("a", GatewayStatus::Settlement)]);
    let verdicts = ["settlement", "pending", "refund", "settled_v2"]
        .map(|status| callback(status).verdict(Some(&paid)));
    assert_eq!(
        verdicts,
        [Verdict::Confirmed, Verdict::Stale, Verdict::Unconfirmed, Verdict::Unconfirmed]
    );
    assert_eq!(callback("settlement").verdict(Some(&payment())), Verdict::Unconfirmed);
    let foreign = Callback { receipt: Receipt::UnknownOrder, ..callback("settlement") };
    assert_eq!(foreign.verdict(None), Verdict::UnknownOrder);
}
