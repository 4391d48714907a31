//! What a payment owes besides telling: money that must go back, refunds that the gateway lists, and
//! how refunds and endings move it. All of it decided from the payment alone.

use super::payment::Moved;
use super::{
    AttemptId, CallOff, Capability, Closed, Ending, GatewayStatus, GoesBack, Observation, Payment,
    PaymentFact, PaymentStatus, Refund, RefundCause, RefundState, Transaction,
};
use kernel::{Money, Timestamp};

/// What a merchant asks back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundWish {
    /// Its key, chosen before it is decided.
    pub key: String,
    /// All that is left, if absent.
    pub amount: Option<Money>,
    /// For the books.
    pub reason: Option<String>,
}

/// Why nothing is given back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefused {
    /// There is no money.
    #[error("the payment is {0}: there is nothing to give back")]
    NotPaid(PaymentStatus),
    /// Not a part of what is left.
    #[error("{asked} is not between {least} and the {left} that can still be given back")]
    Amount {
        /// Wanted.
        asked: Money,
        /// At least this.
        least: Money,
        /// At most this.
        left: Money,
    },
}

impl Payment {
    /// The transaction whose money pays the order: of those that hold money, the first.
    pub fn kept(&self) -> Option<&Transaction> {
        let holding = self.transactions().filter(|t| t.is_credited());
        holding.min_by_key(|t| (t.paid_at, &t.id))
    }

    /// Whether a transaction holds money beside other money that pays the order, or goes or went back
    /// because it did: one too many, whenever it came.
    pub(super) fn is_beside(&self, transaction: &Transaction) -> bool {
        let other = |kept: &Transaction| kept.id != transaction.id && !kept.is_gone();
        let beside = || transaction.holds_money() && self.kept().is_some_and(other);
        let goes = |r: &Refund| {
            let second = r.transaction == transaction.id && r.cause == RefundCause::Second;
            second && r.state != RefundState::Moot
        };
        beside() || self.refunds.iter().any(goes)
    }

    /// What can still be given back of a transaction: neither gone nor spoken for.
    pub fn left_of(&self, transaction: &Transaction) -> Money {
        Money::rupiah((here(self, transaction) - spoken(self, transaction)).max(0))
    }

    /// What went back of the money that pays the order, through the gateway and by hand.
    pub fn returned(&self) -> Money {
        let Some(kept) = self.kept() else { return Money::rupiah(0) };
        let by_hand = self
            .refunds
            .iter()
            .filter(|r| r.transaction == kept.id && r.state == RefundState::ByHand);
        let by_hand: i64 = by_hand.map(|r| r.amount.as_rupiah()).sum();
        Money::rupiah(kept.refunded.as_rupiah().max(taken(self, kept)) + by_hand)
    }

    /// The money that is here, if it is on its way back because the order was off when it came.
    pub fn goes_back(&self) -> Option<GoesBack> {
        let holds = |r: &Refund, t: &Transaction| t.id == r.transaction && t.holds_money();
        let here = |r: &&Refund| self.transactions().any(|t| holds(r, t));
        let refund = self.refunds.iter().filter(|r| is_off(r) && r.is_due()).rfind(here)?;
        Some(GoesBack { cause: refund.cause, amount: refund.amount })
    }

    /// All that an answer about an attempt means: where its transaction stands, the refunds that it
    /// lists, what of those that are due that leaves, and what is owed for it. Of an answer that is not
    /// believed, nothing but that.
    pub fn hears(&self, attempt: AttemptId, seen: &Observation, at: Timestamp) -> Vec<Moved> {
        let mut all: Vec<Moved> = self.observe(attempt, seen, at).into_iter().collect();
        let mut then = |next: &dyn Fn(&Self) -> Vec<Moved>| {
            let moves = next(all.last().map_or(self, |(payment, _)| payment));
            all.extend(moves);
        };
        if self.believes(attempt, seen).is_ok() {
            then(&|payment| payment.came_again(self, seen, at));
            then(&|payment| payment.refunds_seen(seen, at));
            then(&|payment| payment.trimmed(at));
        }
        then(&|payment| payment.owed(at));
        all
    }

