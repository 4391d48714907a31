//! The course of a transaction: midtrans.md 3.3, with what is known to differ from it.

use super::model::Seen;

/// From `None` on, what may follow (midtrans.md 3.3).
fn documented(from: &str) -> &'static [&'static str] {
    match from {
        "" => &["pending", "capture", "authorize", "deny", "settlement", "failure"],
        "pending" => &["settlement", "capture", "expire", "cancel", "deny", "failure"],
        "authorize" => &["capture", "deny", "cancel", "expire"],
        "capture" => &["settlement", "cancel"],
        "settlement" => &["refund", "partial_refund", "chargeback", "partial_chargeback", "deny"],
        "partial_refund" => &["refund"],
        "partial_chargeback" => &["chargeback"],
        _ => &[],
    }
}

/// Every step that is documented or has a name, as `from>to`, and the codes of answers that a run is
/// to meet. Nothing begins as a failure here.
pub(crate) fn all() -> impl Iterator<Item = String> {
    let froms = [
        "",
        "pending",
        "authorize",
        "capture",
        "settlement",
        "partial_refund",
        "partial_chargeback",
    ];
    let documented = froms
        .into_iter()
        .flat_map(|from| documented(from).iter().map(move |to| format!("{from}>{to}")));
    let more = [
        "pending>authorize",
        "capture>capture",
        "capture>deny",
        "expire>settlement",
        "cancel>settlement",
        "partial_refund>partial_refund",
        "partial_chargeback>partial_chargeback",
        "200",
        "201",
        "202",
        "400",
        "404",
        "406",
        "407",
        "412",
        "414",
        "418",
    ];
    documented.filter(|step| step != ">failure").chain(more.map(str::to_owned))
}

/// Why a step that the table does not have is all right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Exception {
    /// A card with 3-D Secure is reserved after its page (2.2, 2.3; the table has it first only).
    ReservedLater,
    /// A challenge is denied (2.4).
    ChallengeDenied,
    /// It is paid after all (6).
    SettledLate,
}

/// Whether one may follow the other; an exception has its name.
pub(crate) fn follows(from: Option<&Seen>, to: &Seen) -> Result<Option<Exception>, String> {
    let before = from.map_or("", |from| from.status.as_str());
    let challenged = from.is_some_and(|from| from.fraud == "challenge");
    let reversible = ["permata_va", "echannel", "indomaret"].contains(&to.method.as_str());
    match (before, to.status.as_str()) {
        ("settlement", "deny") if !reversible => {}
        ("capture", "settlement") if challenged => {}
        (before, after) if documented(before).contains(&after) => return Ok(None),
        ("pending", "authorize") if to.method == "credit_card" => {
            return Ok(Some(Exception::ReservedLater));
        }
        ("capture", "deny") if challenged => return Ok(Some(Exception::ChallengeDenied)),
        ("expire" | "cancel", "settlement") => return Ok(Some(Exception::SettledLate)),
        _ => {}
    }
    Err(format!("from {before:?} to {:?} ({})", to.status, to.method))
}

/// Whether the merchant holds the money, but for what went back in parts.
pub(crate) fn is_credited(seen: &Seen) -> bool {
    match seen.status.as_str() {
        "capture" => seen.fraud == "accept",
        "settlement" | "refund" | "partial_refund" | "chargeback" | "partial_chargeback" => true,
        _ => false,
    }
}

/// Whether the order id is taken by it (midtrans.md 1.5).
pub(crate) fn is_live(seen: &Seen) -> bool {
    !["deny", "expire", "cancel", "failure"].contains(&seen.status.as_str())
}

/// `status_code` of a state, with its `fraud_status`, in GET Status and in a notification
/// (midtrans.md 2.3, 2.5).
pub(crate) fn codes(status: &str, fraud: &str) -> [&'static str; 2] {
    match status {
        "pending" => ["201", "201"],
        "capture" if fraud == "challenge" => ["201", "201"],
        "deny" | "failure" => ["202", "202"],
        "cancel" => ["200", "202"],
        "expire" => ["407", "202"],
        _ => ["200", "200"],
    }
}
