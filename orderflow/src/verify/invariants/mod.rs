//! What must be true of every order, as data: one line an invariant, judged from its dossier alone.
//! The numbers are those of the reference (reliability.md 2.2). No I/O and no order of its own.

mod advice;
pub(crate) mod clients;
mod messages;
mod money;
mod notifications;
mod orders;
mod refunds;

use super::dossier::Dossier;
pub(crate) use advice::{Advice, Repair};
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that holds, whatever was done.
pub(crate) struct Invariant {
    /// Its number.
    pub(crate) code: &'static str,
    /// In words.
    pub(crate) says: &'static str,
    /// What cannot do without.
    pub(crate) needs: Needs,
    /// Looks at one order.
    pub(crate) judge: fn(&Dossier, &mut Judged),
}

/// What an invariant is decided from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The services' databases alone.
    Databases,
    /// The gateway's side as well: only a simulator shows that.
    Simulator,
}

/// What judging found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Judged {
    /// Things looked at.
    pub(crate) checked: u64,
    /// Of them, what is right and yet worth a word: how many of which kind.
    pub(crate) of_them: BTreeMap<&'static str, u64>,
    /// What will be right by itself, and by when: it is no violation.
    pub(crate) waiting: Vec<Finding>,
    /// What is wrong.
    pub(crate) violations: Vec<Finding>,
}

/// One thing that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Of which order, if of one.
    pub(crate) order_id: Option<String>,
    /// What.
    pub(crate) what: String,
    /// The command that repairs it, or what else to do.
    pub(crate) repair: Advice,
}

/// All that are judged order by order.
pub(crate) const INVARIANTS: &[Invariant] = &[
    Invariant {
        code: "I04",
        says: "every order has its right end, or waits for somebody until a known time",
        needs: Needs::Databases,
        judge: orders::ends,
    },
    Invariant {
        code: "I05",
        says: "every history is whole: no version missing or twice, no step back in time",
        needs: Needs::Databases,
        judge: orders::histories,
    },
    Invariant {
        code: "I06",
        says: "every step is one of the table; out of an end only money leads",
        needs: Needs::Databases,
        judge: orders::steps,
    },
    Invariant {
        code: "I07",
        says: "one payment per order, for its amount",
        needs: Needs::Databases,
        judge: money::one_payment,
    },
    Invariant {
        code: "I08",
        says: "an order is paid if and only if the gateway says so",
        needs: Needs::Databases,
        judge: money::paid,
    },
    Invariant {
        code: "I09",
        says: "no money is kept twice, none without an order that is paid",
        needs: Needs::Databases,
        judge: money::kept_once,
    },
    Invariant {
        code: "I10",
        says: "every journal balances, and the books are the gateway's net",
        needs: Needs::Databases,
        judge: money::books,
    },
    Invariant {
        code: "I11",
        says: "the page where a customer is awaited is open at the gateway",
        needs: Needs::Simulator,
        judge: money::pages,
    },
    Invariant {
        code: "I12",
        says: "one refund per key, never more than was paid, none forgotten",
        needs: Needs::Databases,
        judge: refunds::whole,
    },
    Invariant {
        code: "I13",
        says: "every step that others must hear of has its event",
        needs: Needs::Databases,
        judge: messages::told,
    },
    Invariant {
        code: "I14",
        says: "every event was heard once by each service that wants it",
        needs: Needs::Databases,
        judge: messages::heard,
    },
    Invariant {
        code: "I15",
        says: "whatever was heard was told, word for word",
        needs: Needs::Databases,
        judge: messages::true_to_the_word,
    },
    Invariant {
        code: "I16",
        says: "order knows what payment knows",
        needs: Needs::Databases,
        judge: messages::same_state,
    },
    Invariant {
        code: "I18",
        says: "whatever was given up is a dead letter",
        needs: Needs::Databases,
        judge: messages::parked,
    },
    Invariant {
        code: "I19",
        says: "no event is refused by the broker",
        needs: Needs::Databases,
        judge: messages::unroutable,
    },
    Invariant {
        code: "I20",
        says: "the customer is told of every step once, and of nothing else",
        needs: Needs::Databases,
        judge: notifications::once,
    },
    Invariant {
        code: "I21",
        says: "every message is sent as often as it was asked for, or failed for good",
        needs: Needs::Databases,
        judge: notifications::sent,
    },
    Invariant {
        code: "I22",
        says: "every message went to the customer of its order",
        needs: Needs::Databases,
        judge: notifications::right_recipient,
    },
];

impl Judged {
    /// So many things were looked at.
    pub(super) fn checks(&mut self, things: usize) {
        self.checked += things as u64;
    }

    /// One of them is of a kind worth a word.
    pub(super) fn notes(&mut self, kind: &'static str) {
        *self.of_them.entry(kind).or_default() += 1;
    }

    /// Something is wrong with an order.
    pub(super) fn finds(&mut self, order: &str, what: impl Into<String>, repair: Repair<'_>) {
        self.violations.push(Finding::of(order, what.into(), repair));
    }

    /// Something about an order will be right by itself.
    pub(super) fn waits(&mut self, order: &str, what: impl Into<String>, repair: Repair<'_>) {
        self.waiting.push(Finding::of(order, what.into(), repair));
    }

    /// Something is wrong that belongs to no order.
    pub(super) fn finds_at_large(&mut self, what: impl Into<String>, repair: Advice) {
        self.violations.push(Finding { order_id: None, what: what.into(), repair });
    }

    /// Nothing is wrong and nothing waits.
    pub(super) fn is_whole(&self) -> bool {
        self.violations.is_empty() && self.waiting.is_empty()
    }

    /// It is looked at again.
    pub(super) fn forget_findings(&mut self) {
        self.violations.clear();
        self.waiting.clear();
    }

    /// Adds what was found at another look at the same things.
    pub(super) fn absorbs_findings(&mut self, other: Self) {
        self.waiting.extend(other.waiting);
        self.violations.extend(other.violations);
    }

    /// Has commands name the system: flags with a blank in front.
    pub(super) fn address(&mut self, flag: &str) {
        let all = self.violations.iter_mut().chain(&mut self.waiting);
        all.for_each(|finding| finding.repair.address(flag));
    }

    /// Adds what was found elsewhere.
    pub(super) fn absorbs(&mut self, other: Self) {
        self.checked += other.checked;
        for (kind, count) in other.of_them {
            *self.of_them.entry(kind).or_default() += count;
        }
        self.waiting.extend(other.waiting);
        self.violations.extend(other.violations);
    }
}

impl Finding {
    fn of(order: &str, what: String, repair: Repair<'_>) -> Self {
        Self { order_id: Some(order.to_owned()), what, repair: repair.advice(order) }
    }

    /// What is wrong, and with which order.
    pub(crate) fn words(&self) -> String {
        let order = self.order_id.as_deref().map(|id| format!("order {id}: "));
        format!("{}{}", order.unwrap_or_default(), self.what)
    }
}
