//! The official Midtrans clients of Python and Node, as their registries have them, against the
//! simulator: what they take for a gateway is one.
//!
//! The cases are written in the clients' own languages, in `python/` and `node/`; what has to come
//! of them stands in [`expected`]. Nothing of OrderFlow runs here.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod clients;
mod expected;
mod merchant;
mod verdict;
mod wire;
mod world;

use clients::Program;
use wire::Seen;
use world::World;

/// Runs every case with a client and checks what it left behind. Gives what was on the wire.
async fn conforms(name: &str, program: Program) -> Vec<Seen> {
    let world = World::open().await;
    let said = program.run(&world.settings()).await;
    verdict::check(&said).unwrap_or_else(|faults| panic!("{name}:\n{faults}"));
    let stand: Vec<(String, String)> = world.stand(name).await;
    for (case, status) in expected::STAND {
        let found: Vec<_> = stand.iter().filter(|(order, _)| order == case).collect();
        assert_eq!(found.len(), 1, "{name}: transactions of {case}: {stand:?}");
        assert!(status.contains(&found[0].1.as_str()), "{name}: {case} is {}", found[0].1);
    }
    // What was refused left nothing behind, and nothing was charged twice.
    assert_eq!(stand.len(), expected::STAND.len(), "{name}: {stand:?}");
    world.wire.seen()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_client_takes_the_simulator_for_midtrans() {
    let seen = conforms("python", Program::Python).await;
    wire::all_by(&seen, "midtransclient-python/1.4.2");
    // Its quirks were there (midtrans.md 5.3), so they are tolerated.
    for action in ["cancel", "expire", "approve", "deny"] {
        wire::any(&seen, |call| call.is("POST", action) && call.length == Some("{}".len()));
    }
    wire::any(&seen, |call| call.is("GET", "status") && call.query.as_deref() == Some("X-Foo=bar"));
    wire::any(&seen, |call| call.is("POST", "charge") && call.length == Some("null".len()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_node_client_takes_the_simulator_for_midtrans() {
    let seen = conforms("node", Program::Node).await;
    wire::all_by(&seen, "midtransclient-nodejs/1.4.3");
    for action in ["cancel", "expire", "approve", "deny"] {
        wire::any(&seen, |call| call.is("POST", action) && call.length == Some("null".len()));
    }
    wire::any(&seen, |call| call.is("GET", "status") && call.length == Some("{}".len()));
    wire::any(&seen, |call| call.is("POST", "charge") && call.length == Some("null".len()));
}
