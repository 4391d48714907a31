//! The operations of a service whose database holds a little of everything.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use kernel::{Account, Cause, EventId, ManualClock, Timestamp, Uuid};
use messaging::{Event, EventDraft, Inbox, Malformed, Postponed};
use ops::dto::{BacklogDto, DeadLetterPage, StoryDto, StoryPage};
use serde_json::{Value, json};
use std::sync::Arc;
use storage::sqlite::{Migrations, Sqlite};
use tower::ServiceExt;

const ORDER: &str = "0192f0c1-2b3c-7d4e-8f50-617283940a1b";
const CONSUMER: &str = "shop.events";

fn now() -> Timestamp {
    "2026-11-22T05:04:00Z".parse().unwrap()
}

fn order() -> Uuid {
    Uuid::parse_str(ORDER).unwrap()
}

/// An event that was parked, a message that is none, a fact, an event to tell and a job.
async fn house() -> Router {
    house_with("").await
}

/// The same, and what `rows` adds.
async fn house_with(rows: &'static str) -> Router {
    let database = Sqlite::in_memory(Migrations::new(&[])).unwrap();
    database.park(CONSUMER, vec![garbage()], now()).await.unwrap();
    database.postpone(CONSUMER, vec![given_up()], now()).await.unwrap();
    database.write(|connection| connection.execute_batch(ROWS)).await.unwrap();
    database.write(|connection| connection.execute_batch(rows)).await.unwrap();
    let clock = Arc::new(ManualClock::new(now()));
    ops::routes("shop", Arc::new(database.clone()), Arc::new(database), clock)
}

const ROWS: &str = "
    INSERT INTO timeline VALUES (x'0192f0c12b3c7d4e8f50617283940a1b', 1,
        x'0192f0c12b3c7d4e8f50617283940a1b', 1795323840000000, 'order_placed',
        '{\"to\":\"pending\"}', x'01', 'req-1', NULL, NULL, 'api');
    INSERT INTO outbox (id, routing_key, subject, sequence, body, recorded_at) VALUES
        (x'0192f0c12b3c7d4e8f50617283940a1c', 'order.created',
         x'0192f0c12b3c7d4e8f50617283940a1b', 1, '{}', 1795323840000000);
    INSERT INTO jobs (id, kind, target, subject, run_at, since, correlation, actor) VALUES
        (x'0192f0c12b3c7d4e8f50617283940a1d', 'shop.call', x'0192f0c12b3c7d4e8f50617283940a1e',
         x'0192f0c12b3c7d4e8f50617283940a1b', 1795323840000000, 1795323840000000, 'req-1', 'api');
";

fn garbage() -> Malformed {
    Malformed { body: b"{ broken".to_vec(), routing_key: "k".into(), reason: "no event".into() }
}

fn given_up() -> Postponed {
    let draft = EventDraft {
        id: EventId(Uuid::from_u128(7)),
        source: "/orderflow/order",
        event_type: "order.created.v1",
        subject: order(),
        account: &Account::default(),
        time: now(),
        sequence: 1,
        cause: &Cause::begin("req-1", "api"),
        data: &json!({ "email": "budi@example.com", "total_amount": 185_000 }),
    };
    let event = Event::parse("order.created", &draft.to_json()).unwrap();
    Postponed { event, attempts: 6, next_at: None, reason: "it was too hard".into() }
}

