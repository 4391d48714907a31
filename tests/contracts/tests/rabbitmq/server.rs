//! A RabbitMQ server that runs already: virtual hosts of one's own on it, and its management
//! interface. Starts and stops no server.

use async_trait::async_trait;
use contracts::broker::{BrokerFeatures, BrokerHarness};
use contracts::wait::{soon, until};
use kernel::{ManualClock, Timestamp, Uuid};
use messaging::{Broker, BrokerError, Delivery, Published, Queue, Subscription, Unit};
use messaging_rabbitmq::topology::Topology;
use messaging_rabbitmq::{LinkState, LinkStates, RabbitBroker, RabbitConfig};
use reqwest::{Client, Method, StatusCode, Url};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(crate) const LEFT: Queue = Queue { name: "contracts.left", bindings: &["both", "left"] };
pub(crate) const RIGHT: Queue = Queue { name: "contracts.right", bindings: &["both", "right"] };

/// The server gathers what it shows every five seconds, unless it is told otherwise.
const SHOWN_WITHIN: Duration = Duration::from_secs(30);

fn address(variable: &str) -> Url {
    let Ok(url) = std::env::var(variable) else {
        panic!(
            "{variable} is not set: run `cargo xtask test`, or start servers with `cargo xtask \
             stack` and set {variable} as it says"
        );
    };
    url.parse().unwrap_or_else(|error| panic!("{variable} is no URL: {error}"))
}

/// The management interface.
#[derive(Clone)]
pub(crate) struct Management {
    base: Url,
    client: Client,
}

impl Management {
    fn new() -> Self {
        // A second installation is refused, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { base: address("ORDERFLOW_TEST_RABBITMQ_URL"), client: Client::new() }
    }

    /// Path segments are encoded here: `["queues", "/", "a b"]`.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: &Value,
    ) -> (StatusCode, Value) {
        let mut url = self.base.clone();
        url.path_segments_mut().unwrap().pop_if_empty().push("api").extend(path);
        let request = self.client.request(method, url).json(body);
        let response = request.send().await.expect("an answer from RabbitMQ's management");
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn done(&self, method: Method, path: &[&str], body: &Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!(status.is_success(), "{path:?}: {status} {answer}");
        answer
    }
}

/// A virtual host of a test's own, deleted with it.
pub(crate) struct VirtualHost {
    pub(crate) name: String,
    pub(crate) management: Management,
}

impl VirtualHost {
    /// An empty one.
    pub(crate) async fn bare() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("contracts {}/{n}", std::process::id());
        let management = Management::new();
        // A process with this number may have died before.
        management.call(Method::DELETE, &["vhosts", &name], &Value::Null).await;
        management.done(Method::PUT, &["vhosts", &name], &json!({})).await;
        let host = Self { name, management };
        let user = address("ORDERFLOW_TEST_AMQP_URL").username().to_owned();
        host.permit(&user, ".*", ".*", ".*").await;
        host
    }

    /// One with the topology of these queues.
    pub(crate) async fn with(queues: &[Queue]) -> Self {
        let host = Self::bare().await;
        host.apply(queues).await;
        host
    }

    pub(crate) async fn apply(&self, queues: &[Queue]) {
        let definitions = Topology::new(queues.iter().copied()).definitions(&self.name);
        let path = ["definitions", &self.name];
        self.management.done(Method::POST, &path, &definitions).await;
    }

    pub(crate) async fn permit(&self, user: &str, configure: &str, write: &str, read: &str) {
        let permissions = json!({ "configure": configure, "write": write, "read": read });
        let path = ["permissions", &self.name, user];
        self.management.done(Method::PUT, &path, &permissions).await;
    }

    /// The address of this host for the tests' user.
    pub(crate) fn url(&self) -> Url {
        let mut url = address("ORDERFLOW_TEST_AMQP_URL");
        let segment = self.name.replace(' ', "%20").replace('/', "%2F");
        url.set_path(&format!("/{segment}"));
        url
    }

    pub(crate) fn config(&self) -> RabbitConfig {
        RabbitConfig::try_new(self.url().as_str(), "orderflow contracts").unwrap()
    }

    pub(crate) async fn broker(&self) -> RabbitBroker {
        let broker = start(self.config());
        connected(&broker).await;
        broker
    }

    /// A connection of somebody who is not OrderFlow.
    pub(crate) async fn foreigner(&self) -> (lapin::Connection, lapin::Channel) {
        let uri: lapin::uri::AMQPUri = self.url().as_str().parse().unwrap();
        let connection =
            lapin::Connection::connect_uri(uri, lapin::ConnectionProperties::default());
        let connection = connection.await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        (connection, channel)
    }

    /// The connections that this host has, as the management shows them.
    pub(crate) async fn connections(&self) -> Vec<Value> {
        let path = ["vhosts", &self.name, "connections"];
        let (status, list) = self.management.call(Method::GET, &path, &Value::Null).await;
        // Not there yet: the statistics of a new host lag behind.
        if status.is_success() { list.as_array().cloned().unwrap() } else { Vec::new() }
    }

    /// Has the server close the connection that shows under that name.
    pub(crate) async fn kill(&self, shown: &str) {
        let named = async || {
            let connections = self.connections().await;
            let named = connections.iter().find(|c| c["user_provided_name"] == shown);
            named.and_then(|c| c["name"].as_str().map(str::to_owned))
        };
        // The server shows a connection some seconds after it began, and then for some after its
        // end; so it may take more than one try.
        let killed = async {
            loop {
                let Some(name) = named().await else { continue };
                let path = ["connections", &name];
                let (status, _) = self.management.call(Method::DELETE, &path, &Value::Null).await;
                if status.is_success() {
                    return;
                }
            }
        };
        tokio::time::timeout(SHOWN_WITHIN, killed).await.expect("the connection shows and ends");
    }
}

