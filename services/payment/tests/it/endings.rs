//! How payments end: called off, overdue, paid meanwhile, late. The gateway has the last word.

use crate::gateway::{seen, unavailable};
use crate::house::{DAY, House, MINUTE, NOW, ORDER, event_of};
use kernel::Money;
use messaging::Event;
use payment::models::{
    Fraud, GatewayStatus, Observation, PaymentStatus, RefundCause, RefundSeen, RefundState,
};
use payment::usecase::ports::{PaymentJob, RefundAnswer};
use serde_json::{Value, json};
use std::time::Duration;

pub const OVERDUE: Duration = Duration::from_secs(24 * 3600 + 16 * 60);

pub fn cancel(n: u128, refund_if_paid: bool) -> Event {
    let data = json!({ "order_id": ORDER.to_string(), "refund_if_paid": refund_if_paid });
    event_of(n, ORDER, "order.cancel.requested.v1", &data)
}

pub async fn called_off(house: &House, refund_if_paid: bool) {
    assert_eq!(house.told(&[cancel(2, refund_if_paid)]).await, [Ok(())]);
}

/// Works until nothing is due.
pub async fn work_all(house: &House, after: Duration) {
    house.clock.advance(after);
    for _ in 0..20 {
        if house.work(NOW).await == 0 {
            return;
        }
    }
    panic!("it never rests: {:?}", house.all_jobs().await);
}

