//! Our client against the simulator: the life of an order id and of a transaction.

use crate::world::{World, client, key, request};
use midtrans::{Error, Options, ServerKey, TransactionStatus};
use std::collections::HashSet;

fn refused<T: std::fmt::Debug>(result: Result<T, Error>, expected: u16) {
    match result {
        Err(Error::Refused { code, .. }) if code == expected => {}
        other => panic!("expected a refusal with {expected}, got {other:?}"),
    }
}

#[tokio::test]
async fn a_page_is_paid_and_its_order_id_is_used_up() {
    let world = World::open().await;
    let first = world.create("ORD-1").await;
    assert_eq!(first.token.len(), 36);
    assert!(first.redirect_url.ends_with(&first.token) && first.redirect_url.len() <= 105);
    assert_eq!(world.client.status("ORD-1").await.unwrap(), None);

    let second = world.create("ORD-1").await;
    assert_ne!(first.token, second.token);
    let pay = |token: &str| format!("/_sim/pages/{token}/pay");
    let body = serde_json::json!({"method": "bca_va", "outcome": "pending"});
    let (code, refusal) = world.post(&pay(&first.token), body.clone()).await;
    assert_eq!((code, refusal["error"].as_str()), (409, Some("the page is revoked")));
    assert_eq!(world.post(&pay(&second.token), body).await.0, 200);

    let pending = world.status("ORD-1").await;
    assert_eq!(pending.transaction_status, TransactionStatus::Pending);
    assert_eq!(pending.status_code, "201");
    assert_eq!(pending.amount_to_compare(), Ok(125_000));
    assert!(pending.verify_signature(&key()) && !pending.is_paid());
    refused(world.client.create_snap(&request("ORD-1")).await, 400);

    assert_eq!(world.act("ORD-1", "settle").await.0, 200);
    let paid = world.status(&pending.transaction_id).await;
    assert!(paid.is_paid() && paid.verify_signature(&key()));
    assert_eq!(paid.settlement_time, Some(crate::world::start()));
    refused(world.client.create_snap(&request("ORD-1")).await, 400);
    refused(world.client.cancel("ORD-1", &Options::default()).await, 412);
    refused(world.client.expire("ORD-1", &Options::default()).await, 412);
}

#[tokio::test]
async fn a_cancelled_order_id_is_free_again() {
    let world = World::open().await;
    world.pay("ORD-1", "qris", "pending").await;
    let first = world.status("ORD-1").await;
    world.client.cancel("ORD-1", &Options::default()).await.unwrap();
    let cancelled = world.status("ORD-1").await;
    assert_eq!(cancelled.transaction_status, TransactionStatus::Cancel);
    assert_eq!(cancelled.status_code, "200");
    let again = world.client.cancel("ORD-1", &Options::default()).await.unwrap_err();
    assert!(again.is_wrong_state(), "{again:?}");

    world.pay("ORD-1", "gopay", "settle").await;
    let latest = world.status("ORD-1").await;
    assert_ne!(latest.transaction_id, first.transaction_id);
    assert!(latest.is_paid());
    let old = world.status(&first.transaction_id).await;
    assert_eq!(old.transaction_status, TransactionStatus::Cancel);
}

#[tokio::test]
async fn an_expire_is_told_as_407_in_status_and_202_in_the_notification() {
    let world = World::open().await;
    world.pay("ORD-1", "bni_va", "pending").await;
    world.client.expire("ORD-1", &Options::default()).await.unwrap();
    assert_eq!(world.status("ORD-1").await.status_code, "407");
    world.settle_down().await;
    let posted = world.endpoint.take();
    assert_eq!(posted[1].body["status_code"], "202");
    assert!(posted[1].notification.verify_signature(&key()));
    refused(world.client.expire("ORD-1", &Options::default()).await, 412);
    world.create("ORD-1").await;
}

