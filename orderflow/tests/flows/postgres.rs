//! The databases of a fleet, changed beside it: on the server. Statements are the same for SQLite
//! (`sqlite.rs`) but for what is named here.

use crate::Stack;
use orderflow::compose::Part;

/// What is added to a time to make it an hour later.
pub(crate) const HOUR: &str = "interval '1 hour'";

/// An id in a statement.
pub(crate) fn id(id: &str) -> String {
    format!("'{id}'::uuid")
}

/// Runs one statement in one service's database, and tells how many rows it changed.
pub(crate) async fn change(stack: &Stack, part: Part, sql: &str) -> u64 {
    let client = stack.database(part).connect().await;
    client.execute(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}