#[tokio::test]
async fn a_page_that_nobody_used_is_closed_when_called_off() {
    let house = House::ready().await;
    called_off(&house, false).await;
    assert_eq!(house.status().await, PaymentStatus::Pending, "a wish ends nothing");
    work_all(&house, NOW).await;
    assert_eq!(house.gateway.acts(), ["close token-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
    assert_eq!(house.statuses_told().await, ["pending", "cancelled"]);
    called_off(&house, false).await;
    work_all(&house, NOW).await;
    assert_eq!(house.gateway.acts().len(), 1, "the same event again does nothing");
}

#[tokio::test]
async fn a_transaction_that_waits_is_cancelled_and_the_gateway_is_asked_what_became_of_it() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    called_off(&house, false).await;
    work_all(&house, NOW).await;
    assert_eq!(house.gateway.acts(), ["cancel tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
    assert_eq!(house.statuses_told().await, ["pending", "cancelled"]);
}

#[tokio::test]
async fn paid_meanwhile_stays_paid_or_goes_back_as_the_caller_asked() {
    for (wanted, end) in [(false, PaymentStatus::Paid), (true, PaymentStatus::Refunded)] {
        let house = House::ready().await;
        house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        called_off(&house, wanted).await;
        work_all(&house, NOW).await;
        work_all(&house, MINUTE).await;
        assert_eq!(house.status().await, end, "{wanted}");
        let refunds = house.payment().await.refunds;
        assert_eq!(refunds.len(), usize::from(wanted));
        assert!(refunds.iter().all(|r| r.cause == RefundCause::CalledOff));
    }
}

/// A house whose transaction stands so when it is to be ended, and is paid before it can be: the
/// gateway refuses the ending with 412.
async fn overtaken(before: (GatewayStatus, Option<Fraud>), paid_as: GatewayStatus) -> House {
    let house = House::ready().await;
    let attempt = house.attempt().await;
    let stands = |(status, fraud)| Observation { fraud, ..seen(attempt, "tx-1", status) };
    house.gateway.knows(stands(before));
    assert_eq!(house.callback("tx-1", before.0.as_str()).await, 200);
    assert_eq!(house.work(NOW).await, 1);
    house.gateway.overtaken_by(stands((paid_as, before.1.map(|_| Fraud::Accept))));
    house
}

#[tokio::test]
async fn what_is_paid_between_our_look_and_our_calling_off_is_looked_at_again() {
    use GatewayStatus::{Authorize, Capture, Pending, Settlement};
    for (before, paid_as) in [
        ((Pending, None), Settlement),
        ((Authorize, None), Settlement),
        ((Capture, Some(Fraud::Challenge)), Settlement),
    ] {
        for wanted in [false, true] {
            let house = overtaken(before, paid_as).await;
            called_off(&house, wanted).await;
            let looks = house.gateway.asked().len();
            assert_eq!(house.work(NOW).await, 1);
            let attempt = house.attempt().await.to_string();
            assert_eq!(house.gateway.asked()[looks..], [attempt, "tx-1".to_owned()], "twice");
            assert_eq!(house.gateway.acts(), ["cancel tx-1"], "{before:?}");
            assert_eq!(told_to_go_back(&house).await, [wanted.then(|| "called_off".to_owned())]);
            work_all(&house, MINUTE).await;
            let refunds = house.payment().await.refunds;
            let acts = refunds.iter().map(|refund| format!("refund {}", refund.key));
            let acts: Vec<String> = std::iter::once("cancel tx-1".to_owned()).chain(acts).collect();
            assert_eq!(house.gateway.acts(), acts, "{before:?}");
            let end = if wanted { PaymentStatus::Refunded } else { PaymentStatus::Paid };
            assert_eq!(house.status().await, end, "{before:?}");
            let back = refunds.iter().map(|r| (r.cause, r.amount.as_rupiah(), r.state.clone()));
            let whole = (RefundCause::CalledOff, 185_000, RefundState::Taken);
            assert_eq!(back.collect::<Vec<_>>(), vec![whole; usize::from(wanted)], "{before:?}");
            house.check().await;
        }
    }
}

#[tokio::test]
async fn what_is_paid_between_our_look_and_its_expiry_is_paid_in_time() {
    use GatewayStatus::{Authorize, Capture, Pending, Settlement};
    for (before, paid_as, act, told) in [
        (Pending, Settlement, "expire tx-1", &["pending", "paid"][..]),
        (Pending, Capture, "expire tx-1", &["pending", "paid"]),
        (Authorize, Settlement, "cancel tx-1", &["pending", "authorized", "paid"]),
    ] {
        let house = overtaken((before, None), paid_as).await;
        let looks = house.gateway.asked().len();
        work_all(&house, OVERDUE).await;
        assert_eq!(house.gateway.acts(), [act], "{before} {paid_as}");
        // A poll asks about the attempt: by its own id only the second look does.
        assert!(house.gateway.asked()[looks..].iter().any(|id| id == "tx-1"), "looked at again");
        work_all(&house, MINUTE).await;
        assert_eq!(house.gateway.acts(), [act], "{before} {paid_as}");
        let payment = house.payment().await;
        assert_eq!((payment.status(), payment.refunds.len()), (PaymentStatus::Paid, 0));
        assert!(payment.transactions().all(|transaction| !transaction.late), "{before} {paid_as}");
        assert_eq!(told_to_go_back(&house).await, [None], "it came in time: {before} {paid_as}");
        assert_eq!(house.statuses_told().await, told, "{before} {paid_as}");
        house.check().await;
    }
}

/// The gateway said "another state", and then nothing: which one, the next run asks.
#[tokio::test]
async fn a_second_look_that_fails_decides_nothing_and_is_made_up_for() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    called_off(&house, true).await;
    let first_look = house.gateway.hold_status();
    let customer = async {
        first_look.reached().await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        house.gateway.asking_fails([unavailable("down")]);
        first_look.open();
    };
    assert_eq!(tokio::join!(house.work(NOW), customer), (1, ()));
    assert_eq!(house.gateway.acts(), ["cancel tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Pending, "nobody knows yet");
    work_all(&house, MINUTE).await;
    work_all(&house, MINUTE).await;
    let [refund] = <[_; 1]>::try_from(house.payment().await.refunds).unwrap();
    assert_eq!(house.gateway.acts(), ["cancel tx-1".to_owned(), format!("refund {}", refund.key)]);
    assert_eq!(refund.cause, RefundCause::CalledOff);
    assert_eq!(house.statuses_told().await, ["pending", "paid", "refunded"]);
}

#[tokio::test]
async fn a_wish_that_comes_after_the_money_gives_it_back_once() {
    let house = House::paid_with("tx-1").await;
    called_off(&house, true).await;
    assert_eq!(house.told(&[cancel(3, true)]).await, [Ok(())]);
    work_all(&house, NOW).await;
    work_all(&house, MINUTE).await;
    assert_eq!(house.status().await, PaymentStatus::Refunded);
    assert_eq!(house.gateway.acts().len(), 1, "{:?}", house.gateway.acts());
    assert_eq!(house.payment().await.refunds[0].cause, RefundCause::CalledOff);
}

#[tokio::test]
async fn a_wish_before_its_order_waits() {
    let house = House::new();
    let answers = house.told(&[cancel(2, false)]).await;
    assert!(answers[0].as_ref().is_err_and(|failure| failure.reason.contains("not known")));
    house.open().await;
    called_off(&house, false).await;
    work_all(&house, NOW).await;
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
}

#[tokio::test]
async fn nothing_expires_by_our_clock_alone() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    house.gateway.ending_fails([unavailable("down"), unavailable("down")]);
    work_all(&house, OVERDUE).await;
    assert_eq!(house.status().await, PaymentStatus::Pending, "the gateway has not said so");
    work_all(&house, MINUTE).await;
    work_all(&house, 5 * MINUTE).await;
    assert_eq!(house.status().await, PaymentStatus::Expired);
    assert!(house.gateway.acts().iter().all(|act| act == "expire tx-1"));
}

#[tokio::test]
async fn a_reserved_amount_is_let_go_at_the_deadline() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Authorize).await;
    work_all(&house, OVERDUE).await;
    assert_eq!(house.gateway.acts(), ["cancel tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
}

#[tokio::test]
async fn a_page_that_dies_in_silence_expires_the_payment_after_its_deadline() {
    let house = House::ready().await;
    work_all(&house, DAY).await;
    assert_eq!(house.status().await, PaymentStatus::Pending, "not before the grace is over");
    work_all(&house, 16 * MINUTE).await;
    assert_eq!(house.gateway.acts(), ["close token-1"]);
    assert_eq!(house.status().await, PaymentStatus::Expired);
    assert_eq!(house.statuses_told().await, ["pending", "expired"]);
}

#[tokio::test]
async fn a_denied_customer_may_try_again_until_the_deadline_and_then_it_is_over() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Deny).await;
    assert_eq!(house.status().await, PaymentStatus::Denied);
    house.hears_the_truth("tx-2", GatewayStatus::Pending).await;
    assert_eq!(house.status().await, PaymentStatus::Pending);
    house.gateway_knows("tx-2", GatewayStatus::Deny).await;
    work_all(&house, OVERDUE).await;
    assert_eq!(house.status().await, PaymentStatus::Expired);
}

#[tokio::test]
async fn money_that_arrives_after_the_end_goes_back() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    work_all(&house, OVERDUE).await;
    assert_eq!(house.status().await, PaymentStatus::Expired);
    // No callback: the looks after the end find it.
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    work_all(&house, 7 * MINUTE).await;
    work_all(&house, MINUTE).await;
    let refunds = house.payment().await.refunds;
    assert_eq!((refunds.len(), refunds[0].cause), (1, RefundCause::Late));
    assert_eq!(refunds[0].state, RefundState::Taken);
    assert_eq!(house.status().await, PaymentStatus::Refunded);
}

