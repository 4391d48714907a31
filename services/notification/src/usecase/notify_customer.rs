//! Writes the message that tells a customer of a payment fact, and orders its sending.

use super::ports::{Messages, SendJob};
use super::render::{Letter, RenderError, render};
use crate::models::{Contact, Message, MessageId, OrderId, PaymentUpdate};
use engine::{Basis, Command, Decision, ExecuteError, Executed, Guard, Store, execute};
use kernel::{Cause, Clock, Ids, Retryability, Retryable, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One payment fact to tell.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The fact.
    pub update: PaymentUpdate,
    /// Why.
    pub cause: Cause,
    /// What makes it be told once.
    pub guard: Guard,
}

/// Why a customer was not told.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// A payment fact arrived before its order: it waits, because order and payment events travel
    /// apart. Nobody is guessed from it.
    #[error("the order is not known here yet")]
    OrderUnknown,
    /// The words could not be found: our fault.
    #[error("the message could not be written")]
    Words(#[from] RenderError),
}

impl Retryable for NotifyError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::OrderUnknown => Retryability::Transient,
            Self::Words(_) => Retryability::Permanent,
        }
    }
}

/// The verb.
pub struct NotifyCustomer {
    /// Whom to tell.
    pub contacts: Arc<dyn Store<Contact>>,
    /// What is told.
    pub messages: Arc<dyn Messages>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
    /// Where customers reach the pay page, without a slash at the end.
    pub public_url: String,
}

type Told = Result<Executed<Message>, ExecuteError<NotifyError>>;

struct Draft {
    id: MessageId,
    contact: Option<Contact>,
    update: PaymentUpdate,
    at: Timestamp,
}

impl NotifyCustomer {
    /// Tells many facts; answers in the order given. A stale fact is told too: it happened. A fact
    /// that is no news for the customer is recorded and told to nobody.
    pub async fn run(&self, notices: Vec<Notice>) -> Vec<Told> {
        let orders: BTreeSet<OrderId> = notices.iter().map(|n| n.update.order).collect();
        let contacts = match self.contacts.load(&Vec::from_iter(orders)).await {
            Ok(contacts) => contacts,
            Err(error) => {
                return notices.iter().map(|_| Err(ExecuteError::Store(error.clone()))).collect();
            }
        };
        let at = self.clock.now();
        let command = |notice: Notice| {
            let Notice { update, cause, guard } = notice;
            let id = MessageId(self.ids.uuid());
            let contact = contacts.get(&update.order).map(|c| c.state.clone());
            let input = Draft { id, contact, update, at };
            Command { id, input, cause, guards: vec![guard], basis: Basis::New }
        };
        let commands = notices.into_iter().map(command).collect();
        let decide = |_: Option<&Message>, draft: &Draft| self.decide(draft);
        execute(&*self.messages, &*self.clock, &*self.ids, commands, decide).await
    }

    fn decide(&self, draft: &Draft) -> Result<Decision<Message>, NotifyError> {
        let Draft { id, contact, update, at } = draft;
        let contact = contact.as_ref().ok_or(NotifyError::OrderUnknown)?;
        let Some(template) = update.news.template() else { return Ok(Decision::nothing()) };
        let PaymentUpdate { news, at: told_at, .. } = update;
        let public_url = &self.public_url;
        let letter = Letter { template, contact, at: *told_at, news: *news, public_url };
        let words = (template, render(&letter)?);
        let (message, fact) = Message::write(*id, contact, update, words, *at);
        Ok(Decision::becomes(message, vec![fact]).with_job(SendJob(*id)))
    }
}
