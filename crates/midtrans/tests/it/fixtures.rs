//! The samples of midtrans.md 9, each read as what it is.

use crate::stub::{KEY, charge, saying};
use midtrans::{
    Action, CardToken, ChargeRequest, CreditCard, Error, FraudStatus, Notification, Options,
    OrderId, PaymentMethod, RefundKey, RefundOutcome, RefundRequest, ServerKey, Transaction,
    TransactionStatus,
};
use serde_json::Value;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/", $name, ".json"))
    };
}

const BCA_PENDING: &str = fixture!("notification_pending_va");

fn key() -> ServerKey {
    ServerKey::try_new(KEY).unwrap()
}

fn notified(body: &str) -> Transaction {
    let notification = Notification::parse(body.as_bytes()).unwrap();
    assert!(notification.verify_signature(&key()));
    assert!(!notification.is_test());
    let told = notification.into_transaction();
    assert_eq!(told.transaction_id, "0d0f5a0e-2a5b-4d6e-8f55-3f7e0f0a1c11");
    assert_eq!(told.order_id, "ORD-2026-000123-1");
    assert_eq!(told.merchant_id.as_deref(), Some("G000000001"));
    assert_eq!(told.currency.as_deref(), Some("IDR"));
    assert_eq!(told.amount_to_compare(), Ok(125_000));
    assert_eq!(told.transaction_time, Some("2026-03-01T03:00:00Z".parse().unwrap()));
    assert_eq!(told.fraud_status, Some(FraudStatus::Accept));
    told
}

/// A pending charge with what a sample says differently.
fn pending_with(part: &str) -> String {
    let mut body: Value = serde_json::from_str(BCA_PENDING).unwrap();
    let part: Value = serde_json::from_str(part).unwrap();
    body.as_object_mut().unwrap().remove("va_numbers");
    for (field, value) in part.as_object().unwrap() {
        body[field] = value.clone();
    }
    body.to_string()
}

async fn charged(body: &str, method: PaymentMethod) -> Transaction {
    let order_id = OrderId::try_new("ORD-2026-000123-1").unwrap();
    let request = ChargeRequest::try_new(order_id, 125_000, vec![], method).unwrap();
    saying(200, body).await.charge(&request, &Options::default()).await.unwrap()
}

fn card() -> PaymentMethod {
    PaymentMethod::CreditCard(CreditCard::new(CardToken::try_new("token").unwrap()))
}

#[test]
fn a_virtual_account_is_waited_for_and_paid() {
    let pending = notified(BCA_PENDING);
    assert_eq!(pending.transaction_status, TransactionStatus::Pending);
    assert_eq!((pending.status_code.as_str(), pending.is_paid()), ("201", false));
    assert_eq!(pending.va_numbers.as_ref().unwrap()[0].va_number, "00000112345");
    assert_eq!(pending.payment_amounts, []);
    let settled = notified(fixture!("notification_settlement_va"));
    assert_eq!(settled.transaction_status, TransactionStatus::Settlement);
    assert!(settled.is_paid());
    assert_eq!(settled.settlement_time, Some("2026-03-01T03:07:31Z".parse().unwrap()));
    assert_ne!(pending.signature_key, settled.signature_key);
}

#[tokio::test]
async fn an_expired_transaction_is_told_with_two_codes() {
    let notified = notified(fixture!("notification_expire"));
    assert_eq!(notified.status_code, "202");
    assert_eq!(notified.transaction_status, TransactionStatus::Expire);
    let client = saying(200, fixture!("status_expired")).await;
    let asked = client.status("ORD-2026-000123-1").await.unwrap().unwrap();
    assert_eq!(asked.status_code, "407");
    assert_eq!(asked.transaction_status, TransactionStatus::Expire);
    assert!(asked.verify_signature(&key()));
    assert_eq!(asked.acquirer.as_deref(), Some("gopay"));
    assert_ne!(notified.signature_key, asked.signature_key);
    client.expire("ORD-2026-000123-1", &Options::default()).await.unwrap();
}

