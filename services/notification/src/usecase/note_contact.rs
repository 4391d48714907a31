//! Notes whom to tell about an order.

use crate::models::{Contact, ContactFact};
use engine::{Command, Decision, ExecuteError, Executed, Store, execute};
use kernel::{Clock, Ids};
use std::convert::Infallible;
use std::sync::Arc;

/// The verb.
pub struct NoteContact {
    contacts: Arc<dyn Store<Contact>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl NoteContact {
    /// Over these contacts.
    pub fn new(
        contacts: Arc<dyn Store<Contact>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { contacts, clock, ids }
    }

    /// Notes many; answers in the order given. The first word about an order stands.
    pub async fn run(
        &self,
        commands: Vec<Command<Contact, Contact>>,
    ) -> Vec<Result<Executed<Contact>, ExecuteError<Infallible>>> {
        execute(&*self.contacts, &*self.clock, &*self.ids, commands, decide).await
    }
}

fn decide(known: Option<&Contact>, told: &Contact) -> Result<Decision<Contact>, Infallible> {
    Ok(match known {
        Some(_) => Decision::nothing(),
        None => {
            let fact = ContactFact::Noted { locale: told.locale };
            Decision::becomes(told.clone(), vec![fact])
        }
    })
}
