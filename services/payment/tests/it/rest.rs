//! The REST API: payments, their attempts, their callbacks.

use crate::gateway::{AMOUNT, callback, signed, stranger};
use crate::house::{House, NOW, ORDER, SECOND, order, order_event};
use kernel::Uuid;
use payment::audit::{PaymentDossier, PaymentPage};
use payment::models::GatewayStatus;
use serde_json::{Value, json};

async fn id(house: &House) -> String {
    house.payment().await.id.to_string()
}

#[tokio::test]
async fn a_payment_is_found_by_its_order_and_by_its_id() {
    let house = House::paid_with("tx-1").await;
    let (status, page) = house.get(&format!("/v1/payments?order_id={ORDER}")).await;
    assert_eq!((status, &page["has_more"]), (200, &json!(false)));
    let [payment] = &page["data"].as_array().unwrap()[..] else { panic!("{page}") };
    assert_eq!((&payment["status"], &payment["method"]), (&json!("paid"), &json!("qris")));
    assert_eq!((&payment["amount"], &payment["currency"]), (&json!(AMOUNT), &json!("IDR")));
    assert_eq!(payment["pay_url"], format!("https://toko.id/pay/{ORDER}"));
    assert_eq!(payment["version"], 3);
    let one = house.get(&format!("/v1/payments/{}", id(&house).await)).await;
    assert_eq!(one, (200, payment.clone()));
    let (_, none) = house.get(&format!("/v1/payments?order_id={}", stranger())).await;
    assert_eq!(none["data"], json!([]));
}

#[tokio::test]
async fn payments_are_listed_newest_first_a_page_at_a_time() {
    let house = House::new();
    for n in 1..=3 {
        let mut data = order();
        data["order_id"] = json!(Uuid::from_u128(n).to_string());
        assert_eq!(house.told(&[order_event(n, Uuid::from_u128(n), &data)]).await, [Ok(())]);
    }
    let orders = |page: &Value| -> Vec<u128> {
        let rows = page["data"].as_array().unwrap().iter();
        rows.map(|p| p["order_id"].as_str().unwrap().parse::<Uuid>().unwrap().as_u128()).collect()
    };
    let (_, first) = house.get("/v1/payments?limit=2").await;
    assert_eq!((orders(&first), &first["has_more"]), (vec![3, 2], &json!(true)));
    let last = first["data"][1]["id"].as_str().unwrap();
    let (_, rest) = house.get(&format!("/v1/payments?limit=2&starting_after={last}")).await;
    assert_eq!((orders(&rest), &rest["has_more"]), (vec![1], &json!(false)));
}

#[tokio::test]
async fn attempts_show_pages_and_transactions() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Deny).await;
    house.hears_the_truth("tx-2", GatewayStatus::Settlement).await;
    let (status, list) = house.get(&format!("/v1/payments/{}/attempts", id(&house).await)).await;
    assert_eq!(status, 200);
    let attempt = &list["data"][0];
    assert_eq!(attempt["id"], house.attempt().await.to_string());
    assert_eq!(attempt["page_url"], "https://gateway.example/token-1");
    let statuses: Vec<_> =
        attempt["transactions"].as_array().unwrap().iter().map(|t| t["status"].clone()).collect();
    assert_eq!(statuses, ["deny", "settlement"]);
}

#[tokio::test]
async fn callbacks_show_what_they_were_worth() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    for status in ["pending", "settlement", "refund"] {
        house.clock.advance(SECOND);
        assert_eq!(house.callback("tx-1", status).await, 200);
    }
    house.work(NOW).await;
    house.clock.advance(SECOND);
    let foreign = signed(callback(&stranger().to_string(), "tx-9", "settlement", AMOUNT));
    assert_eq!(house.post(&foreign).await, 200);

    let verdicts = |list: &Value| -> Vec<String> {
        let rows = list["data"].as_array().unwrap().iter();
        rows.map(|c| c["verdict"].as_str().unwrap().to_owned()).collect()
    };
    let (_, all) = house.get("/v1/callbacks").await;
    assert_eq!(verdicts(&all), ["unknown_order", "unconfirmed", "confirmed", "stale"]);
    assert_eq!(all["data"][0]["order_id"], Value::Null);
    assert_eq!(all["data"][1]["order_id"], ORDER.to_string());
    assert_eq!(
        (&all["data"][1]["times"], &all["data"][1]["status"]),
        (&json!(1), &json!("refund"))
    );
    let (_, own) = house.get(&format!("/v1/payments/{}/callbacks", id(&house).await)).await;
    assert_eq!(verdicts(&own), ["unconfirmed", "confirmed", "stale"]);
    let (_, newest) = house.get("/v1/callbacks?limit=1").await;
    assert_eq!(verdicts(&newest), ["unknown_order"]);
}

