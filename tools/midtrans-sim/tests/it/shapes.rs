//! The composed samples of midtrans.md 9 against what the simulator tells in the same situation at
//! the same simulated time: every field equal, except where a difference is named with its reason.

use crate::by_hand::{GOOD_CARD, answer, charge_of};
use crate::world::World;
use reqwest::Method;
use serde_json::{Map, Value, json};

/// How a field may differ from its sample.
#[derive(Debug, Clone, Copy)]
enum Differs {
    /// The sample does not have it.
    Added,
    /// Same type and form, another value.
    Value,
    /// Same type, another wording of ours.
    Wording,
}

use Differs::{Added, Value as Other, Wording};

const ID: (&str, Differs, &str) = ("transaction_id", Other, "ids are made up");
const LATER: (&str, Differs, &str) = ("expiry_time", Added, "newer samples have it (2.5, 3.1)");

fn sample(name: &str) -> Map<String, Value> {
    let all: Value = serde_json::from_str(include_str!("samples/midtrans_md_9.json")).unwrap();
    all[name].as_object().unwrap_or_else(|| panic!("no sample {name}")).clone()
}

/// Asserts equality but for the named differences, each of which must be there.
fn compare(name: &str, got: &Value, named: &[(&str, Differs, &str)]) {
    let got = got.as_object().unwrap();
    let sample = sample(name);
    for (field, differs, reason) in named {
        let (wanted, found) = (sample.get(*field), got.get(*field));
        assert_ne!(wanted, found, "{name}: {field} does not differ any more ({reason})");
        let found = found.unwrap_or_else(|| panic!("{name}: no {field}"));
        match differs {
            Differs::Added => assert_eq!(wanted, None, "{name}: {field}"),
            Differs::Value => assert_eq!(form(wanted.unwrap()), form(found), "{name}: {field}"),
            Differs::Wording => assert!(found.is_string(), "{name}: {field}"),
        }
    }
    let rest = |of: &Map<String, Value>| {
        let mut of = of.clone();
        of.retain(|field, _| named.iter().all(|(other, ..)| other != field));
        Value::Object(of)
    };
    assert_eq!(rest(got), rest(&sample), "{name}");
}

/// A value with every letter of hexadecimal and every digit made alike.
fn form(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let alike = |c: char| if c.is_ascii_hexdigit() { '9' } else { c };
            let uuid = text.len() == 36 && text.matches('-').count() == 4;
            let digit = |c: char| if c.is_ascii_digit() { '9' } else { c };
            let same: String =
                text.chars().map(|c| if uuid { alike(c) } else { digit(c) }).collect();
            json!(same)
        }
        Value::Number(number) => json!(number.is_i64()),
        Value::Array(list) => list.iter().map(form).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), form(value))).collect(),
        other => other.clone(),
    }
}

async fn advance(world: &World, seconds: u64) {
    let (code, told) = world.put("/_sim/clock", json!({ "advance_seconds": seconds })).await;
    assert_eq!(code, 200, "{told}");
}

/// A world whose clock shows ten o'clock, or an hour later, of the samples' day.
async fn at_eleven() -> World {
    let world = World::open().await;
    advance(&world, 3600).await;
    world
}

fn small(order_id: &str, payment_type: &str, own: Value) -> Value {
    let mut asked = charge_of(order_id, payment_type, own);
    asked["transaction_details"]["gross_amount"] = json!(50_000);
    asked
}

/// Signatures are equal to the samples', digit for digit: they are made of equal texts.
#[tokio::test]
async fn a_virtual_account_is_notified_as_in_the_samples() {
    let world = World::open().await;
    let own = json!({"bank": "bca", "va_number": "00000112345"});
    world.charge(charge_of("ORD-2026-000123-1", "bank_transfer", own)).await;
    advance(&world, 451).await;
    assert_eq!(world.act("ORD-2026-000123-1", "settle").await.0, 200);
    let posted = world.posted().await;
    compare("va_pending", &posted[0], &[ID, LATER]);
    compare("va_settlement", &posted[1], &[ID, LATER]);
}

