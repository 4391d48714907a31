//! `verify`: which invariants hold.

use crate::cli::VerifyArgs;
use crate::client::Client;
use crate::config::Config;
use crate::output::out;
use crate::verify::{self, Evidence, Queues};
use std::process::ExitCode;

/// Exit status when something is wrong.
const VIOLATED: u8 = 3;

pub(super) async fn run(args: VerifyArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.target.settings(), None)?.value;
    let queues = match (config.broker.url.reveal(), config.broker.management_url.reveal()) {
        ("", "") => Queues::None,
        (_, "") => Queues::Hidden,
        (_, url) => {
            let virtual_host = super::topology::configured_host(&config);
            Queues::Shown { url: url.to_owned(), virtual_host }
        }
    };
    let evidence = Evidence { client_log: args.client_log, queues };
    let report = verify::run(&Client::of(&args.target).await?, &evidence).await?;
    if args.json {
        out!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        report.print();
    }
    Ok(if report.violations() == 0 { ExitCode::SUCCESS } else { ExitCode::from(VIOLATED) })
}
