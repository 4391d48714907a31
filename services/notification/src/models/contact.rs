//! Whom an order's news concerns: as the order was accepted, and never changed after.

use kernel::{Account, Email, Money, PersonName, Text, Timestamp, typed_id};

typed_id! {
    /// An order, chosen by the order service.
    pub struct OrderId;
}

/// Language of customer text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Bahasa Indonesia, the default.
    Id,
    /// English.
    En,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Id, Self::En];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }

    /// The language of a name; one that we do not speak is answered in the default.
    pub fn of(name: &str) -> Self {
        if name == Self::En.as_str() { Self::En } else { Self::Id }
    }
}

/// Whom to tell about an order, and how the order is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The order.
    pub order: OrderId,
    /// Whose order.
    pub account: Account,
    /// The merchant's own name for it.
    pub reference: Option<Text<64>>,
    /// Who pays.
    pub name: PersonName,
    /// Where to tell.
    pub email: Email,
    /// In which language.
    pub locale: Locale,
    /// What the order comes to.
    pub total: Money,
    /// When we heard of it.
    pub noted_at: Timestamp,
}

impl Contact {
    /// What the customer knows the order by.
    pub fn order_name(&self) -> String {
        self.reference.as_ref().map_or_else(|| self.order.to_string(), ToString::to_string)
    }
}

/// What can happen to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactFact {
    /// The order became known here.
    Noted {
        /// The customer's language.
        locale: Locale,
    },
}
