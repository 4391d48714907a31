//! What holds once everything has come to rest, whatever was done before.
//!
//! Nothing waits, nothing was given up, every order has exactly one payment and the status that
//! the payment asks for, every event was heard once, and the customer was told of each move of
//! the payment exactly once, and of a second payment that goes back.

use crate::api::{Api, SERVICES, now, rows, text};
use crate::wait::{PATIENCE, until_within};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// What a test leaves behind on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// Unresolved dead letters.
    pub dead_letters: usize,
    /// How long coming to rest may take.
    pub patience: Duration,
}

impl Default for Expected {
    fn default() -> Self {
        Self { dead_letters: 0, patience: PATIENCE }
    }
}

type Verdict = Result<(), String>;

/// Waits until everything holds; panics with what does not.
pub async fn check(api: &Api, expected: Expected) {
    until_within(expected.patience, "the invariants", async || {
        at_rest(api).await?;
        let orders = api.all("/v1/orders?").await;
        for order in &orders {
            whole(api, order).await?;
        }
        books(api, &orders).await?;
        dead_letters(api, expected.dead_letters).await
    })
    .await;
    if expected.dead_letters == 0 {
        let wrong = orderflow::verify::violations(api.addresses.places()).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new(), "orderflow verify");
    }
    for process in api.addresses.each() {
        let process = Api::new(process);
        process.get("/livez").await.expect(200);
        process.get("/readyz").await.expect(200);
    }
}

/// Nothing is on its way.
async fn at_rest(api: &Api) -> Verdict {
    let unsent = api.deliveries(None).await;
    let waits = |d: &&Value| d["attempts"] == Value::Array(vec![]) && d["state"] != "dropped";
    if let Some(delivery) = unsent.iter().find(waits) {
        return Err(format!("a callback is on its way: {delivery}"));
    }
    for service in SERVICES {
        let backlog = api.backlog(service).await;
        for waiting in ["outbox_pending", "inbox_deferred"] {
            if backlog[waiting] != 0 {
                return Err(format!("{backlog}"));
            }
        }
        if service != "payment" && backlog["jobs_open"] != 0 {
            return Err(format!("{backlog}"));
        }
    }
    Ok(())
}

/// One order in all services.
async fn whole(api: &Api, order: &Value) -> Verdict {
    let id = text(order, "/id");
    let payments = api.payments_of(&id).await;
    let [payment] = payments.as_slice() else {
        return Err(format!("order {id} has {} payments", payments.len()));
    };
    same(&id, "amount", &payment["amount"], &order["total_amount"])?;
    let wanted = wanted_by(&text(payment, "/status"));
    if order["status"] != wanted {
        return Err(format!("the payment {payment} asks for {wanted}, and the order is {order}"));
    }
    if wanted != "pending" {
        same(&id, "payment", &order["payment"]["id"], &payment["id"])?;
        same(&id, "payment status", &order["payment"]["status"], &payment["status"])?;
    }
    let (moves, asked) = (api.payment_moves(&id).await, api.refunds_asked(&id).await);
    jobs(api, &id, payment).await?;
    let wishes = api.facts("order", &id).await;
    let wishes = wishes.iter().filter(|fact| *fact == "order_cancel_requested").count();
    events(api, &id, Counts { moves: moves.len(), refunds: asked.len(), wishes }).await?;
    messages(api, &id, &moves, &asked).await
}

/// Nothing is due: a payment is looked at later, and ended at its deadline.
async fn jobs(api: &Api, id: &str, payment: &Value) -> Verdict {
    let story = api.story("payment", id).await;
    for job in story["jobs"].as_array().unwrap() {
        let due: Timestamp = text(job, "/run_at").parse().unwrap();
        let usual = ["gateway.check_status", "gateway.end_attempt"];
        let usual = usual.iter().any(|kind| job["kind"] == *kind) && job["leased_until"].is_null();
        if !usual || due <= now() {
            return Err(format!("order {id} owes {job} with the payment {payment}"));
        }
    }
    Ok(())
}

/// What others hear of.
struct Counts {
    /// The payment's moves: order and notification.
    moves: usize,
    /// The refunds that were asked for: notification.
    refunds: usize,
    /// The wishes to call the order off: payment.
    wishes: usize,
}

