//! Consuming: queues that are not there, messages that are not ours, and permissions.

use crate::server::{LEFT, RIGHT, VirtualHost, connected, consume, start, unit};
use contracts::wait::{soon, until};
use futures::future::join;
use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use messaging::{Broker, Published};
use messaging_rabbitmq::RabbitConfig;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_foreign_message_arrives_as_it_is() {
    let host = VirtualHost::with(&[LEFT]).await;
    let (_connection, channel) = host.foreigner().await;
    let bodies: [&[u8]; 3] = [b"\xff\xfe", b"", &[b'x'; 400_000]];
    for body in bodies {
        let (options, nothing) = (BasicPublishOptions::default(), BasicProperties::default());
        let sent =
            channel.basic_publish("orderflow.events".into(), "left".into(), options, body, nothing);
        sent.await.unwrap().await.unwrap();
    }
    let broker = host.broker().await;
    let mut left = broker.subscribe(LEFT).await.unwrap();
    for body in bodies {
        let delivery = soon(left.next(1)).await.unwrap().remove(0);
        assert_eq!((delivery.routing_key.as_str(), &delivery.body[..]), ("left", body));
        soon(left.ack_through(delivery.tag)).await.unwrap();
    }
}

#[tokio::test]
async fn a_check_says_exactly_what_is_missing() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = host.broker().await;
    assert_eq!(soon(broker.check(&[LEFT])).await.unwrap(), [""; 0]);
    let missing = soon(broker.check(&[LEFT, RIGHT])).await.unwrap();
    let [text] = &missing[..] else { panic!("one thing, not {missing:?}") };
    assert!(text.contains("queue contracts.right is missing"), "{text}");
    assert!(text.contains("`orderflow topology apply`"), "{text}");

    let bare = VirtualHost::bare().await;
    let missing = soon(bare.broker().await.check(&[LEFT])).await.unwrap();
    let [exchange, queue] = &missing[..] else { panic!("two things, not {missing:?}") };
    assert!(exchange.contains("exchange orderflow.events is missing"), "{exchange}");
    assert!(queue.contains("queue contracts.left is missing"), "{queue}");
}

#[tokio::test]
async fn a_deleted_queue_ends_the_subscription_and_a_new_one_begins_when_it_is_back() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = host.broker().await;
    let mut left = broker.subscribe(LEFT).await.unwrap();
    let path = ["queues", &host.name, LEFT.name];
    host.management.done(Method::DELETE, &path, &Value::Null).await;
    let error = soon(left.next(1)).await.unwrap_err().to_string();
    assert!(error.contains("queue contracts.left") && error.contains("deleted"), "{error}");
    assert!(soon(left.next(1)).await.is_err(), "and again, not for ever silent");
    let missing = soon(broker.subscribe(LEFT)).await.err().unwrap().to_string();
    assert!(missing.contains("queue contracts.left is missing"), "{missing}");
    host.apply(&[LEFT]).await;
    let mut left = soon(broker.subscribe(LEFT)).await.unwrap();
    assert_eq!(soon(broker.publish(vec![unit("left", 1)])).await.unwrap(), [Published::Confirmed]);
    assert_eq!(consume(&mut *left, 1).await, [1]);
}

/// Tags that were acknowledged or never handed out cost a channel, if they are sent.
#[tokio::test]
async fn an_acknowledgement_that_says_nothing_new_is_harmless() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = host.broker().await;
    let mut left = broker.subscribe(LEFT).await.unwrap();
    soon(left.ack_through(7)).await.unwrap();
    for n in 1..=3 {
        soon(broker.publish(vec![unit("left", n)])).await.unwrap();
        assert_eq!(consume(&mut *left, 1).await, [n]);
        soon(left.ack_through(0)).await.unwrap();
        soon(left.ack_through(u64::MAX)).await.unwrap();
    }
}

#[tokio::test]
async fn a_service_needs_no_right_but_to_publish_and_to_read_its_queue() {
    let host = VirtualHost::with(&[LEFT, RIGHT]).await;
    let user = host.name.replace(['/', ' '], "-");
    let account = json!({ "password": "p", "tags": "" });
    host.management.done(Method::PUT, &["users", &user], &account).await;
    host.permit(&user, "^$", r"^orderflow\.events$", r"^contracts\.left$").await;
    let mut url = host.url();
    url.set_username(&user).unwrap();
    url.set_password(Some("p")).unwrap();
    let broker = start(RabbitConfig::try_new(url.as_str(), "orderflow contracts").unwrap());
    connected(&broker).await;
    assert_eq!(soon(broker.check(&[LEFT, RIGHT])).await.unwrap(), [""; 0], "looking is free");
    let mut left = broker.subscribe(LEFT).await.unwrap();
    assert_eq!(soon(broker.publish(vec![unit("left", 1)])).await.unwrap(), [Published::Confirmed]);
    assert_eq!(consume(&mut *left, 1).await, [1]);
    let error = soon(broker.subscribe(RIGHT)).await.err().unwrap().to_string();
    assert!(error.contains("may not read queue contracts.right"), "{error}");
    host.permit(&user, "^$", "^$", r"^contracts\.left$").await;
    // Permissions are cached on a channel for a while; a new one knows.
    drop(broker);
    let broker = start(RabbitConfig::try_new(url.as_str(), "orderflow contracts").unwrap());
    connected(&broker).await;
    let error = soon(broker.publish(vec![unit("left", 2)])).await.unwrap_err().to_string();
    assert!(error.contains("may not publish to exchange orderflow.events"), "{error}");
    host.management.done(Method::DELETE, &["users", &user], &Value::Null).await;
}

#[tokio::test]
async fn a_wrong_password_is_said_and_tried_again_until_it_is_right() {
    let host = VirtualHost::with(&[LEFT]).await;
    let user = host.name.replace(['/', ' '], "-");
    let account = |password| json!({ "password": password, "tags": "" });
    host.management.done(Method::PUT, &["users", &user], &account("other")).await;
    host.permit(&user, "^$", ".*", ".*").await;
    let mut url = host.url();
    url.set_username(&user).unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let broker = start(RabbitConfig::try_new(url.as_str(), "orderflow contracts").unwrap());
    let says = async || {
        let states = broker.state();
        let text = format!("{} {}", states.publish, states.consume);
        assert!(!text.contains("hunter2"), "{text}");
        text.matches(&format!("does not accept user {user} with this password")).count()
    };
    until(2, says).await;
    let units = vec![unit("left", 1)];
    let (published, subscribed) = soon(join(broker.publish(units), broker.subscribe(LEFT))).await;
    for error in [published.err(), subscribed.err()] {
        assert!(error.unwrap().to_string().contains("with this password"));
    }
    host.management.done(Method::PUT, &["users", &user], &account("hunter2")).await;
    connected(&broker).await;
    assert_eq!(soon(broker.publish(vec![unit("left", 1)])).await.unwrap(), [Published::Confirmed]);
    host.management.done(Method::DELETE, &["users", &user], &Value::Null).await;
}