async fn ask(house: &Router, method: &str, path: &str) -> (u16, String) {
    let request = Request::builder().method(method).uri(format!("/ops/shop{path}"));
    let response = house.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn get<T: serde::de::DeserializeOwned>(house: &Router, path: &str) -> T {
    let (status, body) = ask(house, "GET", path).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn the_backlog_counts_what_waits() {
    let backlog: BacklogDto = get(&house().await, "/backlog").await;
    let expected = BacklogDto {
        service: "shop".into(),
        outbox_pending: 1,
        outbox_oldest: Some("2026-11-22T05:04:00Z".into()),
        inbox_deferred: 0,
        jobs_open: 1,
        dead_letters_open: 2,
    };
    assert_eq!(backlog, expected);
}

#[tokio::test]
async fn the_story_of_an_order_is_whole_and_reads_back() {
    let story: StoryDto = get(&house().await, &format!("/orders/{ORDER}")).await;
    assert_eq!((story.service.as_str(), story.order_id.as_str()), ("shop", ORDER));
    let [fact] = &story.timeline[..] else { panic!("{story:?}") };
    assert_eq!((fact.what.as_str(), fact.aggregate.as_str()), ("order_placed", ORDER));
    assert_eq!(
        (fact.at.as_str(), &fact.detail),
        ("2026-11-22T05:04:00Z", &json!({"to": "pending"}))
    );
    assert_eq!(story.outbox[0].routing_key, "order.created");
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(story.outbox[0].digest, digest, "of its body, as sha256sum says it");
    let heard = &story.inbox[0];
    assert_eq!((heard.state.as_str(), heard.attempts), ("parked", 6));
    assert_eq!(heard.source.as_deref(), Some("/orderflow/order"));
    assert_eq!(heard.routing_key.as_deref(), Some("order.created"));
    let received = given_up().event.digest().map(|byte| format!("{byte:02x}"));
    assert_eq!(heard.digest, received.concat());
    assert_eq!(story.jobs[0].kind, "shop.call");
    let [letter] = &story.dead_letters[..] else { panic!("{story:?}") };
    assert_eq!(
        (letter.reason.as_str(), letter.order_id.as_deref()),
        ("it was too hard", Some(ORDER))
    );
    assert_eq!(
        letter.body["data"],
        json!({ "email": "b***@example.com", "total_amount": 185_000 })
    );
}

#[tokio::test]
async fn an_unknown_order_has_an_empty_story_and_what_is_no_id_is_nowhere() {
    let house = house().await;
    let story: StoryDto = get(&house, "/orders/0192f0c1-2b3c-7d4e-8f50-000000000000").await;
    assert!(story.timeline.is_empty() && story.inbox.is_empty());
    assert_eq!(ask(&house, "GET", "/orders/1").await.0, 404);
}

/// More orders, each with a fact; one before and two after the one that everything is about.
const MORE: &str = "
    INSERT INTO timeline SELECT id, 1, id, 0, 'placed', '{}', id, 'c', NULL, NULL, 'a' FROM (
        SELECT x'00000000000000000000000000000007' AS id
        UNION ALL SELECT x'0192f0c12b3c7d4e8f50617283940aff'
        UNION ALL SELECT x'f192f0c12b3c7d4e8f50617283940a1b');
";

fn told(page: &StoryPage) -> (Vec<&str>, bool) {
    (page.data.iter().map(|story| story.order_id.as_str()).collect(), page.has_more)
}

#[tokio::test]
async fn stories_come_by_order_a_page_at_a_time() {
    let house = house_with(MORE).await;
    let orders = [
        "00000000-0000-0000-0000-000000000007",
        ORDER,
        "0192f0c1-2b3c-7d4e-8f50-617283940aff",
        "f192f0c1-2b3c-7d4e-8f50-617283940a1b",
    ];
    let page: StoryPage = get(&house, "/stories").await;
    assert_eq!(told(&page), (orders.to_vec(), false));
    let alone: StoryDto = get(&house, &format!("/orders/{ORDER}")).await;
    assert_eq!(page.data[1], alone);
    let page: StoryPage = get(&house, "/stories?limit=3").await;
    assert_eq!(told(&page), (orders[..3].to_vec(), true));
    let page: StoryPage = get(&house, &format!("/stories?limit=2&after={ORDER}")).await;
    assert_eq!(told(&page), (orders[2..].to_vec(), false));
    let page: StoryPage = get(&house, &format!("/stories?limit=500&after={}", orders[3])).await;
    assert_eq!(told(&page), (vec![], false));
    let no_dashes = format!("after={}", ORDER.replace('-', ""));
    for query in ["limit=0", "limit=501", "limit=-1", "limt=1", "after=1", "after=", &no_dashes] {
        assert_eq!(ask(&house, "GET", &format!("/stories?{query}")).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn letters_are_listed_a_page_at_a_time() {
    let house = house().await;
    let page: DeadLetterPage = get(&house, "/dead-letters").await;
    assert_eq!((page.data.len(), page.has_more), (2, false));
    let page: DeadLetterPage = get(&house, "/dead-letters?limit=1").await;
    assert_eq!((page.data.len(), page.has_more), (1, true));
    for query in ["limit=0", "limit=201", "limt=1"] {
        assert_eq!(ask(&house, "GET", &format!("/dead-letters?{query}")).await.0, 400);
    }
}

#[tokio::test]
async fn a_letter_is_resolved_once_and_only_events_are_replayed() {
    let house = house().await;
    let page: DeadLetterPage = get(&house, "/dead-letters").await;
    let id = |about: Option<&str>| {
        let letter = page.data.iter().find(|l| l.order_id.as_deref() == about).unwrap();
        letter.id.clone()
    };
    let (event, garbage) = (id(Some(ORDER)), id(None));
    let replay = |id: &str| format!("/dead-letters/{id}/replay");
    let (status, body) = ask(&house, "POST", &replay(&garbage)).await;
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));

    assert_eq!(ask(&house, "POST", &replay(&event)).await, (204, String::new()));
    assert_eq!(ask(&house, "POST", &replay(&event)).await.0, 404);
    let discard = format!("/dead-letters/{garbage}/discard");
    assert_eq!(ask(&house, "POST", &discard).await, (204, String::new()));
    assert_eq!(ask(&house, "POST", &replay(ORDER)).await.0, 404);

    let story: StoryDto = get(&house, &format!("/orders/{ORDER}")).await;
    assert_eq!(story.dead_letters[0].resolution.as_deref(), Some("replayed"));
    assert_eq!(story.inbox[0].state, "deferred");
    let backlog: BacklogDto = get(&house, "/backlog").await;
    assert_eq!((backlog.dead_letters_open, backlog.inbox_deferred), (0, 1));
}
