//! An order as asked for, already parsed; its total is ours to compute.

use super::PaymentWindow;
use kernel::{Account, Email, Money, PersonName, Phone, Text};
use std::collections::BTreeMap;

/// Lines of an order, at most.
pub const LINES_MAX: usize = 100;
/// The largest total: a trillion rupiah. Beyond it a typing error is likelier than a sale.
pub const TOTAL_MAX: Money = Money::rupiah(1_000_000_000_000);

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Stock keeping unit.
    pub sku: Text<50>,
    /// What the customer reads.
    pub name: Text<120>,
    /// How many, at least 1.
    pub quantity: u32,
    /// Whole rupiah each, at least 0.
    pub unit_price: Money,
}

/// What a client asks for.
#[derive(Debug, Clone)]
pub struct OrderDraft {
    /// Whose order.
    pub account: Account,
    /// The merchant's own name for it; unique within the account.
    pub reference: Option<Text<64>>,
    /// Who pays.
    pub customer_name: PersonName,
    /// Where to tell.
    pub email: Email,
    /// Where to call.
    pub phone: Option<Phone>,
    /// Language of customer text: `id` or `en`.
    pub locale: &'static str,
    /// At least one, at most [`LINES_MAX`].
    pub lines: Vec<Line>,
    /// The merchant's own notes.
    pub metadata: BTreeMap<String, String>,
    /// How long it can be paid.
    pub payment_window: PaymentWindow,
}

/// A total that cannot be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TotalError {
    /// The gateway takes no free orders (reference: midtrans.md 1.3).
    #[error("the total must be at least 1 rupiah")]
    Zero,
    /// Beyond [`TOTAL_MAX`], or beyond what can be counted.
    #[error("the total must be at most {TOTAL_MAX}")]
    TooLarge,
}

/// Σ quantity × unit price, checked.
pub fn total(lines: &[Line]) -> Result<Money, TotalError> {
    let mut sum = Money::ZERO;
    for line in lines {
        let price = line.unit_price.times(line.quantity).map_err(|_| TotalError::TooLarge)?;
        sum = sum.plus(price).map_err(|_| TotalError::TooLarge)?;
    }
    match sum {
        s if s > TOTAL_MAX => Err(TotalError::TooLarge),
        s if s < Money::rupiah(1) => Err(TotalError::Zero),
        s => Ok(s),
    }
}
