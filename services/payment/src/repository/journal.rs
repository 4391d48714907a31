//! The journal as rows, for every dialect: what a change does to the books.
//!
//! The writer compares what it overwrites with what it writes, under the lock that decides the
//! version: a change has no state before, and no fact that somebody forgot to tell can miss the
//! books. The rules of the books are not here but in the models.

use crate::models::{
    AttemptId, EntryKind, Fraud, GatewayStatus, Journal, OrderId, Payment, PaymentId, Transaction,
    journals,
};
use crate::usecase::ports::{Audited, JournalLine};
use engine::{Version, Versioned};
use kernel::{Money, Timestamp};
use std::collections::HashMap;

/// How a stored transaction stood, as far as the books look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stood {
    pub(super) status: GatewayStatus,
    pub(super) fraud: Option<Fraud>,
    pub(super) was_paid: bool,
    pub(super) gross: Money,
    pub(super) refunded: Money,
}

/// The stored transactions of payments about to be overwritten; an attempt is of one payment.
///
/// Not those that are paid without a time of it: an older instance wrote them beside us, and books
/// nothing. To the books they are new.
pub(super) type Before = HashMap<Place, Stood>;

/// A transaction's attempt, and its own id.
pub(super) type Place = (AttemptId, String);

/// A line of the journal on its way into the store.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) transaction: String,
    pub(super) kind: &'static str,
    pub(super) before: Money,
    pub(super) account: &'static str,
    pub(super) version: Version,
    pub(super) amount: i64,
    pub(super) at: Timestamp,
    pub(super) payment: PaymentId,
    pub(super) order: OrderId,
}

/// What the books gain as a payment becomes `after` at this version.
pub(super) fn entries(after: &Payment, version: Version, before: &Before) -> Vec<Entry> {
    let transactions =
        || after.attempts.iter().flat_map(|a| a.transactions.iter().map(|t| (a.id, t)));
    let booked = |(attempt, now): (AttemptId, &Transaction)| {
        let known = before.get(&(attempt, now.id.clone())).map(|stood| stood.as_of(now));
        journals(known.as_ref(), now, after.bill.amount)
    };
    let mut journals: Vec<Journal> = Vec::new();
    for journal in transactions().flat_map(booked) {
        // One transaction under two attempts is the same money, and half a journal is none.
        if !journals.iter().any(|known| named(known) == named(&journal)) {
            journals.push(journal);
        }
    }
    let entry = |journal: &Journal, (account, amount): (&'static str, i64)| Entry {
        transaction: journal.transaction.clone(),
        kind: journal.kind.as_str(),
        before: journal.before,
        account,
        version,
        amount,
        at: after.updated_at,
        payment: after.id,
        order: after.bill.order_id,
    };
    let lines = |journal: &Journal| {
        journal.lines.iter().map(|line| entry(journal, *line)).collect::<Vec<_>>()
    };
    journals.iter().flat_map(lines).collect()
}

/// Payments, each with its own of these lines. Lines of changes after the payment was read are left
/// out: they were read after it.
pub(super) fn audited(
    payments: Vec<Versioned<Payment>>,
    lines: Vec<(PaymentId, JournalLine)>,
) -> Vec<Audited> {
    let mut journals: HashMap<PaymentId, Vec<JournalLine>> = HashMap::new();
    for (payment, line) in lines {
        journals.entry(payment).or_default().push(line);
    }
    let audited = |payment: Versioned<Payment>| {
        let mut journal = journals.remove(&payment.state.id).unwrap_or_default();
        journal.retain(|line| line.version <= payment.version);
        Audited { payment, journal }
    };
    payments.into_iter().map(audited).collect()
}

/// What names a journal within a change.
fn named(journal: &Journal) -> (&str, EntryKind, Money) {
    (&journal.transaction, journal.kind, journal.before)
}

impl Stood {
    /// The transaction before; what moves no money is taken from what it is now.
    fn as_of(self, now: &Transaction) -> Transaction {
        let Self { status, fraud, was_paid, gross, refunded } = self;
        Transaction { status, fraud, was_paid, gross, refunded, ..now.clone() }
    }
}
