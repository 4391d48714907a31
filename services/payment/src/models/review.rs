//! What a person wants of a card payment that the gateway's fraud detection holds. A wish like
//! any other: the gateway is asked, and only what it then says of the payment moves it.
//!
//! As long as the charge is held the last review counts, whoever made the one before and however far
//! that came: whatever reaches the gateway second meets a charge that is held no more.

use super::payment::Moved;
use super::{AttemptId, Payment, PaymentFact, PaymentStatus, Transaction};
use kernel::Timestamp;
use std::fmt;

/// What a person wants done with a held payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Let it go on.
    Approve,
    /// Refuse it.
    Deny,
}

/// The last review of one held transaction, as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Which transaction.
    pub transaction: String,
    /// What is wanted.
    pub choice: Choice,
    /// Why.
    pub note: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why the gateway will not, since it said so for sure. It is asked on, until it does or another
    /// review takes the place of this one.
    pub declined: Option<String>,
}

/// What a person says about an operator item, before it is known whether it can be reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewWish {
    /// Which item: its name within the payment.
    pub item: String,
    /// What is wanted.
    pub choice: Choice,
    /// Why.
    pub note: String,
    /// By whom.
    pub by: String,
}

/// Why nothing is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefused {
    /// There is no such item.
    #[error("there is no such item")]
    NoItem,
    /// It is about something else.
    #[error("only a payment that fraud detection holds is approved or denied: resolve this one")]
    OtherKind,
    /// There is nothing to review.
    #[error("fraud detection does not hold it for a review: the payment is {0}")]
    NotHeld(PaymentStatus),
}

impl Choice {
    /// Every choice.
    pub const ALL: [Self; 2] = [Self::Approve, Self::Deny];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }

    /// The choice of a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == text)
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Payment {
    /// A person reviews a held transaction. The same choice again changes nothing, whatever is written
    /// with it; the other takes the place of the one before.
    pub fn review(&self, wish: &ReviewWish, at: Timestamp) -> Result<Option<Moved>, ReviewRefused> {
        let held = self.challenged(&wish.item)?;
        if self.review_of(held).is_some_and(|known| known.choice == wish.choice) {
            return Ok(None);
        }
        let review = Review {
            transaction: held.id.clone(),
            choice: wish.choice,
            note: wish.note.clone(),
            by: wish.by.clone(),
            // Of two clocks, the one that saw it held may be ahead.
            at: at.max(held.seen_at),
            declined: None,
        };
        let (transaction, choice) = (held.id.clone(), wish.choice);
        let mut after = Self { updated_at: at, ..self.clone() };
        match after.reviews.iter_mut().find(|known| known.transaction == transaction) {
            Some(earlier) => *earlier = review,
            None => after.reviews.push(review),
        }
        Ok(Some((after, PaymentFact::Reviewed { transaction, choice })))
    }

    /// The gateway said for sure that it will not do what a review of a held transaction wants; `None`
    /// if that is known, or the review is not that one any more.
    pub fn review_declined(&self, of: &Review, why: &str, at: Timestamp) -> Option<Moved> {
        let mut after = Self { updated_at: at, ..self.clone() };
        let same = |known: &&mut Review| known.transaction == of.transaction && known.at == of.at;
        let review = after.reviews.iter_mut().find(same).filter(|r| r.choice == of.choice)?;
        if review.declined.as_deref() == Some(why) {
            return None;
        }
        review.declined = Some(why.to_owned());
        let (transaction, choice) = (of.transaction.clone(), of.choice);
        Some((after, PaymentFact::ReviewDeclined { transaction, choice, why: why.to_owned() }))
    }

    /// The review of a held transaction that the gateway has not yet followed.
    pub fn review_of(&self, held: &Transaction) -> Option<&Review> {
        let of = |review: &&Review| review.transaction == held.id && review.at >= held.seen_at;
        self.reviews.iter().find(of).filter(|_| held.is_held())
    }

    /// The reviews that the gateway has not yet followed, and the attempt of each.
    pub fn to_review(&self) -> impl Iterator<Item = (AttemptId, &Review)> {
        let all = self.attempts.iter().flat_map(|a| a.transactions.iter().map(move |t| (a.id, t)));
        all.filter_map(|(attempt, held)| Some((attempt, self.review_of(held)?)))
    }

    /// The held transaction that an item's name is about.
    fn challenged(&self, item: &str) -> Result<&Transaction, ReviewRefused> {
        let Some(id) = item.strip_prefix("challenge.") else {
            let known = self.items().iter().any(|known| known.name == item);
            return Err(if known { ReviewRefused::OtherKind } else { ReviewRefused::NoItem });
        };
        let named = || self.transactions().filter(|t| t.id == id);
        match named().find(|t| t.is_held()) {
            Some(held) => Ok(held),
            None if named().next().is_none() => Err(ReviewRefused::NoItem),
            None => Err(ReviewRefused::NotHeld(self.status())),
        }
    }
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
