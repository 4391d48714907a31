//! Autopay, fees and leniency: how they are set, and the forms that set them.

use super::super::admin::Failure;
use super::super::settings::{self as json, FeesChange};
use super::frame::{Frame, Tab};
use super::{Shown, answered, back, number, page};
use crate::model::{Autopay, Fees, Leniency};
use crate::rules::method::Method;
use crate::sim::Sim;
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::Json;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "console_settings.html")]
struct Settings {
    frame: Frame,
    autopay: AutopayForm,
    fees: FeesForm,
    leniency: Leniency,
    methods: [Method; 20],
}

/// A box that is not ticked is not sent.
#[derive(Deserialize)]
pub(super) struct AutopayForm {
    enabled: Option<String>,
    #[serde(default)]
    method: String,
    #[serde(default)]
    delay_ms: String,
    skip_pending_notification: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct FeesForm {
    enabled: Option<String>,
    #[serde(default)]
    amount: String,
}

#[derive(Deserialize)]
pub(super) struct LeniencyForm {
    order_ids: Option<String>,
}

impl From<Autopay> for AutopayForm {
    fn from(set: Autopay) -> Self {
        Self {
            enabled: ticked(set.enabled),
            method: set.method,
            delay_ms: set.delay_ms.to_string(),
            skip_pending_notification: ticked(set.skip_pending_notification),
        }
    }
}

impl From<Fees> for FeesForm {
    fn from(set: Fees) -> Self {
        Self { enabled: ticked(set.enabled), amount: set.amount.to_string() }
    }
}

fn ticked(on: bool) -> Option<String> {
    on.then(|| "on".to_owned())
}

pub(super) async fn show(State(sim): State<Sim>) -> Shown {
    page(&load(&sim).await?)
}

pub(super) async fn set_autopay(
    State(sim): State<Sim>,
    form: Result<Form<AutopayForm>, FormRejection>,
) -> Shown {
    let Form(form) = form?;
    match keep_autopay(&sim, &form).await {
        Ok(()) => Ok(back(Tab::Settings.path())),
        Err(wrong) => refuse(Settings { autopay: form, ..load(&sim).await? }, wrong),
    }
}

pub(super) async fn set_fees(
    State(sim): State<Sim>,
    form: Result<Form<FeesForm>, FormRejection>,
) -> Shown {
    let Form(form) = form?;
    match keep_fees(&sim, &form).await {
        Ok(()) => Ok(back(Tab::Settings.path())),
        Err(wrong) => refuse(Settings { fees: form, ..load(&sim).await? }, wrong),
    }
}

pub(super) async fn set_leniency(
    State(sim): State<Sim>,
    form: Result<Form<LeniencyForm>, FormRejection>,
) -> Shown {
    let Form(form) = form?;
    let leniency = Leniency { order_ids: form.order_ids.is_some() };
    let _ = json::set_leniency(State(sim), Ok(Json(leniency))).await?;
    Ok(back(Tab::Settings.path()))
}

async fn keep_autopay(sim: &Sim, form: &AutopayForm) -> Result<(), Failure> {
    let autopay = Autopay {
        enabled: form.enabled.is_some(),
        method: form.method.clone(),
        delay_ms: number("delay_ms", &form.delay_ms)?.unwrap_or(0),
        skip_pending_notification: form.skip_pending_notification.is_some(),
        set_by: None,
    };
    let _ = json::set_autopay(State(sim.clone()), Ok(Json(autopay))).await?;
    Ok(())
}

async fn keep_fees(sim: &Sim, form: &FeesForm) -> Result<(), Failure> {
    let amount = number("amount", &form.amount)?;
    let change = FeesChange { enabled: form.enabled.is_some(), amount };
    let _ = json::set_fees(State(sim.clone()), Ok(Json(change))).await?;
    Ok(())
}

/// The page again, with what was entered and what is wrong with it.
fn refuse(mut settings: Settings, Failure(code, text): Failure) -> Shown {
    settings.frame.error = Some(text);
    Ok(answered(code, page(&settings)?))
}

async fn load(sim: &Sim) -> Result<Settings, Failure> {
    Ok(Settings {
        frame: Frame::load(sim, Tab::Settings, Tab::Settings.path().to_owned()).await,
        autopay: json::autopay(State(sim.clone())).await?.0.into(),
        fees: json::fees(State(sim.clone())).await?.0.into(),
        leniency: json::leniency(State(sim.clone())).await?.0,
        methods: Method::ALL,
    })
}