#[tokio::test]
async fn a_denied_customer_tries_again_on_the_same_page() {
    let world = World::open().await;
    let denied = world.pay("ORD-1", "credit_card", "deny").await;
    assert_eq!(denied["transaction_status"], "deny");
    let token = denied["token"].as_str().unwrap();
    let body = serde_json::json!({"method": "qris"});
    let (code, paid) = world.post(&format!("/_sim/pages/{token}/pay"), body).await;
    assert_eq!((code, paid["transaction_status"].as_str()), (200, Some("settlement")));
    let ids = [&denied, &paid].map(|t| t["transaction_id"].to_string());
    assert_eq!(HashSet::from(ids).len(), 2);
    assert!(world.status("ORD-1").await.is_paid());
}

#[tokio::test]
async fn an_unused_page_can_be_voided_once() {
    let world = World::open().await;
    let token = world.create("ORD-1").await.token;
    world.client.cancel_snap(&token).await.unwrap();
    refused(world.client.cancel_snap(&token).await, 400);
    refused(world.client.cancel_snap("5f0c1a52-8a0e-4b51-9a55-0f6b2c1f7d10").await, 404);
    let used = world.pay("ORD-2", "qris", "pending").await;
    refused(world.client.cancel_snap(used["token"].as_str().unwrap()).await, 400);
}

#[tokio::test]
async fn unknown_ids_are_not_attempted_and_not_found() {
    let world = World::open().await;
    assert_eq!(world.client.status("nobody").await.unwrap(), None);
    assert_eq!(world.client.status("a/b c#d").await.unwrap(), None);
    assert!(world.client.cancel("nobody", &Options::default()).await.unwrap_err().is_not_found());
    assert!(world.client.expire("nobody", &Options::default()).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn another_key_is_refused_in_both_dialects_and_changes_nothing() {
    let world = World::open().await;
    let mine = world.pay("ORD-1", "qris", "pending").await;
    let address = world.base.trim_start_matches("http://").parse().unwrap();
    let stranger = client(address, ServerKey::try_new("SB-Mid-server-OTHER").unwrap());
    let unauthorized = |error: Error| matches!(error, Error::Unauthorized { .. });
    assert!(unauthorized(stranger.create_snap(&request("ORD-2")).await.unwrap_err()));
    assert!(unauthorized(stranger.status("ORD-1").await.unwrap_err()));
    assert!(unauthorized(stranger.cancel("ORD-1", &Options::default()).await.unwrap_err()));
    let token = mine["token"].as_str().unwrap();
    assert!(unauthorized(stranger.cancel_snap(token).await.unwrap_err()));
    assert_eq!(world.status("ORD-1").await.transaction_status, TransactionStatus::Pending);
}

#[tokio::test]
async fn a_card_is_captured_reviewed_and_settled() {
    let world = World::open().await;
    world.pay("ORD-1", "credit_card", "pending").await;
    assert_eq!(world.act("ORD-1", "challenge").await.0, 200);
    let held = world.status("ORD-1").await;
    assert_eq!(held.transaction_status, TransactionStatus::Capture);
    assert!(!held.is_paid());
    assert_eq!(world.act("ORD-1", "settle").await.0, 409);
    assert_eq!(world.act("ORD-1", "accept").await.0, 200);
    assert!(world.status("ORD-1").await.is_paid());
    assert_eq!(world.act("ORD-1", "settle").await.1["transaction_status"], "settlement");

    world.pay("ORD-2", "credit_card", "settle").await;
    assert_eq!(world.status("ORD-2").await.transaction_status, TransactionStatus::Capture);
    world.client.cancel("ORD-2", &Options::default()).await.unwrap();
}

#[tokio::test]
async fn only_some_banks_take_a_settlement_back() {
    let world = World::open().await;
    world.pay("ORD-1", "permata_va", "settle").await;
    assert_eq!(world.act("ORD-1", "reverse").await.0, 200);
    let reversed = world.status("ORD-1").await;
    assert_eq!(reversed.transaction_status, TransactionStatus::Deny);
    assert!(!reversed.is_paid());
    world.pay("ORD-2", "bca_va", "settle").await;
    assert_eq!(world.act("ORD-2", "reverse").await.0, 409);
}