#[test]
fn a_refund_is_found_by_its_key_and_confirmed() {
    let told = notified(fixture!("notification_partial_refund"));
    assert_eq!(told.transaction_status, TransactionStatus::PartialRefund);
    assert_eq!(told.refund_amount.as_deref(), Some("25000.00"));
    assert_eq!((told.refunds.len(), told.is_paid()), (1, false));
    assert_eq!(told.refund_with_key("ORD-2026-000123-1-r2"), None);
    let refund = told.refund_with_key("ORD-2026-000123-1-r1").unwrap();
    assert_eq!(refund.refund_chargeback_id.as_deref(), Some("9001"));
    assert_eq!(refund.amount(), Ok(25_000));
    assert_eq!(refund.created_at, Some("2026-03-02T02:00:00Z".parse().unwrap()));
    assert_eq!(refund.reason.as_deref(), Some("item out of stock"));
    assert_eq!(refund.refund_method.as_deref(), Some("online"));
    assert_eq!(refund.bank_confirmed_at, Some("2026-03-02T02:40:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_gopay_charge_tells_its_actions_by_name() {
    let order_id = OrderId::try_new("ORD-2026-000124-1").unwrap();
    let method = PaymentMethod::Gopay { callback_url: None };
    let request = ChargeRequest::try_new(order_id, 50_000, vec![], method).unwrap();
    let client = saying(200, fixture!("charge_gopay")).await;
    let told = client.charge(&request, &Options::default()).await.unwrap();
    assert_eq!(told.transaction_status, TransactionStatus::Pending);
    assert_eq!(told.expires_at(), Some("2026-03-01T04:15:00Z".parse().unwrap()));
    assert_eq!(told.actions.len(), 4);
    let code = told.action(Action::QR_CODE).unwrap();
    assert!(code.url.ends_with("/v2/gopay/7a0c5b7e-1a7f-4b2d-9a53-8f1e2d3c4b5a/qr-code"));
    assert_eq!(code.method.as_deref(), Some("GET"));
    assert!(told.action(Action::DEEPLINK).unwrap().url.contains("callback_url=app%3A%2F%2Fcb"));
    assert_eq!(told.action("cancel").unwrap().method.as_deref(), Some("POST"));
    assert_eq!(told.action(Action::QR_CODE_V2), None);
    // Another order's charge, such as one remembered for a key used twice, is not believed.
    let other = client.charge(&charge(card()), &Options::default()).await.unwrap_err();
    assert!(matches!(other, Error::Unknown(midtrans::Doubt::Contradiction)), "{other:?}");
}

#[tokio::test]
async fn each_method_tells_the_customer_what_to_pay_with() {
    let bill = PaymentMethod::MandiriBill { bill_info1: "a".into(), bill_info2: "b".into() };
    let told = charged(&pending_with(fixture!("part_mandiri_bill")), bill).await;
    assert_eq!(told.payment_type.as_deref(), Some("echannel"));
    assert_eq!(told.bill_key.as_deref(), Some("990000000123"));
    assert_eq!(told.biller_code.as_deref(), Some("70012"));

    let permata = PaymentMethod::PermataVa { recipient_name: None };
    let told = charged(&pending_with(fixture!("part_permata_va")), permata).await;
    assert_eq!(told.permata_va_number.as_deref(), Some("8562000000000123"));
    assert_eq!(told.va_numbers, None);

    let store = PaymentMethod::Indomaret { message: None };
    let told = charged(&pending_with(fixture!("part_cstore")), store).await;
    assert_eq!(told.payment_code.as_deref(), Some("300000000000000123"));
    assert_eq!(told.store.as_deref(), Some("indomaret"));
}

#[tokio::test]
async fn a_card_goes_to_3ds_and_a_denied_card_is_no_error() {
    let told = charged(&pending_with(fixture!("part_card_3ds")), card()).await;
    assert_eq!(
        told.redirect_url.as_deref(),
        Some("http://127.0.0.1:18080/_sim/3ds/48111111-1114-abc")
    );
    assert_eq!(told.masked_card.as_deref(), Some("48111111-1114"));
    assert_eq!(told.bank.as_deref(), Some("bni"));
    assert_eq!(told.card_type.as_deref(), Some("credit"));

    let told = charged(&pending_with(fixture!("part_card_denied")), card()).await;
    assert_eq!(told.transaction_status, TransactionStatus::Deny);
    assert_eq!((told.status_code.as_str(), told.is_paid()), ("202", false));
    assert_eq!(told.eci.as_deref(), Some("05"));
    assert_eq!(told.channel_response_code.as_deref(), Some("05"));
    assert_eq!(told.channel_response_message.as_deref(), Some("Do not honour"));
}

#[tokio::test]
async fn a_declined_refund_is_told_apart() {
    let key = RefundKey::try_new("ORD-2026-000124-1-r1").unwrap();
    let request = RefundRequest::try_new(key, None, None).unwrap();
    let client = saying(200, fixture!("refund_declined")).await;
    let told = client.refund_direct("ORD-2026-000124-1", &request, &Options::default()).await;
    let message = "Refund denied by the bank".to_owned();
    assert_eq!(told.unwrap(), RefundOutcome::Declined { message });
}

#[tokio::test]
async fn failures_are_told_over_http_200() {
    let missing = saying(200, fixture!("failure_404")).await;
    assert_eq!(missing.status("ORD-1").await.unwrap(), None);
    assert!(missing.cancel("ORD-1", &Options::default()).await.unwrap_err().is_not_found());

    let none = Options::default();
    let taken = saying(200, fixture!("failure_406")).await;
    assert!(taken.charge(&charge(card()), &none).await.unwrap_err().is_duplicate());
    let settled = saying(200, fixture!("failure_412")).await;
    assert!(settled.cancel("ORD-1", &none).await.unwrap_err().is_wrong_state());

    let invalid = saying(200, fixture!("failure_400")).await;
    match invalid.charge(&charge(card()), &none).await {
        Err(Error::Refused { http: 200, code: 400, messages }) => assert_eq!(
            messages,
            [
                "One or more parameters in the payload is invalid.",
                "transaction_details.gross_amount is not equal to the sum of item_details",
            ]
        ),
        other => panic!("{other:?}"),
    }
    let stranger = saying(401, fixture!("failure_401")).await;
    let error = stranger.status("ORD-1").await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { http: 401 }), "{error:?}");
}
