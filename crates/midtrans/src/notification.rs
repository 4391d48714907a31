//! A notification: what Midtrans posts to us. A hint with a signature, not a truth: what it claims
//! beyond the signed strings is believed only after GET Status (midtrans.md 0.1 #5).

use crate::{ServerKey, Transaction, TransactionError};

/// The largest body that is read as a notification. Real ones are below 4 KiB.
pub const MAX_NOTIFICATION_BYTES: usize = 64 * 1024;

/// A parsed notification, its signature not yet checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification(Transaction);

/// A body that is not a notification.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// Longer than [`MAX_NOTIFICATION_BYTES`].
    #[error("a notification of {0} bytes is too large")]
    TooLarge(usize),
    /// Not JSON, or without what identifies a transaction.
    #[error("a malformed notification")]
    Malformed(#[source] TransactionError),
}

impl Notification {
    /// Reads a body as it was posted.
    pub fn parse(body: &[u8]) -> Result<Self, NotificationError> {
        if body.len() > MAX_NOTIFICATION_BYTES {
            return Err(NotificationError::TooLarge(body.len()));
        }
        Transaction::parse(body).map(Self).map_err(NotificationError::Malformed)
    }

    /// Whether it was signed with our key. Missing, empty or non-hex is false.
    pub fn verify_signature(&self, key: &ServerKey) -> bool {
        self.0.verify_signature(key)
    }

    /// Whether it comes from the dashboard's test button: to be acknowledged and dropped, since
    /// GET Status does not know it (midtrans.md 3.7).
    pub fn is_test(&self) -> bool {
        self.0.order_id.starts_with("payment_notif_test_")
    }

    /// What it says.
    pub fn transaction(&self) -> &Transaction {
        &self.0
    }

    /// What it says, by value.
    pub fn into_transaction(self) -> Transaction {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(order_id: &str, signature: &str) -> String {
        format!(
            r#"{{"order_id":"{order_id}","transaction_id":"t","transaction_status":"settlement",
            "status_code":"200","gross_amount":"125000.00"{signature}}}"#
        )
    }

    #[test]
    fn no_signature_is_a_false_signature() {
        let key = ServerKey::try_new("SB-Mid-server-EXAMPLE-0001").unwrap();
        for signature in ["", r#","signature_key":null"#, r#","signature_key":"""#] {
            let read = Notification::parse(body("o", signature).as_bytes()).unwrap();
            assert!(!read.verify_signature(&key), "{signature}");
        }
        let signature = crate::signature::sign("o", "200", "125000.00", &key);
        let signed = body("o", &format!(r#","signature_key":"{signature}""#));
        assert!(Notification::parse(signed.as_bytes()).unwrap().verify_signature(&key));
    }

    #[test]
    fn the_test_button_is_known_by_its_order_id() {
        let test = body("payment_notif_test_G000000001_5e1", "");
        assert!(Notification::parse(test.as_bytes()).unwrap().is_test());
        assert!(!Notification::parse(body("ORD-1", "").as_bytes()).unwrap().is_test());
    }

    #[test]
    fn large_and_malformed_bodies_are_told_apart() {
        let large = vec![b' '; MAX_NOTIFICATION_BYTES + 1];
        assert!(matches!(Notification::parse(&large), Err(NotificationError::TooLarge(_))));
        for bad in ["", "null", "[]", "{}", "{\"order_id\":\"x\"}", "<html>", "\u{0}"] {
            let result = Notification::parse(bad.as_bytes());
            assert!(matches!(result, Err(NotificationError::Malformed(_))), "{bad}");
        }
    }
}
