//! What Midtrans does, as pure functions and tables: no clock, no storage, no HTTP. Every rule
//! cites the section of midtrans.md it comes from; where that sheet says the sources disagree, the
//! choice made here is its section 7.
//!
//! The rules of charge, refund and the fault switches will be files of their own beside these.

pub(crate) mod method;
pub(crate) mod orders;
pub(crate) mod retry;
pub(crate) mod snap_request;
pub(crate) mod status;
