//! What the simulator remembers. Plain data: rules are in `rules`, effects in `gateway`.

use crate::rules::method::Method;
use crate::rules::request::{Wants, Window};
use crate::rules::retry::Answer;
use crate::rules::status::{Action, Standing, Status};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Whether a page can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageState {
    Open,
    /// Another page of the same order id took its place.
    Revoked,
    /// The merchant voided it.
    Canceled,
}

impl PageState {
    pub(crate) const ALL: [Self; 3] = [Self::Open, Self::Revoked, Self::Canceled];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Revoked => "revoked",
            Self::Canceled => "canceled",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A Snap page.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) token: String,
    pub(crate) order_id: String,
    pub(crate) gross_amount: i64,
    pub(crate) state: PageState,
    pub(crate) created_at: Timestamp,
    pub(crate) closes_at: Timestamp,
    pub(crate) terms: Terms,
}

/// What a page offers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// Names of the methods on offer.
    pub(crate) offered: Vec<String>,
    pub(crate) expiry: Option<Window>,
    pub(crate) carried: Carried,
}

/// What the merchant asked for and a transaction keeps to its end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Carried {
    /// Told again in every notification and in GET Status.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) echo: Map<String, Value>,
    #[serde(default)]
    pub(crate) notify: NotifyUrls,
    #[serde(default)]
    pub(crate) wants: Wants,
    /// Where the browser goes afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) finish: Option<String>,
    /// Whether the request decided about a fee that the customer pays (midtrans.md 3.8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fee: Option<bool>,
}

/// Notification addresses that a request names (midtrans.md 1.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotifyUrls {
    /// Instead of the dashboard's address.
    pub(crate) instead: Vec<String>,
    /// Besides it.
    pub(crate) besides: Vec<String>,
}

/// A transaction: born when a method is chosen on a page, or by a charge.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    /// The page it was born on; none if it was charged.
    pub(crate) token: Option<String>,
    pub(crate) order_id: String,
    pub(crate) method: Method,
    /// What the customer pays, a fee included.
    pub(crate) gross_amount: i64,
    pub(crate) standing: Standing,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// When the merchant first held the money; stays when it is lost again.
    pub(crate) paid_at: Option<Timestamp>,
    /// When it settled.
    pub(crate) settled_at: Option<Timestamp>,
    /// What was given back.
    pub(crate) refunded: i64,
    /// What the bank took back.
    pub(crate) charged_back: i64,
    /// What happens next without anybody's doing, besides expiring.
    pub(crate) planned: Option<Planned>,
    pub(crate) facts: Facts,
}

/// Something that is going to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) action: Action,
    pub(crate) at: Timestamp,
}

/// What is only told, never searched for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) carried: Carried,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) card: Option<Card>,
    /// The part of the gross amount that is a fee.
    #[serde(default)]
    pub(crate) fee: i64,
    /// How long after its deadline it expires, in simulated milliseconds: a lagging scheduler.
    #[serde(default)]
    pub(crate) expiry_lag_ms: i64,
    /// How it stood before its last change: what a lagging GET Status tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Before>,
}

/// An earlier state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Before {
    pub(crate) status: String,
    pub(crate) fraud: String,
    pub(crate) paid_at: Option<Timestamp>,
    pub(crate) settled_at: Option<Timestamp>,
    pub(crate) refunded: i64,
    /// When it ended.
    pub(crate) until: Timestamp,
}

/// The card of a transaction, as far as it may be told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Card {
    /// First eight and last four digits.
    pub(crate) masked: String,
    pub(crate) bank: String,
    pub(crate) three_ds: bool,
    /// Only reserve the amount.
    pub(crate) authorize: bool,
}

impl Transaction {
    /// When something happens to it without anybody's doing.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        let planned = self.planned.map(|planned| planned.at);
        if !matches!(self.standing.status, Status::Pending | Status::Authorize) {
            return planned;
        }
        Some(planned.map_or(self.lapses_at(), |at| at.min(self.lapses_at())))
    }

    /// When it expires by itself.
    pub(crate) fn lapses_at(&self) -> Timestamp {
        let lag = jiff::SignedDuration::from_millis(self.facts.expiry_lag_ms);
        crate::clock::later(self.expires_at, lag)
    }
}

