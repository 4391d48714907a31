//! Several transactions of one order id, through Snap and the Core API, and how they are listed
//! (midtrans.md 1.5, 2.4).

use crate::by_hand::{GOOD_CARD, answer, charge_of};
use crate::world::World;
use reqwest::Method;
use serde_json::{Value, json};

fn qris(order_id: &str) -> Value {
    charge_of(order_id, "qris", Value::Null)
}

impl World {
    async fn listed(&self, id: &str, paging: &str) -> Vec<Value> {
        let path = format!("/v2/{id}/status/b2b{paging}");
        let told = answer(self.call(Method::GET, &path)).await.body;
        assert_eq!(told["status_code"], "200", "{told}");
        assert_eq!(told["status_message"], "Success, transactions are retrieved");
        assert_eq!(told.as_object().unwrap().len(), 3);
        told["transactions"].as_array().unwrap().clone()
    }

    /// HTTP code of a Snap request, and its first message.
    async fn page_of(&self, order_id: &str) -> (u16, String) {
        let call = self.call(Method::POST, "/snap/v1/transactions").json(&qris(order_id));
        let told = answer(call).await;
        let message = told.body["error_messages"][0].as_str().unwrap_or_default();
        (told.http, message.to_owned())
    }
}

#[tokio::test]
async fn after_a_deny_a_cancel_and_an_expiry_the_order_is_charged_again() {
    let world = World::open().await;
    let denied = world.card("ORD-1", "4911111111111113", json!({})).await;
    assert_eq!(denied["transaction_status"], "deny");
    let cancelled = world.charge(qris("ORD-1")).await;
    assert_eq!(world.charge(qris("ORD-1")).await["status_code"], "406");
    world.core("/v2/ORD-1/cancel", Value::Null).await;
    let expired = world.charge(qris("ORD-1")).await;
    world.wait(15).await;
    let paid = world.card("ORD-1", GOOD_CARD, json!({})).await;
    let all = [denied, cancelled, expired, paid];
    assert_eq!(world.charge(qris("ORD-1")).await["status_code"], "406");

    let latest = world.told("ORD-1").await;
    assert_eq!(latest["transaction_id"], all[3]["transaction_id"], "by order id: the latest");
    for (told, status) in all.iter().zip(["deny", "cancel", "expire", "capture"]) {
        let one = world.told(told["transaction_id"].as_str().unwrap()).await;
        assert_eq!(one["transaction_id"], told["transaction_id"]);
        assert_eq!(one["transaction_status"], status);
        assert_eq!(one["order_id"], "ORD-1");
    }
    // An action by transaction id means that transaction, not the latest.
    let old = all[1]["transaction_id"].as_str().unwrap();
    let refused = world.core(&format!("/v2/{old}/cancel"), Value::Null).await;
    assert_eq!(refused["status_code"], "412");
    let listed = world.listed("ORD-1", "").await;
    let statuses: Vec<_> = listed.iter().map(|one| &one["transaction_status"]).collect();
    assert_eq!(statuses, ["capture", "expire", "cancel", "deny"], "newest first");
    assert_eq!(listed[0], latest, "each as GET Status tells it");
}

#[tokio::test]
async fn what_the_bank_took_back_leaves_the_order_used_and_a_void_does_not() {
    let world = World::open().await;
    let permata = charge_of("ORD-1", "bank_transfer", json!({"bank": "permata"}));
    world.charge(permata.clone()).await;
    for action in ["settle", "reverse"] {
        assert_eq!(world.act("ORD-1", action).await.0, 200, "{action}");
    }
    assert_eq!(world.told("ORD-1").await["transaction_status"], "deny");
    assert_eq!(world.charge(permata).await["status_code"], "406");
    assert_eq!(world.page_of("ORD-1").await.0, 400);

    world.card("ORD-2", GOOD_CARD, json!({})).await;
    assert_eq!(world.core("/v2/ORD-2/cancel", Value::Null).await["status_code"], "200");
    assert_eq!(world.charge(qris("ORD-2")).await["status_code"], "201");
}

#[tokio::test]
async fn snap_can_be_made_to_take_any_order_id_and_core_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let data = Some(folder.path().join("sim.sqlite"));
    let open = || World::with(|config| config.data = data.clone());
    let world = open().await;
    let odd = "simple-cc 2026-03-01 10:00:00";
    let off = json!({"order_ids": false});
    assert_eq!(world.get("/_sim/leniency").await, off);
    assert_eq!(world.page_of(odd).await.0, 400);
    let on = json!({"order_ids": true});
    assert_eq!(world.put("/_sim/leniency", on.clone()).await, (200, on.clone()));
    let world = open().await;
    assert_eq!(world.get("/_sim/leniency").await, on, "it is kept");
    assert_eq!(world.page_of(odd).await, (201, String::new()));
    assert_eq!(world.page_of(&"/".repeat(50)).await.0, 201);
    assert_eq!(world.page_of(&"/".repeat(51)).await.0, 400);
    let asked = world.call(Method::POST, "/v2/charge").json(&qris(odd));
    assert_eq!(answer(asked).await.seen(), "400 core 400");
    assert_eq!(world.put("/_sim/leniency", json!({"colour": true})).await.0, 422);
    world.put("/_sim/leniency", off).await;
    assert_eq!(world.page_of(odd).await.0, 400);
}

