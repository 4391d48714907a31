//! The ways to pay that the simulated page offers, and what differs between them.

use jiff::SignedDuration;

/// A way to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    BcaVa,
    BniVa,
    BriVa,
    MandiriBill,
    PermataVa,
    Qris,
    Gopay,
    CreditCard,
}

/// The families that look and speak alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// A number to transfer to.
    Transfer,
    /// A code to scan.
    Wallet,
    /// A card with 3-D Secure.
    Card,
}

impl Method {
    pub(crate) const ALL: [Self; 8] = [
        Self::BcaVa,
        Self::BniVa,
        Self::BriVa,
        Self::MandiriBill,
        Self::PermataVa,
        Self::Qris,
        Self::Gopay,
        Self::CreditCard,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BcaVa => "bca_va",
            Self::BniVa => "bni_va",
            Self::BriVa => "bri_va",
            Self::MandiriBill => "echannel",
            Self::PermataVa => "permata_va",
            Self::Qris => "qris",
            Self::Gopay => "gopay",
            Self::CreditCard => "credit_card",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// What a customer reads.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::BcaVa => "BCA Virtual Account",
            Self::BniVa => "BNI Virtual Account",
            Self::BriVa => "BRI Virtual Account",
            Self::MandiriBill => "Mandiri Bill Payment",
            Self::PermataVa => "Permata Virtual Account",
            Self::Qris => "QRIS",
            Self::Gopay => "GoPay",
            Self::CreditCard => "Kartu kredit / debit",
        }
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::Qris | Self::Gopay => Family::Wallet,
            Self::CreditCard => Family::Card,
            _ => Family::Transfer,
        }
    }

    /// `payment_type` on the wire (midtrans.md 2.2).
    pub(crate) fn payment_type(self) -> &'static str {
        match self {
            Self::BcaVa | Self::BniVa | Self::BriVa | Self::PermataVa => "bank_transfer",
            Self::MandiriBill | Self::Qris | Self::Gopay | Self::CreditCard => self.as_str(),
        }
    }

    /// How long it waits when the merchant does not say (midtrans.md 2.2).
    pub(crate) fn default_expiry(self) -> SignedDuration {
        match self.family() {
            Family::Transfer => SignedDuration::from_hours(24),
            Family::Wallet => SignedDuration::from_mins(15),
            Family::Card => SignedDuration::from_mins(10),
        }
    }

    /// Whether the bank can take a settlement back (midtrans.md 3.3).
    pub(crate) fn can_be_reversed(self) -> bool {
        matches!(self, Self::PermataVa | Self::MandiriBill)
    }

    /// Whether a value of `enabled_payments` turns it on (midtrans.md 1.3).
    pub(crate) fn is_enabled_by(self, value: &str) -> bool {
        match value {
            "bank_transfer" => self.family() == Family::Transfer,
            "other_qris" => self == Self::Qris,
            _ => self.as_str() == value,
        }
    }
}
