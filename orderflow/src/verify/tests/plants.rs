//! What is done to an order, and the invariant that must say so, as data.

use super::*;

type Plant = (&'static str, fn() -> Parts, fn(&mut Parts));

/// What is done to an order, and the invariant that must say so.
const PLANTS: &[Plant] = &[
    ("I04", waiting, |p| {
        p.order["status"] = json!("pending");
    }),
    ("I04", waiting, |p| p.payment["due_at"] = json!(at(-7200))),
    ("I04", whole, |p| p.order["status"] = json!("on_hold")),
    ("I04", whole, |p| p.order["status"] = json!("refund_manual_required")),
    ("I04", whole, |p| p.order["status"] = json!("eaten")),
    ("I04", called_off, |p| {
        p.payment["call_off_at"] = Value::Null;
        long_ago(p);
    }),
    ("I04", called_off, long_ago),
    ("I05", whole, |p| p.order_story["timeline"][1]["version"] = json!(4)),
    ("I05", whole, |p| p.payment_story["timeline"][1]["version"] = json!(1)),
    ("I05", whole, |p| p.payment_story["timeline"][2]["at"] = json!(at(-1))),
    ("I05", whole, |p| p.payment_story["timeline"][2]["at"] = json!("later")),
    ("I05", whole, |p| p.payment["version"] = json!(4)),
    ("I05", whole, |p| p.order_story = Value::Null),
    ("I06", whole, |p| p.order_story["timeline"][2]["detail"]["from"] = json!("expired")),
    ("I06", whole, |p| p.order["status"] = json!("refunded")),
    ("I06", whole, |p| p.payment_story["timeline"][2]["detail"]["status"]["to"] = json!("denied")),
    ("I06", whole, |p| {
        p.order_story["timeline"][1]["detail"]["to"] = json!("expired");
        p.order_story["timeline"][2]["detail"] = json!({ "from": "expired", "to": "cancelled" });
        p.order["status"] = json!("cancelled");
    }),
    ("I06", whole, |p| {
        p.payment_story["timeline"][1]["detail"]["status"]["to"] = json!("reversed");
        p.payment_story["timeline"][2]["detail"]["status"]["from"] = json!("reversed");
    }),
    ("I07", whole, |p| p.payment = Value::Null),
    ("I07", whole, |p| p.order = Value::Null),
    ("I07", whole, |p| p.payment["amount"] = json!(99_999)),
    ("I07", whole, |p| p.payment["currency"] = json!("SGD")),
    ("I07", whole, |p| p.payment["account"] = json!("another")),
    ("I08", whole, |p| p.payment["attempts"][0]["transactions"] = json!([])),
    ("I08", whole, |p| p.order["status"] = json!("expired")),
    ("I08", whole, |p| p.gateway[0]["transaction_status"] = json!("deny")),
    ("I08", whole, |p| p.gateway[0]["refunded"] = json!(1)),
    ("I08", whole, |p| p.gateway = json!([])),
    ("I08", waiting, |p| p.gateway = whole().gateway),
    ("I08", whole, |p| p.order["status"] = json!("refunded")),
    ("I08", whole, |p| p.order["status"] = json!("payment_reversed")),
    ("I08", whole, |p| p.order["status"] = json!("charged_back")),
    ("I09", whole, |p| {
        push(&mut p.payment["attempts"][0]["transactions"], transaction("T2", "settlement"));
    }),
    ("I09", whole, |p| p.payment["status"] = json!("cancelled")),
    ("I09", whole, |p| p.payment["attempts"][0]["transactions"] = json!([])),
    ("I09", whole, |p| {
        p.payment["attempts"][0]["transactions"][0] = transaction("T", "deny");
    }),
    // Told as paid, and all that came went by hand.
    ("I09", whole, |p| {
        push(&mut p.payment["refunds"], refund("k", 100_000, "by_hand"));
        p.payment["refunds"][0]["cause"] = json!("second_payment");
    }),
    ("I09", by_hand, |p| p.payment["refunds"][0]["amount"] = json!(99_999)),
    ("I09", by_hand, |p| p.payment["refunds"][0]["cause"] = json!("second_payment")),
    ("I10", whole, |p| p.payment["journal"][0]["amount"] = json!(100_001)),
    ("I10", whole, |p| p.payment["journal"] = json!([])),
    ("I10", whole, |p| {
        let twice = p.payment["journal"].as_array().unwrap().clone();
        for mut row in twice {
            row["version"] = json!(2);
            push(&mut p.payment["journal"], row);
        }
    }),
    ("I10", whole, |p| {
        for row in p.payment["journal"].as_array_mut().unwrap() {
            row["transaction_id"] = json!("another");
        }
    }),
    ("I10", whole, |p| p.payment["journal"][1]["account"] = json!("pocket")),
    ("I10", whole, |p| p.payment["journal"][1]["account"] = json!("refunds")),
    ("I10", whole, |p| {
        for row in p.payment["journal"].as_array_mut().unwrap() {
            row["kind"] = json!("a_gift");
        }
    }),
    ("I11", waiting, |p| p.page = Some("revoked")),
    ("I11", waiting, |p| p.page = Some("unknown")),
    ("I11", waiting, |p| p.page = Some("expired")),
    ("I12", whole, |p| push(&mut p.payment["refunds"], refund("k", 100_001, "taken"))),
    ("I12", whole, |p| push(&mut p.payment["refunds"], refund("k", 1_000, "asked"))),
    ("I12", whole, |p| push(&mut p.payment["refunds"], refund("k", 1_000, "taken"))),
    ("I12", whole, |p| {
        p.gateway[0]["refunds"] = json!([{ "key": "k", "amount": 1_000 }]);
    }),
    ("I12", whole, |p| {
        push(&mut p.payment["refunds"], refund("k", 1_000, "confirmed"));
        p.gateway[0]["refunds"] = json!([{ "key": "k", "amount": 1_001 }]);
    }),
    ("I12", whole, |p| {
        p.order["refund_if_paid"] = json!(true);
        p.payment["call_off_at"] = json!(at(1));
        long_ago(p);
    }),
    ("I12", whole, |p| {
        p.order["refund_if_paid"] = json!(true);
        p.payment["call_off_at"] = json!(at(1));
        p.payment["status"] = json!("partially_refunded");
        push(&mut p.payment["refunds"], refund("k", 1_000, "taken"));
        long_ago(p);
    }),
    // By hand, and through the gateway too.
    ("I12", whole, |p| {
        p.payment["attempts"][0]["transactions"][0]["refunded"] = json!(100_000);
        push(&mut p.payment["refunds"], refund("k", 100_000, "by_hand"));
    }),
    ("I12", whole, |p| {
        push(&mut p.payment["refunds"], refund("k", 1_000, "asked"));
        p.payment["refunds"][0]["asked_at"] = json!(at(-6 * 86_400));
        push(&mut p.payment_story["jobs"], job("gateway.give_back", PAYMENT));
    }),
    ("I13", whole, |p| pop(&mut p.payment_story["outbox"])),
    ("I13", whole, |p| {
        let twice = told(&format!("{}e", &PAID[..35]), "payment.status.updated", 3);
        push(&mut p.payment_story["outbox"], twice);
    }),
    ("I13", whole, |p| p.order_story["outbox"][0]["sequence"] = json!(2)),
    ("I13", twice, |p| pop(&mut p.payment_story["outbox"])),
    // What a consumer of statuses would act on once more.
    ("I13", twice, |p| {
        p.payment_story["outbox"][2]["routing_key"] = json!("payment.status.updated");
    }),
    ("I13", twice, |p| p.payment_story["outbox"][2]["sequence"] = json!(4)),
    ("I13", twice, |p| {
        p.payment_story["timeline"][4]["detail"]["cause"] = json!("elsewhere");
    }),
    ("I13", whole, |p| p.payment_story["outbox"][1]["published_at"] = Value::Null),
    ("I14", whole, |p| pop(&mut p.order_story["inbox"])),
    ("I14", whole, |p| pop(&mut p.notification_story["inbox"])),
    ("I14", whole, |p| p.payment_story["inbox"][0]["consumer"] = json!("another")),
    ("I14", twice, |p| pop(&mut p.notification_story["inbox"])),
    ("I15", whole, |p| p.order_story["inbox"][0]["digest"] = json!("another")),
    ("I15", whole, |p| push(&mut p.order_story["inbox"], heard("order.payment-events", ATTEMPT))),
    ("I16", whole, |p| p.order["payment"]["sequence"] = json!(2)),
    ("I16", whole, |p| p.order["payment"]["status"] = json!("pending")),
    ("I16", whole, |p| p.order["payment"] = Value::Null),
    ("I16", whole, |p| p.order["status"] = json!("awaiting_payment")),
    ("I16", twice, |p| p.order["payment"]["sequence"] = json!(5)),
    ("I18", whole, |p| p.order_story["inbox"][0]["state"] = json!("parked")),
    ("I18", whole, |p| {
        push(
            &mut p.payment_story["dead_letters"],
            json!({ "id": ATTEMPT, "origin": "payment.order-events", "order_id": ORDER,
                    "reason": "it cannot be read", "attempts": 6, "body": {}, "parked_at": at(5),
                    "resolution": null }),
        );
    }),
    ("I19", whole, |p| {
        p.payment_story["outbox"][1]["published_at"] = Value::Null;
        p.payment_story["outbox"][1]["attempts"] = json!(3);
    }),
    ("I20", whole, |p| pop(&mut p.notification["messages"])),
    ("I20", whole, |p| push(&mut p.notification["messages"], message("M4", 3, "paid"))),
    ("I20", twice, |p| pop(&mut p.notification["messages"])),
    ("I20", whole, |p| p.notification["messages"][1]["sequence"] = json!(9)),
    ("I20", whole, |p| p.notification["messages"][1]["payment_id"] = json!(ORDER)),
    ("I20", whole, |p| p.notification["messages"][1]["template"] = json!("refunded")),
    ("I21", whole, |p| p.notification["messages"][1]["status"] = json!("queued")),
    ("I21", whole, |p| p.notification["messages"][1]["resends"] = json!(1)),
    ("I21", whole, |p| {
        let twice = fact("M3", 3, "message_sent", &json!({}));
        push(&mut p.notification_story["timeline"], twice);
    }),
    ("I22", whole, |p| p.notification["messages"][0]["email_fingerprint"] = json!("g")),
    ("I22", whole, |p| p.notification["email_fingerprint"] = json!("g")),
];

#[test]
fn every_plant_is_found_by_its_invariant() {
    for (number, (code, start, plant)) in PLANTS.iter().enumerate() {
        let mut parts = start();
        plant(&mut parts);
        let found = violated(parts);
        assert!(found.contains(code), "plant {number} of {code} brought {found:?}");
    }
}

#[test]
fn every_invariant_has_a_plant() {
    for invariant in INVARIANTS {
        assert!(PLANTS.iter().any(|(code, _, _)| *code == invariant.code), "{}", invariant.code);
    }
}
