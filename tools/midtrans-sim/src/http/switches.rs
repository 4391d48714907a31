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
    switches: Result<Json<Value>, JsonRejection>,
) -> Answer<Vec<SwitchView>> {
    let Json(switches) = switches?;
    let Value::Array(switches) = switches else {
        return Err(unreadable(
            "PUT takes the list of all switches, as in [{\"fault\": \"drop\"}]; to add one, POST it",
        ));
    };
    let numbered = switches.into_iter().enumerate();
    let read = |(at, value)| {
        serde_json::from_value(value)
            .map_err(|error| unreadable(format!("switch {} of the list: {error}", at + 1)))
    };
    let switches = numbered.map(read).collect::<Result<Vec<Switch>, _>>()?;
    set_all(&sim, switches).await?;
    Ok(list(State(sim)).await)
}

/// One more switch.
pub(super) async fn add(
    State(sim): State<Sim>,
    switch: Result<Json<Value>, JsonRejection>,
) -> Answer<Value> {
    let Json(switch) = switch?;
    if switch.is_array() {
        return Err(unreadable("POST adds one switch; a list, which replaces all, is for PUT"));
    }
    let switch = serde_json::from_value(switch).map_err(|error| unreadable(error.to_string()))?;
    let id = set_one(&sim, switch).await?;
    Ok(Json(json!({ "id": id })))
}

/// JSON that is no switch.
fn unreadable(text: impl Into<String>) -> Failure {
    Failure(StatusCode::UNPROCESSABLE_ENTITY, text.into())
}

pub(super) async fn set_all(sim: &Sim, switches: Vec<Switch>) -> Result<(), Failure> {
    set(sim, |all| all.replace(switches).map_err(|error| Failure::bad(error.to_string()))).await
}

/// Gives its number.
pub(super) async fn set_one(sim: &Sim, switch: Switch) -> Result<u64, Failure> {
    set(sim, |all| all.add(switch).map_err(|error| Failure::bad(error.to_string()))).await
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
