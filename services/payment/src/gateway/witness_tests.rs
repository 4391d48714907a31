//! What is noted of each operation and each outcome, and that nobody waits for it.

use super::*;
use crate::models::{
    Bill, GatewayStatus, Instructions, OrderId, PaymentId, RefundCause, RefundState,
};
use futures::FutureExt;
use kernel::{Account, ConstantIds, Email, ManualClock, Money, PersonName, Uuid};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, channel};

const ATTEMPT: AttemptId = AttemptId(Uuid::from_u128(7));
/// A call that waits for room fails its test instead of holding it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Every call takes at least this long.
const WHILE: Duration = Duration::from_millis(2);

/// A gateway that answers as told.
struct Fake {
    page: Result<Page, GatewayError>,
    seen: Result<Option<Observation>, GatewayError>,
    closed: Result<PageEnd, GatewayError>,
    ended: Result<Ended, GatewayError>,
    refund: Result<RefundAnswer, GatewayError>,
    /// How long the last call took, as seen from here.
    took: Mutex<Duration>,
}

impl Default for Fake {
    fn default() -> Self {
        let page = Page { token: "token-1".into(), url: "https://pay.example/token-1".into() };
        Self {
            page: Ok(page),
            seen: Ok(Some(seen(Ok(GatewayStatus::Settlement)))),
            closed: Ok(PageEnd::Closed),
            ended: Ok(Ended::Done),
            refund: Ok(RefundAnswer::Taken),
            took: Mutex::default(),
        }
    }
}

impl Fake {
    fn failing(error: &GatewayError) -> Self {
        Self {
            page: Err(error.clone()),
            seen: Err(error.clone()),
            closed: Err(error.clone()),
            ended: Err(error.clone()),
            refund: Err(error.clone()),
            took: Mutex::default(),
        }
    }

    async fn says<T: Clone>(&self, answer: &T) -> T {
        let since = Instant::now();
        while since.elapsed() < WHILE {
            tokio::task::yield_now().await;
        }
        *self.took.lock().unwrap() = since.elapsed();
        answer.clone()
    }
}

#[async_trait]
impl PaymentGateway for Fake {
    async fn create_page(&self, _: &Payment, attempt: AttemptId) -> Result<Page, GatewayError> {
        assert_eq!(attempt, ATTEMPT);
        self.says(&self.page).await
    }

    async fn status(&self, _: &str) -> Result<Option<Observation>, GatewayError> {
        self.says(&self.seen).await
    }

    async fn close_page(&self, attempt: AttemptId, token: &str) -> Result<PageEnd, GatewayError> {
        assert_eq!((attempt, token), (ATTEMPT, "token-1"));
        self.says(&self.closed).await
    }

    async fn cancel(&self, _: &str) -> Result<Ended, GatewayError> {
        self.says(&self.ended).await
    }

    async fn expire(&self, _: &str) -> Result<Ended, GatewayError> {
        self.says(&self.ended).await
    }

    async fn approve(&self, _: &str) -> Result<Ended, GatewayError> {
        self.says(&self.ended).await
    }

    async fn deny(&self, _: &str) -> Result<Ended, GatewayError> {
        self.says(&self.ended).await
    }

    async fn refund(&self, _: &Refund) -> Result<RefundAnswer, GatewayError> {
        self.says(&self.refund).await
    }

    fn read_callback(&self, body: &[u8]) -> Result<Hint, HintError> {
        Err(HintError::Malformed(format!("{} bytes", body.len())))
    }
}

fn seen(status: Result<GatewayStatus, String>) -> Observation {
    Observation {
        order_id: ATTEMPT.to_string(),
        transaction_id: "tx-1".into(),
        status,
        fraud: None,
        method: None,
        amount: None,
        gross: None,
        paid_at: None,
        refunded: None,
        refunds: vec![],
        currency: None,
        foreign_merchant: false,
        instructions: Instructions::default(),
        expires_at: None,
    }
}

fn start() -> Timestamp {
    "2026-11-22T05:04:00Z".parse().unwrap()
}

