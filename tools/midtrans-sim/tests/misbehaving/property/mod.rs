//! Any sequence of calls, faults and clock moves keeps the books balanced and every answer within
//! the documented dialect.
//!
//! `ops` is what can happen, `machine` makes it happen without a socket, `dialect` and `course` know
//! what midtrans.md allows, `model` keeps books of its own from what it saw.
//!
//! `PROPTEST_CASES` runs more of them, `PROPTEST_RNG_SEED` others.

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

const CASES: u32 = 64;
const STEPS: usize = 40;

/// What is wrong, in words.
pub(crate) type Check = Result<(), String>;

/// Runs a sequence; the error is the first step after which something is wrong.
pub(crate) fn run(ops: &[Op]) -> Check {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut machine = Machine::open().await;
        for (step, op) in ops.iter().enumerate() {
            machine.apply(op).await.map_err(|wrong| format!("step {step}, {op:?}: {wrong}"))?;
        }
        Ok(())
    })
}

#[test]
fn any_sequence_keeps_the_books_and_the_dialect() {
    let set = |name: &str| std::env::var(name).is_ok();
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if !set("PROPTEST_CASES") {
        config.cases = CASES;
    }
    if !set("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(20_260_301);
    }
    let outcome = TestRunner::new(config)
        .run(&vec(ops::any(), 1..STEPS), |ops| run(&ops).map_err(TestCaseError::fail));
    if let Err(TestError::Fail(reason, ops)) = outcome {
        panic!("{reason}\n{ops:#?}");
    }
    outcome.unwrap();
}
