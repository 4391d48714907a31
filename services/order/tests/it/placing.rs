//! Order, lines, timeline, event and idempotency row: visible together, once per key.

use crate::house::{House, TABLES, draft, draft_as, request};
use axum::body::Body;
use futures::future::join_all;
use serde_json::{Value, json};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn an_order_is_stored_with_all_that_belongs_to_it() {
    let house = House::new();
    let answer = house.place("key-1", &draft_as("INV-1")).await;
    let id = answer.id();
    assert_eq!(answer.location, Some(format!("/v1/orders/{id}")));
    assert_eq!(house.rows().await, [1, 2, 1, 1, 1], "{TABLES:?}");
    assert_eq!(house.facts(id).await, ["order_placed"]);
    assert_eq!(house.order(id).await.total.as_rupiah(), 185_000);
    assert_eq!(house.database.pulse().pending_events(), 1, "the relay knows");
    assert_eq!(house.get(&format!("/v1/orders/{id}")).await, (200, answer.json()));
    house.check(id).await;
}

#[tokio::test]
async fn an_order_is_placed_whole_or_not_at_all() {
    for broken in TABLES {
        let house = House::new();
        let stop = "BEGIN SELECT RAISE(ABORT, 'no'); END";
        house.execute(format!("CREATE TRIGGER no BEFORE INSERT ON {broken} {stop}")).await;
        let refused = house.place("key-1", &draft()).await;
        assert_eq!(refused.status, 500, "{broken}");
        assert_eq!(house.rows().await, [0; 5], "after a failure in {broken}");
        assert_eq!(house.database.pulse().pending_events(), 0);
        house.execute("DROP TRIGGER no".into()).await;
        let answer = house.place("key-1", &draft()).await;
        assert!(!answer.replayed);
        house.check(answer.id()).await;
    }
}

#[tokio::test]
async fn the_same_key_again_is_the_same_answer_byte_for_byte() {
    let house = House::new();
    let first = house.place("key-1", &draft()).await;
    let id = first.id();
    let paid = crate::house::payment(id, 1, "paid", 2);
    assert_eq!(house.told(&[paid]).await, [Ok(())]);
    for _ in 0..3 {
        let again = house.place("key-1", &draft()).await;
        assert!(again.replayed);
        assert_eq!((&again.text, &again.location), (&first.text, &first.location));
    }
    assert_eq!(house.count("orders").await, 1);
    house.check(id).await;
}

#[tokio::test]
async fn fifty_equal_requests_at_once_place_one_order() {
    let house = House::new();
    let body = draft_as("INV-1");
    let answers = join_all((0..50).map(|_| house.place("key-1", &body))).await;
    let id = answers[0].id();
    assert!(answers.iter().all(|a| a.text == answers[0].text && a.status == 201));
    assert_eq!(answers.iter().filter(|a| !a.replayed).count(), 1);
    assert_eq!(house.rows().await, [1, 2, 1, 1, 1]);
    house.check(id).await;
}

#[tokio::test]
async fn fifty_requests_at_once_with_their_own_keys_place_fifty() {
    let house = House::new();
    let keys: Vec<String> = (0..50).map(|n| format!("key-{n}")).collect();
    let body = draft();
    let answers = join_all(keys.iter().map(|key| house.place(key, &body))).await;
    assert_eq!(house.rows().await, [50, 100, 50, 50, 50]);
    for answer in answers {
        assert!(!answer.replayed);
        house.check(answer.id()).await;
    }
}

#[tokio::test]
async fn a_request_is_what_it_means_and_not_how_it_is_written() {
    let house = House::new();
    let first = house.place("key-1", &draft()).await;
    let spaced = serde_json::to_string_pretty(&draft()).unwrap();
    let mut request = request("key-1", &draft());
    *request.body_mut() = Body::from(spaced);
    let again = house.ask(request).await;
    assert!(again.replayed);
    assert_eq!(again.text, first.text);
}

#[tokio::test]
async fn what_is_told_is_what_was_ordered_and_who_asked() {
    let house = House::new();
    let mut request = request("key-1", &draft_as("INV-1"));
    request.headers_mut().insert("traceparent", TRACE.parse().unwrap());
    let id = house.ask(request).await.id();
    let body = house
        .database
        .read(|c| c.query_row("SELECT body FROM outbox", [], |row| row.get::<_, String>(0)));
    let event: Value = serde_json::from_str(&body.await.unwrap()).unwrap();
    assert_eq!((&event["type"], &event["sequence"]), (&json!("order.created.v1"), &json!(1)));
    assert_eq!((&event["correlationid"], &event["traceparent"]), (&json!("req-1"), &json!(TRACE)));
    assert_eq!(event["subject"], id.to_string());
    let data = &event["data"];
    assert_eq!((&data["total_amount"], &data["currency"]), (&json!(185_000), &json!("IDR")));
    assert_eq!((&data["reference"], &data["locale"]), (&json!("INV-1"), &json!("id")));
    assert_eq!(data["lines"], draft()["lines"]);
    let [placed] = &house.story(id).await.timeline[..] else { panic!() };
    assert_eq!((placed.correlation.as_str(), placed.actor.as_str()), ("req-1", "api"));
    assert!(!placed.detail.contains("budi"), "no personal data in the timeline");
}
