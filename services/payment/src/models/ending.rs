//! How a payment is brought to its end: somebody calls it off, or its time is over. Neither ends it
//! by itself; the gateway does, asked.

use kernel::Timestamp;

/// Somebody wants the payment called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallOff {
    /// Whether the money is to go back if it was paid meanwhile.
    pub refund_if_paid: bool,
    /// Asked first.
    pub asked_at: Timestamp,
}

/// Why an attempt is closed at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Somebody called it off.
    CalledOff,
    /// Its time is over.
    Overdue,
}

/// The gateway confirmed that nobody can choose a method on the attempt's page any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// Why it was asked to.
    pub why: Ending,
    /// When.
    pub at: Timestamp,
}

impl Ending {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CalledOff => "called_off",
            Self::Overdue => "overdue",
        }
    }

    /// The ending of a name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::CalledOff, Self::Overdue].into_iter().find(|ending| ending.as_str() == text)
    }
}
