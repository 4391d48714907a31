//! What RabbitMQ's management API shows of a running fleet.

use orderflow::compose::Part;
use serde_json::Value;
use std::time::Duration;
use testkit::{Fleet, order, text, until, until_within};

/// The broker counts every second or five; rates follow.
const PATIENCE: Duration = Duration::from_secs(30);

/// Every queue has a consumer and a rate, and nothing waits in it.
pub(crate) async fn sees_the_queues(fleet: &Fleet) {
    for part in Part::ALL {
        let name = part.queue().name;
        until_within(PATIENCE, &format!("queue {name} is seen at work"), async || {
            let queue = fleet.broker().queue(name).await;
            let rate = |kind: &str| queue.pointer(&format!("/message_stats/{kind}_details/rate"));
            let seen = queue["type"] == "quorum"
                && queue["consumers"].as_u64() >= Some(1)
                && queue["messages"] == 0
                && queue["message_stats"]["ack"].as_u64() >= Some(1)
                && rate("publish").is_some_and(Value::is_number)
                && rate("ack").is_some_and(Value::is_number);
            if seen { Ok(()) } else { Err(queue) }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_say_whose_they_are_and_publish_and_consume_apart() {
    let fleet = crate::start().await;
    fleet.create_id(&order()).await;
    let wanted: Vec<String> = Part::ALL
        .into_iter()
        .flat_map(|part| {
            let process = format!("orderflow {} {}", part.name(), fleet.process(part, 0).id());
            ["publish", "consume"].map(|purpose| format!("{process} {purpose}"))
        })
        .collect();
    until("every connection is seen by name", async || {
        let found = fleet.broker().connections().await;
        let names: Vec<String> =
            found.iter().map(|c| text(c, "/client_properties/connection_name")).collect();
        let missing = wanted.iter().find(|name| !names.contains(name));
        missing.map_or(Ok(()), |name| Err(format!("{name} is not among {names:?}")))
    })
    .await;
    fleet.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_deleted_and_made_again_are_consumed_again_and_what_was_unroutable_is_sent() {
    let fleet = crate::start().await;
    fleet.autopay(0).await;
    let before = fleet.create_id(&order()).await;
    fleet.order_becomes(&before, "paid").await;
    until("nothing waits in the queues", async || {
        let told = fleet.told(&before, 1).await;
        if told.iter().any(|name| name == "paid") { Ok(()) } else { Err(format!("{told:?}")) }
    })
    .await;
    for part in [Part::Payment, Part::Notification] {
        fleet.broker().delete_queue(part.queue().name).await;
    }
    // Its event has no queue to go to, and waits in the outbox.
    let during = fleet.create_id(&order()).await;
    until("the event waits with its reason", async || {
        let story = fleet.story("order", &during).await;
        let waiting = &story["outbox"][0];
        match waiting["last_error"].as_str() {
            Some(error) if error.contains("no queue") => Ok(()),
            _ => Err(waiting.clone()),
        }
    })
    .await;
    fleet.broker().apply(crate::binary()).await;
    for id in [&before, &during] {
        fleet.order_becomes_within(PATIENCE, id, "paid").await;
    }
    fleet.finish().await;
}
