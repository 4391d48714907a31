//! What a broker can lose although it confirmed it: everything on its disk, and what it had no
//! queue for. Nobody is told, nothing is mended by hand; the manifests find it.

use crate::house::binary;
use crate::load::Load;
use fresh_database::FreshDatabase;
use orderflow::compose::Part;
use serde_json::Value;
use servers::{Programs, RabbitMq, Run};
use std::time::{Duration, Instant};
use testkit::{Fleet, Servers, all_paid_and_told, run, until, users};

/// From the loss until everything that was ordered is paid and told.
const WHOLE_WITHIN: Duration = Duration::from_secs(300);
const CALM: Duration = Duration::from_secs(2);
/// How long a queue fills before its broker is wiped.
const FILLING: Duration = Duration::from_secs(5);
/// How long a binding is away.
const UNBOUND: Duration = Duration::from_secs(30);
const BINDINGS: &str = "/api/bindings/%2F/e/orderflow.events/q/payment.order-events";

/// Topology, users and rights in one file, as for a broker that anybody may wipe.
async fn definitions() -> String {
    let exported = run(binary(), &["topology", "export", "--vhost", "/"], &[]).await;
    assert_eq!(exported.code, Some(0), "{exported:?}");
    let mut all: Value = serde_json::from_str(&exported.stdout).unwrap();
    let users = users(binary(), "/").await;
    all.as_object_mut().unwrap().extend(users.as_object().unwrap().clone());
    all.to_string()
}

/// A fleet on a broker of its own, which loads its definitions at every start.
struct Shop {
    fleet: Fleet,
    broker: RabbitMq,
    _databases: Vec<FreshDatabase>,
}

impl Shop {
    async fn start() -> Self {
        let definitions = definitions().await;
        let broker = tokio::task::spawn_blocking(move || {
            let run = Run::temporary().unwrap();
            RabbitMq::open(&Programs::find(), &run, "rabbitmq", Some(&definitions)).unwrap()
        });
        let [order, payment, notification] = [(); 3].map(|()| FreshDatabase::create());
        let databases = vec![order.await, payment.await, notification.await];
        let broker = broker.await.unwrap();
        let urls = [0, 1, 2].map(|n| (Part::ALL[n], databases[n].url().to_owned()));
        let (amqp, management) = (broker.amqp_url(), broker.management_url());
        let fleet = Fleet::on(binary(), Servers { databases: urls, amqp, management }, &[]).await;
        fleet.autopay(100).await;
        Self { fleet, broker, _databases: databases }
    }

    /// Units that wait in payment's queue.
    fn waiting(&self) -> u64 {
        let (_, queue) = self.broker.get("/api/queues/%2F/payment.order-events").unwrap();
        let queue: Value = serde_json::from_str(&queue).unwrap();
        queue["messages"].as_u64().unwrap_or_default()
    }

    /// Ends the load, and waits until all is whole again, in time since the loss.
    async fn whole(self, load: Load, lost: Instant) {
        let told = load.told.clone();
        let ids = load.finish().await;
        let left = WHOLE_WITHIN.saturating_sub(lost.elapsed());
        let all = all_paid_and_told(&self.fleet, left).await;
        let whole = lost.elapsed();
        eprintln!("{} orders, {told:?}, all {all} are complete after {whole:.1?}", ids.len());
        assert!(whole < WHOLE_WITHIN, "{whole:?}");
        assert_eq!(all, ids.len(), "an order was lost or doubled");
        let words = self.fleet.process(Part::Order, 0).words();
        assert!(words.contains("events are sent again"), "nothing was lost: {words}");
        self.holds(all).await;
        self.fleet.finish_quickly().await;
    }

    /// `orderflow verify`, with the queues: of so many orders, all holds.
    async fn holds(&self, orders: usize) {
        let mut settings = self.fleet.addresses.variables();
        for (name, url) in [
            ("ORDERFLOW_BROKER__URL", self.broker.amqp_url()),
            ("ORDERFLOW_BROKER__MANAGEMENT_URL", self.broker.management_url()),
        ] {
            settings.push((name.to_owned(), url));
        }
        let settings: Vec<(&str, &str)> =
            settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let ended = run(binary(), &["verify", "--json"], &settings).await;
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        let told: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((&told["orders"], &told["gateway_compared"]), (&orders.into(), &true.into()));
        let lines = told["lines"].as_array().unwrap().iter();
        let undecided = lines.filter(|line| !line["undecided"].is_null());
        let undecided: Vec<&str> = undecided.map(|line| line["code"].as_str().unwrap()).collect();
        assert_eq!(undecided, ["I01", "I02", "I03"], "these need the clients' log");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_lost_its_disk_is_a_delay() {
    let mut shop = Shop::start().await;
    let load = Load::start(&shop.fleet, "wiped");
    tokio::time::sleep(CALM).await;
    // So that something lies in its queue for sure.
    shop.fleet.stop_one(Part::Payment, 0).await;
    tokio::time::sleep(FILLING).await;
    until("the queue fills", async || match shop.waiting() {
        0 => Err("it is empty"),
        _ => Ok(()),
    })
    .await;
    shop.broker.wipe().unwrap();
    let lost = Instant::now();
    shop.fleet.start_one(Part::Payment, 0).await;
    tokio::time::sleep(CALM).await;
    shop.whole(load, lost).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_binding_is_a_delay() {
    let shop = Shop::start().await;
    let load = Load::start(&shop.fleet, "unbound");
    tokio::time::sleep(CALM).await;
    // Notification is still bound, so the broker confirms.
    shop.broker.change("DELETE", &format!("{BINDINGS}/order.created"), "").unwrap();
    let lost = Instant::now();
    tokio::time::sleep(UNBOUND).await;
    let again = r#"{"routing_key":"order.created","arguments":{}}"#;
    shop.broker.change("POST", BINDINGS, again).unwrap();
    tokio::time::sleep(CALM).await;
    shop.whole(load, lost).await;
}