#[tokio::test]
async fn the_list_has_pages() {
    let world = World::open().await;
    let mut ids = vec![];
    for _ in 0..12 {
        ids.insert(0, world.charge(qris("ORD-1")).await["transaction_id"].clone());
        world.core("/v2/ORD-1/cancel", Value::Null).await;
    }
    let cases = [
        ("", 0..10),
        ("?page=0&per_page=10", 0..10),
        ("?page=1", 10..12),
        ("?page=1&per_page=5", 5..10),
        ("?page=3&per_page=4", 12..12),
        ("?per_page=1000", 0..12),
        ("?per_page=0", 0..1),
        ("?page=x", 0..10),
        ("?page=18446744073709551615&per_page=100", 12..12),
    ];
    for (paging, expected) in cases {
        let listed = world.listed("ORD-1", paging).await;
        let listed: Vec<_> = listed.iter().map(|one| one["transaction_id"].clone()).collect();
        assert_eq!(listed, ids[expected], "{paging}");
    }
    let told = answer(world.call(Method::GET, "/v2/nobody/status/b2b")).await;
    assert_eq!(told.seen(), "200 core 404");
}

#[tokio::test]
async fn snap_and_the_core_api_share_the_order_ids() {
    let world = World::open().await;
    assert_eq!(world.page_of("ORD-1").await.0, 201);
    assert_eq!(world.told("ORD-1").await["status_code"], "404", "a page is no transaction");
    let charged = world.charge(qris("ORD-1")).await;
    assert_eq!(charged["status_code"], "201", "nor does it stand in the way of a charge");
    let taken = "transaction_details.order_id has already been taken";
    assert_eq!(world.page_of("ORD-1").await, (400, taken.to_owned()));
    world.core("/v2/ORD-1/cancel", Value::Null).await;
    world.pay("ORD-1", "bca_va", "pending").await;
    assert_eq!(world.charge(qris("ORD-1")).await["status_code"], "406");
    assert_eq!(world.act("ORD-1", "settle").await.0, 200);
    assert_eq!(world.charge(qris("ORD-1")).await["status_code"], "406");
    let (code, message) = world.page_of("ORD-1").await;
    assert_eq!(code, 400);
    assert!(message.contains("has been paid and utilized"), "{message}");
    let listed = world.listed("ORD-1", "").await;
    let types: Vec<_> = listed.iter().map(|one| &one["payment_type"]).collect();
    assert_eq!(types, ["bank_transfer", "qris"]);
}

#[tokio::test]
async fn an_older_page_cannot_be_paid_beside_a_charge() {
    let world = World::open().await;
    let token = world.create("ORD-1").await.token;
    world.charge(qris("ORD-1")).await;
    let pay = format!("/_sim/pages/{token}/pay");
    assert_eq!(world.post(&pay, json!({"method": "bca_va"})).await.0, 409);
    world.core("/v2/ORD-1/cancel", Value::Null).await;
    assert_eq!(world.post(&pay, json!({"method": "bca_va"})).await.0, 200);
}

#[tokio::test]
async fn the_code_to_scan_is_a_picture_of_the_text() {
    let world = World::open().await;
    let qris = world.charge(qris("ORD-1")).await;
    let gopay = world.charge(charge_of("ORD-2", "gopay", Value::Null)).await;
    let mut seen = vec![];
    for told in [&qris, &gopay] {
        for action in told["actions"].as_array().unwrap() {
            if !action["name"].as_str().unwrap().starts_with("generate-qr-code") {
                continue;
            }
            // Without the server key: a browser shows it.
            let picture = answer(world.http.get(action["url"].as_str().unwrap())).await;
            assert_eq!((picture.http, picture.kind.as_str()), (200, "image/png"));
            assert!(picture.bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
            seen.push(picture.bytes);
        }
    }
    assert_eq!(seen.len(), 4);
    assert_eq!((&seen[0], &seen[2]), (&seen[1], &seen[3]), "both versions show the same");
    assert_ne!(seen[0], seen[2]);
    assert!(qris["qr_string"].as_str().unwrap().contains("5406125000"), "the amount is inside");
    world.charge(charge_of("ORD-va", "bank_transfer", json!({"bank": "bca"}))).await;
    for path in
        ["/v2/qris/nobody/qr-code", "/v2/gopay/ORD-va/qr-code", "/v4/qris/gopay/%ff/qr-code"]
    {
        let told = answer(world.http.get(format!("{}{path}", world.base))).await;
        assert_eq!(told.seen(), "404 html", "{path}");
    }
}
