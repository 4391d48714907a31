//! A gateway in memory: keeps pages and transactions as Midtrans does, fails and waits as told.

use async_trait::async_trait;
use kernel::{Money, Uuid};
use midtrans::{ClientConfig, ServerKey};
use payment::gateway::{MidtransConfig, MidtransGateway};
use payment::models::{
    AttemptId, Choice, Fraud, GatewayStatus, Instructions, Observation, Page, Payment, Refund,
    RefundSeen,
};
use payment::usecase::ports::{
    Ended, GatewayError, Hint, HintError, PageEnd, PaymentGateway, RefundAnswer,
};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;

pub const AMOUNT: i64 = 185_000;
pub const MERCHANT: &str = "G000000001";
const SERVER_KEY: &str = "SB-Mid-server-EXAMPLE-0001";

/// A held call that is not made fails its test instead of holding it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads callbacks exactly as in production; it is asked nothing else.
static READER: LazyLock<MidtransGateway> = LazyLock::new(|| {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let nowhere: url::Url = "http://127.0.0.1:1/".parse().unwrap();
    let key = ServerKey::try_new(SERVER_KEY).unwrap();
    MidtransGateway::try_new(MidtransConfig {
        client: ClientConfig::new(nowhere.clone(), nowhere, key),
        merchant_id: MERCHANT.to_owned(),
        public_url: "https://toko.id".into(),
        calls_per_second: NonZeroU32::MIN,
    })
    .unwrap()
});

/// How one `create_page` ends.
#[derive(Clone)]
pub enum Create {
    /// Nothing was made.
    Fails(GatewayError),
    /// A page was made, and the answer is lost.
    AnswerLost,
}

/// Where a held call stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// On its way to the gateway, which has not seen it.
    Request,
    /// On its way back: the gateway has done it.
    Answer,
}

/// Holds one call until it is opened.
#[derive(Default)]
pub struct Gate {
    reached: Notify,
    opened: Notify,
}

impl Gate {
    pub async fn reached(&self) {
        let reached = tokio::time::timeout(PATIENCE, self.reached.notified()).await;
        reached.expect("the call that was to be held is made");
    }

    pub fn open(&self) {
        self.opened.notify_one();
    }

    async fn pass(&self) {
        self.reached.notify_one();
        self.opened.notified().await;
    }
}

#[derive(Default)]
struct Books {
    created: Vec<AttemptId>,
    asked: Vec<String>,
    pages: u32,
    transactions: Vec<Observation>,
    creates: VecDeque<Create>,
    statuses: VecDeque<GatewayError>,
    /// What was ended, closed and given back, as `verb id`, in order.
    acts: Vec<String>,
    /// How the next acts end instead.
    refusals: VecDeque<Result<RefundAnswer, GatewayError>>,
    endings: VecDeque<GatewayError>,
    /// What happens just before the next transactions are ended.
    overtaken: VecDeque<Observation>,
    closed: Vec<String>,
    create_gates: VecDeque<(Held, Arc<Gate>)>,
    status_gates: VecDeque<Arc<Gate>>,
}

impl Books {
    fn keep(&mut self, seen: Observation) {
        let mut known = self.transactions.iter_mut();
        match known.find(|t| t.transaction_id == seen.transaction_id) {
            Some(known) => *known = seen,
            None => self.transactions.push(seen),
        }
    }
}

#[derive(Default)]
pub struct FakeGateway(Mutex<Books>);

