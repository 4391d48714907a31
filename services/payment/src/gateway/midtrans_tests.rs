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
