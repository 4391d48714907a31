//! Buckets of time: what producers count their events by, and consumers theirs.

use kernel::{Timestamp, micros, timestamp};

/// How long a bucket is. Part of the contract of `outbox.manifest.v1`: another width would be
/// another version.
const SECONDS: i64 = 30;
const MICROS: i64 = 1_000_000;

/// Half a minute, by an event's own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(i64);

impl Bucket {
    /// The bucket of a moment.
    pub fn of(time: Timestamp) -> Self {
        let seconds = micros(time).div_euclid(MICROS);
        Self(seconds - seconds.rem_euclid(SECONDS))
    }

    /// The bucket that begins at that second since 1970, as stored and as sent.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The second since 1970 at which it begins.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// When it ends, which belongs to the next one.
    pub fn end(self) -> Timestamp {
        timestamp(self.0.saturating_add(SECONDS).saturating_mul(MICROS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bucket_holds_its_beginning_and_not_its_end() {
        let bucket = Bucket::from_seconds(1_700_000_010);
        let (begin, end) = (timestamp(1_700_000_010 * MICROS), bucket.end());
        assert_eq!(end, begin + Duration::from_secs(30));
        assert_eq!(Bucket::of(begin), bucket);
        assert_eq!(Bucket::of(end - Duration::from_micros(1)), bucket);
        assert_eq!(Bucket::of(end), Bucket::from_seconds(1_700_000_040));
        assert_eq!(Bucket::of(begin - Duration::from_micros(1)).seconds(), 1_699_999_980);
        assert_eq!(Bucket::of(timestamp(-1)).seconds(), -30, "also before 1970");
    }
}
