//! What the simulator remembers. Plain data: rules are in `rules`, effects in `gateway`.

use crate::rules::method::Method;
use crate::rules::retry::Answer;
use crate::rules::snap_request::Window;
use crate::rules::status::{Standing, Status};
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

/// What the merchant asked for with a page.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// Names of the methods on offer.
    pub(crate) offered: Vec<String>,
    pub(crate) expiry: Option<Window>,
    pub(crate) finish: Option<String>,
    pub(crate) echo: Map<String, Value>,
    pub(crate) notify: NotifyUrls,
}

/// Notification addresses that a request names (midtrans.md 1.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotifyUrls {
    /// Instead of the dashboard's address.
    pub(crate) instead: Vec<String>,
    /// Besides it.
    pub(crate) besides: Vec<String>,
}

/// A transaction: born when a method is chosen.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) order_id: String,
    pub(crate) method: Method,
    pub(crate) gross_amount: i64,
    pub(crate) standing: Standing,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// When the merchant first held the money; stays when it is lost again.
    pub(crate) paid_at: Option<Timestamp>,
    /// When it settled.
    pub(crate) settled_at: Option<Timestamp>,
    /// When it pays itself.
    pub(crate) autopay_at: Option<Timestamp>,
}

impl Transaction {
    /// When something happens to it without anybody's doing.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        if self.standing.status != Status::Pending {
            return None;
        }
        Some(self.autopay_at.map_or(self.expires_at, |autopay| autopay.min(self.expires_at)))
    }
}

/// A notification on its way to one address.
#[derive(Debug, Clone)]
pub(crate) struct NewDelivery<'a> {
    pub(crate) transaction: &'a Transaction,
    pub(crate) url: &'a str,
    pub(crate) body: &'a str,
    pub(crate) at: Timestamp,
}

/// A delivery whose time has come.
#[derive(Debug, Clone)]
pub(crate) struct DueDelivery {
    pub(crate) id: i64,
    pub(crate) url: String,
    pub(crate) body: String,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    Waiting,
    Delivered,
    GivenUp,
}

impl DeliveryState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

/// One try to deliver, and what follows from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) delivery: i64,
    pub(crate) at: Timestamp,
    pub(crate) answer: Answer,
    pub(crate) state: DeliveryState,
    /// When the next try is due, if there is one.
    pub(crate) due_at: Option<Timestamp>,
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
        }
    }
}
