//! Each service, each database and the broker taken away in turn, under load, and given back.
//!
//! On servers of the tests' own, which can be killed. No process of ours is restarted but the one
//! that was killed.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod house;
mod instances;
mod load;
mod losses;
mod outage;
