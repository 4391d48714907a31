//! One outage after the other: 20 seconds each under 50 orders a second.

use crate::house::House;
use crate::load::Load;
use orderflow::compose::Part;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use testkit::all_paid_and_told;

/// How long something is away.
const AWAY: Duration = Duration::from_secs(20);
/// Load before it goes and after it is back.
const CALM: Duration = Duration::from_secs(2);
/// Publishing and consuming must be under way again that soon after the broker is back.
const RESUMES: Duration = Duration::from_secs(20);
/// Until everything that was ordered is paid and told. What a killed process held comes back when
/// its lease of 30 s runs out.
const PATIENCE: Duration = Duration::from_secs(120);

/// Something to take away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Service(Part),
    Database(Part),
    Broker,
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// `kill -9`
    Killed,
    /// An orderly stop.
    Stopped,
}

impl Target {
    /// Without these no order can be taken; without anything else every one is.
    fn takes_orders(self) -> bool {
        matches!(self, Self::Service(Part::Order) | Self::Database(Part::Order))
    }
}

async fn take_away(house: &mut House, target: Target, how: How) {
    match (target, how) {
        (Target::Service(part), How::Killed) => house.fleet.kill(part, 0),
        (Target::Service(part), How::Stopped) => house.fleet.stop_one(part, 0).await,
        (Target::Database(part), How::Killed) => house.database(part).kill().unwrap(),
        (Target::Database(part), How::Stopped) => house.database(part).stop().unwrap(),
        (Target::Broker, How::Killed) => house.broker.kill().unwrap(),
        (Target::Broker, How::Stopped) => house.broker.stop().unwrap(),
    }
}

async fn give_back(house: &mut House, target: Target) {
    match target {
        Target::Service(part) => house.fleet.start_one(part, 0).await,
        Target::Database(part) => house.database(part).start().unwrap(),
        Target::Broker => house.broker.start().unwrap(),
    }
}

/// Every process of ours but the one that is taken away.
fn others(house: &House, target: Target) -> BTreeSet<u32> {
    let parts = Part::ALL.into_iter().filter(|part| target != Target::Service(*part));
    parts.map(|part| house.fleet.process(part, 0).id()).collect()
}

async fn outage(house: &mut House, target: Target, how: How) {
    let before = others(house, target);
    let load = Load::start(&house.fleet, &format!("{target:?}-{how:?}"));
    tokio::time::sleep(CALM).await;
    take_away(house, target, how).await;
    tokio::time::sleep(AWAY).await;
    let missed = load.failed();
    give_back(house, target).await;
    let back = Instant::now();
    let id = load.place_one(&house.fleet, &format!("{target:?}-{how:?}-new")).await;
    house.fleet.order_becomes_within(PATIENCE, &id, "paid").await;
    let resumed = back.elapsed();
    tokio::time::sleep(CALM).await;
    let told = load.told.clone();
    let ids = load.finish().await;
    let all = all_paid_and_told(&house.fleet, PATIENCE).await;
    eprintln!(
        "{target:?} {how:?}: {} orders, {missed} tries failed, a new order was paid {:.1} s after \
         the return, all {all} are complete after {:.1} s",
        ids.len(),
        resumed.as_secs_f64(),
        back.elapsed().as_secs_f64()
    );
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "two keys were answered with one order");
    if target.takes_orders() {
        assert!(missed > 0, "nothing was taken away");
    } else {
        let failed = told.failed.load(Ordering::Relaxed);
        assert_eq!(failed, 0, "orders depend on more than their database: {told:?}");
    }
    if target == Target::Broker {
        assert!(resumed < RESUMES, "{resumed:?}");
    }
    assert_eq!(others(house, target), before, "a process of ours was restarted");
}

async fn outages(all: &[(Target, How)]) {
    let mut house = House::start().await;
    for (target, how) in all {
        outage(&mut house, *target, *how).await;
    }
    house.fleet.finish_quickly().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_outlive_the_loss_of_the_broker_and_of_services() {
    outages(&[
        (Target::Broker, How::Killed),
        (Target::Service(Part::Payment), How::Killed),
        (Target::Service(Part::Notification), How::Stopped),
        (Target::Broker, How::Stopped),
        (Target::Service(Part::Order), How::Killed),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_outlive_the_loss_of_each_database() {
    outages(&[
        (Target::Database(Part::Payment), How::Killed),
        (Target::Database(Part::Order), How::Killed),
        (Target::Database(Part::Notification), How::Killed),
        (Target::Database(Part::Payment), How::Stopped),
        (Target::Database(Part::Order), How::Stopped),
    ])
    .await;
}
