//! The lists of words are whole, and every word is what JSON calls it.

use super::*;
use serde_json::{from_value, json, to_value};

#[test]
fn every_word_is_read_and_written_as_it_is_called() {
    for (at, fault) in Fault::ALL.into_iter().enumerate() {
        assert_eq!(fault as usize, at, "ALL lists {fault:?} where it is declared");
        assert_eq!(Fault::parse(fault.as_str()), Some(fault));
        assert_eq!(to_value(fault).unwrap(), json!(fault.as_str()));
        assert_eq!(from_value::<Fault>(json!(fault.as_str())).unwrap(), fault);
    }
    assert_eq!(Fault::Chargeback as usize + 1, Fault::ALL.len());
    for (at, call) in Call::ALL.into_iter().enumerate() {
        assert_eq!(call as usize, at, "ALL lists {call:?} where it is declared");
        assert_eq!(Call::parse(call.as_str()), Some(call));
        assert_eq!(to_value(call).unwrap(), json!(call.as_str()));
        assert_eq!(from_value::<Call>(json!(call.as_str())).unwrap(), call);
    }
    assert_eq!(Call::RefundDirect as usize + 1, Call::ALL.len());
}

#[test]
fn faults_act_where_they_are_listed() {
    let at = |place| list(Fault::ALL.into_iter().filter(|f| f.place() == place).map(Fault::as_str));
    assert_eq!(
        at(Place::Notification),
        "drop, delay, duplicate, reorder, bad_signature, no_signature, tampered_status, \
         lower_amount, other_merchant, other_currency, unknown_order, unknown_fields, \
         uppercase_status, no_fraud_status, numeric_amount, garbage"
    );
    assert_eq!(
        at(Place::Answer),
        "hang, http_error, refuse, html, truncated, huge, redirect, contradiction, cut, stale"
    );
    assert_eq!(
        at(Place::Life),
        "reverse, settle_late, settle_twice, challenge, deny, refund_refused, never_expire, \
         chargeback"
    );
}

#[test]
fn every_default_can_be_asked_for() {
    for fault in Fault::ALL {
        assert!(fault.default_ms().is_none_or(|ms| ms <= fault.longest_ms()), "{fault:?}");
        assert!(fault.codes().is_none_or(|(code, codes)| codes.contains(code)), "{fault:?}");
    }
}
