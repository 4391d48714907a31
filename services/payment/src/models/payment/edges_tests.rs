//! The table of moves against all that the models let happen: every fact of the gateway and every
//! verb of ours, one after the other, in any order.

use super::tests::{attempt, payment, seen};
use super::*;

use crate::models::moves::{EDGES, EndsBy, LEAPS, WAITS, WaitsFor};
use crate::models::{
    Ending, Fraud, GatewayStatus, ItemKind, LATE_MONEY, PaymentStatus, RefundState, RefundWish,
    Resolution,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// From, to.
type Move = (&'static str, &'static str);

type Happens = dyn Fn(&Payment, Timestamp) -> Vec<Moved>;

/// Something that can happen: what it is called, and what comes of it at a time.
struct Act {
    name: String,
    /// The transaction that the gateway tells of, and where it stands.
    told: Option<(&'static str, GatewayStatus, Option<Fraud>)>,
    happens: Box<Happens>,
}

fn act(name: &str, happens: impl Fn(&Payment, Timestamp) -> Vec<Moved> + 'static) -> Act {
    Act { name: name.to_owned(), told: None, happens: Box::new(happens) }
}

/// As the verbs do it: the news, and what is owed for it.
fn told(id: &'static str, method: &str, (status, fraud): (GatewayStatus, Option<Fraud>)) -> Act {
    let refunded = match status {
        GatewayStatus::PartialRefund => Some(Money::rupiah(60_000)),
        GatewayStatus::Refund => Some(Money::rupiah(185_000)),
        _ => None,
    };
    let seen = Observation { fraud, refunded, method: Some(method.into()), ..seen(id, status) };
    let happens = move |before: &Payment, at: Timestamp| before.hears(attempt(), &seen, at);
    Act { told: Some((id, status, fraud)), ..act(&format!("{id}:{status}:{fraud:?}"), happens) }
}

/// All that the gateway can tell of two transactions, one of which it cannot give back.
fn news() -> Vec<Act> {
    let mut all = Vec::new();
    for (id, method) in [("a", "gopay"), ("b", "bank_transfer")] {
        all.extend(GatewayStatus::ALL.map(|status| told(id, method, (status, None))));
        let held = (GatewayStatus::Capture, Some(Fraud::Challenge));
        all.push(told(id, method, held));
        all.push(told(id, method, (GatewayStatus::Settlement, Some(Fraud::Challenge))));
        all.push(told(id, method, (GatewayStatus::Capture, Some(Fraud::Accept))));
    }
    all
}

/// All that we and others do about a payment, as the verbs do it.
fn deeds() -> Vec<Act> {
    let page = Page { token: "t".into(), url: "u".into() };
    let mut all = vec![
        act("page", move |p, at| p.page_ready(attempt(), page.clone(), at).into_iter().collect()),
        act("no page", |p, at| match p.attempts[0].page {
            Some(_) => vec![],
            None => p.page_refused(attempt(), "no".into(), at).into_iter().collect(),
        }),
        act("by hand", by_hand),
    ];
    for wanted in [false, true] {
        all.push(act(&format!("called off {wanted}"), move |before, at| {
            let mut all: Vec<Moved> = before.called_off(wanted, at).into_iter().collect();
            let after = all.last().map(|(after, _)| after.clone());
            all.extend(after.into_iter().flat_map(|after| after.owed(at)));
            all
        }));
    }
    for why in [Ending::CalledOff, Ending::Overdue] {
        all.push(act(&format!("closed {why:?}"), move |p, at| {
            let due = p.status().is_open() && p.call_off.is_some() == (why == Ending::CalledOff);
            due.then(|| p.closed(attempt(), why, at)).flatten().into_iter().collect()
        }));
    }
    for (key, amount) in [("part", Some(60_000)), ("all", None)] {
        let wish = RefundWish { key: key.into(), amount: amount.map(Money::rupiah), reason: None };
        all.push(act(&format!("refund {key}"), move |p, at| {
            p.refund(&wish, at).ok().flatten().into_iter().collect()
        }));
    }
    for state in [RefundState::Taken, RefundState::Manual("no".into())] {
        all.push(act(&format!("refund becomes {state:?}"), move |p, at| {
            let asked = p.refunds.iter().find(|r| r.state == RefundState::Asked);
            asked.and_then(|r| p.refund_moved(&r.key, state.clone(), at)).into_iter().collect()
        }));
    }
    all
}

fn by_hand(payment: &Payment, at: Timestamp) -> Vec<Moved> {
    let items = payment.items().into_iter();
    let item = items
        .into_iter()
        .find(|item| item.kind == ItemKind::RefundManual && item.resolution.is_none());
    let done = |item: String| Resolution { item, note: "n".into(), by: "b".into(), at };
    item.and_then(|item| payment.resolve(done(item.name)).ok()).into_iter().collect()
}

/// Whether it happens in its turn: the gateway leaves out no step of a transaction (reference:
/// midtrans.md 3.3), nobody pays where there is no page or it is closed, a second transaction comes
/// when the first was refused, and money goes back when it has settled.
fn is_ordinary(payment: &Payment, act: &Act) -> bool {
    let of = &payment.attempts[0];
    let Some((id, status, fraud)) = act.told else {
        let settled = of
            .transactions
            .iter()
            .any(|t| matches!(t.status, GatewayStatus::Settlement | GatewayStatus::PartialRefund));
        let waits = |t: &Transaction| t.status == GatewayStatus::Pending;
        return match act.name.split(' ').next() {
            Some("page" | "no") => of.page.is_none() && of.refusal.is_none() && of.closed.is_none(),
            Some("closed") => !of.transactions.iter().any(waits),
            Some("refund" | "by") => settled,
            _ => true,
        };
    };
    use GatewayStatus::{Authorize, Capture, Deny, Failure, Pending, Settlement};
    if (status, fraud) == (Settlement, Some(Fraud::Challenge)) {
        return false;
    }
    let can_begin = of.page.is_some() && of.closed.is_none();
    let begins =
        can_begin && [Pending, Capture, Authorize, Deny, Settlement, Failure].contains(&status);
    match of.transactions.iter().find(|t| t.id == id) {
        Some(known) if known.status == Capture && status == Capture => {
            known.is_held() && fraud != Some(Fraud::Challenge)
        }
        Some(known) if known.status == Capture && status == Deny => known.is_held(),
        Some(known) if known.is_held() => status == GatewayStatus::Cancel,
        // Money that comes late comes once, and not beside another try.
        Some(known) if LATE_MONEY.contains(&(known.status, status)) => {
            !known.was_paid && of.transactions.len() == 1
        }
        Some(known) => known.status.may_become(status),
        None if id == "a" => begins,
        None => {
            let refused = |t: &Transaction| matches!(t.status, Deny | Failure) && !t.was_paid;
            begins && !of.transactions.is_empty() && of.transactions.iter().all(refused)
        }
    }
}

/// All that decides what follows.
fn state(p: &Payment) -> String {
    let attempt = &p.attempts[0];
    let of = |t: &Transaction| {
        format!("{}{}{:?}{}{}{}", t.id, t.status, t.fraud, t.was_paid, t.late, t.refunded)
    };
    let mut seen: Vec<&Transaction> = attempt.transactions.iter().collect();
    seen.sort_by_key(|t| t.seen_at);
    let mut paid: Vec<&Transaction> = attempt.transactions.iter().collect();
    paid.sort_by_key(|t| t.paid_at);
    let seen: Vec<String> = seen.into_iter().map(of).collect();
    let paid: Vec<&str> = paid.into_iter().map(|t| t.id.as_str()).collect();
    let refunds: Vec<_> = p.refunds.iter().map(|r| (&r.key, r.amount, &r.state)).collect();
    let closed = attempt.closed.map(|closed| closed.why);
    let called_off = p.call_off.map(|wish| wish.refund_if_paid);
    let page = (attempt.page.is_some(), attempt.refusal.is_some());
    format!("{seen:?} {paid:?} {refunds:?} {closed:?} {called_off:?} {page:?}")
}

/// Moves, and the shortest way to each.
type Found = BTreeMap<Move, String>;

/// Every move that so many of these acts bring. States that were met are not gone through again:
/// from equal states equal things follow. `look` sees every state.
fn moves(steps: i64, may: impl Fn(&Payment, &Act) -> bool, look: impl Fn(&Payment, &str)) -> Found {
    let acts: Vec<Act> = news().into_iter().chain(deeds()).collect();
    let (mut met, mut found) = (HashSet::new(), Found::new());
    let mut now = vec![(payment(), String::new())];
    for step in 1..=steps {
        let at = Timestamp::from_second(step).unwrap();
        let mut next = Vec::new();
        for (before, said) in &now {
            for act in acts.iter().filter(|act| may(before, act)) {
                let all = (act.happens)(before, at);
                let said = format!("{said}, {}", act.name);
                for change in all.iter().filter_map(|(_, fact)| fact.change()) {
                    found.entry(named(change)).or_insert_with(|| said.clone());
                }
                let Some((after, _)) = all.into_iter().last() else { continue };
                if met.insert(state(&after)) {
                    look(&after, &said);
                    next.push((after, said));
                }
            }
        }
        now = next;
    }
    found
}

fn named(change: StatusChange) -> Move {
    (change.from.as_str(), change.to.as_str())
}

fn edges() -> BTreeSet<Move> {
    let of = |(from, to): &(PaymentStatus, &'static [(PaymentStatus, &'static str)])| {
        let from = from.as_str();
        to.iter().map(move |(to, _)| (from, to.as_str())).collect::<Vec<_>>()
    };
    EDGES.iter().flat_map(of).collect()
}

