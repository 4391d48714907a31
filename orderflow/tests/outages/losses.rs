//! What a broker can lose although it confirmed it: everything on its disk, and what it had no
//! queue for. Nobody is told, nothing is mended by hand; the manifests find it.

use crate::house::binary;
use crate::load::Load;
use fresh_database::FreshDatabase;
use orderflow::compose::Part;
use serde_json::Value;
use servers::{Programs, RabbitMq, Run};
use std::time::{Duration, Instant};
use testkit::{Fleet, Servers, all_paid_and_told, run, until};

/// Until everything that was ordered is paid and told.
const PATIENCE: Duration = Duration::from_secs(300);
const CALM: Duration = Duration::from_secs(2);
/// How long a queue fills before its broker is wiped.
const FILLING: Duration = Duration::from_secs(5);
/// How long a binding is away.
const UNBOUND: Duration = Duration::from_secs(30);
const BINDINGS: &str = "/api/bindings/%2F/e/orderflow.events/q/payment.order-events";

/// A fleet on a broker of its own, which loads its topology at every start.
struct Shop {
    fleet: Fleet,
    broker: RabbitMq,
    _databases: Vec<FreshDatabase>,
}

impl Shop {
    async fn start() -> Self {
        let exported = run(binary(), &["topology", "export", "--vhost", "/"], &[]).await;
        assert_eq!(exported.code, Some(0), "{exported:?}");
        let broker = tokio::task::spawn_blocking(move || {
            let run = Run::temporary().unwrap();
            RabbitMq::open(&Programs::find(), &run, "rabbitmq", Some(&exported.stdout)).unwrap()
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

    /// Waits until all is whole again; the load has to be over.
    async fn whole(self, load: Load, lost: Instant) {
        let told = load.told.clone();
        let ids = load.finish().await;
        let all = all_paid_and_told(&self.fleet, PATIENCE).await;
        let whole = lost.elapsed().as_secs_f64();
        eprintln!("{} orders, {told:?}, all {all} are complete after {whole:.1} s", ids.len());
        assert_eq!(all, ids.len(), "an order was lost or doubled");
        let words = self.fleet.process(Part::Order, 0).words();
        assert!(words.contains("events are sent again"), "nothing was lost: {words}");
        self.fleet.finish_quickly().await;
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
