//! Why a request is not sent. The texts name the field and never quote what stood in it, which may
//! be personal.

/// A request that Midtrans would refuse. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not an order id.
    #[error("an order id has 1 to 50 letters, digits, '-', '_', '~' or '.'")]
    OrderId,
    /// Nothing to pay.
    #[error("the gross amount is at least one rupiah")]
    GrossAmount,
    /// An item without a name or with a quantity of zero.
    #[error("an item has a name and a quantity of at least one")]
    Item,
    /// The items do not add up.
    #[error("the items sum to {items}, the gross amount is {gross}")]
    Sum {
        /// Σ price × quantity.
        items: i64,
        /// What was to be paid.
        gross: i64,
    },
    /// The items add up to more than an `i64` holds.
    #[error("the items sum to more than can be represented")]
    Overflow,
    /// A text of the wrong length.
    #[error("{field} has 1 to {max} characters")]
    Text {
        /// Which one, as on the wire.
        field: &'static str,
        /// How many characters it may have.
        max: usize,
    },
    /// A number of the wrong length, or not one.
    #[error("{field} has {min} to {max} digits")]
    Digits {
        /// Which one, as on the wire.
        field: &'static str,
        /// How many digits it has at least.
        min: usize,
        /// How many digits it may have.
        max: usize,
    },
    /// A character that the method does not take.
    #[error("{field} holds a character that this method does not take")]
    Characters {
        /// Which one, as on the wire.
        field: &'static str,
    },
    /// A list that is too long.
    #[error("{field} has at most {max} entries")]
    TooMany {
        /// Which one, as on the wire.
        field: &'static str,
        /// How many it may have.
        max: usize,
    },
    /// A phone number that BNI does not take.
    #[error("for bni a phone number starts with +62 or 0 and has at most 30 characters")]
    BniPhone,
    /// A time to pay that is too short, or too long for the method.
    #[error("the time to pay is from {min} to {max} seconds")]
    Expiry {
        /// Seconds at least.
        min: u64,
        /// Seconds at most.
        max: u64,
    },
    /// An amount to give back or to capture that is none.
    #[error("an amount is at least one rupiah")]
    Amount,
    /// Not a refund key.
    #[error("a refund key has 1 to 50 letters, digits, '-' or '_'")]
    RefundKey,
    /// Not an idempotency key.
    #[error("an idempotency key has 1 to 36 printable ASCII characters and no space")]
    IdempotencyKey,
    /// Addresses that cannot be sent in a header.
    #[error("1 to 3 notification addresses, http or https, with no comma, user name or password")]
    NotificationUrls,
}