/// Money that went back: a refund that the provider took on.
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    /// `refund_chargeback_id`.
    pub(crate) id: i64,
    /// The merchant's key, or one that we made up.
    pub(crate) key: String,
    pub(crate) amount: i64,
    pub(crate) reason: Option<String>,
    pub(crate) created_at: Timestamp,
    /// When the bank confirmed it; a second notification tells (midtrans.md 2.6).
    pub(crate) confirmed_at: Option<Timestamp>,
}

/// One posting of the books: `amount` moves from the account `credit` to the account `debit`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Posting {
    pub(crate) transaction_id: String,
    pub(crate) order_id: String,
    pub(crate) kind: &'static str,
    pub(crate) debit: &'static str,
    pub(crate) credit: &'static str,
    pub(crate) amount: i64,
    pub(crate) at: Timestamp,
}

/// A notification on its way to one address.
#[derive(Debug, Clone)]
pub(crate) struct NewDelivery<'a> {
    pub(crate) transaction_id: &'a str,
    pub(crate) order_id: &'a str,
    pub(crate) status: &'a str,
    pub(crate) url: &'a str,
    pub(crate) body: &'a str,
    pub(crate) created_at: Timestamp,
    pub(crate) state: DeliveryState,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) order: Order,
}

/// What a delivery is to the later ones of its transaction and address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// They wait for its first attempt.
    Kept,
    /// They do not.
    Free,
    /// It waits for the next of them.
    Held,
}

impl Order {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Free => "free",
            Self::Held => "held",
        }
    }
}

/// A delivery whose time has come.
#[derive(Debug, Clone)]
pub(crate) struct DueDelivery {
    pub(crate) id: i64,
    pub(crate) url: String,
    pub(crate) body: String,
    /// By this it is known again when it is booked: who asks to send it again changes it.
    pub(crate) due_at: Timestamp,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    Waiting,
    Delivered,
    GivenUp,
    /// A switch swallowed it.
    Dropped,
}

impl DeliveryState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
            Self::Dropped => "dropped",
        }
    }
}

/// One try to deliver, and what follows from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) delivery: i64,
    /// `due_at` of the delivery when it was launched.
    pub(crate) launched: Timestamp,
    pub(crate) at: Timestamp,
    pub(crate) answer: Answer,
    pub(crate) state: DeliveryState,
    /// When the next try is due, if there is one.
    pub(crate) due_at: Option<Timestamp>,
}

/// What is let pass that is refused otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leniency {
    /// Whether Snap takes any symbol in an order id.
    pub(crate) order_ids: bool,
}

/// Pages that pay themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Autopay {
    pub(crate) enabled: bool,
    /// Name of the method that is chosen.
    #[serde(default = "Autopay::usual_method")]
    pub(crate) method: String,
    /// Simulated milliseconds between choosing and paying; 0 is at once.
    #[serde(default)]
    pub(crate) delay_ms: u32,
    /// Whether only the settlement is notified.
    #[serde(default)]
    pub(crate) skip_pending_notification: bool,
    /// Whose setting it is, in his own words: told again, and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) set_by: Option<String>,
}

impl Autopay {
    fn usual_method() -> String {
        Method::Qris.as_str().to_owned()
    }
}

impl Default for Autopay {
    fn default() -> Self {
        Self {
            enabled: false,
            method: Self::usual_method(),
            delay_ms: 0,
            skip_pending_notification: false,
            set_by: None,
        }
    }
}

/// A fee that the customer pays, as a merchant turns it on in the dashboard (midtrans.md 3.8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fees {
    /// Whether it is on where a request does not say.
    pub(crate) enabled: bool,
    /// Whole rupiah on top of each transaction.
    pub(crate) amount: i64,
}
