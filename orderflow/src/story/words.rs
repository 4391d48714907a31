//! What services tell of an order, in words: a line for each thing that happened. Reads nothing.

use super::{Callback, Exchange, Line};
use jiff::Timestamp;
use ops::dto::{FactDto, OutboxDto, StoryDto};
use serde_json::Value;

pub(super) fn lines_of(story: &StoryDto, all: &[StoryDto]) -> Vec<Line> {
    let line = |at: &str, mark, text: String| {
        let at = at.parse().ok()?;
        Some(Line { at, service: story.service.clone(), mark, text })
    };
    let facts = story.timeline.iter().map(|fact| {
        let (mark, text) = sentence(fact, template(story, &fact.aggregate));
        line(&fact.at, mark, text)
    });
    let told = story.outbox.iter().map(|event| {
        let mut text = event.routing_key.clone();
        match &event.published_at {
            Some(at) => {
                text.push_str(&took(&event.recorded_at, at));
                text.push_str(&heard(event, all));
            }
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
    millis(from, to).map_or_else(String::new, |ms| format!("  confirmed after {ms} ms"))
}

fn millis(from: &str, to: &str) -> Option<i128> {
    let (from, to) = (from.parse::<Timestamp>().ok()?, to.parse::<Timestamp>().ok()?);
    Some(to.duration_since(from).as_millis())
}

/// Who heard of an event, and how long after it was recorded.
fn heard(event: &OutboxDto, all: &[StoryDto]) -> String {
    let rows = all.iter().flat_map(|story| story.inbox.iter().map(move |row| (story, row)));
    let of_it = rows.filter(|(_, row)| row.event_id == event.id && row.state == "handled");
    let each = of_it.filter_map(|(story, row)| {
        Some(format!(
            "{} after {} ms",
            story.service,
            millis(&event.recorded_at, &row.recorded_at)?
        ))
    });
    match each.collect::<Vec<_>>() {
        nobody if nobody.is_empty() => String::new(),
        heard => format!(", heard by {}", heard.join(", ")),
    }
}

pub(super) fn exchange_line(exchange: &Exchange) -> Line {
    let Exchange { at, operation, about, took_ms, outcome, detail } = exchange;
    let asked = operation.replace('_', " ");
    let said = detail.as_deref().map(|d| format!(": {d}")).unwrap_or_default();
    let well = matches!(outcome.as_str(), "done" | "nothing" | "known");
    Line {
        at: *at,
        service: "midtrans".to_owned(),
        mark: if well { '⇄' } else { '✖' },
        text: format!("{asked} {about}  {}{said}, {took_ms} ms", outcome.replace('_', " ")),
    }
}

pub(super) fn callback_line(callback: &Callback) -> Line {
    let times =
        if callback.times > 1 { format!(", {} times", callback.times) } else { String::new() };
    // A transaction that somebody here named is no word of the gateway.
    let (service, what) = match callback.receipt.as_str() {
        "reported" => ("payment", "report"),
        _ => ("midtrans", "callback"),
    };
    Line {
        at: callback.received_at,
        service: service.to_owned(),
        mark: '⇠',
        text: format!("{what} {}  {}{times}", callback.status, callback.verdict),
    }
}

/// Which mail a message is, by what was told when it was written.
fn template<'a>(story: &'a StoryDto, message: &str) -> &'a str {
    let written = |fact: &&FactDto| fact.aggregate == message && fact.what == "message_queued";
    let fact = story.timeline.iter().find(written);
    fact.and_then(|fact| fact.detail["template"].as_str()).unwrap_or_default()
}

/// A fact in words. One that has no words here is shown by its name.
fn sentence(fact: &FactDto, mail: &str) -> (char, String) {
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
        "payment_reviewed" => ('◆', format!("a person decided: {}", detail("choice"))),
        "item_resolved" => ('◆', "a person dealt with an operator item".to_owned()),
        "payment_instructed" => ('◆', "the gateway told how to pay, or until when".to_owned()),
        "callback_contradicted" => {
            ('✖', "a callback said what the gateway, asked, does not say".to_owned())
        }
        "gateway_not_believed" => ('✖', format!("gateway answer not believed: {}", detail("why"))),
        "contact_noted" => ('◆', "knows whom to tell".to_owned()),
        "message_queued" => ('✉', format!("message «{mail}» written")),
        "message_sent" => ('✉', format!("message «{mail}» sent")),
        "message_deferred" => ('✖', format!("message «{mail}» not sent yet: {}", detail("reason"))),
        "message_failed" => ('✖', format!("message «{mail}» cannot be sent: {}", detail("reason"))),
        "message_resent" => ('✉', format!("message «{mail}» is to be sent again")),
        other => ('◆', other.replace('_', " ")),
    }
}
