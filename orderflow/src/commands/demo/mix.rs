//! `demo --mix realistic`: orders that come to every end there is, while callbacks get lost, doubled and
//! overtaken. The load and the witness of the tests that kill services.
//!
//! Plays customers, banks and merchant. What is right is data, in `fate`; whether the services agree
//! among themselves is for `verify`.

mod bank;
mod faults;
mod life;
mod merchant;
mod table;
mod watch;

use super::autopay::is_back;
use super::fate::{CARD, Fate, clicks_twice, method};
use super::interrupt::until_interrupted;
use super::lists::owed;
use super::meter::Meter;
use super::patient::{Patient, Pulse};
use super::report::{Ended, Report};
use super::shop::Shop;
use super::tally;
use crate::cli::DemoArgs;
use bank::Bank;
use faults::Faults;
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use life::{Act, Action, Life, Next, Outcome, Seen};
use merchant::{Merchant, Order};
use std::cell::RefCell;
use std::time::Duration;
use table::Around;
use tokio::sync::watch::Receiver;
use watch::{Silence, Watch};

/// Orders under way at once.
const UNDER_WAY: usize = 512;
/// Without any progress for so long, the run gives up what is left; a service may be started again
/// meanwhile, and its leases run out.
const PATIENCE: Duration = Duration::from_secs(120);
/// The same, when the system's own looks are waited for: the third comes after 8 minutes.
const LONG_PATIENCE: Duration = Duration::from_secs(600);
/// How long the customer is at the bank, or on the way to the shop.
const ELSEWHERE: Duration = Duration::from_secs(1);
/// Between two looks at what an order does not show.
const LOOK: Duration = Duration::from_millis(500);
/// An order that waits sees at this pace whether the run has lost its patience.
const WAKE: Duration = Duration::from_secs(5);

/// What every life of a run needs.
struct Run<'a> {
    merchant: Merchant<'a>,
    bank: Bank<'a>,
    faults: &'a Faults,
    watch: &'a Watch<'a>,
    bar: &'a ProgressBar,
    /// The lives that are over, right or wrong.
    ended: RefCell<Vec<Ended>>,
}

/// Brings every order to its end and says whether all came to the right one.
pub(super) async fn run(shop: &Shop, args: &DemoArgs, pid: Option<u32>) -> anyhow::Result<bool> {
    let (patience, silence) = match args.no_reconcile {
        true => (LONG_PATIENCE, Silence::Waits),
        false => (PATIENCE, Silence::Asks),
    };
    let patient = Patient { client: &shop.client, pulse: Pulse::new(patience) };
    let base = patient.again(async || owed(patient.client).await).await?;
    let faults = Faults::found(&patient, &shop.run).await?;
    let meter = Meter::start(pid);
    let bar = progress(args);
    let watch = Watch::new(&patient, silence);
    let all = Run {
        merchant: Merchant { shop, patient: &patient },
        bank: Bank(&patient),
        faults: &faults,
        watch: &watch,
        bar: &bar,
        ended: RefCell::default(),
    };
    let lived = async {
        tokio::select! {
            lived = all.live_all(args) => lived,
            error = watch.run() => Err(error),
        }
    };
    let lived = until_interrupted(lived).await;
    let struck = faults.struck(patient.client).await.unwrap_or_default();
    let back = until_interrupted(faults.put_back(&patient)).await;
    let ended = all.ended.take();
    bar.set_message("counting");
    let counted = match lived {
        Ok(()) => until_interrupted(tally::at_rest(&patient, &ended, (&bar, base))).await,
        Err(error) => Err(error),
    };
    let (lived, tally) = tally::or_as_it_is(counted, patient.client, &ended).await;
    let used = meter.read();
    bar.finish_and_clear();
    let flag = patient.client.flag();
    let report = Report { flag: &flag, asked: args.count, ended: &ended, tally: &tally };
    if args.json {
        report.lines();
    }
    report.table(&shop.run);
    report.around(&Around { struck, reconciled: watch.asked(), used });
    let back = is_back(back, &faults.by_hand(patient.client));
    lived?;
    Ok(report.is_right() && back)
}

fn progress(args: &DemoArgs) -> ProgressBar {
    let bar = match args.json {
        true => ProgressBar::hidden(),
        false => ProgressBar::new(u64::from(args.count)),
    };
    if let Ok(style) = ProgressStyle::with_template("  {bar:32} {pos}/{len} at their end  {msg}") {
        bar.set_style(style);
    }
    bar
}