    /// What of a refund by hand went back beyond what came, because the gateway gave it back or a bank
    /// took it too; and since when. Of several by hand it is the newest.
    pub(super) fn went_twice(&self, refund: &Refund) -> Option<(Money, Timestamp)> {
        let of = self.transactions().find(|t| t.id == refund.transaction)?;
        let by_hand =
            |r: &&Refund| r.transaction == refund.transaction && r.state == RefundState::ByHand;
        let later = self.refunds.iter().rev().take_while(|r| r.key != refund.key).filter(by_hand);
        let later: i64 = later.map(|r| r.amount.as_rupiah()).sum();
        let over = spoken(self, of) - here(self, of) - later;
        let over = Money::rupiah(over.min(refund.amount.as_rupiah()));
        let twice = refund.state == RefundState::ByHand && over > Money::rupiah(0);
        twice.then_some((over, of.seen_at))
    }

    /// A merchant wants money back. The same key again changes nothing.
    pub fn refund(&self, wish: &RefundWish, at: Timestamp) -> Result<Option<Moved>, RefundRefused> {
        if self.refunds.iter().any(|r| r.key == wish.key) {
            return Ok(None);
        }
        let status = self.status();
        let Some(kept) = self.kept().filter(|_| status.holds_money()) else {
            return Err(RefundRefused::NotPaid(status));
        };
        let (least, left) = (Money::rupiah(1), self.left_of(kept));
        let amount = wish.amount.unwrap_or(left);
        if amount < least || amount > left {
            return Err(RefundRefused::Amount { asked: amount, least, left });
        }
        let refund = Refund {
            key: wish.key.clone(),
            transaction: kept.id.clone(),
            amount,
            cause: RefundCause::Asked,
            reason: wish.reason.clone(),
            state: state_at_first(kept, amount, at),
            asked_at: at,
            updated_at: at,
        };
        Ok(Some(self.with_refund(refund, at)))
    }

    /// Somebody wants it called off. Asked again, only the wish for the money can be added; a
    /// payment that has ended stays ended.
    pub fn called_off(&self, refund_if_paid: bool, at: Timestamp) -> Option<Moved> {
        let known = self.call_off;
        if known.is_some_and(|known| known.refund_if_paid || !refund_if_paid) {
            return None;
        }
        let asked_at = known.map_or(at, |known| known.asked_at);
        let call_off = Some(CallOff { refund_if_paid, asked_at });
        let after = Self { call_off, updated_at: at, ..self.clone() };
        Some(self.to(after, |change| PaymentFact::CallOffAsked { refund_if_paid, change }))
    }

    /// The gateway confirmed that an attempt's page is closed, or that it never will be used.
    pub fn closed(&self, attempt: AttemptId, why: Ending, at: Timestamp) -> Option<Moved> {
        if self.attempt(attempt)?.closed.is_some() {
            return None;
        }
        let closed = Closed { why, at };
        self.moved(
            attempt,
            at,
            |a| a.closed = Some(closed),
            |change| PaymentFact::Closed { attempt, why, change },
        )
    }

    /// The gateway knows a try no more that waited when it was to be ended: it is over, as a page that
    /// nobody used. Should its money come all the same, it comes late.
    pub fn forgotten(
        &self,
        attempt: AttemptId,
        transaction: &str,
        (why, at): (Ending, Timestamp),
    ) -> Option<Moved> {
        let mut now =
            self.attempt(attempt)?.transactions.iter().find(|t| t.id == transaction)?.clone();
        if !now.waits() || now.is_charged() {
            return None;
        }
        let (from, method) = (Some(now.status), now.method.clone());
        let to = match why {
            Ending::CalledOff => GatewayStatus::Cancel,
            Ending::Overdue => GatewayStatus::Expire,
        };
        (now.status, now.seen_at) = (to, at);
        let transaction = now.id.clone();
        self.moved(
            attempt,
            at,
            |a| a.put(now),
            |change| PaymentFact::Observed { attempt, transaction, from, to, method, change },
        )
    }

    /// How the gateway answered about a refund of ours.
    pub fn refund_moved(&self, key: &str, state: RefundState, at: Timestamp) -> Option<Moved> {
        let known = self.refunds.iter().find(|r| r.key == key)?;
        if known.state == state {
            return None;
        }
        let mut after = Self { updated_at: at, ..self.clone() };
        for refund in after.refunds.iter_mut().filter(|r| r.key == key) {
            (refund.state, refund.updated_at) = (state.clone(), at);
        }
        let (key, amount) = (known.key.clone(), known.amount);
        Some(self.to(after, |change| PaymentFact::RefundMoved { key, amount, state, change }))
    }

