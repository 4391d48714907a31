//! A fee that the customer pays on top: the gateway's gross amount is not the order's, and both books say
//! so, whatever becomes of the money.

use crate::Stack;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{TOTAL, order, text};

const FEE: i64 = 4_000;
const GROSS: i64 = TOTAL + FEE;

/// From now on customers pay a fee.
async fn start() -> Stack {
    let stack = crate::start().await;
    stack.set("fees", json!({ "enabled": true, "amount": FEE })).await;
    stack
}

/// An order that was paid with its fee.
async fn paid(stack: &Stack, method: &str) -> String {
    let id = stack.create_id(&order()).await;
    let transaction = stack.pay(&id, method, "settle").await;
    assert_eq!(transaction["gross_amount"], json!(GROSS), "{transaction}");
    let order = stack.order_becomes(&id, "paid").await;
    assert_eq!(order["total_amount"], json!(TOTAL));
    assert_eq!(stack.payment_of(&id).await["amount"], json!(TOTAL), "the fee is none of the order");
    let booked = [("gateway", GROSS), ("sales", -TOTAL), ("fees", -FEE)];
    assert_eq!(stack.balances(&id).await, balances(&booked));
    id
}

fn balances(of: &[(&str, i64)]) -> BTreeMap<String, i64> {
    of.iter().map(|(account, sum)| ((*account).to_owned(), *sum)).collect()
}

async fn gateway_holds(stack: &Stack, net: i64) {
    let ledger = stack.ledger().await;
    assert_eq!(
        (&ledger["net_amount"], &ledger["balanced"]),
        (&json!(net), &json!(true)),
        "{ledger}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_paid_with_a_fee_on_top_and_all_of_it_goes_back() {
    let stack = start().await;
    let kept = paid(&stack, "qris").await;
    let id = paid(&stack, "gopay").await;
    gateway_holds(&stack, 2 * GROSS).await;
    let more = stack.refund(&id, &json!({ "amount": GROSS + 1 })).await;
    more.names_field("/amount");
    stack.refund(&id, &json!({ "reason": "barang rusak" })).await.expect(202);
    stack.order_becomes(&id, "refunded").await;
    let [refund] = stack.refunds(&id).await.try_into().unwrap();
    assert_eq!(refund["amount"], json!(GROSS));
    let gone = [("sales", -TOTAL), ("fees", -FEE), ("refunds", GROSS)];
    assert_eq!(stack.balances(&id).await, balances(&gone));
    assert_eq!(stack.told(&id, 3).await, ["pending", "paid", "refunded"]);
    gateway_holds(&stack, GROSS).await;
    assert_eq!(stack.order(&kept).await["status"], "paid");
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_order_cost_goes_back_and_its_fee_stays_or_is_voided_with_a_card() {
    let stack = start().await;
    let id = paid(&stack, "gopay").await;
    stack.refund(&id, &json!({ "amount": TOTAL })).await.expect(202);
    stack.order_becomes(&id, "partially_refunded").await;
    let left = [("gateway", FEE), ("sales", -TOTAL), ("fees", -FEE), ("refunds", TOTAL)];
    assert_eq!(stack.balances(&id).await, balances(&left));
    gateway_holds(&stack, FEE).await;
    // A charge that has not settled is called off instead (midtrans.md 2.6), its fee with it.
    let card = paid(&stack, "credit_card").await;
    stack.refund(&card, &json!({})).await.expect(202);
    stack.order_becomes(&card, "cancelled").await;
    assert_eq!(stack.balances(&card).await, balances(&[]));
    gateway_holds(&stack, FEE).await;
    let [refund] = stack.refunds(&card).await.try_into().unwrap();
    assert_eq!((text(&refund, "/status"), &refund["amount"]), ("confirmed".into(), &json!(GROSS)));
    assert_eq!(stack.operator_items().await, Vec::<Value>::new());
    stack.finish().await;
}
