//! One order's story, put together from all services: what happened, when, and why.

use crate::client::Client;
use crate::output::out;
use jiff::Timestamp;
use ops::dto::{FactDto, StoryDto};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The services that tell their part, in the order of an order's path.
const SERVICES: [&str; 3] = ["order", "payment", "notification"];

/// Everything that is known about one order.
#[derive(Debug, Serialize)]
pub(crate) struct WholeStory {
    pub(crate) order_id: String,
    /// What each service tells.
    pub(crate) services: Vec<StoryDto>,
    /// What the gateway said unasked.
    pub(crate) callbacks: Vec<Callback>,
    /// All of it in one line of time, for people.
    pub(crate) lines: Vec<Line>,
}

/// A callback, as far as the story needs it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Callback {
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
    /// ◆ a state moved, ● an event was told, ⇠ a callback came, ✉ a message, ✖ trouble.
    pub(crate) mark: char,
    pub(crate) text: String,
}

/// Asks every service. `None` if none of them knows the order.
pub(crate) async fn read(client: &Client, order_id: &str) -> anyhow::Result<Option<WholeStory>> {
    let mut services = Vec::with_capacity(SERVICES.len());
    for service in SERVICES {
        let path = format!("/ops/{service}/orders/{order_id}");
        services.extend(client.get::<StoryDto>(&path).await?);
    }
    if services.iter().all(|s| s.timeline.is_empty() && s.inbox.is_empty() && s.outbox.is_empty()) {
        return Ok(None);
    }
    let callbacks = callbacks(client, order_id).await?;
    let mut lines: Vec<Line> = services.iter().flat_map(lines_of).collect();
    lines.extend(callbacks.iter().map(callback_line));
    lines.sort_by_key(|line| line.at);
    Ok(Some(WholeStory { order_id: order_id.to_owned(), services, callbacks, lines }))
}

async fn callbacks(client: &Client, order_id: &str) -> anyhow::Result<Vec<Callback>> {
    #[derive(Deserialize)]
    struct List<T> {
        data: Vec<T>,
    }
    #[derive(Deserialize)]
    struct Payment {
        id: String,
    }
    let payments =
        client.get::<List<Payment>>(&format!("/v1/payments?order_id={order_id}")).await?;
    let Some(payment) = payments.and_then(|list| list.data.into_iter().next()) else {
        return Ok(Vec::new());
    };
    let path = format!("/v1/payments/{}/callbacks", payment.id);
    let callbacks = client.get::<List<Callback>>(&path).await?;
    Ok(callbacks.map(|list| list.data).unwrap_or_default())
}

fn lines_of(story: &StoryDto) -> Vec<Line> {
    let line = |at: &str, mark, text: String| {
        let at = at.parse().ok()?;
        Some(Line { at, service: story.service.clone(), mark, text })
    };
    let facts = story.timeline.iter().map(|fact| {
        let (mark, text) = sentence(fact);
        line(&fact.at, mark, text)
    });
    let told = story.outbox.iter().map(|event| {
        let mut text = event.routing_key.clone();
        match &event.published_at {
            Some(at) => text.push_str(&took(&event.recorded_at, at)),
            None => text.push_str(&format!(
                "  waits for the broker ({} tries{})",
                event.attempts,
                event.last_error.as_deref().map(|e| format!(": {e}")).unwrap_or_default()
            )),
        }
        line(&event.recorded_at, if event.published_at.is_some() { '●' } else { '✖' }, text)
    });
    let waiting = story.inbox.iter().filter(|event| event.state != "handled").map(|event| {
        let why = event.reason.as_deref().unwrap_or("no reason");
        let text = format!(
            "event {} is {} after {} tries: {why}",
            event.event_id, event.state, event.attempts
        );
        line(&event.recorded_at, '✖', text)
    });
    let owed = story.jobs.iter().map(|job| {
        let error = job.last_error.as_deref().map(|e| format!(", last: {e}")).unwrap_or_default();
        let mark = if job.last_error.is_some() { '✖' } else { '…' };
        line(&job.run_at, mark, format!("{} is due ({} tries{error})", job.kind, job.attempts))
    });
    let dead = story.dead_letters.iter().map(|letter| {
        let state = letter.resolution.as_deref().unwrap_or("waits for a person");
        line(
            &letter.parked_at,
            '✖',
            format!("dead letter of {}: {} ({state})", letter.origin, letter.reason),
        )
    });
    facts.chain(told).chain(waiting).chain(owed).chain(dead).flatten().collect()
}

