//! Settings in layers: defaults < file < environment < flags, checked key by key.
//!
//! The defaults of the configuration type are the list of known keys and their types, so nothing
//! is declared twice. Which settings exist is the business of whoever declares the type.
//!
//! Rules for such a type: every field is in its default (an optional text is `""` there, since
//! TOML has no null); a duration uses [`duration`]; a secret is a [`Secret`]; an empty table is a
//! free map.

pub mod duration;
mod fault;
mod layers;
mod secret;

use layers::Merge;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use toml::{Table, Value};

pub use fault::{ConfigError, Fault};
pub use secret::Secret;

/// What every variable of ours begins with.
const ENV_PREFIX: &str = "ORDERFLOW_";

/// Where a setting was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The default in the code.
    Default,
    /// A line of the file.
    File {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// An environment variable.
    Env(String),
    /// A file that an environment variable names.
    SecretFile {
        /// The variable, ending in `_FILE`.
        variable: String,
        /// The file.
        path: PathBuf,
    },
    /// A flag.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Env(variable) => write!(f, "environment variable {variable}"),
            Self::SecretFile { variable, path } => write!(f, "{} ({variable})", path.display()),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// The layers over the defaults.
#[derive(Debug, Default)]
pub struct Loader {
    file: Option<PathBuf>,
    env: Vec<(String, String)>,
    flags: Vec<(String, String, String)>,
}

impl Loader {
    /// Defaults alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a TOML file, which must exist.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Adds variables; those that do not begin with `ORDERFLOW_`, and those named in
    /// `not_settings`, are left alone.
    #[must_use]
    pub fn env(
        mut self,
        variables: impl IntoIterator<Item = (String, String)>,
        not_settings: &[&str],
    ) -> Self {
        let ours = variables.into_iter().filter(|(name, _)| {
            name.starts_with(ENV_PREFIX) && !not_settings.contains(&name.as_str())
        });
        self.env.extend(ours);
        self
    }

    /// Adds the process's own variables.
    #[must_use]
    pub fn process_env(self, not_settings: &[&str]) -> Self {
        let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
        self.env(std::env::vars_os().map(|(name, value)| (text(name), text(value))), not_settings)
    }

    /// Adds one setting given as a flag, parsed like a variable.
    #[must_use]
    pub fn flag(mut self, flag: &str, key: &str, value: impl Into<String>) -> Self {
        self.flags.push((flag.to_owned(), key.to_owned(), value.into()));
        self
    }

    /// Merges the layers. Reports everything that is wrong, not only the first.
    pub fn load<T>(self) -> Result<Loaded<T>, ConfigError>
    where
        T: Serialize + DeserializeOwned + Default,
    {
        let defaults = secret::revealing(|| Table::try_from(T::default()));
        let defaults = defaults.map_err(|error| Fault::Defaults { message: error.to_string() })?;
        let mut merge = Merge::over(&defaults);
        if let Some(path) = self.file {
            merge.file(path)?;
        }
        merge.env(self.env);
        merge.flags(self.flags);
        let (values, sources) = merge.finish()?;
        let value = serde_path_to_error::deserialize(values).map_err(|error| {
            let key = error.path().to_string();
            let from = source_of(&sources, &key);
            let message = error.into_inner().message().to_owned();
            Fault::Invalid { key, from, message }
        })?;
        Ok(Loaded { value, sources })
    }
}

/// A setting given below `key` (an array's element) counts as given at `key`.
fn source_of(sources: &BTreeMap<String, Source>, key: &str) -> Source {
    let mut key = key.to_owned();
    loop {
        if let Some(source) = sources.get(&key) {
            return source.clone();
        }
        match key.rfind(['.', '[']) {
            Some(at) => key.truncate(at),
            None => return Source::Default,
        }
    }
}

/// A configuration and where each of its settings came from.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The configuration.
    pub value: T,
    sources: BTreeMap<String, Source>,
}

/// One line of `config show --sources`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Such as `server.listen`.
    pub key: String,
    /// As TOML; a secret is `"***"`.
    pub value: String,
    /// Where it was read.
    pub source: Source,
}

impl<T: Serialize> Loaded<T> {
    /// Where the setting came from.
    pub fn source(&self, key: &str) -> Source {
        source_of(&self.sources, key)
    }

    /// Every setting in force.
    pub fn settings(&self) -> Result<Vec<Setting>, ConfigError> {
        let table = Table::try_from(&self.value);
        let table = table.map_err(|error| Fault::Defaults { message: error.to_string() })?;
        let mut settings = Vec::new();
        layers::each_leaf(&table, "", &mut |key, value: &Value| {
            let source = self.source(key);
            settings.push(Setting { key: key.to_owned(), value: value.to_string(), source });
        });
        Ok(settings)
    }
}

#[cfg(test)]
mod tests;
