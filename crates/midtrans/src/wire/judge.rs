//! Whether an answer without a fault is an answer to what was asked. A code of the 200 family alone
//! is not success (midtrans.md 2.6); what does not fit is a contradiction and never success.

use super::{CoreAnswer, contradiction, not_understood};
use crate::transaction::lenient::{lenient, text};
use crate::{ChargeRequest, Error, FraudStatus, Transaction, TransactionStatus as Status};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The transaction that was asked about, by either of its ids. (BSI was seen to echo the order id
/// as transaction id, which is accepted for whoever asks by order id, midtrans.md 6, L.)
pub(crate) fn told(answer: &CoreAnswer, id: &str) -> Result<Transaction, Error> {
    let told = answer.transaction()?;
    if told.has_id(id) { Ok(told) } else { Err(contradiction()) }
}

/// A page of transactions. One that cannot be read costs the whole page: a payment is not left out.
pub(crate) fn listed(answer: &CoreAnswer) -> Result<Vec<Transaction>, Error> {
    #[derive(Deserialize)]
    struct Page<'a> {
        #[serde(borrow)]
        transactions: Vec<&'a RawValue>,
    }
    let page: Page<'_> = serde_json::from_slice(&answer.body).map_err(|_| not_understood())?;
    let read = page.transactions.iter().map(|one| Transaction::parse(one.get().as_bytes()));
    read.collect::<Result<_, _>>().map_err(|_| not_understood())
}

/// A charge of ours: our order id, our amount, and a state that a charge can begin in.
pub(crate) fn charged(answer: &CoreAnswer, request: &ChargeRequest) -> Result<Transaction, Error> {
    let told = answer.transaction()?;
    let ours = told.order_id == request.order_id().as_str()
        && told.amount_to_compare() == Ok(request.gross_amount());
    if ours && begins(answer.code, &told.transaction_status) {
        Ok(told)
    } else {
        Err(contradiction())
    }
}

/// Code 202 is a refusal of the bank, and only that (midtrans.md 2.2). A pending DANA was seen with
/// 200 (midtrans.md 2.5, L), so 200 and 201 are not told apart.
fn begins(code: u16, status: &Status) -> bool {
    let refused = matches!(status, Status::Deny | Status::Failure);
    let alive = [Status::Pending, Status::Capture, Status::Authorize, Status::Settlement];
    match code {
        202 => refused,
        200 | 201 => refused || alive.contains(status) || matches!(status, Status::Unknown(_)),
        _ => false,
    }
}

/// A capture of an authorised card. Its amount is the caller's to compare: what is told after a
/// capture of less than was authorised is not documented (L).
pub(crate) fn captured(answer: &CoreAnswer, id: &str) -> Result<Transaction, Error> {
    let told = told(answer, id)?;
    let ended = match answer.code {
        200 => matches!(told.transaction_status, Status::Capture | Status::Settlement),
        202 => told.transaction_status == Status::Deny,
        _ => false,
    };
    if ended { Ok(told) } else { Err(contradiction()) }
}

/// Where an action should end.
pub(crate) struct Change {
    pub(crate) codes: &'static [u16],
    pub(crate) statuses: &'static [Status],
    /// What fraud detection may say afterwards; anything where it is empty.
    pub(crate) frauds: &'static [FraudStatus],
}

/// Checks that an action on `id` ended where it should: by code, and by id and state where they are
/// told.
pub(crate) fn changed(answer: &CoreAnswer, id: &str, wanted: &Change) -> Result<(), Error> {
    let told: Told = serde_json::from_slice(&answer.body).map_err(|_| not_understood())?;
    let ours = may_be(id, [&told.order_id, &told.transaction_id]);
    let status = told.transaction_status.is_none_or(|told| wanted.statuses.contains(&told));
    let fraud = wanted.frauds.is_empty()
        || told.fraud_status.is_none_or(|told| wanted.frauds.contains(&told));
    if ours && status && fraud && wanted.codes.contains(&answer.code) {
        return Ok(());
    }
    Err(contradiction())
}

/// Whether an answer with these ids can be about `id`: one of them is, or none is told.
pub(super) fn may_be(id: &str, told: [&Option<String>; 2]) -> bool {
    told.iter().all(|told| told.is_none()) || told.iter().any(|told| told.as_deref() == Some(id))
}

#[derive(Deserialize)]
struct Told {
    #[serde(default, deserialize_with = "text")]
    order_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    transaction_id: Option<String>,
    transaction_status: Option<Status>,
    #[serde(default, deserialize_with = "lenient")]
    fraud_status: Option<FraudStatus>,
}
