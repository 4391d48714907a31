//! Connections that end: by the server, by silence, or never come to be.

use crate::proxy::Proxy;
use crate::server::{LEFT, VirtualHost, connected, consume, number, start, unit};
use contracts::wait::{soon, until};
use futures::future::join3;
use messaging::{Broker, Published};
use messaging_rabbitmq::{LinkState, RabbitBroker, RabbitConfig};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const NAMES: [&str; 2] = ["orderflow contracts publish", "orderflow contracts consume"];

#[tokio::test]
async fn both_connections_show_under_a_readable_name() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = host.broker().await;
    connected(&broker).await;
    let names = async || {
        let connections = host.connections().await;
        let name = |c: &serde_json::Value| c["user_provided_name"].as_str().map(str::to_owned);
        connections.iter().filter_map(name).collect::<BTreeSet<_>>()
    };
    until(NAMES.map(str::to_owned).into(), names).await;
}

/// Publishes numbers from 0 on until told to stop, each until it is confirmed; counts them.
async fn publish_numbers(
    broker: Arc<RabbitBroker>,
    count: Arc<AtomicUsize>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let n = count.load(Ordering::SeqCst);
        while broker.publish(vec![unit("left", n as u128)]).await != Ok(vec![Published::Confirmed])
        {
            tokio::task::yield_now().await;
        }
        count.store(n + 1, Ordering::SeqCst);
    }
}

type Seen = Arc<Mutex<BTreeSet<u128>>>;

/// Consumes for ever, on as many subscriptions as it takes.
async fn consume_numbers(broker: Arc<RabbitBroker>, seen: Seen) {
    loop {
        let Ok(mut left) = broker.subscribe(LEFT).await else { continue };
        while let Ok(drained) = left.next(8).await {
            if left.ack_through(drained.last().unwrap().tag).await.is_err() {
                break;
            }
            seen.lock().unwrap().extend(drained.iter().map(number));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_killed_under_load_come_back_by_themselves_and_nothing_is_lost() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = Arc::new(host.broker().await);
    connected(&broker).await;
    let (count, seen, stop) = (Arc::default(), Seen::default(), CancellationToken::new());
    let published = async || AtomicUsize::load(&count, Ordering::SeqCst);
    let consumed = async || seen.lock().unwrap().len();
    let publishing = tokio::spawn(publish_numbers(broker.clone(), count.clone(), stop.clone()));
    let consuming = tokio::spawn(consume_numbers(broker.clone(), seen.clone()));
    for name in NAMES {
        host.kill(name).await;
        let (sent, taken) = (published().await, consumed().await);
        let both_go_on = async || published().await > sent + 100 && consumed().await > taken + 100;
        until(true, both_go_on).await;
    }
    stop.cancel();
    soon(publishing).await.unwrap();
    until(published().await, consumed).await;
    consuming.abort();
}

#[tokio::test]
async fn an_idle_connection_that_is_lost_comes_back_unasked() {
    let host = VirtualHost::with(&[LEFT]).await;
    let proxy = Proxy::to(&host.url()).await;
    let broker = start(through(&proxy, &host));
    for connections in [2, 4, 6] {
        until((connections, 2), async || (proxy.accepted(), proxy.open())).await;
        connected(&broker).await;
        proxy.cut();
    }
}

#[tokio::test]
async fn what_was_delivered_on_a_lost_channel_is_not_acknowledged_on_another() {
    let host = VirtualHost::with(&[LEFT]).await;
    let proxy = Proxy::to(&host.url()).await;
    let broker = start(through(&proxy, &host));
    connected(&broker).await;
    soon(broker.publish(vec![unit("left", 1), unit("left", 2)])).await.unwrap();
    let mut lost = broker.subscribe(LEFT).await.unwrap();
    let mut taken = Vec::new();
    while taken.len() < 2 {
        taken.extend(soon(lost.next(2)).await.unwrap());
    }
    proxy.cut();
    assert!(soon(lost.next(1)).await.is_err(), "the subscription ends with its connection");
    let mut left = soon(broker.subscribe(LEFT)).await.unwrap();
    assert!(soon(lost.ack_through(taken[1].tag)).await.is_err());
    let mut again = Vec::new();
    while again.len() < 2 {
        again.extend(soon(left.next(2)).await.unwrap());
    }
    assert!(again.iter().all(|delivery| delivery.redelivered), "{again:?}");
    soon(left.ack_through(again[1].tag)).await.unwrap();
}

fn through(proxy: &Proxy, host: &VirtualHost) -> RabbitConfig {
    let mut url = host.url();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.port)).unwrap();
    RabbitConfig::try_new(url.as_str(), "orderflow contracts").unwrap()
}

