//! Contacts, messages and changes, as the verbs would hand them to the store.

use super::StoreHarness;
use engine::{Aggregate, Change, Outcome, Recorded, Store, Version, Versioned};
use kernel::{
    Account, Cause, Email, Ids, Money, PersonName, Text, TimeOrderedIds, Timestamp, Uuid,
};
use notification::models::{
    ChannelName, Contact, ContactFact, Content, Locale, Message, MessageFact, MessageId,
    MessageStatus, OrderId, Origin, PaymentId, Template,
};
use notification::usecase::ports::{ListQuery, Messages};
use std::sync::Arc;

const FIRST: u128 = 0x0192_f0c1_2b3c_7d4e_8f50_0000_0000_0000;

/// The `n`th message's id; a later one is newer.
pub fn id(n: u128) -> MessageId {
    MessageId(Uuid::from_u128(FIRST + n))
}

pub fn order(n: u128) -> OrderId {
    OrderId(Uuid::from_u128(FIRST + 0x000d_0000 - n))
}

/// A time to the microsecond, the finest that a store keeps.
pub fn at(second: u32) -> Timestamp {
    format!("2026-11-22T05:04:{second:02}.123457Z").parse().unwrap()
}

pub fn account(name: &str) -> Account {
    Account::parse(name).unwrap()
}

/// The contact of the `n`th order, with nothing left out.
pub fn contact(n: u128) -> Contact {
    Contact {
        order: order(n),
        account: Account::default(),
        reference: Some(Text::parse("INV/2026 №1 ☕").unwrap()),
        name: PersonName::parse("Ni Luh Ayu 'Sari' 山田").unwrap(),
        email: Email::parse("Ayu.Sari+toko@example.co.id").unwrap(),
        locale: Locale::En,
        total: Money::rupiah(1_000_000_000_000),
        noted_at: at(1),
    }
}

/// The `n`th message, about the first order; it tells the `n`th fact.
pub fn message(n: u32) -> Message {
    Message {
        id: id(n.into()),
        account: Account::default(),
        order: order(1),
        origin: Origin {
            source: "/orderflow/payment".to_owned(),
            payment: PaymentId(Uuid::from_u128(0xfa01)),
            sequence: n,
        },
        channel: ChannelName::Email,
        template: Template::Paid,
        status: MessageStatus::Queued,
        recipient: Email::parse("Ayu.Sari+toko@example.co.id").unwrap(),
        locale: Locale::Id,
        content: Content {
            subject: "Pembayaran diterima: \"Kopi\" ☕".to_owned(),
            text: "Halo 山田,\r\n\r\n  Rp1.000 é e\u{301}\n".to_owned(),
            html: "<p class='x'>Halo &amp; 山田</p>\n".repeat(100),
        },
        attempts: 0,
        resends: 0,
        last_error: None,
        created_at: at(2),
        updated_at: at(2),
        sent_at: None,
    }
}

/// The `n`th message, of another account.
pub fn of(n: u32, owner: &str) -> Message {
    Message { account: account(owner), ..message(n) }
}

/// The `n`th message, sent.
pub fn sent(n: u32) -> Message {
    let status = MessageStatus::Sent;
    Message { status, attempts: 1, updated_at: at(9), sent_at: Some(at(9)), ..message(n) }
}

fn change<A: Aggregate>(id: A::Id, state: A, expected: u32, fact: A::Fact) -> Change<A> {
    Change {
        write_id: TimeOrderedIds.uuid(),
        id,
        expected: Version(expected),
        state: Some(state),
        facts: vec![Recorded { fact, cause: Cause::begin("req-1", "payment") }],
        jobs: vec![],
        guards: vec![],
        at: at(2),
    }
}

/// The change that notes a contact.
pub fn noting(contact: &Contact) -> Change<Contact> {
    let fact = ContactFact::Noted { locale: contact.locale };
    change(contact.order, contact.clone(), 0, fact)
}

/// A change to any state, told by a fact that the store does not look into.
pub fn becoming(message: &Message, expected: u32) -> Change<Message> {
    change(message.id, message.clone(), expected, MessageFact::Sent { attempt: 1 })
}

/// The change that writes a message.
pub fn writing(message: &Message) -> Change<Message> {
    becoming(message, 0)
}

/// Everything of the default account.
pub fn everything() -> ListQuery {
    ListQuery { account: Account::default(), order: None, status: None, after: None, limit: 100 }
}

/// Commits one change.
pub async fn commit<A: Aggregate>(store: &(impl Store<A> + ?Sized), change: Change<A>) -> Outcome {
    let [outcome] = store.commit(vec![change]).await.try_into().unwrap();
    outcome
}

/// The messages of a store that knows the first three orders.
pub async fn known(store: &impl StoreHarness) -> Arc<dyn Messages> {
    let changes: Vec<_> = (1..=3).map(|n| noting(&contact(n))).collect();
    assert_eq!(store.contacts().commit(changes).await, vec![Outcome::Done; 3]);
    store.messages()
}

/// Writes messages, all together.
pub async fn write(messages: &dyn Messages, new: &[Message]) {
    let outcomes = messages.commit(new.iter().map(writing).collect()).await;
    assert_eq!(outcomes, vec![Outcome::Done; new.len()]);
}

/// What the store has of an aggregate: its version and its state.
pub async fn stored<A: Aggregate>(store: &(impl Store<A> + ?Sized), id: A::Id) -> Option<(u32, A)> {
    let Versioned { version, state } = store.load(&[id]).await.unwrap().remove(&id)?;
    Some((version.0, state))
}

/// Ids of a list, in its order.
pub async fn listed(messages: &dyn Messages, query: &ListQuery) -> Vec<MessageId> {
    messages.list(query).await.unwrap().into_iter().map(|message| message.state.id).collect()
}

pub fn ids(numbers: &[u128]) -> Vec<MessageId> {
    numbers.iter().copied().map(id).collect()
}
