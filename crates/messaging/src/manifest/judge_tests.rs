//! A bucket watched over time.

use super::*;
use crate::Bucket;
use crate::manifest::Count;

fn at(seconds: u64) -> Timestamp {
    Timestamp::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// One look at a bucket of so many events of which so many are held.
fn look(announced: u64, held: u64, before: Option<Watch>) -> Look {
    let bucket = Bucket::from_seconds(0);
    let announced = Count { routing_key: "k".to_owned(), bucket, events: announced };
    Look { announced, held, before }
}

/// Looks every 30 s; tells what was done each time, and asks as it is told.
fn watched(announced: u64, held: impl Fn(u32) -> u64, looks: u32) -> Vec<Next> {
    let mut before = None;
    let step = |n: u32| {
        let now = at(30 * u64::from(n));
        let (watch, next) = judge(&look(announced, held(n), before), now);
        before = Some(if let Next::Ask(_) = next { watch.asked(now) } else { watch });
        next
    };
    (0..looks).map(step).collect()
}

#[test]
fn a_bucket_is_asked_for_at_the_second_manifest() {
    assert_eq!(watched(3, |_| 2, 3), [Next::Nothing, Next::Ask(0), Next::Ask(0)]);
}

#[test]
fn what_arrives_before_the_second_manifest_is_not_asked_for() {
    assert_eq!(watched(3, |n| if n == 0 { 2 } else { 3 }, 3), [Next::Nothing; 3]);
}

#[test]
fn a_complete_bucket_is_watched_no_more() {
    let before =
        Watch { held: 2, short_since: Some(at(1)), asked: 7, asked_at: Some(at(9)), fruitless: 5 };
    for held in [3, 4] {
        let (watch, next) = judge(&look(3, held, Some(before)), at(99));
        assert_eq!((watch, next), (Watch { held, ..Watch::default() }, Next::Nothing));
    }
}

#[test]
fn two_copies_of_a_manifest_are_one_look_and_one_request() {
    let (watch, next) = judge(&look(3, 2, None), at(0));
    assert_eq!(next, Next::Nothing);
    let (watch, next) = judge(&look(3, 2, Some(watch)), at(1));
    assert_eq!(next, Next::Nothing, "the copy is no second manifest");
    let (watch, next) = judge(&look(3, 2, Some(watch)), at(30));
    assert_eq!(next, Next::Ask(0));
    let (_, next) = judge(&look(3, 2, Some(watch.asked(at(30)))), at(31));
    assert_eq!(next, Next::Nothing, "it was asked a second ago");
}

#[test]
fn what_never_comes_is_given_up_once_and_not_asked_for_any_more() {
    let done = watched(3, |_| 2, 100);
    let asked = done.iter().filter(|next| matches!(next, Next::Ask(_))).count();
    let given_up = done.iter().filter(|next| **next == Next::GiveUp).count();
    assert_eq!((asked, given_up), (20, 1));
    assert_eq!(done[21], Next::GiveUp, "{done:?}");
}

#[test]
fn an_event_that_comes_in_keeps_it_asking() {
    let done = watched(100, |n| u64::from(n / 10), 100);
    assert!(!done.contains(&Next::GiveUp), "{done:?}");
}

#[test]
fn a_given_up_bucket_is_asked_for_again_once_an_event_of_it_comes_in() {
    let done = watched(9, |n| if n < 50 { 2 } else { 3 }, 52);
    assert_eq!(done[49], Next::Nothing);
    assert_eq!(done[50], Next::Ask(0));
}

#[test]
fn a_large_bucket_is_asked_for_page_by_page_and_every_page_has_its_turn() {
    let events = 3 * PAGE_EVENTS as u64;
    let done = watched(events, |_| events - 1, 60);
    let expected: Vec<Next> = (0..22).map(|n| Next::Ask(n % 3)).collect();
    assert_eq!(done[1..23], expected);
    assert_eq!(done[23], Next::GiveUp);
}
