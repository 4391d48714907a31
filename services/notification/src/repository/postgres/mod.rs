//! Contacts and messages in PostgreSQL. What both need, and the batch that they share; their SQL
//! stands in their own modules.

mod audit;
mod contacts;
mod messages;

pub use contacts::PostgresContacts;
pub use messages::PostgresMessages;

use super::NotificationRows;
use async_trait::async_trait;
use storage::RowOutcome;
use storage::postgres::{Migrations, PostgresRows, Session};
use tokio_postgres::Error;

mod schema {
    refinery::embed_migrations!("migrations/postgres");
}

/// The schema of this service.
pub fn migrations() -> Migrations {
    schema::migrations::runner()
}

#[async_trait]
impl PostgresRows for NotificationRows {
    async fn write(rows: &[&Self], session: &Session) -> Result<Vec<RowOutcome>, Error> {
        let (mut contacts, mut messages) = (Vec::new(), Vec::new());
        for rows in rows {
            match rows {
                Self::Contact(rows) => contacts.push(rows),
                Self::Message(rows) => messages.push(&**rows),
            }
        }
        let contact_statements = contacts::Statements::prepare(session).await?;
        let message_statements = messages::Statements::prepare(session).await?;
        // Sent together: contacts first, since a message stands on its contact. Answers are looked
        // at in the order of sending, since what follows a failed statement fails too, and says
        // nothing of why.
        let (contacts, messages) = tokio::try_join!(
            biased;
            contact_statements.write(session, &contacts),
            message_statements.write(session, &messages)
        )?;
        let (mut contacts, mut messages) = (contacts.into_iter(), messages.into_iter());
        let outcome = |rows: &&Self| match rows {
            Self::Contact(_) => contacts.next(),
            Self::Message(_) => messages.next(),
        };
        Ok(rows.iter().filter_map(outcome).collect())
    }
}
