//! The life cycle of an order id: when it may be used again (midtrans.md 1.5).

use super::status::Status;

/// What another create or charge with an order id meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Admission {
    /// Nothing in the way: never attempted, or denied, expired, cancelled.
    Free,
    /// A transaction waits for payment; cancel or expire frees the id.
    Taken,
    /// It was paid, whatever became of the money later.
    Utilized,
}

/// Judges an order id by the states of all its transactions; the strongest decides.
pub(crate) fn admit(states: impl IntoIterator<Item = Status>) -> Admission {
    states.into_iter().map(of).max().unwrap_or(Admission::Free)
}

fn of(status: Status) -> Admission {
    match status {
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
        let cases: [(&[Status], Admission); 9] = [
            (&[], Admission::Free),
            (&[Status::Pending], Admission::Taken),
            (&[Status::Capture], Admission::Utilized),
            (&[Status::Settlement], Admission::Utilized),
            (&[Status::Refund], Admission::Utilized),
            (&[Status::Cancel], Admission::Free),
            (&[Status::Expire, Status::Deny], Admission::Free),
            (&[Status::Expire, Status::Pending], Admission::Taken),
            (&[Status::Settlement, Status::Pending], Admission::Utilized),
        ];
        for (states, expected) in cases {
            assert_eq!(admit(states.iter().copied()), expected, "{states:?}");
        }
    }
}
