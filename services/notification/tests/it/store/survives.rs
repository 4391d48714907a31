//! What was stored is read as it was written.

use super::StoreHarness;
use super::draft::{
    at, becoming, commit, contact, everything, id, known, listed, message, noting, order, sent,
    stored, write, writing,
};
use engine::Outcome;
use notification::models::{Locale, Message, MessageStatus, Template};

/// Writes messages and reads them back.
async fn return_as_written(store: &impl StoreHarness, new: &[Message]) {
    let messages = known(store).await;
    write(&*messages, new).await;
    for message in new {
        assert_eq!(stored(&*messages, message.id).await, Some((1, message.clone())));
    }
}

pub async fn every_field_of_a_message_survives(store: impl StoreHarness) {
    return_as_written(&store, &[message(1), Message { order: order(2), ..message(2) }]).await;
}

pub async fn every_template_survives(store: impl StoreHarness) {
    let of = |(n, template)| Message { template, ..message(n) };
    return_as_written(&store, &(1..).zip(Template::ALL).map(of).collect::<Vec<_>>()).await;
}

pub async fn every_language_survives(store: impl StoreHarness) {
    let of = |(n, locale)| Message { locale, ..message(n) };
    return_as_written(&store, &(1..).zip(Locale::ALL).map(of).collect::<Vec<_>>()).await;
}

pub async fn what_sending_moves_survives(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1)]).await;
    let last_error = Some("451 4.7.1 \"try again\" é".to_owned());
    let put_off = Message { attempts: 1, last_error, updated_at: at(5), ..message(1) };
    let taken = Message { attempts: 2, resends: 3, ..sent(1) };
    let refused = Message { status: MessageStatus::Failed, ..put_off.clone() };
    for (version, after) in (1..).zip([put_off, taken, refused]) {
        assert_eq!(commit(&*messages, becoming(&after, version)).await, Outcome::Done);
        assert_eq!(stored(&*messages, id(1)).await, Some((version + 1, after)));
    }
}

pub async fn what_was_not_sent_has_no_time_of_sending(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1)]).await;
    for (version, after) in (1..).zip([sent(1), message(1)]) {
        assert_eq!(commit(&*messages, becoming(&after, version)).await, Outcome::Done);
        assert_eq!(stored(&*messages, id(1)).await, Some((version + 1, after)));
    }
}

pub async fn everything_survives_a_restart(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1), message(2)]).await;
    assert_eq!(commit(&*messages, becoming(&sent(2), 1)).await, Outcome::Done);
    drop(messages);
    let Some(store) = store.reopen().await else { return };
    let (contacts, messages) = (store.contacts(), store.messages());
    assert_eq!(stored(&*contacts, order(1)).await, Some((1, contact(1))));
    assert_eq!(stored(&*messages, id(1)).await, Some((1, message(1))));
    assert_eq!(stored(&*messages, id(2)).await, Some((2, sent(2))));
    assert_eq!(listed(&*messages, &everything()).await, [id(2), id(1)]);
    let again = Message { id: id(3), ..message(1) };
    assert_ne!(commit(&*messages, writing(&again)).await, Outcome::Done);
    assert_ne!(commit(&*contacts, noting(&contact(1))).await, Outcome::Done);
}
