//! The books: what each movement of money posts, and that they balance.

use crate::by_hand::GOOD_CARD;
use crate::world::World;
use serde_json::{Value, json};

impl World {
    /// The postings of an order, oldest first: kind, debit, credit, amount.
    async fn postings(&self, order_id: &str) -> Vec<Value> {
        let rows = self.get(&format!("/_sim/ledger/postings?order_id={order_id}")).await;
        let row = |row: &Value| json!([row["kind"], row["debit"], row["credit"], row["amount"]]);
        let mut rows: Vec<_> = rows.as_array().unwrap().iter().map(row).collect();
        rows.reverse();
        rows
    }

    /// Asserts that the books balance and what the merchant has in all.
    async fn holds(&self, net: i64) {
        let ledger = self.get("/_sim/ledger").await;
        assert_eq!(
            (&ledger["net_amount"], &ledger["balanced"]),
            (&json!(net), &json!(true)),
            "{ledger}"
        );
    }
}

fn payment(amount: i64) -> Value {
    json!(["payment", "merchant", "customers", amount])
}

#[tokio::test]
async fn a_payment_and_its_refunds() {
    let world = World::open().await;
    world.paid("ORD-1", "gopay", Value::Null).await;
    assert_eq!(world.postings("ORD-1").await, [payment(125_000)]);
    world.holds(125_000).await;
    world.core("/v2/ORD-1/refund", json!({"amount": 25_000})).await;
    world.holds(100_000).await;
    world.core("/v2/ORD-1/refund", Value::Null).await;
    let back = |amount: i64| json!(["refund", "customers", "merchant", amount]);
    let expected = [payment(125_000), back(25_000), back(100_000)];
    assert_eq!(world.postings("ORD-1").await, expected);
    world.holds(0).await;
    world.wait(60).await;
    assert_eq!(world.postings("ORD-1").await, expected, "a confirmation moves no money");
    let ledger = world.get("/_sim/ledger").await;
    let told = ["refunded_amount", "settled_amount", "settled_orders"].map(|field| &ledger[field]);
    assert_eq!(told, [125_000, 125_000, 1]);
    assert_eq!(ledger["accounts"], json!({"customers": 0, "merchant": 0}));
}

#[tokio::test]
async fn a_reversal_and_a_void_take_all_back_with_the_fee() {
    let world = World::open().await;
    world.put("/_sim/fees", json!({"enabled": true, "amount": 4000})).await;
    world.paid("ORD-1", "bank_transfer", json!({"bank": "permata"})).await;
    world.card("ORD-2", GOOD_CARD, json!({})).await;
    world.holds(258_000).await;
    assert_eq!(world.get("/_sim/ledger").await["accounts"]["fees"], 8000);
    assert_eq!(world.act("ORD-1", "reverse").await.0, 200);
    world.core("/v2/ORD-2/cancel", Value::Null).await;
    for (order_id, kind) in [("ORD-1", "reversal"), ("ORD-2", "void")] {
        let expected = [
            payment(129_000),
            json!(["fee", "fees", "merchant", 4000]),
            json!([kind, "customers", "merchant", 129_000]),
            json!(["fee_undone", "merchant", "fees", 4000]),
        ];
        assert_eq!(world.postings(order_id).await, expected, "{order_id}");
    }
    world.holds(0).await;
    let ledger = world.get("/_sim/ledger").await;
    assert_eq!(
        (&ledger["reversed_amount"], &ledger["settled_amount"]),
        (&json!(258_000), &json!(258_000))
    );
    let posted = world.posted().await;
    let reversed = posted.iter().rfind(|one| one["order_id"] == "ORD-1").unwrap();
    assert_eq!(
        (&reversed["transaction_status"], &reversed["status_code"]),
        (&json!("deny"), &json!("202"))
    );
    assert_eq!(world.told("ORD-1").await["status_code"], "202");
}

