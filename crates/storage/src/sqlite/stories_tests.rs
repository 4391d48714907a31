//! How stories are found in SQLite: asked of its own planner.

use super::*;
use crate::sqlite::{Migrations, Sqlite};

/// Every statement finds its rows by the index on the order, however many there are of others.
#[tokio::test]
async fn no_table_is_read_from_end_to_end() {
    let database = Sqlite::in_memory(Migrations::new(&[])).unwrap();
    let letters = dead_letters::about();
    for (sql, searches) in
        [(SUBJECTS, 4), (TIMELINE, 1), (OUTBOX, 1), (INBOX, 1), (JOBS, 1), (letters.as_str(), 1)]
    {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let plan = database.read(move |connection| plan(connection, &explain)).await.unwrap();
        let by_order = |step: &&String| step.contains("_subject (subject>");
        assert_eq!(plan.iter().filter(by_order).count(), searches, "{plan:#?}");
        // A scan of what a statement itself found has no such name.
        let tables = ["timeline", "outbox", "inbox", "jobs", "dead_letters"];
        let scans = |step: &String| tables.iter().any(|table| *step == format!("SCAN {table}"));
        assert!(!plan.iter().any(scans), "{plan:#?}");
    }
}

fn plan(connection: &Connection, explain: &str) -> Result<Vec<String>, Error> {
    connection
        .prepare(explain)?
        .query_map([Uuid::nil(), Uuid::max()], |row| row.get("detail"))?
        .collect()
}
