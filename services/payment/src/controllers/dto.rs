//! Wire types of the payment API. Money is whole rupiah in an integer, never a float.

use crate::models::{
    Attempt, Callback, Choice, Instruction, Instructions, Item, Payment, Refund, Transaction,
};
use engine::Versioned;
use kernel::Money;
use serde::{Deserialize, Serialize};

/// A payment, as answered.
#[derive(Debug, Clone, Serialize)]
pub struct PaymentDto {
    pub id: String,
    pub order_id: String,
    pub status: &'static str,
    /// The gateway's name of the method, once chosen.
    pub method: Option<String>,
    /// Whole rupiah.
    pub amount: i64,
    pub currency: &'static str,
    /// Where the customer pays: ours, stable.
    pub pay_url: String,
    /// How the customer pays now, once a method was chosen: enough for a page of your own. Empty
    /// while there is no such choice, and once nothing is to be paid.
    pub instructions: Vec<InstructionDto>,
    /// Until when the customer can pay that way, if the gateway told.
    pub expires_at: Option<String>,
    /// Until when it can be paid.
    pub due_at: String,
    /// Grows with every fact.
    pub version: u32,
    pub created_at: String,
    pub updated_at: String,
}

/// One attempt.
#[derive(Debug, Clone, Serialize)]
pub struct AttemptDto {
    /// Also the gateway's `order_id`.
    pub id: String,
    /// The gateway's page.
    pub page_url: Option<String>,
    /// Why the gateway would not open one.
    pub refusal: Option<String>,
    pub transactions: Vec<TransactionDto>,
    pub created_at: String,
}

/// One gateway transaction.
#[derive(Debug, Clone, Serialize)]
pub struct TransactionDto {
    pub id: String,
    pub status: &'static str,
    pub fraud_status: Option<&'static str>,
    pub method: Option<String>,
    /// How it is, or was, to be paid. Kept when it has ended.
    pub instructions: Vec<InstructionDto>,
    /// Until when it can, or could, be paid, if the gateway told. The gateway decides.
    pub expires_at: Option<String>,
    pub seen_at: String,
}

/// One way to pay.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InstructionDto {
    /// Transfer to this number at this bank.
    VirtualAccount { bank: String, number: String },
    /// Mandiri bill payment: company and bill.
    Bill { biller_code: String, key: String },
    /// Show this code at the counter of this store.
    StoreCode { store: String, code: String },
    /// Draw this text as a QR code.
    QrCode { text: String },
    /// Open this: `http` or `https`, or a wallet's app by its own scheme.
    Link { url: String },
}

/// One callback.
#[derive(Debug, Clone, Serialize)]
pub struct CallbackDto {
    /// SHA-256 of the body.
    pub digest: String,
    /// The order that it is about, if we have it.
    pub order_id: Option<String>,
    /// The attempt that it names, be it ours or not.
    pub attempt_id: Option<String>,
    pub transaction_id: String,
    /// The status that it claims.
    pub status: String,
    /// The amount that it claims, in whole rupiah if it is in rupiah.
    pub amount: Option<i64>,
    /// What was plain on receipt: `hint`; `reported`, which is no callback but what an operator or a
    /// report told; or why it is neither, as in the verdict.
    pub receipt: &'static str,
    /// What it was worth, by what the gateway has told until now: `confirmed`, `stale`,
    /// `unconfirmed` (not asked yet), `contradicted` (asked, and it does not say so),
    /// `unknown_order`, `amount_mismatch`, `currency_mismatch`, `foreign_merchant` or `forged`.
    pub verdict: &'static str,
    /// How often the same body came.
    pub times: u32,
    pub received_at: String,
    pub last_at: String,
}

/// `POST /v1/payments/{id}/sync`: a transaction that we may not know. Both or neither.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedTransaction {
    #[serde(default)]
    pub transaction_id: Option<String>,
    /// The gateway's word.
    #[serde(default)]
    pub transaction_status: Option<String>,
}

/// `POST /v1/payments/{id}/refunds`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// Whole rupiah; without it, all that is left.
    #[serde(default)]
    pub amount: Option<i64>,
    /// For the gateway and the books.
    #[serde(default)]
    pub reason: Option<String>,
}

/// One refund.
#[derive(Debug, Clone, Serialize)]
pub struct RefundDto {
    /// Also the gateway's `refund_key`.
    pub id: String,
    pub transaction_id: String,
    /// Whole rupiah.
    pub amount: i64,
    pub reason: Option<String>,
    /// Why money goes back: `asked`, `called_off`, `late_money`, `second_payment`, `elsewhere`.
    pub cause: &'static str,
    /// How far: `asked`, `taken`, `confirmed`, `manual_required`, `by_hand`, `moot`.
    pub status: &'static str,
    /// Why a person has to do it.
    pub manual_reason: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

impl RefundDto {
    /// A refund as the caller sees it.
    pub fn of(refund: &Refund) -> Self {
        Self {
            id: refund.key.clone(),
            transaction_id: refund.transaction.clone(),
            amount: refund.amount.as_rupiah(),
            reason: refund.reason.clone(),
            cause: refund.cause.as_str(),
            status: refund.state.as_str(),
            manual_reason: refund.state.reason().map(str::to_owned),
            created_at: refund.asked_at.to_string(),
            updated_at: refund.updated_at.to_string(),
        }
    }
}

/// `GET /v1/operator-items?…`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemParams {
    #[serde(default)]
    pub starting_after: Option<String>,
    #[serde(default)]
    pub limit: Option<usize>,
}

