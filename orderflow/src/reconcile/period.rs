//! What time a report covers: what it lacks of that time is missed, of other times it is not.

use super::row::Row;
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

/// Western Indonesian time, in which Midtrans counts days (midtrans.md 2.1). No daylight saving.
const WIB: Offset = Offset::constant(7);

/// Days that were asked for; an end that was not is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Days {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// Days that are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadDays {
    /// Nothing is between them.
    #[error("--to is before --from: nothing can be compared")]
    Backwards,
    /// No such moment.
    #[error("--from or --to is out of range")]
    Range,
}

/// The time of which a report has every transaction, from its beginning up to but not including
/// its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Covered {
    /// `None`: since ever.
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Timestamp,
}

/// Why nobody knows what time a report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotCovered {
    /// Neither its rows nor the flags say.
    #[error("nothing in it tells a time, so give both --from and --to")]
    NoTime,
    /// The days do not say either: of today a report has what there was when it was made.
    #[error(
        "--to is a day that is not over, so it is covered up to the newest row, and none tells a \
         time: give days that are over"
    )]
    NotOver,
}

/// Whether a report should have a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Yes,
    /// It was paid in that time but begun before: a report by `transaction_time` need not have it.
    Perhaps,
    No,
}

impl Days {
    pub(crate) fn try_new(from: Option<Date>, to: Option<Date>) -> Result<Self, BadDays> {
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            return Err(BadDays::Backwards);
        }
        let start = |day: Date| WIB.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| BadDays::Range);
        let after =
            |day: Date| day.checked_add(1.day()).map_err(|_| BadDays::Range).and_then(start);
        Ok(Self { from: from.map(start).transpose()?, until: to.map(after).transpose()? })
    }

    /// Whether a row belongs to them; one without a time does.
    pub(super) fn hold(&self, row: &Row) -> bool {
        row.at.is_none_or(|at| {
            self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
        })
    }

    /// What a file covers whose oldest and newest row have these times: the days, or from the one
    /// to the other. A day that is not over at `now` is covered up to the newest row.
    pub(super) fn covered_by(
        &self,
        times: Option<(Timestamp, Timestamp)>,
        now: Timestamp,
    ) -> Result<Covered, NotCovered> {
        let until = match (self.until.filter(|until| *until <= now), times) {
            (Some(until), _) => until,
            // What happened in its last second may be missing from it.
            (None, Some((_, newest))) => newest,
            (None, None) if self.until.is_some() => return Err(NotCovered::NotOver),
            (None, None) => return Err(NotCovered::NoTime),
        };
        let from = self.from.or(times.map(|(oldest, _)| oldest)).ok_or(NotCovered::NoTime)?;
        Ok(Covered { from: Some(from), until })
    }

    /// What a list of all transactions covers that was complete at `now`.
    pub(super) fn covered_until(&self, now: Timestamp) -> Covered {
        // Times at the gateway have no fractions of a second.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Covered { from: self.from, until: self.until.map_or(now, |until| until.min(now)) }
    }
}

impl Covered {
    /// Whether what was begun and paid then must be there. A transaction is made after our payment
    /// was opened and before it is paid.
    pub(super) fn expects(&self, begun: Timestamp, paid: Timestamp) -> Expected {
        if paid >= self.until || self.from.is_some_and(|from| paid < from) {
            return Expected::No;
        }
        match self.from {
            Some(from) if begun < from => Expected::Perhaps,
            _ => Expected::Yes,
        }
    }

    /// In words, in the gateway's time.
    pub(super) fn words(&self) -> String {
        let until = midtrans::time::format(self.until);
        match self.from {
            Some(from) => format!("from {} to {until} WIB", midtrans::time::format(from)),
            None => format!("up to {until} WIB"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn days(from: &str, to: &str) -> Days {
        let date = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Days::try_new(date(from), date(to)).unwrap()
    }

    #[test]
    fn a_day_begins_and_ends_in_jakarta() {
        let day = days("2026-03-01", "2026-03-01");
        assert_eq!(day.from, Some(at("2026-02-28T17:00:00Z")));
        assert_eq!(day.until, Some(at("2026-03-01T17:00:00Z")));
        let backwards =
            Days::try_new(Some("2026-03-02".parse().unwrap()), "2026-03-01".parse().ok());
        assert_eq!(backwards, Err(BadDays::Backwards));
        assert_eq!(Days::try_new(None, Some(Date::MAX)), Err(BadDays::Range));
    }

    #[test]
    fn a_day_that_is_not_over_is_covered_as_far_as_the_report_goes() {
        let (oldest, newest) = (at("2026-03-01T03:00:00Z"), at("2026-03-01T05:00:00Z"));
        let times = Some((oldest, newest));
        let day = days("2026-03-01", "2026-03-01");
        let covered = |now| day.covered_by(times, at(now)).unwrap();
        assert_eq!(covered("2026-03-01T06:00:00Z").until, at("2026-03-01T05:00:00Z"));
        assert_eq!(covered("2026-03-01T17:00:00Z").until, at("2026-03-01T17:00:00Z"));
        let all = days("", "").covered_by(times, at("2026-03-05T00:00:00Z")).unwrap();
        assert_eq!((all.from, all.until), (Some(oldest), newest));
        let now = at("2026-03-05T00:00:00Z");
        let none = |from, to| days(from, to).covered_by(None, now);
        for (from, to) in [("", ""), ("2026-03-05", ""), ("", "2026-03-04")] {
            assert_eq!(none(from, to), Err(NotCovered::NoTime), "{from} {to}");
        }
        // Both were given, and giving them again would not help.
        assert_eq!(none("2026-03-05", "2026-03-05"), Err(NotCovered::NotOver));
        assert!(none("2026-03-04", "2026-03-04").is_ok());
    }

    #[test]
    fn what_was_begun_before_may_be_in_an_earlier_report() {
        let covered =
            Covered { from: Some(at("2026-03-01T00:00:00Z")), until: at("2026-03-02T00:00:00Z") };
        let cases = [
            ("2026-03-01T01:00:00Z", "2026-03-01T02:00:00Z", Expected::Yes),
            ("2026-02-28T23:00:00Z", "2026-03-01T02:00:00Z", Expected::Perhaps),
            ("2026-02-28T22:00:00Z", "2026-02-28T23:00:00Z", Expected::No),
            ("2026-03-01T23:00:00Z", "2026-03-02T00:00:00Z", Expected::No),
        ];
        for (begun, paid, expected) in cases {
            assert_eq!(covered.expects(at(begun), at(paid)), expected, "{begun} {paid}");
        }
        let ever = Covered { from: None, ..covered };
        assert_eq!(
            ever.expects(at("2020-01-01T00:00:00Z"), at("2020-01-01T01:00:00Z")),
            Expected::Yes
        );
    }
}
