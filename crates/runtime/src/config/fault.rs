//! What can be wrong with a configuration, in words that say where to look.
//!
//! Values are never repeated: any of them may be a secret.

use super::Source;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// One thing that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No such setting.
    #[error("{from}: there is no setting `{key}`{}", hint(nearest.as_deref()))]
    Unknown {
        /// As it was written.
        key: String,
        /// Where.
        from: Source,
        /// The known name that resembles it most.
        nearest: Option<String>,
    },
    /// Another type than the default's.
    #[error("{from}: `{key}` must be {expected}, not {found}")]
    WrongType {
        /// The setting.
        key: String,
        /// Where.
        from: Source,
        /// The default's type.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// Of the right type, and still refused.
    #[error("{from}: `{key}`: {message}")]
    Invalid {
        /// The setting.
        key: String,
        /// Where.
        from: Source,
        /// Why.
        message: String,
    },
    /// Given twice in one layer.
    #[error("{variable} and {variable}_FILE are both set; keep one")]
    Twice {
        /// The variable.
        variable: String,
    },
    /// The file cannot be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The file is not TOML.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// The parser's word.
        message: String,
    },
    /// The configuration type cannot be written as TOML: a defect of ours.
    #[error("the defaults cannot be written as TOML: {message}")]
    Defaults {
        /// The serialiser's word.
        message: String,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// Everything that is wrong, a line each.
#[derive(Debug)]
pub struct ConfigError {
    /// Never empty.
    pub faults: Vec<Fault>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            let separator = if i == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl From<Fault> for ConfigError {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault] }
    }
}
