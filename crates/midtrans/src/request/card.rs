//! A charge of a card (midtrans.md 2.2, 2.3). Card numbers never come here: the browser turns them
//! into a token.

use super::RequestError;
use super::method::text;
use std::fmt;

/// A card token from the browser, or a saved one. Whoever has it can charge the card: its `Debug`
/// shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct CardToken(String);

impl CardToken {
    /// Checks that it is 1 to 255 printable ASCII characters; its form is Midtrans' own. The limit
    /// is ours: none is documented (L).
    pub fn try_new(text: impl Into<String>) -> Result<Self, RequestError> {
        let text = text.into();
        if !(1..=255).contains(&text.len()) {
            return Err(RequestError::Text { field: "token_id", max: 255 });
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(RequestError::Characters { field: "token_id" });
        }
        Ok(Self(text))
    }

    /// The token itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CardToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardToken(..)")
    }
}

/// Whether the bank asks the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// 3-D Secure: the answer is pending, with a `redirect_url` for the customer.
    ThreeDSecure,
    /// None: the answer is final, and a fraud is the merchant's loss.
    Skipped,
}

/// When the money is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureMode {
    /// At once.
    Immediate,
    /// Later, by [`Client::capture`](crate::Client::capture) (`type: authorize`).
    Later,
}

/// What is told of a card to charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditCard {
    /// Which card.
    pub token: CardToken,
    /// Whether the bank asks the customer.
    pub authentication: Authentication,
    /// When the money is taken.
    pub capture: CaptureMode,
    /// The acquiring bank, 1 to 20 characters; without it Midtrans chooses.
    pub bank: Option<String>,
    /// Whether the answer brings a token for next time, in
    /// [`Transaction::saved_token`](crate::Transaction::saved_token).
    pub save: bool,
    /// Months of an instalment plan, 1 to 99.
    pub installment_months: Option<u8>,
}

impl CreditCard {
    /// The safe way: with 3-D Secure, taken at once, not saved.
    pub fn new(token: CardToken) -> Self {
        Self {
            token,
            authentication: Authentication::ThreeDSecure,
            capture: CaptureMode::Immediate,
            bank: None,
            save: false,
            installment_months: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), RequestError> {
        text("bank", self.bank.as_deref(), 20)?;
        if self.installment_months.is_some_and(|months| !(1..=99).contains(&months)) {
            return Err(RequestError::Digits { field: "installment_term", min: 1, max: 2 });
        }
        Ok(())
    }
}