impl Drop for VirtualHost {
    fn drop(&mut self) {
        let (management, name) = (self.management.clone(), self.name.clone());
        // A client of the test's runtime is no use in another: it may wait for that one.
        let delete = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let management = Management { client: Client::new(), ..management };
            let path = ["vhosts", &name];
            runtime.unwrap().block_on(management.call(Method::DELETE, &path, &Value::Null));
        };
        let deleted = std::thread::spawn(delete).join();
        assert!(deleted.is_ok() || std::thread::panicking(), "the virtual host is still there");
    }
}

pub(crate) fn start(config: RabbitConfig) -> RabbitBroker {
    RabbitBroker::start(config, Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)))
}

/// Waits until both connections are up.
pub(crate) async fn connected(broker: &RabbitBroker) {
    let up = LinkStates { publish: LinkState::Up, consume: LinkState::Up };
    until(up, async || broker.state()).await;
}

/// Unit `n` on a topic; its body is its number.
pub(crate) fn unit(key: &str, n: u128) -> Unit {
    let body = n.to_string().into();
    Unit { routing_key: key.to_owned(), message_id: Uuid::from_u128(n), body }
}

pub(crate) fn number(delivery: &Delivery) -> u128 {
    std::str::from_utf8(&delivery.body).unwrap().parse().unwrap()
}

/// Takes so many and acknowledges them.
pub(crate) async fn consume(subscription: &mut dyn Subscription, count: usize) -> Vec<u128> {
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        let drained = soon(subscription.next(count - numbers.len())).await.unwrap();
        numbers.extend(drained.iter().map(number));
        soon(subscription.ack_through(drained.last().unwrap().tag)).await.unwrap();
    }
    numbers
}

/// The adapter under the suite.
pub(crate) struct RabbitMq;

struct OnItsOwnHost {
    broker: RabbitBroker,
    _host: VirtualHost,
}

#[async_trait]
impl Broker for OnItsOwnHost {
    async fn publish(&self, units: Vec<Unit>) -> Result<Vec<Published>, BrokerError> {
        self.broker.publish(units).await
    }

    async fn subscribe(&self, queue: Queue) -> Result<Box<dyn Subscription>, BrokerError> {
        self.broker.subscribe(queue).await
    }
}

#[async_trait]
impl BrokerHarness for RabbitMq {
    async fn fresh(&self, queues: &[Queue]) -> Arc<dyn Broker> {
        let host = VirtualHost::with(queues).await;
        let broker = host.broker().await;
        connected(&broker).await;
        Arc::new(OnItsOwnHost { broker, _host: host })
    }

    fn features(&self) -> BrokerFeatures {
        BrokerFeatures {
            confirms_after_consumer_ack: false,
            withdraws_dropped_publish: false,
            subscribing_declares_the_queue: false,
            queue_units_max: None,
            returns_to_the_front: false,
            delivers_on_demand: false,
        }
    }
}
