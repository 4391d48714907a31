//! Whether a run has left everything whole: `verify` over all orders there are, judged by the run's own.

use crate::cli::DemoArgs;
use crate::client::Client;
use crate::output::counted;
use crate::process;
use crate::verify::{self, Evidence, Finding, Report};
use std::collections::HashSet;

/// Of each invariant.
const VIOLATIONS_SHOWN: usize = 5;

/// What is wrong with one invariant.
struct Wrong<'a> {
    code: &'static str,
    says: &'static str,
    found: Vec<&'a Finding>,
}

/// Whether the services agree among themselves and with the gateway. What is wrong with others' orders
/// is told, and is not this run's.
pub(super) async fn verified(
    client: &Client,
    args: &DemoArgs,
    own: &HashSet<String>,
) -> anyhow::Result<bool> {
    let evidence = Evidence { client_log: args.client_log.clone(), ..Evidence::default() };
    let report = verify::run(client, &evidence).await?;
    let verify = format!("{} verify{}", process::invocation(), client.flag());
    let [ours, others] = of_the_run(&report, own);
    let all = counted(report.orders, "order");
    match (count(&ours), count(&others)) {
        (0, 0) => {
            eprintln!("✔ every invariant holds over all {all} of the system; each is told by");
            eprintln!("    {verify}");
        }
        (0, _) => eprintln!("✔ every invariant holds over the orders of this run"),
        (wrong, _) => {
            eprintln!("✖ {} by this run, of {all} of the system", counted(wrong, "violation"));
            say(&ours, &verify);
        }
    }
    if count(&others) > 0 {
        let wrong = counted(count(&others), "violation");
        eprintln!("! {wrong} by orders that are not of this run:");
        say(&others, &verify);
    }
    Ok(ours.is_empty())
}

/// What is wrong, and of the run's own orders what is to be right later: they have come to their ends.
/// What belongs to no order may be of this run.
fn of_the_run<'a>(report: &'a Report, own: &HashSet<String>) -> [Vec<Wrong<'a>>; 2] {
    let is_own = |finding: &&Finding| finding.order_id.as_ref().is_none_or(|id| own.contains(id));
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for line in &report.lines {
        let (mut mine, theirs): (Vec<_>, Vec<_>) = line.judged.violations.iter().partition(is_own);
        mine.extend(line.judged.waiting.iter().filter(is_own));
        for (all, found) in [(&mut ours, mine), (&mut others, theirs)] {
            if !found.is_empty() {
                all.push(Wrong { code: line.code, says: line.says, found });
            }
        }
    }
    [ours, others]
}

fn count(wrong: &[Wrong<'_>]) -> usize {
    wrong.iter().map(|wrong| wrong.found.len()).sum()
}

/// Standard output is for the orders.
fn say(all: &[Wrong<'_>], verify: &str) {
    for Wrong { code, says, found } in all {
        eprintln!("  {code}  {says}: {} violated", found.len());
        for finding in found.iter().take(VIOLATIONS_SHOWN) {
            eprintln!("      {}", finding.words());
            eprintln!("{}", finding.repair.lines());
        }
        if found.len() > VIOLATIONS_SHOWN {
            eprintln!("      … and {} more: {verify}", found.len() - VIOLATIONS_SHOWN);
        }
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
