//! orderflow.
fn main() {}