fn payment() -> Payment {
    let bill = Bill {
        order_id: OrderId(Uuid::from_u128(1)),
        account: Account::default(),
        amount: Money::rupiah(185_000),
        reference: None,
        locale: "id",
        customer_name: PersonName::parse("Budi").unwrap(),
        email: Email::parse("budi@example.com").unwrap(),
        phone: None,
        lines: vec![],
    };
    Payment::open(PaymentId(Uuid::from_u128(2)), ATTEMPT, bill, (start(), start()))
}

fn refund() -> Refund {
    Refund {
        key: "key-1".into(),
        transaction: "tx-1".into(),
        amount: Money::rupiah(5_000),
        cause: RefundCause::Asked,
        reason: Some("Budi asked".into()),
        state: RefundState::Asked,
        asked_at: start(),
        updated_at: start(),
    }
}

fn watch(gateway: Fake, waiting: usize) -> (Witness, Arc<Fake>, Receiver<Exchange>) {
    let gateway = Arc::new(gateway);
    let (notes, noted) = channel(waiting);
    let clock = Arc::new(ManualClock::new(start()));
    let ids = Arc::new(ConstantIds::new(start()));
    (Witness::new(gateway.clone(), notes, clock, ids), gateway, noted)
}

/// Makes every call; each answer must be the gateway's own.
async fn call_all(witness: &Witness, gateway: &Fake) {
    assert_eq!(witness.create_page(&payment(), ATTEMPT).await, gateway.page);
    assert_eq!(witness.status("tx-2").await, gateway.seen);
    assert_eq!(witness.close_page(ATTEMPT, "token-1").await, gateway.closed);
    assert_eq!(witness.cancel("tx-3").await, gateway.ended);
    assert_eq!(witness.expire("tx-4").await, gateway.ended);
    assert_eq!(witness.refund(&refund()).await, gateway.refund);
    assert_eq!(witness.approve("tx-5").await, gateway.ended);
    assert_eq!(witness.deny("tx-6").await, gateway.ended);
}

fn drain(noted: &mut Receiver<Exchange>) -> Vec<Exchange> {
    std::iter::from_fn(|| noted.try_recv().ok()).collect()
}

/// What is noted of every call to such a gateway.
async fn noted_of(gateway: Fake) -> Vec<Exchange> {
    let (witness, gateway, mut noted) = watch(gateway, 99);
    call_all(&witness, &gateway).await;
    drain(&mut noted)
}

#[tokio::test]
async fn every_operation_is_noted_under_the_id_that_it_is_about() {
    let noted = noted_of(Fake::default()).await;
    let attempt = ATTEMPT.to_string();
    let expected = [
        (Operation::CreatePage, attempt.as_str(), None),
        (Operation::Status, "tx-2", Some("settlement")),
        (Operation::ClosePage, attempt.as_str(), None),
        (Operation::Cancel, "tx-3", None),
        (Operation::Expire, "tx-4", None),
        (Operation::Refund, "tx-1", None),
        (Operation::Approve, "tx-5", None),
        (Operation::Deny, "tx-6", None),
    ];
    let told: Vec<_> =
        noted.iter().map(|e| (e.operation, e.about.as_str(), e.detail.as_deref())).collect();
    assert_eq!(told, expected);
    assert_eq!(expected.map(|(operation, ..)| operation), Operation::ALL);
    assert!(noted.iter().all(|e| e.outcome == ExchangeOutcome::Done && e.at == start()));
    let mut ids: Vec<Uuid> = noted.iter().map(|e| e.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 8);
}

#[tokio::test]
async fn every_error_is_noted_in_its_word_with_its_reason() {
    let retry_after = Some(Duration::from_secs(5));
    let errors = [
        (GatewayError::Refused("no".into()), ExchangeOutcome::Refused),
        (GatewayError::Unauthorized("no".into()), ExchangeOutcome::Unauthorized),
        (
            GatewayError::Unavailable { reason: "no".into(), retry_after },
            ExchangeOutcome::Unavailable,
        ),
    ];
    for (error, outcome) in errors {
        let noted = noted_of(Fake::failing(&error)).await;
        let told: Vec<_> = noted.iter().map(|e| (e.outcome, e.detail.as_deref())).collect();
        assert_eq!(told, [(outcome, Some("no")); 8]);
    }
}

