//! What is heard becomes one message for each fact, whatever order and however often it comes.

use crate::house::{House, ORDER, PAYMENT, event, order, payment, payment_as, payment_data};
use kernel::{Retryability, Uuid};
use messaging::Event;
use notification::models::{MessageStatus, Template};
use serde_json::json;
use std::time::Duration;
use storage::Operations;

#[tokio::test]
async fn one_fact_is_one_message_however_often_it_is_heard() {
    let house = House::new();
    let both = [order(ORDER, 1), payment("pending", 2)];
    for _ in 0..3 {
        assert_eq!(house.told(&both).await, [Ok(()), Ok(())]);
    }
    let twice = [payment("pending", 2), payment("pending", 2), order(ORDER, 1)];
    assert_eq!(house.told(&twice).await, [Ok(()), Ok(()), Ok(())]);
    let message = house.only().await;
    assert_eq!((message.template, message.status), (Template::Pending, MessageStatus::Queued));
    assert_eq!(message.recipient.reveal(), "budi@example.com");
    assert!(message.content.text.contains(&format!("https://toko.id/pay/{ORDER}")));
    assert_eq!(house.work(Duration::ZERO).await, 1);
    assert_eq!(house.work(Duration::from_secs(3600)).await, 0);
    assert_eq!(house.taken().len(), 1);
}

#[tokio::test]
async fn a_payment_before_its_order_waits_and_is_told_after() {
    let house = House::new();
    let mut subscription = house.subscribe().await;
    house.deliver(&mut *subscription, &payment("paid", 2)).await;
    let story = house.database.story(ORDER).await.unwrap();
    assert_eq!(story.inbox[0].state, "deferred");
    assert_eq!(story.inbox[0].reason.as_deref(), Some("the order is not known here yet"));

    house.deliver(&mut *subscription, &order(ORDER, 1)).await;
    assert_eq!(house.all().await, []);
    house.clock.advance(Duration::from_secs(10));
    assert_eq!(house.service.consumer.retry_once().await.unwrap(), 1);
    assert_eq!(house.only().await.template, Template::Paid);
    let story = house.database.story(ORDER).await.unwrap();
    assert!(story.inbox.iter().all(|entry| entry.state == "handled"), "{:?}", story.inbox);
    assert!(story.dead_letters.is_empty());
}

#[tokio::test]
async fn a_batch_may_hold_the_payment_before_the_order_and_answers_in_order() {
    let house = House::new();
    let unknown = Uuid::from_u128(77);
    let mut stray = payment("paid", 5);
    stray.subject = unknown;
    let broken = event("payment", "payment.status.updated", ORDER, 6, 6, &json!({}));
    let batch = [payment("paid", 2), stray, broken, order(ORDER, 1), payment("refunded", 3)];
    let results = house.told(&batch).await;
    let kinds: Vec<_> =
        results.iter().map(|r| r.as_ref().err().map(|failure| failure.retryability)).collect();
    let (transient, permanent) = (Retryability::Transient, Retryability::Permanent);
    assert_eq!(kinds, [None, Some(transient), Some(permanent), None, None]);
    let templates: Vec<_> = house.all().await.iter().map(|m| m.template).collect();
    assert_eq!(templates, [Template::Refunded, Template::Paid]);
}

#[tokio::test]
async fn what_is_no_news_is_recorded_and_told_to_nobody() {
    let house = House::new();
    let results = house.told(&[order(ORDER, 1), payment("authorized", 2)]).await;
    assert_eq!(results, [Ok(()), Ok(())]);
    assert_eq!(house.all().await, []);
    let story = house.database.story(ORDER).await.unwrap();
    assert_eq!(story.inbox.len(), 2);
    assert!(story.inbox.iter().all(|entry| entry.state == "handled"));
    assert!(story.jobs.is_empty());
}

