//! The double-entry ledger: what a fact of the gateway does to the money, as one balanced journal.
//!
//! Accounts: `gateway` is what Midtrans owes us, `sales` what customers paid for orders, `fees` what
//! they paid on top, `refunds` and `chargebacks` what went back. The balance of `gateway` is the
//! gateway's net at any time.

use super::{GatewayStatus, Transaction};
use kernel::Money;

/// What happened to the money of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// The customer paid.
    Payment,
    /// A charge was called off before it settled.
    Void,
    /// The bank took a settlement back.
    Reversal,
    /// Money went back through the gateway.
    Refund,
    /// The card holder's bank took money back.
    Chargeback,
}

/// One journal: amounts that are debited (positive) or credited (negative), summing to zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Which transaction.
    pub transaction: String,
    /// What happened.
    pub kind: EntryKind,
    /// How much of the same kind the transaction had before: with it, the journal is named once.
    pub before: Money,
    /// Account and whole rupiah; debits are positive.
    pub lines: Vec<(&'static str, i64)>,
}

impl EntryKind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Void => "void",
            Self::Reversal => "reversal",
            Self::Refund => "refund",
            Self::Chargeback => "chargeback",
        }
    }
}

/// What a transaction's news mean for the books. `due` is what the order asked for: the rest of
/// the gross amount is a fee. We may hear of a payment first when it has been given back: then
/// both are booked.
pub fn journals(before: Option<&Transaction>, after: &Transaction, due: Money) -> Vec<Journal> {
    let was = before.is_some_and(Transaction::is_credited);
    let is = after.is_credited();
    let zero = Money::rupiah(0);
    let mut journals = Vec::new();
    let mut book = |kind, before, lines: Vec<(&'static str, i64)>| {
        let lines = lines.into_iter().filter(|(_, amount)| *amount != 0).collect();
        journals.push(Journal { transaction: after.id.clone(), kind, before, lines });
    };
    let (gross, due) = (after.gross.as_rupiah(), due.as_rupiah());
    if !was && is {
        let fee = gross - due;
        book(EntryKind::Payment, zero, vec![("gateway", gross), ("sales", -due), ("fees", -fee)]);
    }
    if was && !is {
        let kind = match after.status {
            GatewayStatus::Cancel => EntryKind::Void,
            _ => EntryKind::Reversal,
        };
        // What went back before does not go twice.
        let gone = |t: &Transaction| refunded(t).as_rupiah() + charged_back(t).as_rupiah();
        let left = gross - before.map_or(0, gone);
        let fee = (gross - due).min(left);
        book(kind, zero, vec![("gateway", -left), ("sales", left - fee), ("fees", fee)]);
    }
    let gone = |of: fn(&Transaction) -> Money| {
        let earlier = before.filter(|_| was).map_or(zero, of);
        (earlier, of(after).as_rupiah() - earlier.as_rupiah())
    };
    for (kind, account, of) in [
        (EntryKind::Refund, "refunds", refunded as fn(&Transaction) -> Money),
        (EntryKind::Chargeback, "chargebacks", charged_back),
    ] {
        let (earlier, more) = gone(of);
        if is && more != 0 {
            book(kind, earlier, vec![(account, more), ("gateway", -more)]);
        }
    }
    journals
}

fn refunded(of: &Transaction) -> Money {
    of.refunded
}

/// The gateway tells no amount of a chargeback: all that was left is gone (reference: midtrans.md
/// 3.3 names the states only). Of a part nobody knows how much: an operator has to look.
fn charged_back(of: &Transaction) -> Money {
    match of.status {
        GatewayStatus::Chargeback => Money::rupiah(of.gross.as_rupiah() - of.refunded.as_rupiah()),
        _ => Money::rupiah(0),
    }
}

#[cfg(test)]
#[path = "books_tests.rs"]
mod tests;
