//! The simulator on its bad days, over real HTTP on loopback and in process: every fault switch as a
//! merchant meets it, the retry table with redirects, and random sequences of everything at once.
//! The clock stands still until a test moves it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod answers;
mod client;
mod lives;
mod notifications;
mod pace;
mod property;
mod retries;
mod switches;
mod tampered;
mod world;