#[tokio::test]
async fn every_end_of_an_order_is_told_once() {
    for status in [
        "cancelled",
        "expired",
        "refunded",
        "partially_refunded",
        "reversed",
        "charged_back",
        "refund_manual_required",
        "challenged",
    ] {
        let house = House::with(status).await;
        assert_eq!(house.told(&[payment(status, 2)]).await, [Ok(())]);
        assert_eq!(house.only().await.template.as_str(), status);
        assert_eq!(house.work(Duration::ZERO).await, 1);
        assert_eq!(house.taken().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_partial_refund_tells_how_much_went_back() {
    for (n, (told, expected)) in (2..).zip([
        (json!(85_000), Some("Rp85.000")),
        (json!(null), None),
        (json!(0), None),
        (json!(-5), None),
        (json!(i64::MAX), Some("Rp9.223.372.036.854.775.807")),
    ]) {
        let house = House::new();
        let mut data = payment_data("partially_refunded");
        data["refunded_amount"] = told.clone();
        let sequence = u32::try_from(n).unwrap();
        let refund = event("payment", "payment.status.updated", ORDER, n, sequence, &data);
        assert_eq!(house.told(&[order(ORDER, 1), refund]).await, [Ok(()), Ok(())]);
        let text = house.only().await.content.text;
        assert_eq!(text.contains("sejauh ini"), expected.is_some(), "{told}: {text}");
        assert!(expected.is_none_or(|amount| text.contains(amount)), "{told}: {text}");
    }
}

#[tokio::test]
async fn money_that_goes_back_is_told_once_and_not_as_a_payment() {
    let why =
        [Some(("late_money", "sudah berakhir")), Some(("called_off", "sudah dibatalkan")), None];
    for told in why {
        let house = House::new();
        let mut data = payment_data("paid");
        if let Some((word, _)) = told {
            (data["goes_back"], data["goes_back_amount"]) = (json!(word), json!(184_000));
        }
        let paid = event("payment", "payment.status.updated", ORDER, 2, 2, &data);
        assert_eq!(house.told(&[order(ORDER, 1), paid]).await, [Ok(()), Ok(())]);
        let message = house.only().await;
        assert_eq!(message.template, Template::Paid);
        assert_eq!(message.content.subject.contains("kami kembalikan"), told.is_some());
        let text = message.content.text;
        assert_eq!(text.contains("sudah dikonfirmasi"), told.is_none());
        assert_eq!(text.contains("Rp184.000"), told.is_some());
        assert!(told.is_none_or(|(_, words)| text.contains(words)), "{text}");
    }
}

/// That money is to go back.
fn refund(cause: &str, n: u128, sequence: u32, by_hand: bool) -> Event {
    let data = json!({
        "payment_id": PAYMENT, "order_id": ORDER.to_string(), "refund_id": "R-1",
        "amount": 187_000, "currency": "IDR", "cause": cause, "by_hand": by_hand,
    });
    event("payment", "refund.requested", ORDER, n, sequence, &data)
}

#[tokio::test]
async fn of_refunds_that_are_asked_for_only_that_of_a_second_payment_is_told() {
    let house = House::with("paid").await;
    for (n, cause) in (10..).zip(["asked", "called_off", "late_money"]) {
        let sequence = u32::try_from(n).unwrap();
        assert_eq!(house.told(&[refund(cause, n, sequence, true)]).await, [Ok(())], "{cause}");
    }
    assert_eq!(house.only().await.template, Template::Paid);
    // A status that is told with the same sequence, whichever comes first.
    let by_hand = payment_as("refund_manual_required", 20, 20);
    let both = [refund("asked", 21, 20, true), by_hand];
    assert_eq!(house.told(&both).await, [Ok(()), Ok(())]);
    assert_eq!(house.all().await[0].template, Template::RefundManualRequired);
    let unknown = house.told(&[refund("a_whim", 30, 30, true)]).await;
    assert!(unknown[0].is_err(), "{unknown:?}");
}

#[tokio::test]
async fn who_paid_twice_is_told_of_each_payment_once() {
    for (by_hand, words) in [(false, "kami kembalikan"), (true, "transfer secara manual")] {
        // Both at once, as when both were found by one look; the second again, under another id too.
        let house = House::new();
        let second = |n| refund("second_payment", n, 3, by_hand);
        let both = [order(ORDER, 1), payment("paid", 2), second(3)];
        for _ in 0..2 {
            assert_eq!(house.told(&both).await, [Ok(()), Ok(()), Ok(())]);
        }
        assert_eq!(house.told(&[second(99)]).await, [Ok(())]);
        let [second, first] = house.all().await.try_into().unwrap();
        assert_eq!((first.template, second.template), (Template::Paid, Template::PaidTwice));
        assert_eq!((first.origin.sequence, second.origin.sequence), (2, 3));
        let text = second.content.text;
        assert!(text.contains("Rp187.000") && text.contains(words), "{text}");
        assert_eq!(house.work(Duration::ZERO).await, 2);
        assert_eq!(house.taken().len(), 2);
    }
}

#[tokio::test]
async fn a_stale_fact_is_told_too() {
    let house = House::with("paid").await;
    assert_eq!(house.told(&[payment_as("pending", 9, 1)]).await, [Ok(())]);
    assert_eq!(house.all().await.len(), 2);
}

#[tokio::test]
async fn the_same_fact_under_another_event_id_is_told_once() {
    let house = House::with("paid").await;
    assert_eq!(house.told(&[payment_as("paid", 99, 2)]).await, [Ok(())]);
    assert_eq!(house.all().await.len(), 1);
    let story = house.database.story(ORDER).await.unwrap();
    assert_eq!(story.inbox.len(), 3, "what was heard is in the inbox");
    assert_eq!(house.work(Duration::ZERO).await, 1);
}

#[tokio::test]
async fn another_channel_is_another_message_and_the_same_channel_is_not() {
    let house = House::with("paid").await;
    let copy = |id: u128, channel: &'static str| {
        house.database.write(move |connection| {
            connection.execute(
                "INSERT INTO messages SELECT ?1, version, account, order_id, source, aggregate,
                     sequence, ?2, template, status, recipient, locale, subject, body_text,
                     body_html, attempts, resends, last_error, created_at, updated_at, sent_at
                 FROM messages WHERE channel = 'email'",
                (Uuid::from_u128(id), channel),
            )
        })
    };
    assert_eq!(copy(1, "whatsapp").await, Ok(1));
    assert!(copy(2, "email").await.is_err(), "the natural key must hold");
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_parked_without_saying_whose_it_is() {
    let house = House::new();
    let data = json!({
        "order_id": ORDER.to_string(), "email": "budi@example.com\r\nBcc: x@evil.id",
        "customer_name": "Budi", "locale": "id", "total_amount": 1, "currency": "IDR",
        "lines": [],
    });
    let unfit = event("order", "order.created", ORDER, 1, 1, &data);
    let [Err(failure)] = &house.told(&[unfit]).await[..] else { panic!() };
    assert_eq!(failure.retryability, Retryability::Permanent);
    assert_eq!(failure.reason, "email is not an e-mail address");
}

#[tokio::test]
async fn the_timeline_tells_the_message_and_no_address() {
    let house = House::with("paid").await;
    house.work(Duration::ZERO).await;
    let story = house.database.story(ORDER).await.unwrap();
    let mut what: Vec<_> = story.timeline.iter().map(|row| row.what.as_str()).collect();
    what.sort_unstable();
    assert_eq!(what, ["contact_noted", "message_queued", "message_sent"]);
    let all = format!("{story:?}");
    assert!(!all.contains("budi") && !all.contains("Budi"), "{all}");
    assert!(story.timeline.iter().all(|row| row.correlation == "req-1"));
}
