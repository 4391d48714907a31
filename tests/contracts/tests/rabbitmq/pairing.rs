//! Why returned messages are not told by the confirm that lapin attaches them to. Stands on a
//! classic queue, where the server confirms in larger groups and the mistake is certain.

use crate::server::{VirtualHost, unit};
use contracts::wait::soon;
use futures::future::join_all;
use lapin::BasicProperties;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use messaging::{Broker, Published};
use reqwest::Method;
use serde_json::json;

const WINDOW: usize = 1_000;
const ROUNDS: usize = 30;
const TRANSIENT: u8 = 1;

fn unroutable(at: usize) -> bool {
    at % 2 == 1
}

fn key(at: usize) -> &'static str {
    if unroutable(at) { "nowhere" } else { "classic" }
}

async fn host() -> VirtualHost {
    let host = VirtualHost::with(&[]).await;
    let queue = ["queues", &host.name, "classic"];
    let (management, nothing) = (&host.management, json!({ "arguments": {} }));
    management.done(Method::PUT, &queue, &nothing).await;
    let binding = ["bindings", &host.name, "e", "orderflow.events", "q", "classic"];
    management.done(Method::POST, &binding, &json!({ "routing_key": "classic" })).await;
    host
}

/// Holds as long as lapin is wrong about it. If this fails after an update of lapin, think again
/// about the rounds of the publisher; they stay right either way.
#[tokio::test(flavor = "multi_thread")]
async fn lapin_attaches_a_returned_message_to_the_confirm_of_another() {
    let host = host().await;
    let (_connection, channel) = host.foreigner().await;
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    for _ in 0..ROUNDS {
        let send = |at: usize| {
            let options = BasicPublishOptions { mandatory: true, ..Default::default() };
            let properties = BasicProperties::default().with_delivery_mode(TRANSIENT);
            channel.basic_publish(
                "orderflow.events".into(),
                key(at).into(),
                options,
                b"",
                properties,
            )
        };
        let sent = soon(join_all((0..WINDOW).map(send))).await;
        let confirms = soon(join_all(sent.into_iter().map(Result::unwrap))).await;
        let carries = confirms.into_iter().map(|confirm| confirm.unwrap().take_message().is_some());
        let mistaken = carries.enumerate().filter(|(at, carries)| *carries != unroutable(*at));
        if mistaken.count() > 0 {
            return;
        }
    }
    panic!("every returned message came with its own confirm");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_lapin_mixes_them_up_every_unit_still_has_its_own_verdict() {
    let host = host().await;
    let broker = host.broker().await;
    let units: Vec<_> = (0..WINDOW).map(|at| unit(key(at), at as u128)).collect();
    let verdict = |at| if unroutable(at) { Published::Returned } else { Published::Confirmed };
    let expected: Vec<_> = (0..WINDOW).map(verdict).collect();
    for round in 0..ROUNDS {
        let published = soon(broker.publish(units.clone())).await.unwrap();
        assert!(published == expected, "round {round}");
    }
}
