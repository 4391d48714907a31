//! The retry table of midtrans.md 3.6 where answers redirect, several addresses listen, and somebody
//! presses the button.

use crate::world::{KEY, World, minutes};
use serde_json::{Value, json};

async fn paths(world: &World) -> Vec<String> {
    world.settle_down().await;
    world.endpoint.take().into_iter().map(|posted| posted.path).collect()
}

/// One delivery is owed, to these addresses.
async fn owing(order_id: &str, header: &str, urls: &[&str]) -> World {
    let world = World::open().await;
    let urls: Vec<_> = urls.iter().map(|path| world.endpoint.url(path)).collect();
    let body = json!({
        "payment_type": "bank_transfer",
        "bank_transfer": {"bank": "bca"},
        "transaction_details": {"order_id": order_id, "gross_amount": 5000},
    });
    let call = world.http.post(format!("http://{}/v2/charge", world.address));
    let call = call.basic_auth(KEY, Some("")).header(header, urls.join(",")).json(&body);
    assert_eq!(call.send().await.unwrap().json::<Value>().await.unwrap()["status_code"], "201");
    world
}

#[tokio::test]
async fn five_hops_carry_the_body_and_a_sixth_does_not() {
    let world = owing("ORD-1", "X-Override-Notification", &["a"]).await;
    for (hop, code) in [307, 308, 307, 308, 307].into_iter().enumerate() {
        world.endpoint.answer(&format!("a{}", "x".repeat(hop)), &[code]);
    }
    assert_eq!(world.settle_down().await.attempted, 1);
    let posted = world.endpoint.take();
    let hops: Vec<_> = posted.iter().map(|posted| posted.path.as_str()).collect();
    assert_eq!(hops, ["a", "ax", "axx", "axxx", "axxxx", "axxxxx"]);
    assert!(posted.iter().all(|hop| hop.text == posted[0].text && !hop.text.is_empty()));
    assert_eq!(world.deliveries("ORD-1").await[0]["state"], "delivered");

    let endless = owing("ORD-1", "X-Override-Notification", &["a"]).await;
    for hop in 0..6 {
        endless.endpoint.answer(&format!("a{}", "x".repeat(hop)), &[307]);
    }
    assert_eq!(paths(&endless).await.len(), 6);
    let list = endless.deliveries("ORD-1").await;
    assert_eq!(list[0]["attempts"][0]["answer"], "failed");
    endless.clock.advance(minutes(2));
    assert_eq!(paths(&endless).await, ["a"], "a retry begins at the first address");
}

#[tokio::test]
async fn other_redirects_lose_it_at_once_also_behind_a_hop() {
    for code in [301, 302, 303] {
        let world = owing("ORD-1", "X-Override-Notification", &["a"]).await;
        world.endpoint.answer("a", &[307]);
        world.endpoint.answer("ax", &[code]);
        assert_eq!(paths(&world).await, ["a", "ax"]);
        let list = world.deliveries("ORD-1").await;
        assert_eq!(list[0]["state"], "given_up", "{code}");
        assert_eq!(list[0]["attempts"][0]["answer"], code.to_string());
        assert_eq!(list[0]["next_attempt_at"], Value::Null);
    }
}

#[tokio::test]
async fn the_last_answer_behind_hops_sets_the_budget() {
    for (code, tries) in [(500, 2), (404, 3), (503, 5), (403, 6)] {
        let world = owing("ORD-1", "X-Override-Notification", &["a"]).await;
        world.endpoint.answer("a", &[308; 10]);
        world.endpoint.answer("ax", &[code; 10]);
        world.settle_down().await;
        for _ in 0..35 {
            world.wait(minutes(10)).await;
        }
        assert_eq!(world.endpoint.take().len(), 2 * tries, "{code}");
        assert_eq!(world.deliveries("ORD-1").await[0]["state"], "given_up", "{code}");
    }
}

#[tokio::test]
async fn each_address_has_a_history_of_its_own() {
    let world = owing("ORD-1", "X-Append-Notification", &["a", "b"]).await;
    world.endpoint.answer("a", &[500, 500]);
    world.endpoint.answer("b", &[302]);
    let mut first = paths(&world).await;
    first.sort();
    assert_eq!(first, ["a", "b", "callback"]);
    // One that fails holds nobody else up.
    world.act("ORD-1", "settle").await;
    let mut second = paths(&world).await;
    second.sort();
    assert_eq!(second, ["a", "b", "callback"]);
    world.clock.advance(minutes(2));
    // Both of a's failed: the retries of the two are due together.
    assert_eq!(paths(&world).await, ["a", "a"]);
    let list = world.deliveries("ORD-1").await;
    let of = |path: &str, status: &str| {
        let mine = list.iter().find(|delivery| {
            delivery["url"] == world.endpoint.url(path) && delivery["transaction_status"] == status
        });
        let mine = mine.unwrap();
        (mine["state"].as_str().unwrap().to_owned(), mine["attempts"].as_array().unwrap().len())
    };
    assert_eq!(of("callback", "pending"), ("delivered".to_owned(), 1));
    assert_eq!(of("a", "pending"), ("delivered".to_owned(), 2));
    assert_eq!(of("a", "settlement"), ("delivered".to_owned(), 2));
    assert_eq!(of("b", "pending"), ("given_up".to_owned(), 1));
    assert_eq!(of("b", "settlement"), ("delivered".to_owned(), 1));
}

#[tokio::test]
async fn what_was_delivered_or_given_up_can_be_sent_again() {
    let world = owing("ORD-1", "X-Append-Notification", &["a"]).await;
    world.endpoint.answer("a", &[302]);
    world.settle_down().await;
    let first = world.endpoint.take();
    for delivery in world.deliveries("ORD-1").await {
        let path = format!("/_sim/deliveries/{}/resend", delivery["id"]);
        assert_eq!(world.post(&path, Value::Null).await.0, 202);
        assert_eq!(world.settle_down().await.attempted, 1);
    }
    let again = world.endpoint.take();
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|posted| posted.text == first[0].text), "to the byte");
    for delivery in world.deliveries("ORD-1").await {
        assert_eq!(delivery["state"], "delivered");
        assert_eq!(delivery["attempts"].as_array().unwrap().len(), 2);
    }
    assert_eq!(world.post("/_sim/deliveries/999/resend", Value::Null).await.0, 404);
}
