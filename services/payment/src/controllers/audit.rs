//! What whoever compares the services reads of all payments. Its wire types go both ways and are
//! told once for every reader; nothing here tells who pays, nor what for.

use super::payments::Api;
use crate::models::{Attempt, Item, OrderId, Payment, Refund, Transaction};
use crate::usecase::ports::{Audited, JournalLine};
use axum::extract::State;
use engine::Versioned;
use runtime::{AuditPage, Json, Problem, cut};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// `GET /ops/payment/audit`: all accounts' payments by order, a page at a time.
pub(crate) async fn audit(
    State(api): State<Arc<Api>>,
    page: AuditPage<OrderId>,
) -> Result<Json<PaymentPage>, Problem> {
    let found = api.payments.audit(page.after, page.limit + 1).await;
    let mut found = found.map_err(Problem::of_fault)?;
    let has_more = cut(&mut found, page.limit);
    Ok(Json(PaymentPage { data: found.iter().map(PaymentDossier::of).collect(), has_more }))
}

/// A page of payments, by order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentPage {
    /// The payments.
    pub data: Vec<PaymentDossier>,
    /// There are more: ask again with `after` set to the last order's id.
    pub has_more: bool,
}

/// All that matters of one payment. Money is whole rupiah; times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentDossier {
    /// Of which order.
    pub order_id: String,
    /// Identity.
    pub payment_id: String,
    /// Whose.
    pub account: String,
    /// Where it stands, as the API says it.
    pub status: String,
    /// Grows with every fact.
    pub version: u32,
    /// What is to be paid.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// The gateway's name of the method, once chosen.
    pub method: Option<String>,
    /// Until when it can be paid.
    pub due_at: String,
    /// When it was first to be called off.
    pub call_off_at: Option<String>,
    /// Opened.
    pub created_at: String,
    /// Last moved.
    pub updated_at: String,
    /// The tries, oldest first.
    pub attempts: Vec<AttemptDossier>,
    /// Money that goes back, oldest first.
    pub refunds: Vec<RefundDossier>,
    /// What waits for a person.
    pub open_items: Vec<ItemDossier>,
    /// What the books say of it, in the order in which it was booked.
    pub journal: Vec<JournalDossier>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptDossier {
    /// Also the gateway's `order_id`.
    pub id: String,
    /// The token of its page at the gateway.
    pub page_token: Option<String>,
    /// Why the gateway was asked to close it, once it did: `called_off`, `overdue`.
    pub closed: Option<String>,
    /// Whether the gateway would not open a page.
    pub refused: bool,
    /// Whether an answer of the gateway about it was ever not believed, resolved or not.
    #[serde(default)]
    pub distrusted: bool,
    /// What became of it, oldest first.
    pub transactions: Vec<TransactionDossier>,
}

/// One transaction of the gateway, as it was last told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransactionDossier {
    /// The gateway's id.
    pub id: String,
    /// `transaction_status`.
    pub status: String,
    /// `fraud_status`.
    pub fraud: Option<String>,
    /// `payment_type`.
    pub method: Option<String>,
    /// What the customer pays, a fee included.
    pub gross: i64,
    /// What was given back of it through the gateway.
    pub refunded: i64,
    /// Whether the gateway owes us its money, less what went back.
    pub credited: bool,
    /// When it was paid, if it ever was.
    pub paid_at: Option<String>,
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefundDossier {
    /// Also the gateway's `refund_key`.
    pub key: String,
    /// Of which transaction.
    pub transaction_id: String,
    /// How much.
    pub amount: i64,
    /// Why, as `cause` of `/v1/payments/{id}/refunds`.
    pub cause: String,
    /// How far, as `status` there.
    pub state: String,
    /// When it was asked for; an older service does not tell.
    #[serde(default)]
    pub asked_at: String,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemDossier {
    /// As in the address `/v1/operator-items/{id}/resolve`.
    pub id: String,
    /// Why, as `kind` of `/v1/operator-items`.
    pub kind: String,
    /// Which refund, transaction or attempt.
    pub about: String,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalDossier {
    /// Which transaction.
    pub transaction_id: String,
    /// What happened to its money.
    pub kind: String,
    /// The payment's version after the change that moved the money.
    pub version: u32,
    /// How much of the kind the transaction had had.
    pub before: i64,
    /// Which account of the ledger.
    pub account: String,
    /// Debits are positive. The lines that differ in their account alone sum to zero.
    pub amount: i64,
}

impl PaymentDossier {
    fn of(audited: &Audited) -> Self {
        let Audited { payment: Versioned { version, state: payment }, journal } = audited;
        let open = payment.items().into_iter().filter(|item| item.resolution.is_none());
        Self {
            order_id: payment.bill.order_id.to_string(),
            payment_id: payment.id.to_string(),
            account: payment.bill.account.to_string(),
            status: payment.status().to_string(),
            version: version.0,
            amount: payment.bill.amount.as_rupiah(),
            currency: payment.bill.amount.currency().code().to_owned(),
            method: payment.method().map(str::to_owned),
            due_at: payment.due_at.to_string(),
            call_off_at: payment.call_off.map(|wish| wish.asked_at.to_string()),
            created_at: payment.created_at.to_string(),
            updated_at: payment.updated_at.to_string(),
            attempts: payment.attempts.iter().map(AttemptDossier::of).collect(),
            refunds: payment.refunds.iter().map(RefundDossier::of).collect(),
            open_items: open.map(|item| ItemDossier::of(payment, item)).collect(),
            journal: journal.iter().map(JournalDossier::of).collect(),
        }
    }
}

impl AttemptDossier {
    fn of(attempt: &Attempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            page_token: attempt.page.as_ref().map(|page| page.token.clone()),
            closed: attempt.closed.map(|closed| closed.why.as_str().to_owned()),
            refused: attempt.refusal.is_some(),
            distrusted: attempt.distrusted.is_some(),
            transactions: attempt.transactions.iter().map(TransactionDossier::of).collect(),
        }
    }
}

impl TransactionDossier {
    fn of(transaction: &Transaction) -> Self {
        Self {
            id: transaction.id.clone(),
            status: transaction.status.to_string(),
            fraud: transaction.fraud.map(|fraud| fraud.as_str().to_owned()),
            method: transaction.method.clone(),
            gross: transaction.gross.as_rupiah(),
            refunded: transaction.refunded.as_rupiah(),
            credited: transaction.is_credited(),
            paid_at: transaction.paid_at.map(|at| at.to_string()),
        }
    }
}

impl RefundDossier {
    fn of(refund: &Refund) -> Self {
        Self {
            key: refund.key.clone(),
            transaction_id: refund.transaction.clone(),
            amount: refund.amount.as_rupiah(),
            cause: refund.cause.to_string(),
            state: refund.state.as_str().to_owned(),
            asked_at: refund.asked_at.to_string(),
        }
    }
}

impl ItemDossier {
    fn of(payment: &Payment, item: Item) -> Self {
        Self {
            id: super::dto::item_id(payment, &item),
            kind: item.kind.to_string(),
            about: item.about,
        }
    }
}

impl JournalDossier {
    fn of(line: &JournalLine) -> Self {
        Self {
            transaction_id: line.transaction_id.clone(),
            kind: line.kind.clone(),
            version: line.version.0,
            before: line.before,
            account: line.account.clone(),
            amount: line.amount,
        }
    }
}