#[tokio::test]
async fn every_answer_that_is_no_success_is_noted_in_its_word() {
    let noted = noted_of(Fake {
        seen: Ok(None),
        closed: Ok(PageEnd::Refused),
        ended: Ok(Ended::OtherState),
        refund: Ok(RefundAnswer::Known),
        ..Fake::default()
    });
    let outcomes: Vec<_> = noted.await.iter().map(|e| (e.outcome, e.detail.clone())).collect();
    let expected = [
        ExchangeOutcome::Done,
        ExchangeOutcome::Nothing,
        ExchangeOutcome::Refused,
        ExchangeOutcome::OtherState,
        ExchangeOutcome::OtherState,
        ExchangeOutcome::Known,
        ExchangeOutcome::OtherState,
        ExchangeOutcome::OtherState,
    ];
    assert_eq!(outcomes, expected.map(|outcome| (outcome, None)));
    let refunds = [
        (
            RefundAnswer::OtherState("at night".into()),
            ExchangeOutcome::OtherState,
            Some("at night"),
        ),
        (
            RefundAnswer::Declined("by the bank".into()),
            ExchangeOutcome::Declined,
            Some("by the bank"),
        ),
    ];
    for (answer, outcome, detail) in refunds {
        let noted = noted_of(Fake { refund: Ok(answer), ..Fake::default() }).await;
        assert_eq!((noted[5].outcome, noted[5].detail.as_deref()), (outcome, detail));
    }
    let unknown = Fake { seen: Ok(Some(seen(Err("held".into())))), ..Fake::default() };
    let noted = noted_of(unknown).await;
    assert_eq!(
        (noted[1].outcome, noted[1].detail.as_deref()),
        (ExchangeOutcome::Done, Some("held"))
    );
}

#[tokio::test]
async fn a_call_is_noted_with_the_time_that_it_took() {
    let (witness, gateway, mut noted) = watch(Fake::default(), 9);
    let since = Instant::now();
    assert!(witness.status("tx-1").await.is_ok());
    let (inner, outer) = (*gateway.took.lock().unwrap(), since.elapsed());
    let took = noted.try_recv().unwrap().took;
    assert!(inner <= took && took <= outer, "{inner:?} {took:?} {outer:?}");
}

#[tokio::test]
async fn a_call_that_is_given_up_is_noted_as_without_an_answer() {
    let (witness, _, mut noted) = watch(Fake::default(), 9);
    assert!(witness.cancel("tx-1").now_or_never().is_none(), "it was under way");
    let [given_up] = &drain(&mut noted)[..] else { panic!() };
    let reason = Some("given up before there was an answer");
    assert_eq!(given_up.outcome, ExchangeOutcome::Unavailable);
    assert_eq!((given_up.about.as_str(), given_up.detail.as_deref()), ("tx-1", reason));
    drop(witness.cancel("tx-2"));
    assert_eq!(drain(&mut noted), [], "it was never made");
}

#[tokio::test]
async fn what_does_not_fit_is_lost_and_nobody_waits() {
    let (witness, gateway, mut noted) = watch(Fake::default(), 3);
    let calls = call_all(&witness, &gateway);
    assert_eq!(tokio::time::timeout(PATIENCE, calls).await, Ok(()));
    assert_eq!(drain(&mut noted).len(), 3);
    assert!(witness.status("tx-9").await.is_ok());
    assert_eq!(drain(&mut noted).len(), 1, "there is room again");
    drop(noted);
    call_all(&witness, &gateway).await;
}

#[tokio::test]
async fn callbacks_are_read_and_not_noted() {
    let (witness, _, mut noted) = watch(Fake::default(), 9);
    assert_eq!(witness.read_callback(b"abc"), Err(HintError::Malformed("3 bytes".into())));
    assert_eq!(drain(&mut noted), []);
}
