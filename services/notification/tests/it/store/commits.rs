//! Changes of messages: each whole or not at all, under the version that it was decided on.

use super::StoreHarness;
use super::draft::{
    at, becoming, commit, everything, id, ids, known, listed, message, order, sent, stored, write,
    writing,
};
use engine::{Change, Outcome, Recorded, Refusal, StoreError};
use kernel::{Cause, Uuid};
use notification::models::{Message, MessageStatus, Origin, PaymentId};
use notification::usecase::ports::{SEND, SendJob};

const TAKEN: Outcome = Outcome::Refused(Refusal::Taken("notification"));

/// The `n`th message, telling the first fact.
fn rival(n: u32) -> Message {
    Message { origin: message(1).origin, ..message(n) }
}

pub async fn a_fact_is_told_once(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1)]).await;
    assert_eq!(commit(&*messages, writing(&rival(2))).await, TAKEN);
    assert_eq!(stored(&*messages, id(2)).await, None);
    // Also not once it is sent.
    assert_eq!(commit(&*messages, becoming(&sent(1), 1)).await, Outcome::Done);
    assert_eq!(commit(&*messages, writing(&rival(2))).await, TAKEN);
    assert_eq!(stored(&*messages, id(1)).await, Some((2, sent(1))));
}

pub async fn a_fact_told_twice_at_once_is_told_once(store: impl StoreHarness) {
    let messages = known(&store).await;
    let outcomes = messages.commit((1..=10).map(|n| writing(&rival(n))).collect()).await;
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Done).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|o| **o == TAKEN).count(), 9, "{outcomes:?}");
    assert_eq!(listed(&*messages, &everything()).await.len(), 1);
}

pub async fn another_fact_is_another_message(store: impl StoreHarness) {
    let messages = known(&store).await;
    let origin = message(1).origin;
    let source = Origin { source: "/other/payment".to_owned(), ..origin.clone() };
    let payment = Origin { payment: PaymentId(Uuid::from_u128(7)), ..origin.clone() };
    let sequence = Origin { sequence: 9, ..origin };
    let of = |(n, origin)| Message { origin, ..message(n) };
    let new: Vec<_> = (2..).zip([source, payment, sequence]).map(of).collect();
    write(&*messages, &[message(1)]).await;
    write(&*messages, &new).await;
}

pub async fn a_message_moves_under_its_version(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1)]).await;
    assert_eq!(commit(&*messages, becoming(&sent(1), 1)).await, Outcome::Done);
    let (again, _) = sent(1).resend(at(20));
    assert_eq!(commit(&*messages, becoming(&again, 2)).await, Outcome::Done);
    assert_eq!(stored(&*messages, id(1)).await, Some((3, again)));
}

pub async fn a_moved_version_is_lost_and_changes_nothing(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1)]).await;
    assert_eq!(commit(&*messages, becoming(&sent(1), 1)).await, Outcome::Done);
    let failed = Message { status: MessageStatus::Failed, ..message(1) };
    for version in [1, 3, 9] {
        let outcome = commit(&*messages, becoming(&failed, version)).await;
        assert_eq!(outcome, Outcome::Lost, "{version}");
        assert_eq!(stored(&*messages, id(1)).await, Some((2, sent(1))));
    }
}

pub async fn a_change_of_an_unknown_message_is_lost(store: impl StoreHarness) {
    let messages = known(&store).await;
    assert_eq!(commit(&*messages, becoming(&message(1), 1)).await, Outcome::Lost);
    assert_eq!(stored(&*messages, id(1)).await, None);
}

pub async fn of_many_writers_at_once_exactly_one_is_done(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1)]).await;
    let states: Vec<_> = (1..=20).map(|n| Message { attempts: n, ..message(1) }).collect();
    let outcomes = messages.commit(states.iter().map(|s| becoming(s, 1)).collect()).await;
    let done: Vec<usize> = (0..20).filter(|n| outcomes[*n] == Outcome::Done).collect();
    assert_eq!(done.len(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Lost).count(), 19, "{outcomes:?}");
    assert_eq!(stored(&*messages, id(1)).await, Some((2, states[done[0]].clone())));
}

pub async fn a_change_moves_its_own_message_only(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1), message(2)]).await;
    assert_eq!(commit(&*messages, becoming(&sent(1), 1)).await, Outcome::Done);
    assert_eq!(stored(&*messages, id(2)).await, Some((1, message(2))));
}

pub async fn a_message_about_an_unknown_order_fails_alone(store: impl StoreHarness) {
    let messages = known(&store).await;
    let new = [message(1), Message { order: order(9), ..message(2) }, message(3)];
    let outcomes = messages.commit(new.iter().map(writing).collect()).await;
    assert!(matches!(outcomes[1], Outcome::Failed(StoreError::Invalid(_))), "{outcomes:?}");
    assert_eq!((&outcomes[0], &outcomes[2]), (&Outcome::Done, &Outcome::Done));
    assert_eq!(listed(&*messages, &everything()).await, ids(&[3, 1]));
}

pub async fn an_id_is_not_written_twice(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1)]).await;
    let other = Message { origin: message(2).origin, ..message(1) };
    let outcome = commit(&*messages, writing(&other)).await;
    assert!(matches!(outcome, Outcome::Failed(StoreError::Invalid(_))), "{outcome:?}");
    assert_eq!(stored(&*messages, id(1)).await, Some((1, message(1))));
}

pub async fn a_queued_message_orders_its_sending(store: impl StoreHarness) {
    let messages = known(&store).await;
    let job = Recorded { fact: SendJob(id(1)), cause: Cause::begin("req-1", "payment") };
    let change = Change { jobs: vec![job], ..writing(&message(1)) };
    assert_eq!(commit(&*messages, change).await, Outcome::Done);
    let story = store.operations().story(order(1).uuid()).await.unwrap();
    let jobs: Vec<_> = story.jobs.iter().map(|j| (j.kind.as_str(), j.target, j.run_at)).collect();
    assert_eq!(jobs, [(SEND, id(1).uuid(), at(2))]);
}
