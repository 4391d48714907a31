//! What the gateway says in words, on its way in.

use super::*;

#[test]
fn what_the_gateway_quotes_of_a_customer_goes_no_further() {
    let said = "customer_details.phone 081234567890 of budi@example.com is invalid";
    let refused = Error::Refused { http: 400, code: 400, messages: vec![said.to_owned()] };
    let GatewayError::Refused(reason) = gateway_error(refused) else { panic!() };
    assert_eq!(
        reason,
        "midtrans refused with http 400, code 400: customer_details.phone *** of *** is invalid"
    );
    let odd: TransactionStatus = serde_json::from_str("\"held for 081234567890\"").unwrap();
    assert_eq!(status(&odd), Err("held for ***".to_owned()));
}

#[test]
fn a_refund_that_is_put_off_is_no_fault_of_the_gateway_and_can_be_asked_for_again() {
    let refused = |code| Error::Refused { http: 200, code, messages: vec!["no".to_owned()] };
    let busy = |code| Error::Busy { code, retry_after: None };
    let off = |error| matches!(refunded(Err(error)), Ok(RefundAnswer::OtherState(why)) if !why.is_empty());
    assert!(off(refused(412)) && off(busy(418)));
    assert_eq!(refunded(Err(refused(406))), Ok(RefundAnswer::Known));
    assert!(matches!(refunded(Err(refused(414))), Ok(RefundAnswer::Declined(_))));
    assert!(matches!(refunded(Err(busy(503))), Err(GatewayError::Unavailable { .. })));
    assert_eq!([418, 429, 503].map(|code| is_fault(&busy(code))), [false, true, true]);
}
