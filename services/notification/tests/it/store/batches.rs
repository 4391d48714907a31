//! Many changes committed together: each is answered for itself and writes its own rows.

use super::StoreHarness;
use super::draft::{
    account, at, becoming, commit, contact, everything, id, ids, known, listed, message, noting,
    order, sent, stored, write, writing,
};
use engine::{Change, Outcome, Refusal, StoreError};
use kernel::{Email, Money, PersonName, Text};
use notification::models::{Contact, Content, Locale, Message, MessageStatus, Origin, Template};

const SIZE: u32 = 50;
const TAKEN: Outcome = Outcome::Refused(Refusal::Taken("notification"));

/// The numbers of a batch, in no order of theirs.
fn numbers() -> impl Iterator<Item = u32> {
    (0..SIZE).map(|n| n * 7 % SIZE + 1)
}

/// Commits a batch in which some change known messages (up to 9), one of them from a version that
/// is gone (5), one tells what was told (20), and `bad` ones cannot be stored. Each must be
/// answered in its place, and leave its row or none.
async fn answers_each(store: impl StoreHarness, bad: &[u32]) {
    let messages = known(&store).await;
    write(&*messages, &(1..10).chain([100]).map(message).collect::<Vec<_>>()).await;
    let change = |n| match n {
        5 => becoming(&sent(n), 7),
        1..10 => becoming(&sent(n), 1),
        20 => writing(&Message { origin: message(100).origin, ..message(n) }),
        _ if bad.contains(&n) => writing(&Message { order: order(9), ..message(n) }),
        _ => writing(&message(n)),
    };
    let changes: Vec<Change<Message>> = numbers().map(change).collect();
    let outcomes = messages.commit(changes).await;
    assert_eq!(outcomes.len(), SIZE as usize);
    for (n, outcome) in numbers().zip(outcomes) {
        let (expected, left) = match n {
            5 => (Outcome::Lost, Some((1, message(n)))),
            1..10 => (Outcome::Done, Some((2, sent(n)))),
            20 => (TAKEN, None),
            _ if bad.contains(&n) => {
                let invalid = matches!(outcome, Outcome::Failed(StoreError::Invalid(_)));
                assert!(invalid, "{n}: {outcome:?}");
                (outcome.clone(), None)
            }
            _ => (Outcome::Done, Some((1, message(n)))),
        };
        assert_eq!(outcome, expected, "{n}");
        assert_eq!(stored(&*messages, id(n.into())).await, left, "{n}");
    }
}

pub async fn every_change_of_a_batch_is_answered_in_its_place(store: impl StoreHarness) {
    answers_each(store, &[]).await;
}

pub async fn bad_rows_do_not_touch_their_batch(store: impl StoreHarness) {
    answers_each(store, &[12, 37]).await;
}

/// As [`answers_each`], of contacts: one is known (20).
async fn answers_each_contact(store: impl StoreHarness, bad: &[u32]) {
    let contacts = store.contacts();
    let first = Contact { locale: Locale::Id, ..contact(20) };
    assert_eq!(commit(&*contacts, noting(&first)).await, Outcome::Done);
    let of = |n: u32| {
        let total = if bad.contains(&n) { Money::ZERO } else { Money::rupiah(n.into()) };
        Contact { total, ..contact(n.into()) }
    };
    let outcomes = contacts.commit(numbers().map(|n| noting(&of(n))).collect()).await;
    assert_eq!(outcomes.len(), SIZE as usize);
    for (n, outcome) in numbers().zip(outcomes) {
        let (expected, left) = match n {
            20 => (Outcome::Lost, Some((1, first.clone()))),
            _ if bad.contains(&n) => {
                let invalid = matches!(outcome, Outcome::Failed(StoreError::Invalid(_)));
                assert!(invalid, "{n}: {outcome:?}");
                (outcome.clone(), None)
            }
            _ => (Outcome::Done, Some((1, of(n)))),
        };
        assert_eq!(outcome, expected, "{n}");
        assert_eq!(stored(&*contacts, order(n.into())).await, left, "{n}");
    }
}

pub async fn every_contact_of_a_batch_is_answered_in_its_place(store: impl StoreHarness) {
    answers_each_contact(store, &[]).await;
}

pub async fn bad_contacts_do_not_touch_their_batch(store: impl StoreHarness) {
    answers_each_contact(store, &[12, 37]).await;
}

pub async fn a_message_goes_in_one_batch_with_its_contact(store: impl StoreHarness) {
    let (contacts, messages) = (store.contacts(), store.messages());
    // Rows are written in the order of their ids, and an order is older than what is told of it.
    let of = |n: u32| 0x000d_0000 - 300 + u128::from(n);
    let noted = || numbers().map(|n| noting(&contact(of(n)))).collect();
    let told = |n| Message { order: order(of(n)), ..message(n + 300) };
    let written = || numbers().map(|n| writing(&told(n))).collect();
    let (noted, written) = tokio::join!(contacts.commit(noted()), messages.commit(written()));
    assert_eq!(noted, vec![Outcome::Done; SIZE as usize]);
    assert_eq!(written, vec![Outcome::Done; SIZE as usize]);
    for n in numbers() {
        assert_eq!(stored(&*contacts, order(of(n))).await, Some((1, contact(of(n)))));
        assert_eq!(stored(&*messages, told(n).id).await, Some((1, told(n))));
    }
}

