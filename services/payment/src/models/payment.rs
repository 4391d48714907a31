//! The payment: an aggregate that only the gateway's own answers move.

use super::{
    CallOff, Closed, Distrust, Fraud, GatewayStatus, Instruction, Instructions, PaymentFact,
    PaymentStatus, Refund, Review, StatusChange, Transaction,
};
use kernel::{Account, Email, Money, PersonName, Phone, Timestamp, typed_id};

typed_id! {
    /// An order, chosen by the order service.
    pub struct OrderId;
}
typed_id! {
    /// A payment: one per order.
    pub struct PaymentId;
}
typed_id! {
    /// An attempt; in 36 characters the gateway's `order_id`. Fixed length matters: the
    /// gateway's signature concatenates fields without separators.
    pub struct AttemptId;
}

/// What is to be paid, as `order.created` told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Which order.
    pub order_id: OrderId,
    /// Whose.
    pub account: Account,
    /// How much.
    pub amount: Money,
    /// The merchant's own name for the order.
    pub reference: Option<String>,
    /// Language of customer text.
    pub locale: &'static str,
    /// Who pays.
    pub customer_name: PersonName,
    /// Where to reach them.
    pub email: Email,
    /// Where to reach them.
    pub phone: Option<Phone>,
    /// What for.
    pub lines: Vec<Line>,
}

/// One line of the bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Stock keeping unit.
    pub sku: String,
    /// What the customer reads.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Each.
    pub unit_price: Money,
}

/// The gateway's page where the customer pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its token; a later create revokes it.
    pub token: String,
    /// Its address, opaque.
    pub url: String,
}

/// One try to have the bill paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Identity, also at the gateway.
    pub id: AttemptId,
    /// Where the customer pays.
    pub page: Option<Page>,
    /// Why the gateway will not open one.
    pub refusal: Option<String>,
    /// What became of it, oldest first.
    pub transactions: Vec<Transaction>,
    /// When the gateway was last asked about what callbacks claimed, and did not say so.
    pub contradicted_at: Option<Timestamp>,
    /// What did not fit in the gateway's answers about it.
    pub distrusted: Option<Distrust>,
    /// Nobody can begin to pay on its page any more.
    pub closed: Option<Closed>,
    /// Begun.
    pub created_at: Timestamp,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Identity.
    pub id: PaymentId,
    /// What is to be paid.
    pub bill: Bill,
    /// Until when it can be paid.
    pub due_at: Timestamp,
    /// The tries, oldest first; never empty.
    pub attempts: Vec<Attempt>,
    /// Somebody wants it called off.
    pub call_off: Option<CallOff>,
    /// Money that goes back, oldest first.
    pub refunds: Vec<Refund>,
    /// What persons want of transactions that fraud detection holds: the last review of each.
    pub reviews: Vec<Review>,
    /// What a person has dealt with: items by their names, with a note.
    pub resolved: Vec<Resolution>,
    /// Opened.
    pub created_at: Timestamp,
    /// Last moved.
    pub updated_at: Timestamp,
}

/// What GET Status said about one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The `order_id` that it names.
    pub order_id: String,
    /// Which transaction.
    pub transaction_id: String,
    /// Where it stands; `Err` holds a word that we do not know.
    pub status: Result<GatewayStatus, String>,
    /// Fraud detection's word.
    pub fraud: Option<Fraud>,
    /// `payment_type`.
    pub method: Option<String>,
    /// The amount to compare: before a fee that the customer pays (reference: midtrans.md 3.8).
    pub amount: Option<Money>,
    /// What the customer pays, the fee included; without it, the amount to compare.
    pub gross: Option<Money>,
    /// When it was paid, if the answer tells.
    pub paid_at: Option<Timestamp>,
    /// What was given back of it, in all, if the answer tells.
    pub refunded: Option<Money>,
    /// The refunds that the answer lists.
    pub refunds: Vec<RefundSeen>,
    /// ISO 4217, where it was said.
    pub currency: Option<String>,
    /// Whether it names another merchant than ours.
    pub foreign_merchant: bool,
    /// How it is to be paid; empty if the answer does not tell.
    pub instructions: Instructions,
    /// Until when it can be paid, if the answer tells.
    pub expires_at: Option<Timestamp>,
}

/// A refund as the gateway lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundSeen {
    /// `refund_key`: ours, or another's.
    pub key: String,
    /// How much.
    pub amount: Money,
    /// Whether the bank has confirmed it.
    pub confirmed: bool,
}

