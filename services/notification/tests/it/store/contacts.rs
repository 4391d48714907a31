//! Contacts: known once, and never changed after.

use super::StoreHarness;
use super::draft::{account, commit, contact, noting, order, stored};
use engine::{Outcome, StoreError};
use kernel::{Email, Money};
use notification::models::{Contact, Locale};

async fn returns(store: &impl StoreHarness, contact: Contact) {
    let contacts = store.contacts();
    assert_eq!(commit(&*contacts, noting(&contact)).await, Outcome::Done);
    assert_eq!(stored(&*contacts, contact.order).await, Some((1, contact)));
}

pub async fn every_field_of_a_contact_survives(store: impl StoreHarness) {
    returns(&store, contact(1)).await;
    returns(&store, Contact { account: account("toko-2"), ..contact(2) }).await;
}

pub async fn what_a_contact_leaves_out_stays_left_out(store: impl StoreHarness) {
    returns(&store, Contact { reference: None, locale: Locale::Id, ..contact(1) }).await;
}

pub async fn contacts_are_loaded_by_the_known_ids_only(store: impl StoreHarness) {
    let contacts = store.contacts();
    assert!(contacts.load(&[]).await.unwrap().is_empty());
    let changes = (1..=3).map(|n| noting(&contact(n))).collect();
    assert_eq!(contacts.commit(changes).await, vec![Outcome::Done; 3]);
    let found = contacts.load(&[order(9), order(2), order(1), order(2)]).await.unwrap();
    assert_eq!(found.len(), 2);
    for n in [1, 2] {
        assert_eq!(found[&order(n)].state, contact(n));
    }
}

pub async fn a_second_word_about_an_order_is_lost_and_changes_nothing(store: impl StoreHarness) {
    let contacts = store.contacts();
    assert_eq!(commit(&*contacts, noting(&contact(1))).await, Outcome::Done);
    let email = Email::parse("other@example.com").unwrap();
    for second in [contact(1), Contact { email, ..contact(1) }] {
        assert_eq!(commit(&*contacts, noting(&second)).await, Outcome::Lost);
        assert_eq!(stored(&*contacts, order(1)).await, Some((1, contact(1))));
    }
}

pub async fn of_many_first_words_exactly_one_is_done(store: impl StoreHarness) {
    let contacts = store.contacts();
    let words: Vec<_> =
        (1..=20).map(|n| Contact { total: Money::rupiah(n), ..contact(1) }).collect();
    let outcomes = contacts.commit(words.iter().map(noting).collect()).await;
    let done: Vec<usize> = (0..20).filter(|n| outcomes[*n] == Outcome::Done).collect();
    assert_eq!(done.len(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Lost).count(), 19, "{outcomes:?}");
    assert_eq!(stored(&*contacts, order(1)).await, Some((1, words[done[0]].clone())));
}

pub async fn a_bad_contact_fails_alone(store: impl StoreHarness) {
    let contacts = store.contacts();
    let free = Contact { total: Money::ZERO, ..contact(2) };
    let new = [contact(1), free, contact(3)];
    let outcomes = contacts.commit(new.iter().map(noting).collect()).await;
    assert!(matches!(outcomes[1], Outcome::Failed(StoreError::Invalid(_))), "{outcomes:?}");
    assert_eq!((&outcomes[0], &outcomes[2]), (&Outcome::Done, &Outcome::Done));
    assert_eq!(stored(&*contacts, order(2)).await, None);
}
