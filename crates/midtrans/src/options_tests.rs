//! Keys that never serve two operations, and headers that cannot be split.

use super::*;
use std::collections::HashSet;

const ALL: [Operation; 8] = [
    Operation::Charge,
    Operation::Cancel,
    Operation::Expire,
    Operation::Approve,
    Operation::Deny,
    Operation::Capture,
    Operation::Refund,
    Operation::DirectRefund,
];

#[test]
fn each_operation_on_each_id_has_its_own_key_every_time() {
    let ids = ["ORD-1", "ORD-2", "", "charge:ORD-1", ":", &"x".repeat(1000), "é"];
    let mut keys = HashSet::new();
    for operation in ALL {
        for id in ids {
            let key = IdempotencyKey::for_operation(operation, id);
            assert_eq!(key, IdempotencyKey::for_operation(operation, id));
            assert_eq!(IdempotencyKey::try_new(key.as_str()), Ok(key.clone()));
            assert!(keys.insert(key), "{operation:?} {id}");
        }
    }
    assert_eq!(keys.len(), ALL.len() * ids.len());
}

/// A key must outlive the program: one that changes between two versions is a second charge.
#[test]
fn the_key_is_the_same_in_every_version() {
    let key = IdempotencyKey::for_operation(Operation::Charge, "ORD-1");
    assert_eq!(key.as_str(), "097dec153e3e9cfcf73a15f79bad6984ddf3");
}

#[test]
fn keys_of_our_own_are_short_and_printable() {
    let longest = "k".repeat(36);
    for good in ["k", "~!*", &longest] {
        assert_eq!(IdempotencyKey::try_new(good).unwrap().as_str(), good);
    }
    for bad in ["", " ", "a b", "a\n", "é", &"k".repeat(37)] {
        assert_eq!(IdempotencyKey::try_new(bad), Err(RequestError::IdempotencyKey), "{bad:?}");
    }
}

#[test]
fn one_to_three_addresses_fit_a_header() {
    let url = |text: &str| Url::parse(text).unwrap();
    let good = url("https://toko.example/callback?a=b");
    for count in [1, 2, 3] {
        assert!(NotificationUrls::try_new(&vec![good.clone(); count]).is_ok(), "{count}");
    }
    assert!(NotificationUrls::try_new(&[]).is_err());
    assert!(NotificationUrls::try_new(&vec![good.clone(); 4]).is_err());
    for bad in ["https://toko.example/a,b", "ftp://toko.example/", "https://u:p@toko.example/"] {
        let refused = NotificationUrls::try_new(&[good.clone(), url(bad)]);
        assert_eq!(refused, Err(RequestError::NotificationUrls), "{bad}");
    }
}
