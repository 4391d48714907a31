//! Things that are only counted, and told to the log now and then.

use kernel::Timestamp;
use std::time::Duration;

/// Between two lines in the log.
const TELL_PAUSE: Duration = Duration::from_secs(60);

/// How many there were since the last line.
#[derive(Debug, Default)]
pub(crate) struct Untold {
    number: u64,
    told_at: Option<Timestamp>,
}

impl Untold {
    /// Counts one more; how many there were, if it is time to tell.
    pub(crate) fn count(&mut self, now: Timestamp) -> Option<u64> {
        self.number += 1;
        is_due(&mut self.told_at, now, TELL_PAUSE).then(|| std::mem::take(&mut self.number))
    }
}

/// Whether the pause since the last time is over; if so, this is the last time.
pub(super) fn is_due(last: &mut Option<Timestamp>, now: Timestamp, pause: Duration) -> bool {
    let due = last.is_none_or(|last| now.duration_since(last).unsigned_abs() >= pause);
    if due {
        *last = Some(now);
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_told_at_most_once_a_minute() {
        let mut untold = Untold::default();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        assert_eq!(untold.count(at(0)), Some(1));
        for second in 1..60 {
            assert_eq!(untold.count(at(second)), None, "{second}");
        }
        assert_eq!(untold.count(at(60)), Some(60));
        assert_eq!(untold.count(at(61)), None);
    }
}
