//! `dead-letters`: what the services gave up, and what is to become of it.

use crate::cli::{DeadLettersCommand, LettersArgs, ResolveArgs};
use crate::client::{Client, Failed};
use crate::compose::Part;
use crate::output::out;
use anyhow::anyhow;
use ops::dto::{DeadLetterDto, DeadLetterPage};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::process::ExitCode;
use uuid::Uuid;

/// Letters of one service that are listed.
const LISTED: usize = 200;

pub(super) async fn run(command: DeadLettersCommand) -> anyhow::Result<ExitCode> {
    match command {
        DeadLettersCommand::List(args) => list(&args).await,
        DeadLettersCommand::Replay(args) => resolve(&args, ["replay", "replayed"]).await,
        DeadLettersCommand::Discard(args) => resolve(&args, ["discard", "discarded"]).await,
    }
}

async fn list(args: &LettersArgs) -> anyhow::Result<ExitCode> {
    let client = Client::of(&args.target).await?;
    let mut all: Vec<(Part, DeadLetterDto)> = Vec::new();
    for part in Part::ALL {
        let path = format!("/ops/{}/dead-letters?limit={LISTED}", part.name());
        let Some(page) = client.get::<DeadLetterPage>(&path).await? else { continue };
        if page.has_more {
            eprintln!("  {} has more than {LISTED}: the oldest are listed", part.name());
        }
        all.extend(page.data.into_iter().map(|letter| (part, letter)));
    }
    if args.json {
        let each = |(part, letter): &(Part, DeadLetterDto)| json!({ "service": part.name(), "letter": letter });
        out!("{}", serde_json::to_string_pretty(&all.iter().map(each).collect::<Vec<_>>())?);
        return Ok(ExitCode::SUCCESS);
    }
    for (part, letter) in &all {
        let order = letter.order_id.as_deref().unwrap_or("no order");
        out!("{}  {:<12}  {}  {order}", letter.id, part.name(), letter.parked_at);
        out!("    {} gave up after {} tries: {}", letter.origin, letter.attempts, letter.reason);
    }
    match all.len() {
        0 => eprintln!("✔ nothing was given up"),
        many => {
            let (wait, flag) = (if many == 1 { "waits" } else { "wait" }, client.flag());
            eprintln!("  {many} {wait} for a person. To try one again, or to give it up:");
            eprintln!("    orderflow dead-letters replay SERVICE ID{flag}");
            eprintln!("    orderflow dead-letters discard SERVICE ID{flag}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is to be done, and how it is called once it is done.
async fn resolve(args: &ResolveArgs, [how, done]: [&str; 2]) -> anyhow::Result<ExitCode> {
    let client = Client::of(&args.target).await?;
    for id in &args.ids {
        let path = format!("/ops/{}/dead-letters/{id}/{how}", args.service.name());
        let resolved = client.send(Method::POST, &path, None, &Value::Null).await;
        resolved.map_err(|error| why_not(error, (args.service, id), &client.flag()))?;
        eprintln!("✔ {id}: {done}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The service says that there is nothing; what is meant is known here.
fn why_not(error: anyhow::Error, (service, id): (Part, &Uuid), flag: &str) -> anyhow::Error {
    match Failed::of(&error) {
        Some(Failed::Refused { status: StatusCode::NOT_FOUND, .. }) => anyhow!(
            "no dead letter {id} of {} waits for a person; see\n    orderflow dead-letters list{flag}",
            service.name()
        ),
        _ => error.context(format!("dead letter {id} of {}", service.name())),
    }
}
