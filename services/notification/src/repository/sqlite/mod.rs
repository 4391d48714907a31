//! Contacts and messages in SQLite.

mod audit;
mod contacts;
mod messages;

pub use contacts::SqliteContacts;
pub use messages::SqliteMessages;

use super::NotificationRows;
use rusqlite::Connection;
use storage::RowOutcome;
use storage::sqlite::SqliteRows;

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The schema of this service.
pub fn migrations() -> refinery::Runner {
    migrations::migrations::runner()
}

impl SqliteRows for NotificationRows {
    fn write(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error> {
        match self {
            Self::Contact(rows) => contacts::insert(connection, rows),
            Self::Message(rows) => messages::write(connection, rows),
        }
    }
}
