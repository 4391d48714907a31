//! The card holder's bank takes money back: it is told, put before a person, and booked as far as the
//! gateway tells how much it was.

use crate::Stack;
use crate::letters::run;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{TOTAL, order, text, until};

/// What the bank takes of a part.
const PART: i64 = 5_000;

/// A card payment that has settled, which we know: that alone can be charged back (midtrans.md 3.3).
async fn settled(stack: &Stack) -> (String, String) {
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "credit_card", "settle").await, "/transaction_id");
    stack.order_becomes(&id, "paid").await;
    stack.act(&transaction, "settle").await;
    stands_as(stack, &id, "settlement").await;
    (id, transaction)
}

/// Waits until we know that the order's transaction stands so.
async fn stands_as(stack: &Stack, order: &str, status: &str) {
    let payment = text(&stack.payment_of(order).await, "/id");
    until(&format!("we know of the {status}"), async || {
        let attempts = stack.attempts(&payment).await;
        let known = &attempts[0]["transactions"][0]["status"];
        if *known == status { Ok(()) } else { Err(known.clone()) }
    })
    .await;
}

fn balances(of: &[(&str, i64)]) -> BTreeMap<String, i64> {
    of.iter().map(|(account, sum)| ((*account).to_owned(), *sum)).collect()
}

/// The only item, which is about this order.
async fn item_of(stack: &Stack, order: &str) -> Value {
    let [item] = stack.operator_items().await.try_into().unwrap();
    assert_eq!((&item["kind"], &item["order_id"]), (&json!("charged_back"), &json!(order)));
    item
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chargeback_is_told_put_before_a_person_and_booked() {
    let stack = crate::start().await;
    let (id, transaction) = settled(&stack).await;
    stack.act(&transaction, "chargeback").await;
    let order = stack.order_becomes(&id, "charged_back").await;
    assert_eq!(order["payment"]["status"], "charged_back");
    assert_eq!(stack.payment_of(&id).await["status"], "charged_back");
    assert_eq!(stack.payment_moves(&id).await, ["pending", "paid", "charged_back"]);
    assert_eq!(stack.told(&id, 3).await, ["pending", "paid", "charged_back"]);
    let item = item_of(&stack, &id).await;
    assert_eq!(item["about"], json!(transaction));
    assert!(text(&item, "/detail").contains("took the money back"), "{item}");
    let ledger = stack.ledger().await;
    assert_eq!((&ledger["net_amount"], &ledger["balanced"]), (&json!(0), &json!(true)), "{ledger}");
    assert_eq!(ledger["charged_back_amount"], json!(TOTAL));
    let gone = balances(&[("sales", -TOTAL), ("chargebacks", TOTAL)]);
    assert_eq!(stack.balances(&id).await, gone, "and the gateway owes us nothing");
    // There is nothing left to give back, nor to call off.
    stack.refund(&id, &json!({})).await.problem(409, "conflict");
    let cancel = format!("/v1/orders/{id}/cancel");
    stack.ask(&cancel, &json!({ "refund_if_paid": true })).await.problem(409, "conflict");
    assert_eq!(stack.refunds(&id).await, Vec::<Value>::new());
    stack.resolve(&item).await;
    assert_eq!(stack.operator_items().await, Vec::<Value>::new());
    assert_eq!(stack.order(&id).await["status"], "charged_back", "a note gives no money");
    stack.finish().await;
}

/// The gateway names the state and no sum (midtrans.md 3.3): the books keep the whole until a person has
/// looked, and the simulator's own list alone tells the difference.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_part_the_bank_alone_knows_how_much_and_the_rest_is_another_item() {
    let stack = crate::start().await;
    let (id, transaction) = settled(&stack).await;
    stack.charge_back(&transaction, PART).await;
    stack.order_becomes(&id, "charged_back").await;
    assert_eq!(stack.told(&id, 3).await, ["pending", "paid", "charged_back"]);
    let part = item_of(&stack, &id).await;
    assert!(text(&part, "/detail").contains("a part back"), "{part}");
    assert_eq!(stack.ledger().await["net_amount"], json!(TOTAL - PART));
    let whole = balances(&[("gateway", TOTAL), ("sales", -TOTAL)]);
    assert_eq!(stack.balances(&id).await, whole);
    let compared = run(&stack, &["reconcile", "--simulator", "--dry-run", "--json"]).await;
    assert_eq!(compared.code, Some(3), "{compared:?}");
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    let [difference] = compared["differences"].as_array().unwrap().as_slice() else {
        panic!("{compared}")
    };
    assert_eq!((&difference["kind"], &difference["money"]), (&json!("ledger"), &json!(PART)));
    stack.resolve(&part).await;
    assert_eq!(stack.operator_items().await, Vec::<Value>::new());

    stack.act(&transaction, "chargeback").await;
    stands_as(&stack, &id, "chargeback").await;
    let rest = item_of(&stack, &id).await;
    assert!(text(&rest, "/detail").contains("took the money back"), "{rest}");
    assert_ne!(rest["id"], part["id"], "the note about the part does not deal with it");
    let ledger = stack.ledger().await;
    assert_eq!((&ledger["net_amount"], &ledger["balanced"]), (&json!(0), &json!(true)), "{ledger}");
    let gone = balances(&[("sales", -TOTAL), ("chargebacks", TOTAL)]);
    assert_eq!(stack.balances(&id).await, gone);
    assert_eq!(stack.payment_moves(&id).await, ["pending", "paid", "charged_back"]);
    // One that stays in part, so that `verify` sees it.
    let (left, transaction) = settled(&stack).await;
    stack.charge_back(&transaction, PART).await;
    stack.order_becomes(&left, "charged_back").await;
    stack.finish().await;
}
