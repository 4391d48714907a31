//! What an audit reads: every payment once, by order, with what the books say of it.

use super::StoreHarness;
use super::draft::{
    at, attempt, becoming, commit, full, id, of, open, order, paid, payment, refund, resolution,
    told, transaction,
};
use engine::Outcome;
use kernel::Money;
use payment::models::{GatewayStatus, OrderId, Payment, Transaction};
use payment::usecase::ports::{JournalLine, Payments};

async fn orders(payments: &dyn Payments, after: Option<OrderId>, max: usize) -> Vec<OrderId> {
    let page = payments.audit(after, max).await.unwrap();
    page.into_iter().map(|audited| audited.payment.state.bill.order_id).collect()
}

/// The orders of these payments. A later payment has a smaller order.
fn of_payments(numbers: &[u128]) -> Vec<OrderId> {
    numbers.iter().copied().map(order).collect()
}

pub async fn an_audit_goes_by_the_ids_of_orders_whosever_they_are(store: impl StoreHarness) {
    let payments = store.payments();
    assert_eq!(orders(&*payments, None, 9).await, []);
    open(&*payments, &[payment(2), of(300, "toko-2")]).await;
    open(&*payments, &[payment(1), of(4, "toko-3")]).await;
    assert_eq!(orders(&*payments, None, 9).await, of_payments(&[300, 4, 2, 1]));
}

pub async fn an_audit_goes_on_after_an_order_and_is_bounded(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[1, 2, 3, 5, 6].map(payment)).await;
    assert_eq!(orders(&*payments, None, 0).await, []);
    assert_eq!(orders(&*payments, None, 2).await, of_payments(&[6, 5]));
    assert_eq!(orders(&*payments, Some(order(5)), 2).await, of_payments(&[3, 2]));
    // After an order that is not there.
    assert_eq!(orders(&*payments, Some(order(4)), 9).await, of_payments(&[3, 2, 1]));
    assert_eq!(orders(&*payments, Some(order(1)), 2).await, []);
}

fn line(
    transaction: &str,
    version: u32,
    (kind, account): (&str, &str),
    amount: i64,
) -> JournalLine {
    JournalLine {
        transaction_id: transaction.to_owned(),
        kind: kind.to_owned(),
        version: engine::Version(version),
        before: 0,
        account: account.to_owned(),
        amount,
        at: at(9),
    }
}

fn payment_lines(transaction: &str, version: u32) -> Vec<JournalLine> {
    [("gateway", 185_000), ("sales", -185_000)]
        .map(|(account, amount)| line(transaction, version, ("payment", account), amount))
        .to_vec()
}

pub async fn an_audited_payment_is_whole_with_its_own_journal(store: impl StoreHarness) {
    let payments = store.payments();
    let settled = |n: u128| vec![paid(&format!("t-{n}"), GatewayStatus::Settlement)];
    let whole = Payment {
        attempts: vec![attempt(2, 1, vec![]), attempt(2, 2, settled(2))],
        refunds: vec![refund("key-1", 5_000)],
        resolved: vec![resolution("reversed.t-1")],
        updated_at: at(9),
        ..payment(2)
    };
    open(&*payments, &[told(1, settled(1)), whole.clone(), told(3, settled(3)), full(4)]).await;
    let back = |refunded| Transaction {
        refunded: Money::rupiah(refunded),
        ..paid("t-3", GatewayStatus::PartialRefund)
    };
    for (version, refunded) in [(1, 5_000), (2, 7_000)] {
        let change = becoming(&told(3, vec![back(refunded)]), version);
        assert_eq!(commit(&*payments, change).await, Outcome::Done);
    }
    let [third, second] = payments.audit(Some(order(4)), 2).await.unwrap().try_into().unwrap();
    assert_eq!((third.payment.state.id, third.payment.version.0), (id(3), 3));
    let more = |version: u32, before: i64, amount: i64| {
        [("gateway", -amount), ("refunds", amount)].map(|(account, amount)| JournalLine {
            before,
            ..line("t-3", version, ("refund", account), amount)
        })
    };
    let refunds = [more(2, 0, 5_000), more(3, 5_000, 2_000)].concat();
    assert_eq!(third.journal, [payment_lines("t-3", 1), refunds].concat());
    assert_eq!((second.payment.state, second.payment.version.0), (whole, 1));
    assert_eq!(second.journal, payment_lines("t-2", 1));
    let [fourth] = payments.audit(None, 1).await.unwrap().try_into().unwrap();
    assert_eq!((fourth.payment.state, fourth.journal), (full(4), vec![]));
}

/// Whoever audits while money arrives sees a payment with its journal or without both.
pub async fn an_audit_never_shows_half_a_change(store: impl StoreHarness) {
    const LIVES: u128 = 30;
    let payments = store.payments();
    let state = |n: u128, status| {
        let name = format!("t-{n}");
        let paid = paid(&name, GatewayStatus::Settlement);
        told(n, vec![if status == paid.status { paid } else { transaction(&name, status) }])
    };
    let new: Vec<_> = (1..=LIVES).map(|n| state(n, GatewayStatus::Pending)).collect();
    open(&*payments, &new).await;
    let moving = async {
        for n in 1..=LIVES {
            let change = becoming(&state(n, GatewayStatus::Settlement), 1);
            assert_eq!(commit(&*payments, change).await, Outcome::Done);
        }
    };
    let auditing = async {
        loop {
            let page = payments.audit(None, 99).await.unwrap();
            for audited in &page {
                let was_paid = audited.payment.state.attempts[0].transactions[0].was_paid;
                let version = audited.payment.version.0;
                assert_eq!(
                    (was_paid, audited.journal.len()),
                    (version == 2, 2 * usize::from(was_paid))
                );
            }
            if page.iter().all(|audited| audited.payment.version.0 == 2) {
                return;
            }
        }
    };
    tokio::join!(moving, auditing);
}