pub async fn what_one_contact_leaves_out_no_neighbour_leaves_out(store: impl StoreHarness) {
    let contacts = store.contacts();
    let of = |n: u32| {
        let reference = (!n.is_multiple_of(3)).then(|| Text::parse(&format!("INV-{n}")).unwrap());
        Contact { reference, noted_at: at(n), ..contact(n.into()) }
    };
    let outcomes = contacts.commit(numbers().map(|n| noting(&of(n))).collect()).await;
    assert_eq!(outcomes, vec![Outcome::Done; SIZE as usize]);
    for n in numbers() {
        assert_eq!(stored(&*contacts, order(n.into())).await, Some((1, of(n))));
    }
}

/// The `n`th message, unlike its neighbours.
fn unlike(n: u32) -> Message {
    let kind = n as usize;
    let told = |what: &str| format!("{what} {n}");
    Message {
        account: account(["default", "toko-2"][kind % 2]),
        order: order((n % 3 + 1).into()),
        origin: Origin { source: told("/payment"), sequence: n * 3, ..message(n).origin },
        template: Template::ALL[kind % Template::ALL.len()],
        recipient: Email::parse(&format!("ayu{n}@example.co.id")).unwrap(),
        locale: Locale::ALL[kind % 2],
        content: Content { subject: told("subject"), text: told("text"), html: told("html") },
        created_at: at(n),
        updated_at: at(n),
        ..message(n)
    }
}

pub async fn messages_of_a_batch_keep_each_their_own_words(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &numbers().map(unlike).collect::<Vec<_>>()).await;
    for n in numbers() {
        assert_eq!(stored(&*messages, id(n.into())).await, Some((1, unlike(n))));
    }
}

/// The `n`th message after a try to send it that is like no other.
fn moved(n: u32) -> Message {
    Message {
        status: MessageStatus::ALL[n as usize % 3],
        attempts: n,
        resends: n * 2,
        last_error: (!n.is_multiple_of(3)).then(|| format!("451 try {n}")),
        updated_at: at(n),
        sent_at: (!n.is_multiple_of(4)).then(|| at(n / 2)),
        ..message(n)
    }
}

pub async fn changes_of_a_batch_move_each_its_own_message(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &numbers().map(message).collect::<Vec<_>>()).await;
    let changes = numbers().map(|n| becoming(&moved(n), 1)).collect();
    assert_eq!(messages.commit(changes).await, vec![Outcome::Done; SIZE as usize]);
    for n in numbers() {
        assert_eq!(stored(&*messages, id(n.into())).await, Some((2, moved(n))));
    }
    let newest: Vec<u128> = (1..=SIZE).rev().map(u128::from).collect();
    assert_eq!(listed(&*messages, &everything()).await, ids(&newest));
}

/// What a dialect could take for its own: quotes, escapes, arrays, absence, parameters.
const TEXTS: &[&str] = &[
    "NULL",
    "null",
    "{}",
    "{a,b}",
    "a,b",
    "(x)",
    "it's",
    "\"q\"",
    "'",
    "\\",
    "a\\b",
    "\\N",
    "\\x00",
    "\\u0000",
    "%s%%",
    "$1 ?1 :a",
    "--",
    "';--",
    "/*",
    "😀👩‍🌾𝒳",
    "é e\u{301}",
    "ẞİıſ",
    "\u{200b}",
    "\u{10ffff}",
];

pub async fn text_survives_whatever_it_holds(store: impl StoreHarness) {
    let (contacts, messages) = (store.contacts(), known(&store).await);
    let texts = || (10..).zip(TEXTS);
    let known = |(n, text): (u32, &&str)| Contact {
        reference: Some(Text::parse(text).unwrap()),
        name: PersonName::parse(text).unwrap(),
        ..contact(n.into())
    };
    let outcomes = contacts.commit(texts().map(known).map(|c| noting(&c)).collect()).await;
    assert_eq!(outcomes, vec![Outcome::Done; TEXTS.len()]);
    let of = |(n, text): (u32, &&str)| {
        let text = (*text).to_owned();
        let content = Content { subject: text.clone(), text: text.clone(), html: text.clone() };
        Message { origin: Origin { source: text, ..message(1).origin }, content, ..message(n) }
    };
    write(&*messages, &texts().map(of).collect::<Vec<_>>()).await;
    let after =
        |(n, text): (u32, &&str)| Message { last_error: Some((*text).to_owned()), ..of((n, text)) };
    let changes = texts().map(after).map(|message| becoming(&message, 1)).collect();
    assert_eq!(messages.commit(changes).await, vec![Outcome::Done; TEXTS.len()]);
    for (n, text) in texts() {
        assert_eq!(stored(&*contacts, order(n.into())).await, Some((1, known((n, text)))));
        assert_eq!(stored(&*messages, id(n.into())).await, Some((2, after((n, text)))));
    }
}
