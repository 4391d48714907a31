//! The calls of the Core API (midtrans.md 2).

use super::{Client, join, send};
use crate::wire::{self, Change, CoreAnswer};
use crate::{
    CaptureRequest, ChargeRequest, Error, FraudStatus, Options, RefundOutcome, RefundRequest,
    Transaction, TransactionStatus as Status,
};
use reqwest::RequestBuilder;
use serde::Serialize;
use serde_json::json;
use url::Url;

const CANCELED: Change = Change { codes: &[200], statuses: &[Status::Cancel], frauds: &[] };

const EXPIRED: Change = Change { codes: &[200, 407], statuses: &[Status::Expire], frauds: &[] };

const APPROVED: Change = Change {
    codes: &[200],
    statuses: &[Status::Capture, Status::Settlement],
    frauds: &[FraudStatus::Accept],
};

/// The documents say `deny`, a sample of the sandbox says `cancel` (midtrans.md 2.4, L).
const DENIED: Change =
    Change { codes: &[200], statuses: &[Status::Deny, Status::Cancel], frauds: &[] };

impl Client {
    /// Charges one method. What the customer needs is in the transaction: `va_numbers`,
    /// `permata_va_number`, `bill_key`, `payment_code`, `actions`, `qr_string` or `redirect_url`.
    ///
    /// A card that is denied is no error: it is a transaction that is denied (code 202). So is a
    /// capture that is challenged: see [`Transaction::is_paid`].
    ///
    /// After [`Outcome::Unknown`](crate::Outcome::Unknown) repeat it within five minutes with the
    /// same idempotency key, or ask [`Client::status`] by order id. [`Error::is_duplicate`] means
    /// that an earlier charge of this order id was done: ask too. An answer about another order or
    /// amount, such as the one remembered for a key that was used twice, is
    /// [`Doubt::Contradiction`](crate::Doubt::Contradiction).
    pub async fn charge(
        &self,
        request: &ChargeRequest,
        options: &Options,
    ) -> Result<Transaction, Error> {
        let url = join(&self.core_url, &["v2", "charge"])?;
        let call = self.http.post(url).timeout(self.create_timeout).json(request);
        let call = options.notifications(call, self.notification_url.as_ref());
        let call = options.idempotency(call);
        let answer = ask("core.charge", request.order_id().as_str(), call).await?;
        wire::charged(&wire::known(answer)?, request)
    }

    /// How a transaction stands, by order id or transaction id. `None` means that nobody has chosen
    /// a method yet or that the id is unknown: not attempted, not failed (midtrans.md 0.1 #11).
    /// Of several transactions with one order id Midtrans tells one, which is not documented (L).
    pub async fn status(&self, id: &str) -> Result<Option<Transaction>, Error> {
        let url = join(&self.core_url, &["v2", id, "status"])?;
        let call = self.http.get(url).timeout(self.read_timeout);
        let answer = ask("core.status", id, call).await?;
        answer.map(|answer| wire::told(&answer, id)).transpose()
    }

    /// The payments to a virtual account that takes several, newest first; `page` counts from 0.
    /// `None` means that the id is unknown. What ids the transactions bear is not documented well
    /// enough to check (midtrans.md 2.4, M): compare before you believe.
    pub async fn status_b2b(
        &self,
        id: &str,
        page: u32,
        per_page: u32,
    ) -> Result<Option<Vec<Transaction>>, Error> {
        let mut url = join(&self.core_url, &["v2", id, "status", "b2b"])?;
        let query = [("page", page), ("per_page", per_page)];
        let query = query.map(|(name, number)| (name, number.to_string()));
        url.query_pairs_mut().extend_pairs(query);
        let call = self.http.get(url).timeout(self.read_timeout);
        let answer = ask("core.status_b2b", id, call).await?;
        answer.map(|answer| wire::listed(&answer)).transpose()
    }

    /// Cancels a transaction that is pending, captured or authorised. [`Error::is_wrong_state`]
    /// means that it is in another state, perhaps paid.
    pub async fn cancel(&self, id: &str, options: &Options) -> Result<(), Error> {
        self.change(id, "cancel", options, &CANCELED).await
    }

    /// Expires a pending transaction. Midtrans answers with code 407, which is its success
    /// (midtrans.md 0.1 #3).
    pub async fn expire(&self, id: &str, options: &Options) -> Result<(), Error> {
        self.change(id, "expire", options, &EXPIRED).await
    }

    /// Accepts a capture that fraud detection challenges.
    pub async fn approve(&self, id: &str, options: &Options) -> Result<(), Error> {
        self.change(id, "approve", options, &APPROVED).await
    }

    /// Refuses a capture that fraud detection challenges. Ends as `deny` or as `cancel`.
    pub async fn deny(&self, id: &str, options: &Options) -> Result<(), Error> {
        self.change(id, "deny", options, &DENIED).await
    }

    /// Takes the money of an authorised card. A transaction that is denied is no error; compare the
    /// amount of one that is captured.
    pub async fn capture(
        &self,
        request: &CaptureRequest,
        options: &Options,
    ) -> Result<Transaction, Error> {
        let url = join(&self.core_url, &["v2", "capture"])?;
        let id = request.transaction_id();
        let answer = ask("core.capture", id, self.paying(url, request, options)).await?;
        wire::captured(&wire::known(answer)?, id)
    }

    /// Gives money of a settled transaction back. Repeat it with the same request: the key makes
    /// it the same refund. [`Error::is_duplicate`] for a key of ours means that the refund may
    /// exist: look for it in `refunds` of GET Status (midtrans.md 2.6, L).
    pub async fn refund(
        &self,
        id: &str,
        request: &RefundRequest,
        options: &Options,
    ) -> Result<RefundOutcome, Error> {
        let url = join(&self.core_url, &["v2", id, "refund"])?;
        let answer = ask("core.refund", id, self.paying(url, request, options)).await?;
        wire::refunded(&wire::known(answer)?, id, request)
    }

    /// The same, straight from the provider. The documents now send everyone to
    /// [`Client::refund`]; which methods still take this one is for the caller to know
    /// (midtrans.md 2.6).
    pub async fn refund_direct(
        &self,
        id: &str,
        request: &RefundRequest,
        options: &Options,
    ) -> Result<RefundOutcome, Error> {
        let url = join(&self.core_url, &["v2", id, "refund", "online", "direct"])?;
        let answer = ask("core.refund_direct", id, self.paying(url, request, options)).await?;
        wire::refunded(&wire::known(answer)?, id, request)
    }

    async fn change(
        &self,
        id: &str,
        action: &'static str,
        options: &Options,
        wanted: &Change,
    ) -> Result<(), Error> {
        let url = join(&self.core_url, &["v2", id, action])?;
        let call = self.http.post(url).timeout(self.read_timeout).json(&json!({}));
        let call = options.idempotency(options.notifications(call, None));
        wire::changed(&wire::known(ask(action, id, call).await?)?, id, wanted)
    }

    /// A call that moves money of a transaction that is there already.
    fn paying(&self, url: Url, body: &impl Serialize, options: &Options) -> RequestBuilder {
        let call = self.http.post(url).timeout(self.create_timeout).json(body);
        options.idempotency(options.notifications(call, None))
    }
}

async fn ask(operation: &str, id: &str, call: RequestBuilder) -> Result<Option<CoreAnswer>, Error> {
    wire::core(send(operation, id, call).await?)
}
