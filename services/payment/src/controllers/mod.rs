//! HTTP in → use case → HTTP out. Parses at the edge; decides nothing.

pub mod audit;
mod callbacks;
mod dto;
mod exchanges;
mod items;
mod pay_page;
mod payments;
mod refunds;
mod sync;

pub use callbacks::{list as list_callbacks, receive};
pub use exchanges::exchanges;
pub use items::{approve, deny, items, resolve};
pub use pay_page::pay;
pub use payments::{Api, attempts, callbacks_of, get, list};
pub use refunds::{refund, refunds};
pub use sync::sync;