fn took(from: &str, to: &str) -> String {
    let (Ok(from), Ok(to)) = (from.parse::<Timestamp>(), to.parse::<Timestamp>()) else {
        return String::new();
    };
    format!("  confirmed after {} ms", to.duration_since(from).as_millis())
}

fn callback_line(callback: &Callback) -> Line {
    let times =
        if callback.times > 1 { format!(", {} times", callback.times) } else { String::new() };
    Line {
        at: callback.received_at,
        service: "midtrans".to_owned(),
        mark: '⇠',
        text: format!("callback {}  {}{times}", callback.status, callback.verdict),
    }
}

/// A fact in words. One that has no words here is shown by its name.
fn sentence(fact: &FactDto) -> (char, String) {
    let detail = |key: &str| fact.detail[key].as_str().unwrap_or_default();
    let moved = |value: &Value| match (value["from"].as_str(), value["to"].as_str()) {
        (Some(from), Some(to)) => format!("{from} → {to}"),
        _ => String::new(),
    };
    match fact.what.as_str() {
        "order_placed" => ('◆', "order accepted".to_owned()),
        "order_status_changed" => ('◆', moved(&fact.detail)),
        "payment_noted" => ('◆', "payment details noted".to_owned()),
        "payment_ignored" => {
            let status = fact.detail["payment"]["status"].as_str().unwrap_or_default();
            ('◆', format!("payment {status} came late; the order stays {}", detail("status")))
        }
        "payment_opened" => ('◆', "payment opened".to_owned()),
        "page_ready" => ('◆', "pay page ready at the gateway".to_owned()),
        "page_refused" => ('✖', format!("the gateway refused: {}", detail("reason"))),
        "gateway_told" => {
            let method = detail("method");
            let means = moved(&fact.detail["status"]);
            let means = if means.is_empty() { means } else { format!("; payment {means}") };
            ('◆', format!("asked, the gateway says {} by {method}{means}", detail("to")))
        }
        "order_cancel_requested" => ('◆', "somebody asked to cancel the order".to_owned()),
        "call_off_asked" => ('◆', "the payment is to be called off".to_owned()),
        "attempt_closed" => ('◆', "the gateway's page is closed".to_owned()),
        "refund_asked" => ('◆', format!("money is to go back ({})", detail("cause"))),
        "refund_moved" => ('◆', format!("refund: {}", detail("state"))),
        "item_resolved" => ('◆', "a person dealt with an operator item".to_owned()),
        "payment_instructed" => ('◆', "the gateway told how to pay, or until when".to_owned()),
        "callback_contradicted" => {
            ('✖', "a callback said what the gateway, asked, does not say".to_owned())
        }
        "gateway_not_believed" => ('✖', format!("gateway answer not believed: {}", detail("why"))),
        "contact_noted" => ('◆', "knows whom to tell".to_owned()),
        "message_queued" => ('✉', format!("message «{}» written", detail("template"))),
        "message_sent" => ('✉', "message sent".to_owned()),
        "message_deferred" => ('✖', format!("message not sent yet: {}", detail("reason"))),
        "message_failed" => ('✖', format!("message cannot be sent: {}", detail("reason"))),
        "message_resent" => ('✉', "message is sent again".to_owned()),
        other => ('◆', other.replace('_', " ")),
    }
}

impl WholeStory {
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
