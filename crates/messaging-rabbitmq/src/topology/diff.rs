//! Compares what should stand at the broker with what stands there, in words. Looks only at what
//! is ours: our exchanges, queues and policies by their names, and bindings between them.

use super::{DEAD_LETTER_EXCHANGE, EXCHANGE, Topology};
use serde_json::Value;
use std::fmt;

/// How something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// It should be there. `apply` creates it.
    Missing,
    /// It is there and otherwise, in a way that `apply` sets right.
    Changed,
    /// It is there and otherwise for good: it has to be deleted before `apply`.
    Fixed,
    /// It should not be there. `apply` deletes nothing.
    Surplus,
}

/// One difference; prints as a sentence with the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// How it differs.
    pub finding: Finding,
    /// What it is about, as in `queue payment.order-events`.
    pub subject: String,
    /// What is there instead, where something is.
    pub detail: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { finding, subject, detail } = self;
        match finding {
            Finding::Missing => {
                write!(f, "{subject} is missing: `orderflow topology apply` creates it")
            }
            Finding::Changed => {
                write!(f, "{subject} {detail}: `orderflow topology apply` sets it right")
            }
            Finding::Fixed => write!(
                f,
                "{subject} {detail}, which cannot be changed: delete it, then run \
                 `orderflow topology apply` (what waited in a queue is sent again by its producers)"
            ),
            Finding::Surplus => write!(f, "{subject} is not ours to have: delete it by hand"),
        }
    }
}

impl Topology {
    /// What differs at the broker. `actual` are its definitions, of the whole server
    /// (`GET /api/definitions`) or of this virtual host alone (`GET /api/definitions/{vhost}`).
    /// Cannot see a policy of somebody else that comes before ours by a higher priority, nor an
    /// operator's policy.
    pub fn diff(&self, virtual_host: &str, actual: &Value) -> Vec<Difference> {
        let expected = self.definitions(virtual_host);
        let actual = |kind| entries(actual, kind, virtual_host);
        let mut differences = Vec::new();
        for (kind, word) in [("exchanges", "exchange"), ("queues", "queue"), ("policies", "policy")]
        {
            for wanted in entries(&expected, kind, virtual_host) {
                let name = text(wanted, "name");
                let found = actual(kind).find(|entry| text(entry, "name") == name);
                differences.extend(compare(word, name, wanted, found));
            }
        }
        let wanted: Vec<_> = entries(&expected, "bindings", virtual_host).map(binding).collect();
        let found: Vec<_> = actual("bindings").map(binding).collect();
        let missing = wanted.iter().filter(|b| !found.contains(b));
        differences.extend(missing.map(|b| difference(Finding::Missing, b.to_string(), "")));
        let ours = |b: &&Binding| {
            [EXCHANGE, DEAD_LETTER_EXCHANGE].contains(&b.source)
                && wanted.iter().any(|w| w.destination == b.destination)
        };
        let surplus = found.iter().filter(ours).filter(|b| !wanted.contains(b));
        differences.extend(surplus.map(|b| difference(Finding::Surplus, b.to_string(), "")));
        differences
    }
}

/// Definitions of a kind in a virtual host; definitions of one host alone do not name it.
fn entries<'a>(
    definitions: &'a Value,
    kind: &str,
    virtual_host: &'a str,
) -> impl Iterator<Item = &'a Value> {
    let all = definitions[kind].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(move |entry| entry["vhost"].as_str().is_none_or(|v| v == virtual_host))
}

fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry[field].as_str().unwrap_or_default()
}

fn difference(finding: Finding, subject: String, detail: impl Into<String>) -> Difference {
    Difference { finding, subject, detail: detail.into() }
}

fn compare(word: &str, name: &str, wanted: &Value, found: Option<&Value>) -> Option<Difference> {
    let subject = format!("{word} {name}");
    let Some(found) = found else { return Some(difference(Finding::Missing, subject, "")) };
    let finding = if word == "policy" { Finding::Changed } else { Finding::Fixed };
    let fields: &[&str] = match word {
        "exchange" => &["type", "durable", "auto_delete", "internal", "arguments"],
        "queue" => &["durable", "auto_delete", "arguments"],
        _ => &["pattern", "apply-to", "priority", "definition"],
    };
    let differing: Vec<_> = fields
        .iter()
        .filter(|field| wanted[**field] != found[**field])
        .map(|field| in_words(field, &wanted[*field], &found[*field]))
        .collect();
    let detail = differing.join(" and ");
    (!detail.is_empty()).then(|| difference(finding, subject, detail))
}

fn in_words(field: &str, wanted: &Value, found: &Value) -> String {
    let queue_type =
        |arguments: &Value| arguments["x-queue-type"].as_str().unwrap_or("classic").to_owned();
    match field {
        "arguments"
            if wanted["x-queue-type"].is_string()
                && wanted["x-queue-type"] != found["x-queue-type"] =>
        {
            format!("is a {} queue, not a {} queue", queue_type(found), queue_type(wanted))
        }
        _ => format!("has {field} {found}, not {wanted}"),
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Binding<'a> {
    source: &'a str,
    destination: &'a str,
    destination_type: &'a str,
    routing_key: &'a str,
}

fn binding(entry: &Value) -> Binding<'_> {
    Binding {
        source: text(entry, "source"),
        destination: text(entry, "destination"),
        destination_type: text(entry, "destination_type"),
        routing_key: text(entry, "routing_key"),
    }
}

impl fmt::Display for Binding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "binding {} -> {} by {:?}", self.source, self.destination, self.routing_key)
    }
}
