//! `/_sim`: what stays as it is set until it is set again: pages that pay themselves, fees, leniency.

use super::admin::{Answer, Failure, method};
use crate::gateway::{AUTOPAY, FEES, LENIENCY};
use crate::model::{Autopay, Fees, Leniency};
use crate::sim::Sim;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::Json;
use serde::Deserialize;

/// The highest fee that a customer pays.
const MAX_FEE: i64 = 1_000_000;
/// Characters of who has set autopay.
const MAX_SET_BY: usize = 100;

pub(super) async fn fees(State(sim): State<Sim>) -> Answer<Fees> {
    Ok(Json(sim.read(|_, db, _| Ok(db.setting(FEES)?.unwrap_or_default())).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeesChange {
    pub(super) enabled: bool,
    /// Whole rupiah; what it was, if absent.
    pub(super) amount: Option<i64>,
}

/// Turns the fee on or off; it is an amount, Midtrans' percentages are not simulated.
pub(super) async fn set_fees(
    State(sim): State<Sim>,
    change: Result<Json<FeesChange>, JsonRejection>,
) -> Answer<Fees> {
    let Json(FeesChange { enabled, amount }) = change?;
    if amount.is_some_and(|amount| !(0..=MAX_FEE).contains(&amount)) {
        return Err(Failure::bad(format!("a fee is 0 to {MAX_FEE} rupiah")));
    }
    let set = sim.change(move |_, db, _| {
        let before: Fees = db.setting(FEES)?.unwrap_or_default();
        let fees = Fees { enabled, amount: amount.unwrap_or(before.amount) };
        if enabled && fees.amount == 0 {
            return Ok(None);
        }
        db.set(FEES, &fees)?;
        Ok(Some(fees))
    });
    set.await?.map(Json).ok_or_else(|| {
        Failure::bad(format!(
            "a fee that is on has an `amount` of 1 to {MAX_FEE} rupiah, as in \
             {{\"enabled\": true, \"amount\": 4000}}"
        ))
    })
}

pub(super) async fn leniency(State(sim): State<Sim>) -> Answer<Leniency> {
    Ok(Json(sim.read(|_, db, _| Ok(db.setting(LENIENCY)?.unwrap_or_default())).await?))
}

pub(super) async fn set_leniency(
    State(sim): State<Sim>,
    leniency: Result<Json<Leniency>, JsonRejection>,
) -> Answer<Leniency> {
    let Json(leniency) = leniency?;
    let set = sim.change(move |_, db, _| {
        db.set(LENIENCY, &leniency)?;
        Ok(leniency)
    });
    Ok(Json(set.await?))
}

pub(super) async fn autopay(State(sim): State<Sim>) -> Answer<Autopay> {
    Ok(Json(sim.read(|_, db, _| Ok(db.setting(AUTOPAY)?.unwrap_or_default())).await?))
}

pub(super) async fn set_autopay(
    State(sim): State<Sim>,
    autopay: Result<Json<Autopay>, JsonRejection>,
) -> Answer<Autopay> {
    let Json(autopay) = autopay?;
    method(&autopay.method)?;
    if autopay.set_by.as_ref().is_some_and(|by| by.chars().count() > MAX_SET_BY) {
        return Err(Failure::bad(format!("`set_by` has at most {MAX_SET_BY} characters")));
    }
    let set = sim.change(move |_, db, _| {
        db.set(AUTOPAY, &autopay)?;
        Ok(autopay)
    });
    Ok(Json(set.await?))
}
