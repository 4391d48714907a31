//! The form that lets simulated time jump or run faster.

use super::super::admin::{self, ClockChange};
use super::{Shown, back, number};
use crate::sim::Sim;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::Json;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    advance_seconds: String,
    #[serde(default)]
    speed: String,
    #[serde(default)]
    back: String,
}

pub(super) async fn set(State(sim): State<Sim>, form: Result<Form<Wish>, FormRejection>) -> Shown {
    let Form(wish) = form?;
    let change = ClockChange {
        speed: number("speed", &wish.speed)?,
        advance_seconds: number("advance_seconds", &wish.advance_seconds)?.unwrap_or(0),
    };
    let _ = admin::set_clock(State(sim), Ok(Json(change))).await?;
    Ok(back(&wish.back))
}
