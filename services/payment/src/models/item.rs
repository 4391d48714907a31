//! What a person has to look at. Derived from the payment, never stored: an item is open as long as
//! its cause stands and nobody has written what was done.

use super::payment::Moved;
use super::{GatewayStatus, Payment, PaymentFact, RefundState, Resolution, StatusChange};
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
    /// The gateway's fraud detection wants a decision.
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
}

/// Something for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name within the payment: the kind, and what it is about.
    pub name: String,
    /// Why.
    pub kind: ItemKind,
    /// Which refund, transaction or attempt.
    pub about: String,
    /// In words.
    pub detail: String,
    /// Since when.
    pub since: Timestamp,
    /// What was done about it.
    pub resolution: Option<Resolution>,
}

impl Payment {
    /// All items, resolved ones too, in the order of their causes.
    pub fn items(&self) -> Vec<Item> {
        let refunds = self.refunds.iter().filter_map(|refund| match &refund.state {
            RefundState::Manual(why) => {
                let detail = format!("transfer {} by hand: {why}", refund.amount);
                Some((ItemKind::RefundManual, refund.key.clone(), detail, refund.updated_at))
            }
            RefundState::ByHand => {
                let detail = format!("{} was transferred by hand", refund.amount);
                Some((ItemKind::RefundManual, refund.key.clone(), detail, refund.updated_at))
            }
            _ => None,
        });
        let transactions = self.attempts.iter().flat_map(|a| &a.transactions).filter_map(|t| {
            let (kind, detail) = match t.status {
                GatewayStatus::Deny if t.was_paid => {
                    (ItemKind::Reversed, "the bank took the payment back".to_owned())
                }
                GatewayStatus::Chargeback => {
                    (ItemKind::ChargedBack, "the card holder's bank took the money back".to_owned())
                }
                GatewayStatus::PartialChargeback => (
                    ItemKind::ChargedBack,
                    "the card holder's bank took a part back; the gateway does not tell how much"
                        .to_owned(),
                ),
                GatewayStatus::Capture if t.fraud == Some(super::Fraud::Challenge) => {
                    (ItemKind::Challenge, "approve or deny the card payment".to_owned())
                }
                _ => return None,
            };
            Some((kind, t.id.clone(), detail, t.seen_at))
        });
        let answers = self.attempts.iter().filter_map(|attempt| {
            let why = attempt.distrusted.as_ref()?;
            let detail = format!("the gateway's answer was not believed: {why}");
            Some((ItemKind::Distrusted, attempt.id.to_string(), detail, self.updated_at))
        });
        let all = refunds.chain(transactions).chain(answers);
        all.map(|(kind, about, detail, since)| {
            let name = format!("{kind}.{about}");
            let resolution = self.resolved.iter().find(|r| r.item == name).cloned();
            Item { name, kind, about, detail, since, resolution }
        })
        .collect()
    }

    /// A person dealt with an item. A refund by hand is made with it.
    pub fn resolve(&self, resolution: Resolution) -> Result<Moved, ResolveRefused> {
        let items = self.items();
        let item = items.iter().find(|item| item.name == resolution.item);
        let item = item.ok_or(ResolveRefused::NoItem)?;
        if item.resolution.is_some() {
            return Err(ResolveRefused::Resolved);
        }
        let mut after = Self { updated_at: resolution.at, ..self.clone() };
        if item.kind == ItemKind::RefundManual {
            for refund in after.refunds.iter_mut().filter(|r| r.key == item.about) {
                (refund.state, refund.updated_at) = (RefundState::ByHand, resolution.at);
            }
        }
        let (name, note) = (resolution.item.clone(), resolution.note.clone());
        after.resolved.push(resolution);
        let (from, to) = (self.status(), after.status());
        let change = (from != to).then_some(StatusChange { from, to });
        Ok((after, PaymentFact::ItemResolved { item: name, note, change }))
    }

    /// How many wait for a person.
    pub fn open_items(&self) -> usize {
        self.items().iter().filter(|item| item.resolution.is_none()).count()
    }
}
