//! `demo --count N`: many orders, created at a rate, paid by the simulator's own pages, counted at the
//! end. The load behind docs/measured.md: nothing follows an order on its way, so that clients cost
//! next to nothing.

use super::autopay::{Autopay, is_back};
use super::fate::Fate;
use super::interrupt::until_interrupted;
use super::lists::owed;
use super::meter::{self, Meter, Used};
use super::patient::{Patient, Pulse};
use super::report::{Ended, Report};
use super::shop::Shop;
use super::tally;
use crate::cli::DemoArgs;
use crate::output::counted;
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::RefCell;
use std::time::Duration;

/// Orders being created at once.
const CLIENTS: usize = 128;
/// When no order could be created for so long, the run gives up what is left.
const PATIENCE: Duration = Duration::from_secs(60);
/// What becomes of every order.
const FATE: Fate = Fate::Paid;

/// What creating orders needs.
struct Crowd<'a> {
    shop: &'a Shop,
    patient: &'a Patient<'a>,
    bar: &'a ProgressBar,
    /// Created, or not.
    ended: RefCell<Vec<Ended>>,
}

/// Creates the orders and says whether all are paid and everybody was told so once.
pub(super) async fn run(shop: &Shop, args: &DemoArgs, pid: Option<u32>) -> anyhow::Result<bool> {
    let patient = Patient { client: &shop.client, pulse: Pulse::new(PATIENCE) };
    let base = patient.again(async || owed(patient.client).await).await?;
    let autopay = Autopay::found(&patient).await?;
    let bar = progress(args);
    let all = Crowd { shop, patient: &patient, bar: &bar, ended: RefCell::default() };
    let meter = Meter::start(pid);
    let created = until_interrupted(async {
        autopay.on(&patient).await?;
        all.create(args).await;
        Ok(())
    });
    let created = created.await;
    let (ended, created_in) = (all.ended.take(), meter.read().time);
    bar.set_message("waiting for payments and mails");
    let counted = match created {
        Ok(()) => until_interrupted(tally::at_rest(&patient, &ended, (&bar, base))).await,
        Err(error) => Err(error),
    };
    let used = meter.read();
    // Not before: pages are still paid while the last orders come to rest.
    let back = async || autopay.put_back(patient.client).await;
    let back = until_interrupted(patient.again(back)).await;
    let (lived, tally) = tally::or_as_it_is(counted, patient.client, &ended).await;
    bar.finish_and_clear();
    let flag = patient.client.flag();
    let report = Report { flag: &flag, asked: args.count, ended: &ended, tally: &tally };
    if args.json {
        report.lines();
    }
    words(&report, created_in, used);
    let back = is_back(back, &[autopay.by_hand(patient.client)]);
    lived?;
    Ok(report.is_right() && back)
}

fn progress(args: &DemoArgs) -> ProgressBar {
    let bar = match args.json {
        true => ProgressBar::hidden(),
        false => ProgressBar::new(u64::from(args.count)),
    };
    let style = "  {bar:32} {pos}/{len} orders  {per_sec:>12}  {msg}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar.set_message("creating");
    bar
}

impl Crowd<'_> {
    async fn create(&self, args: &DemoArgs) {
        let start = tokio::time::Instant::now();
        let orders = stream::iter(0..args.count).map(|n| async move {
            if let Some(rate) = args.rate {
                let due = Duration::from_secs_f64(f64::from(n) / f64::from(rate));
                tokio::time::sleep_until(start + due).await;
            }
            self.create_one(n).await
        });
        let created = orders.buffered(CLIENTS);
        created.for_each(async |ended| self.ended.borrow_mut().push(ended)).await;
    }

    async fn create_one(&self, n: u32) -> Ended {
        let purchase = self.shop.purchase(n);
        let created = match self.patient.pulse.is_still() {
            true => Err(anyhow::anyhow!("no order could be created for {PATIENCE:?}")),
            false => self.patient.again(async || self.shop.buy(&purchase).await).await,
        };
        let id = created.and_then(|order| {
            let id = order["id"].as_str().map(str::to_owned);
            id.ok_or_else(|| anyhow::anyhow!("an order has no id"))
        });
        match id {
            Ok(id) => {
                self.patient.pulse.beat();
                self.bar.inc(1);
                Ended { n, fate: FATE, id: Some(id), trouble: None }
            }
            Err(error) => Ended { n, fate: FATE, id: None, trouble: Some(format!("{error:#}")) },
        }
    }
}

fn words(report: &Report<'_>, created_in: Duration, used: Used) {
    let mark = if report.is_right() { '✔' } else { '✖' };
    let (asked, right, tally) = (report.asked, report.right(), report.tally);
    let not = usize::try_from(asked).unwrap_or(usize::MAX).saturating_sub(right);
    let customers = match tally.ledger {
        Some(_) => {
            let told = counted(tally.told, "customer");
            format!("{told} told, {} told something twice", tally.told_twice)
        }
        None => "customers not counted".to_owned(),
    };
    let orders = counted(asked, "order");
    eprintln!("{mark} {orders}: {right} paid, {not} not; {customers}");
    report.examples();
    let per_second = right as f64 / used.time.as_secs_f64();
    let (created, done) = (meter::words(created_in), meter::words(used.time));
    eprintln!("  created in {created}, all done after {done}: {per_second:.0} orders/s end to end");
    if let Some(cpu) = used.cpu_words(report.ended.len()) {
        eprintln!("  CPU {cpu}");
    }
}
