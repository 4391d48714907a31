//! The fault switches: which are set and what they did, and the form that sets one more.

use super::super::admin::Failure;
use super::super::switches as json;
use super::frame::{Frame, Tab};
use super::words::{meaning, places};
use super::{Shown, answered, back, given, number, page};
use crate::faults::{Call, Fault, Switch, SwitchView};
use crate::rules::method::Method;
use crate::rules::status::Status;
use crate::sim::Sim;
use askama::Template;
use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "console_switches.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    form: Entered,
    groups: Vec<(&'static str, Vec<(&'static str, &'static str)>)>,
    payment_types: Vec<&'static str>,
    statuses: [Status; 12],
    calls: [Call; 12],
}

/// A switch as it is shown.
struct Row {
    id: u64,
    fault: &'static str,
    meaning: &'static str,
    scope: Vec<(&'static str, String)>,
    pace: Vec<(&'static str, String)>,
    cargo: Vec<(&'static str, String)>,
    seen: u64,
    hit: u64,
}

impl From<SwitchView> for Row {
    fn from(view: SwitchView) -> Self {
        let of = view.switch;
        let number = |value: Option<u64>| value.map(|value| value.to_string());
        Self {
            id: view.id,
            fault: of.fault.as_str(),
            meaning: meaning(of.fault),
            scope: present([
                ("order_id", of.order_id),
                ("transaction_id", of.transaction_id),
                ("payment_type", of.payment_type),
                ("status", of.status),
                ("call", of.call.map(|call| call.as_str().to_owned())),
            ]),
            pace: present([
                ("probability", of.probability.map(|chance| chance.to_string())),
                ("seed", number(of.seed)),
                ("every", number(of.every)),
                ("skip", number(of.skip)),
                ("times", number(of.times)),
            ]),
            cargo: present([
                ("ms", number(of.ms)),
                ("code", of.code.map(|code| code.to_string())),
                ("after", of.after.then(|| "the work".to_owned())),
                ("to", of.to),
                ("amount", of.amount.map(|amount| amount.to_string())),
            ]),
            seen: view.seen,
            hit: view.hit,
        }
    }
}

fn present<const N: usize>(
    fields: [(&'static str, Option<String>); N],
) -> Vec<(&'static str, String)> {
    fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// A switch as it is entered. Empty is absent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Entered {
    fault: String,
    order_id: String,
    transaction_id: String,
    payment_type: String,
    status: String,
    call: String,
    probability: String,
    seed: String,
    every: String,
    skip: String,
    times: String,
    ms: String,
    code: String,
    after: Option<String>,
    to: String,
    amount: String,
}

impl Entered {
    /// Whether it makes sense is for [`Switch::check`] to say.
    fn read(&self) -> Result<Switch, Failure> {
        let text = |text: &str| given(text).map(str::to_owned);
        let call = given(&self.call).map(|call| {
            Call::parse(call)
                .ok_or_else(|| Failure::bad("`call` is one of the list, or left empty"))
        });
        Ok(Switch {
            fault: Fault::parse(&self.fault).ok_or_else(|| Failure::bad("choose a fault"))?,
            order_id: text(&self.order_id),
            transaction_id: text(&self.transaction_id),
            payment_type: text(&self.payment_type),
            status: text(&self.status),
            call: call.transpose()?,
            probability: number("probability", &self.probability)?,
            seed: number("seed", &self.seed)?,
            every: number("every", &self.every)?,
            skip: number("skip", &self.skip)?,
            times: number("times", &self.times)?,
            ms: number("ms", &self.ms)?,
            code: number("code", &self.code)?,
            after: self.after.is_some(),
            to: text(&self.to),
            amount: number("amount", &self.amount)?,
        })
    }
}

/// The query fills in the form: other pages link to it with a scope.
pub(super) async fn show(
    State(sim): State<Sim>,
    form: Result<Query<Entered>, QueryRejection>,
) -> Shown {
    let Query(form) = form?;
    page(&load(&sim, form).await?)
}

pub(super) async fn add(
    State(sim): State<Sim>,
    form: Result<Form<Entered>, FormRejection>,
) -> Shown {
    let Form(form) = form?;
    match set(&sim, &form).await {
        Ok(()) => Ok(back(Tab::Switches.path())),
        Err(Failure(code, text)) => {
            let mut shown = load(&sim, form).await?;
            shown.frame.error = Some(text);
            Ok(answered(code, page(&shown)?))
        }
    }
}

async fn set(sim: &Sim, form: &Entered) -> Result<(), Failure> {
    json::set_one(sim, form.read()?).await.map(|_| ())
}

pub(super) async fn remove(State(sim): State<Sim>, id: Result<Path<u64>, PathRejection>) -> Shown {
    json::remove(State(sim), id).await?;
    Ok(back(Tab::Switches.path()))
}

pub(super) async fn off(State(sim): State<Sim>) -> Shown {
    json::set_all(&sim, vec![]).await?;
    Ok(back(Tab::Switches.path()))
}

async fn load(sim: &Sim, form: Entered) -> Result<Page, Failure> {
    let mut payment_types: Vec<_> = Method::ALL.map(Method::payment_type).into();
    payment_types.sort_unstable();
    payment_types.dedup();
    Ok(Page {
        frame: Frame::load(sim, Tab::Switches, Tab::Switches.path().to_owned()).await,
        rows: sim.0.gateway.switches().list().into_iter().map(Row::from).collect(),
        form,
        groups: places(),
        payment_types,
        statuses: Status::ALL,
        calls: Call::ALL,
    })
}