fn leaps() -> BTreeSet<Move> {
    let of = |(from, to): &(PaymentStatus, &'static [PaymentStatus])| {
        let from = from.as_str();
        to.iter().map(move |to| (from, to.as_str())).collect::<Vec<_>>()
    };
    LEAPS.iter().flat_map(of).collect()
}

/// What is in the one and not in the other, with the way to it.
fn outside(found: &Found, known: &BTreeSet<Move>) -> Vec<String> {
    let outside = found.iter().filter(|(found, _)| !known.contains(*found));
    outside.map(|((from, to), said)| format!("{from} -> {to} by{said}")).collect()
}

/// Whatever waits for a person, some person is told of.
fn is_shown(payment: &Payment, said: &str) {
    let (_, waits, _) = WAITS.iter().find(|(of, _, _)| *of == payment.status()).unwrap();
    if *waits == WaitsFor::Operator {
        assert!(payment.open_items() > 0, "{} and nobody knows: {said}", payment.status());
    }
}

#[test]
fn every_move_in_its_turn_is_an_edge_and_every_edge_is_one() {
    let found = moves(7, is_ordinary, is_shown);
    are_equal(found, &edges());
}

#[test]
fn every_other_move_is_a_leap_and_every_leap_is_one() {
    let mut found = moves(4, |_, _| true, is_shown);
    found.extend(super::money_tests::moves());
    let edges = edges();
    found.retain(|found, _| !edges.contains(found));
    are_equal(found, &leaps());
}

