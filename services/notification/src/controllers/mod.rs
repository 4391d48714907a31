//! HTTP in → use case → HTTP out. Parses at the edge; decides nothing.

pub mod audit;
mod dto;
mod mailbox;
mod notifications;

pub use mailbox::{inbox, opened};
pub use notifications::{Api, get, list, resend};
