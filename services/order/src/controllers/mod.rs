//! HTTP in → use case → HTTP out. Parses at the edge; decides nothing.

mod dto;
mod orders;
mod parse;

pub use orders::{Api, create, get, list};
