//! Addresses and credentials, before anything is sent.

use super::*;

#[test]
fn ids_are_encoded_and_dots_never_leave_the_path() {
    let base = Url::parse("http://127.0.0.1:1/").unwrap();
    let url = join(&base, &["v2", "a/b c#d?e", "status"]).unwrap();
    assert_eq!(url.as_str(), "http://127.0.0.1:1/v2/a%2Fb%20c%23d%3Fe/status");
    for bad in ["", ".", ".."] {
        assert!(matches!(join(&base, &["v2", bad, "status"]), Err(Error::BadId)), "{bad:?}");
    }
    let snap = Url::parse(hosts::SNAP_SANDBOX).unwrap();
    let url = join(&snap, &["transactions"]).unwrap();
    assert_eq!(url.as_str(), "https://app.sandbox.midtrans.com/snap/v1/transactions");
}

#[test]
fn the_key_goes_out_as_documented_and_is_marked_secret() {
    let key = ServerKey::try_new("SB-Mid-server-EXAMPLE-0001").unwrap();
    let headers = default_headers(&key).unwrap();
    let sent = &headers[AUTHORIZATION];
    assert_eq!(sent, "Basic U0ItTWlkLXNlcnZlci1FWEFNUExFLTAwMDE6");
    assert!(sent.is_sensitive());
}
