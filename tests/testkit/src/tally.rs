//! Many orders counted at once: what [`crate::invariants`] looks at one by one, for thousands.

use crate::api::{Api, SERVICES, text};
use crate::wait::until_within;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;

/// Waits until every order is paid and told so once, and nothing waits anywhere; panics with what
/// is not so. Pages must pay themselves. Returns how many orders there are.
pub async fn all_paid_and_told(api: &Api, patience: Duration) -> usize {
    until_within(patience, "every order is paid and told", async || {
        for service in SERVICES {
            let backlog = api.backlog(service).await;
            if backlog["outbox_pending"] != 0 || backlog["inbox_deferred"] != 0 {
                pause().await;
                return Err(format!("{service}: {backlog}"));
            }
        }
        let counted = count(api).await;
        if counted.is_err() {
            pause().await;
        }
        counted
    })
    .await
}

/// A count reads everything, so it is not done all the time.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}

async fn count(api: &Api) -> Result<usize, String> {
    let orders = api.all("/v1/orders?").await;
    let open = orders.iter().filter(|order| order["status"] != "paid");
    if let Some(order) = open.clone().next() {
        return Err(format!("{} of {} are not paid: {order}", open.count(), orders.len()));
    }
    let payments = api.all("/v1/payments?").await;
    if payments.len() != orders.len() {
        return Err(format!("{} orders have {} payments", orders.len(), payments.len()));
    }
    told(api, &orders).await?;
    let ledger = api.ledger().await;
    for (name, wanted) in
        [("orders_settled_twice", 0), ("settled_orders", orders.len()), ("orders", orders.len())]
    {
        if ledger[name] != wanted {
            return Err(format!("the gateway's {name} is not {wanted}: {ledger}"));
        }
    }
    for service in SERVICES {
        let letters = api.dead_letters(service).await;
        if !letters.is_empty() {
            return Err(format!("{service} gave up {letters:?}"));
        }
    }
    Ok(orders.len())
}

/// That it is paid once, and how to pay at most once: if the payment was first heard of as paid,
/// nobody needs to be told how.
async fn told(api: &Api, orders: &[Value]) -> Result<(), String> {
    let messages = api.all("/v1/notifications?").await;
    let mut told: HashMap<(String, String), u32> = HashMap::new();
    for message in &messages {
        if message["status"] != "sent" {
            return Err(format!("not sent: {message}"));
        }
        *told.entry((text(message, "/order_id"), text(message, "/template"))).or_default() += 1;
    }
    for order in orders {
        let id = text(order, "/id");
        let times = |template: &str| {
            told.get(&(id.clone(), template.to_owned())).copied().unwrap_or_default()
        };
        if times("paid") != 1 || times("pending") > 1 {
            let (paid, pending) = (times("paid"), times("pending"));
            return Err(format!("order {id} was told paid {paid} times, pending {pending} times"));
        }
    }
    Ok(())
}
