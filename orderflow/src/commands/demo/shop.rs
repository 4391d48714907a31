//! What the demo buys, and how it pays.

use crate::client::Client;
use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};

const NAMES: [&str; 5] =
    ["Budi Santoso", "Siti Rahayu", "Putu Ayu Lestari", "Andi Wijaya", "Dewi Anggraini"];
const GOODS: [(&str, &str, i64); 5] = [
    ("KOPI-GAYO-250", "Kopi Gayo 250 g", 80_000),
    ("TEH-MELATI", "Teh Melati 100 g", 24_500),
    ("BATIK-SOGAN", "Kain Batik Sogan", 315_000),
    ("SAMBAL-MATAH", "Sambal Matah", 38_000),
    ("TAS-ROTAN", "Tas Rotan Bali", 189_000),
];

/// The `n`-th order of a run.
pub(super) fn order(run: &str, n: u32) -> Value {
    let pick = |len: usize| usize::try_from(n).unwrap_or(0) % len;
    let name = NAMES[pick(NAMES.len())];
    let (sku, goods, price) = GOODS[pick(GOODS.len())];
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    json!({
        "reference": format!("DEMO-{run}-{n:06}"),
        "customer": { "name": name, "email": email, "phone": "+6281234567890" },
        "locale": if n % 4 == 3 { "en" } else { "id" },
        "lines": [
            { "sku": sku, "name": goods, "quantity": 1 + n % 3, "unit_price": price },
            { "sku": "ONGKIR", "name": "Ongkos kirim", "quantity": 1, "unit_price": 25_000 },
        ],
        "metadata": { "channel": "demo" },
    })
}

/// Creates the `n`-th order. The same run and number again is the same order.
pub(super) async fn create(client: &Client, run: &str, n: u32) -> anyhow::Result<Value> {
    let key = format!("demo-{run}-{n}");
    client.send(Method::POST, "/v1/orders", Some(&key), &order(run, n)).await
}

/// Pays an order as its customer would, on the simulator's page.
pub(super) async fn pay(client: &Client, page_url: &str, method: &str) -> anyhow::Result<()> {
    let token = page_url.rsplit('/').next().context("the pay page has no token")?;
    let path = format!("/_sim/pages/{token}/pay");
    let body = json!({ "method": method, "outcome": "settle" });
    client.send(Method::POST, &path, None, &body).await.map(|_| ())
}

/// Names a run: short, and new each time.
pub(super) fn run_name() -> String {
    let id = kernel::Ids::uuid(&kernel::TimeOrderedIds).simple().to_string();
    id[id.len() - 6..].to_uppercase()
}