#[tokio::test]
async fn an_expired_transaction_has_two_codes_and_two_signatures() {
    let world = World::open().await;
    world.charge(charge_of("ORD-2026-000123-1", "qris", Value::Null)).await;
    world.posted().await;
    let told = world.core("/v2/ORD-2026-000123-1/expire", Value::Null).await;
    assert_eq!(told["status_code"], "407");
    let posted = world.posted().await;
    compare("qris_expire_notification", &posted[0], &[ID, LATER]);
    let told = world.told("ORD-2026-000123-1").await;
    compare("qris_expire_status", &told, &[ID, LATER]);
}

#[tokio::test]
async fn a_confirmed_refund_is_notified_as_in_the_sample() {
    let world = World::open().await;
    world.charge(charge_of("ORD-2026-000123-1", "gopay", Value::Null)).await;
    advance(&world, 451).await;
    world.act("ORD-2026-000123-1", "settle").await;
    advance(&world, 23 * 3600 - 451).await;
    let ask = json!({
        "refund_key": "ORD-2026-000123-1-r1", "amount": 25_000, "reason": "item out of stock",
    });
    let told = world.core("/v2/ORD-2026-000123-1/refund", ask).await;
    assert_eq!(told["status_code"], "200", "{told}");
    world.posted().await;
    world.wait(40).await;
    let mut posted = world.posted().await;
    let number = &mut posted[0]["refunds"][0]["refund_chargeback_id"];
    assert!(number.is_i64());
    *number = json!(9001);
    let wallet = ("payment_option_type", Added, "3.1 lists it for paid GoPay");
    compare("partial_refund", &posted[0], &[ID, LATER, wallet]);
}

#[tokio::test]
async fn a_gopay_charge_answers_as_in_the_sample() {
    let world = at_eleven().await;
    let own =
        json!({"enable_callback": true, "callback_url": "app://cb?order_id=ORD-2026-000124-1"});
    let mut told = world.charge(small("ORD-2026-000124-1", "gopay", own)).await;
    let id = told["transaction_id"].as_str().unwrap().to_owned();
    let actions = told["actions"].as_array_mut().unwrap();
    // The sample leaves it out; 2.2 lists five.
    let newer = actions.remove(1);
    assert_eq!(newer["name"], "generate-qr-code-v2");
    let text = Value::Array(actions.clone()).to_string();
    let text = text.replace(&world.base, "http://127.0.0.1:18080");
    let text = text.replace(&format!("referenceid={id}"), "referenceid=x1");
    let text = text.replace(&id, "7a0c5b7e-1a7f-4b2d-9a53-8f1e2d3c4b5a");
    told["actions"] = serde_json::from_str(&text).unwrap();
    compare("gopay_charge", &told, &[ID]);
}

#[tokio::test]
async fn other_ways_to_pay_have_the_parts_of_the_samples() {
    let world = World::open().await;
    let bill = json!({"bill_info1": "a", "bill_info2": "b"});
    let cases = [
        ("echannel", "echannel", bill, "bill_key"),
        ("permata", "bank_transfer", json!({"bank": "permata"}), "permata_va_number"),
        ("indomaret", "cstore", json!({"store": "indomaret"}), "payment_code"),
    ];
    for (name, payment_type, own, number) in cases {
        let told = world.charge(charge_of(name, payment_type, own)).await;
        for part in [told, world.told(name).await] {
            compare(name, &parts(&part, name, &[]), &[(number, Other, "numbers are made up")]);
        }
    }
}

/// The fields that a sample shows, and some more.
fn parts(got: &Value, name: &str, more: &[&str]) -> Value {
    let sample = sample(name);
    let shown = |field: &String| sample.contains_key(field) || more.contains(&field.as_str());
    let got = got.as_object().unwrap().iter().filter(|(field, _)| shown(field));
    got.map(|(field, value)| (field.clone(), value.clone())).collect()
}

