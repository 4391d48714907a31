//! What is refused before it is sent, and what goes on the wire.

use super::*;
use serde_json::json;

fn order() -> OrderId {
    OrderId::try_new("ORD-1").unwrap()
}

fn item(name: &str, price: i64, quantity: u32) -> Item {
    Item { id: "sku".to_owned(), name: name.to_owned(), price, quantity }
}

#[test]
fn an_order_id_keeps_to_the_documented_characters() {
    let longest = "a".repeat(50);
    for good in ["a", "A-b_c~d.9", "0192f0c1-2b3c-7d4e-8f50-617283940a1b", &longest] {
        assert_eq!(OrderId::try_new(good).unwrap().as_str(), good);
    }
    let long = "a".repeat(51);
    for bad in ["", " ", "a b", "a/b", "a#b", "a?b", "pesanan-é", "%2e", ".", "..", &long] {
        assert_eq!(OrderId::try_new(bad), Err(RequestError::OrderId), "{bad:?}");
    }
}

#[test]
fn items_sum_to_the_amount_exactly() {
    let fair = vec![item("kopi", 50_000, 3), item("diskon", -25_000, 1)];
    assert!(SnapRequest::try_new(order(), 125_000, fair.clone()).is_ok());
    assert!(SnapRequest::try_new(order(), 125_000, vec![]).is_ok());
    assert_eq!(
        SnapRequest::try_new(order(), 125_001, fair),
        Err(RequestError::Sum { items: 125_000, gross: 125_001 })
    );
    let cases = [
        (0, vec![], RequestError::GrossAmount),
        (-5, vec![], RequestError::GrossAmount),
        (1, vec![item("kopi", 1, 0)], RequestError::Item),
        (1, vec![item(" ", 1, 1)], RequestError::Item),
        (1, vec![item("kopi", i64::MAX, 2)], RequestError::Overflow),
        (1, vec![item("a", i64::MAX, 1), item("b", 1, 1)], RequestError::Overflow),
    ];
    for (gross, items, error) in cases {
        assert_eq!(SnapRequest::try_new(order(), gross, items), Err(error));
    }
}

#[test]
fn the_least_request_is_small_and_asks_for_3ds() {
    let request = SnapRequest::try_new(order(), 125_000, vec![]).unwrap();
    assert_eq!(
        serde_json::to_value(request).unwrap(),
        json!({
            "transaction_details": {"order_id": "ORD-1", "gross_amount": 125_000},
            "credit_card": {"secure": true},
        })
    );
}

#[test]
fn everything_goes_on_the_wire_and_long_texts_are_cut() {
    let name = "é".repeat(60);
    let mut request = SnapRequest::try_new(order(), 10, vec![item(&name, 10, 1)]).unwrap();
    request.customer =
        Some(Customer { email: Some("ibu@example.com".to_owned()), ..Customer::default() });
    let start = "2026-03-01T03:00:00Z".parse().unwrap();
    request.expiry = Some(Expiry { start: Some(start), minutes: 60 });
    request.custom_fields[1] = Some("x".repeat(300));
    request.finish_url = Some("https://toko.example/selesai".to_owned());
    let debug = format!("{request:?}");
    let wire = serde_json::to_value(request).unwrap();
    assert_eq!(
        wire["item_details"],
        json!([{"id": "sku", "name": "é".repeat(50), "price": 10, "quantity": 1}])
    );
    assert_eq!(wire["customer_details"], json!({"email": "ibu@example.com"}));
    assert_eq!(
        wire["expiry"],
        json!({"start_time": "2026-03-01 10:00:00 +0700", "duration": 60, "unit": "minute"})
    );
    assert_eq!(wire["custom_field2"], json!("x".repeat(255)));
    assert_eq!(wire["callbacks"], json!({"finish": "https://toko.example/selesai"}));
    assert!(!debug.contains("ibu@example.com"), "{debug}");
}
