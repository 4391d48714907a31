//! What Midtrans decides, as pure functions: no I/O, no clock of their own, no store.

pub(crate) mod card;
pub(crate) mod method;
pub(crate) mod orders;
pub(crate) mod qris;
pub(crate) mod refund;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod status;