/// What others were told of refunds, as sequence, cause, amount and whether by hand.
async fn requested(house: &House) -> Vec<(String, String, i64, bool)> {
    let events = house.events().await.into_iter();
    let refunds = events.filter(|event| event["type"] == "refund.requested.v1");
    let told = |event: Value| {
        let data = &event["data"];
        assert!(data["payment_status"].is_null(), "it is no status: {event}");
        let cause = data["cause"].as_str().unwrap().to_owned();
        let number = event["sequence"].to_string().trim_matches('"').to_owned();
        (number, cause, data["amount"].as_i64().unwrap(), data["by_hand"].as_bool().unwrap())
    };
    refunds.map(told).collect()
}

/// What the timeline says was asked for: the sequences of those facts.
async fn asked(house: &House) -> Vec<String> {
    let timeline = house.story().await.timeline;
    let asked = timeline.iter().filter(|fact| fact.what == "refund_asked");
    asked.map(|fact| fact.version.to_string()).collect()
}

/// Why money goes back, by what told that it arrived.
async fn told_to_go_back(house: &House) -> Vec<Option<String>> {
    let told = house.events().await.into_iter().filter(|e| e["type"] != "refund.requested.v1");
    let told = told.map(|mut event| event["data"].take());
    let (paid, others): (Vec<_>, Vec<_>) = told.partition(|data| data["payment_status"] == "paid");
    let why = |data: Value| {
        let why = data["goes_back"].as_str().map(str::to_owned);
        let amount = data["goes_back_amount"].as_i64();
        assert_eq!(amount, why.as_ref().map(|_| 185_000), "{data}");
        why
    };
    assert!(others.into_iter().all(|data| why(data).is_none()), "said of what arrived alone");
    paid.into_iter().map(why).collect()
}

