//! Payments, callbacks and changes, as the verbs would hand them to the store.

use engine::{Change, Outcome, Recorded, Refusal, Version, Versioned};
use kernel::{
    Account, Cause, Email, Ids, Money, PersonName, Phone, TimeOrderedIds, Timestamp, Uuid,
};
use payment::models::{
    Attempt, AttemptId, Bill, Callback, Choice, Fraud, GatewayStatus, Instructions, Line, OrderId,
    Page, Payment, PaymentFact, PaymentId, Receipt, Refund, RefundCause, RefundState, Resolution,
    Review, Transaction,
};
use payment::usecase::ports::{JournalLine, ListQuery, Payments};

/// What the second payment of an order is told.
pub const TAKEN: Outcome = Outcome::Refused(Refusal::Taken("order_id"));

const FIRST: u128 = 0x0192_f0c1_2b3c_7d4e_8f50_0000_0000_0000;

/// The `n`th payment's id; a later one is newer.
pub fn id(n: u128) -> PaymentId {
    PaymentId(Uuid::from_u128(FIRST + n))
}

/// The order of the `n`th payment. Orders are as old as they like.
pub fn order(n: u128) -> OrderId {
    OrderId(Uuid::from_u128(FIRST + 0x000d_0000 - n))
}

/// An attempt of the `n`th payment.
pub fn attempt_id(n: u128, which: u128) -> AttemptId {
    AttemptId(Uuid::from_u128(FIRST + 0x00a0_0000 + n * 0x100 - which))
}

/// A time to the microsecond, the finest that a store keeps.
pub fn at(second: u32) -> Timestamp {
    format!("2026-11-22T05:04:{second:02}.123457Z").parse().unwrap()
}

pub fn account(name: &str) -> Account {
    Account::parse(name).unwrap()
}

pub fn cause() -> Cause {
    Cause::begin("req-1", "midtrans")
}

pub fn line(sku: &str, quantity: u32, unit_price: i64) -> Line {
    let name = format!("Kopi {sku}");
    Line { sku: sku.to_owned(), name, quantity, unit_price: Money::rupiah(unit_price) }
}

/// A bill with everything that may be left out left out.
fn bill(n: u128) -> Bill {
    Bill {
        order_id: order(n),
        account: Account::default(),
        amount: Money::rupiah(185_000),
        reference: None,
        locale: "id",
        customer_name: PersonName::parse("Budi Santoso").unwrap(),
        email: Email::parse("budi@example.com").unwrap(),
        phone: None,
        lines: vec![line("KOPI", 2, 80_000), line("ONGKIR", 1, 25_000)],
    }
}

/// A payment that was just opened.
pub fn payment(n: u128) -> Payment {
    Payment::open(id(n), attempt_id(n, 1), bill(n), (at(1), at(59)))
}

/// A payment with nothing left out of its bill.
pub fn full(n: u128) -> Payment {
    let bill = Bill {
        account: account("toko-2"),
        amount: Money::rupiah(1_000_000_000_000),
        reference: Some("INV/2026 №1 ☕ \"x\"".to_owned()),
        locale: "en",
        customer_name: PersonName::parse("Ni Luh Ayu 'Sari' 山田").unwrap(),
        email: Email::parse("Ayu.Sari+toko@example.co.id").unwrap(),
        phone: Some(Phone::parse("+62 812-3456-7890").unwrap()),
        lines: vec![line("☕ \"besar\" \\ 'n", u32::MAX, 0), line("RUMAH", 1, 1_000_000_000_000)],
        ..bill(n)
    };
    Payment { bill, updated_at: at(2), ..payment(n) }
}

/// A payment of another account.
pub fn of(n: u128, owner: &str) -> Payment {
    let bill = Bill { account: account(owner), ..bill(n) };
    Payment { bill, ..payment(n) }
}

/// The `n`th payment, of the first one's order.
pub fn rival(n: u128) -> Payment {
    let mut rival = payment(n);
    rival.bill.order_id = order(1);
    rival
}

/// A payment of nothing, which no store takes.
pub fn free(n: u128) -> Payment {
    let bill = Bill { amount: Money::ZERO, ..bill(n) };
    Payment { bill, ..payment(n) }
}

/// A payment with these attempts.
pub fn with(n: u128, attempts: Vec<Attempt>) -> Payment {
    Payment { attempts, updated_at: at(9), ..payment(n) }
}

/// A payment with these transactions in its first attempt.
pub fn told(n: u128, transactions: Vec<Transaction>) -> Payment {
    with(n, vec![attempt(n, 1, transactions)])
}

/// The `which`th attempt of a payment, with these transactions.
pub fn attempt(n: u128, which: u128, transactions: Vec<Transaction>) -> Attempt {
    let id = attempt_id(n, which);
    Attempt {
        id,
        page: None,
        refusal: None,
        transactions,
        contradicted_at: None,
        distrusted: None,
        closed: None,
        created_at: at(1),
    }
}

pub fn page(name: &str) -> Page {
    Page { token: format!("token-{name}"), url: format!("https://pay.example/{name}?a=1&b=%20") }
}