fn are_equal(found: Found, table: &BTreeSet<Move>) {
    let missing = outside(&found, table);
    let found: BTreeSet<Move> = found.into_keys().collect();
    let never: Vec<_> = table.difference(&found).copied().collect();
    assert_eq!((missing, never), (vec![], vec![]), "missing in the table, and never happening");
}

#[test]
fn every_status_has_one_row_in_each_table() {
    let rows = |of: Vec<PaymentStatus>| {
        assert_eq!(of.len(), PaymentStatus::ALL.len());
        assert_eq!(of.iter().collect::<HashSet<_>>().len(), of.len());
    };
    rows(EDGES.iter().map(|(from, _)| *from).collect());
    rows(LEAPS.iter().map(|(from, _)| *from).collect());
    rows(WAITS.iter().map(|(of, _, _)| *of).collect());
    let steps: usize = EDGES.iter().map(|(_, to)| to.len()).sum();
    let leaped: usize = LEAPS.iter().map(|(_, to)| to.len()).sum();
    assert_eq!((edges().len(), leaps().len()), (steps, leaped), "no move is there twice");
    assert!(
        edges().is_disjoint(&leaps())
            && edges().iter().all(|(from, to)| from != to || *from == "partially_refunded")
    );
    let all: BTreeSet<Move> = edges().union(&leaps()).copied().collect();
    assert!(all.iter().all(|(_, to)| *to != "opening"), "nothing leads back to the beginning");
}

#[test]
fn what_is_open_waits_for_somebody_and_has_an_end() {
    for (status, waits, end) in WAITS {
        let stays = *waits == WaitsFor::Nobody;
        let owed = *status == PaymentStatus::RefundManualRequired;
        assert_eq!(!stays, status.is_open() || owed, "{status}");
        assert_eq!(*end != EndsBy::Nothing, status.is_open(), "{status}");
        let (_, moves) = EDGES.iter().find(|(from, _)| from == status).unwrap();
        assert!(stays || !moves.is_empty(), "{status} cannot be left");
        let overdue = moves
            .iter()
            .any(|(to, _)| matches!(to, PaymentStatus::Expired | PaymentStatus::Cancelled));
        assert!(*end != EndsBy::Deadline || overdue, "{status} does not end at its deadline");
    }
}