/// The same, waiting for no answer longer than a second.
fn impatient(proxy: &Proxy, host: &VirtualHost) -> RabbitConfig {
    let second = Duration::from_secs(1);
    let mut config = through(proxy, host);
    (config.publish_deadline, config.connect_timeout) = (second, second);
    config
}

/// The server takes the publish and its answer never arrives, as with a half-open connection.
#[tokio::test]
async fn a_confirm_that_does_not_come_costs_the_connection_and_not_the_next_publish() {
    let host = VirtualHost::with(&[LEFT]).await;
    let proxy = Proxy::to(&host.url()).await;
    let broker = start(impatient(&proxy, &host));
    connected(&broker).await;
    assert_eq!(soon(broker.publish(vec![unit("left", 1)])).await.unwrap(), [Published::Confirmed]);
    proxy.swallow_answers(true);
    let error = soon(broker.publish(vec![unit("left", 2)])).await.unwrap_err().to_string();
    assert!(error.contains("no confirm within 1s"), "{error}");
    let down = async || matches!(broker.state().publish, LinkState::Down { .. });
    until(true, down).await;
    proxy.swallow_answers(false);
    let published = async || broker.publish(vec![unit("left", 3)]).await.unwrap_or_default();
    until(vec![Published::Confirmed], published).await;
    // One line of each kind is left: nobody holds on to the dead connections.
    until(2, async || proxy.open()).await;
    let mut left = soon(broker.subscribe(LEFT)).await.unwrap();
    let mut seen = BTreeSet::new();
    while seen.len() < 3 {
        seen.extend(consume(&mut *left, 1).await);
    }
    assert_eq!(seen, BTreeSet::from([1, 2, 3]), "the unanswered one was taken");
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_given_up_and_let_go() {
    let host = VirtualHost::with(&[LEFT]).await;
    let proxy = Proxy::to(&host.url()).await;
    proxy.swallow_answers(true);
    let broker = start(impatient(&proxy, &host));
    let says = async || broker.state().publish.to_string().contains("did not answer within 1s");
    until(true, says).await;
    until(true, async || proxy.accepted() >= 4 && proxy.open() <= 2).await;
    proxy.swallow_answers(false);
    connected(&broker).await;
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_named_and_nothing_waits_for_long() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("amqp://u:p@127.0.0.1:{port}");
    let broker = start(RabbitConfig::try_new(&url, "orderflow contracts").unwrap());
    let units = vec![unit("left", 1)];
    let (published, subscribed, checked) =
        soon(join3(broker.publish(units), broker.subscribe(LEFT), broker.check(&[LEFT]))).await;
    for error in [published.err(), subscribed.err(), checked.err()] {
        let error = error.unwrap().to_string();
        assert!(
            error.contains(&format!("127.0.0.1:{port}")) && error.contains("refused"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_dropped_broker_takes_its_connections_along() {
    let host = VirtualHost::with(&[LEFT]).await;
    let proxy = Proxy::to(&host.url()).await;
    let broker = start(through(&proxy, &host));
    connected(&broker).await;
    drop(broker);
    until(0, async || proxy.open()).await;
}
