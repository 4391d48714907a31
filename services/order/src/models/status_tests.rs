//! Every state against every payment status, decided on purpose.

use super::*;
use std::collections::HashSet;

/// One row a state, one column a payment status: where the order goes, `-` where it stays. Written
/// by hand, so that a change of the table is a change of this one too.
const DECIDED: &str = "
                        pending authorized challenged paid denied failed expired cancelled partially_refunded refunded reversed charged_back refund_manual_required
pending                 await   await      hold       paid payfail payfail expired cancelled partial refunded reversed chargedback manual
awaiting_payment        -       -          hold       paid payfail payfail expired cancelled partial refunded reversed chargedback manual
on_hold                 await   await      -          paid payfail payfail expired cancelled partial refunded reversed chargedback manual
payment_failed          await   await      hold       paid -       -       expired cancelled partial refunded reversed chargedback manual
expired                 -       -          hold       paid -       -       -       -         partial refunded reversed chargedback manual
cancelled               -       -          hold       paid -       -       -       -         partial refunded reversed chargedback manual
paid                    -       -          hold       -    -       -       -       cancelled partial refunded reversed chargedback manual
partially_refunded      -       -          -          paid -       -       -       -         -       refunded reversed chargedback manual
refunded                -       -          -          paid -       -       -       -         partial -        reversed chargedback manual
payment_reversed        -       -          hold       paid -       -       -       -         partial refunded -        chargedback manual
charged_back            -       -          -          paid -       -       -       -         partial refunded reversed -           manual
refund_manual_required  -       -          -          paid -       -       -       -         partial refunded reversed chargedback -
";

fn named(short: &str) -> Option<OrderStatus> {
    Some(match short {
        "-" => return None,
        "await" => AwaitingPayment,
        "hold" => OnHold,
        "paid" => Paid,
        "payfail" => PaymentFailed,
        "expired" => Expired,
        "cancelled" => Cancelled,
        "partial" => PartiallyRefunded,
        "refunded" => Refunded,
        "reversed" => PaymentReversed,
        "chargedback" => ChargedBack,
        "manual" => RefundManualRequired,
        other => panic!("{other}"),
    })
}

#[test]
fn every_state_against_every_payment_status_is_decided_on_purpose() {
    let mut lines = DECIDED.trim().lines();
    let statuses: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(statuses, PaymentStatus::ALL.map(PaymentStatus::as_str));
    let mut rows = 0;
    for line in lines {
        let mut cells = line.split_whitespace();
        let from: OrderStatus = cells.next().unwrap().parse().unwrap();
        let decided: Vec<_> = cells.map(named).collect();
        assert_eq!(decided.len(), PaymentStatus::ALL.len(), "{from}");
        for (told, decided) in PaymentStatus::ALL.into_iter().zip(decided) {
            let wanted = OrderStatus::wanted_by(told);
            let goes = from.may_become(wanted).then_some(wanted);
            assert_eq!(goes, decided, "{from} told {}", told.as_str());
        }
        rows += 1;
    }
    assert_eq!(rows, OrderStatus::ALL.len());
}

#[test]
fn every_state_has_one_row_and_a_name_of_its_own() {
    let rows: HashSet<_> = EDGES.iter().map(|(from, _)| *from).collect();
    assert_eq!((rows.len(), EDGES.len()), (OrderStatus::ALL.len(), OrderStatus::ALL.len()));
    for (from, all) in EDGES {
        let targets: HashSet<_> = all.iter().collect();
        assert_eq!(targets.len(), all.len(), "{from} has an edge twice");
    }
    for status in OrderStatus::ALL {
        assert_eq!(status.as_str().parse(), Ok(status));
        assert!(!status.may_become(status), "{status} → itself is no move");
    }
}

/// What an order may become in any number of steps.
fn reachable(from: OrderStatus) -> HashSet<OrderStatus> {
    let mut found = HashSet::new();
    let mut open = vec![from];
    while let Some(status) = open.pop() {
        let (_, next) = EDGES.iter().find(|(from, _)| *from == status).unwrap();
        open.extend(next.iter().copied().filter(|to| found.insert(*to)));
    }
    found
}

#[test]
fn a_skipped_fact_makes_no_move_that_the_table_does_not_lead_to() {
    for from in OrderStatus::ALL {
        for to in OrderStatus::ALL.into_iter().filter(|to| from.may_become(*to)) {
            assert!(reachable(from).contains(&to), "{from} → {to}");
        }
    }
}

#[test]
fn no_end_is_left_but_by_money() {
    let by_money = |to: &OrderStatus| to.has_known_money() || *to == OnHold;
    let ends = OrderStatus::ALL.into_iter().filter(|status| !status.is_open());
    for end in ends.filter(|end| *end != Paid) {
        let (_, edges) = EDGES.iter().find(|(from, _)| *from == end).unwrap();
        assert!(edges.iter().all(by_money), "{end}");
    }
    for waiting in [Pending, AwaitingPayment, PaymentFailed] {
        let back = |from: &OrderStatus| !from.is_open() && from.may_become(waiting);
        assert!(!OrderStatus::ALL.iter().any(back), "{waiting} is no way back from an end");
    }
    assert!(!Paid.may_become(Expired) && !Refunded.may_become(Cancelled));
}

#[test]
fn every_open_state_can_come_to_an_end() {
    for open in OrderStatus::ALL.into_iter().filter(|status| status.is_open()) {
        assert!(reachable(open).iter().any(|to| !to.is_open()), "{open}");
    }
}

#[test]
fn the_diagram_is_the_table() {
    let drawn = diagram();
    assert_eq!(drawn, diagram());
    let mut lines = drawn.lines();
    assert_eq!(lines.next(), Some("stateDiagram-v2"));
    assert_eq!(lines.next(), Some("    [*] --> pending"));
    let arrows: Vec<(&str, &str)> = lines.map(|l| l.trim().split_once(" --> ").unwrap()).collect();
    let steps: usize = EDGES.iter().map(|(_, to)| to.len()).sum();
    let ends = OrderStatus::ALL.into_iter().filter(|status| !status.is_open()).count();
    assert_eq!(arrows.len(), steps + ends);
    for (from, to) in arrows {
        let from: OrderStatus = from.parse().unwrap();
        match to {
            "[*]" => assert!(!from.is_open(), "{from}"),
            to => assert!(from.may_become(to.parse().unwrap()), "{from} → {to}"),
        }
    }
    assert!(drawn.contains("    cancelled --> refund_manual_required\n"));
    assert!(!drawn.contains("refund_manual_required --> [*]"), "an operator owes something");
}