/// `POST /v1/operator-items/{id}/resolve`, `approve` and `deny`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewResolution {
    /// What was done, or why it is approved or denied.
    pub note: String,
    /// By whom.
    #[serde(default)]
    pub by: Option<String>,
}

/// Something for a person.
#[derive(Debug, Clone, Serialize)]
pub struct ItemDto {
    pub id: String,
    pub payment_id: String,
    pub order_id: String,
    /// `refund_manual`, `reversed`, `charged_back`, `challenge`, `distrusted`.
    pub kind: &'static str,
    /// Which refund, transaction or attempt.
    pub about: String,
    /// In words.
    pub detail: String,
    /// Of a challenge: `approve` or `deny`, as somebody reviewed it; the gateway is being asked.
    pub review: Option<&'static str>,
    pub since: String,
}

impl ItemDto {
    /// An item as an operator sees it.
    pub fn of(payment: &Payment, item: Item) -> Self {
        Self {
            id: item_id(payment, &item),
            payment_id: payment.id.to_string(),
            order_id: payment.bill.order_id.to_string(),
            kind: item.kind.as_str(),
            about: item.about,
            detail: item.detail,
            review: item.review.map(Choice::as_str),
            since: item.since.to_string(),
        }
    }
}

/// What names an item of a payment among all items.
pub(super) fn item_id(payment: &Payment, item: &Item) -> String {
    format!("{}.{}", payment.id, item.name)
}

/// A list that needs no paging.
#[derive(Debug, Clone, Serialize)]
pub struct ListDto<T> {
    pub data: Vec<T>,
}

/// A page, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct PageDto<T> {
    pub data: Vec<T>,
    /// There are older ones: ask again with `starting_after` set to the last id.
    pub has_more: bool,
}

/// `GET /v1/payments?…`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    #[serde(default)]
    pub order_id: Option<String>,
    #[serde(default)]
    pub starting_after: Option<String>,
    #[serde(default)]
    pub limit: Option<usize>,
}

/// `GET /v1/callbacks?…`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallbackParams {
    #[serde(default)]
    pub limit: Option<usize>,
}

impl PaymentDto {
    /// The payment as the caller sees it; `public_url` is where customers reach us.
    pub fn of(payment: &Versioned<Payment>, public_url: &str) -> Self {
        let Versioned { version, state: payment } = payment;
        let awaited = payment.awaited();
        Self {
            id: payment.id.to_string(),
            order_id: payment.bill.order_id.to_string(),
            status: payment.status().as_str(),
            method: payment.method().map(str::to_owned),
            amount: payment.bill.amount.as_rupiah(),
            currency: payment.bill.amount.currency().code(),
            pay_url: format!("{public_url}/pay/{}", payment.bill.order_id),
            instructions: awaited.map_or_else(Vec::new, |t| instructions(&t.instructions)),
            expires_at: awaited.and_then(|t| t.expires_at).map(|at| at.to_string()),
            due_at: payment.due_at.to_string(),
            version: version.0,
            created_at: payment.created_at.to_string(),
            updated_at: payment.updated_at.to_string(),
        }
    }
}

impl AttemptDto {
    /// An attempt as the caller sees it.
    pub fn of(attempt: &Attempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            page_url: attempt.page.as_ref().map(|p| p.url.clone()),
            refusal: attempt.refusal.clone(),
            transactions: attempt.transactions.iter().map(TransactionDto::of).collect(),
            created_at: attempt.created_at.to_string(),
        }
    }
}

impl TransactionDto {
    fn of(transaction: &Transaction) -> Self {
        Self {
            id: transaction.id.clone(),
            status: transaction.status.as_str(),
            fraud_status: transaction.fraud.map(|f| f.as_str()),
            method: transaction.method.clone(),
            instructions: instructions(&transaction.instructions),
            expires_at: transaction.expires_at.map(|at| at.to_string()),
            seen_at: transaction.seen_at.to_string(),
        }
    }
}

fn instructions(ways: &Instructions) -> Vec<InstructionDto> {
    ways.iter().cloned().map(InstructionDto::of).collect()
}

impl InstructionDto {
    fn of(way: Instruction) -> Self {
        match way {
            Instruction::VirtualAccount { bank, number } => Self::VirtualAccount { bank, number },
            Instruction::Bill { biller_code, key } => Self::Bill { biller_code, key },
            Instruction::StoreCode { store, code } => Self::StoreCode { store, code },
            Instruction::QrCode { text } => Self::QrCode { text },
            Instruction::Link { url } => Self::Link { url },
        }
    }
}

impl CallbackDto {
    /// A callback with its verdict, given what the gateway told about its payment.
    pub fn of(callback: &Callback, payment: Option<&Payment>) -> Self {
        let known = payment.filter(|p| callback.attempt.is_some_and(|id| p.attempt(id).is_some()));
        Self {
            digest: callback.digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            order_id: known.map(|p| p.bill.order_id.to_string()),
            attempt_id: callback.attempt.map(|id| id.to_string()),
            transaction_id: callback.transaction_id.clone(),
            status: callback.status.clone(),
            amount: callback.amount.map(Money::as_rupiah),
            receipt: callback.receipt.as_str(),
            verdict: callback.verdict(payment).as_str(),
            times: callback.times,
            received_at: callback.received_at.to_string(),
            last_at: callback.last_at.to_string(),
        }
    }
}
