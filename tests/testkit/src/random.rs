//! Random numbers that a printed seed repeats.

use std::hash::{BuildHasher, Hasher, RandomState};
use uuid::Uuid;

/// A source of numbers (splitmix64).
#[derive(Debug)]
pub struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    /// From `TEST_SEED`, or else new each time.
    pub fn from_env() -> Self {
        let given = std::env::var("TEST_SEED").ok();
        let seed = given.map_or_else(
            || RandomState::new().build_hasher().finish(),
            |text| text.parse().expect("TEST_SEED is a whole number"),
        );
        Self { seed, state: seed }
    }

    /// What to set `TEST_SEED` to for the same numbers again.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A number from 0 to `end - 1`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// An id that no other run has.
#[expect(clippy::disallowed_methods, reason = "servers outlive a test, so names must not repeat")]
pub fn unique() -> Uuid {
    Uuid::new_v4()
}
