//! The server key: the one secret we share with Midtrans. It never appears in a log.

use std::fmt;

/// A Midtrans server key (midtrans.md 1.2).
#[derive(Clone, PartialEq, Eq)]
pub struct ServerKey(String);

/// A server key that cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a server key is not empty and has no white space")]
pub struct ServerKeyError;

impl ServerKey {
    /// Refuses what the official clients refuse before they send: empty, or with white space
    /// (midtrans.md 1.2). A key copied with its line end would otherwise fail as HTTP 401.
    pub fn try_new(text: impl Into<String>) -> Result<Self, ServerKeyError> {
        let text = text.into();
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(ServerKeyError);
        }
        Ok(Self(text))
    }

    /// The secret itself, for signing and for the Authorization header.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_refused_and_debug_keeps_the_secret() {
        for bad in ["", " ", "key\n", "a b", "\tkey"] {
            assert_eq!(ServerKey::try_new(bad), Err(ServerKeyError), "{bad:?}");
        }
        let key = ServerKey::try_new("SB-Mid-server-EXAMPLE-0001").unwrap();
        assert!(!format!("{key:?}").contains("EXAMPLE"));
    }
}
