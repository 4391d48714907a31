//! What a person has to look at. Derived from the payment, never stored: an item is open as long as
//! its cause stands and nobody has written what was done.
//!
//! What was written is found by the item's name. So the name holds all that makes the cause another
//! one: a part of the money that a bank took is not the whole of it, and one odd answer is not the
//! next. The same cause again is the same item.

use super::payment::Moved;
use super::{
    Attempt, Choice, Fraud, GatewayStatus, Payment, PaymentFact, Refund, RefundCause, RefundState,
    Resolution, Review, Transaction,
};
use kernel::Timestamp;
use std::fmt;

/// Why a person is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// Money has to go back by hand.
    RefundManual,
    /// A settlement was taken back: the order is not paid any more.
    Reversed,
    /// The card holder's bank took money back.
    ChargedBack,
    /// The gateway's fraud detection wants a review.
    Challenge,
    /// The gateway's answer does not fit the order: nothing was moved.
    Distrusted,
}

impl ItemKind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RefundManual => "refund_manual",
            Self::Reversed => "reversed",
            Self::ChargedBack => "charged_back",
            Self::Challenge => "challenge",
            Self::Distrusted => "distrusted",
        }
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an item is not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResolveRefused {
    /// There is no such item.
    #[error("there is no such item")]
    NoItem,
    /// Somebody was quicker.
    #[error("it is resolved already")]
    Resolved,
    /// The payment waits for a review, not for a note.
    #[error("fraud detection holds this payment: approve or deny it")]
    Unreviewed,
}

/// Something for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name within the payment: the kind, what it is about, and of kinds that can come twice
    /// what tells them apart.
    pub name: String,
    /// Why.
    pub kind: ItemKind,
    /// Which refund, transaction or attempt.
    pub about: String,
    /// In words.
    pub detail: String,
    /// Since when.
    pub since: Timestamp,
    /// What a person's review wants; the gateway is being asked.
    pub review: Option<Choice>,
    /// What was done about it.
    pub resolution: Option<Resolution>,
}

impl Item {
    fn new(kind: ItemKind, about: &str, detail: impl Into<String>, since: Timestamp) -> Self {
        Self {
            name: format!("{kind}.{about}"),
            kind,
            about: about.to_owned(),
            detail: detail.into(),
            since,
            review: None,
            resolution: None,
        }
    }

    /// The same, told apart from others of its kind about the same.
    fn told_apart(mut self, by: &str) -> Self {
        self.name = format!("{}.{by}", self.name);
        self
    }

    /// Whether this was written about it. Names were of kind and subject alone once: what was
    /// written under such a name was about what was there then. A challenge has no other name: what
    /// was written before the charge settled is not about that. That a refund by hand was made says
    /// nothing of money that went twice by it.
    fn is_meant(&self, written: &Resolution) -> bool {
        let named = written.item == self.name;
        let once = || written.item == format!("{}.{}", self.kind, self.about);
        match self.kind {
            ItemKind::RefundManual => named,
            ItemKind::Challenge => named && written.at >= self.since,
            _ => named || (once() && written.at >= self.since),
        }
    }
}

impl Payment {
    /// All items, resolved ones too, in the order of their causes.
    pub fn items(&self) -> Vec<Item> {
        let refunds = self.refunds.iter().filter_map(by_hand);
        let twice = self.refunds.iter().filter_map(|refund| self.twice(refund));
        let transactions =
            self.transactions().filter_map(|t| self.challenge(t).or_else(|| taken_back(t)));
        let answers = self.attempts.iter().filter_map(distrusted);
        let all = refunds.chain(twice).chain(transactions).chain(answers);
        all.map(|mut item| {
            let written = self.resolved.iter().filter(|_| !self.awaits_review(&item));
            item.resolution = written.into_iter().find(|r| item.is_meant(r)).cloned();
            item
        })
        .collect()
    }

    /// Whether no note deals with it: the order would wait on with nobody looking. There are such notes,
    /// from before one could approve and deny.
    fn awaits_review(&self, item: &Item) -> bool {
        let held = |t: &Transaction| t.id == item.about && t.is_held();
        item.kind == ItemKind::Challenge && self.transactions().any(held)
    }

    fn twice(&self, refund: &Refund) -> Option<Item> {
        let (over, since) = self.went_twice(refund)?;
        let detail = format!(
            "{over} in all went back twice, by hand and by the gateway or a bank: claim it"
        );
        let item = Item::new(ItemKind::RefundManual, &refund.key, detail, since);
        Some(item.told_apart(&format!("twice.{}", over.as_rupiah())))
    }

