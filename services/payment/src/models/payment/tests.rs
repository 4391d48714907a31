//! What the gateway says against what we know.

use super::*;
use kernel::Uuid;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

pub(in crate::models) fn attempt() -> AttemptId {
    AttemptId(Uuid::from_u128(2))
}

pub(in crate::models) fn payment() -> Payment {
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
    Payment::open(PaymentId(Uuid::from_u128(3)), attempt(), bill, (T0, at(86_400)))
}

pub(in crate::models) fn seen(id: &str, status: GatewayStatus) -> Observation {
    Observation {
        order_id: attempt().to_string(),
        transaction_id: id.to_owned(),
        status: Ok(status),
        fraud: None,
        method: Some("qris".into()),
        amount: Some(Money::rupiah(185_000)),
        gross: None,
        paid_at: None,
        refunded: None,
        refunds: Vec::new(),
        currency: Some("IDR".into()),
        foreign_merchant: false,
        instructions: Instructions::default(),
        expires_at: None,
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
    use GatewayStatus::{Chargeback, PartialChargeback, PartialRefund, Refund, Settlement};
    // Between two looks money may have come and gone.
    let money = [Settlement, Refund, PartialRefund, Chargeback, PartialChargeback];
    for first in GatewayStatus::ALL {
        for second in GatewayStatus::ALL {
            let leap = money.contains(&second) && first.leads_to(second);
            let may_become = first.may_become(second) || leap;
            let known = after(&payment(), &[("a", first)]);
            let moved = known.observe(attempt(), &seen("a", second), T0);
            let status = |p: &Payment| p.attempts[0].transactions[0].status;
            match moved {
                None => assert_eq!(first, second, "only the same again is no news"),
                Some((next, PaymentFact::Observed { .. })) => {
                    assert!(may_become, "{first} → {second}");
                    assert_eq!(status(&next), second);
                }
                Some((next, fact)) => {
                    assert!(matches!(fact, PaymentFact::Distrusted { .. }));
                    assert!(!may_become, "{first} → {second}");
                    assert_eq!(next.attempts[0].transactions, known.attempts[0].transactions);
                    assert_eq!(next.status(), known.status(), "distrusted news moves nothing");
                    assert_eq!(next.observe(attempt(), &seen("a", second), T0), None, "told once");
                }
            }
        }
    }
}

fn way(number: &str) -> Instructions {
    Instructions::of([Instruction::VirtualAccount { bank: "bca".into(), number: number.into() }])
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn instructions_move_no_status_are_told_once_and_outlive_every_later_answer() {
    for first in GatewayStatus::ALL {
        let known = after(&payment(), &[("a", first), ("b", GatewayStatus::Deny)]);
        let told =
            Observation { instructions: way("1"), expires_at: Some(at(9)), ..seen("a", first) };
        let (instructed, fact) = known.observe(attempt(), &told, at(5)).unwrap();
        assert!(matches!(fact, PaymentFact::Instructed { .. }), "{first}: {fact:?}");
        assert_eq!(fact.change(), None);
        assert_eq!(instructed.status(), known.status(), "{first}: no end becomes the latest");
        assert_eq!(instructed.observe(attempt(), &told, at(6)), None, "{first}: it is no news");
        for second in GatewayStatus::ALL {
            let silent = seen("a", second);
            let next = match instructed.observe(attempt(), &silent, at(7)) {
                Some((next, _)) => next,
                None => instructed.clone(),
            };
            let kept = &next.attempts[0].transactions[0];
            assert_eq!((&kept.instructions, kept.expires_at), (&way("1"), Some(at(9))));
        }
    }
}

#[test]
fn each_new_content_is_news_and_what_is_not_believed_instructs_nobody() {
    let pending = after(&payment(), &[("a", GatewayStatus::Pending)]);
    let one = Observation { instructions: way("1"), ..seen("a", GatewayStatus::Pending) };
    let later = Observation { expires_at: Some(at(9)), ..seen("a", GatewayStatus::Pending) };
    let other = Observation { instructions: way("2"), ..one.clone() };
    let mut known = pending.clone();
    for told in [&one, &later, &other] {
        known = known.observe(attempt(), told, T0).unwrap().0;
    }
    let transaction = &known.attempts[0].transactions[0];
    assert_eq!((&transaction.instructions, transaction.expires_at), (&way("2"), Some(at(9))));
    let doubtful = Observation { amount: None, ..one };
    let (after, _) = pending.observe(attempt(), &doubtful, T0).unwrap();
    assert_eq!(after.attempts[0].transactions, pending.attempts[0].transactions);
}

#[test]
fn a_method_that_is_told_later_is_kept_and_another_name_for_it_is_no_news() {
    let named = |name: Option<&str>| Observation {
        method: name.map(str::to_owned),
        ..seen("a", GatewayStatus::Pending)
    };
    let (none, _) = payment().observe(attempt(), &named(None), T0).unwrap();
    let (gopay, _) = none.observe(attempt(), &named(Some("gopay")), T0).unwrap();
    assert_eq!(gopay.method(), Some("gopay"));
    assert_eq!(gopay.observe(attempt(), &named(Some("qris")), T0), None);
    assert_eq!(gopay.observe(attempt(), &named(None), T0), None);
}

#[test]
fn what_is_awaited_is_the_newest_that_waits() {
    use GatewayStatus::{Cancel, Deny, Pending, Settlement};
    for (steps, awaited) in [
        (vec![], None),
        (vec![("a", Pending)], Some("a")),
        (vec![("a", Pending), ("b", Pending)], Some("b")),
        (vec![("a", Pending), ("b", Deny)], Some("a")),
        (vec![("a", Deny)], None),
        (vec![("a", Pending), ("b", Settlement)], None),
        (vec![("a", Pending), ("a", Cancel)], None),
    ] {
        let payment = after(&payment(), &steps);
        assert_eq!(payment.awaited().map(|t| t.id.as_str()), awaited, "{steps:?}");
    }
}

#[test]
fn a_contradiction_moves_nothing_is_told_once_and_never_goes_back() {
    let payment = after(&payment(), &[("a", GatewayStatus::Pending)]);
    let (doubted, fact) = payment.contradicted(attempt(), at(5), at(6)).unwrap();
    assert_eq!((doubted.status(), fact.change()), (payment.status(), None));
    assert_eq!(doubted.contradicted(attempt(), at(5), at(7)), None);
    assert_eq!(doubted.contradicted(attempt(), at(4), at(7)), None);
    let (again, _) = doubted.contradicted(attempt(), at(8), at(9)).unwrap();
    assert_eq!(again.attempts[0].contradicted_at, Some(at(8)));
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
    let silent = Observation { fraud: None, ..challenged.clone() };
    assert_eq!(held.observe(attempt(), &silent, T0), None, "silence is no acceptance");
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

use super::super::{Callback, Receipt, Verdict};

/// A hint about the attempt that came at second 5.
fn callback(status: &str) -> Callback {
    Callback {
        digest: [0; 32],
        attempt: Some(attempt()),
        order_id: None,
        transaction_id: "a".into(),
        status: status.into(),
        amount: Some(Money::rupiah(185_000)),
        receipt: Receipt::Hint,
        body: String::new(),
        times: 1,
        received_at: at(5),
        last_at: at(5),
    }
}

/// What lies ahead of both has to be asked about: late money after a cancel, a void after a capture.
#[test]
fn a_claim_is_stale_only_if_it_cannot_be_news() {
    for known in GatewayStatus::ALL {
        let payment = after(&payment(), &[("a", known)]);
        for claimed in GatewayStatus::ALL {
            let verdict = callback(claimed.as_str()).verdict(Some(&payment));
            if claimed != known && known.may_become(claimed) {
                assert_eq!(verdict, Verdict::Unconfirmed, "{known}, claimed {claimed}");
            }
        }
    }
}

#[test]
fn a_verdict_is_what_the_gateway_said_when_asked() {
    let paid = after(&payment(), &[("a", GatewayStatus::Settlement)]);
    let verdicts = ["settlement", "pending", "refund", "settled_v2"]
        .map(|status| callback(status).verdict(Some(&paid)));
    assert_eq!(
        verdicts,
        [Verdict::Confirmed, Verdict::Stale, Verdict::Unconfirmed, Verdict::Unconfirmed]
    );
    assert_eq!(callback("settlement").verdict(Some(&payment())), Verdict::Unconfirmed);
}

#[test]
fn only_what_was_asked_about_since_it_came_is_contradicted() {
    let pending = after(&payment(), &[("a", GatewayStatus::Pending)]);
    for (asked, verdict) in
        [(4, Verdict::Unconfirmed), (5, Verdict::Unconfirmed), (6, Verdict::Contradicted)]
    {
        let (asked, _) = pending.contradicted(attempt(), at(asked), at(9)).unwrap();
        assert_eq!(callback("settlement").verdict(Some(&asked)), verdict);
        assert_eq!(callback("pending").verdict(Some(&asked)), Verdict::Confirmed);
        let paid = after(&asked, &[("a", GatewayStatus::Settlement)]);
        assert_eq!(callback("settlement").verdict(Some(&paid)), Verdict::Confirmed);
    }
}

#[test]
fn what_was_plain_on_receipt_stays_the_verdict_but_for_an_order_that_came_late() {
    let paid = after(&payment(), &[("a", GatewayStatus::Settlement)]);
    let received = |receipt| Callback { receipt, ..callback("settlement") };
    for (receipt, verdict) in [
        (Receipt::Forged, Verdict::Forged),
        (Receipt::ForeignMerchant, Verdict::ForeignMerchant),
        (Receipt::CurrencyMismatch, Verdict::CurrencyMismatch),
        (Receipt::AmountMismatch, Verdict::AmountMismatch),
    ] {
        assert_eq!(received(receipt).verdict(Some(&paid)), verdict);
        assert_eq!(received(receipt).verdict(None), verdict);
        assert_eq!(Receipt::parse(receipt.as_str()), Some(receipt));
    }
    let early = received(Receipt::UnknownOrder);
    assert_eq!(early.verdict(None), Verdict::UnknownOrder);
    assert_eq!(early.verdict(Some(&paid)), Verdict::Confirmed);
    let stranger = Callback { attempt: None, ..early.clone() };
    assert_eq!(stranger.verdict(Some(&paid)), Verdict::UnknownOrder);
    let cheap = Callback { amount: Some(Money::rupiah(1)), ..early };
    assert_eq!(cheap.verdict(Some(&paid)), Verdict::AmountMismatch);
}
