//! Waiting for a level: looked at again and again until it holds, with the last look as the report.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// How long a level may take. Far longer than anything takes that works.
pub const PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(10);

/// Looks until `look` is content; panics with its last complaint after [`PATIENCE`].
pub async fn until<T, E: Display>(what: &str, look: impl AsyncFnMut() -> Result<T, E>) -> T {
    until_within(PATIENCE, what, look).await
}

/// As [`until`], with a patience of its own.
pub async fn until_within<T, E: Display>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    let start = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(last) if start.elapsed() > patience => {
                panic!("{what}: not within {patience:?}; at last: {last}")
            }
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}