impl FakeGateway {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap()
    }

    /// The attempts for which a page was asked for, in order.
    pub fn created(&self) -> Vec<AttemptId> {
        self.books().created.clone()
    }

    /// The ids that were asked about, in order.
    pub fn asked(&self) -> Vec<String> {
        self.books().asked.clone()
    }

    /// The only token that is not revoked.
    pub fn live_token(&self) -> String {
        token(self.books().pages)
    }

    /// The next page requests end like this.
    pub fn creating(&self, ends: impl IntoIterator<Item = Create>) {
        self.books().creates.extend(ends);
    }

    /// The next questions end like this.
    pub fn asking_fails(&self, ends: impl IntoIterator<Item = GatewayError>) {
        self.books().statuses.extend(ends);
    }

    /// What was ended, closed and given back, as `verb id`, in order.
    pub fn acts(&self) -> Vec<String> {
        self.books().acts.clone()
    }

    /// The next refunds end like this, and nothing goes back.
    pub fn refunding(&self, ends: impl IntoIterator<Item = Result<RefundAnswer, GatewayError>>) {
        self.books().refusals.extend(ends);
    }

    /// The next pages and transactions to end are met with this; nothing is done.
    pub fn ending_fails(&self, ends: impl IntoIterator<Item = GatewayError>) {
        self.books().endings.extend(ends);
    }

    /// The next time that a transaction is to be ended, somebody is quicker: it stands like this.
    pub fn overtaken_by(&self, seen: Observation) {
        self.books().overtaken.push_back(seen);
    }

    /// Puts a transaction into a state, if it is in one of these.
    fn end(&self, verb: &str, id: &str, to: GatewayStatus) -> Result<Ended, GatewayError> {
        let mut books = self.books();
        books.acts.push(format!("{verb} {id}"));
        if let Some(error) = books.endings.pop_front() {
            return Err(error);
        }
        if let Some(seen) = books.overtaken.pop_front() {
            books.keep(seen);
        }
        let captured = to == GatewayStatus::Cancel;
        let found = books.transactions.iter_mut().find(|t| t.transaction_id == id);
        let found = found.filter(|t| match t.status {
            Ok(GatewayStatus::Pending) => true,
            Ok(GatewayStatus::Authorize | GatewayStatus::Capture) => captured,
            _ => false,
        });
        let Some(found) = found else { return Ok(Ended::OtherState) };
        found.status = Ok(to);
        Ok(Ended::Done)
    }

    /// Does what a review of a charge wants, if it is held.
    fn review(&self, choice: Choice, id: &str) -> Result<Ended, GatewayError> {
        let mut books = self.books();
        books.acts.push(format!("{choice} {id}"));
        if let Some(error) = books.endings.pop_front() {
            return Err(error);
        }
        let held = |t: &&mut Observation| {
            t.status == Ok(GatewayStatus::Capture) && t.fraud == Some(Fraud::Challenge)
        };
        let found = books.transactions.iter_mut().find(|t| t.transaction_id == id);
        let Some(found) = found.filter(held) else { return Ok(Ended::OtherState) };
        match choice {
            Choice::Approve => found.fraud = Some(Fraud::Accept),
            Choice::Deny => {
                (found.status, found.fraud) = (Ok(GatewayStatus::Deny), Some(Fraud::Deny));
            }
        }
        Ok(Ended::Done)
    }

    fn give(&self, refund: &Refund) -> Result<RefundAnswer, GatewayError> {
        let mut books = self.books();
        books.acts.push(format!("refund {}", refund.key));
        if let Some(end) = books.refusals.pop_front() {
            return end;
        }
        let found = books.transactions.iter_mut().find(|t| t.transaction_id == refund.transaction);
        let Some(found) = found else { return Ok(RefundAnswer::OtherState("not now".into())) };
        if found.refunds.iter().any(|seen| seen.key == refund.key) {
            return Ok(RefundAnswer::Known);
        }
        if !matches!(found.status, Ok(GatewayStatus::Settlement | GatewayStatus::PartialRefund)) {
            return Ok(RefundAnswer::OtherState("not now".into()));
        }
        let gone = found.refunded.map_or(0, Money::as_rupiah) + refund.amount.as_rupiah();
        found.refunded = Some(Money::rupiah(gone));
        let whole = gone == AMOUNT;
        found.status = Ok(if whole { GatewayStatus::Refund } else { GatewayStatus::PartialRefund });
        found.refunds.push(RefundSeen {
            key: refund.key.clone(),
            amount: refund.amount,
            confirmed: false,
        });
        Ok(RefundAnswer::Taken)
    }

    /// Holds the next page request.
    pub fn hold_create(&self, at: Held) -> Arc<Gate> {
        let gate = Arc::new(Gate::default());
        self.books().create_gates.push_back((at, gate.clone()));
        gate
    }

    /// Holds the answer of the next question.
    pub fn hold_status(&self) -> Arc<Gate> {
        let gate = Arc::new(Gate::default());
        self.books().status_gates.push_back(gate.clone());
        gate
    }

    /// A transaction stands like this from now on.
    pub fn knows(&self, seen: Observation) {
        self.books().keep(seen);
    }

    /// It knows no transaction any more.
    pub fn forgets(&self) {
        self.books().transactions.clear();
    }

    fn open_page(&self, attempt: AttemptId) -> Result<Page, GatewayError> {
        let mut books = self.books();
        let script = books.creates.pop_front();
        if let Some(Create::Fails(error)) = script {
            return Err(error);
        }
        if books.transactions.iter().any(|t| t.order_id == attempt.to_string()) {
            return Err(GatewayError::Refused("order_id has already been taken".into()));
        }
        books.pages += 1;
        if script.is_some() {
            return Err(unavailable("timed out"));
        }
        let token = token(books.pages);
        let url = format!("https://gateway.example/{token}");
        Ok(Page { token, url })
    }

    fn look_up(&self, id: &str) -> Option<Observation> {
        let books = self.books();
        let by_id = books.transactions.iter().find(|t| t.transaction_id == id);
        by_id.or_else(|| books.transactions.iter().rfind(|t| t.order_id == id)).cloned()
    }
}

