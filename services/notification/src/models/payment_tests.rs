//! Which statuses customers are told of, decided for each.

use super::*;
use std::collections::HashSet;

#[test]
fn every_status_is_told_by_a_message_of_its_own_or_on_purpose_not_at_all() {
    let rows: HashSet<_> = TOLD.iter().map(|(status, _)| *status).collect();
    assert_eq!((rows.len(), TOLD.len()), (PaymentStatus::ALL.len(), PaymentStatus::ALL.len()));
    let untold: Vec<_> =
        PaymentStatus::ALL.into_iter().filter(|status| status.template().is_none()).collect();
    assert_eq!(untold, [PaymentStatus::Authorized]);
    let mut messages = HashSet::new();
    for (status, template) in TOLD {
        assert_eq!(status.template(), *template);
        assert!(template.is_none_or(|template| messages.insert(template)), "{status:?}");
    }
    messages.insert(Template::PaidTwice);
    assert_eq!(messages.len(), Template::ALL.len(), "no message is never sent");
}

#[test]
fn of_the_refunds_asked_for_that_of_a_second_payment_is_told() {
    for cause in BackCause::ALL {
        let back = GoesBack { cause, amount: None };
        for by_hand in [false, true] {
            let told = News::RefundAsked { back, by_hand }.template();
            let expected = (cause == BackCause::SecondPayment).then_some(Template::PaidTwice);
            assert_eq!(told, expected, "{cause:?}");
        }
        for to in PaymentStatus::ALL {
            let moved = News::Moved { to, refunded: None, goes_back: Some(back) };
            assert_eq!(moved.template(), to.template());
        }
    }
}

/// The names agree, so that a list of messages reads like a list of statuses.
#[test]
fn a_message_is_called_like_its_status() {
    for (status, template) in TOLD {
        let Some(template) = template else { continue };
        let spoken = format!("{status:?}").to_lowercase();
        assert_eq!(template.as_str().replace('_', ""), spoken);
    }
}
