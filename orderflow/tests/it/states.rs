//! What `docs/states.md` shows is what the models say.

use order::models::OrderStatus;
use payment::models::{EDGES, LEAPS, PaymentStatus};
use payment::usecase::{GRACE, LOOKS_AFTER, POLL_AT_LAST, POLLS};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// Set to anything, the test writes the document instead of comparing it.
const WRITE: &str = "ORDERFLOW_DRAW_STATES";

/// The blocks of the document by their names, each as it must be.
fn blocks() -> [(&'static str, String); 6] {
    let mermaid = |text: String| format!("```mermaid\n{text}```\n");
    [
        ("order", mermaid(order::models::diagram())),
        ("payment", mermaid(payment::models::payment_diagram())),
        ("leaps", payment::models::leaps_table()),
        ("waits", payment::models::waits_table()),
        ("looks", looks()),
        ("transaction", mermaid(payment::models::transaction_diagram())),
    ]
}

fn looks() -> String {
    let all = |times: &[Duration]| times.iter().map(words).collect::<Vec<_>>().join(", ");
    format!(
        "| | |\n|---|---|\n\
         | asked about while it is open, after it was opened | {}, then every {} |\n\
         | looked at when it is not, after it last moved | {} |\n\
         | ended at the gateway, after its deadline | {} |\n",
        all(&POLLS),
        words(&POLL_AT_LAST),
        all(&LOOKS_AFTER),
        words(&GRACE),
    )
}

fn words(time: &Duration) -> String {
    match time.as_secs() / 60 {
        minutes if minutes >= 60 && minutes.is_multiple_of(60) => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    }
}

/// Between two comments that name it.
fn marks(name: &str) -> (String, String) {
    (format!("<!-- drawn: {name} -->\n"), format!("<!-- /drawn: {name} -->"))
}

fn drawn(document: &str) -> String {
    blocks().into_iter().fold(document.to_owned(), |document, (name, block)| {
        let (begin, end) = marks(name);
        let (before, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
        format!("{before}{begin}{block}{end}{after}")
    })
}

#[test]
fn the_documented_states_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/states.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let again = drawn(&document);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, again).unwrap();
        return;
    }
    let how = format!("run `{WRITE}=1 cargo test -p orderflow --test it documented_states`");
    assert!(document == again, "docs/states.md is not what the models say: {how} and look at it");
}

/// Where a payment's status brings its order.
fn order_of(payment: PaymentStatus) -> OrderStatus {
    let mut all = order::models::PaymentStatus::ALL.into_iter();
    let told = all.find(|told| told.as_str() == payment.as_str());
    told.map_or(OrderStatus::Pending, OrderStatus::wanted_by)
}

/// An order that has ended is not opened by another try, only by its money; and what became of that is
/// not unsaid by a second card payment that is held or voided.
const NOT_FOLLOWED: [&str; 15] = [
    "cancelled -> awaiting_payment",
    "cancelled -> expired",
    "cancelled -> payment_failed",
    "charged_back -> cancelled",
    "charged_back -> on_hold",
    "expired -> awaiting_payment",
    "expired -> cancelled",
    "expired -> payment_failed",
    "partially_refunded -> cancelled",
    "partially_refunded -> on_hold",
    "payment_reversed -> cancelled",
    "refund_manual_required -> cancelled",
    "refund_manual_required -> on_hold",
    "refunded -> cancelled",
    "refunded -> on_hold",
];

#[test]
fn an_order_follows_every_move_of_its_payment_but_these() {
    let edges = EDGES.iter().flat_map(|(from, all)| all.iter().map(move |(to, _)| (*from, *to)));
    let leaps = LEAPS.iter().flat_map(|(from, all)| all.iter().map(move |to| (*from, *to)));
    let orders = edges.chain(leaps).map(|(from, to)| (order_of(from), order_of(to)));
    let ignored: BTreeSet<String> = orders
        .filter(|(from, to)| from != to && !from.may_become(*to))
        .map(|(from, to)| format!("{from} -> {to}"))
        .collect();
    let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
    assert_eq!(ignored, NOT_FOLLOWED);
}
