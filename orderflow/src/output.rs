//! Lines on standard output: data for people and programs. Words about the work go to stderr.

use std::fmt::Arguments;
use std::io::Write;

/// Writes one line. When the reader is gone (`… | head`), so is the reason to go on.
pub(crate) fn line(text: Arguments<'_>) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// So many of what a word names, which has a plain plural.
pub(crate) fn counted(count: impl std::fmt::Display, one: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {one}{plural}")
}

/// As `println!`, without its panic when the reader is gone.
macro_rules! out {
    () => { $crate::output::line(format_args!("")) };
    ($($words:tt)*) => { $crate::output::line(format_args!($($words)*)) };
}
pub(crate) use out;
