//! One order's story, put together from all services: what happened, when, and why.

mod words;

use crate::client::Client;
use crate::compose::Part;
use crate::output::out;
use jiff::Timestamp;
use ops::dto::StoryDto;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use words::{callback_line, exchange_line, lines_of};

/// Everything that is known about one order.
#[derive(Debug, Serialize)]
pub(crate) struct WholeStory {
    pub(crate) order_id: String,
    /// What each service tells.
    pub(crate) services: Vec<StoryDto>,
    /// Our tries at the gateway, and what became of each there.
    pub(crate) attempts: Vec<Try>,
    /// What the gateway was asked, and what it said.
    pub(crate) exchanges: Vec<Exchange>,
    /// What the gateway said unasked.
    pub(crate) callbacks: Vec<Callback>,
    /// All of it in one line of time, for people.
    pub(crate) lines: Vec<Line>,
}

/// One of our tries: its id is the gateway's `order_id`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Try {
    pub(crate) id: String,
    pub(crate) transactions: Vec<Transaction>,
}

/// What became of a try at the gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) method: Option<String>,
}

/// A call to the gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) at: Timestamp,
    pub(crate) operation: String,
    pub(crate) about: String,
    pub(crate) took_ms: u64,
    pub(crate) outcome: String,
    pub(crate) detail: Option<String>,
}

/// A callback, as far as the story needs it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Callback {
    /// What was plain of it at once.
    pub(crate) receipt: String,
    pub(crate) status: String,
    pub(crate) verdict: String,
    pub(crate) times: u32,
    pub(crate) received_at: Timestamp,
}

/// One line of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) service: String,
    /// ◆ a state moved, ● an event was told, ⇄ the gateway was asked, ⇠ a callback came, ✉ a
    /// message, ✖ trouble.
    pub(crate) mark: char,
    pub(crate) text: String,
}

/// Asks every service. `None` if none of them knows the order.
pub(crate) async fn read(client: &Client, order_id: &str) -> anyhow::Result<Option<WholeStory>> {
    let mut services = Vec::with_capacity(Part::ALL.len());
    for part in Part::ALL {
        let path = format!("/ops/{}/orders/{order_id}", part.name());
        services.extend(client.get::<StoryDto>(&path).await?);
    }
    if services.iter().all(|s| s.timeline.is_empty() && s.inbox.is_empty() && s.outbox.is_empty()) {
        return Ok(None);
    }
    let at_gateway = AtGateway::read(client, order_id).await?;
    let mut lines: Vec<Line> =
        services.iter().flat_map(|story| lines_of(story, &services)).collect();
    lines.extend(at_gateway.exchanges.iter().map(exchange_line));
    lines.extend(at_gateway.callbacks.iter().map(callback_line));
    lines.sort_by_key(|line| line.at);
    let AtGateway { attempts, exchanges, callbacks } = at_gateway;
    let order_id = order_id.to_owned();
    Ok(Some(WholeStory { order_id, services, attempts, exchanges, callbacks, lines }))
}

/// What payment can tell of the gateway.
#[derive(Default)]
struct AtGateway {
    attempts: Vec<Try>,
    exchanges: Vec<Exchange>,
    callbacks: Vec<Callback>,
}

impl AtGateway {
    async fn read(client: &Client, order_id: &str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Payment {
            id: String,
        }
        let payments =
            rows::<Payment>(client, &format!("/v1/payments?order_id={order_id}")).await?;
        let Some(payment) = payments.into_iter().next() else { return Ok(Self::default()) };
        let path = format!("/v1/payments/{}", payment.id);
        Ok(Self {
            attempts: rows(client, &format!("{path}/attempts")).await?,
            exchanges: rows(client, &format!("{path}/exchanges")).await?,
            callbacks: rows(client, &format!("{path}/callbacks")).await?,
        })
    }
}

async fn rows<T: DeserializeOwned>(client: &Client, path: &str) -> anyhow::Result<Vec<T>> {
    #[derive(Deserialize)]
    struct List<T> {
        data: Vec<T>,
    }
    Ok(client.get::<List<T>>(path).await?.map(|list| list.data).unwrap_or_default())
}

impl WholeStory {
    /// Our tries at the gateway, with each transaction of theirs.
    pub(crate) fn tries(&self) -> impl Iterator<Item = (&Try, Option<&Transaction>)> {
        self.attempts.iter().flat_map(|attempt| {
            let all = attempt.transactions.iter().map(Some);
            let none = attempt.transactions.is_empty().then_some(None);
            all.chain(none).map(move |transaction| (attempt, transaction))
        })
    }

    /// The whole of it, for a terminal.
    pub(crate) fn print(&self) {
        let start = self.lines.first().map(|line| line.at);
        for line in &self.lines {
            out!("{}", line.show(start.unwrap_or(line.at)));
        }
    }
}

impl Line {
    /// Without what may still change: a confirm to come, a verdict to be found.
    pub(crate) fn brief(&self) -> Self {
        let text = self.text.split("  ").next().unwrap_or_default().to_owned();
        Self { text, ..self.clone() }
    }

    /// As a line of text, with the time since `start`.
    pub(crate) fn show(&self, start: Timestamp) -> String {
        let since = self.at.duration_since(start).as_millis();
        let since = if since < 10_000 {
            format!("{since} ms")
        } else {
            format!("{}.{} s", since / 1000, since % 1000 / 100)
        };
        format!("{since:>10}  {:<13} {} {}", self.service, self.mark, self.text)
    }
}
