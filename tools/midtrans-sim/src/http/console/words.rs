//! The faults in a line each, for the list to choose from.

use crate::faults::{Fault, Place};

/// The faults by where they act: name and meaning of each.
pub(super) fn places() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let of = |place: Place| {
        let faults = Fault::ALL.into_iter().filter(move |fault| fault.place() == place);
        faults.map(|fault| (fault.as_str(), meaning(fault))).collect()
    };
    vec![
        ("Notifications: how they are sent", of(Place::Notification)),
        ("Answers: what our API says", of(Place::Answer)),
        ("Life: what becomes of a transaction", of(Place::Life)),
    ]
}

pub(super) fn meaning(fault: Fault) -> &'static str {
    match fault {
        Fault::Drop => "is never sent",
        Fault::Delay => "is sent ms later",
        Fault::Duplicate => "is sent code times more",
        Fault::Reorder => "waits until the next one has overtaken it, at most ms",
        Fault::BadSignature => "signature_key is wrong",
        Fault::NoSignature => "signature_key is missing",
        Fault::TamperedStatus => "transaction_status is `to`, validly signed",
        Fault::LowerAmount => "gross_amount is 1 rupiah less, or `amount`, validly signed",
        Fault::OtherMerchant => "merchant_id is another's, validly signed",
        Fault::OtherCurrency => "currency is USD, validly signed",
        Fault::UnknownOrder => "order_id is one that nobody made, validly signed",
        Fault::UnknownFields => "has fields that no page documents",
        Fault::UppercaseStatus => "transaction_status is in capitals",
        Fault::NoFraudStatus => "fraud_status is missing",
        Fault::NumericAmount => "gross_amount is a JSON number, validly signed",
        Fault::Garbage => "the text ends in its middle",
        Fault::Hang => "comes ms of real time later",
        Fault::HttpError => "HTTP code and no body",
        Fault::Refuse => "a refusal as Midtrans words it, with code",
        Fault::Html => "a page of HTML with HTTP code",
        Fault::Truncated => "half of the JSON, then the connection closes",
        Fault::Huge => "ten megabytes",
        Fault::Redirect => "302 to elsewhere",
        Fault::Contradiction => "a success that names another order",
        Fault::Cut => "the connection closes without an answer",
        Fault::Stale => "GET Status tells the state before, for ms",
        Fault::Reverse => "a settlement is taken back ms later",
        Fault::SettleLate => "what expired or was cancelled settles ms later",
        Fault::SettleTwice => "a second transaction of the order settles ms later",
        Fault::Challenge => "the capture of a card is held for review",
        Fault::Deny => "paying is denied",
        Fault::RefundRefused => "a refund is answered with 202 and amount 0.00",
        Fault::NeverExpire => "it expires ms after its deadline",
        Fault::Chargeback => "the card holder takes a settlement back ms later",
    }
}
