//! Waiting without sleeping: poll once, poll a level, or be done soon.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Far longer than anything here takes; ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(10);
/// Turns given to other tasks before a level counts as settled.
const TURNS: usize = 100;

/// The output of a future that must end soon.
pub async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("an end within ten seconds")
}

/// Polls a future once and drops it: its output if it was ready, as when a caller goes away at
/// its first wait.
pub fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Lets other tasks run until they can only wait for something outside this process's memory.
pub async fn settle() {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}

/// Polls a level until it is `wanted`; reports the last one if it never is.
pub async fn until<T, F>(wanted: T, level: impl Fn() -> F)
where
    T: PartialEq + std::fmt::Debug,
    F: Future<Output = T>,
{
    let mut last = level().await;
    let reached = async {
        while last != wanted {
            tokio::task::yield_now().await;
            last = level().await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, reached).await.is_ok();
    assert!(in_time, "the level stayed at {last:?} and never was {wanted:?}");
}