    /// A charge that was voided is here after all: what had gone back with the void is asked for anew,
    /// unless the gateway lists it. Nothing but a void can have gone back of one that had not settled.
    fn came_again(&self, earlier: &Self, seen: &Observation, at: Timestamp) -> Vec<Moved> {
        use GatewayStatus::{Cancel, Capture};
        let of = |payment: &'_ Self| -> Option<Transaction> {
            payment.transactions().find(|t| t.id == seen.transaction_id).cloned()
        };
        let Some((was, now)) = of(earlier).zip(of(self)) else { return vec![] };
        let again = matches!(was.status, Cancel | Capture) && was.status != now.status;
        if !again || !now.is_paid() {
            return vec![];
        }
        let voided = |r: &&Refund| {
            let went = matches!(r.state, RefundState::Taken | RefundState::Confirmed);
            went && r.transaction == now.id && seen.refunds.iter().all(|s| s.key != r.key)
        };
        let mut all: Vec<Moved> = Vec::new();
        for refund in self.refunds.iter().filter(voided) {
            let payment = all.last().map_or(self, |(payment, _)| payment);
            let state = state_at_first(&now, refund.amount, at);
            all.extend(payment.refund_moved(&refund.key, state, at));
        }
        all
    }

    /// What an answer lists as refunds: ours are taken or confirmed, others are new to us.
    pub(super) fn refunds_seen(&self, seen: &Observation, at: Timestamp) -> Vec<Moved> {
        let mut all: Vec<Moved> = Vec::new();
        for listed in &seen.refunds {
            let now = all.last().map_or(self, |(payment, _)| payment);
            let state = match listed.confirmed {
                true => RefundState::Confirmed,
                false => RefundState::Taken,
            };
            let moved = match now.refunds.iter().find(|r| r.key == listed.key) {
                // That a person transferred it too must not be hidden (`Payment::went_twice`).
                Some(known)
                    if matches!(known.state, RefundState::Confirmed | RefundState::ByHand) =>
                {
                    None
                }
                Some(_) => now.refund_moved(&listed.key, state, at),
                None => Some(now.with_refund(
                    Refund {
                        key: listed.key.clone(),
                        transaction: seen.transaction_id.clone(),
                        amount: listed.amount,
                        cause: RefundCause::Elsewhere,
                        reason: None,
                        state,
                        asked_at: at,
                        updated_at: at,
                    },
                    at,
                )),
            };
            all.extend(moved);
        }
        all
    }

    /// The refunds that are demanded and not yet there: of late money, of a second payment, of an
    /// order that was called off. Their keys follow from the transaction, so that the same reason
    /// gives the same key.
    pub fn owed(&self, at: Timestamp) -> Vec<Moved> {
        let mut all: Vec<Moved> = Vec::new();
        for (attempt, number, transaction) in self.numbered() {
            let now = all.last().map_or(self, |(payment, _)| payment);
            let Some(cause) = now.demands(transaction) else { continue };
            let amount = now.left_of(transaction);
            let key = format!("{attempt}-{number}-{}", tag(cause));
            if amount.as_rupiah() < 1 || now.refunds.iter().any(|r| r.key == key) {
                continue;
            }
            let refund = Refund {
                key,
                transaction: transaction.id.clone(),
                amount,
                cause,
                reason: Some(cause.as_str().to_owned()),
                state: state_at_first(transaction, amount, at),
                asked_at: at,
                updated_at: at,
            };
            all.push(now.with_refund(refund, at));
        }
        all
    }

    /// What of the refunds that are due is not here any more, because the gateway gave it back
    /// elsewhere or the bank took it: it must not go twice. The newest give way first; what is cut to
    /// nothing is moot. What the gateway was asked for is done, if the whole went back and its list does
    /// not tell otherwise.
    fn trimmed(&self, at: Timestamp) -> Vec<Moved> {
        let mut all: Vec<Moved> = Vec::new();
        for refund in self.refunds.iter().rev().filter(|r| r.is_due()) {
            let now = all.last().map_or(self, |(payment, _)| payment);
            let of = now.transactions().find(|t| t.id == refund.transaction && t.was_paid);
            let Some(of) = of else { continue };
            // What is asked of a charge that was voided or reversed, the job learns of: it may be
            // what voided it.
            if refund.state == RefundState::Asked && !of.is_credited() {
                continue;
            }
            let room = here(now, of) - spoken(now, of) + refund.amount.as_rupiah();
            let amount = refund.amount.as_rupiah();
            // All of it went back, and no other refund explains that.
            let is_done = refund.state == RefundState::Asked
                && of.status == GatewayStatus::Refund
                && of.gross.as_rupiah() - taken(now, of) >= amount;
            if is_done {
                all.extend(now.refund_moved(&refund.key, RefundState::Taken, at));
            } else if room < amount {
                all.extend(now.refund_cut(&refund.key, Money::rupiah(room.max(0)), at));
            }
        }
        all
    }

    fn refund_cut(&self, key: &str, amount: Money, at: Timestamp) -> Option<Moved> {
        let mut after = Self { updated_at: at, ..self.clone() };
        let refund = after.refunds.iter_mut().find(|r| r.key == key)?;
        if amount == Money::rupiah(0) {
            refund.state = RefundState::Moot;
        } else {
            refund.amount = amount;
        }
        refund.updated_at = at;
        let (key, amount, state) = (refund.key.clone(), refund.amount, refund.state.clone());
        Some(self.to(after, |change| PaymentFact::RefundMoved { key, amount, state, change }))
    }

    fn demands(&self, transaction: &Transaction) -> Option<RefundCause> {
        if !transaction.holds_money() {
            return None;
        }
        if self.is_beside(transaction) {
            return Some(RefundCause::Second);
        }
        // Other money of this order is on its way back because it was off: this is off as well.
        let other = |r: &Refund| is_off(r) && r.transaction != transaction.id;
        if transaction.late || self.refunds.iter().any(other) {
            return Some(RefundCause::Late);
        }
        // The money that paid the order has gone: this came beside it, and is told as late now.
        if self.kept().is_some_and(|kept| kept.id != transaction.id) {
            return Some(RefundCause::Late);
        }
        self.call_off.filter(|wish| wish.refund_if_paid).map(|_| RefundCause::CalledOff)
    }

    fn numbered(&self) -> Vec<(AttemptId, usize, &Transaction)> {
        let of = |attempt: &'_ super::Attempt| attempt.id;
        self.attempts
            .iter()
            .flat_map(|a| a.transactions.iter().enumerate().map(move |(n, t)| (of(a), n + 1, t)))
            .collect()
    }

    fn with_refund(&self, refund: Refund, at: Timestamp) -> Moved {
        let fact = (refund.key.clone(), refund.amount, refund.cause, refund.state.clone());
        let mut after = Self { updated_at: at, ..self.clone() };
        after.refunds.push(refund);
        let (key, amount, cause, state) = fact;
        self.to(after, |change| PaymentFact::RefundAsked { key, amount, cause, state, change })
    }
}

