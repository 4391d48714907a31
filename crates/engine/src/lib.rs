//! The one shape of every state change: load, decide, commit.
//!
//! ```text
//! load(ids)      -> [Versioned<A>]        one read for many
//! decide(A, in)  -> Decision { … }        pure, about one aggregate
//! commit([..])   -> [Outcome]             one transaction for many
//! ```
//!
//! [`execute`] loops over the three and serves HTTP, consumers and jobs alike; [`jobs`] runs
//! leased outside work around it. Knows no SQL, no broker, no HTTP, no order and no payment.

mod change;
mod execute;
pub mod jobs;
mod store;

pub use change::{
    Aggregate, Answer, Change, Decision, Guard, Origin, Recorded, Version, Versioned,
};
pub use execute::{Basis, Command, ExecuteError, Executed, execute, execute_one};
pub use store::{Outcome, Refusal, Store, StoreError};
