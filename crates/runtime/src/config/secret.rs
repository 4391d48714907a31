//! A text that shows itself to nobody by accident.
//!
//! Storage and transport of secrets are not here.

use serde::{Deserialize, Serialize, Serializer};
use std::cell::Cell;
use std::fmt;

const HIDDEN: &str = "***";

thread_local! {
    static REVEALING: Cell<bool> = const { Cell::new(false) };
}

/// A key or password: `***` in `Debug`, `Display` and when serialised. Empty means not set.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself; the name makes its uses easy to find.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it is not set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn shown(&self) -> &str {
        if self.is_empty() { "" } else { HIDDEN }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = if REVEALING.get() { self.reveal() } else { self.shown() };
        serializer.serialize_str(text)
    }
}

/// Serialises with secrets in the clear: the loader turns defaults into a table and back, and a
/// default secret (the simulator's) must survive that.
pub(super) fn revealing<T>(serialise: impl FnOnce() -> T) -> T {
    REVEALING.set(true);
    let done = serialise();
    REVEALING.set(false);
    done
}
