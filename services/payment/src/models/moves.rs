//! How a payment's status moves, as data: the moves in their turn, those out of it, and what each
//! status waits for. Nothing is decided from these tables: the status is derived (ADR 0009), and
//! tests hold the tables against all that the models let happen.

use super::PaymentStatus;

use PaymentStatus::{
    Authorized, Cancelled, Challenged, ChargedBack, Denied, Expired, Failed, Opening, Paid,
    PartiallyRefunded, Pending, RefundManualRequired, Refunded, Reversed,
};

/// Moves from a status: to which, and what brings them.
pub type Moves = (PaymentStatus, &'static [(PaymentStatus, &'static str)]);

/// Every move of a payment of which the gateway tells each step in its turn.
pub const EDGES: &[Moves] = &[
    (
        Opening,
        &[
            (Pending, "a page is open"),
            (Failed, "the gateway opens none"),
            (Expired, "overdue"),
            (Cancelled, "called off"),
        ],
    ),
    (
        Pending,
        &[
            (Authorized, "a card amount is reserved"),
            (Challenged, "fraud detection holds it"),
            (Paid, "money"),
            (Denied, "refused"),
            (Failed, "could not be carried out"),
            (Expired, "overdue"),
            (Cancelled, "called off"),
        ],
    ),
    (
        Authorized,
        &[
            (Challenged, "captured and held"),
            (Paid, "captured"),
            (Denied, "refused"),
            (Expired, "overdue"),
            (Cancelled, "called off or let go"),
        ],
    ),
    (
        Challenged,
        &[
            (Paid, "approved"),
            (Denied, "denied"),
            (Expired, "denied and overdue"),
            (Cancelled, "called off or ended by the gateway"),
        ],
    ),
    (
        Denied,
        &[
            (Pending, "another try"),
            (Authorized, "another try"),
            (Challenged, "another try"),
            (Paid, "another try"),
            (Failed, "another try"),
            (Expired, "overdue"),
            (Cancelled, "called off"),
        ],
    ),
    (
        Failed,
        &[
            (Pending, "another try"),
            (Authorized, "another try"),
            (Challenged, "another try"),
            (Paid, "another try"),
            (Denied, "another try"),
            (Expired, "overdue"),
            (Cancelled, "called off"),
        ],
    ),
    (Expired, &[(Challenged, "late money"), (Paid, "late money")]),
    (Cancelled, &[(Challenged, "late money"), (Paid, "late money")]),
    (
        Paid,
        &[
            (PartiallyRefunded, "part went back"),
            (Refunded, "all went back"),
            (RefundManualRequired, "the gateway cannot give it back"),
            (Reversed, "taken back"),
            (ChargedBack, "taken back by the card holder's bank"),
            (Cancelled, "called off before it settled"),
        ],
    ),
    (
        PartiallyRefunded,
        &[
            (PartiallyRefunded, "another part went back"),
            (Refunded, "the rest went back"),
            (RefundManualRequired, "the gateway cannot give it back"),
            (Reversed, "taken back"),
            (ChargedBack, "taken back by the card holder's bank"),
        ],
    ),
    (
        RefundManualRequired,
        &[
            (PartiallyRefunded, "part was transferred by hand"),
            (Refunded, "transferred by hand"),
            (Reversed, "taken back"),
            (ChargedBack, "taken back by the card holder's bank"),
        ],
    ),
    (Refunded, &[(Reversed, "taken back"), (ChargedBack, "taken back by the card holder's bank")]),
    (Reversed, &[]),
    (ChargedBack, &[]),
];

/// Moves besides those in their turn: the gateway is asked where a transaction stands and not how
/// it came there, so that several steps may be heard as one; and of two transactions of a payment,
/// now the one and now the other is what matters.
pub const LEAPS: &[(PaymentStatus, &[PaymentStatus])] = &[
    (Opening, &[Authorized, Challenged, Denied, Paid, PartiallyRefunded, Refunded, ChargedBack]),
    (Pending, &[PartiallyRefunded, Refunded, ChargedBack]),
    (Authorized, &[Pending, PartiallyRefunded, Refunded, ChargedBack]),
    (Challenged, &[Pending, Authorized, PartiallyRefunded, Refunded, Reversed, ChargedBack]),
    (Denied, &[PartiallyRefunded, Refunded, ChargedBack]),
    (Failed, &[PartiallyRefunded, Refunded, ChargedBack]),
    (
        Expired,
        &[Pending, Authorized, Denied, Failed, Cancelled, PartiallyRefunded, Refunded, ChargedBack],
    ),
    (
        Cancelled,
        &[
            Pending,
            Authorized,
            Denied,
            Failed,
            Expired,
            PartiallyRefunded,
            Refunded,
            Reversed,
            ChargedBack,
        ],
    ),
    (Paid, &[Challenged]),
    (PartiallyRefunded, &[Challenged, Cancelled, Paid]),
    (RefundManualRequired, &[Challenged, Cancelled]),
    (Refunded, &[Challenged, Cancelled, Paid, PartiallyRefunded]),
    (Reversed, &[Challenged, Cancelled, Paid, PartiallyRefunded, Refunded, ChargedBack]),
    (ChargedBack, &[Challenged, Cancelled, Paid, PartiallyRefunded, Refunded, Reversed]),
];

/// Who moves a payment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitsFor {
    /// Its customer: to choose a method, to pay, to try again.
    Customer,
    /// The gateway: to open a page, to capture what is reserved.
    Gateway,
    /// A person: it is an operator item.
    Operator,
    /// Nobody: it may stay like this for ever.
    Nobody,
}

/// What ends the waiting if nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndsBy {
    /// The payment's deadline: some minutes later the gateway is asked to end it.
    Deadline,
    /// The gateway's own rule: it ends what is held, when it would settle it (reference: midtrans.md
    /// 2.3).
    Gateway,
    /// Nothing.
    Nothing,
}

/// Who moves a payment on from each status, and by when.
pub const WAITS: &[(PaymentStatus, WaitsFor, EndsBy)] = &[
    (Opening, WaitsFor::Gateway, EndsBy::Deadline),
    (Pending, WaitsFor::Customer, EndsBy::Deadline),
    (Authorized, WaitsFor::Gateway, EndsBy::Deadline),
    (Challenged, WaitsFor::Operator, EndsBy::Gateway),
    (Denied, WaitsFor::Customer, EndsBy::Deadline),
    (Failed, WaitsFor::Customer, EndsBy::Deadline),
    (RefundManualRequired, WaitsFor::Operator, EndsBy::Nothing),
    (Paid, WaitsFor::Nobody, EndsBy::Nothing),
    (Expired, WaitsFor::Nobody, EndsBy::Nothing),
    (Cancelled, WaitsFor::Nobody, EndsBy::Nothing),
    (PartiallyRefunded, WaitsFor::Nobody, EndsBy::Nothing),
    (Refunded, WaitsFor::Nobody, EndsBy::Nothing),
    (Reversed, WaitsFor::Nobody, EndsBy::Nothing),
    (ChargedBack, WaitsFor::Nobody, EndsBy::Nothing),
];
