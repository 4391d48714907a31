//! The REST API: read and list orders; what is wrong with a request, by pointer.

use crate::house::{House, draft, draft_as, payment};
use kernel::Uuid;
use serde_json::{Value, json};

fn references(page: &Value) -> Vec<&str> {
    let rows = page["data"].as_array().unwrap().iter();
    rows.map(|order| order["reference"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_order_shows_its_payment_once_there_is_one() {
    let house = House::new();
    let id = house.placed().await;
    let path = format!("/v1/orders/{id}");
    let (_, before) = house.get(&path).await;
    assert_eq!((&before["status"], &before["payment"]), (&json!("pending"), &Value::Null));
    assert_eq!(before["pay_url"], format!("https://toko.id/pay/{id}"));
    house.told(&[payment(id, 1, "paid", 2)]).await;
    let (_, after) = house.get(&path).await;
    assert_eq!((&after["status"], &after["version"]), (&json!("paid"), &json!(2)));
    assert_eq!(
        (&after["payment"]["status"], &after["payment"]["method"]),
        (&json!("paid"), &json!("qris"))
    );
}

#[tokio::test]
async fn orders_are_listed_newest_first_and_paging_skips_nothing() {
    let house = House::new();
    for n in 1..=5 {
        house.place(&format!("key-{n}"), &draft_as(&format!("INV-{n}"))).await.id();
    }
    let (_, first) = house.get("/v1/orders?limit=2").await;
    assert_eq!((references(&first), &first["has_more"]), (vec!["INV-5", "INV-4"], &json!(true)));
    house.place("key-6", &draft_as("INV-6")).await.id();
    let last = first["data"][1]["id"].as_str().unwrap();
    let (_, rest) = house.get(&format!("/v1/orders?limit=3&starting_after={last}")).await;
    assert_eq!(references(&rest), ["INV-3", "INV-2", "INV-1"]);
    assert_eq!(rest["has_more"], false);
}

#[tokio::test]
async fn orders_are_found_by_status_and_reference() {
    let house = House::new();
    let paid = house.place("key-1", &draft_as("INV-1")).await.id();
    house.place("key-2", &draft_as("INV-2")).await.id();
    house.told(&[payment(paid, 1, "paid", 2)]).await;
    for (query, expected) in [
        ("status=paid", &["INV-1"][..]),
        ("status=pending", &["INV-2"]),
        ("reference=INV-2", &["INV-2"]),
        ("reference=INV-2&status=paid", &[]),
    ] {
        let (_, page) = house.get(&format!("/v1/orders?{query}")).await;
        assert_eq!(references(&page), expected, "{query}");
    }
}

#[tokio::test]
async fn a_wrong_question_is_a_problem_and_an_unknown_order_is_none() {
    let house = House::new();
    for query in ["limit=0", "limit=201", "status=lost", "starting_after=x", "q=1"] {
        assert_eq!(house.get(&format!("/v1/orders?{query}")).await.0, 400, "{query}");
    }
    for id in ["x", &Uuid::from_u128(9).to_string()] {
        assert_eq!(house.get(&format!("/v1/orders/{id}")).await.0, 404, "{id}");
    }
}

#[tokio::test]
async fn every_fault_of_a_request_is_named_at_once() {
    let house = House::new();
    let body = json!({
        "reference": "", "locale": "fr", "customer": { "name": "", "email": "x", "phone": "1" },
        "lines": [
            { "sku": "", "name": "Kopi", "quantity": 0, "unit_price": -1 },
            { "sku": "KOPI", "name": "\u{0}", "quantity": 1, "unit_price": 1 },
        ],
        "metadata": { "a/b": "x".repeat(501) },
    });
    let refused = house.place("key-1", &body).await;
    assert_eq!(refused.status, 422);
    let mut pointers: Vec<String> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap().to_owned())
        .collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/customer/email",
            "/customer/name",
            "/customer/phone",
            "/lines/0/quantity",
            "/lines/0/sku",
            "/lines/0/unit_price",
            "/lines/1/name",
            "/locale",
            "/metadata/a~1b",
            "/reference",
        ]
    );
    assert_eq!(house.rows().await, [0; 5]);
}

#[tokio::test]
async fn a_total_that_cannot_be_charged_is_refused() {
    let house = House::new();
    for (quantity, price) in [(1, 0_i64), (u32::MAX, i64::MAX), (1, 1_000_000_000_001)] {
        let mut body = draft();
        body["lines"] =
            json!([{ "sku": "A", "name": "A", "quantity": quantity, "unit_price": price }]);
        let refused = house.place("key-1", &body).await;
        assert_eq!(
            (refused.status, &refused.json()["errors"][0]["pointer"]),
            (422, &json!("/lines"))
        );
    }
    let mut none = draft();
    none["lines"] = json!([]);
    assert_eq!(house.place("key-1", &none).await.status, 422);
    assert_eq!(house.rows().await, [0; 5]);
}

#[tokio::test]
async fn an_order_without_a_key_is_refused() {
    let house = House::new();
    assert_eq!(house.place("", &draft()).await.status, 400);
    assert_eq!(house.place(&"k".repeat(256), &draft()).await.status, 400);
    assert_eq!(house.rows().await, [0; 5]);
}
