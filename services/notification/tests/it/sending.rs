//! The sending job: once when it succeeds, again when that helps, never for ever.

use crate::house::{House, ORDER};
use engine::jobs::{Finish, Jobs};
use kernel::Clock;
use notification::models::MessageStatus;
use notification::usecase::ports::ChannelError;
use std::time::Duration;
use storage::{DeadLetters, Operations, Resolve};

const DAY: Duration = Duration::from_secs(86_400);

fn busy() -> ChannelError {
    ChannelError::Transient { reason: "451 greylisted, said <budi@example.com>".into() }
}

#[tokio::test]
async fn a_message_that_is_taken_is_sent() {
    let house = House::with("paid").await;
    assert_eq!(house.work(Duration::ZERO).await, 1);
    let message = house.only().await;
    assert_eq!((message.status, message.attempts), (MessageStatus::Sent, 1));
    assert_eq!(message.sent_at, Some(house.clock.now()));
    let [mail] = &house.taken()[..] else { panic!() };
    assert_eq!((mail.id, mail.resends), (message.id, 0));
    assert_eq!(mail.to, message.recipient);
}

#[tokio::test]
async fn a_job_that_runs_twice_sends_once() {
    let house = House::with("paid").await;
    let [ticket] = &house.database.claim(house.clock.now(), 8).await.unwrap()[..] else { panic!() };
    for _ in 0..2 {
        assert_eq!(house.service.works[0].run(ticket).await, Finish::Settled);
    }
    assert_eq!(house.taken().len(), 1);
    assert!(house.database.story(ORDER).await.unwrap().jobs.is_empty());
}

#[tokio::test]
async fn what_passes_is_tried_again_and_shown_without_the_address() {
    let house = House::with("paid").await;
    house.channel_says(busy());
    house.work(Duration::ZERO).await;
    let message = house.only().await;
    assert_eq!((message.status, message.attempts), (MessageStatus::Queued, 1));
    assert_eq!(message.last_error.as_deref(), Some("451 greylisted, said ***"));
    assert_eq!(house.work(Duration::ZERO).await, 0, "not before its time");
    assert_eq!(house.work(Duration::from_secs(90)).await, 1);
    let message = house.only().await;
    assert_eq!((message.status, message.attempts), (MessageStatus::Sent, 2));
    assert_eq!(message.last_error, None);
}

#[tokio::test]
async fn what_is_refused_for_good_fails_at_once() {
    let house = House::with("paid").await;
    house.channel_says(ChannelError::Permanent { reason: "550 no such user".into() });
    assert_eq!(house.work(Duration::ZERO).await, 1);
    let message = house.only().await;
    assert_eq!(message.status, MessageStatus::Failed);
    assert_eq!(message.last_error.as_deref(), Some("550 no such user"));
    assert_eq!(house.work(30 * DAY).await, 0);
    assert_eq!(house.taken().len(), 0);
}

#[tokio::test]
async fn what_never_passes_becomes_a_dead_letter_that_can_be_replayed() {
    let house = House::with("paid").await;
    for _ in 0..8 {
        house.channel_says(busy());
        assert_eq!(house.work(2 * DAY).await, 1);
    }
    assert_eq!(house.work(30 * DAY).await, 0);
    let message = house.only().await;
    assert_eq!((message.status, message.attempts), (MessageStatus::Queued, 8));
    let [letter] = &house.database.list(8).await.unwrap()[..] else { panic!() };
    assert_eq!((letter.subject, letter.attempts), (Some(ORDER), 8));
    assert!(!format!("{letter:?}").contains("budi"), "{letter:?}");

    let replayed = house.database.resolve(letter.id, Resolve::Replay, house.clock.now()).await;
    assert_eq!(replayed, Ok(true));
    assert_eq!(house.work(Duration::ZERO).await, 1);
    assert_eq!(house.only().await.status, MessageStatus::Sent);
}
