//! `verify`: looks at every order in every service, and at the gateway's side where a simulator
//! shows it, and says which invariants hold. Reads only; repairs nothing.
//!
//! The system may be at work meanwhile: an order that looks wrong is looked at again, and only what
//! stays wrong is told.

mod broker;
mod dossier;
mod gateway;
mod invariants;
mod read;
mod report;
#[cfg(test)]
mod tests;

use crate::client::{Addresses, Client, Failed, Presence};
use crate::compose::Part;
pub(crate) use broker::Queues;
use dossier::Dossier;
use futures::future::ready;
use futures::{StreamExt, TryStreamExt, stream};
use gateway::Gateway;
use indicatif::{ProgressBar, ProgressStyle};
use invariants::clients::{self, Clients};
pub(crate) use invariants::{Advice, Finding, Judged};
use invariants::{INVARIANTS, Invariant, Needs};
use kernel::{Clock, SteadyClock};
use ops::dto::DeadLetterPage;
use read::Reader;
pub(crate) use report::{Line, Report};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// How orders that look wrong are looked at again: the gateway is read once, so every order that moved
/// after that is one of them.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Before each look.
    pauses: [Duration; 3],
    /// So many at once: then these come first, and the others after them.
    suspects_max: usize,
}

const PATIENCE: Patience = Patience {
    pauses: [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8)],
    suspects_max: 1000,
};
/// Orders that are read again at the same time: enough to keep the services busy, and no crowd.
const READS_AT_ONCE: usize = 8;
/// Dead letters of one service that are read.
const LETTERS_MAX: usize = 200;

/// What to look at beside the services.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    /// What clients noted of the orders that they sent.
    pub(crate) client_log: Option<PathBuf>,
    /// The queues.
    pub(crate) queues: Queues,
}

/// Where the parts of a running system answer.
#[derive(Debug, Clone)]
pub struct Places {
    /// The services.
    pub services: [(Part, Url); 3],
    /// The simulator of the gateway.
    pub simulator: Url,
}

/// Looks at a system, as `orderflow verify` does, and gives what is wrong, a line each. Where the
/// gateway is asked again soon, that is wrong too: a test waits until nothing is.
pub async fn violations(of: Places) -> anyhow::Result<Vec<String>> {
    let client = Client::new(Addresses::parts(of.services.to_vec(), of.simulator))?;
    let report = run(&client, &Evidence::default()).await?;
    let each = report.lines.iter().flat_map(|line| {
        let found = line.judged.violations.iter().chain(&line.judged.waiting);
        found.map(|found| format!("{} {}", line.code, found.words()))
    });
    Ok(each.collect())
}

/// Looks at everything.
pub(crate) async fn run(client: &Client, evidence: &Evidence) -> anyhow::Result<Report> {
    let simulated = is_simulated(client).await?;
    let mut clients = evidence.client_log.as_deref().map(Clients::read).transpose()?;
    let mut audit = Audit::new(client, simulated, PATIENCE).await?;
    let mut reader = Reader::of_all(client).await?;
    while let Some(dossier) = reader.next(audit.clock.now()).await? {
        if let Some(clients) = &mut clients {
            clients.meets(&dossier);
        }
        audit.looks_at(dossier).await?;
    }
    audit.looks_again().await?;
    let (orders, young) = (audit.orders, audit.young);
    let mut lines = clients.map_or_else(|| Ok(clients::undecided()), Clients::lines)?;
    lines.extend(audit.lines().await?);
    lines.push(broker::line(&evidence.queues).await?);
    lines.sort_by_key(|line| line.code);
    let flag = client.flag();
    lines.iter_mut().for_each(|line| line.judged.address(&flag));
    Ok(Report { orders, young, gateway_compared: simulated, lines, flag })
}

/// Whether the gateway is a simulator. Who does not tell is not looked at: half of what there is to
/// compare would be left out without a word.
async fn is_simulated(client: &Client) -> anyhow::Result<bool> {
    let at = client.base(Part::Payment);
    match client.presence().await? {
        Presence::Us { simulator } => Ok(simulator),
        Presence::Nobody => Err(Failed::Nobody(at.to_owned()).into()),
        Presence::Stranger => Err(Failed::Stranger(at.to_owned()).into()),
    }
}

/// Judging under way.
struct Audit<'a> {
    client: &'a Client,
    clock: SteadyClock,
    gateway: Option<Gateway>,
    judged: Vec<Judged>,
    patience: Patience,
    suspects: Vec<String>,
    orders: u64,
    young: u64,
    bar: ProgressBar,
}

impl<'a> Audit<'a> {
    /// The gateway's side is read first: what it has now, we must know by the time we are read.
    async fn new(client: &'a Client, simulated: bool, patience: Patience) -> anyhow::Result<Self> {
        let gateway = if simulated { Some(Gateway::read(client).await?) } else { None };
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {pos} orders looked at {msg}")
        {
            bar.set_style(style);
        }
        let judged = vec![Judged::default(); INVARIANTS.len()];
        let clock = SteadyClock::of_this_machine();
        let (suspects, orders, young) = (vec![], 0, 0);
        Ok(Self { client, clock, gateway, judged, patience, suspects, orders, young, bar })
    }

