//! The merchant's side of an order: creates it, calls it off, gives money back, looks at its payment. All
//! of it can be repeated: under the same key, it is done once.

use super::super::patient::Patient;
use super::super::shop::{Purchase, Shop};
use super::bank::Page;
use anyhow::{Context, bail};
use reqwest::Method;
use serde_json::{Value, json};

/// The shop, asked patiently.
pub(super) struct Merchant<'a> {
    pub(super) shop: &'a Shop,
    pub(super) patient: &'a Patient<'a>,
}

/// An order under way.
pub(super) struct Order {
    /// Its number in the run.
    pub(super) n: u32,
    pub(super) id: String,
    /// Whole rupiah.
    pub(super) amount: i64,
    /// Where it is paid, once that was needed.
    pub(super) page: Option<Page>,
    /// The transaction that the customer began.
    pub(super) transaction: Option<String>,
}

impl Merchant<'_> {
    /// The id of the order of a number.
    pub(super) async fn create(&self, purchase: &Purchase) -> anyhow::Result<String> {
        let order = self.patient.again(async || self.shop.buy(purchase).await).await?;
        self.patient.pulse.beat();
        order["id"].as_str().map(str::to_owned).context("an order has no id")
    }

    /// The same, by a customer who clicks twice: two requests at once, and one order.
    pub(super) async fn create_twice(&self, purchase: &Purchase) -> anyhow::Result<String> {
        let (once, again) = tokio::join!(self.create(purchase), self.create(purchase));
        let (once, again) = (once?, again?);
        if once != again {
            bail!("two clicks made two orders: {once} and {again}");
        }
        Ok(once)
    }

    pub(super) async fn cancel(&self, order: &Order) -> anyhow::Result<()> {
        let body = json!({ "reason": "berubah pikiran" });
        self.post(&format!("/v1/orders/{}/cancel", order.id), (order, "cancel"), &body).await
    }

    /// Gives an amount back, in whole rupiah; all of it, if none is named.
    pub(super) async fn refund(
        &self,
        order: &Order,
        payment: &str,
        amount: Option<i64>,
    ) -> anyhow::Result<()> {
        let body = match amount {
            Some(amount) => json!({ "amount": amount, "reason": "sebagian dikembalikan" }),
            None => json!({ "reason": "barang dikembalikan" }),
        };
        self.post(&format!("/v1/payments/{payment}/refunds"), (order, "refund"), &body).await
    }

    /// Where an order is paid.
    pub(super) async fn page(&self, payment: &str) -> anyhow::Result<Page> {
        let attempts = self.list(payment, "attempts").await?;
        let attempt = attempts.last().context("the payment has no attempt")?;
        let (id, url) = (attempt["id"].as_str(), attempt["page_url"].as_str());
        match (id, url.and_then(|url| url.rsplit('/').next())) {
            (Some(id), Some(token)) => Ok(Page { attempt: id.to_owned(), token: token.to_owned() }),
            _ => bail!("the attempt has no page"),
        }
    }

    /// Whether the payment service has heard of a transaction.
    pub(super) async fn knows(&self, payment: &str, transaction: &str) -> anyhow::Result<bool> {
        let attempts = self.list(payment, "attempts").await?;
        let mut known = attempts.iter().filter_map(|attempt| attempt["transactions"].as_array());
        Ok(known.any(|known| known.iter().any(|t| t["id"] == transaction)))
    }

    /// Whether money that came a second time has gone back.
    pub(super) async fn gave_second_back(&self, payment: &str) -> anyhow::Result<bool> {
        let refunds = self.list(payment, "refunds").await?;
        let back = |refund: &Value| {
            refund["cause"] == "second_payment"
                && (refund["status"] == "taken" || refund["status"] == "confirmed")
        };
        Ok(refunds.iter().any(back))
    }

    async fn list(&self, payment: &str, what: &str) -> anyhow::Result<Vec<Value>> {
        let path = format!("/v1/payments/{payment}/{what}");
        let get = async || self.patient.client.get::<Value>(&path).await;
        match self.patient.again(get).await?.map(|mut found| found["data"].take()) {
            Some(Value::Array(rows)) => Ok(rows),
            _ => bail!("{path} is no list"),
        }
    }

    async fn post(
        &self,
        path: &str,
        (order, what): (&Order, &str),
        body: &Value,
    ) -> anyhow::Result<()> {
        let key = format!("demo-{}-{}-{what}", self.shop.run, order.n);
        let post = async || self.patient.client.send(Method::POST, path, Some(&key), body).await;
        self.patient.again(post).await.map(|_| ())
    }
}
