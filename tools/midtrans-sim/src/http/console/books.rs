//! The ledger in one line. It sums over all that ever was, so the console shows it where it begins and
//! on no other page.

use super::super::admin::Failure;
use super::super::lists;
use super::frame::rupiah;
use crate::sim::Sim;
use axum::extract::State;

pub(super) struct Books {
    pub(super) orders: i64,
    pub(super) paid_orders: i64,
    pub(super) paid_twice: i64,
    pub(super) paid: String,
    pub(super) refunded: String,
    pub(super) charged_back: Option<String>,
    pub(super) reversed: Option<String>,
    pub(super) net: String,
    pub(super) balanced: bool,
}

impl Books {
    pub(super) async fn load(sim: &Sim) -> Result<Self, Failure> {
        let ledger = lists::ledger(State(sim.clone())).await?.0;
        let unless_none = |amount: i64| (amount != 0).then(|| rupiah(amount));
        Ok(Self {
            orders: ledger.orders,
            paid_orders: ledger.settled_orders,
            paid_twice: ledger.orders_settled_twice,
            paid: rupiah(ledger.settled_amount),
            refunded: rupiah(ledger.refunded_amount),
            charged_back: unless_none(ledger.charged_back_amount),
            reversed: unless_none(ledger.reversed_amount),
            net: rupiah(ledger.net_amount),
            balanced: ledger.balanced,
        })
    }
}
