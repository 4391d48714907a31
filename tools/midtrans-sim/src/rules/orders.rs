//! The life cycle of an order id: when it may be used again (midtrans.md 1.5).

use super::status::Status;
use kernel::Timestamp;

/// What another create or charge with an order id meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Admission {
    /// Nothing in the way: never attempted, or denied, expired, cancelled.
    Free,
    /// A transaction waits for payment; cancel or expire frees the id.
    Taken,
    /// It was paid, whatever the bank did with the money later. Only who voids a capture gets the
    /// id back.
    Utilized,
}

/// One use of an order id: a transaction of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    pub(crate) status: Status,
    /// When it was first paid, if ever.
    pub(crate) paid_at: Option<Timestamp>,
}

/// Judges an order id by all its transactions; the strongest decides.
pub(crate) fn admit(uses: impl IntoIterator<Item = Use>) -> Admission {
    uses.into_iter().map(of).max().unwrap_or(Admission::Free)
}

fn of(one: Use) -> Admission {
    match one.status {
        // Taken back by the bank: the table has no row for it (L).
        Status::Deny if one.paid_at.is_some() => Admission::Utilized,
        // After a cancel the id may be reused; that a capture which was voided is no exception is
        // not documented (L).
        Status::Deny | Status::Expire | Status::Cancel | Status::Failure => Admission::Free,
        Status::Pending | Status::Authorize => Admission::Taken,
        Status::Capture
        | Status::Settlement
        | Status::Refund
        | Status::PartialRefund
        | Status::Chargeback
        | Status::PartialChargeback => Admission::Utilized,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_midtrans_md_1_5() {
        let unpaid = |status| Use { status, paid_at: None };
        let paid = |status| Use { status, paid_at: Some(Timestamp::UNIX_EPOCH) };
        let cases: [(&[Use], Admission); 12] = [
            (&[], Admission::Free),
            (&[unpaid(Status::Pending)], Admission::Taken),
            (&[paid(Status::Capture)], Admission::Utilized),
            (&[unpaid(Status::Capture)], Admission::Utilized),
            (&[paid(Status::Settlement)], Admission::Utilized),
            (&[paid(Status::Refund)], Admission::Utilized),
            (&[unpaid(Status::Cancel)], Admission::Free),
            (&[paid(Status::Cancel)], Admission::Free),
            (&[paid(Status::Deny)], Admission::Utilized),
            (&[unpaid(Status::Expire), unpaid(Status::Deny)], Admission::Free),
            (&[unpaid(Status::Expire), unpaid(Status::Pending)], Admission::Taken),
            (&[paid(Status::Settlement), unpaid(Status::Pending)], Admission::Utilized),
        ];
        for (uses, expected) in cases {
            assert_eq!(admit(uses.iter().copied()), expected, "{uses:?}");
        }
    }
}
