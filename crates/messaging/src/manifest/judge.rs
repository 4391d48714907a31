//! What to do about a bucket that holds fewer events than announced. Pure.

use super::{Look, Watch};
use kernel::Timestamp;
use std::time::Duration;

/// Events of one page of a bucket: what one request can have re-sent of it.
pub const PAGE_EVENTS: usize = 5_000;
/// A bucket is asked for if it is still short after that, which is at the second manifest: what is
/// on its way in another instance, or put off this very moment, has arrived by then.
///
/// A little less than the 30 s between two manifests, so that their jitter does not cost a round.
const SECOND_LOOK: Duration = Duration::from_secs(25);
/// Between two requests for one bucket, and for the same reason.
const PAUSE: Duration = Duration::from_secs(25);
/// Requests without a single event coming in, after which a person is told. A large bucket is asked
/// for page by page, so it has one more for each further page.
const FRUITLESS_MAX: u32 = 20;

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is complete, or it is too early.
    Nothing,
    /// Ask for this page.
    Ask(u32),
    /// Tell a person; asking goes on only if an event of it comes in.
    GiveUp,
}

/// What is to be remembered, and what to do.
pub(super) fn judge(look: &Look, now: Timestamp) -> (Watch, Next) {
    let announced = look.announced.events;
    if look.held >= announced {
        return (Watch { held: look.held, ..Watch::default() }, Next::Nothing);
    }
    let before = look.before.unwrap_or_default();
    let since = before.short_since.unwrap_or(now);
    let mut watch = Watch { held: look.held, short_since: Some(since), ..before };
    if look.held > before.held {
        watch.fruitless = 0;
    }
    let early = now < since + SECOND_LOOK || watch.asked_at.is_some_and(|at| now < at + PAUSE);
    if early {
        return (watch, Next::Nothing);
    }
    let pages = u32::try_from(announced.div_ceil(PAGE_EVENTS as u64)).unwrap_or(u32::MAX);
    let limit = FRUITLESS_MAX.saturating_add(pages - 1);
    if watch.fruitless > limit {
        return (watch, Next::Nothing);
    }
    watch.fruitless += 1;
    if watch.fruitless > limit {
        return (watch, Next::GiveUp);
    }
    (watch, Next::Ask(watch.asked % pages))
}

impl Watch {
    /// After a request.
    pub(super) fn asked(self, now: Timestamp) -> Self {
        Self { asked: self.asked + 1, asked_at: Some(now), ..self }
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
