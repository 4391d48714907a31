//! The request for a Snap page (midtrans.md 1.3).

use super::order::{Bill, BillWire};
use super::{Customer, Item, OrderId, RequestError};
use crate::time;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// How long the method that the customer chooses can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// From when it counts; without it, from the moment the customer chooses.
    pub start: Option<Timestamp>,
    /// Whole minutes.
    pub minutes: u32,
}

impl Serialize for Expiry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire {
            #[serde(skip_serializing_if = "Option::is_none")]
            start_time: Option<String>,
            duration: u32,
            unit: &'static str,
        }
        let start_time = self.start.map(time::format_with_offset);
        Wire { start_time, duration: self.minutes, unit: "minute" }.serialize(serializer)
    }
}

/// A request for a Snap page. Build with [`SnapRequest::try_new`], then set what is optional.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapRequest {
    bill: Bill,
    /// Who pays.
    pub customer: Option<Customer>,
    /// Until when.
    pub expiry: Option<Expiry>,
    /// Echoed in every notification and in GET Status, each cut to 255 characters.
    pub custom_fields: [Option<String>; 3],
    /// Where the browser goes afterwards.
    pub finish_url: Option<String>,
}

impl SnapRequest {
    /// Checks the rules that Midtrans enforces: an amount of at least one rupiah, and items that sum
    /// to it exactly (midtrans.md 1.3). No items is allowed.
    pub fn try_new(
        order_id: OrderId,
        gross_amount: i64,
        items: Vec<Item>,
    ) -> Result<Self, RequestError> {
        Ok(Self {
            bill: Bill::try_new(order_id, gross_amount, items)?,
            customer: None,
            expiry: None,
            custom_fields: [None, None, None],
            finish_url: None,
        })
    }

    /// The order id.
    pub fn order_id(&self) -> &OrderId {
        &self.bill.order_id
    }

    /// Whole rupiah to pay.
    pub fn gross_amount(&self) -> i64 {
        self.bill.gross_amount
    }
}

impl Serialize for SnapRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            bill: self.bill.wire(self.customer.as_ref(), &self.custom_fields),
            credit_card: Card { secure: true },
            expiry: self.expiry,
            callbacks: self.finish_url.as_deref().map(|finish| Callbacks { finish }),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    #[serde(flatten)]
    bill: BillWire<'a>,
    credit_card: Card,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry: Option<Expiry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callbacks: Option<Callbacks<'a>>,
}

/// 3-D Secure is off unless asked for; it is always asked for.
#[derive(Serialize)]
struct Card {
    secure: bool,
}

#[derive(Serialize)]
struct Callbacks<'a> {
    finish: &'a str,
}

#[cfg(test)]
#[path = "snap_tests.rs"]
mod tests;