impl Run<'_> {
    async fn live_all(&self, args: &DemoArgs) -> anyhow::Result<()> {
        self.faults.set(self.merchant.patient).await?;
        let start = tokio::time::Instant::now();
        let lives = stream::iter(0..args.count).map(|n| async move {
            if let Some(rate) = args.rate {
                let due = Duration::from_secs_f64(f64::from(n) / f64::from(rate));
                tokio::time::sleep_until(start + due).await;
            }
            let ended = self.live(n).await;
            self.bar.inc(u64::from(ended.trouble.is_none()));
            let (under_way, asked) = (self.watch.under_way(), self.watch.asked());
            self.bar.set_message(match asked {
                0 => format!("{under_way} under way"),
                _ => format!(
                    "{under_way} under way; reconciling {asked} orders whose callbacks were lost"
                ),
            });
            self.ended.borrow_mut().push(ended);
        });
        lives.buffer_unordered(UNDER_WAY).for_each(async |()| {}).await;
        Ok(())
    }

    /// One order, from its creation to its end.
    async fn live(&self, n: u32) -> Ended {
        let (fate, purchase) = (Fate::of(n), self.merchant.shop.purchase(n));
        let created = match clicks_twice(n) {
            true => self.merchant.create_twice(&purchase).await,
            false => self.merchant.create(&purchase).await,
        };
        let id = match created {
            Ok(id) => id,
            Err(error) => return Ended { n, fate, id: None, trouble: Some(format!("{error:#}")) },
        };
        let follower = self.watch.follow(&id);
        let amount = purchase.amount;
        let mut order = Order { n, id: id.clone(), amount, page: None, transaction: None };
        let lived = self.go_through(&mut order, follower).await;
        self.watch.leave(&id);
        Ended { n, fate, id: Some(id), trouble: lived.err().map(|error| format!("{error:#}")) }
    }

    async fn go_through(
        &self,
        order: &mut Order,
        mut follower: Receiver<Seen>,
    ) -> anyhow::Result<()> {
        let mut life = Life::of(order.n);
        let mut known = Seen::default();
        loop {
            let seen = follower.borrow_and_update().clone();
            known = Seen { known: known.known, second_back: known.second_back, ..seen };
            match life.next(&known) {
                Next::Do(act) => {
                    self.perform(act, order, &known).await?;
                    self.watch.touch(&order.id);
                }
                Next::Pause => tokio::time::sleep(ELSEWHERE).await,
                Next::Look => {
                    tokio::time::sleep(LOOK).await;
                    self.look(order, &mut known).await?;
                }
                Next::Watch => {
                    // The watch outlives its followers; a time-out is the next look at the pulse.
                    let _ = tokio::time::timeout(WAKE, follower.changed()).await;
                }
                Next::Ended => return Ok(()),
            }
            if self.merchant.patient.pulse.is_still() {
                anyhow::bail!("nothing moves any more");
            }
        }
    }

    async fn perform(&self, act: Act, order: &mut Order, seen: &Seen) -> anyhow::Result<()> {
        let payment = seen.payment.as_deref();
        match act {
            Act::Choose(outcome) => {
                self.choose(order, payment, (method(order.n), outcome)).await?;
            }
            Act::ChooseCard(outcome) => self.choose(order, payment, (CARD, outcome)).await?,
            Act::Bank(action) => {
                self.bank.act(needed(order.transaction.as_deref())?, action).await?;
            }
            Act::ArmTwin => {
                let page = needed(order.page.as_ref())?;
                self.faults.arm_twin(self.merchant.patient, page).await?;
            }
            Act::SettleTwin => {
                let page = needed(order.page.as_ref())?;
                let twin = self.bank.twin(page, needed(order.transaction.as_deref())?).await?;
                let client = self.merchant.patient.client;
                let disarm = async || self.faults.disarm_twin(client, page).await;
                self.merchant.patient.again(disarm).await?;
                self.bank.act(&twin.id, Action::Settle).await?;
            }
            Act::Cancel => self.merchant.cancel(order).await?,
            Act::Refund => self.merchant.refund(order, needed(payment)?, None).await?,
            Act::RefundHalf => {
                self.merchant.refund(order, needed(payment)?, Some(order.amount / 2)).await?;
            }
        }
        Ok(())
    }

    async fn choose(
        &self,
        order: &mut Order,
        payment: Option<&str>,
        choice: (&str, Outcome),
    ) -> anyhow::Result<()> {
        let page = match order.page.take() {
            Some(page) => page,
            None => self.merchant.page(needed(payment)?).await?,
        };
        order.transaction = Some(self.bank.choose(&page, choice).await?.id);
        order.page = Some(page);
        Ok(())
    }

    /// Asks the payment service for what orders do not show.
    async fn look(&self, order: &Order, seen: &mut Seen) -> anyhow::Result<()> {
        let payment = needed(seen.payment.as_deref())?;
        if seen.known {
            seen.second_back = self.merchant.gave_second_back(payment).await?;
        } else {
            let transaction = needed(order.transaction.as_deref())?;
            seen.known = self.merchant.knows(payment, transaction).await?;
        }
        if seen.known || seen.second_back {
            self.merchant.patient.pulse.beat();
        }
        Ok(())
    }
}

/// What an earlier step of the script has brought.
fn needed<T>(thing: Option<T>) -> anyhow::Result<T> {
    thing.ok_or_else(|| anyhow::anyhow!("a step of the demo came too early"))
}
