//! `cargo xtask tidy`: the rules of the house that the compiler does not know.
//!
//! The rules are data, in [`tables`]; each check reads a table and is proven, in its own tests, to
//! catch a planted violation.

mod doors;
mod members;
mod rooms;
mod shape;
mod source;
mod tables;

use anyhow::Result;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// A rule broken: where, which one, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// `file:line`.
    place: String,
    rule: String,
    fix: String,
}

impl Violation {
    fn new(place: impl Into<String>, rule: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { place: place.into(), rule: rule.into(), fix: fix.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    {}", self.place, self.rule, self.fix)
    }
}

/// Checks the workspace and says what it found.
pub(crate) fn report(root: &Path) -> Result<ExitCode> {
    let violations = check(root)?;
    for violation in &violations {
        eprintln!("{violation}");
    }
    eprintln!("tidy: {} violation(s)", violations.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check(root: &Path) -> Result<Vec<Violation>> {
    let members = members::load(root)?;
    let mut found = members::directions(&members);
    for member in &members {
        found.extend(members::manifest(member));
        found.extend(doors::manifest(member));
        for file in source::files(root, member)? {
            found.extend(shape::check(&file));
            if let Some(facts) = &file.facts {
                found.extend(rooms::check(&file.path, facts, member));
                found.extend(doors::check(&file.path, facts));
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let violations = check(&crate::root().unwrap()).unwrap();
        let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
    }
}
