//! `why`: one order explained.

use crate::cli::WhyArgs;
use crate::client::Client;
use crate::output::out;
use crate::story;
use anyhow::bail;
use serde_json::Value;
use std::process::ExitCode;

pub(super) async fn run(args: WhyArgs) -> anyhow::Result<ExitCode> {
    let client = Client::of(&args.target).await?;
    let id = match find(&client, &args.order).await? {
        Some(id) => id,
        None => bail!("no order has the id or reference {:?}", args.order),
    };
    let Some(story) = story::read(&client, &id).await? else {
        bail!("no service knows the order {id}");
    };
    if args.json {
        out!("{}", serde_json::to_string_pretty(&story)?);
        return Ok(ExitCode::SUCCESS);
    }
    match client.get::<Value>(&format!("/v1/orders/{id}")).await? {
        Some(order) => summary(&order),
        None => out!("Order {id}   unknown to the order service"),
    }
    for (attempt, transaction) in story.tries() {
        let became = transaction.map_or_else(
            || "nobody has begun to pay".to_owned(),
            |t| {
                format!(
                    "{} by {}, transaction {}",
                    t.status,
                    t.method.as_deref().unwrap_or("–"),
                    t.id
                )
            },
        );
        out!("Gateway  order_id {}: {became}", attempt.id);
    }
    out!();
    story.print();
    Ok(ExitCode::SUCCESS)
}

/// An id stands for itself; anything else is looked up as a merchant's reference.
pub(super) async fn find(client: &Client, order: &str) -> anyhow::Result<Option<String>> {
    if order.parse::<order::models::OrderId>().is_ok() {
        return Ok(Some(order.to_owned()));
    }
    let mut url = url::Url::parse("http://unused/v1/orders")?;
    url.query_pairs_mut().append_pair("reference", order);
    let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    let page: Option<Value> = client.get(&path).await?;
    Ok(page.and_then(|page| page["data"][0]["id"].as_str().map(str::to_owned)))
}

pub(super) fn summary(order: &Value) {
    let text = |pointer: &str| order.pointer(pointer).and_then(Value::as_str).unwrap_or("–");
    let total = kernel::Money::rupiah(order["total_amount"].as_i64().unwrap_or_default());
    out!("Order    {}   {total}   ref {}", text("/id"), text("/reference"));
    let method = order.pointer("/payment/method").and_then(Value::as_str);
    let method = method.map_or_else(String::new, |method| format!(" by {method}"));
    out!("Status   {}   payment {}{method}", text("/status"), text("/payment/status"));
    out!("Pay page {}", text("/pay_url"));
}
