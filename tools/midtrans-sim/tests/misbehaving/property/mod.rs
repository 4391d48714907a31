//! Any sequence of calls, faults and clock moves keeps the books balanced and every answer within
//! the documented dialect.
//!
//! `ops` is what can happen, `machine` makes it happen without a socket, `dialect` and `course` know
//! what midtrans.md allows, `model` keeps books of its own from what it saw.
//!
//! Without more it is the same run each time. `PROPTEST_CASES` sets how many there are, and then they
//! are others each time, unless `PROPTEST_RNG_SEED` says which.

mod course;
mod dialect;
mod machine;
mod model;
mod named;
mod ops;

use machine::Machine;
use ops::Op;
use proptest::collection::vec;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeSet;

const CASES: u32 = 300;
const STEPS: usize = 80;

/// What is wrong, in words.
pub(crate) type Check = Result<(), String>;

/// Steps of lives, as `from>to`, and codes of answers: what was met on the way.
pub(crate) type Met = BTreeSet<String>;

/// Runs a sequence; the error is the first step after which something is wrong.
pub(crate) fn run(ops: &[Op]) -> Result<Met, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut machine = Machine::open().await;
        for (step, op) in ops.iter().enumerate() {
            machine.apply(op).await.map_err(|wrong| format!("step {step}, {op:?}: {wrong}"))?;
        }
        Ok(machine.met())
    })
}

#[test]
fn any_sequence_keeps_the_books_and_the_dialect() {
    let set = |name: &str| std::env::var(name).is_ok();
    let usual = !set("PROPTEST_CASES") && !set("PROPTEST_RNG_SEED");
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if usual {
        config.cases = CASES;
        config.rng_seed = RngSeed::Fixed(20_260_301);
    }
    let met = RefCell::new(Met::new());
    let outcome = TestRunner::new(config).run(&vec(ops::any(), 1..STEPS), |ops| {
        met.borrow_mut().extend(run(&ops).map_err(TestCaseError::fail)?);
        Ok(())
    });
    if let Err(TestError::Fail(reason, ops)) = outcome {
        panic!("{reason}\n{ops:#?}");
    }
    outcome.unwrap();
    // The usual run is always the same: if it misses something after a change to `ops`, weigh that
    // more there.
    let missed: Vec<_> = course::all().filter(|step| !met.borrow().contains(step)).collect();
    assert!(!usual || missed.is_empty(), "these never happened: {missed:?}");
}
