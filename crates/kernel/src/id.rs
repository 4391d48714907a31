//! Typed ids. Every entity declares its own with [`typed_id!`](crate::typed_id); a bare `Uuid`
//! stays out of signatures.

use crate::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
pub use uuid::Uuid;

/// Text that is not a UUID in its 36-character form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID in its 36-character form")]
pub struct ParseIdError;

/// Declares a newtype over UUID: parsed only from the hyphenated 36-character form, because a
/// fixed length keeps Midtrans' unseparated signature unambiguous (reference: midtrans.md 3.2).
#[macro_export]
macro_rules! typed_id {
    ($(#[$meta:meta])* pub struct $name:ident;) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $crate::Uuid);

        impl $name {
            /// The raw UUID, for storage.
            pub const fn uuid(self) -> $crate::Uuid {
                self.0
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::ParseIdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if text.len() != 36 {
                    return Err($crate::ParseIdError);
                }
                $crate::Uuid::try_parse(text).map(Self).map_err(|_| $crate::ParseIdError)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

/// Where ids come from. A port, so that tests can repeat them.
pub trait Ids: Send + Sync {
    /// A UUID that nobody else has; sortable by creation where the source can.
    fn uuid(&self) -> Uuid;
}

/// UUIDv7 of the operating system's clock and randomness.
#[derive(Debug, Default, Clone, Copy)]
pub struct TimeOrderedIds;

impl Ids for TimeOrderedIds {
    #[expect(clippy::disallowed_methods, reason = "this is the one source of production ids")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// UUIDv7 from a fixed time and a counter: the same sequence in every run.
#[derive(Debug)]
pub struct ConstantIds {
    start: Timestamp,
    next: AtomicU64,
}

impl ConstantIds {
    /// Ids that carry `start` as their time.
    pub fn new(start: Timestamp) -> Self {
        Self { start, next: AtomicU64::new(1) }
    }
}

impl Ids for ConstantIds {
    fn uuid(&self) -> Uuid {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let millis = u64::try_from(self.start.as_millisecond()).unwrap_or_default();
        let mut random = [0; 10];
        random[2..].copy_from_slice(&n.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    typed_id! {
        /// A thing.
        pub struct ThingId;
    }

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let text = "0192f0c1-2b3c-7d4e-8f50-617283940a1b";
        let id: ThingId = text.parse().unwrap();
        assert_eq!((id.to_string(), id.uuid().to_string()), (text.to_owned(), text.to_owned()));
        let bare = "0192f0c12b3c7d4e8f50617283940a1b";
        for bad in ["", "1 OR 1=1", "not-a-uuid", bare, &format!("{{{text}}}"), &text[1..]] {
            assert_eq!(bad.parse::<ThingId>(), Err(ParseIdError), "{bad:?}");
        }
    }

    #[test]
    fn constant_ids_differ_and_sort() {
        let ids = ConstantIds::new(Timestamp::UNIX_EPOCH);
        let made: Vec<_> = (0..1000).map(|_| ids.uuid()).collect();
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), 1000);
        assert!(made.is_sorted());
        assert_eq!(made[0].get_version_num(), 7);
    }
}
