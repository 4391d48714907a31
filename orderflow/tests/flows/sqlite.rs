//! The databases of the embedded system, changed beside it: its files. Statements are the same for
//! PostgreSQL (`postgres.rs`) but for what is named here.

use crate::Stack;
use orderflow::compose::Part;
use rusqlite::Connection;
use std::time::Duration;

/// What is added to a time to make it an hour later.
pub(crate) const HOUR: &str = "3600000000";
/// The system writes too.
const PATIENCE: Duration = Duration::from_secs(10);

/// An id in a statement.
pub(crate) fn id(id: &str) -> String {
    format!("X'{}'", id.replace('-', ""))
}

/// Runs one statement in one service's database, and tells how many rows it changed.
pub(crate) async fn change(stack: &Stack, part: Part, sql: &str) -> u64 {
    let connection = Connection::open(stack.database(part)).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    connection.execute(sql, []).unwrap_or_else(|error| panic!("{sql}: {error}")) as u64
}
