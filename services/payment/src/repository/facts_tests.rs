//! Facts of the money and of persons, as the timeline tells them.

use super::*;
use crate::models::{AttemptId, Ending, PaymentStatus, RefundCause, RefundState};
use kernel::{Money, Uuid};

fn facts(change: Option<StatusChange>) -> [PaymentFact; 5] {
    let (key, amount) = ("key-1".to_owned(), Money::rupiah(900));
    let state = RefundState::Manual("it cannot".to_owned());
    [
        PaymentFact::CallOffAsked { refund_if_paid: true, change },
        PaymentFact::Closed { attempt: AttemptId(Uuid::nil()), why: Ending::Overdue, change },
        PaymentFact::RefundAsked {
            key: key.clone(),
            amount,
            cause: RefundCause::Late,
            state: state.clone(),
            change,
        },
        PaymentFact::RefundMoved { key, amount, state, change },
        PaymentFact::ItemResolved {
            item: "reversed.t-1".to_owned(),
            note: "called Budi".to_owned(),
            change,
        },
    ]
}

#[test]
fn particulars_tell_all_but_what_a_person_wrote() {
    let attempt = AttemptId(Uuid::nil()).to_string();
    let expected = [
        ("call_off_asked", json!({ "refund_if_paid": true, "status": null })),
        ("attempt_closed", json!({ "attempt": attempt, "why": "overdue", "status": null })),
        (
            "refund_asked",
            json!({ "refund": "key-1", "amount": 900, "cause": "late_money",
                    "state": "manual_required", "reason": "it cannot", "status": null }),
        ),
        (
            "refund_moved",
            json!({ "refund": "key-1", "amount": 900, "state": "manual_required",
                    "reason": "it cannot", "status": null }),
        ),
        ("item_resolved", json!({ "item": "reversed.t-1", "status": null })),
    ];
    assert_eq!(facts(None).each_ref().map(|fact| (name(fact), detail(fact))), expected);
}

#[test]
fn every_move_of_the_status_is_told() {
    let change = StatusChange { from: PaymentStatus::Paid, to: PaymentStatus::Refunded };
    for fact in facts(Some(change)) {
        assert_eq!(
            detail(&fact)["status"],
            json!({ "from": "paid", "to": "refunded" }),
            "{fact:?}"
        );
    }
}
