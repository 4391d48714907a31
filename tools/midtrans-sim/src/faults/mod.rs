//! Fault switches: what `/_sim/faults` sets so that the simulated Midtrans misbehaves as the real
//! one, or somebody in its place, can (midtrans.md 6 and 7).
//!
//! `words` names the faults and where they act, `codes` the numbers that go with them, `switch` is one
//! rule and its validation, `scope` that of what it is narrowed to, `switches` the list with its counters, `tamper` what a fault does to the body of a notification. All of it
//! is pure: no clock, no storage, no HTTP. The effects are where things happen: notifications are
//! struck where they are queued, answers where they are given, lives where a state is reached.

mod codes;
mod scope;
mod switch;
mod switches;
mod tamper;
mod words;

pub(crate) use switch::Switch;
pub(crate) use switches::{Strike, Subject, SwitchView, Switches};
pub(crate) use tamper::tamper;
pub(crate) use words::{Call, Fault, Place};
