//! Every journal balances, and the gateway's account is the gateway's net.

use super::*;
use crate::models::{Fraud, Instructions};
use kernel::Timestamp;

fn transaction(status: GatewayStatus, refunded: i64) -> Transaction {
    Transaction {
        id: "t".into(),
        status,
        fraud: Some(Fraud::Accept),
        method: Some("gopay".into()),
        was_paid: true,
        late: false,
        paid_at: None,
        gross: Money::rupiah(104_000),
        refunded: Money::rupiah(refunded),
        seen_at: Timestamp::UNIX_EPOCH,
        instructions: Instructions::default(),
        expires_at: None,
    }
}

/// What the gateway owes after these states, by the rule of its own books.
fn net(of: &Transaction) -> i64 {
    match of.status {
        GatewayStatus::Capture
        | GatewayStatus::Settlement
        | GatewayStatus::Refund
        | GatewayStatus::PartialRefund => of.gross.as_rupiah() - of.refunded.as_rupiah(),
        _ => 0,
    }
}

#[test]
fn the_gateway_s_account_is_its_net_over_every_pair_of_steps() {
    let due = Money::rupiah(100_000);
    let states: Vec<Transaction> = GatewayStatus::ALL
        .into_iter()
        .filter(|status| *status != GatewayStatus::PartialChargeback)
        .flat_map(|status| match status {
            GatewayStatus::PartialRefund => vec![(status, 30_000), (status, 60_000)],
            GatewayStatus::Refund => vec![(status, 104_000)],
            _ => vec![(status, 0)],
        })
        .map(|(status, refunded)| transaction(status, refunded))
        .collect();
    for first in &states {
        for second in &states {
            // What was told once is not forgotten by an answer that is silent about it.
            let refunded = second.refunded.max(first.refunded);
            let second = &Transaction { refunded, ..second.clone() };
            let all = [journals(None, first, due), journals(Some(first), second, due)].concat();
            let mut gateway = 0;
            for journal in &all {
                let sum: i64 = journal.lines.iter().map(|(_, amount)| amount).sum();
                assert_eq!(sum, 0, "{journal:?}");
                let lines = journal.lines.iter().filter(|(account, _)| *account == "gateway");
                gateway += lines.map(|(_, amount)| amount).sum::<i64>();
            }
            assert_eq!(gateway, net(second), "{:?} {:?}: {all:?}", first.status, second.status);
        }
    }
}

#[test]
fn a_fee_is_neither_sale_nor_lost() {
    let paid = transaction(GatewayStatus::Settlement, 0);
    let booked = journals(None, &paid, Money::rupiah(100_000));
    assert_eq!(booked[0].lines, [("gateway", 104_000), ("sales", -100_000), ("fees", -4_000)]);
    assert!(journals(Some(&paid), &paid, Money::rupiah(100_000)).is_empty(), "once");
}