/// What a person wrote about an operator item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// Which item: its name within the payment.
    pub item: String,
    /// What was done.
    pub note: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Payment {
    /// A payment with its first attempt; nothing at the gateway knows of it yet.
    pub fn open(
        id: PaymentId,
        first: AttemptId,
        bill: Bill,
        (at, due_at): (Timestamp, Timestamp),
    ) -> Self {
        let attempt = Attempt {
            id: first,
            page: None,
            refusal: None,
            transactions: Vec::new(),
            contradicted_at: None,
            distrusted: None,
            closed: None,
            created_at: at,
        };
        Self {
            id,
            bill,
            due_at,
            attempts: vec![attempt],
            call_off: None,
            refunds: Vec::new(),
            reviews: Vec::new(),
            resolved: Vec::new(),
            created_at: at,
            updated_at: at,
        }
    }

    /// Where it stands.
    pub fn status(&self) -> PaymentStatus {
        PaymentStatus::of(self)
    }

    /// The method of the transaction that matters now.
    pub fn method(&self) -> Option<&str> {
        let paid = self.transactions().find(|t| t.was_paid);
        paid.or_else(|| self.transactions().last()).and_then(|t| t.method.as_deref())
    }

    /// Its transactions, attempt by attempt, oldest first.
    pub fn transactions(&self) -> impl DoubleEndedIterator<Item = &Transaction> {
        self.attempts.iter().flat_map(|a| &a.transactions)
    }

    /// The transaction that the customer is to pay now: the newest that waits for money, while the
    /// payment as a whole does.
    pub fn awaited(&self) -> Option<&Transaction> {
        let waits = |t: &&Transaction| t.status == GatewayStatus::Pending;
        let newest = self.transactions().rfind(waits);
        newest.filter(|_| self.status() == PaymentStatus::Pending)
    }

    /// Whether money may still come that it has no use for once its time is over: it is open, or a try
    /// waits beside money that has gone again.
    pub fn awaits_money(&self) -> bool {
        let status = self.status();
        let waits = || self.transactions().any(Transaction::waits);
        status.is_open() || !status.holds_money() && waits()
    }

    /// Whether every transaction stands as in an earlier read, and there are no others.
    pub fn stands_as(&self, earlier: &Self) -> bool {
        let mut ours = self.transactions();
        let same = earlier.transactions().all(|t| ours.next().is_some_and(|o| o.stands_as(t)));
        same && ours.next().is_none()
    }

    /// An attempt by its id.
    pub fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        self.attempts.iter().find(|a| a.id == id)
    }

    /// The page of the newest attempt.
    pub fn current_page(&self) -> Option<&Page> {
        self.attempts.last().and_then(|a| a.page.as_ref())
    }

    /// The gateway opened a page. A second page replaces the first, because creating it revoked
    /// the first one's token (reference: midtrans.md 1.5).
    pub fn page_ready(&self, attempt: AttemptId, page: Page, at: Timestamp) -> Option<Moved> {
        self.moved(
            attempt,
            at,
            |a| a.page = Some(page),
            |change| PaymentFact::PageReady { attempt, change },
        )
    }

    /// The gateway will not open a page.
    pub fn page_refused(&self, attempt: AttemptId, why: String, at: Timestamp) -> Option<Moved> {
        let refusal = why.clone();
        self.moved(
            attempt,
            at,
            |a| a.refusal = Some(refusal),
            |change| PaymentFact::PageRefused { attempt, reason: why, change },
        )
    }

    /// Where a transaction stands by the gateway's answer: `None` if it is no news.
    pub(super) fn observe(
        &self,
        attempt: AttemptId,
        seen: &Observation,
        at: Timestamp,
    ) -> Option<Moved> {
        let known =
            self.attempt(attempt)?.transactions.iter().find(|t| t.id == seen.transaction_id);
        let status = match self.believes(attempt, seen) {
            Ok(status) => status,
            Err(why) => return self.distrusts(attempt, &seen.transaction_id, why, at),
        };
        let mut now = told(known, (seen, self.bill.amount), status, at);
        now.late |= self.comes_late(attempt, (known, &now), at);
        if known == Some(&now) {
            return None;
        }
        let transaction = now.id.clone();
        if known.is_some_and(|t| t.stands_as(&now)) {
            let kinds = now.instructions.iter().map(Instruction::kind).collect();
            let fact = PaymentFact::Instructed { attempt, transaction, kinds };
            return self.moved(attempt, at, |a| a.put(now), |_| fact);
        }
        let (from, method) = (known.map(|t| t.status), now.method.clone());
        let another_part = self.another_part(&now);
        self.moved(
            attempt,
            at,
            |a| a.put(now),
            |change| PaymentFact::Observed {
                attempt,
                transaction,
                from,
                to: status,
                method,
                change: change.or(another_part),
            },
        )
    }

    /// Another part of the money that pays the order went back: no other status, and yet the customer is
    /// told.
    fn another_part(&self, now: &Transaction) -> Option<StatusChange> {
        use PaymentStatus::PartiallyRefunded;
        let is_part = now.status == GatewayStatus::PartialRefund;
        // Of a part whose sum was not told, the sum is no other part.
        let summed = |kept: &Transaction| {
            kept.status != GatewayStatus::PartialRefund || kept.refunded > Money::rupiah(0)
        };
        let more = self
            .kept()
            .is_some_and(|kept| kept.id == now.id && summed(kept) && kept.refunded < now.refunded);
        (is_part && more && self.status() == PartiallyRefunded)
            .then_some(StatusChange { from: PartiallyRefunded, to: PartiallyRefunded })
    }

    /// Whether what is told comes after the end. Asked when a transaction is first heard of and when
    /// it is charged, since neither the last status nor that of the transaction keeps the memory:
    /// what is held waits for weeks, and a late try is pending before it is paid.
    ///
    /// A try after another has run out is none, as long as the payment has time: whether we hear of it
    /// first when it begins or when it is paid is our timing, not the customer's. So it is with the
    /// deadline, where the gateway tells when it was paid.
    fn comes_late(
        &self,
        attempt: AttemptId,
        (known, now): (Option<&Transaction>, &Transaction),
        at: Timestamp,
    ) -> bool {
        let closed = self.attempt(attempt).is_some_and(|a| a.closed.is_some());
        let gone = self.kept().is_some_and(Transaction::is_gone);
        let moment = now.paid_at.filter(|_| now.is_charged()).unwrap_or(at);
        let is_over = self.call_off.is_some() || moment >= self.due_at;
        let begins = known.is_none() && is_over;
        let charged = now.is_charged() && !known.is_some_and(Transaction::is_charged);
        let ran_out = known.is_some_and(|t| t.status.is_end());
        let is_end = match self.status() {
            PaymentStatus::Expired | PaymentStatus::Cancelled => is_over || ran_out,
            PaymentStatus::Reversed => begins || ran_out,
            _ => false,
        };
        (begins || charged) && (closed || gone || is_end)
    }

    pub(super) fn moved(
        &self,
        attempt: AttemptId,
        at: Timestamp,
        edit: impl FnOnce(&mut Attempt),
        fact: impl FnOnce(Option<StatusChange>) -> PaymentFact,
    ) -> Option<Moved> {
        let mut after = Self { updated_at: at, ..self.clone() };
        edit(after.attempts.iter_mut().find(|a| a.id == attempt)?);
        Some(self.to(after, fact))
    }

    /// It moves: the fact is told what that means for the status.
    pub(super) fn to(
        &self,
        after: Self,
        fact: impl FnOnce(Option<StatusChange>) -> PaymentFact,
    ) -> Moved {
        let (from, to) = (self.status(), after.status());
        let change = (from != to).then_some(StatusChange { from, to });
        (after, fact(change))
    }
}

