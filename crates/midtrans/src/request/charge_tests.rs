//! What of a charge, a capture and a refund is refused before it is sent.

use super::*;
use crate::{
    BcaVa, CaptureRequest, CardToken, CreditCard, FreeText, QrisAcquirer, RefundKey, RefundRequest,
};

fn charge(method: PaymentMethod) -> Result<ChargeRequest, RequestError> {
    ChargeRequest::try_new(OrderId::try_new("ORD-1").unwrap(), 125_000, vec![], method)
}

fn bni() -> PaymentMethod {
    PaymentMethod::BniVa { va_number: None }
}

fn takes(method: PaymentMethod) {
    let shown = format!("{method:?}");
    assert!(charge(method).is_ok(), "{shown}");
}

fn refuses(method: PaymentMethod, error: RequestError) {
    let shown = format!("{method:?}");
    assert_eq!(charge(method).err(), Some(error), "{shown}");
}

#[test]
fn numbers_of_virtual_accounts_have_the_length_of_their_bank() {
    let bca = |va_number| PaymentMethod::BcaVa(BcaVa { va_number, ..BcaVa::default() });
    type Bank = fn(Option<String>) -> PaymentMethod;
    let banks: [(Bank, usize, usize); 4] = [
        (bca, 6, 11),
        (|va_number| PaymentMethod::BniVa { va_number }, 1, 8),
        (|va_number| PaymentMethod::BriVa { va_number }, 1, 13),
        (|va_number| PaymentMethod::CimbVa { va_number }, 1, 12),
    ];
    for (bank, min, max) in banks {
        takes(bank(None));
        takes(bank(Some("1".repeat(min))));
        takes(bank(Some("1".repeat(max))));
        let error = RequestError::Digits { field: "va_number", min, max };
        for bad in ["1".repeat(min - 1), "1".repeat(max + 1), "12345a".to_owned(), "١".repeat(6)] {
            refuses(bank(Some(bad)), error.clone());
        }
    }
}

#[test]
fn texts_have_something_in_them_and_the_documented_length() {
    let permata = |text: &str| PaymentMethod::PermataVa { recipient_name: Some(text.to_owned()) };
    let bill = |first: &str, second: &str| PaymentMethod::MandiriBill {
        bill_info1: first.to_owned(),
        bill_info2: second.to_owned(),
    };
    let store = |text: &str| PaymentMethod::Indomaret { message: Some(text.to_owned()) };
    let receipt = |text: &str| PaymentMethod::Alfamart {
        message: None,
        free_text: [None, None, Some(text.to_owned())],
    };
    takes(permata(&"é".repeat(20)));
    takes(bill(&"x".repeat(10), &"x".repeat(30)));
    takes(store(&"x".repeat(20)));
    takes(receipt(&"x".repeat(40)));
    for (method, field, max) in [
        (permata(&"x".repeat(21)), "recipient_name", 20),
        (permata(" "), "recipient_name", 20),
        (bill(&"x".repeat(11), "x"), "bill_info1", 10),
        (bill("", "x"), "bill_info1", 10),
        (bill("x", &"x".repeat(31)), "bill_info2", 30),
        (store(&"x".repeat(21)), "message", 20),
        (receipt(&"x".repeat(41)), "alfamart_free_text", 40),
    ] {
        refuses(method, RequestError::Text { field, max });
    }
}

#[test]
fn bca_takes_ten_lines_of_fifty_and_five_digits() {
    let line = |length: usize| FreeText { id: "x".repeat(length), en: "x".to_owned() };
    let bca = |inquiry| PaymentMethod::BcaVa(BcaVa { inquiry, ..BcaVa::default() });
    takes(bca(vec![line(50); 10]));
    refuses(bca(vec![line(1); 11]), RequestError::TooMany { field: "inquiry", max: 10 });
    refuses(bca(vec![line(51)]), RequestError::Text { field: "inquiry", max: 50 });
    refuses(bca(vec![line(0)]), RequestError::Text { field: "inquiry", max: 50 });
    let code = BcaVa { sub_company_code: Some("1".to_owned()), ..BcaVa::default() };
    let error = RequestError::Digits { field: "sub_company_code", min: 5, max: 5 };
    refuses(PaymentMethod::BcaVa(code), error);
}

#[test]
fn callbacks_tokens_and_instalments_have_bounds() {
    let long: url::Url = format!("https://toko.example/{}", "x".repeat(255)).parse().unwrap();
    let error = RequestError::Text { field: "callback_url", max: 255 };
    refuses(PaymentMethod::Gopay { callback_url: Some(long.clone()) }, error.clone());
    refuses(PaymentMethod::ShopeePay { callback_url: long }, error);
    for bad in ["", "a b", "tok\n", &"x".repeat(256)] {
        assert!(CardToken::try_new(bad).is_err(), "{bad:?}");
    }
    let card = CreditCard::new(CardToken::try_new("t").unwrap());
    for months in [0, 100] {
        let card = CreditCard { installment_months: Some(months), ..card.clone() };
        let error = RequestError::Digits { field: "installment_term", min: 1, max: 2 };
        refuses(PaymentMethod::CreditCard(card), error);
    }
    let card = CreditCard { bank: Some("x".repeat(21)), ..card };
    refuses(PaymentMethod::CreditCard(card), RequestError::Text { field: "bank", max: 20 });
}