/// Every event was published, and heard once by each service that wants it.
async fn events(api: &Api, id: &str, of: Counts) -> Verdict {
    let Counts { moves, refunds, wishes } = of;
    let tells = moves + refunds;
    let [order, payment, notification] = SERVICES.map(|service| api.story(service, id));
    let (order, payment, notification) = (order.await, payment.await, notification.await);
    let count = |story: &Value, part: &str| story[part].as_array().unwrap().len();
    let told = (count(&order, "outbox"), count(&payment, "outbox"));
    if told != (1 + wishes, tells) {
        return Err(format!("order {id} brought {told:?} events, and its payment tells {tells}"));
    }
    for (story, wanted) in [(&order, moves), (&payment, 1 + wishes), (&notification, 1 + tells)] {
        let heard = story["inbox"].as_array().unwrap();
        let handled = heard.iter().filter(|event| event["state"] == "handled").count();
        if (handled, heard.len()) != (wanted, wanted) {
            return Err(format!("{} heard {heard:?}, not {wanted}", story["service"]));
        }
    }
    Ok(())
}

/// One message for all that the payment tells and customers hear of, sent once each time it was asked
/// for.
async fn messages(api: &Api, id: &str, moves: &[String], asked: &[String]) -> Verdict {
    let untold = ["authorized"];
    let told = moves.iter().map(String::as_str).filter(|to| !untold.contains(to));
    let twice = asked.iter().filter(|cause| *cause == "second_payment").map(|_| "paid_twice");
    let mut wanted: Vec<&str> = told.chain(twice).collect();
    let messages = api.notifications(id).await;
    let mut told: Vec<String> = messages.iter().map(|m| text(m, "/template")).collect();
    wanted.sort_unstable();
    told.sort_unstable();
    if told != wanted || messages.iter().any(|m| m["status"] != "sent") {
        return Err(format!("order {id} tells {wanted:?} and was told {messages:?}"));
    }
    let resends: u64 = messages.iter().map(|m| m["resends"].as_u64().unwrap()).sum();
    let facts = api.facts("notification", id).await;
    let sent = facts.iter().filter(|fact| *fact == "message_sent").count();
    same(id, "sendings", &sent.into(), &(messages.len() as u64 + resends).into())
}

/// The gateway's books and ours agree: each order was brought there once, unless it was called off
/// before, and what was paid twice went back once.
async fn books(api: &Api, orders: &[Value]) -> Verdict {
    let (mut paid, mut brought, mut twice) = (0, 0, 0);
    for order in orders {
        let id = text(order, "/id");
        paid += usize::from(was_paid(api, order).await);
        brought += usize::from(order["status"] != "cancelled" || has_page(api, &id).await);
        twice += usize::from(order["status"] == "paid" && was_paid_twice(api, &id).await);
    }
    let ledger = api.ledger().await;
    same("ledger", "settled twice", &ledger["orders_settled_twice"], &twice.into())?;
    same("ledger", "settled", &ledger["settled_orders"], &paid.into())?;
    same("ledger", "orders", &ledger["orders"], &brought.into())
}

/// Whether an order had money. One that is cancelled may have: a card is voided before it settles.
async fn was_paid(api: &Api, order: &Value) -> bool {
    let had_money = [
        "paid",
        "partially_refunded",
        "refunded",
        "payment_reversed",
        "charged_back",
        "refund_manual_required",
    ];
    match order["status"].as_str().unwrap() {
        "cancelled" => api.payment_moves(&text(order, "/id")).await.contains(&"paid".to_owned()),
        status => had_money.contains(&status),
    }
}

async fn has_page(api: &Api, order: &str) -> bool {
    let payment = text(&api.payment_of(order).await, "/id");
    api.attempts(&payment).await.iter().any(|attempt| attempt["page_url"].is_string())
}

async fn was_paid_twice(api: &Api, order: &str) -> bool {
    let payment = text(&api.payment_of(order).await, "/id");
    let refunds = rows(api.read(&format!("/v1/payments/{payment}/refunds")).await);
    refunds.iter().any(|refund| refund["cause"] == "second_payment")
}

async fn dead_letters(api: &Api, expected: usize) -> Verdict {
    let mut found = Vec::new();
    for service in SERVICES {
        let page = format!("/ops/{service}/dead-letters?limit=200");
        found.extend(rows(api.read(&page).await));
    }
    if found.len() == expected { Ok(()) } else { Err(format!("dead letters: {found:?}")) }
}

fn same(whose: &str, what: &str, found: &Value, wanted: &Value) -> Verdict {
    if found == wanted { Ok(()) } else { Err(format!("{whose}: {what} is {found}, not {wanted}")) }
}

/// The table of the order's states, written a second time on purpose.
fn wanted_by(payment: &str) -> &'static str {
    match payment {
        "opening" => "pending",
        "pending" | "authorized" => "awaiting_payment",
        "challenged" => "on_hold",
        "paid" => "paid",
        "denied" | "failed" => "payment_failed",
        "expired" => "expired",
        "cancelled" => "cancelled",
        "partially_refunded" => "partially_refunded",
        "refunded" => "refunded",
        "reversed" => "payment_reversed",
        "charged_back" => "charged_back",
        "refund_manual_required" => "refund_manual_required",
        other => panic!("not a payment status: {other}"),
    }
}
