//! Valid requests with something broken in them: they are refused with a message, or mean what they
//! meant before. No field that matters is skipped because it was not understood.

use super::*;
use serde_json::json;

/// What a reader made of a request: the echo apart, as it is the merchant's own.
type Read = Result<(String, Map<String, Value>), Vec<String>>;

type Reader = fn(&Value) -> Read;

fn page(body: &Value) -> Read {
    let mut page = snap::read(body, OrderIds::Documented)?;
    let echo = std::mem::take(&mut page.echo);
    Ok((format!("{page:?}"), echo))
}

fn charged(body: &Value) -> Read {
    let mut charge = charge::read(body).map_err(|fault| match fault {
        ChargeFault::Invalid(texts) => texts,
        other => vec![format!("{other:?}")],
    })?;
    let echo = std::mem::take(&mut charge.echo);
    Ok((format!("{charge:?}"), echo))
}

fn refund(body: &Value) -> Read {
    Ok((format!("{:?}", refund::read(body)?), Map::new()))
}

fn capture(body: &Value) -> Read {
    Ok((format!("{:?}", capture::read(body)?), Map::new()))
}

/// Requests that say all there is to say, with their reader.
fn valid() -> Vec<(Reader, Value)> {
    let mut all: Vec<(Reader, Value)> = vec![
        (page, full_page()),
        (refund, json!({"refund_key": "r-1", "amount": 5, "reason": "stock"})),
        (capture, json!({"transaction_id": "t-1", "gross_amount": 5})),
    ];
    for details in [
        json!({"payment_type": "bank_transfer", "bank_transfer": {"bank": "bca", "va_number": "77",
            "free_text": {"inquiry": [{"id": "a", "en": "b"}], "payment": []}}}),
        json!({"payment_type": "bank_transfer", "bank_transfer": {"bank": "permata",
            "va_number": "1234567890", "permata": {"recipient_name": "Budi"}}}),
        json!({"payment_type": "permata"}),
        json!({"payment_type": "echannel", "echannel": {"bill_info1": "a", "bill_info2": "b"}}),
        json!({"payment_type": "gopay", "gopay": {"enable_callback": true, "callback_url": "a:"}}),
        json!({"payment_type": "qris", "qris": {"acquirer": "gopay"}}),
        json!({"payment_type": "shopeepay", "shopeepay": {"callback_url": "a:"}}),
        json!({"payment_type": "cstore", "cstore": {"store": "Alfamart", "message": "kopi"}}),
        json!({"payment_type": "credit_card", "credit_card": {"token_id": "t", "bank": "bni",
            "authentication": true, "type": "authorize"}}),
        json!({"payment_type": "akulaku"}),
        json!({"payment_type": "kredivo"}),
    ] {
        let mut body = shared();
        body["custom_expiry"] = json!({
            "order_time": "2026-03-01 10:00:00 +0700", "expiry_duration": 30, "unit": "minute",
        });
        body.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
        all.push((charged, body));
    }
    all
}

fn shared() -> Value {
    json!({
        "transaction_details": {"order_id": "ORD-1", "gross_amount": 90_000},
        "item_details": [
            {"id": "a", "name": "kopi", "price": 50_000, "quantity": 2, "brand": "b"},
            {"id": "b", "name": "diskon", "price": -10_000, "quantity": 1},
        ],
        "customer_details": {
            "first_name": "Budi", "email": "budi@example.test", "phone": "0812",
            "billing_address": {"city": "Jakarta", "postal_code": "10110"},
        },
        "custom_field1": "one",
        "metadata": {"cart": 7},
        "customer_imposed_payment_fee": {"enable": true},
    })
}

fn full_page() -> Value {
    let mut body = shared();
    let more = json!({
        "enabled_payments": ["gopay", "bca_va", "credit_card"],
        "expiry": {"start_time": "2026-03-01 10:00:00 +0700", "duration": 2, "unit": "hours"},
        "page_expiry": {"duration": 1, "unit": "day"},
        "callbacks": {"finish": "https://shop.example.test/", "error": "https://e.example.test/"},
        "bca_va": {"va_number": "123456", "free_text": {"payment": [{"id": "a"}]}},
        "permata_va": {"va_number": "1234567890"},
        "echannel": {"bill_info1": "a"},
        "gopay": {"enable_callback": true, "callback_url": "app://a"},
        "shopeepay": {"callback_url": "app://b"},
        "cstore": {"alfamart_free_text_1": "terima kasih"},
        "credit_card": {"secure": true, "type": "authorize", "bank": "bni"},
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// The pointers to everything in it.
fn places(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), body)];
    while let Some((at, value)) = open.pop() {
        match value {
            Value::Object(map) => {
                open.extend(map.iter().map(|(field, inner)| (format!("{at}/{field}"), inner)));
            }
            Value::Array(list) => {
                open.extend(list.iter().enumerate().map(|(n, inner)| (format!("{at}/{n}"), inner)));
            }
            _ => {}
        }
        if !at.is_empty() {
            found.push(at);
        }
    }
    found
}

