//! What the demo buys, how it asks for it, and what it notes of that. How an order goes on is elsewhere.

use crate::client::Client;
use crate::client_log::{Line, Log, Outcome};
use anyhow::Context;
use order::audit::{LineSeen, lines_digest};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

const NAMES: [&str; 5] =
    ["Budi Santoso", "Siti Rahayu", "Putu Ayu Lestari", "Andi Wijaya", "Dewi Anggraini"];
const GOODS: [(&str, &str, i64); 5] = [
    ("KOPI-GAYO-250", "Kopi Gayo 250 g", 80_000),
    ("TEH-MELATI", "Teh Melati 100 g", 24_500),
    ("BATIK-SOGAN", "Kain Batik Sogan", 315_000),
    ("SAMBAL-MATAH", "Sambal Matah", 38_000),
    ("TAS-ROTAN", "Tas Rotan Bali", 189_000),
];
const DELIVERY: LineSeen<'static> =
    LineSeen { sku: "ONGKIR", name: "Ongkos kirim", quantity: 1, unit_price: 25_000 };
const ORDERS: &str = "/v1/orders";

/// One run of the demo: who asks, under which name, and where it is noted.
pub(super) struct Shop {
    pub(super) client: Client,
    /// Names the run: short, and new each time.
    pub(super) run: String,
    log: Option<Log>,
    /// The orders that it got.
    orders: Mutex<HashSet<String>>,
}

/// An order that somebody wants. Asked for twice it is the same order.
pub(super) struct Purchase {
    key: String,
    body: String,
    /// Whole rupiah.
    pub(super) amount: i64,
    reference: String,
    lines_digest: String,
    email: String,
    /// Requests so far.
    tries: AtomicU32,
}

impl Shop {
    /// Opens a run, noting requests in a file if there is one. Ends with [`Shop::close`].
    pub(super) fn open(client: Client, log: Option<&Path>) -> anyhow::Result<Self> {
        let log = log.map(Log::open).transpose()?;
        let id = kernel::Ids::uuid(&kernel::TimeOrderedIds).simple().to_string();
        let run = id[id.len() - 6..].to_uppercase();
        Ok(Self { client, run, log, orders: Mutex::default() })
    }

    /// The `n`-th order of the run.
    pub(super) fn purchase(&self, n: u32) -> Purchase {
        let run = &self.run;
        let pick = |len: usize| usize::try_from(n).unwrap_or(0) % len;
        let name = NAMES[pick(NAMES.len())];
        let (sku, goods, unit_price) = GOODS[pick(GOODS.len())];
        let lines = [LineSeen { sku, name: goods, quantity: 1 + n % 3, unit_price }, DELIVERY];
        let key = format!("demo-{run}-{n}");
        let reference = format!("DEMO-{run}-{n:06}");
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let body = json!({
            "reference": reference,
            "customer": { "name": name, "email": email, "phone": "+6281234567890" },
            "locale": if n % 4 == 3 { "en" } else { "id" },
            "lines": lines.iter().map(as_asked).collect::<Vec<_>>(),
            "metadata": { "channel": "demo", "demo_run": run, "demo_key": key },
        });
        let amount = lines.iter().map(|line| i64::from(line.quantity) * line.unit_price).sum();
        Purchase {
            body: body.to_string(),
            lines_digest: lines_digest(&lines),
            tries: AtomicU32::new(0),
            key,
            amount,
            reference,
            email,
        }
    }

    /// Asks once for an order, and notes it. The same purchase again is the same order.
    pub(super) async fn buy(&self, purchase: &Purchase) -> anyhow::Result<Value> {
        let line = self.log.as_ref().map(|log| (log, self.line(log, purchase)));
        if let Some((log, line)) = &line {
            log.note(line).await?;
        }
        let body = purchase.body.clone().into_bytes();
        let answer = self.client.post(ORDERS, &purchase.key, body).await;
        let status = answer.as_ref().ok().map(|answer| answer.status.as_u16());
        let order = match answer {
            Ok(answer) => answer.read::<Value>(ORDERS),
            Err(failed) => Err(failed.into()),
        };
        let order_id = order.as_ref().ok().and_then(|o| o["id"].as_str().map(str::to_owned));
        if let Some(id) = &order_id {
            self.orders.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        }
        if let Some((log, sent)) = line {
            let outcome = status.map_or(Outcome::Unknown, Outcome::of_status);
            log.note(&Line { at: log.now(), outcome, status, order_id, ..sent }).await?;
        }
        order
    }

    /// The line of a request that is about to go out.
    fn line(&self, log: &Log, purchase: &Purchase) -> Line {
        Line {
            at: log.now(),
            run: self.run.clone(),
            key: purchase.key.clone(),
            reference: purchase.reference.clone(),
            body_sha256: hex::encode(Sha256::digest(&purchase.body)),
            amount: purchase.amount,
            currency: "IDR".to_owned(),
            lines_digest: purchase.lines_digest.clone(),
            email: purchase.email.clone(),
            attempt: purchase.tries.fetch_add(1, Ordering::Relaxed) + 1,
            outcome: Outcome::Sent,
            status: None,
            order_id: None,
        }
    }

    /// Waits until everything that was noted is on the disk. Gives the orders of the run.
    pub(super) async fn close(self) -> anyhow::Result<HashSet<String>> {
        if let Some(log) = self.log {
            log.close().await?;
        }
        Ok(self.orders.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

fn as_asked(line: &LineSeen<'_>) -> Value {
    let LineSeen { sku, name, quantity, unit_price } = line;
    json!({ "sku": sku, "name": name, "quantity": quantity, "unit_price": unit_price })
}

/// Pays an order as its customer would, on the simulator's page.
pub(super) async fn pay(client: &Client, page_url: &str, method: &str) -> anyhow::Result<()> {
    let token = page_url.rsplit('/').next().context("the pay page has no token")?;
    let path = format!("/_sim/pages/{token}/pay");
    let body = json!({ "method": method, "outcome": "settle" });
    client.send(Method::POST, &path, None, &body).await.map(|_| ())
}