/// A charge that has not settled cannot be refunded, but it can be called off: that is tried first.
fn state_at_first(of: &Transaction, amount: Money, at: Timestamp) -> RefundState {
    let whole_capture = of.status == GatewayStatus::Capture && amount == of.gross;
    if whole_capture {
        return RefundState::Asked;
    }
    match Capability::of(of.method.as_deref()).objects(of, amount, at) {
        Some(why) => RefundState::Manual(why.to_owned()),
        None => RefundState::Asked,
    }
}

/// Because the order was off when the money came.
fn is_off(refund: &Refund) -> bool {
    matches!(refund.cause, RefundCause::Late | RefundCause::CalledOff)
}

/// What the gateway still holds of a transaction, as far as we know.
fn here(payment: &Payment, of: &Transaction) -> i64 {
    if !of.is_credited() || of.status == GatewayStatus::Chargeback {
        return 0;
    }
    of.gross.as_rupiah() - of.refunded.as_rupiah().max(taken(payment, of))
}

/// What is to go back of a transaction, or went by hand: not in the gateway's own sum.
fn spoken(payment: &Payment, of: &Transaction) -> i64 {
    let counts =
        |r: &&Refund| r.transaction == of.id && (r.is_due() || r.state == RefundState::ByHand);
    payment.refunds.iter().filter(counts).map(|r| r.amount.as_rupiah()).sum()
}

/// What the gateway took on of a transaction, as far as we know it refund by refund: its own sum may
/// come later.
fn taken(payment: &Payment, of: &Transaction) -> i64 {
    let through_gateway = |r: &&Refund| {
        r.transaction == of.id && matches!(r.state, RefundState::Taken | RefundState::Confirmed)
    };
    payment.refunds.iter().filter(through_gateway).map(|r| r.amount.as_rupiah()).sum()
}

fn tag(cause: RefundCause) -> &'static str {
    match cause {
        RefundCause::Late => "late",
        RefundCause::Second => "second",
        _ => "off",
    }
}
