//! `topology`: what RabbitMQ must know, printed, compared, applied, drawn.
//!
//! Talks to the management API; services themselves need none of it and may not declare anything.

use crate::cli::{TopologyArgs, TopologyCommand, UsersArgs};
use crate::compose::Part;
use crate::config::{BadSetting, Config};
use crate::management::Management;
use crate::output::out;
use messaging_rabbitmq::topology::{Finding, Producer, Rights, Topology};
use runtime::config::Loaded;
use serde_json::Value;
use std::process::ExitCode;

/// Exit status of `diff` when something differs.
const DIFFERENT: u8 = 3;
/// The virtual host where none is configured.
const VIRTUAL_HOST: &str = "orderflow";

pub(super) async fn run(command: TopologyCommand) -> anyhow::Result<ExitCode> {
    match command {
        TopologyCommand::Export(args) => export(&args),
        TopologyCommand::Diff(args) => diff(&args).await,
        TopologyCommand::Apply(args) => apply(&args).await,
        TopologyCommand::Users(args) => users(&args),
        TopologyCommand::Diagram => {
            out!("{}", diagram().trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Every queue of the system.
fn topology() -> Topology {
    Topology::new(Part::ALL.map(Part::queue))
}

/// Who publishes what and who reads it, as Mermaid text.
pub(crate) fn diagram() -> String {
    let sends = Part::ALL.map(|part| (part.name(), part.sends()));
    let producers: Vec<Producer<'_>> = sends
        .iter()
        .map(|(service, keys)| Producer { service, keys })
        .filter(|producer| !producer.keys.is_empty())
        .collect();
    topology().mermaid(&producers)
}

/// What a process's user may do; one process with everything in it is one user.
fn rights() -> Vec<Rights> {
    let of = |user: &str, parts: &[Part]| {
        let keys = parts.iter().flat_map(|part| part.sends());
        Rights::new(&format!("svc_{user}"), keys, parts.iter().map(|part| part.queue().name))
    };
    let each = Part::ALL.iter().map(|part| of(part.name(), &[*part]));
    each.chain([of("up", &Part::ALL)]).collect()
}

/// The commands that grant it, a line each.
fn grants(virtual_host: &str) -> String {
    rights()
        .iter()
        .flat_map(|rights| rights.commands(virtual_host))
        .map(|line| line + "\n")
        .collect()
}

fn users(args: &UsersArgs) -> anyhow::Result<ExitCode> {
    let loaded = load(&args.topology)?;
    let virtual_host = virtual_host(&args.topology, &loaded);
    if args.json {
        let definitions = Rights::definitions(&rights(), &virtual_host);
        out!("{}", serde_json::to_string_pretty(&definitions)?);
    } else {
        out!("{}", grants(&virtual_host).trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

fn export(args: &TopologyArgs) -> anyhow::Result<ExitCode> {
    let loaded = load(args)?;
    let definitions = topology().definitions(&virtual_host(args, &loaded));
    out!("{}", serde_json::to_string_pretty(&definitions)?);
    Ok(ExitCode::SUCCESS)
}

async fn diff(args: &TopologyArgs) -> anyhow::Result<ExitCode> {
    let loaded = load(args)?;
    let virtual_host = virtual_host(args, &loaded);
    let management = management(&loaded)?;
    let differences = match management.definitions(&virtual_host).await.map_err(located(&loaded))? {
        Some(actual) => topology().diff(&virtual_host, &actual),
        None => {
            out!("virtual host {virtual_host} is missing: `orderflow topology apply` creates it");
            return Ok(ExitCode::from(DIFFERENT));
        }
    };
    if differences.is_empty() {
        eprintln!("✔ RabbitMQ has everything, in virtual host {virtual_host}");
        return Ok(ExitCode::SUCCESS);
    }
    differences.iter().for_each(|difference| out!("{difference}"));
    Ok(ExitCode::from(DIFFERENT))
}

async fn apply(args: &TopologyArgs) -> anyhow::Result<ExitCode> {
    let loaded = load(args)?;
    let virtual_host = virtual_host(args, &loaded);
    let management = management(&loaded)?;
    let topology = topology();
    let before = management.definitions(&virtual_host).await.map_err(located(&loaded))?;
    if before.is_none() {
        management.create_virtual_host(&virtual_host).await?;
        eprintln!("✔ virtual host {virtual_host} created");
    }
    let before = before.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let differences = topology.diff(&virtual_host, &before);
    let fixed = differences.iter().filter(|d| d.finding == Finding::Fixed);
    let fixed: Vec<String> = fixed.map(ToString::to_string).collect();
    if !fixed.is_empty() {
        fixed.iter().for_each(|difference| out!("{difference}"));
        return Ok(ExitCode::from(DIFFERENT));
    }
    management.import(&virtual_host, &topology.definitions(&virtual_host)).await?;
    let after = management.definitions(&virtual_host).await?.unwrap_or_default();
    let left = topology.diff(&virtual_host, &after);
    left.iter().for_each(|difference| out!("{difference}"));
    if left.iter().any(|difference| difference.finding != Finding::Surplus) {
        return Ok(ExitCode::from(DIFFERENT));
    }
    let mended = differences.iter().filter(|d| d.finding != Finding::Surplus).count();
    eprintln!("✔ RabbitMQ has everything, in virtual host {virtual_host} ({mended} mended)");
    Ok(ExitCode::SUCCESS)
}

fn load(args: &TopologyArgs) -> anyhow::Result<Loaded<Config>> {
    let system = crate::cli::SystemArgs { config: args.config.clone(), data_dir: None };
    Ok(Config::load(&system, None)?)
}

/// As asked, else as in the broker's URL.
fn virtual_host(args: &TopologyArgs, loaded: &Loaded<Config>) -> String {
    args.vhost.clone().unwrap_or_else(|| configured_host(&loaded.value))
}

/// As in the broker's URL.
pub(super) fn configured_host(config: &Config) -> String {
    match url::Url::parse(config.broker.url.reveal()) {
        Err(_) => VIRTUAL_HOST.to_owned(),
        // As services read it: without a path it is the broker's own.
        Ok(url) => match url.path().trim_start_matches('/') {
            "" => "/".to_owned(),
            name => name.replace("%2F", "/").replace("%2f", "/"),
        },
    }
}

fn management(loaded: &Loaded<Config>) -> anyhow::Result<Management> {
    let url = &loaded.value.broker.management_url;
    let fix = "set it to the management API as in http://user:password@host:15672";
    let bad = if url.is_empty() {
        BadSetting::new("broker.management_url", "it is not set", fix)
    } else {
        match Management::try_new(url.reveal()) {
            Ok(management) => return Ok(management),
            Err(why) => BadSetting::new("broker.management_url", why, fix),
        }
    };
    Err(BadSetting::locate(bad.into(), loaded))
}

fn located(loaded: &Loaded<Config>) -> impl Fn(anyhow::Error) -> anyhow::Error {
    |error| BadSetting::locate(error, loaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regenerate it with `orderflow topology diagram`.
    #[test]
    fn the_documented_diagram_is_the_one_of_the_code() {
        let document = include_str!("../../../docs/topology.md");
        let begin = document.find("```mermaid\n").map(|at| at + "```mermaid\n".len());
        let drawn = begin.and_then(|at| document[at..].split("```").next());
        let again = "run \"orderflow topology diagram\" and paste it into docs/topology.md";
        assert_eq!(drawn, Some(diagram().as_str()), "{again}");
    }

    /// Regenerate them with `orderflow topology users`.
    #[test]
    fn the_documented_grants_are_those_of_the_code() {
        let document = include_str!("../../../docs/production.md");
        let again = "run \"orderflow topology users\" and paste it into docs/production.md";
        assert!(document.contains(&grants(VIRTUAL_HOST)), "{again}");
    }

    #[test]
    fn the_drain_reads_the_queue_that_the_policy_fills() {
        for part in Part::ALL {
            let filled = messaging_rabbitmq::topology::dead_letter_queue(part.queue().name);
            assert_eq!(part.dead_queue().name, filled);
        }
    }
}
