//! Two instances of every service, one of them killed and started again every few seconds.

use crate::house::binary;
use crate::load::Load;
use orderflow::compose::Part;
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::{Fleet, Random, all_paid_and_told};

/// Kills, over all services.
const KILLS: usize = 12;
/// Between two of them.
const BETWEEN: Duration = Duration::from_millis(1500);
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_of_each_lose_nothing_and_do_nothing_twice_while_one_is_killed() {
    let mut random = Random::from_env();
    eprintln!("TEST_SEED={}", random.seed());
    let mut fleet = Fleet::start(binary(), &[]).await;
    for part in Part::ALL {
        fleet.start_one(part, 1).await;
    }
    fleet.autopay(50).await;
    let load = Load::start(&fleet, "instances");
    for _ in 0..KILLS {
        tokio::time::sleep(BETWEEN).await;
        let part = Part::ALL[usize::try_from(random.below(3)).unwrap()];
        fleet.kill(part, 1);
        tokio::time::sleep(BETWEEN / 3).await;
        fleet.start_one(part, 1).await;
    }
    let told = load.told.clone();
    let ids = load.finish().await;
    let all = all_paid_and_told(&fleet, PATIENCE).await;
    let distinct: BTreeSet<&String> = ids.iter().collect();
    eprintln!("{all} orders under {KILLS} kills, {told:?}");
    assert_eq!((distinct.len(), all), (ids.len(), ids.len()), "an order was lost or doubled");
    fleet.finish_quickly().await;
}
