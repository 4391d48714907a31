//! `order.created` becomes one payment, whatever order and however often it comes.

use crate::house::{House, ORDER, event_of, order, order_created, order_event};
use kernel::{Retryability, Uuid};
use payment::models::PaymentStatus;
use serde_json::{Value, json};

#[tokio::test]
async fn an_order_opens_a_payment_an_attempt_and_a_job() {
    let house = House::opened().await;
    let payment = house.find().await.unwrap();
    assert_eq!((payment.version.0, payment.state.status()), (1, PaymentStatus::Opening));
    assert_eq!(payment.state.attempts.len(), 1);
    assert_eq!(payment.state.bill.lines[0].name, "Kopi");
    assert_eq!(house.facts().await, ["payment_opened"]);
    assert_eq!(house.jobs().await, [("gateway.create_page".to_owned(), 0.0)]);
    let story = house.story().await;
    assert_eq!(story.jobs[0].target, payment.state.attempts[0].id.uuid());
    assert_eq!(story.inbox[0].state, "handled");
    assert_eq!(story.outbox, [], "nobody can pay yet, so nobody is told");
    assert_eq!(house.gateway.created(), [], "consumers call nobody");
    house.check().await;
}

#[tokio::test]
async fn one_event_opens_one_payment_however_often_it_comes() {
    let house = House::new();
    for _ in 0..2 {
        assert_eq!(house.told(&[order_created(1)]).await, [Ok(())]);
    }
    let twice = [order_created(1), order_created(1)];
    assert_eq!(house.told(&twice).await, [Ok(()), Ok(())]);
    assert_eq!((house.count("payments").await, house.count("jobs").await), (1, 1));
    house.check().await;
}

#[tokio::test]
async fn a_first_batch_with_the_same_event_twice_opens_one_payment() {
    let house = House::new();
    let twice = [order_created(1), order_created(1)];
    assert_eq!(house.told(&twice).await, [Ok(()), Ok(())]);
    assert_eq!((house.count("payments").await, house.count("attempts").await), (1, 1));
    house.check().await;
}

#[tokio::test]
async fn two_instances_that_get_one_event_at_once_open_one_payment() {
    let house = House::new();
    let event = [order_created(1)];
    let (one, other) = tokio::join!(house.told(&event), house.told(&event));
    assert_eq!((one, other), (vec![Ok(())], vec![Ok(())]));
    assert_eq!((house.count("payments").await, house.count("jobs").await), (1, 1));
    house.check().await;
}

#[tokio::test]
async fn another_event_about_the_same_order_finds_its_payment() {
    let house = House::opened().await;
    let attempt = house.attempt().await;
    assert_eq!(house.told(&[order_created(2)]).await, [Ok(())], "it counts as handled");
    assert_eq!((house.count("payments").await, house.count("attempts").await), (1, 1));
    assert_eq!(house.attempt().await, attempt);

    let both = House::new();
    assert_eq!(both.told(&[order_created(1), order_created(2)]).await, [Ok(()), Ok(())]);
    assert_eq!((both.count("payments").await, both.count("jobs").await), (1, 1));
    both.check().await;
}

#[tokio::test]
async fn a_payment_is_opened_whole_or_not_at_all() {
    let tables = ["payments", "attempts", "timeline", "jobs", "inbox"];
    for broken in tables {
        let house = House::new();
        let stop = "BEGIN SELECT RAISE(ABORT, 'no'); END";
        house.execute(format!("CREATE TRIGGER no BEFORE INSERT ON {broken} {stop}")).await;
        assert!(house.told(&[order_created(1)]).await[0].is_err(), "{broken}");
        for table in tables {
            assert_eq!(house.count(table).await, 0, "{table} after a failure in {broken}");
        }
        house.execute("DROP TRIGGER no".into()).await;
        house.open().await;
        house.check().await;
    }
}

#[tokio::test]
async fn what_cannot_be_billed_is_refused_for_good_and_alone() {
    let house = House::new();
    let with = |field: &str, value: Value| {
        let mut data = order();
        data[field] = value;
        data
    };
    let batch = [
        order_event(1, ORDER, &with("currency", json!("USD"))),
        order_event(2, ORDER, &with("total_amount", json!(0))),
        order_event(3, Uuid::from_u128(9), &order()),
        order_event(4, ORDER, &with("email", json!("budi@example.com\r\nBcc: x@evil.id"))),
        event_of(5, ORDER, "order.created.v2", &order()),
        order_event(6, ORDER, &json!({ "order_id": ORDER.to_string() })),
        order_created(7),
    ];
    let results = house.told(&batch).await;
    let kinds: Vec<_> = results.iter().map(|r| r.as_ref().map_err(|f| f.retryability)).collect();
    let (good, bad) = kinds.split_last().unwrap();
    assert!(bad.iter().all(|kind| *kind == Err(Retryability::Permanent)), "{results:?}");
    assert_eq!(*good, Ok(&()), "a bad event does not fail its neighbours");
    assert_eq!(house.count("payments").await, 1);
    house.check().await;
}
