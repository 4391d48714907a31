//! `kill -9` of each service at random, fifty times, while orders of every fate are under way:
//! every order comes to its right end, and `verify` finds nothing wrong.
//!
//! A test program of its own: it takes the whole machine, and `outages` measures times.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use orderflow::compose::Part;
use std::cell::Cell;
use std::path::Path;
use std::time::Duration;
use tempfile::tempdir;
use testkit::{Fleet, Random, run};

/// Kills, over all services.
const KILLS: usize = 50;
/// Between two of them, at most.
const BETWEEN_MS: u64 = 900;
/// Orders, and how many of them a second: they last longer than the kills.
const ORDERS: &str = "1500";
const RATE: &str = "18";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_under_the_realistic_mix_lose_and_double_nothing() {
    let mut random = Random::from_env();
    eprintln!("TEST_SEED={}", random.seed());
    let mut fleet = Fleet::start(binary(), &[]).await;
    let folder = tempdir().unwrap();
    let log = folder.path().join("clients.jsonl").to_str().unwrap().to_owned();
    let settings = fleet.addresses.variables();
    let settings = borrowed(&settings);
    let ended = Cell::new(false);
    let demo = async {
        let args = ["demo", "--mix", "realistic", "--count", ORDERS, "--rate", RATE];
        let args = [&args[..], &["--client-log", &log]].concat();
        let demo = run(binary(), &args, &settings).await;
        ended.set(true);
        demo
    };
    let (demo, ()) = tokio::join!(demo, kills(&mut fleet, &mut random, &ended));
    assert_eq!(demo.code, Some(0), "{}\n{}", demo.stdout, demo.stderr);
    let verified = run(binary(), &["verify", "--client-log", &log], &settings).await;
    eprintln!("{}\n{}", demo.stderr, verified.stdout);
    assert_eq!(verified.code, Some(0), "{}\n{}", verified.stdout, verified.stderr);
    fleet.finish_quickly().await;
}

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_orderflow"))
}

async fn kills(fleet: &mut Fleet, random: &mut Random, ended: &Cell<bool>) {
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(300 + random.below(BETWEEN_MS))).await;
        assert!(!ended.get(), "the load ended before the kills");
        let part = Part::ALL[usize::try_from(random.below(3)).unwrap()];
        fleet.kill(part, 0);
        tokio::time::sleep(Duration::from_millis(random.below(400))).await;
        fleet.start_one(part, 0).await;
    }
}

fn borrowed(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
