//! The whole table of actions, and that it stays within what Midtrans documents.

use super::*;

const STATES: [Standing; 14] = {
    let mut states = [Standing::PENDING; 14];
    let mut at = 0;
    while at < 12 {
        states[at] = Standing { status: Status::ALL[at], fraud: Fraud::Accept };
        at += 1;
    }
    states[12] = Standing { status: Status::Capture, fraud: Fraud::Challenge };
    states[13] = Standing { status: Status::Deny, fraud: Fraud::Deny };
    states
};

/// The transitions of midtrans.md 3.3 that an action of this simulator can cause.
const DOCUMENTED: [(Status, Status); 17] = [
    (Status::Pending, Status::Settlement),
    (Status::Pending, Status::Capture),
    (Status::Pending, Status::Expire),
    (Status::Pending, Status::Cancel),
    (Status::Pending, Status::Deny),
    (Status::Authorize, Status::Capture),
    (Status::Authorize, Status::Deny),
    (Status::Authorize, Status::Cancel),
    (Status::Authorize, Status::Expire),
    (Status::Capture, Status::Settlement),
    (Status::Capture, Status::Cancel),
    (Status::Settlement, Status::Refund),
    (Status::Settlement, Status::Deny),
    (Status::Settlement, Status::Chargeback),
    (Status::Settlement, Status::PartialChargeback),
    (Status::PartialChargeback, Status::Chargeback),
    (Status::Pending, Status::Failure),
];

#[test]
fn every_step_is_documented_or_named_as_an_exception() {
    for from in STATES {
        for action in Action::ALL {
            for method in Method::ALL {
                let Ok(to) = next(from, action, method) else { continue };
                let exception = match action {
                    Action::SettleLate => matches!(from.status, Status::Expire | Status::Cancel),
                    Action::Accept | Action::Deny | Action::Reject => {
                        from.fraud == Fraud::Challenge
                    }
                    _ => false,
                };
                let documented = DOCUMENTED.contains(&(from.status, to.status));
                assert!(documented || exception, "{from:?} {action:?} {method:?} -> {to:?}");
            }
        }
    }
}

#[test]
fn the_table_of_actions() {
    let capture = Standing { status: Status::Capture, fraud: Fraud::Accept };
    let challenge = Standing { status: Status::Capture, fraud: Fraud::Challenge };
    let state = |status| Standing { status, fraud: Fraud::Accept };
    use Action::*;
    let (va, permata, card) = (Method::BcaVa, Method::PermataVa, Method::CreditCard);
    let cases = [
        (Standing::PENDING, Settle, va, Some(state(Status::Settlement))),
        (Standing::PENDING, Settle, card, Some(capture)),
        (Standing::PENDING, Deny, va, Some(state(Status::Deny))),
        (Standing::PENDING, Expire, va, Some(state(Status::Expire))),
        (Standing::PENDING, Cancel, va, Some(state(Status::Cancel))),
        (Standing::PENDING, Challenge, card, Some(challenge)),
        (Standing::PENDING, Challenge, va, None),
        (Standing::PENDING, SettleLate, va, None),
        (Standing::PENDING, Reverse, permata, None),
        (capture, Settle, card, Some(state(Status::Settlement))),
        (capture, Cancel, card, Some(state(Status::Cancel))),
        (capture, Deny, card, None),
        (capture, Accept, card, None),
        (capture, Expire, card, None),
        (challenge, Accept, card, Some(capture)),
        (challenge, Deny, card, Some(Standing { status: Status::Deny, fraud: Fraud::Deny })),
        (challenge, Settle, card, None),
        (state(Status::Settlement), Cancel, va, None),
        (state(Status::Settlement), Expire, va, None),
        (state(Status::Settlement), Settle, va, None),
        (state(Status::Settlement), Reverse, permata, Some(state(Status::Deny))),
        (state(Status::Settlement), Reverse, va, None),
        (state(Status::Expire), SettleLate, va, Some(state(Status::Settlement))),
        (state(Status::Expire), Settle, va, None),
        (state(Status::Cancel), Settle, va, None),
        (state(Status::Cancel), SettleLate, va, Some(state(Status::Settlement))),
        (state(Status::Deny), SettleLate, va, None),
        (state(Status::Authorize), Capture, card, Some(capture)),
        (state(Status::Authorize), Settle, card, None),
        (Standing::PENDING, Capture, card, None),
        (Standing::PENDING, Fail, va, Some(state(Status::Failure))),
        (state(Status::Settlement), Chargeback, card, Some(state(Status::Chargeback))),
        (capture, Chargeback, card, None),
        (Standing::PENDING, Reject, va, None),
        (capture, Reject, card, None),
        (challenge, Reject, card, Some(Standing { status: Status::Deny, fraud: Fraud::Deny })),
        (state(Status::Deny), Settle, va, None),
        (state(Status::Refund), Cancel, va, None),
    ];
    for (from, action, method, expected) in cases {
        let got = next(from, action, method).ok();
        assert_eq!(got, expected, "{from:?} {action:?} {method:?}");
    }
}

#[test]
fn the_merchant_expires_only_what_waits_for_the_customer() {
    let reserved = Standing { status: Status::Authorize, fraud: Fraud::Accept };
    let expired = Standing { status: Status::Expire, fraud: Fraud::Accept };
    let (expire, card) = (Action::Expire, Method::CreditCard);
    assert_eq!(next(reserved, expire, card).ok(), Some(expired), "time may");
    assert!(next_on_request(reserved, expire, card).is_err());
    for from in STATES.into_iter().filter(|from| *from != reserved) {
        for action in Action::ALL {
            let asked = next_on_request(from, action, card).ok();
            assert_eq!(asked, next(from, action, card).ok(), "{from:?} {action:?}");
        }
    }
}

#[test]
fn final_states_stay_final() {
    for status in [Status::Deny, Status::Failure, Status::Refund, Status::Chargeback] {
        for action in Action::ALL {
            for method in Method::ALL {
                let from = Standing { status, fraud: Fraud::Accept };
                assert!(next(from, action, method).is_err(), "{status:?} {action:?}");
            }
        }
    }
}

#[test]
fn the_same_state_has_its_code_in_each_channel() {
    let cases = [
        (Status::Pending, "201", "201"),
        (Status::Capture, "200", "200"),
        (Status::Settlement, "200", "200"),
        (Status::Cancel, "200", "202"),
        (Status::Expire, "407", "202"),
        (Status::Deny, "202", "202"),
        (Status::Refund, "200", "200"),
        (Status::PartialRefund, "200", "200"),
    ];
    for (status, in_status, in_notification) in cases {
        let standing = Standing { status, fraud: Fraud::Accept };
        assert_eq!(code(standing, Channel::Status), in_status, "{status:?}");
        assert_eq!(code(standing, Channel::Notification), in_notification, "{status:?}");
    }
    let held = Standing { status: Status::Capture, fraud: Fraud::Challenge };
    assert_eq!(code(held, Channel::Notification), "201");
    assert!(!held.is_paid());
}

#[test]
fn names_are_read_back() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.as_str()), Some(status));
    }
    for action in Action::ALL {
        assert_eq!(Action::parse(action.as_str()), Some(action));
    }
    for method in Method::ALL {
        assert_eq!(Method::parse(method.as_str()), Some(method));
    }
}
