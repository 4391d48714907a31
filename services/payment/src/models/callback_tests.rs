//! What is reported: which ids are any, and what it was worth. Callbacks' own verdicts are tested with
//! the payment.

use super::super::payment::tests::{attempt, payment, seen};
use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Reported at second 5 of transaction `a`.
fn reported(status: GatewayStatus) -> Callback {
    Callback {
        digest: [0; 32],
        attempt: Some(attempt()),
        order_id: None,
        transaction_id: "a".into(),
        status: status.to_string(),
        amount: None,
        receipt: Receipt::Reported,
        body: String::new(),
        times: 1,
        received_at: at(5),
        last_at: at(5),
    }
}

#[test]
fn an_id_is_short_and_visible() {
    let longest = "x".repeat(64);
    for id in ["a", "A1\\x\"/..#?", "0d0f5a0e-2a5b-4d6e-8f55-3f7e0f0a1c11", &longest] {
        let told = Reported::try_new(id, GatewayStatus::Expire).unwrap();
        assert_eq!((told.transaction_id(), told.status()), (id, GatewayStatus::Expire));
    }
    for id in ["", " ", "a b", "a\n", "a\0", "\u{7f}", "é", &format!("{longest}x")] {
        assert_eq!(Reported::try_new(id, GatewayStatus::Expire), Err(BadTransactionId), "{id:?}");
    }
}

/// It tells no amount, and that is no other amount.
#[test]
fn what_is_reported_is_judged_like_a_callback() {
    use GatewayStatus::{Pending, Refund, Settlement};
    let (paid, _) = payment().observe(attempt(), &seen("a", Settlement), at(4)).unwrap();
    let verdicts = [Settlement, Pending, Refund].map(|told| reported(told).verdict(Some(&paid)));
    assert_eq!(verdicts, [Verdict::Confirmed, Verdict::Stale, Verdict::Unconfirmed]);
    let (asked, _) = payment().contradicted(attempt(), at(6), at(6)).unwrap();
    assert_eq!(reported(Settlement).verdict(Some(&asked)), Verdict::Contradicted);
    for of in [None, Some(&payment())] {
        assert_eq!(reported(Settlement).verdict(of), Verdict::Unconfirmed);
    }
}

#[test]
fn a_charge_that_was_voided_makes_no_liar_of_its_callback() {
    use GatewayStatus::{Cancel, Capture, Settlement};
    let (captured, _) = payment().observe(attempt(), &seen("a", Capture), at(4)).unwrap();
    let (voided, _) = captured.observe(attempt(), &seen("a", Cancel), at(5)).unwrap();
    assert_eq!(
        reported(Capture).verdict(Some(&voided)),
        Verdict::Unconfirmed,
        "perhaps late money"
    );
    let (asked, _) = voided.contradicted(attempt(), at(6), at(6)).unwrap();
    assert_eq!(reported(Capture).verdict(Some(&asked)), Verdict::Stale);
    let (pending, _) =
        payment().observe(attempt(), &seen("a", GatewayStatus::Pending), at(4)).unwrap();
    let (asked, _) = pending.contradicted(attempt(), at(6), at(6)).unwrap();
    assert_eq!(reported(Settlement).verdict(Some(&asked)), Verdict::Contradicted);
}

#[test]
fn the_gateway_is_asked_because_of_what_is_about_an_order_of_ours() {
    let asks = |order_id: Option<OrderId>| -> Vec<Receipt> {
        let of = |receipt| Callback { receipt, order_id, ..reported(GatewayStatus::Settlement) };
        Receipt::ALL.into_iter().filter(|receipt| of(*receipt).asks()).collect()
    };
    assert_eq!(asks(None), [Receipt::Hint, Receipt::Reported]);
    let misfits = [Receipt::AmountMismatch, Receipt::CurrencyMismatch];
    let all = [Receipt::Hint, Receipt::Reported].into_iter().chain(misfits);
    assert_eq!(asks(Some(payment().bill.order_id)), all.collect::<Vec<_>>());
    for receipt in Receipt::ALL {
        assert_eq!(Receipt::parse(receipt.as_str()), Some(receipt));
    }
}