    async fn looks_at(&mut self, mut dossier: Dossier) -> anyhow::Result<()> {
        self.bar.inc(1);
        if let Some(gateway) = &mut self.gateway {
            read::with_gateway(self.client, gateway, &mut dossier).await?;
        }
        self.orders += 1;
        if self.is_too_new(&dossier) {
            return Ok(());
        }
        let mut found = judge(&dossier);
        if !found.iter().all(Judged::is_whole) {
            self.suspects.push(dossier.order_id);
            found.iter_mut().for_each(Judged::forget_findings);
        }
        self.takes(found);
        if self.suspects.len() >= self.patience.suspects_max {
            self.looks_again().await?;
        }
        Ok(())
    }

    /// What looked wrong may have been on its way.
    async fn looks_again(&mut self) -> anyhow::Result<()> {
        let mut suspects = std::mem::take(&mut self.suspects);
        let pauses = self.patience.pauses;
        for (look, pause) in pauses.into_iter().enumerate() {
            if suspects.is_empty() {
                break;
            }
            self.bar.set_message(format!("· looking again at {}", suspects.len()));
            tokio::time::sleep(pause).await;
            let mut still = Vec::new();
            for dossier in self.reads_again(&suspects).await? {
                if self.is_too_new(&dossier) {
                    continue;
                }
                let found = judge(&dossier);
                if found.iter().all(Judged::is_whole) {
                    continue;
                }
                if look + 1 == pauses.len() {
                    for (sum, judged) in self.judged.iter_mut().zip(found) {
                        sum.absorbs_findings(judged);
                    }
                } else {
                    still.push(dossier.order_id);
                }
            }
            suspects = still;
        }
        self.bar.set_message("");
        Ok(())
    }

    /// Those of these orders that there are, as they are now.
    async fn reads_again(&self, suspects: &[String]) -> anyhow::Result<Vec<Dossier>> {
        let simulated = self.gateway.is_some();
        stream::iter(suspects)
            .map(|order| read::one(self.client, order, self.clock.now(), simulated))
            .buffered(READS_AT_ONCE)
            .try_filter_map(|dossier| ready(Ok(dossier)))
            .try_collect()
            .await
    }

    /// Whether what is missing may be on its way; such orders are counted. One that was partly read
    /// before it was all there is found out at the second look.
    fn is_too_new(&mut self, dossier: &Dossier) -> bool {
        let new = dossier.is_young() && dossier.is_open();
        self.young += u64::from(new);
        new
    }

    fn takes(&mut self, found: Vec<Judged>) {
        for (sum, judged) in self.judged.iter_mut().zip(found) {
            sum.absorbs(judged);
        }
    }

    /// A line of each invariant that is judged order by order.
    async fn lines(mut self) -> anyhow::Result<Vec<Line>> {
        self.bar.finish_and_clear();
        let simulated = self.gateway.is_some();
        let strangers = self.gateway.as_ref().map(strangers).unwrap_or_default();
        self.of("I07").absorbs(strangers);
        let letters = letters_at_large(self.client).await?;
        self.of("I18").absorbs(letters);
        let line = |(invariant, judged): (&Invariant, Judged)| Line {
            code: invariant.code,
            says: invariant.says,
            undecided: (invariant.needs == Needs::Simulator && !simulated)
                .then_some("only a simulated gateway shows it"),
            judged,
        };
        Ok(INVARIANTS.iter().zip(self.judged).map(line).collect())
    }

    /// What was found about one invariant.
    fn of(&mut self, code: &str) -> &mut Judged {
        let at = INVARIANTS.iter().position(|invariant| invariant.code == code);
        &mut self.judged[at.expect("the invariant is in the table")]
    }
}

/// Every invariant, of one order.
fn judge(dossier: &Dossier) -> Vec<Judged> {
    let judge = |invariant: &Invariant| {
        let mut judged = Judged::default();
        if invariant.needs == Needs::Databases || dossier.gateway.is_some() {
            (invariant.judge)(dossier, &mut judged);
        }
        judged
    };
    INVARIANTS.iter().map(judge).collect()
}

/// What the gateway has and nobody here claims.
fn strangers(gateway: &Gateway) -> Judged {
    let mut judged = Judged::default();
    for transaction in gateway.left() {
        let (id, attempt) = (&transaction.transaction_id, &transaction.order_id);
        judged.finds_at_large(
            format!("the gateway has transaction {id} of {attempt}, which is no try of ours"),
            Advice::both(
                "another system uses this gateway, or a database was restored: compare",
                "orderflow reconcile --simulator --dry-run",
            ),
        );
    }
    judged
}

/// Unresolved dead letters that are about no order.
async fn letters_at_large(client: &Client) -> anyhow::Result<Judged> {
    let mut judged = Judged::default();
    for service in Part::ALL.map(Part::name) {
        let path = format!("/ops/{service}/dead-letters?limit={LETTERS_MAX}");
        let page: Option<DeadLetterPage> = client.get(&path).await?;
        if page.as_ref().is_some_and(|page| page.has_more) {
            judged.finds_at_large(
                format!("{service} has more than {LETTERS_MAX} dead letters: others are not seen"),
                Advice::both("deal with these first", "orderflow dead-letters list"),
            );
        }
        for letter in page.into_iter().flat_map(|page| page.data) {
            if letter.order_id.is_none() {
                judged.finds_at_large(
                    format!("{} gave up: {}", letter.origin, letter.reason),
                    Advice::command(format!(
                        "orderflow dead-letters discard {service} {}",
                        letter.id
                    )),
                );
            }
        }
    }
    Ok(judged)
}