#[test]
fn the_bill_is_checked_as_for_snap_and_alfamart_takes_no_bar() {
    let order = || OrderId::try_new("ORD-1").unwrap();
    let item = Item { id: "i".to_owned(), name: "a|b".to_owned(), price: 10, quantity: 1 };
    let error = ChargeRequest::try_new(order(), 0, vec![], bni()).unwrap_err();
    assert_eq!(error, RequestError::GrossAmount);
    let error = ChargeRequest::try_new(order(), 11, vec![item.clone()], bni()).unwrap_err();
    assert_eq!(error, RequestError::Sum { items: 10, gross: 11 });
    assert!(ChargeRequest::try_new(order(), 10, vec![item.clone()], bni()).is_ok());
    let alfamart = PaymentMethod::Alfamart { message: None, free_text: [None, None, None] };
    let error = ChargeRequest::try_new(order(), 10, vec![item], alfamart).unwrap_err();
    assert_eq!(error, RequestError::Characters { field: "item_details.name" });
}

#[test]
fn the_customer_fits_the_bank() {
    let named = |length| Customer { first_name: Some("é".repeat(length)), ..Customer::default() };
    let phoned = |text: &str| Customer { phone: Some(text.to_owned()), ..Customer::default() };
    let bca = || charge(PaymentMethod::BcaVa(BcaVa::default())).unwrap();
    let bni = || charge(bni()).unwrap();
    assert!(bca().with_customer(named(30)).is_ok());
    let error = RequestError::Text { field: "first_name", max: 30 };
    assert_eq!(bca().with_customer(named(31)), Err(error));
    assert!(bni().with_customer(named(255)).is_ok());
    assert!(bni().with_customer(named(256)).is_err());
    for good in ["+628123456789", "08123456789"] {
        assert!(bni().with_customer(phoned(good)).is_ok(), "{good}");
    }
    for bad in ["628123456789", "+1202555", &format!("0{}", "1".repeat(30))] {
        assert_eq!(bni().with_customer(phoned(bad)), Err(RequestError::BniPhone), "{bad}");
        assert!(bca().with_customer(phoned(bad)).is_ok(), "{bad}");
    }
}

#[test]
fn the_time_to_pay_is_from_20_seconds_to_what_the_method_allows() {
    let expiry = |duration, unit| CustomExpiry { order_time: None, duration, unit };
    let qris = |acquirer| PaymentMethod::Qris { acquirer };
    let shopee = PaymentMethod::ShopeePay { callback_url: "app://x".parse().unwrap() };
    for (method, days) in [
        (bni(), 180),
        (PaymentMethod::Gopay { callback_url: None }, 7),
        (shopee, 5),
        (qris(Some(QrisAcquirer::AirpayShopee)), 5),
        (qris(None), 180),
    ] {
        let request = charge(method).unwrap();
        let fits = |expiry| request.clone().with_expiry(expiry).is_ok();
        assert!(fits(expiry(20, ExpiryUnit::Second)) && !fits(expiry(19, ExpiryUnit::Second)));
        assert!(fits(expiry(days, ExpiryUnit::Day)) && !fits(expiry(days + 1, ExpiryUnit::Day)));
        assert!(fits(expiry(1, ExpiryUnit::Minute)) && !fits(expiry(u32::MAX, ExpiryUnit::Hour)));
    }
    let spelled = [ExpiryUnit::Second, ExpiryUnit::Minute, ExpiryUnit::Hour, ExpiryUnit::Day]
        .map(|unit| serde_json::to_value(expiry(1, unit)).unwrap()["unit"].clone());
    assert_eq!(spelled, ["second", "minute", "hour", "day"]);
}

#[test]
fn a_refund_has_a_key_and_gives_something() {
    for good in ["a", "ORD-1_r1", &"k".repeat(50)] {
        assert_eq!(RefundKey::try_new(good).unwrap().as_str(), good);
    }
    for bad in ["", "a b", "a.b", "a~b", "é", &"k".repeat(51)] {
        assert_eq!(RefundKey::try_new(bad), Err(RequestError::RefundKey), "{bad:?}");
    }
    let key = || RefundKey::try_new("k").unwrap();
    for bad in [0, -1, i64::MIN] {
        let refused = RefundRequest::try_new(key(), Some(bad), None);
        assert_eq!(refused, Err(RequestError::Amount), "{bad}");
        assert_eq!(CaptureRequest::try_new("t", bad), Err(RequestError::Amount), "{bad}");
    }
    assert!(RefundRequest::try_new(key(), None, Some("é".repeat(255))).is_ok());
    for bad in [String::new(), "é".repeat(256)] {
        let error = RequestError::Text { field: "reason", max: 255 };
        assert_eq!(RefundRequest::try_new(key(), Some(1), Some(bad)), Err(error));
    }
    assert!(CaptureRequest::try_new("", 1).is_err());
}
