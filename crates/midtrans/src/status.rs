//! The two words that say how a transaction stands. `status_code` is not one of them
//! (midtrans.md 0.1 #2).

use serde::{Deserialize, Deserializer};
use std::fmt;

/// `transaction_status`: the twelve known values and whatever comes next (midtrans.md 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TransactionStatus {
    /// Waiting for the customer.
    Pending,
    /// A card was charged; settles later. Money only if `fraud_status` allows.
    Capture,
    /// A card was pre-authorised.
    Authorize,
    /// Paid.
    Settlement,
    /// Refused; after a settlement: reversed.
    Deny,
    /// Nobody paid in time.
    Expire,
    /// Cancelled by the merchant.
    Cancel,
    /// Failed inside Midtrans.
    Failure,
    /// Given back in full.
    Refund,
    /// Given back in part.
    PartialRefund,
    /// Taken back by the bank in full.
    Chargeback,
    /// Taken back by the bank in part.
    PartialChargeback,
    /// A value that we do not know, as it was written.
    Unknown(String),
}

impl TransactionStatus {
    /// The known values.
    pub const KNOWN: [Self; 12] = [
        Self::Pending,
        Self::Capture,
        Self::Authorize,
        Self::Settlement,
        Self::Deny,
        Self::Expire,
        Self::Cancel,
        Self::Failure,
        Self::Refund,
        Self::PartialRefund,
        Self::Chargeback,
        Self::PartialChargeback,
    ];

    /// Reads a status without regard to case: a documented sample says `PENDING`
    /// (midtrans.md 2.1).
    pub fn parse(text: &str) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(text))
            .unwrap_or_else(|| Self::Unknown(text.to_owned()))
    }

    /// The value on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Capture => "capture",
            Self::Authorize => "authorize",
            Self::Settlement => "settlement",
            Self::Deny => "deny",
            Self::Expire => "expire",
            Self::Cancel => "cancel",
            Self::Failure => "failure",
            Self::Refund => "refund",
            Self::PartialRefund => "partial_refund",
            Self::Chargeback => "chargeback",
            Self::PartialChargeback => "partial_chargeback",
            Self::Unknown(text) => text,
        }
    }
}

/// `fraud_status`; often absent (midtrans.md 3.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FraudStatus {
    /// No objection.
    Accept,
    /// Refused by fraud detection.
    Deny,
    /// Held for review: not paid.
    Challenge,
    /// A value that we do not know, as it was written.
    Unknown(String),
}

impl FraudStatus {
    /// Reads a fraud status without regard to case.
    pub fn parse(text: &str) -> Self {
        [Self::Accept, Self::Deny, Self::Challenge]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(text))
            .unwrap_or_else(|| Self::Unknown(text.to_owned()))
    }

    /// The value on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Accept => "accept",
            Self::Deny => "deny",
            Self::Challenge => "challenge",
            Self::Unknown(text) => text,
        }
    }
}

impl fmt::Display for TransactionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for FraudStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TransactionStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

impl<'de> Deserialize<'de> for FraudStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_status_is_read_back_in_any_case() {
        for status in TransactionStatus::KNOWN {
            assert_eq!(TransactionStatus::parse(status.as_str()), status);
            assert_eq!(TransactionStatus::parse(&status.as_str().to_uppercase()), status);
        }
        assert_eq!(FraudStatus::parse("ACCEPT"), FraudStatus::Accept);
    }

    #[test]
    fn an_unknown_status_is_kept_as_written() {
        let status = TransactionStatus::parse("Teleported");
        assert_eq!(status, TransactionStatus::Unknown("Teleported".to_owned()));
        assert_eq!(FraudStatus::parse("maybe"), FraudStatus::Unknown("maybe".to_owned()));
    }
}