/// A house whose payment ended, and to which money came for all that.
async fn paid_late(method: &str) -> House {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    work_all(&house, OVERDUE).await;
    let method = Some(method.to_owned());
    let attempt = house.attempt().await;
    house.gateway.knows(Observation { method, ..seen(attempt, "tx-1", GatewayStatus::Settlement) });
    house.callback("tx-1", "settlement").await;
    work_all(&house, NOW).await;
    house
}

#[tokio::test]
async fn money_that_goes_back_is_told_as_such_and_other_money_is_not() {
    let why = |word: &str| Some(word.to_owned());
    let late = paid_late("qris").await;
    assert_eq!(told_to_go_back(&late).await, [why("late_money")]);
    assert_eq!(late.statuses_told().await, ["pending", "expired", "paid", "refunded"]);
    let by_hand = paid_late("bank_transfer").await;
    assert_eq!(told_to_go_back(&by_hand).await, [why("late_money")]);
    assert_eq!(by_hand.status().await, PaymentStatus::RefundManualRequired);
    for (house, is_by_hand) in [(&late, false), (&by_hand, true)] {
        let [refund] = requested(house).await.try_into().unwrap();
        let [sequence] = asked(house).await.try_into().unwrap();
        assert_eq!(refund, (sequence, "late_money".to_owned(), 185_000, is_by_hand));
    }
    for wanted in [true, false] {
        let house = House::ready().await;
        called_off(&house, wanted).await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        work_all(&house, NOW).await;
        let wanted = wanted.then(|| "called_off".to_owned());
        assert_eq!(told_to_go_back(&house).await, [wanted]);
    }
    let paid = House::paid_with("tx-1").await;
    let told = paid.events().await.remove(1)["data"].take();
    let words = ["goes_back", "goes_back_amount"];
    assert!(words.iter().all(|word| told.get(word).is_none()), "said only if it is so: {told}");
}

/// The order was paid, and now `tx-2` is too.
async fn paid_twice(method: &str) -> House {
    let house = House::paid_with("tx-1").await;
    let method = Some(method.to_owned());
    let attempt = house.attempt().await;
    house.gateway.knows(Observation { method, ..seen(attempt, "tx-2", GatewayStatus::Settlement) });
    house.callback("tx-2", "settlement").await;
    work_all(&house, NOW).await;
    house
}

#[tokio::test]
async fn a_second_payment_goes_back_and_the_order_stays_paid() {
    for (method, by_hand) in [("qris", false), ("bank_transfer", true)] {
        let house = paid_twice(method).await;
        work_all(&house, MINUTE).await;
        let payment = house.payment().await;
        assert_eq!(payment.refunds.len(), 1);
        let refund = &payment.refunds[0];
        assert_eq!((refund.cause, refund.transaction.as_str()), (RefundCause::Second, "tx-2"));
        assert_eq!(payment.status(), PaymentStatus::Paid);
        assert_eq!(payment.open_items(), usize::from(by_hand));
        // Told although it moves nothing, and not as a status: nobody ships a paid order twice.
        assert_eq!(house.statuses_told().await, ["pending", "paid"]);
        assert_eq!(told_to_go_back(&house).await, [None]);
        let [sequence] = asked(&house).await.try_into().unwrap();
        let second = (sequence, "second_payment".to_owned(), 185_000, by_hand);
        assert_eq!(requested(&house).await, [second]);
    }
}

/// One look that finds both: each fact has its event and its sequence.
#[tokio::test]
async fn two_payments_found_at_once_are_two_events() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    house.gateway_knows("tx-2", GatewayStatus::Settlement).await;
    house.callback("tx-1", "settlement").await;
    house.callback("tx-2", "settlement").await;
    work_all(&house, NOW).await;
    assert_eq!(told_to_go_back(&house).await, [None]);
    assert_eq!(requested(&house).await.len(), 1);
    let events = house.events().await;
    let sequences: Vec<&Value> = events.iter().map(|event| &event["sequence"]).collect();
    assert!(sequences.windows(2).all(|two| two[0] != two[1]), "{sequences:?}");
    house.check().await;
}

/// One fact, two events: a refund by hand is asked for, and the payment waits for it.
#[tokio::test]
async fn a_refund_that_moves_the_status_is_told_as_both() {
    let house = paid_late("bank_transfer").await;
    let events = house.events().await;
    let [sequence] = asked(&house).await.try_into().unwrap();
    let of = |event: &&Value| event["sequence"].to_string().trim_matches('"') == sequence;
    let told: Vec<&Value> = events.iter().filter(of).map(|event| &event["type"]).collect();
    assert_eq!(told, ["payment.status.updated.v1", "refund.requested.v1"]);
    let ids: Vec<&Value> = events.iter().filter(of).map(|event| &event["id"]).collect();
    assert_ne!(ids[0], ids[1]);
    let status = events.iter().find(|event| of(event)).unwrap();
    assert_eq!(status["data"]["payment_status"], "refund_manual_required");
}