/// A payment after a fact, and the fact.
pub type Moved = (Payment, PaymentFact);

impl Attempt {
    pub(super) fn put(&mut self, transaction: Transaction) {
        match self.transactions.iter_mut().find(|t| t.id == transaction.id) {
            Some(known) => *known = transaction,
            None => self.transactions.push(transaction),
        }
    }
}

/// A transaction as an answer tells it; what the answer is silent about stays as it was known.
fn told(
    known: Option<&Transaction>,
    (seen, due): (&Observation, Money),
    status: GatewayStatus,
    at: Timestamp,
) -> Transaction {
    let mut now = Transaction {
        id: seen.transaction_id.clone(),
        status,
        fraud: seen.fraud,
        method: seen.method.clone(),
        was_paid: false,
        late: false,
        paid_at: seen.paid_at,
        gross: seen.gross.unwrap_or(due),
        refunded: seen.refunded.unwrap_or(Money::rupiah(0)),
        seen_at: at,
        instructions: seen.instructions.clone(),
        expires_at: seen.expires_at,
    };
    if let Some(known) = known {
        now.method = now.method.or_else(|| known.method.clone());
        if known.status == now.status {
            // Silence about a review is not its end (reference: midtrans.md 3.4).
            now.fraud = now.fraud.or(known.fraud);
        }
        (now.was_paid, now.late) = (known.was_paid, known.late);
        now.paid_at = known.paid_at.or(now.paid_at);
        now.refunded = now.refunded.max(known.refunded);
        now.instructions = known.instructions.after(&seen.instructions);
        now.expires_at = now.expires_at.or(known.expires_at);
        if known.stands_as(&now) {
            // Another name for the method is no news; and only news of how it stands decides
            // between ends.
            (now.method, now.seen_at) = (known.method.clone().or(now.method), known.seen_at);
        }
    }
    if now.status == GatewayStatus::Refund {
        now.refunded = now.gross;
    }
    now.was_paid |= now.is_credited();
    if now.was_paid {
        now.paid_at = now.paid_at.or(Some(at));
    }
    now
}

#[cfg(test)]
mod back_tests;
#[cfg(test)]
mod edges_tests;
#[cfg(test)]
mod money_tests;
#[cfg(test)]
mod odd_tests;
#[cfg(test)]
pub(super) mod tests;
