//! The client against servers that misbehave: every answer must end as the right outcome. The
//! client against a faithful Midtrans is tested with the simulator.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod broken;
mod calls;
mod charges;
mod fixtures;
mod judged;
mod noise;
mod outcomes;
mod requests;
mod secrets;
mod stub;