#[tokio::test]
async fn a_card_with_3d_secure_has_the_parts_of_the_samples() {
    let world = World::open().await;
    let told = world.card("ORD-1", GOOD_CARD, json!({"authentication": true})).await;
    let url = ("redirect_url", Wording, "the reference is a query");
    let shown = parts(&told, "card_3ds", &[]);
    assert!(
        shown["redirect_url"].as_str().unwrap().starts_with(&format!("{}/_sim/3ds", world.base))
    );
    compare("card_3ds", &shown, &[url]);
    world.posted().await;
    assert_eq!(world.act("ORD-1", "deny").await.0, 200);
    let posted = world.posted().await;
    compare("card_denied", &parts(&posted[0], "card_denied", &["approval_code"]), &[]);
}

#[tokio::test]
async fn failures_speak_as_in_the_samples() {
    let world = World::open().await;
    let made_up = ("id", Other, "ids are made up");
    compare("not_found", &world.told("nobody").await, &[made_up]);
    world.charge(charge_of("ORD-1", "qris", Value::Null)).await;
    let again = world.charge(charge_of("ORD-1", "qris", Value::Null)).await;
    compare("conflict", &again, &[made_up, ("status_message", Wording, "the sample has no text")]);
    let refused = world.core("/v2/ORD-1/approve", Value::Null).await;
    compare("wrong_state", &refused, &[made_up]);
    let mut asked = charge_of("ORD-2", "qris", Value::Null);
    asked["item_details"] = json!([{"name": "kopi", "price": 1, "quantity": 1}]);
    compare("invalid", &world.charge(asked).await, &[made_up]);
    let bare = answer(world.http.get(format!("{}/v2/ORD-1/status", world.base))).await;
    assert_eq!(bare.http, 401);
    compare("unauthorized", &bare.body, &[made_up]);
}

#[tokio::test]
async fn a_refused_refund_answers_as_in_the_sample() {
    let world = at_eleven().await;
    world.charge(small("ORD-2026-000124-1", "gopay", Value::Null)).await;
    world.act("ORD-2026-000124-1", "settle").await;
    world.posted().await;
    let (code, told) = world.post("/_sim/faults", json!({"fault": "refund_refused"})).await;
    assert_eq!(code, 200, "{told}");
    let ask = json!({"refund_key": "ORD-2026-000124-1-r1"});
    let path = "/v2/ORD-2026-000124-1/refund/online/direct";
    let mut told = world.core(path, ask).await;
    assert!(told["refund_chargeback_id"].is_i64());
    told["refund_chargeback_id"] = json!(9002);
    let usual = "every answer has it (2.2)";
    let added = [
        ID,
        ("merchant_id", Added, usual),
        ("currency", Added, usual),
        ("fraud_status", Added, usual),
        ("settlement_time", Added, "a live sample has it (2.6)"),
    ];
    compare("refund_refused", &told, &added);
    assert!(world.posted().await.is_empty(), "only a success is notified (2.6)");
    assert_eq!(world.told("ORD-2026-000124-1").await["transaction_status"], "settlement");
}

/// Snap's answers have no sample with values; 1.4 gives their form.
#[tokio::test]
async fn a_page_and_its_end_have_the_documented_form() {
    let world = World::open().await;
    let asked = charge_of("ORD-1", "qris", Value::Null);
    let told = answer(world.call(Method::POST, "/snap/v1/transactions").json(&asked)).await;
    assert_eq!(told.http, 201);
    let token = told.body["token"].as_str().unwrap();
    let url = format!("{}/snap/v4/redirection/{token}", world.base);
    assert_eq!(told.body, json!({ "token": token, "redirect_url": url }));
    let path = format!("/snap/v1/transactions/{token}/cancel");
    let told = answer(world.call(Method::POST, &path)).await;
    assert_eq!((told.http, told.body), (200, json!({"canceled_at": "2026-03-01T03:00:00Z"})));
}