/// What can never stand in the place of such a value.
fn junk(value: &Value) -> Vec<Value> {
    let mut all = vec![json!([5]), json!({"a": 5}), json!([[[]]]), json!(-1.5), json!(u64::MAX)];
    all.push(json!(["\u{0}", null]));
    if !value.is_string() {
        all.extend([json!("x"), json!("0"), json!("\u{0}é|/#"), json!("true")]);
    }
    if !value.is_boolean() {
        all.extend([json!(true), json!(false)]);
    }
    match value {
        Value::String(_) => all.push(json!("é".repeat(300))),
        Value::Number(_) => all.extend([json!(i64::MIN), json!(1e300)]),
        Value::Object(_) => all.retain(|junk| !junk.is_object()),
        Value::Array(_) => all.retain(|junk| !junk.is_array()),
        _ => {}
    }
    all
}

fn check(reader: Reader, (body, place): (&Value, &str), junk: Value) {
    let (meant, echoed) = reader(body).unwrap();
    let mut broken = body.clone();
    *broken.pointer_mut(place).unwrap() = junk;
    match reader(&broken) {
        Err(texts) => {
            assert!(!texts.is_empty() && texts.len() <= faults::FAULTS_MAX, "{place}");
            assert!(texts.iter().all(|text| !text.is_empty()), "{place}");
        }
        Ok((means, echoes)) => {
            let now = &broken.pointer(place).unwrap();
            assert_eq!(means, meant, "{place} became {now}, and nobody was told");
            for (field, value) in &echoes {
                assert_eq!(*value, broken[field.as_str()], "{place}");
            }
            assert_eq!(echoes.len(), echoed.len(), "{place}");
        }
    }
}

#[test]
fn one_broken_field_is_told_or_does_not_matter() {
    let mut checked = 0;
    for (reader, body) in valid() {
        for place in places(&body) {
            for junk in junk(body.pointer(&place).unwrap()) {
                // Names of methods that are not known, or not any more, are legal.
                if junk.is_string() && place.starts_with("/enabled_payments/") {
                    continue;
                }
                // A whole number is an order id too.
                if junk.is_u64() && place.ends_with("/order_id") {
                    continue;
                }
                check(reader, (&body, &place), junk);
                checked += 1;
            }
        }
    }
    assert!(checked > 3000, "{checked}");
}

#[test]
fn null_means_absent() {
    for (reader, body) in valid() {
        // What is inside metadata is the merchant's own.
        for place in places(&body).into_iter().filter(|place| !place.starts_with("/metadata/")) {
            let (parent, field) = place.rsplit_once('/').unwrap();
            let mut without = body.clone();
            if let Some(map) = without.pointer_mut(parent).unwrap().as_object_mut() {
                map.remove(field);
                let mut null = body.clone();
                *null.pointer_mut(&place).unwrap() = Value::Null;
                assert_eq!(reader(&null), reader(&without), "{place}");
            }
        }
    }
}

#[test]
fn fields_that_nobody_knows_do_not_matter() {
    for (reader, body) in valid() {
        for place in std::iter::once(String::new()).chain(places(&body)) {
            let mut more = body.clone();
            let Some(map) = more.pointer_mut(&place).unwrap().as_object_mut() else { continue };
            map.insert("new_in_2031".to_owned(), json!([{"deep": [null]}]));
            let (expected, means) = (reader(&body).unwrap(), reader(&more).unwrap());
            assert_eq!(means.0, expected.0, "{place}");
        }
    }
}

/// Many things at once, the same ones in every run: nothing panics, and messages stay few.
#[test]
fn requests_broken_all_over_are_still_read() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = |bound: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let (mut refused, requests) = (0, valid());
    for _ in 0..5000 {
        let (reader, body) = &requests[below(requests.len())];
        let mut broken = body.clone();
        for _ in 0..=below(8) {
            let places = places(&broken);
            if places.is_empty() {
                break;
            }
            let target = broken.pointer_mut(&places[below(places.len())]).unwrap();
            let choices = junk(target);
            *target = choices[below(choices.len())].clone();
        }
        if let Err(texts) = reader(&broken) {
            refused += 1;
            assert!((1..=faults::FAULTS_MAX).contains(&texts.len()), "{broken}");
        }
    }
    assert!(refused > 2500, "{refused}");
}

#[test]
fn wants_are_kept_and_read_again() {
    assert_eq!(serde_json::to_value(Wants::default()).unwrap(), json!({}));
    assert_eq!(serde_json::from_str::<Wants>("{}").unwrap(), Wants::default());
    let wants = snap::read(&full_page(), OrderIds::Documented).unwrap().wants;
    let expected = json!({
        "accounts": {"bca_va": "123456", "permata_va": "1234567890"},
        "callback_url": "app://a", "authorize": true, "bank": "bni",
    });
    assert_eq!(serde_json::to_value(&wants).unwrap(), expected);
    assert_eq!(serde_json::from_value::<Wants>(expected).unwrap(), wants);
}
