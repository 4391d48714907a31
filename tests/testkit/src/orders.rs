//! Bodies of orders.

use serde_json::{Value, json};

/// The total of [`order`], in whole rupiah.
pub const TOTAL: i64 = 185_000;

/// An order that is taken.
pub fn order() -> Value {
    order_in("id")
}

/// The same, with customer text in another language.
pub fn order_in(locale: &str) -> Value {
    json!({
        "customer": {
            "name": "Budi Santoso", "email": "budi@example.com", "phone": "+6281234567890",
        },
        "locale": locale,
        "lines": [
            { "sku": "KOPI-GAYO-250", "name": "Kopi Gayo 250 g", "quantity": 2, "unit_price": 80_000 },
            { "sku": "ONGKIR", "name": "Ongkos kirim", "quantity": 1, "unit_price": 25_000 },
        ],
    })
}

/// The body with one thing changed; the last part of the pointer may be new.
pub fn changed(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.insert(name.to_owned(), value);
        }
        Value::Array(members) => members[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no members"),
    }
    body
}

/// [`order`] as text, whose first price is written exactly so.
pub fn with_unit_price(price: &str) -> String {
    let text = order().to_string();
    assert!(text.contains("80000"));
    text.replacen("80000", price, 1)
}