#[async_trait]
impl PaymentGateway for FakeGateway {
    async fn create_page(&self, _: &Payment, attempt: AttemptId) -> Result<Page, GatewayError> {
        self.books().created.push(attempt);
        let gate = self.books().create_gates.pop_front();
        if let Some((Held::Request, gate)) = &gate {
            gate.pass().await;
        }
        let answer = self.open_page(attempt);
        if let Some((Held::Answer, gate)) = &gate {
            gate.pass().await;
        }
        tokio::task::yield_now().await;
        answer
    }

    async fn status(&self, id: &str) -> Result<Option<Observation>, GatewayError> {
        self.books().asked.push(id.to_owned());
        let (fails, gate) = {
            let mut books = self.books();
            (books.statuses.pop_front(), books.status_gates.pop_front())
        };
        let seen = self.look_up(id);
        if let Some(gate) = gate {
            gate.pass().await;
        }
        tokio::task::yield_now().await;
        fails.map_or(Ok(seen), Err)
    }

    async fn close_page(&self, _: AttemptId, token: &str) -> Result<PageEnd, GatewayError> {
        let mut books = self.books();
        books.acts.push(format!("close {token}"));
        if let Some(error) = books.endings.pop_front() {
            return Err(error);
        }
        if !books.transactions.is_empty() || books.closed.iter().any(|closed| closed == token) {
            return Ok(PageEnd::Refused);
        }
        books.closed.push(token.to_owned());
        Ok(PageEnd::Closed)
    }

    async fn cancel(&self, transaction: &str) -> Result<Ended, GatewayError> {
        self.end("cancel", transaction, GatewayStatus::Cancel)
    }

    async fn expire(&self, transaction: &str) -> Result<Ended, GatewayError> {
        self.end("expire", transaction, GatewayStatus::Expire)
    }

    async fn approve(&self, transaction: &str) -> Result<Ended, GatewayError> {
        self.review(Choice::Approve, transaction)
    }

    async fn deny(&self, transaction: &str) -> Result<Ended, GatewayError> {
        self.review(Choice::Deny, transaction)
    }

    async fn refund(&self, refund: &Refund) -> Result<RefundAnswer, GatewayError> {
        self.give(refund)
    }

    fn read_callback(&self, body: &[u8]) -> Result<Hint, HintError> {
        READER.read_callback(body)
    }
}

fn token(page: u32) -> String {
    format!("token-{page}")
}

pub fn unavailable(reason: &str) -> GatewayError {
    GatewayError::Unavailable { reason: reason.into(), retry_after: None }
}

pub fn busy_for(seconds: u64) -> GatewayError {
    let retry_after = Some(Duration::from_secs(seconds));
    GatewayError::Unavailable { reason: "429".into(), retry_after }
}

/// What the gateway says about a transaction of an attempt.
pub fn seen(attempt: AttemptId, transaction: &str, status: GatewayStatus) -> Observation {
    Observation {
        order_id: attempt.to_string(),
        transaction_id: transaction.into(),
        status: Ok(status),
        fraud: None,
        method: Some("qris".into()),
        amount: Some(Money::rupiah(AMOUNT)),
        currency: Some("IDR".into()),
        foreign_merchant: false,
        gross: None,
        paid_at: None,
        refunded: None,
        refunds: Vec::new(),
        instructions: Instructions::default(),
        expires_at: None,
    }
}

/// A callback's body before it is signed.
pub fn callback(order_id: &str, transaction: &str, status: &str, amount: i64) -> Value {
    json!({
        "order_id": order_id, "transaction_id": transaction, "transaction_status": status,
        "status_code": "200", "gross_amount": format!("{amount}.00"), "currency": "IDR",
        "payment_type": "qris", "merchant_id": MERCHANT,
    })
}

/// Signs a callback as the gateway does: order id, status code and amount, nothing else.
pub fn signed(mut body: Value) -> Value {
    let part = |name: &str| body[name].as_str().unwrap().to_owned();
    let key = ServerKey::try_new(SERVER_KEY).unwrap();
    let signature = midtrans::signature::sign(
        &part("order_id"),
        &part("status_code"),
        &part("gross_amount"),
        &key,
    );
    body["signature_key"] = signature.into();
    body
}

/// As a forger has it: everything right but the signature.
pub fn unsigned(order_id: &str, status: &str) -> Value {
    let mut body = callback(order_id, "tx-1", status, AMOUNT);
    body["signature_key"] = "0".repeat(128).into();
    body
}

/// An attempt that nobody ever made.
pub fn stranger() -> AttemptId {
    AttemptId(Uuid::from_u128(0xDEAD))
}
