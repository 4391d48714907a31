//! Every sequence of what the gateway can say, against what must hold of the money.

use super::tests::{attempt, payment, seen};
use super::*;
use crate::models::{
    Ending, GatewayStatus, Journal, PaymentStatus, RefundCause, RefundState, RefundWish, journals,
};
use std::collections::HashSet;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

/// A payment on its way, with the books that were written for it.
#[derive(Clone)]
struct Run {
    payment: Payment,
    books: Vec<Journal>,
}

impl Run {
    /// What one answer does, as the verbs do it.
    fn hears(&self, transaction: &str, status: GatewayStatus) -> Self {
        let mut seen = seen(transaction, status);
        let gross = Money::rupiah(185_000);
        seen.refunded = match status {
            GatewayStatus::PartialRefund => Some(Money::rupiah(60_000)),
            GatewayStatus::Refund => Some(gross),
            _ => None,
        };
        let before = self.payment.clone();
        let mut after = self.clone();
        let mut take = |moved: Option<Moved>| {
            if let Some((payment, _)) = moved {
                after.payment = payment;
            }
        };
        take(before.observe(attempt(), &seen, T0));
        for moved in after.payment.owed_since(&before, T0) {
            after.payment = moved.0;
        }
        for now in &after.payment.attempts[0].transactions {
            let known = before.attempts[0].transactions.iter().find(|t| t.id == now.id);
            after.books.extend(journals(known, now, before.bill.amount));
        }
        after
    }

    /// All that decides what follows.
    fn state(&self) -> String {
        let of = |t: &Transaction| format!("{}:{}:{}:{}", t.id, t.status, t.was_paid, t.refunded);
        let back = |r: &Refund| format!("{}:{}", r.key, r.amount);
        let transactions = self.payment.attempts[0].transactions.iter().map(of);
        transactions.chain(self.payment.refunds.iter().map(back)).collect::<Vec<_>>().join(" ")
    }

    fn gateway_account(&self) -> i64 {
        let lines = self.books.iter().flat_map(|journal| &journal.lines);
        lines.filter(|(account, _)| *account == "gateway").map(|(_, amount)| amount).sum()
    }
}

/// What the gateway owes, by its own states.
fn net(payment: &Payment) -> i64 {
    let of = |t: &Transaction| match t.status {
        GatewayStatus::Chargeback => 0,
        _ if t.is_credited() => t.gross.as_rupiah() - t.refunded.as_rupiah(),
        _ => 0,
    };
    payment.attempts[0].transactions.iter().map(of).sum()
}

fn holds(run: &Run, said: &str) {
    let payment = &run.payment;
    assert_eq!(run.gateway_account(), net(payment), "the books are the gateway's net: {said}");
    for journal in &run.books {
        let sum: i64 = journal.lines.iter().map(|(_, amount)| amount).sum();
        assert_eq!(sum, 0, "{journal:?} after {said}");
    }
    for transaction in &payment.attempts[0].transactions {
        let due: i64 = payment
            .refunds
            .iter()
            .filter(|r| r.transaction == transaction.id && r.is_due())
            .map(|r| r.amount.as_rupiah())
            .sum();
        assert!(due <= transaction.gross.as_rupiah(), "more goes back than came: {said}");
        let status = transaction.status;
        if !transaction.was_paid {
            assert!(due == 0 && transaction.refunded == Money::rupiah(0), "{status}: {said}");
        }
    }
    let mut keys: Vec<_> = payment.refunds.iter().map(|r| &r.key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), payment.refunds.len(), "one refund for one reason: {said}");
    // What is held twice is on its way back.
    let on_its_way = |t: &&Transaction| payment.left_of(t) == Money::rupiah(0);
    let paid = || payment.attempts[0].transactions.iter().filter(|t| t.is_paid());
    let going = paid().filter(on_its_way).count();
    assert!(paid().count() <= 1 + going, "money is kept twice: {said}");
    if payment.status() == PaymentStatus::Paid {
        let paid = payment.attempts[0].transactions.iter().any(Transaction::is_paid);
        assert!(paid, "paid by nothing: {said}");
    }
}

/// All sequences of up to six statuses of two transactions, in any order and repeated. States that
/// were met are not gone through again: from equal states equal things follow.
#[test]
fn up_to_six_facts_in_any_order_keep_the_books_and_the_money() {
    let mut met = HashSet::new();
    let mut reached = HashSet::new();
    let start = Run { payment: payment(), books: Vec::new() };
    let mut now = vec![(start, String::new())];
    for _ in 0..6 {
        let mut next = Vec::new();
        for (run, said) in &now {
            for transaction in ["a", "b"] {
                for status in GatewayStatus::ALL {
                    let after = run.hears(transaction, status);
                    let said = format!("{said} {transaction}:{status}");
                    holds(&after, &said);
                    reached.insert(after.payment.status());
                    if met.insert(after.state()) {
                        next.push((after, said));
                    }
                }
            }
        }
        now = next;
    }
    use PaymentStatus as S;
    for status in [
        S::Paid,
        S::Denied,
        S::Failed,
        S::Expired,
        S::Cancelled,
        S::PartiallyRefunded,
        S::Refunded,
        S::Reversed,
        S::ChargedBack,
        S::Pending,
        S::Authorized,
    ] {
        assert!(reached.contains(&status), "{status} was never reached");
    }
    assert!(met.len() > 1_000, "only {} states were met", met.len());
}

fn paid_by(method: &str) -> Payment {
    let seen = Observation { method: Some(method.into()), ..seen("a", GatewayStatus::Settlement) };
    payment().observe(attempt(), &seen, T0).unwrap().0
}

