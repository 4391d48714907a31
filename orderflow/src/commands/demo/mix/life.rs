//! The life of one order: what its customer, its merchant and the banks do, and what each of them waits
//! for. Decides only; who does it is elsewhere.

use super::super::fate::{Fate, is_paid_elsewhere, method};
use order::models::OrderStatus;

/// What is to be seen of an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Where it stands; nothing before the first look.
    pub(super) status: Option<OrderStatus>,
    /// The id of its payment, once the order has heard of it.
    pub(super) payment: Option<String>,
    /// Whether the payment service knows the transaction: asked for by [`Next::Look`].
    pub(super) known: bool,
    /// Whether the second money went back: asked for by [`Next::Look`].
    pub(super) second_back: bool,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// The customer chooses the method of this order on the page.
    Choose(Outcome),
    /// The customer chooses a card on the page.
    ChooseCard(Outcome),
    /// Something happens to the transaction.
    Bank(Action),
    /// From now on the bank pays this order twice.
    ArmTwin,
    /// The second money comes.
    SettleTwin,
    /// The merchant calls the order off.
    Cancel,
    /// The merchant gives all the money back.
    Refund,
    /// The merchant gives half of it back.
    RefundHalf,
}

/// What follows a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The money comes.
    Settle,
    /// The bank says no.
    Deny,
    /// Nothing yet.
    Pending,
}

/// What happens to a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Its time is over, as if it were.
    Expire,
    /// The customer pays.
    Settle,
    /// The customer pays, after the end.
    SettleLate,
    /// The bank takes the money back.
    Reverse,
}

/// What an order waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// It can be paid.
    Page,
    Status(OrderStatus),
    Known,
    SecondBack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Wait(Until),
    Do(Act),
    Pause,
}

/// What is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// To do this, once.
    Do(Act),
    /// To let some time go by.
    Pause,
    /// To wait for the order to move.
    Watch,
    /// To ask the payment service for what orders do not show.
    Look,
    /// Nothing: it has come to its end.
    Ended,
}

/// An order on its way.
#[derive(Debug, Clone)]
pub(super) struct Life {
    left: &'static [Step],
    end: OrderStatus,
}

impl Life {
    /// Of the `n`-th order of a run, from the moment at which it was taken.
    pub(super) fn of(n: u32) -> Self {
        let fate = Fate::of(n);
        let left = match fate {
            Fate::Paid if is_paid_elsewhere(method(n)) => LATER,
            _ => script(fate),
        };
        Self { left, end: fate.course().end }
    }

    /// What is next, given what is to be seen. What is to be done counts as done then.
    pub(super) fn next(&mut self, seen: &Seen) -> Next {
        while let [step, rest @ ..] = self.left {
            match step {
                Step::Wait(until) if !until.is_met(seen) => return until.waits(),
                Step::Wait(_) => self.left = rest,
                Step::Do(act) => {
                    self.left = rest;
                    return Next::Do(*act);
                }
                Step::Pause => {
                    self.left = rest;
                    return Next::Pause;
                }
            }
        }
        match seen.status {
            Some(status) if status == self.end => Next::Ended,
            _ => Next::Watch,
        }
    }
}

impl Until {
    fn is_met(self, seen: &Seen) -> bool {
        match self {
            Self::Page => {
                seen.payment.is_some() && seen.status.is_some_and(|s| s != OrderStatus::Pending)
            }
            Self::Status(wanted) => seen.status == Some(wanted),
            Self::Known => seen.known,
            Self::SecondBack => seen.second_back,
        }
    }

    fn waits(self) -> Next {
        match self {
            Self::Page | Self::Status(_) => Next::Watch,
            Self::Known | Self::SecondBack => Next::Look,
        }
    }
}

const PAGE: Step = Step::Wait(Until::Page);
const PAYS: Step = Step::Do(Act::Choose(Outcome::Settle));
const CHOOSES: Step = Step::Do(Act::Choose(Outcome::Pending));
const PAID: Step = Step::Wait(Until::Status(OrderStatus::Paid));
const EXPIRES: Step = Step::Do(Act::Bank(Action::Expire));
const CANCEL: Step = Step::Do(Act::Cancel);
const REFUND: Step = Step::Do(Act::Refund);

/// Who gets a number goes to the bank with it, or to the shop: the gateway's word of the number comes
/// first, and if that of the money is lost, nobody looks by chance.
const LATER: &[Step] = &[PAGE, CHOOSES, Step::Pause, Step::Do(Act::Bank(Action::Settle))];

/// The steps to the end, without the wait for the end itself.
///
/// Where a step has to meet what the payment service knows, it waits for that: a bank cannot take back
/// what nobody has heard of, and of two transactions of an order the gateway names only the latest to
/// whoever asks by the order (docs/simulator.md, 6).
fn script(fate: Fate) -> &'static [Step] {
    match fate {
        Fate::Paid => &[PAGE, PAYS],
        Fate::DeniedFirst => &[PAGE, Step::Do(Act::ChooseCard(Outcome::Deny)), PAYS],
        Fate::Expired => &[PAGE, CHOOSES, EXPIRES],
        Fate::CancelledAtOnce => &[CANCEL],
        Fate::CancelledOnPage => &[PAGE, CANCEL],
        Fate::CancelledChosen => &[PAGE, CHOOSES, CANCEL],
        Fate::Refunded | Fate::Voided => &[PAGE, PAYS, PAID, REFUND],
        Fate::HalfRefunded => &[PAGE, PAYS, PAID, Step::Do(Act::RefundHalf)],
        Fate::Reversed => &[PAGE, PAYS, PAID, Step::Do(Act::Bank(Action::Reverse))],
        Fate::PaidLate => &[
            PAGE,
            CHOOSES,
            EXPIRES,
            Step::Wait(Until::Status(OrderStatus::Expired)),
            Step::Do(Act::Bank(Action::SettleLate)),
        ],
        Fate::PaidTwice => &[
            PAGE,
            CHOOSES,
            Step::Wait(Until::Known),
            Step::Do(Act::ArmTwin),
            Step::Do(Act::Bank(Action::Settle)),
            PAID,
            Step::Do(Act::SettleTwin),
            Step::Wait(Until::SecondBack),
        ],
    }
}

impl Outcome {
    /// The simulator's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::Deny => "deny",
            Self::Pending => "pending",
        }
    }

    /// Whether a transaction in this state has had it.
    pub(super) fn shows_in(self, status: &str) -> bool {
        match self {
            Self::Settle => matches!(status, "settlement" | "capture"),
            Self::Deny => status == "deny",
            Self::Pending => true,
        }
    }
}

impl Action {
    /// The simulator's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Expire => "expire",
            Self::Settle => "settle",
            Self::SettleLate => "settle_late",
            Self::Reverse => "reverse",
        }
    }

    /// Whether a transaction in this state has had it. Money that went back was there.
    pub(super) fn shows_in(self, status: &str) -> bool {
        match self {
            Self::Expire => status == "expire",
            Self::Settle | Self::SettleLate => {
                matches!(status, "settlement" | "capture" | "refund" | "partial_refund")
            }
            Self::Reverse => status == "deny",
        }
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
