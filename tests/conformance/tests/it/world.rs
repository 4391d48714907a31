//! A simulator with its worker, and the merchant whom it notifies.

use crate::merchant;
use crate::wire::Wire;
use kernel::{SteadyClock, TimeOrderedIds};
use midtrans_sim::{Sim, SimConfig};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// As in midtrans.md 3.2.
const KEY: &str = "SB-Mid-server-EXAMPLE-0001";

pub(crate) struct World {
    pub(crate) wire: Wire,
    base: String,
    merchant: String,
    http: reqwest::Client,
    /// Stops the worker.
    _worker: DropGuard,
}

impl World {
    pub(crate) async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let merchant = merchant::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let config = SimConfig {
            data: None,
            server_key: KEY.to_owned(),
            merchant_id: "G000000001".to_owned(),
            public_url: base.clone(),
            notification_url: Some(format!("{merchant}/notifications")),
            speed: 1.0,
            retry_jitter: false,
        };
        let clock = Arc::new(SteadyClock::of_this_machine());
        let sim = Sim::open(config, clock, Arc::new(TimeOrderedIds)).await.unwrap();
        let wire = Wire::default();
        let router = wire.before(sim.router());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let stop = CancellationToken::new();
        tokio::spawn({
            let stop = stop.clone();
            async move { sim.run(stop).await }
        });
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { wire, base, merchant, http, _worker: stop.drop_guard() }
    }

    /// What a script is told.
    pub(crate) fn settings(&self) -> Value {
        json!({ "base": self.base, "merchant": self.merchant, "server_key": KEY })
    }

    /// All transactions: the order without the client's name before it, and the status.
    pub(crate) async fn stand(&self, client: &str) -> Vec<(String, String)> {
        let url = format!("{}/_sim/transactions?limit=1000", self.base);
        let list: Vec<Value> = self.http.get(url).send().await.unwrap().json().await.unwrap();
        let text = |found: &Value, field: &str| found[field].as_str().unwrap().to_owned();
        let order = |found: &Value| {
            let order = text(found, "order_id");
            order.strip_prefix(&format!("{client}-")).unwrap_or(&order).to_owned()
        };
        list.iter().map(|found| (order(found), text(found, "transaction_status"))).collect()
    }
}