fn wish(key: &str, amount: Option<i64>) -> RefundWish {
    RefundWish { key: key.into(), amount: amount.map(Money::rupiah), reason: None }
}

#[test]
fn refunds_take_from_what_is_left_and_the_same_key_is_one() {
    let paid = paid_by("gopay");
    let (one, _) = paid.refund(&wish("r1", Some(100_000)), T0).unwrap().unwrap();
    assert_eq!(one.refund(&wish("r1", Some(100_000)), T0), Ok(None));
    for bad in [0, -1, 85_001, i64::MAX] {
        assert!(one.refund(&wish("r2", Some(bad)), T0).is_err(), "{bad}");
    }
    let (all, _) = one.refund(&wish("r2", None), T0).unwrap().unwrap();
    assert_eq!(all.refunds[1].amount, Money::rupiah(85_000));
    assert!(all.refund(&wish("r3", Some(1)), T0).is_err(), "nothing is left");
    assert!(payment().refund(&wish("r", None), T0).is_err(), "nothing was paid");
}

#[test]
fn what_the_gateway_cannot_give_back_waits_for_a_person() {
    let paid = paid_by("bank_transfer");
    let (owed, fact) = paid.refund(&wish("r1", None), T0).unwrap().unwrap();
    assert_eq!(owed.status(), PaymentStatus::RefundManualRequired);
    assert_eq!(fact.change().unwrap().to, PaymentStatus::RefundManualRequired);
    let item = owed.items().remove(0);
    assert_eq!((item.name.as_str(), owed.open_items()), ("refund_manual.r1", 1));
    let done = Resolution { item: item.name, note: "BCA 123".into(), by: "ani".into(), at: T0 };
    let (after, _) = owed.resolve(done.clone()).unwrap();
    assert_eq!((after.status(), after.open_items()), (PaymentStatus::Refunded, 0));
    assert!(after.resolve(done).is_err(), "twice");
    let part = paid.refund(&wish("r1", Some(5_000)), T0).unwrap().unwrap().0;
    let done =
        Resolution { item: "refund_manual.r1".into(), note: "n".into(), by: "b".into(), at: T0 };
    assert_eq!(part.resolve(done).unwrap().0.status(), PaymentStatus::PartiallyRefunded);
}

#[test]
fn late_money_and_a_second_payment_go_back_by_themselves() {
    let ended = payment().closed(attempt(), Ending::Overdue, T0).unwrap().0;
    assert_eq!(ended.status(), PaymentStatus::Expired);
    let late = ended.observe(attempt(), &seen("a", GatewayStatus::Settlement), T0).unwrap().0;
    let owed = late.owed_since(&ended, T0);
    assert_eq!(owed.len(), 1);
    assert_eq!(owed[0].0.refunds[0].cause, RefundCause::Late);
    assert!(owed[0].0.owed_since(&ended, T0).is_empty(), "once");

    let paid = paid_by("qris");
    let twice = paid.observe(attempt(), &seen("b", GatewayStatus::Settlement), T0).unwrap().0;
    let owed = twice.owed_since(&paid, T0);
    assert_eq!((owed.len(), owed[0].0.refunds[0].cause), (1, RefundCause::Second));
    assert_eq!(owed[0].0.refunds[0].transaction, "b");
    assert_eq!(owed[0].0.status(), PaymentStatus::Paid);
}

#[test]
fn called_off_and_paid_meanwhile_gives_back_only_if_that_was_asked() {
    for wanted in [false, true] {
        let called = payment().called_off(wanted, T0).unwrap().0;
        assert_eq!(called.status(), PaymentStatus::Opening, "a wish ends nothing");
        assert_eq!(called.called_off(wanted, T0), None, "the same wish");
        let paid = called.observe(attempt(), &seen("a", GatewayStatus::Settlement), T0).unwrap().0;
        let owed = paid.owed_since(&called, T0);
        assert_eq!(owed.len(), usize::from(wanted));
    }
    let called = payment().called_off(false, T0).unwrap().0;
    assert!(called.called_off(true, T0).is_some(), "the wish for the money can be added");
    let closed = called.closed(attempt(), Ending::CalledOff, T0).unwrap().0;
    assert_eq!(closed.status(), PaymentStatus::Cancelled);
}

#[test]
fn a_refund_that_the_gateway_lists_is_taken_then_confirmed_and_a_foreign_one_is_noted() {
    let paid = paid_by("gopay");
    let (asked, _) = paid.refund(&wish("r1", Some(5_000)), T0).unwrap().unwrap();
    let listed = |key: &str, confirmed| Observation {
        refunds: vec![RefundSeen { key: key.into(), amount: Money::rupiah(5_000), confirmed }],
        refunded: Some(Money::rupiah(5_000)),
        ..seen("a", GatewayStatus::PartialRefund)
    };
    let state = |payment: &Payment, n: usize| payment.refunds[n].state.clone();
    let taken = asked.refunds_seen(&listed("r1", false), T0).remove(0).0;
    assert_eq!(state(&taken, 0), RefundState::Taken);
    assert!(taken.refunds_seen(&listed("r1", false), T0).is_empty());
    let confirmed = taken.refunds_seen(&listed("r1", true), T0).remove(0).0;
    assert_eq!(state(&confirmed, 0), RefundState::Confirmed);
    assert!(confirmed.refunds_seen(&listed("r1", false), T0).is_empty(), "never back");
    let other = confirmed.refunds_seen(&listed("dashboard-1", true), T0).remove(0).0;
    assert_eq!(other.refunds[1].cause, RefundCause::Elsewhere);
}
