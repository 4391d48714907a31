//! The request to charge one method directly, without a Snap page (midtrans.md 2.2).

use super::method::text;
use super::method_wire::MethodWire;
use super::order::{Bill, BillWire};
use super::{Customer, Item, OrderId, PaymentMethod, RequestError};
use crate::time;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::time::Duration;

/// The least time to pay. One page says 20 seconds, another 5 minutes (midtrans.md 1.3, L).
const EXPIRY_MIN: Duration = Duration::from_secs(20);

/// In what [`CustomExpiry`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpiryUnit {
    /// 1 second.
    Second,
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
}

/// How long a charge can be paid. Another shape than Snap's [`Expiry`](crate::Expiry).
///
/// Midtrans expires late, least exactly below 15 minutes (midtrans.md 2.2, 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomExpiry {
    /// From when it counts; without it, from the charge.
    pub order_time: Option<Timestamp>,
    /// How many units.
    pub duration: u32,
    /// Which units.
    pub unit: ExpiryUnit,
}

impl CustomExpiry {
    /// How long it is.
    pub fn length(&self) -> Duration {
        let seconds: u64 = match self.unit {
            ExpiryUnit::Second => 1,
            ExpiryUnit::Minute => 60,
            ExpiryUnit::Hour => 60 * 60,
            ExpiryUnit::Day => 24 * 60 * 60,
        };
        Duration::from_secs(seconds * u64::from(self.duration))
    }
}

impl Serialize for CustomExpiry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire {
            #[serde(skip_serializing_if = "Option::is_none")]
            order_time: Option<String>,
            expiry_duration: u32,
            unit: ExpiryUnit,
        }
        let order_time = self.order_time.map(time::format_with_offset);
        Wire { order_time, expiry_duration: self.duration, unit: self.unit }.serialize(serializer)
    }
}

/// A request to charge. Build with [`ChargeRequest::try_new`], then add what is optional.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRequest {
    bill: Bill,
    method: PaymentMethod,
    customer: Option<Customer>,
    custom_expiry: Option<CustomExpiry>,
    /// Echoed in every notification and in GET Status, each cut to 255 characters.
    pub custom_fields: [Option<String>; 3],
}

impl ChargeRequest {
    /// Checks the bill as [`SnapRequest::try_new`](crate::SnapRequest::try_new) does, and the method
    /// against its documented limits.
    pub fn try_new(
        order_id: OrderId,
        gross_amount: i64,
        items: Vec<Item>,
        method: PaymentMethod,
    ) -> Result<Self, RequestError> {
        let bill = Bill::try_new(order_id, gross_amount, items)?;
        method.check()?;
        let alfamart = matches!(method, PaymentMethod::Alfamart { .. });
        if alfamart && bill.items.iter().any(|item| item.name.contains('|')) {
            return Err(RequestError::Characters { field: "item_details.name" });
        }
        let custom_fields = [None, None, None];
        Ok(Self { bill, method, customer: None, custom_expiry: None, custom_fields })
    }

    /// Says who pays. Each text has 1 to 255 characters; BCA takes 30 of a name, and BNI only a
    /// phone number that starts with `+62` or `0` (midtrans.md 1.3).
    pub fn with_customer(mut self, customer: Customer) -> Result<Self, RequestError> {
        let name_max = if matches!(self.method, PaymentMethod::BcaVa(_)) { 30 } else { 255 };
        text("first_name", customer.first_name.as_deref(), name_max)?;
        text("last_name", customer.last_name.as_deref(), name_max)?;
        text("email", customer.email.as_deref(), 255)?;
        text("phone", customer.phone.as_deref(), 255)?;
        let fits = |phone: &str| {
            (phone.starts_with("+62") || phone.starts_with('0')) && phone.chars().count() <= 30
        };
        let bni = matches!(self.method, PaymentMethod::BniVa { .. });
        if bni && !customer.phone.as_deref().is_none_or(fits) {
            return Err(RequestError::BniPhone);
        }
        self.customer = Some(customer);
        Ok(self)
    }

    /// Says how long it can be paid: 20 seconds to 180 days, less for some methods
    /// (midtrans.md 2.2).
    pub fn with_expiry(mut self, expiry: CustomExpiry) -> Result<Self, RequestError> {
        let longest = self.method.longest_expiry();
        if !(EXPIRY_MIN..=longest).contains(&expiry.length()) {
            let (min, max) = (EXPIRY_MIN.as_secs(), longest.as_secs());
            return Err(RequestError::Expiry { min, max });
        }
        self.custom_expiry = Some(expiry);
        Ok(self)
    }

    /// The order id.
    pub fn order_id(&self) -> &OrderId {
        &self.bill.order_id
    }

    /// Whole rupiah to pay.
    pub fn gross_amount(&self) -> i64 {
        self.bill.gross_amount
    }

    /// How it is to be paid.
    pub fn method(&self) -> &PaymentMethod {
        &self.method
    }
}

impl Serialize for ChargeRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            method: MethodWire::from(&self.method),
            bill: self.bill.wire(self.customer.as_ref(), &self.custom_fields),
            custom_expiry: self.custom_expiry,
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    #[serde(flatten)]
    method: MethodWire<'a>,
    #[serde(flatten)]
    bill: BillWire<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_expiry: Option<CustomExpiry>,
}

#[cfg(test)]
#[path = "charge_tests.rs"]
mod tests;
