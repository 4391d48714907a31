//! How two books can differ: by kind, each with a sentence and one repair.

use kernel::Money;
use payment::models::Reported;
use serde::Serialize;

/// A kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The gateway has an `order_id` that is no attempt of ours.
    NotOurs,
    /// The attempt is ours, the transaction is not known here.
    UnknownTransaction,
    /// Held as paid here, and not in the report of that time.
    MissingThere,
    /// It stands differently.
    Status,
    /// The gross amount differs.
    Amount,
    /// The sum given back differs.
    Refunded,
    /// It is in another currency.
    Currency,
    /// Our journal says otherwise than the gateway holds.
    Ledger,
    /// The report says two things of one transaction.
    DuplicateRow,
}

/// Who repairs a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Remedy {
    /// The payment service asks the gateway: safe at any time.
    Sync,
    /// A person.
    Operator,
    /// Nobody: it is another's.
    Nobody,
}

/// One difference between the gateway and us. Money is whole rupiah.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    pub(crate) remedy: Remedy,
    /// Ours, if it is.
    pub(crate) order_id: Option<String>,
    pub(crate) payment_id: Option<String>,
    /// The gateway's `order_id`.
    pub(crate) attempt: String,
    pub(crate) transaction_id: Option<String>,
    /// Of the file.
    pub(crate) line: Option<u64>,
    /// What the gateway says.
    pub(crate) there: String,
    /// What we say.
    pub(crate) here: String,
    /// How much money it is about.
    pub(crate) money: i64,
    /// What it is if the gateway, asked now, brought nothing to light.
    #[serde(skip)]
    pub(crate) excuse: Option<Excuse>,
    /// What the payment service is told of it, so that the gateway is asked about this very one.
    #[serde(skip)]
    pub(crate) reported: Option<Reported>,
}

/// Why a difference need not be repaired, once the gateway was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excuse {
    /// What we hold lies ahead of what a report of another time says.
    Older,
    /// A try that ended and never held money. GET Status by order tells one transaction of several
    /// (midtrans.md 8), and nothing hangs on the others.
    Idle,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::NotOurs,
        Self::UnknownTransaction,
        Self::MissingThere,
        Self::Status,
        Self::Amount,
        Self::Refunded,
        Self::Currency,
        Self::Ledger,
        Self::DuplicateRow,
    ];

    /// Its name, in JSON too.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotOurs => "not_ours",
            Self::UnknownTransaction => "unknown_transaction",
            Self::MissingThere => "missing_there",
            Self::Status => "status",
            Self::Amount => "amount",
            Self::Refunded => "refunded",
            Self::Currency => "currency",
            Self::Ledger => "ledger",
            Self::DuplicateRow => "duplicate_row",
        }
    }

    /// What it means.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::NotOurs => "the gateway has an order_id that is no attempt of ours",
            Self::UnknownTransaction => "the attempt is ours, its transaction is not known here",
            Self::MissingThere => "held as paid here, and not in the report of that time",
            Self::Status => "it stands differently there and here",
            Self::Amount => "the gross amount differs",
            Self::Refunded => "the sum given back differs",
            Self::Currency => "it is in another currency there",
            Self::Ledger => "our journal says otherwise than the gateway holds of it",
            Self::DuplicateRow => "the report has it twice, in different words",
        }
    }

    /// Who repairs it. Whether something that is not ours should be, [`super::compare`] sees.
    pub(super) fn remedy(self) -> Remedy {
        match self {
            Self::UnknownTransaction | Self::MissingThere | Self::Status | Self::Refunded => {
                Remedy::Sync
            }
            Self::Amount | Self::Currency | Self::Ledger | Self::DuplicateRow => Remedy::Operator,
            Self::NotOurs => Remedy::Nobody,
        }
    }

    /// What a person does about one that stays.
    pub(super) fn by_hand(self) -> &'static str {
        match self {
            Self::NotOurs => {
                "a person: it has the form of ours; was a database restored from an older copy?"
            }
            Self::UnknownTransaction => {
                "a person: find it in the gateway's dashboard; POST /v1/payments/{id}/sync fetches one by its transaction_id"
            }
            Self::MissingThere => {
                "a person: ask Midtrans for it; the money may not be there, or the report is not whole"
            }
            Self::Status | Self::Refunded => {
                "a person: see /v1/operator-items, and compare with the gateway's dashboard"
            }
            Self::Amount | Self::Currency => {
                "a person: compare with the gateway's dashboard; nothing changes an amount by itself"
            }
            Self::Ledger => {
                "a person: compare the journal in /ops/payment/audit with the dashboard"
            }
            Self::DuplicateRow => "a person: get the report anew, and see which line is right",
        }
    }
}

impl Excuse {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Older => "the gateway, asked now, tells nothing else: the report is older",
            Self::Idle => "a try that ended without money, of which the gateway tells no more",
        }
    }
}

impl Difference {
    /// Whether both are the same difference of the same thing.
    pub(super) fn is(&self, other: &Self) -> bool {
        let key = |d: &Self| (d.kind, d.attempt.clone(), d.transaction_id.clone(), d.line);
        key(self) == key(other)
    }

    /// As a line of text, without what becomes of it.
    pub(super) fn words(&self) -> String {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        let line = self.line.map(|line| format!("  line {line}")).unwrap_or_default();
        format!(
            "{:<19}  order {}  attempt {}  transaction {}{line}  there: {}  here: {}  ({})",
            self.kind.as_str(),
            or_dash(&self.order_id),
            self.attempt,
            or_dash(&self.transaction_id),
            self.there,
            self.here,
            Money::rupiah(self.money)
        )
    }
}
