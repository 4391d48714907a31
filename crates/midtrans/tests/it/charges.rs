//! A charge of every method, byte for byte (midtrans.md 2.2).

use crate::stub::{Recorder, charge, client, order};
use midtrans::{
    Authentication, BcaVa, CaptureMode, CardToken, ChargeRequest, CreditCard, CustomExpiry,
    Customer, Doubt, Error, ExpiryUnit, FreeText, IdempotencyKey, Item, Operation, Options,
    PaymentMethod, QrisAcquirer,
};
use url::Url;

const BILL: &str = r#""transaction_details":{"order_id":"ORD-1","gross_amount":125000}"#;

/// Sends a charge to a server that does not understand it, and returns the body that came.
async fn sent(request: &ChargeRequest) -> String {
    let server = Recorder::open("{}").await;
    let error = client(server.address).charge(request, &Options::default()).await.unwrap_err();
    assert!(matches!(error, Error::Unknown(Doubt::NotUnderstood)), "{error:?}");
    let seen = server.take();
    assert_eq!(seen.line, "POST /v2/charge");
    seen.body
}

async fn writes(method: PaymentMethod, expected: &str) {
    let body = sent(&charge(method)).await;
    let (kind, detail) = expected.split_once(' ').unwrap_or((expected, ""));
    let comma = if detail.is_empty() { "" } else { "," };
    assert_eq!(body, format!(r#"{{"payment_type":"{kind}"{comma}{detail},{BILL}}}"#));
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[tokio::test]
async fn virtual_accounts_are_bank_transfers() {
    let plain = BcaVa::default();
    writes(PaymentMethod::BcaVa(plain), r#"bank_transfer "bank_transfer":{"bank":"bca"}"#).await;
    let line = |id: &str, en: &str| FreeText { id: id.to_owned(), en: en.to_owned() };
    let full = BcaVa {
        va_number: some("12345678911"),
        sub_company_code: some("00001"),
        inquiry: vec![line("Halo", "Hello")],
        payment: vec![line("Terima kasih", "Thank you"), line("a", "b")],
    };
    writes(
        PaymentMethod::BcaVa(full),
        r#"bank_transfer "bank_transfer":{"bank":"bca","va_number":"12345678911","free_text":{"inquiry":[{"id":"Halo","en":"Hello"}],"payment":[{"id":"Terima kasih","en":"Thank you"},{"id":"a","en":"b"}]},"bca":{"sub_company_code":"00001"}}"#,
    )
    .await;
    let va_number = some("12345678");
    writes(
        PaymentMethod::BniVa { va_number: va_number.clone() },
        r#"bank_transfer "bank_transfer":{"bank":"bni","va_number":"12345678"}"#,
    )
    .await;
    writes(
        PaymentMethod::BriVa { va_number },
        r#"bank_transfer "bank_transfer":{"bank":"bri","va_number":"12345678"}"#,
    )
    .await;
    writes(
        PaymentMethod::CimbVa { va_number: None },
        r#"bank_transfer "bank_transfer":{"bank":"cimb"}"#,
    )
    .await;
    writes(
        PaymentMethod::PermataVa { recipient_name: None },
        r#"bank_transfer "bank_transfer":{"bank":"permata"}"#,
    )
    .await;
    writes(
        PaymentMethod::PermataVa { recipient_name: some("Toko Kopi") },
        r#"bank_transfer "bank_transfer":{"bank":"permata","permata":{"recipient_name":"Toko Kopi"}}"#,
    )
    .await;
    writes(
        PaymentMethod::MandiriBill {
            bill_info1: "Payment:".to_owned(),
            bill_info2: "coffee".to_owned(),
        },
        r#"echannel "echannel":{"bill_info1":"Payment:","bill_info2":"coffee"}"#,
    )
    .await;
}

#[tokio::test]
async fn wallets_and_codes() {
    writes(PaymentMethod::Gopay { callback_url: None }, "gopay").await;
    writes(
        PaymentMethod::Gopay { callback_url: Some(url("app://cb?order_id=ORD-1")) },
        r#"gopay "gopay":{"enable_callback":true,"callback_url":"app://cb?order_id=ORD-1"}"#,
    )
    .await;
    writes(PaymentMethod::Qris { acquirer: None }, "qris").await;
    writes(
        PaymentMethod::Qris { acquirer: Some(QrisAcquirer::Gopay) },
        r#"qris "qris":{"acquirer":"gopay"}"#,
    )
    .await;
    writes(
        PaymentMethod::Qris { acquirer: Some(QrisAcquirer::AirpayShopee) },
        r#"qris "qris":{"acquirer":"airpay shopee"}"#,
    )
    .await;
    writes(
        PaymentMethod::ShopeePay { callback_url: url("https://toko.example/back") },
        r#"shopeepay "shopeepay":{"callback_url":"https://toko.example/back"}"#,
    )
    .await;
}

#[tokio::test]
async fn stores() {
    writes(
        PaymentMethod::Alfamart {
            message: some("order 1"),
            free_text: [some("one"), None, some("three")],
        },
        r#"cstore "cstore":{"store":"alfamart","message":"order 1","alfamart_free_text_1":"one","alfamart_free_text_3":"three"}"#,
    )
    .await;
    writes(PaymentMethod::Indomaret { message: None }, r#"cstore "cstore":{"store":"indomaret"}"#)
        .await;
}

#[tokio::test]
async fn cards_ask_for_3ds_unless_told_otherwise() {
    let card = CreditCard::new(CardToken::try_new("48111111-1114-abc").unwrap());
    writes(
        PaymentMethod::CreditCard(card.clone()),
        r#"credit_card "credit_card":{"token_id":"48111111-1114-abc","authentication":true}"#,
    )
    .await;
    let full = CreditCard {
        authentication: Authentication::Skipped,
        capture: CaptureMode::Later,
        bank: some("bni"),
        save: true,
        installment_months: Some(12),
        ..card
    };
    writes(
        PaymentMethod::CreditCard(full),
        r#"credit_card "credit_card":{"token_id":"48111111-1114-abc","authentication":false,"bank":"bni","save_token_id":true,"installment_term":12,"type":"authorize"}"#,
    )
    .await;
}

#[tokio::test]
async fn the_bill_is_written_as_for_snap_and_the_expiry_is_not() {
    let items = vec![
        Item { id: "sku".to_owned(), name: "kopi".to_owned(), price: 50_000, quantity: 3 },
        Item { id: "d".to_owned(), name: "diskon".to_owned(), price: -25_000, quantity: 1 },
    ];
    let method = PaymentMethod::Qris { acquirer: None };
    let mut request = ChargeRequest::try_new(order(), 125_000, items, method)
        .unwrap()
        .with_customer(Customer { first_name: some("Ibu"), ..Customer::default() })
        .unwrap()
        .with_expiry(CustomExpiry {
            order_time: Some("2026-03-01T03:00:00Z".parse().unwrap()),
            duration: 90,
            unit: ExpiryUnit::Minute,
        })
        .unwrap();
    request.custom_fields = [some("a"), None, Some("x".repeat(300))];
    let expected = format!(
        r#"{{"payment_type":"qris",{BILL},"item_details":[{{"id":"sku","name":"kopi","price":50000,"quantity":3}},{{"id":"d","name":"diskon","price":-25000,"quantity":1}}],"customer_details":{{"first_name":"Ibu"}},"custom_field1":"a","custom_field3":"{}","custom_expiry":{{"order_time":"2026-03-01 10:00:00 +0700","expiry_duration":90,"unit":"minute"}}}}"#,
        "x".repeat(255)
    );
    assert_eq!(sent(&request).await, expected);
}

#[tokio::test]
async fn a_charge_is_sent_with_its_idempotency_key_and_json() {
    let server = Recorder::open("{}").await;
    let key = IdempotencyKey::for_operation(Operation::Charge, "ORD-1");
    let request = charge(PaymentMethod::Qris { acquirer: None });
    let _ = client(server.address).charge(&request, &Options::idempotent(key.clone())).await;
    let seen = server.take();
    assert_eq!(seen.header("idempotency-key"), Some(key.as_str()));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert_eq!(seen.header("accept-encoding"), None);
    assert_eq!(seen.header("x-override-notification"), None);
}
