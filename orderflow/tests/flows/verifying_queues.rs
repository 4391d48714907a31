//! `orderflow verify` and RabbitMQ's queues: what is missing or left in one is told. Looked at in a
//! virtual host without services, so that what is put into a queue stays there.

use crate::Stack;
use orderflow::compose::Part;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::{Ended, VirtualHost, until, until_within};

/// The broker counts every five seconds.
const COUNTED: Duration = Duration::from_secs(30);

/// Runs a command with the services of a fleet and the queues of a virtual host.
async fn run(stack: &Stack, host: &VirtualHost, args: &[&str]) -> Ended {
    let places = stack.addresses.variables();
    let mut settings: Vec<(&str, &str)> =
        places.iter().map(|(setting, base)| (setting.as_str(), base.as_str())).collect();
    settings.push(("ORDERFLOW_BROKER__URL", &host.amqp));
    settings.push(("ORDERFLOW_BROKER__MANAGEMENT_URL", host.management().as_str()));
    testkit::run(crate::binary(), args, &settings).await
}

/// What verify says of the queues, having ended so.
async fn told(stack: &Stack, host: &VirtualHost, code: i32) -> Value {
    let ended = run(stack, host, &["verify", "--json"]).await;
    assert_eq!(ended.code, Some(code), "{}\n{}", ended.stdout, ended.stderr);
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    let mut lines = told["lines"].as_array().unwrap().iter();
    lines.find(|line| line["code"] == "I17").unwrap().clone()
}

fn wrong(line: &Value) -> BTreeSet<String> {
    let violations = line["violations"].as_array().unwrap().iter();
    violations.map(|violation| violation["what"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_are_empty_and_what_is_left_in_one_or_missing_is_told() {
    let stack = crate::start().await;
    let line = told(&stack, stack.broker(), 0).await;
    assert_eq!((&line["undecided"], &line["checked"]), (&Value::Null, &6.into()), "{line}");
    let said = run(&stack, stack.broker(), &["verify"]).await;
    assert!(said.stdout.contains("✔ I17"), "{}", said.stdout);

    let host = VirtualHost::create(crate::binary()).await;
    assert!(wrong(&told(&stack, &host, 0).await).is_empty());
    let (left, dead) = (Part::Payment.queue().name, Part::Order.dead_queue().name);
    for queue in [left, dead] {
        host.publish(queue, "{}").await;
        until_within(COUNTED, "the broker has counted it", async || {
            let seen = host.queue(queue).await;
            if seen["messages_ready"] == 1 { Ok(()) } else { Err(seen) }
        })
        .await;
    }
    let missing = Part::Notification.queue().name;
    host.delete_queue(missing).await;
    let line = told(&stack, &host, 3).await;
    let expected = [
        format!("queue {left}: 1 ready, 0 unacked"),
        format!("queue {dead}: 1 ready, 0 unacked"),
        format!("queue {missing} is not there"),
    ];
    assert_eq!(wrong(&line), expected.into());

    // Its repair, as it is printed.
    let violations = line["violations"].as_array().unwrap();
    let repair = violations.iter().find(|v| v["what"].as_str().unwrap().contains("not there"));
    assert_eq!(repair.unwrap()["repair"], "orderflow topology apply");
    let ended = run(&stack, &host, &["topology", "apply"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    for queue in [left, dead] {
        host.delete_queue(queue).await;
    }
    host.apply(crate::binary()).await;
    until("the queues are there again", async || {
        let seen = host.queue(left).await;
        if seen["messages"] == 0 { Ok(()) } else { Err(seen) }
    })
    .await;
    assert!(wrong(&told(&stack, &host, 0).await).is_empty());

    // A broker that does not tell is no queue without messages.
    let settings = [
        ("ORDERFLOW_BROKER__URL", host.amqp.as_str()),
        ("ORDERFLOW_BROKER__MANAGEMENT_URL", "http://guest:guest@127.0.0.1:9"),
    ];
    let places = stack.addresses.variables();
    let places = places.iter().map(|(setting, base)| (setting.as_str(), base.as_str()));
    let settings: Vec<(&str, &str)> = places.chain(settings).collect();
    let ended = testkit::run(crate::binary(), &["verify"], &settings).await;
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("broker.management_url"), "{}", ended.stderr);
    stack.finish().await;
}
