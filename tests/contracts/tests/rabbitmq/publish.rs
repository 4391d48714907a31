//! Publishing: whose verdict is whose, and what a message says about itself.

use crate::server::{LEFT, RIGHT, VirtualHost, connected, consume, unit};
use contracts::wait::{soon, until};
use messaging::{Broker, Published, Unit};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

const WINDOW: usize = 300;

/// A window of which the units at these positions are unroutable; numbers from `first`.
fn window(first: u128, unroutable: &BTreeSet<usize>) -> Vec<Unit> {
    let key = |position| if unroutable.contains(&position) { "nowhere" } else { "left" };
    (0..WINDOW).map(|at| unit(key(at), first + at as u128)).collect()
}

fn expected(unroutable: &BTreeSet<usize>) -> Vec<Published> {
    let verdict = |at| match unroutable.contains(&at) {
        true => Published::Returned,
        false => Published::Confirmed,
    };
    (0..WINDOW).map(verdict).collect()
}

/// Where the unroutable units of round `n` are: alone at every kind of place, then in crowds.
fn positions(n: usize) -> BTreeSet<usize> {
    match n {
        0..20 => BTreeSet::from([n]),
        20..40 => BTreeSet::from([WINDOW + 19 - n]),
        40..60 => BTreeSet::from([(n * 7919) % WINDOW]),
        _ => (0..n - 50).map(|i| (i * 31 + n) % WINDOW).collect(),
    }
}

#[tokio::test]
async fn exactly_the_unroutable_units_of_a_window_are_returned() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = host.broker().await;
    let mut left = broker.subscribe(LEFT).await.unwrap();
    for n in 0..80 {
        let (first, unroutable) = ((n * WINDOW) as u128, positions(n));
        let published = soon(broker.publish(window(first, &unroutable))).await.unwrap();
        assert_eq!(published, expected(&unroutable), "unroutable at {unroutable:?}");
        let delivered = consume(&mut *left, WINDOW - unroutable.len()).await;
        let routable = (0..WINDOW).filter(|at| !unroutable.contains(at));
        let routable: Vec<_> = routable.map(|at| first + at as u128).collect();
        assert_eq!(delivered, routable, "each neighbour once, in order");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_that_are_sent_together_keep_their_own_verdicts() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = Arc::new(host.broker().await);
    let publish = |publisher: usize| {
        let broker = broker.clone();
        tokio::spawn(async move {
            for round in 0..20 {
                let unroutable = positions(publisher * 20 + round);
                // Every publisher has the same numbers: one identity in several windows.
                let published = broker.publish(window(0, &unroutable)).await.unwrap();
                assert_eq!(published, expected(&unroutable), "publisher {publisher}");
            }
        })
    };
    for publisher in [0, 1, 2, 3].map(publish) {
        soon(publisher).await.unwrap();
    }
}

#[tokio::test]
async fn one_identity_twice_in_a_window_is_told_apart_by_its_key() {
    let host = VirtualHost::with(&[LEFT]).await;
    let units = ["left", "nowhere", "left"].map(|key| unit(key, 7));
    let published = soon(host.broker().await.publish(units.to_vec())).await.unwrap();
    assert_eq!(published, [Published::Confirmed, Published::Returned, Published::Confirmed]);
}

#[tokio::test]
async fn a_window_may_exceed_what_may_be_unconfirmed() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = host.broker().await;
    let units: Vec<_> = (0..2_500).map(|n| unit("left", n)).collect();
    let published = soon(broker.publish(units)).await.unwrap();
    assert_eq!(published, vec![Published::Confirmed; 2_500]);
    let mut left = broker.subscribe(LEFT).await.unwrap();
    assert_eq!(consume(&mut *left, 2_500).await, (0..2_500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_queue_refuses_its_own_units_only() {
    let host = VirtualHost::with(&[LEFT, RIGHT]).await;
    let small = json!({ "pattern": "^contracts\\.left$", "apply-to": "queues", "priority": 200,
        "definition": { "max-length": 3, "overflow": "reject-publish" } });
    host.management.done(Method::PUT, &["policies", &host.name, "small"], &small).await;
    let broker = host.broker().await;
    // A quorum queue takes some more than it should before it refuses.
    let full = async || {
        let published = broker.publish(vec![unit("left", 1)]).await.unwrap();
        matches!(published[..], [Published::Refused(_)])
    };
    until(true, full).await;
    let keys = ["right", "left", "right", "nowhere", "left", "right"];
    let units: Vec<_> = keys.iter().zip(10..).map(|(key, n)| unit(key, n)).collect();
    let published = soon(broker.publish(units)).await.unwrap();
    for (key, published) in keys.iter().zip(&published) {
        let right = match *key {
            "left" => matches!(published, Published::Refused(_)),
            "right" => *published == Published::Confirmed,
            _ => *published == Published::Returned,
        };
        assert!(right, "{key}: {published:?}");
    }
    let mut right = broker.subscribe(RIGHT).await.unwrap();
    assert_eq!(consume(&mut *right, 3).await, [10, 12, 15]);
    let mut left = broker.subscribe(LEFT).await.unwrap();
    let mut newest = 1;
    while newest != 99 {
        broker.publish(vec![unit("left", 99)]).await.unwrap();
        newest = consume(&mut *left, 1).await[0];
    }
}

#[tokio::test]
async fn a_routing_key_that_cannot_be_said_is_refused_alone() {
    let host = VirtualHost::with(&[LEFT]).await;
    let units = vec![unit("left", 1), unit(&"k".repeat(256), 2), unit("left", 3)];
    let published = soon(host.broker().await.publish(units)).await.unwrap();
    assert_eq!([&published[0], &published[2]], [&Published::Confirmed; 2]);
    assert!(matches!(&published[1], Published::Refused(why) if why.contains("255")));
}

#[tokio::test]
async fn a_missing_exchange_is_named_and_publishing_goes_on_when_it_is_there() {
    let host = VirtualHost::bare().await;
    let broker = host.broker().await;
    connected(&broker).await;
    let error = soon(broker.publish(vec![unit("left", 1)])).await.unwrap_err().to_string();
    for words in ["exchange orderflow.events is missing", "`orderflow topology apply`"] {
        assert!(error.contains(words), "{error}");
    }
    host.apply(&[LEFT]).await;
    let published = async || broker.publish(vec![unit("left", 1)]).await.unwrap_or_default();
    until(vec![Published::Confirmed], published).await;
}

#[tokio::test]
async fn a_message_says_who_sent_it_and_what_it_is() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = host.broker().await;
    let mut batch = unit("left", 2);
    batch.body = "[1]".into();
    soon(broker.publish(vec![unit("left", 1), batch])).await.unwrap();
    let (_connection, channel) = host.foreigner().await;
    let get = async || {
        let got = channel.basic_get(LEFT.name.into(), lapin::options::BasicGetOptions::default());
        soon(got).await.unwrap().unwrap().delivery.properties
    };
    let user = host.url().username().to_owned();
    for (n, kind) in [(1, "cloudevents+json"), (2, "cloudevents-batch+json")] {
        let found = get().await;
        let text = |field: &Option<lapin::types::ShortString>| field.as_ref().unwrap().to_string();
        assert_eq!(text(found.message_id()), unit("", n).message_id.to_string());
        assert_eq!(text(found.content_type()), format!("application/{kind}"));
        assert_eq!(text(found.user_id()), user);
        assert_eq!(text(found.app_id()), "orderflow");
        assert_eq!((*found.delivery_mode(), *found.timestamp()), (Some(2), Some(0)));
    }
}
