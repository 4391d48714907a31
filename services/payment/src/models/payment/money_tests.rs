//! Every sequence of what the gateway can say, against what must hold of the money.

use super::tests::{attempt, payment, seen};
use super::*;
use crate::models::{
    Ending, Fraud, GatewayStatus, Journal, PaymentStatus, RefundCause, RefundState, RefundWish,
    journals,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

/// A payment on its way, with the books that were written for it.
#[derive(Clone)]
struct Run {
    payment: Payment,
    books: Vec<Journal>,
    /// How the last answer moved its status.
    moved: Vec<StatusChange>,
    /// Transactions that the customer was charged for after the payment had ended.
    late: BTreeSet<String>,
}

/// What the gateway says of a transaction, and fraud detection with it.
type Word = (GatewayStatus, Option<Fraud>);

fn words() -> Vec<Word> {
    let held = [GatewayStatus::Capture, GatewayStatus::Settlement];
    let held = held.map(|status| (status, Some(Fraud::Challenge)));
    let accepted = (GatewayStatus::Capture, Some(Fraud::Accept));
    GatewayStatus::ALL
        .map(|status| (status, None))
        .into_iter()
        .chain(held)
        .chain([accepted])
        .collect()
}

/// Whether a charge for this transaction comes after an end: nothing is awaited of it any more, though
/// another may be tried; or all money has gone.
fn is_after(payment: &Payment, id: &str) -> bool {
    use PaymentStatus::{Cancelled, ChargedBack, Expired, Refunded, Reversed};
    let part = |t: &Transaction| t.status == GatewayStatus::PartialChargeback;
    match payment.status() {
        Expired | Cancelled | Reversed => {
            payment.transactions().any(|t| t.id == id && t.status.is_end())
        }
        Refunded => true,
        ChargedBack => !payment.transactions().any(part),
        _ => false,
    }
}

fn is_charge(status: GatewayStatus) -> bool {
    matches!(status, GatewayStatus::Capture | GatewayStatus::Settlement)
}

impl Run {
    /// What one answer does, as the verbs do it, a second after the one before.
    fn hears(&self, transaction: &str, (status, fraud): Word) -> Self {
        let at = self.payment.updated_at + Duration::from_secs(1);
        let mut seen = Observation { fraud, ..seen(transaction, status) };
        let gross = Money::rupiah(185_000);
        seen.refunded = match status {
            GatewayStatus::PartialRefund => Some(Money::rupiah(60_000)),
            GatewayStatus::Refund => Some(gross),
            _ => None,
        };
        let before = self.payment.clone();
        let mut after = Self { moved: Vec::new(), ..self.clone() };
        after.takes(before.hears(attempt(), &seen, at));
        after.notes_late(&before);
        for now in &after.payment.attempts[0].transactions {
            let known = before.attempts[0].transactions.iter().find(|t| t.id == now.id);
            after.books.extend(journals(known, now, before.bill.amount));
        }
        after
    }

    fn takes(&mut self, moves: impl IntoIterator<Item = Moved>) {
        for (payment, fact) in moves {
            self.payment = payment;
            self.moved.extend(fact.change());
        }
    }

    /// By the statuses alone, as a customer sees it: what the models remember is not asked.
    fn notes_late(&mut self, before: &Payment) {
        let of = |payment: &Payment, id: &str| {
            payment.transactions().find(|t| t.id == id).map(|t| t.status)
        };
        for now in self.payment.transactions() {
            let was_charged = of(before, &now.id).is_some_and(is_charge);
            if is_charge(now.status) && !was_charged && is_after(before, &now.id) {
                self.late.insert(now.id.clone());
            }
        }
    }

    /// All that decides what follows.
    fn state(&self) -> String {
        let of = |t: &Transaction| {
            let late = (t.late, self.late.contains(&t.id));
            format!("{}:{}:{:?}:{}:{}:{late:?}", t.id, t.status, t.fraud, t.was_paid, t.refunded)
        };
        let back = |r: &Refund| format!("{}:{}", r.key, r.amount);
        let mut seen: Vec<&Transaction> = self.payment.attempts[0].transactions.iter().collect();
        seen.sort_by_key(|t| t.seen_at);
        let mut paid = seen.clone();
        paid.sort_by_key(|t| t.paid_at);
        let parts = seen.into_iter().map(of).chain(self.payment.refunds.iter().map(back));
        parts.chain(paid.into_iter().map(|t| t.id.clone())).collect::<Vec<_>>().join(" ")
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
    let paid = || payment.attempts[0].transactions.iter().filter(|t| t.holds_money());
    let going = paid().filter(on_its_way).count();
    assert!(paid().count() <= 1 + going, "money is kept twice: {said}");
    let late = |t: &&Transaction| run.late.contains(&t.id);
    assert!(paid().filter(late).all(|t| on_its_way(&t)), "late money is kept: {said}");
    if payment.status() == PaymentStatus::Paid {
        let paid = payment.attempts[0].transactions.iter().any(Transaction::is_paid);
        assert!(paid, "paid by nothing: {said}");
    }
}

/// All sequences of up to six answers about two transactions, in any order and repeated. States that
/// were met are not gone through again: from equal states equal things follow. Tells how many.
fn every_sequence(mut look: impl FnMut(&Run, &str)) -> usize {
    let mut met = HashSet::new();
    let start =
        Run { payment: payment(), books: Vec::new(), moved: Vec::new(), late: BTreeSet::new() };
    let mut now = vec![(start, String::new())];
    for _ in 0..6 {
        let mut next = Vec::new();
        for (run, said) in &now {
            for transaction in ["a", "b"] {
                for word in words() {
                    let after = run.hears(transaction, word);
                    let said = format!("{said} {transaction}:{word:?}");
                    look(&after, &said);
                    if met.insert(after.state()) {
                        next.push((after, said));
                    }
                }
            }
        }
        now = next;
    }
    met.len()
}

/// How all these move a payment's status, by the names of its statuses, and the way to each.
pub(super) fn moves() -> BTreeMap<(&'static str, &'static str), String> {
    let mut found = BTreeMap::new();
    every_sequence(|run, said| {
        for change in &run.moved {
            let name = (change.from.as_str(), change.to.as_str());
            found.entry(name).or_insert_with(|| said.to_owned());
        }
    });
    found
}

#[test]
fn up_to_six_facts_in_any_order_keep_the_books_and_the_money() {
    let mut reached = HashSet::new();
    let met = every_sequence(|run, said| {
        holds(run, said);
        reached.insert(run.payment.status());
    });
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
        S::Challenged,
    ] {
        assert!(reached.contains(&status), "{status} was never reached");
    }
    assert!(met > 1_000, "only {met} states were met");
}

pub(super) fn paid_by(method: &str) -> Payment {
    let seen = Observation { method: Some(method.into()), ..seen("a", GatewayStatus::Settlement) };
    payment().observe(attempt(), &seen, T0).unwrap().0
}

pub(super) fn wish(key: &str, amount: Option<i64>) -> RefundWish {
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
    let owed = late.owed(T0);
    assert_eq!(owed.len(), 1);
    assert_eq!(owed[0].0.refunds[0].cause, RefundCause::Late);
    assert!(owed[0].0.owed(T0).is_empty(), "once");

    let paid = paid_by("qris");
    let twice = paid.observe(attempt(), &seen("b", GatewayStatus::Settlement), T0).unwrap().0;
    let owed = twice.owed(T0);
    assert_eq!((owed.len(), owed[0].0.refunds[0].cause), (1, RefundCause::Second));
    assert_eq!(owed[0].0.refunds[0].transaction, "b");
    assert_eq!(owed[0].0.status(), PaymentStatus::Paid);
}

/// The payment after each of these answers, with what is owed for it.
pub(super) fn hears(payment: &Payment, words: &[(&str, Word)]) -> Payment {
    let mut now = payment.clone();
    for (id, (status, fraud)) in words {
        let at = now.updated_at + Duration::from_secs(1);
        let seen = Observation { fraud: *fraud, ..seen(id, *status) };
        now = now.hears(attempt(), &seen, at).pop().map_or(now, |(after, _)| after);
    }
    now
}

pub(super) fn causes(payment: &Payment) -> Vec<(&str, RefundCause)> {
    payment.refunds.iter().map(|r| (r.transaction.as_str(), r.cause)).collect()
}

#[test]
fn money_that_came_late_and_was_held_goes_back_when_it_is_approved() {
    use GatewayStatus::{Cancel, Capture, Expire, Pending, Settlement};
    let (held, approved) = ((Capture, Some(Fraud::Challenge)), (Capture, Some(Fraud::Accept)));
    for end in [Expire, Cancel] {
        let late = hears(&payment(), &[("a", (end, None)), ("a", held)]);
        assert_eq!((late.status(), causes(&late)), (PaymentStatus::Challenged, vec![]), "{end}");
        for paid in [approved, (Settlement, None)] {
            assert_eq!(causes(&hears(&late, &[("a", paid)])), [("a", RefundCause::Late)], "{end}");
        }
    }
    // Held in time, it is the customer's, however late it is approved.
    let held_in_time = hears(&payment(), &[("a", held)]);
    let overdue = held_in_time.closed(attempt(), Ending::Overdue, T0).unwrap().0;
    assert_eq!(causes(&hears(&overdue, &[("a", approved)])), []);
    // A try that began after a call-off is none, whatever it is when it is paid.
    let called_off = payment().called_off(false, T0).unwrap().0;
    let again = [("a", (Cancel, None)), ("b", (Pending, None)), ("b", (Settlement, None))];
    assert_eq!(causes(&hears(&called_off, &again)), [("b", RefundCause::Late)]);
    assert_eq!(causes(&hears(&payment(), &again)), [], "another try in time");
}

#[test]
fn money_after_all_went_back_is_late_and_is_told_as_that() {
    use GatewayStatus::{Pending, Refund, Settlement};
    let gone = hears(&payment(), &[("a", (Settlement, None)), ("a", (Refund, None))]);
    for words in
        [&[("b", (Settlement, None))][..], &[("b", (Pending, None)), ("b", (Settlement, None))]]
    {
        let after = hears(&gone, words);
        assert_eq!(
            (after.status(), causes(&after)),
            (PaymentStatus::Paid, vec![("b", RefundCause::Late)])
        );
        let back = after.goes_back().unwrap();
        assert_eq!((back.cause, back.amount), (RefundCause::Late, Money::rupiah(185_000)));
    }
}

#[test]
fn called_off_and_paid_meanwhile_gives_back_only_if_that_was_asked() {
    for wanted in [false, true] {
        let called = payment().called_off(wanted, T0).unwrap().0;
        assert_eq!(called.status(), PaymentStatus::Opening, "a wish ends nothing");
        assert_eq!(called.called_off(wanted, T0), None, "the same wish");
        let paid = called.observe(attempt(), &seen("a", GatewayStatus::Settlement), T0).unwrap().0;
        let owed = paid.owed(T0);
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
