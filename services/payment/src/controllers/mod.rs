//! HTTP in → use case → HTTP out. Parses at the edge; decides nothing.

mod callbacks;
mod dto;
mod pay_page;
mod payments;
mod refunds;

pub use callbacks::{list as list_callbacks, receive};
pub use pay_page::pay;
pub use payments::{Api, attempts, callbacks_of, get, list};
pub use refunds::{items, refund, refunds, resolve, sync};
