//! `POST /webhooks/midtrans`: the answers are chosen by what the gateway does with them. 200 ends
//! it, 503 brings it again; never 500, never a redirect.

use crate::gateway::{AMOUNT, callback, signed, stranger};
use crate::house::{House, text};
use axum::body::Body;
use axum::http::Request;

const PATHS: [&str; 2] = ["/webhooks/midtrans", "/webhooks/midtrans/"];

async fn good(house: &House) -> String {
    let attempt = house.attempt().await.to_string();
    signed(callback(&attempt, "tx-1", "settlement", AMOUNT)).to_string()
}

#[tokio::test]
async fn it_is_taken_with_and_without_a_slash() {
    let house = House::ready().await;
    let body = good(&house).await;
    for path in PATHS {
        assert_eq!(house.post_to(path, body.clone()).await, 200);
    }
    assert_eq!(house.callbacks().await[0].times, 2);
}

#[tokio::test]
async fn the_answer_is_empty() {
    let house = House::ready().await;
    let request = Request::post(PATHS[0]).body(Body::from(good(&house).await)).unwrap();
    assert_eq!(text(house.ask(request).await).await, "");
}

#[tokio::test]
async fn what_is_no_notification_is_told_so() {
    let house = House::ready().await;
    let bodies: [&[u8]; 7] =
        [b"", b"not json", b"null", b"[]", b"{}", b"{\"order_id\":1}", b"{\"order_id\":\"\xff\"}"];
    for body in bodies {
        for path in PATHS {
            assert_eq!(house.post_to(path, body.to_vec()).await, 400, "{body:?}");
        }
    }
    assert_eq!(house.callbacks().await, []);
}

#[tokio::test]
async fn a_wrong_signature_is_unauthorized() {
    let house = House::ready().await;
    let body = good(&house).await.replace("\"185000.00\"", "\"1.00\"");
    for path in PATHS {
        assert_eq!(house.post_to(path, body.clone()).await, 401);
    }
}

#[tokio::test]
async fn an_unknown_order_is_answered_like_any_other() {
    let house = House::ready().await;
    let foreign = signed(callback(&stranger().to_string(), "tx-1", "settlement", AMOUNT));
    assert_eq!(house.post(&foreign).await, 200);
}

#[tokio::test]
async fn what_cannot_be_stored_is_asked_for_again() {
    for lost in ["callbacks", "attempts", "jobs"] {
        let house = House::ready().await;
        let body = good(&house).await;
        house.execute(format!("ALTER TABLE {lost} RENAME TO elsewhere")).await;
        assert_eq!(house.post_to(PATHS[0], body.clone()).await, 503, "without {lost}");
        house.execute(format!("ALTER TABLE elsewhere RENAME TO {lost}")).await;
        assert_eq!(house.callbacks().await, [], "nothing half stored");
        assert_eq!(house.post_to(PATHS[0], body).await, 200);
    }
}

#[tokio::test]
async fn without_a_database_it_is_asked_for_again_and_forgeries_are_not() {
    let house = House::ready().await;
    let body = good(&house).await;
    house.lose_database().await;
    assert_eq!(house.post_to(PATHS[0], body.clone()).await, 503);
    let forged = body.replace("\"185000.00\"", "\"1.00\"");
    assert_eq!(house.post_to(PATHS[0], forged).await, 401);
}