    fn challenge(&self, transaction: &Transaction) -> Option<Item> {
        if transaction.fraud != Some(Fraud::Challenge) {
            return None;
        }
        let review = self.review_of(transaction);
        let detail = match transaction.status {
            GatewayStatus::Capture => {
                review.map_or_else(|| "approve or deny the card payment".to_owned(), under_way)
            }
            GatewayStatus::Settlement => {
                "it has settled, and yet fraud detection objects: look into the gateway's dashboard"
                    .to_owned()
            }
            _ => return None,
        };
        let item = Item::new(ItemKind::Challenge, &transaction.id, detail, transaction.seen_at);
        Some(Item { review: review.map(|review| review.choice), ..item })
    }

    /// A person dealt with an item. A refund by hand is made with it.
    ///
    /// A held payment is not dealt with by a note. Who reviewed it in the gateway's own dashboard has
    /// nothing to write either: the next look finds it, and the item goes by itself. Only what has
    /// settled for all that can be written off.
    pub fn resolve(&self, resolution: Resolution) -> Result<Moved, ResolveRefused> {
        let items = self.items();
        let item = items.iter().find(|item| item.name == resolution.item);
        let item = item.ok_or(ResolveRefused::NoItem)?;
        if item.resolution.is_some() {
            return Err(ResolveRefused::Resolved);
        }
        if self.awaits_review(item) {
            return Err(ResolveRefused::Unreviewed);
        }
        // Of two clocks, the one that saw its cause may be ahead.
        let resolution = Resolution { at: resolution.at.max(item.since), ..resolution };
        let mut after = Self { updated_at: resolution.at, ..self.clone() };
        if item.kind == ItemKind::RefundManual {
            for refund in after.refunds.iter_mut().filter(|r| r.key == item.about) {
                (refund.state, refund.updated_at) = (RefundState::ByHand, resolution.at);
            }
        }
        let (name, note) = (resolution.item.clone(), resolution.note.clone());
        after.resolved.retain(|written| written.item != name);
        after.resolved.push(resolution);
        Ok(self.to(after, |change| PaymentFact::ItemResolved { item: name, note, change }))
    }

    /// How many wait for a person.
    pub fn open_items(&self) -> usize {
        self.items().iter().filter(|item| item.resolution.is_none()).count()
    }
}

fn by_hand(refund: &Refund) -> Option<Item> {
    let detail = match &refund.state {
        RefundState::Manual(why) => {
            format!("transfer {} by hand ({}): {why}", refund.amount, why_due(refund.cause))
        }
        RefundState::ByHand => format!("{} was transferred by hand", refund.amount),
        _ => return None,
    };
    Some(Item::new(ItemKind::RefundManual, &refund.key, detail, refund.updated_at))
}

/// Why money goes back, for whoever transfers it.
fn why_due(cause: RefundCause) -> &'static str {
    match cause {
        RefundCause::Asked => "a refund that was asked for",
        RefundCause::CalledOff => "paid although the order was called off",
        RefundCause::Late => "paid after the order had ended",
        RefundCause::Second => "paid a second time",
        RefundCause::Elsewhere => "a refund that was begun elsewhere",
    }
}

/// A review of what is held, on its way to the gateway.
fn under_way(review: &Review) -> String {
    let (done, wanted) = match review.choice {
        Choice::Approve => ("approved", "let the card payment go on"),
        Choice::Deny => ("denied", "refuse the card payment"),
    };
    match &review.declined {
        None => format!("{done}; the gateway is being asked to {wanted}"),
        Some(why) => {
            format!("{done}, but the gateway will not {wanted}: {why}; it is asked again later")
        }
    }
}

/// What a bank took back: a part first, it may be, and then the whole.
fn taken_back(transaction: &Transaction) -> Option<Item> {
    let (kind, detail) = match transaction.status {
        GatewayStatus::Deny if transaction.was_paid => {
            (ItemKind::Reversed, "the bank took the payment back")
        }
        GatewayStatus::Chargeback => {
            (ItemKind::ChargedBack, "the card holder's bank took the money back")
        }
        GatewayStatus::PartialChargeback => (
            ItemKind::ChargedBack,
            "the card holder's bank took a part back; the gateway does not tell how much",
        ),
        _ => return None,
    };
    let item = Item::new(kind, &transaction.id, detail, transaction.seen_at);
    match kind {
        ItemKind::ChargedBack => Some(item.told_apart(transaction.status.as_str())),
        _ => Some(item),
    }
}

fn distrusted(attempt: &Attempt) -> Option<Item> {
    let told = attempt.distrusted.as_ref()?;
    let why = told.why.replace('\n', "; ");
    let detail = format!("what the gateway answers was not believed: {why}");
    let item = Item::new(ItemKind::Distrusted, &attempt.id.to_string(), detail, told.since);
    Some(item.told_apart(&short(&told.why)))
}

/// Eight letters and digits that another reason hardly ever shares (FNV-1a, 32 bits): fit for an
/// address, and the same in every build.
fn short(reason: &str) -> String {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    format!("{:08x}", reason.bytes().fold(0x811c_9dc5, mix))
}

#[cfg(test)]
#[path = "item_tests.rs"]
mod tests;
