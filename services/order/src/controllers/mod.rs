//! HTTP in → use case → HTTP out. Parses at the edge; decides nothing.

pub mod audit;
mod cancel;
mod dto;
mod orders;
mod parse;
mod request;

pub use cancel::cancel;
pub use orders::{Api, create, get, list};