#[tokio::test]
async fn a_wrong_question_is_a_problem_and_an_unknown_payment_is_none() {
    let house = House::ready().await;
    for query in ["limit=0", "limit=201", "limit=x", "order_id=1", "starting_after=x", "q=1"] {
        assert_eq!(house.get(&format!("/v1/payments?{query}")).await.0, 400, "{query}");
    }
    for path in
        ["x", &ORDER.to_string(), &format!("{ORDER}/attempts"), "x/callbacks", "x/exchanges"]
    {
        assert_eq!(house.get(&format!("/v1/payments/{path}")).await.0, 404, "{path}");
    }
}

/// The orders of a page of the audit, and whether there are more.
fn audited(page: Value) -> (Vec<u128>, bool) {
    let page: PaymentPage = serde_json::from_value(page).unwrap();
    let order = |p: &PaymentDossier| p.order_id.parse::<Uuid>().unwrap().as_u128();
    (page.data.iter().map(order).collect(), page.has_more)
}

#[tokio::test]
async fn an_audit_shows_payments_by_order_a_page_at_a_time() {
    let house = House::new();
    for n in [3, 1, 2] {
        let mut data = order();
        data["order_id"] = json!(Uuid::from_u128(n).to_string());
        assert_eq!(house.told(&[order_event(n, Uuid::from_u128(n), &data)]).await, [Ok(())]);
    }
    let after = |n: u128| format!("&after={}", Uuid::from_u128(n));
    let pages = [
        ("limit=2".to_owned(), vec![1, 2], true),
        (format!("limit=2{}", after(2)), vec![3], false),
        (format!("limit=3{}", after(3)), vec![], false),
        ("limit=3".to_owned(), vec![1, 2, 3], false),
        (String::new(), vec![1, 2, 3], false),
    ];
    for (query, orders, has_more) in pages {
        let (status, page) = house.get(&format!("/ops/payment/audit?{query}")).await;
        assert_eq!((status, audited(page)), (200, (orders, has_more)), "{query}");
    }
    for query in ["limit=0", "limit=501", "limit=x", "after=1", "after=", "starting_after=x"] {
        let (status, problem) = house.get(&format!("/ops/payment/audit?{query}")).await;
        assert_eq!(status, 400, "{query}: {problem}");
    }
}

#[tokio::test]
async fn an_audit_tells_all_that_matters_of_a_payment() {
    let house = House::paid_with("tx-1").await;
    let payment = house.payment().await;
    let (_, page) = house.get("/ops/payment/audit").await;
    let booked = |account: &str, amount: i64| {
        json!({ "transaction_id": "tx-1", "kind": "payment", "version": 3, "before": 0,
                "account": account, "amount": amount })
    };
    let expected = json!({
        "order_id": ORDER.to_string(), "payment_id": payment.id.to_string(), "account": "default",
        "status": "paid", "version": 3, "amount": AMOUNT, "currency": "IDR", "method": "qris",
        "due_at": "2026-11-23T05:04:00Z", "call_off_at": null,
        "created_at": "2026-11-22T05:04:00Z", "updated_at": "2026-11-22T05:04:00Z",
        "attempts": [{
            "id": payment.attempts[0].id.to_string(), "page_token": "token-1", "closed": null,
            "refused": false, "distrusted": false,
            "transactions": [{
                "id": "tx-1", "status": "settlement", "fraud": null, "method": "qris",
                "gross": AMOUNT, "refunded": 0, "credited": true,
                "paid_at": "2026-11-22T05:04:00Z",
            }],
        }],
        "refunds": [], "open_items": [],
        "journal": [booked("gateway", AMOUNT), booked("sales", -AMOUNT)],
    });
    assert_eq!(page, json!({ "data": [expected], "has_more": false }));
}

#[tokio::test]
async fn without_a_database_every_question_may_be_asked_again() {
    let house = House::ready().await;
    let id = id(&house).await;
    house.lose_database().await;
    let lists = ["/v1/payments", "/v1/callbacks", "/ops/payment/audit"].map(str::to_owned);
    for path in lists.into_iter().chain([format!("/v1/payments/{id}")]) {
        let (status, problem) = house.get(&path).await;
        assert_eq!((status, &problem["retryable"]), (503, &json!(true)), "{path}");
    }
}
