//! `/_sim/faults`: the switches that make the simulator misbehave.

use super::admin::{Answer, Failure};
use crate::faults::{Switch, SwitchView, Switches};
use crate::gateway::{Refusal, SWITCHES};
use crate::sim::Sim;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Json;
use serde_json::{Value, json};

pub(super) async fn list(State(sim): State<Sim>) -> Json<Vec<SwitchView>> {
    Json(sim.0.gateway.switches().list())
}

/// Sets all switches at once; an empty list turns everything off.
pub(super) async fn replace(
    State(sim): State<Sim>,
    switches: Result<Json<Vec<Switch>>, JsonRejection>,
) -> Answer<Vec<SwitchView>> {
    let Json(switches) = switches?;
    set(&sim, |all| all.replace(switches).map_err(|error| Failure::bad(error.to_string()))).await?;
    Ok(list(State(sim)).await)
}

/// One more switch.
pub(super) async fn add(
    State(sim): State<Sim>,
    switch: Result<Json<Switch>, JsonRejection>,
) -> Answer<Value> {
    let Json(switch) = switch?;
    let id =
        set(&sim, |all| all.add(switch).map_err(|error| Failure::bad(error.to_string()))).await?;
    Ok(Json(json!({ "id": id })))
}

pub(super) async fn remove(
    State(sim): State<Sim>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, Failure> {
    let Path(id) = id?;
    let removed = set(&sim, |all| Ok(all.remove(id))).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Failure::missing("no such switch")) }
}

/// Changes the switches and keeps them for the next start; their counters begin anew then.
async fn set<T>(
    sim: &Sim,
    change: impl FnOnce(&mut Switches) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let changed = change(&mut sim.0.gateway.switches())?;
    let kept = sim.change(|gateway, db, _| {
        let all = gateway.switches().to_store();
        Ok::<_, Refusal>(db.set(SWITCHES, &all)?)
    });
    kept.await?;
    Ok(changed)
}