#[tokio::test]
async fn a_chargeback_takes_a_part_or_all_that_is_left() {
    let world = World::open().await;
    for order_id in ["ORD-1", "ORD-2"] {
        world.card(order_id, GOOD_CARD, json!({})).await;
    }
    assert_eq!(world.act("ORD-1", "chargeback").await.0, 409, "a capture is voided instead");
    world.wait(24 * 60).await;
    world.posted().await;
    let path = "/_sim/transactions/ORD-1/chargeback";
    for bad in [0, -1, 125_001] {
        assert_eq!(world.post(path, json!({"amount": bad})).await.0, 409, "{bad}");
    }
    let (code, part) = world.post(path, json!({"amount": 25_000})).await;
    assert_eq!((code, &part["transaction_status"]), (200, &json!("partial_chargeback")));
    assert_eq!(part["charged_back"], 25_000);
    world.holds(225_000).await;
    assert_eq!(world.core("/v2/ORD-1/refund", Value::Null).await["status_code"], "412");
    let (code, all) = world.post(path, Value::Null).await;
    assert_eq!((code, &all["transaction_status"]), (200, &json!("chargeback")));
    world.holds(125_000).await;
    let taken = |amount: i64| json!(["chargeback", "customers", "merchant", amount]);
    assert_eq!(world.postings("ORD-1").await, [payment(125_000), taken(25_000), taken(100_000)]);
    assert_eq!(world.post(path, Value::Null).await.0, 409, "nothing is left");

    let whole = json!({"amount": 125_000});
    assert_eq!(world.post("/_sim/transactions/ORD-2/chargeback", whole).await.0, 200);
    world.holds(0).await;
    let told: Vec<_> = world.posted().await;
    let told: Vec<_> = told.iter().map(|one| &one["transaction_status"]).collect();
    assert_eq!(told, ["partial_chargeback", "chargeback", "chargeback"]);
    assert_eq!(world.told("ORD-2").await["status_code"], "200");
}

#[tokio::test]
async fn what_was_never_paid_posts_nothing() {
    let world = World::open().await;
    world.card("ORD-1", "4911111111111113", json!({})).await;
    world.card("ORD-2", GOOD_CARD, json!({"type": "authorize"})).await;
    world.card("ORD-3", "4111111111111111", json!({})).await;
    assert_eq!(world.get("/_sim/ledger/postings").await, json!([]));
    world.core("/v2/ORD-2/cancel", Value::Null).await;
    world.core("/v2/ORD-3/deny", Value::Null).await;
    assert_eq!(world.get("/_sim/ledger/postings").await, json!([]));
    world.card("ORD-4", "4111111111111111", json!({})).await;
    world.core("/v2/ORD-4/approve", Value::Null).await;
    assert_eq!(world.postings("ORD-4").await, [payment(125_000)], "once, when it is approved");
    assert_eq!(world.get("/_sim/ledger").await["reversed_amount"], 0, "it was never paid");
    world.wait(24 * 60).await;
    assert_eq!(world.postings("ORD-4").await.len(), 1, "settling a capture moves no more");
    world.holds(125_000).await;
}

#[tokio::test]
async fn what_was_paid_is_held_or_went_back_in_one_of_three_ways() {
    let world = World::open().await;
    world.paid("ORD-1", "gopay", Value::Null).await;
    world.core("/v2/ORD-1/refund", json!({"amount": 25_000})).await;
    world.card("ORD-2", GOOD_CARD, json!({})).await;
    world.wait(24 * 60).await;
    world.post("/_sim/transactions/ORD-2/chargeback", json!({"amount": 5_000})).await;
    world.paid("ORD-3", "bank_transfer", json!({"bank": "permata"})).await;
    world.act("ORD-3", "reverse").await;
    world.card("ORD-4", GOOD_CARD, json!({})).await;
    world.core("/v2/ORD-4/cancel", Value::Null).await;
    let ledger = world.get("/_sim/ledger").await;
    let sums = ["refunded", "charged_back", "reversed", "net", "settled"]
        .map(|name| ledger[format!("{name}_amount")].as_i64().unwrap());
    assert_eq!(sums, [25_000, 5_000, 250_000, 220_000, 500_000]);
    assert_eq!(sums[..4].iter().sum::<i64>(), sums[4]);
}

#[tokio::test]
async fn the_largest_amounts_can_be_summed() {
    let world = World::open().await;
    let most = 9_999_999_999_999_i64;
    for order_id in ["ORD-1", "ORD-2"] {
        let mut asked = crate::by_hand::charge_of(order_id, "gopay", Value::Null);
        asked["transaction_details"]["gross_amount"] = json!(i64::MAX);
        assert_eq!(world.charge(asked.clone()).await["status_code"], "400");
        asked["transaction_details"]["gross_amount"] = json!(most);
        assert_eq!(world.charge(asked).await["gross_amount"], "9999999999999.00");
        world.act(order_id, "settle").await;
    }
    world.holds(2 * most).await;
}