pub fn transaction(id: &str, status: GatewayStatus) -> Transaction {
    Transaction {
        id: id.to_owned(),
        status,
        fraud: Some(Fraud::Accept),
        method: Some("qris".to_owned()),
        was_paid: false,
        late: false,
        paid_at: None,
        gross: Money::rupiah(185_000),
        refunded: Money::ZERO,
        seen_at: at(5),
        instructions: Instructions::default(),
        expires_at: None,
    }
}

/// A transaction as the gateway tells it once it was paid.
pub fn paid(id: &str, status: GatewayStatus) -> Transaction {
    Transaction { was_paid: true, paid_at: Some(at(4)), ..transaction(id, status) }
}

/// A refund that waits for the gateway.
pub fn refund(key: &str, amount: i64) -> Refund {
    Refund {
        key: key.to_owned(),
        transaction: "t-1".to_owned(),
        amount: Money::rupiah(amount),
        cause: RefundCause::Asked,
        reason: None,
        state: RefundState::Asked,
        asked_at: at(10),
        updated_at: at(11),
    }
}

/// What a person wrote about an item.
pub fn resolution(item: &str) -> Resolution {
    let text = |text: &str| text.to_owned();
    Resolution { item: text(item), note: text("done"), by: text("ops-1"), at: at(12) }
}

/// What a person wants of a held transaction.
pub fn review(transaction: &str, choice: Choice) -> Review {
    let text = |text: &str| text.to_owned();
    let (note, by) = (text("known"), text("ops-1"));
    Review { transaction: text(transaction), choice, note, by, at: at(12), declined: None }
}

/// A change to any state, told by a fact that the store does not look into.
pub fn becoming(payment: &Payment, expected: u32) -> Change<Payment> {
    let fact = PaymentFact::Opened { attempt: payment.attempts[0].id };
    Change {
        write_id: TimeOrderedIds.uuid(),
        id: payment.id,
        expected: Version(expected),
        state: Some(payment.clone()),
        facts: vec![Recorded { fact, cause: cause() }],
        jobs: vec![],
        guards: vec![],
        at: payment.updated_at,
    }
}

/// The change that opens a payment.
pub fn opening(payment: &Payment) -> Change<Payment> {
    becoming(payment, 0)
}

/// A hint about a payment's first attempt; its body names it.
pub fn hint(n: u128, body: &str, second: u32) -> Callback {
    let mut digest = [0xff; 32];
    for (place, byte) in digest.iter_mut().zip(body.bytes()) {
        *place = byte;
    }
    Callback {
        digest,
        attempt: Some(attempt_id(n, 1)),
        order_id: Some(order(n)),
        transaction_id: "t-1".to_owned(),
        status: "settlement".to_owned(),
        amount: Some(Money::rupiah(185_000)),
        receipt: Receipt::Hint,
        body: body.to_owned(),
        times: 1,
        received_at: at(second),
        last_at: at(second),
    }
}

/// A callback about an order that nobody knows.
pub fn stray(body: &str, second: u32) -> Callback {
    let receipt = Receipt::UnknownOrder;
    Callback { attempt: None, order_id: None, receipt, ..hint(1, body, second) }
}

/// Everything of the default account.
pub fn everything() -> ListQuery {
    ListQuery { account: Account::default(), order_id: None, after: None, limit: 100 }
}

/// Commits one change.
pub async fn commit(payments: &dyn Payments, change: Change<Payment>) -> Outcome {
    let [outcome] = payments.commit(vec![change]).await.try_into().unwrap();
    outcome
}

/// Opens payments, all together.
pub async fn open(payments: &dyn Payments, new: &[Payment]) {
    let outcomes = payments.commit(new.iter().map(opening).collect()).await;
    assert_eq!(outcomes, vec![Outcome::Done; new.len()]);
}

/// A payment at version 1.
pub fn first(state: Payment) -> Option<Versioned<Payment>> {
    Some(Versioned { version: Version(1), state })
}

/// What the store has of a payment: its version and its state.
pub async fn stored(payments: &dyn Payments, id: PaymentId) -> Option<(u32, Payment)> {
    let Versioned { version, state } = payments.load(&[id]).await.unwrap().remove(&id)?;
    Some((version.0, state))
}

/// The states of payments that were asked for together, in the order asked.
pub async fn load(payments: &dyn Payments, ids: &[PaymentId]) -> Vec<Payment> {
    let mut found = payments.load(ids).await.unwrap();
    ids.iter().filter_map(|id| Some(found.remove(id)?.state)).collect()
}

/// Ids of a list, in its order.
pub async fn listed(payments: &dyn Payments, query: &ListQuery) -> Vec<PaymentId> {
    payments.list(query).await.unwrap().into_iter().map(|payment| payment.state.id).collect()
}

pub fn ids(numbers: &[u128]) -> Vec<PaymentId> {
    numbers.iter().copied().map(id).collect()
}

/// What the books say of the `n`th payment, which there is.
pub async fn journal_of(payments: &dyn Payments, n: u128) -> Vec<JournalLine> {
    let before = OrderId(Uuid::from_u128(order(n).uuid().as_u128() - 1));
    let [audited] = payments.audit(Some(before), 1).await.unwrap().try_into().unwrap();
    assert_eq!(audited.payment.state.bill.order_id, order(n));
    audited.journal
}
