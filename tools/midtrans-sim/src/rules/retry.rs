//! What Midtrans does after our answer to a notification (midtrans.md 3.6).

use std::time::Duration;

/// Upper bounds of the wait before retry 1, 2, …
const DELAYS: [Duration; 5] = [
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(90 * 60),
    Duration::from_secs(210 * 60),
];

/// How many 307 or 308 answers are followed within one attempt.
pub(crate) const MAX_HOPS: u32 = 5;

/// How an attempt to deliver ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// An HTTP status; of a followed redirect, the last one.
    Http(u16),
    /// Nothing within 15 seconds.
    Timeout,
    /// No connection, a broken one, or too many redirects.
    Failed,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Delivered.
    Done,
    /// Lost: only GET Status helps now.
    GiveUp,
    /// Tried again after at most this long.
    Retry(Duration),
}

/// Decides after an attempt, when `retries` retries were made before or by it. Each answer has its
/// own budget, and the latest answer counts.
pub(crate) fn after(answer: Answer, retries: u32) -> Next {
    let budget = match answer {
        Answer::Http(200..=299) => return Next::Done,
        Answer::Http(301..=303) => 0,
        Answer::Http(500) => 1,
        Answer::Http(400 | 404) => 2,
        Answer::Http(503) => 4,
        Answer::Http(_) | Answer::Timeout | Answer::Failed => 5,
    };
    match DELAYS.get(retries as usize) {
        Some(delay) if retries < budget => Next::Retry(*delay),
        _ => Next::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waits, in minutes, that an endpoint sees that always answers the same.
    fn waits(answer: Answer) -> Vec<u64> {
        let mut waits = vec![];
        while let Next::Retry(delay) = after(answer, u32::try_from(waits.len()).unwrap()) {
            waits.push(delay.as_secs() / 60);
        }
        waits
    }

    #[test]
    fn the_table_of_midtrans_md_3_6() {
        let none: &[u64] = &[];
        let cases = [
            (Answer::Http(301), none),
            (Answer::Http(302), none),
            (Answer::Http(303), none),
            (Answer::Http(500), &[2]),
            (Answer::Http(400), &[2, 10]),
            (Answer::Http(404), &[2, 10]),
            (Answer::Http(503), &[2, 10, 30, 90]),
            (Answer::Http(401), &[2, 10, 30, 90, 210]),
            (Answer::Http(502), &[2, 10, 30, 90, 210]),
            (Answer::Http(304), &[2, 10, 30, 90, 210]),
            (Answer::Timeout, &[2, 10, 30, 90, 210]),
            (Answer::Failed, &[2, 10, 30, 90, 210]),
        ];
        for (answer, expected) in cases {
            assert_eq!(waits(answer), expected, "{answer:?}");
        }
        for code in [200, 201, 204, 299] {
            assert_eq!(after(Answer::Http(code), 0), Next::Done);
        }
    }

    #[test]
    fn the_latest_answer_sets_the_budget() {
        assert_eq!(after(Answer::Http(500), 1), Next::GiveUp);
        assert_eq!(after(Answer::Http(503), 1), Next::Retry(DELAYS[1]));
        assert_eq!(after(Answer::Timeout, 5), Next::GiveUp);
    }
}
