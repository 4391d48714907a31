//! What the Core API makes of a charge, method by method.

use super::*;
use crate::rules::request::{CardCharge, Wants};
use jiff::SignedDuration;
use serde_json::json;

fn charge(payment_type: &str, more: Value) -> Value {
    let mut body = json!({
        "payment_type": payment_type,
        "transaction_details": {"order_id": "ORD-1", "gross_amount": 50_000},
    });
    let Value::Object(more) = more else { panic!("not fields: {more}") };
    body.as_object_mut().unwrap().extend(more);
    body
}

fn accepted(payment_type: &str, more: Value) -> NewCharge {
    let body = charge(payment_type, more);
    read(&body).unwrap_or_else(|fault| panic!("{body}: {fault:?}"))
}

/// The messages of a refusal.
fn told(payment_type: &str, more: Value) -> Vec<String> {
    match read(&charge(payment_type, more)) {
        Err(ChargeFault::Invalid(texts)) => texts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_object_is_no_charge() {
    for body in [json!(null), json!([]), json!("{}"), json!(7), json!(true)] {
        assert_eq!(read(&body), Err(ChargeFault::Empty), "{body}");
    }
    let Err(ChargeFault::Invalid(texts)) = read(&json!({})) else { panic!() };
    assert_eq!(
        texts,
        [
            "payment_type is required",
            "transaction_details.order_id is required",
            "transaction_details.gross_amount is required",
            "transaction_details.gross_amount is not a number",
        ]
    );
}

#[test]
fn payment_types_are_known_or_not_offered() {
    for unknown in
        ["bca_va", "permata_va", "alfamart", "other_qris", "bca_klikpay", "GOPAY", "x", "é"]
    {
        assert_eq!(read(&charge(unknown, json!({}))), Err(ChargeFault::NotOffered), "{unknown}");
    }
    let hopeless = json!({"payment_type": "x"});
    assert_eq!(read(&hopeless), Err(ChargeFault::NotOffered), "before anything else");
    assert_eq!(told("", json!({})), ["payment_type is required"]);
    assert_eq!(told("x", json!({"payment_type": 7})), ["payment_type is invalid"]);
}

#[test]
fn every_method_can_be_charged() {
    for method in Method::ALL {
        let more = match method {
            Method::MandiriBill => {
                json!({"echannel": {"bill_info1": "For:", "bill_info2": "kopi"}})
            }
            Method::Alfamart | Method::Indomaret => json!({"cstore": {"store": method.as_str()}}),
            Method::CreditCard => json!({"credit_card": {"token_id": "t"}}),
            Method::Akulaku => json!({"item_details": [
                {"id": "a", "name": "kopi", "price": 50_000, "quantity": 1},
            ]}),
            _ => json!({"bank_transfer": {"bank": method.bank()}}),
        };
        let charge = accepted(method.payment_type(), more);
        assert_eq!((charge.method, charge.gross_amount), (method, 50_000));
        assert_eq!(charge.order_id, "ORD-1");
        assert_eq!(charge.wants, Wants::default());
        assert_eq!(charge.card.is_some(), method == Method::CreditCard);
    }
    assert_eq!(accepted("permata", json!({})).method, Method::PermataVa);
}

#[test]
fn the_shared_rules_hold_here_too() {
    let items = json!({"item_details": [{"name": "kopi", "price": 1, "quantity": 1}]});
    assert_eq!(
        told("gopay", items),
        ["transaction_details.gross_amount is not equal to the sum of item_details"]
    );
    let echo = accepted("gopay", json!({"custom_field1": "a", "metadata": {"b": 1}})).echo;
    assert_eq!(Value::Object(echo), json!({"custom_field1": "a", "metadata": {"b": 1}}));
    let fee = json!({"customer_imposed_payment_fee": {"enable": true}});
    assert_eq!(accepted("gopay", fee).fee, Some(true));
}

#[test]
fn transfers_name_a_bank_and_perhaps_a_number() {
    let bank = |name: Value| told("bank_transfer", json!({"bank_transfer": { "bank": name }}));
    for none in [json!(null), json!("")] {
        assert_eq!(bank(none), ["bank_transfer.bank is required"]);
    }
    for bad in [json!("mandiri"), json!("bca_va"), json!("BCA"), json!(7)] {
        assert_eq!(bank(bad), ["bank_transfer.bank is invalid"]);
    }
    assert_eq!(told("bank_transfer", json!({})), ["bank_transfer.bank is required"]);

    let number =
        |bank: &str, number: &str| json!({"bank_transfer": {"bank": bank, "va_number": number}});
    let wants = accepted("bank_transfer", number("bni", "12345678")).wants;
    assert_eq!(wants.accounts["bni_va"], "12345678");
    assert_eq!(
        told("bank_transfer", number("bni", "123456789")),
        ["bank_transfer.va_number is too long (maximum is 8 characters)"]
    );
    assert_eq!(
        told("bank_transfer", number("permata", "12345")),
        ["bank_transfer.va_number is too short (minimum is 10 characters)"]
    );
    assert_eq!(
        told("permata", json!({"bank_transfer": {"va_number": "123456789a"}})),
        ["bank_transfer.va_number is not a number"]
    );
    assert_eq!(told("permata", json!({"bank_transfer": "x"})), ["bank_transfer is invalid"]);
    let text = json!({"bank_transfer": {"bank": "bca", "free_text": {"inquiry": "x"}}});
    assert_eq!(told("bank_transfer", text), ["bank_transfer.free_text.inquiry is invalid"]);
}

#[test]
fn some_banks_look_at_the_customer() {
    let customer = |bank: &str, customer: Value| {
        let body = json!({"bank_transfer": {"bank": bank}, "customer_details": customer});
        read(&charge("bank_transfer", body))
    };
    let refused = |text: &str| Err(ChargeFault::Invalid(vec![text.to_owned()]));
    for field in ["first_name", "last_name"] {
        assert!(customer("bca", json!({ field: "é".repeat(30) })).is_ok());
        let text = format!("customer_details.{field} is too long (maximum is 30 characters)");
        assert_eq!(customer("bca", json!({ field: "é".repeat(31) })), refused(&text));
        assert!(customer("bri", json!({ field: "é".repeat(31) })).is_ok());
    }
    for good in ["+62812", "0812", ""] {
        assert!(customer("bni", json!({ "phone": good })).is_ok());
    }
    let text = "customer_details.phone must start with +62 or 0";
    assert_eq!(customer("bni", json!({"phone": "62812"})), refused(text));
    assert!(customer("bca", json!({"phone": "62812"})).is_ok());
    let text = "customer_details.phone is too long (maximum is 30 characters)";
    assert_eq!(customer("bni", json!({"phone": "0".repeat(31)})), refused(text));
}

#[test]
fn a_mandiri_bill_carries_two_texts() {
    assert_eq!(
        told("echannel", json!({})),
        ["echannel.bill_info1 is required", "echannel.bill_info2 is required"]
    );
    let long = json!({"echannel": {"bill_info1": "x".repeat(11), "bill_info2": "x".repeat(31)}});
    assert_eq!(
        told("echannel", long),
        [
            "echannel.bill_info1 is too long (maximum is 10 characters)",
            "echannel.bill_info2 is too long (maximum is 30 characters)",
        ]
    );
}

#[test]
fn wallets_have_callbacks_and_acquirers() {
    let gopay = json!({"gopay": {"enable_callback": true, "callback_url": "app://a"}});
    assert_eq!(accepted("gopay", gopay.clone()).wants.callback_url.as_deref(), Some("app://a"));
    let silent = json!({"gopay": {"callback_url": "app://a"}});
    assert_eq!(accepted("gopay", silent).wants.callback_url, None);
    assert_eq!(accepted("qris", gopay).wants, Wants::default(), "another method's object");
    for wallet in ["shopeepay", "dana", "ovo"] {
        let more = json!({ wallet: {"callback_url": "app://b"} });
        assert_eq!(accepted(wallet, more).wants.callback_url.as_deref(), Some("app://b"));
        assert_eq!(told(wallet, json!({ wallet: 7 })), [format!("{wallet} is invalid")]);
    }
    let qris = |acquirer: Value| json!({"qris": { "acquirer": acquirer }});
    for good in ["gopay", "airpay shopee"] {
        assert_eq!(accepted("qris", qris(json!(good))).wants.acquirer.as_deref(), Some(good));
    }
    assert_eq!(accepted("qris", qris(json!(null))).wants.acquirer, None);
    for bad in [json!("ovo"), json!("GoPay"), json!(7)] {
        assert_eq!(told("qris", qris(bad)), ["qris.acquirer is invalid"]);
    }
}

#[test]
fn stores_are_named_in_any_case() {
    let store = |name: Value| json!({"cstore": { "store": name }});
    assert_eq!(accepted("cstore", store(json!("Indomaret"))).method, Method::Indomaret);
    assert_eq!(accepted("cstore", store(json!("ALFAMART"))).method, Method::Alfamart);
    assert_eq!(told("cstore", store(json!(null))), ["cstore.store is required"]);
    for bad in [json!("circle k"), json!("gopay"), json!(7)] {
        assert_eq!(told("cstore", store(bad)), ["cstore.store is invalid"]);
    }
    for (field, most) in
        [("message", 20), ("alfamart_free_text_1", 40), ("alfamart_free_text_3", 40)]
    {
        let of = |chars| json!({"cstore": {"store": "alfamart", field: "é".repeat(chars)}});
        accepted("cstore", of(most));
        let text = format!("cstore.{field} is too long (maximum is {most} characters)");
        assert_eq!(told("cstore", of(most + 1)), [text]);
    }
    let barred = |store: &str| {
        let item = json!({"name": "kopi | susu", "price": 50_000, "quantity": 1});
        json!({"cstore": { "store": store }, "item_details": [item]})
    };
    let text = "item_details.name contains a symbol that is not allowed";
    assert_eq!(told("cstore", barred("alfamart")), [text]);
    accepted("cstore", barred("indomaret"));
}

#[test]
fn a_card_is_a_token() {
    let card = |value: Value| read(&charge("credit_card", json!({ "credit_card": value })));
    let least = card(json!({"token_id": "4811-1114"})).unwrap();
    let plain =
        CardCharge { token: "4811-1114".to_owned(), three_ds: false, authorize: false, bank: None };
    assert_eq!((least.card, least.wants), (Some(plain), Wants::default()));
    let full = card(json!({
        "token_id": "t", "authentication": true, "type": "authorize", "bank": "bca",
        "installment_term": 3, "save_token_id": true,
    }));
    let full = full.unwrap();
    assert!(full.wants.authorize);
    assert_eq!(full.wants.bank.as_deref(), Some("bca"));
    let bank = Some("bca".to_owned());
    let reserved = CardCharge { token: "t".to_owned(), three_ds: true, authorize: true, bank };
    assert_eq!(full.card, Some(reserved));
    for none in [json!(null), json!({}), json!([]), json!({"token_id": ""})] {
        assert_eq!(card(none.clone()), Err(ChargeFault::NoToken), "{none}");
    }
    for (bad, text) in [
        (json!("t"), "credit_card is invalid"),
        (json!({"token_id": 7}), "credit_card.token_id is invalid"),
        (
            json!({"token_id": "t", "authentication": "true"}),
            "credit_card.authentication is invalid",
        ),
        (json!({"token_id": "t", "type": "x"}), "credit_card.type is invalid"),
        (json!({"type": "x"}), "credit_card.type is invalid"),
    ] {
        assert_eq!(card(bad), Err(ChargeFault::Invalid(vec![text.to_owned()])));
    }
}

#[test]
fn akulaku_lends_on_items_that_can_be_told_apart() {
    let item = |id: Value| json!({"id": id, "name": "kopi", "price": 25_000, "quantity": 1});
    let of = |first, second| json!({"item_details": [item(first), item(second)]});
    accepted("akulaku", of(json!("a"), json!("b")));
    accepted("kredivo", of(json!("a"), json!("a")));
    for none in [json!({}), json!({"item_details": []})] {
        assert_eq!(told("akulaku", none), ["item_details is required"]);
    }
    assert_eq!(told("akulaku", of(json!("a"), json!("a"))), ["item_details.id is not unique"]);
    assert_eq!(told("akulaku", of(json!("a"), json!(null))), ["item_details.id is required"]);
}

#[test]
fn each_method_waits_at_most_so_long() {
    let expiry = |duration: i64, unit: &str| json!({"custom_expiry": {"expiry_duration": duration, "unit": unit}});
    for method in [Method::Gopay, Method::Qris, Method::ShopeePay, Method::Kredivo] {
        let longest = method.longest_expiry();
        let charge = accepted(method.payment_type(), expiry(longest.as_secs(), "second"));
        assert_eq!(charge.expiry.unwrap().length, longest);
        assert_eq!(
            told(method.payment_type(), expiry(longest.as_secs() + 1, "second")),
            ["custom_expiry.expiry_duration is invalid"]
        );
    }
    let mut airpay = expiry(6, "day");
    accepted("qris", airpay.clone());
    airpay["qris"] = json!({"acquirer": "airpay shopee"});
    assert_eq!(told("qris", airpay), ["custom_expiry.expiry_duration is invalid"]);

    let least = accepted("gopay", expiry(20, "second")).expiry.unwrap();
    assert_eq!((least.start, least.length), (None, SignedDuration::from_secs(20)));
    let text = "custom_expiry.expiry_duration is invalid";
    assert_eq!(told("gopay", expiry(19, "second")), [text]);
    let minutes = accepted("gopay", json!({"custom_expiry": {"expiry_duration": 30}}));
    assert_eq!(minutes.expiry.unwrap().length, SignedDuration::from_mins(30));
}