/// What was found to have gone back was never asked for.
#[tokio::test]
async fn a_refund_that_was_done_elsewhere_is_told_as_a_status_only() {
    let house = House::paid_with("tx-1").await;
    let attempt = house.attempt().await;
    let refunds = vec![RefundSeen { key: "k-1".into(), amount: Money::rupiah(1), confirmed: true }];
    let seen = seen(attempt, "tx-1", GatewayStatus::PartialRefund);
    house.gateway.knows(Observation { refunds, refunded: Some(Money::rupiah(1)), ..seen });
    house.callback("tx-1", "partial_refund").await;
    work_all(&house, NOW).await;
    assert_eq!(asked(&house).await.len(), 1);
    assert_eq!(requested(&house).await, []);
    assert_eq!(house.statuses_told().await, ["pending", "paid", "partially_refunded"]);
}

#[tokio::test]
async fn a_lost_job_that_gives_money_back_is_ordered_again() {
    for synced in [true, false] {
        let house = House::paid_with("tx-1").await;
        called_off(&house, true).await;
        house.execute("DELETE FROM jobs WHERE kind = 'gateway.give_back'".into()).await;
        let after = if synced { sync(&house).await } else { 7 * MINUTE };
        work_all(&house, after).await;
        assert_eq!(house.status().await, PaymentStatus::Refunded, "{synced}");
        assert_eq!(house.gateway.acts().len(), 1, "{synced}");
    }
}

/// Has a person ask for a look; how long that takes.
pub async fn sync(house: &House) -> Duration {
    let path = format!("/v1/payments/{}/sync", house.payment().await.id);
    assert_eq!(house.send(&path, None, json!({})).await.0, 202);
    NOW
}

#[tokio::test]
async fn a_lost_job_that_ends_what_is_overdue_or_called_off_is_ordered_again() {
    for wish in [true, false] {
        for synced in [true, false] {
            let house = House::ready().await;
            house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
            if wish {
                called_off(&house, false).await;
            }
            house.execute("DELETE FROM jobs WHERE kind = 'gateway.end_attempt'".into()).await;
            if !wish {
                house.clock.advance(OVERDUE);
            }
            let after = if synced { sync(&house).await } else { 61 * MINUTE };
            work_all(&house, after).await;
            let end = if wish { PaymentStatus::Cancelled } else { PaymentStatus::Expired };
            assert_eq!(house.status().await, end, "{wish} {synced}");
        }
    }
}

#[tokio::test]
async fn a_look_before_the_deadline_ends_nothing() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    house.clock.advance(DAY);
    let after = sync(&house).await;
    work_all(&house, after).await;
    assert_eq!(house.gateway.acts(), [""; 0], "the gateway's own scheduler is first");
    assert_eq!(house.status().await, PaymentStatus::Pending);
}

#[tokio::test]
async fn a_refund_that_the_gateway_does_not_tell_of_is_not_asked_for_without_a_pause() {
    let house = House::paid_with("tx-1").await;
    house.gateway.refunding([
        Ok(RefundAnswer::OtherState("not now".into())),
        Ok(RefundAnswer::OtherState("not now".into())),
    ]);
    called_off(&house, true).await;
    work_all(&house, NOW).await;
    assert_eq!(house.gateway.acts().len(), 1, "{:?}", house.gateway.acts());
    work_all(&house, MINUTE).await;
    assert_eq!(house.gateway.acts().len(), 2, "{:?}", house.gateway.acts());
}

#[tokio::test]
async fn a_reversal_is_found_without_a_callback() {
    let house = House::paid_with("tx-1").await;
    house.gateway_knows("tx-1", GatewayStatus::Deny).await;
    work_all(&house, 7 * MINUTE).await;
    assert_eq!(house.status().await, PaymentStatus::Reversed);
    let items = house.payment().await.items();
    assert_eq!(items.iter().map(|i| i.kind.as_str()).collect::<Vec<_>>(), ["reversed"]);
    let jobs = house.all_jobs().await;
    assert!(jobs.iter().any(|(kind, _)| kind == PaymentJob::CHECK_STATUS), "{jobs:?}");
}
