//! Our typed client on bad days: it says what it knows, and never takes a fault for success.

use crate::world::{GROSS, World};
use midtrans::{
    ChargeRequest, Error, IdempotencyKey, Operation, Options, OrderId, Outcome, PaymentMethod,
    RefundKey, RefundOutcome, RefundRequest, SnapRequest,
};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Snap,
    Charge,
    Status,
    Cancel,
    Refund,
}

const CALLS: [(Call, &str); 5] = [
    (Call::Snap, "snap"),
    (Call::Charge, "charge"),
    (Call::Status, "status"),
    (Call::Cancel, "cancel"),
    (Call::Refund, "refund"),
];

/// What the client makes of a call that a switch spoils; `None` is success.
async fn outcome(call: Call, mut switch: Value) -> Option<Error> {
    let world = World::open().await;
    world.pay("WAITS", "gopay", "pending").await;
    world.pay("PAID", "gopay", "settle").await;
    switch["call"] = CALLS.iter().find(|(one, _)| *one == call).unwrap().1.into();
    world.switch(json!([switch])).await;
    let order_id = || OrderId::try_new("NEW").unwrap();
    let none = Options::default();
    let client = &world.client;
    let error = match call {
        Call::Snap => {
            let asked = SnapRequest::try_new(order_id(), GROSS, vec![]).unwrap();
            client.create_snap(&asked).await.err()
        }
        Call::Charge => {
            let method = PaymentMethod::BniVa { va_number: None };
            let asked = ChargeRequest::try_new(order_id(), GROSS, vec![], method).unwrap();
            let key = IdempotencyKey::for_operation(Operation::Charge, "NEW");
            client.charge(&asked, &Options::idempotent(key)).await.err()
        }
        Call::Status => client.status("PAID").await.err(),
        Call::Cancel => client.cancel("WAITS", &none).await.err(),
        Call::Refund => {
            let key = RefundKey::try_new("r-1").unwrap();
            let asked = RefundRequest::try_new(key, Some(1000), None).unwrap();
            client.refund("PAID", &asked, &none).await.err()
        }
    };
    assert_eq!(world.counters().await, [(1, 1)], "{call:?} {switch}: one call, one hit");
    error
}

async fn class(call: Call, switch: Value) -> Option<Outcome> {
    outcome(call, switch).await.map(|error| error.class())
}

#[tokio::test]
async fn what_is_no_answer_is_unknown_to_every_call() {
    let faults = [
        json!({"fault": "truncated"}),
        json!({"fault": "huge"}),
        json!({"fault": "redirect"}),
        json!({"fault": "html"}),
        json!({"fault": "cut"}),
        json!({"fault": "cut", "after": true}),
        json!({"fault": "http_error", "code": 500, "after": true}),
        json!({"fault": "http_error", "code": 200}),
    ];
    for (call, _) in CALLS {
        for fault in &faults {
            let class = class(call, fault.clone()).await;
            assert_eq!(class, Some(Outcome::Unknown), "{call:?} {fault}");
        }
    }
}

#[tokio::test]
async fn an_answer_about_somebody_else_is_no_success() {
    for call in [Call::Charge, Call::Status, Call::Cancel, Call::Refund] {
        let class = class(call, json!({"fault": "contradiction"})).await;
        assert_eq!(class, Some(Outcome::Unknown), "{call:?}");
    }
}

#[tokio::test]
async fn refusals_are_classed_by_their_code_in_both_dialects() {
    use Outcome::{Refused, Retryable, Unknown};
    let codes = [
        (412, Refused),
        (414, Refused),
        (406, Refused),
        (418, Retryable),
        (429, Retryable),
        (505, Retryable),
        (503, Unknown),
        (500, Unknown),
        (900, Unknown),
    ];
    for (call, _) in CALLS {
        for (code, expected) in codes {
            // Refunds alone have 418; Snap's dialect does not know it (midtrans.md 2.6, 2.7).
            if (call, code) == (Call::Snap, 418) {
                continue;
            }
            let class = class(call, json!({"fault": "refuse", "code": code})).await;
            assert_eq!(class, Some(expected), "{call:?} {code}");
        }
    }
}

#[tokio::test]
async fn a_page_of_html_with_a_failing_code_is_no_success_either() {
    for (call, _) in CALLS {
        for code in [404, 502, 503] {
            let error = outcome(call, json!({"fault": "html", "code": code})).await;
            assert!(error.is_some(), "{call:?} {code}");
        }
    }
}

#[tokio::test]
async fn a_hang_ends_in_a_timeout_that_leaves_the_outcome_open() {
    let world = World::open().await;
    world.switch(json!([{"fault": "hang", "ms": 60_000}])).await;
    let mut config = midtrans::ClientConfig::new(
        format!("http://{}/snap/v1", world.address).parse().unwrap(),
        format!("http://{}", world.address).parse().unwrap(),
        crate::world::key(),
    );
    config.read_timeout = std::time::Duration::from_millis(200);
    let hasty = midtrans::Client::try_new(config).unwrap();
    let error = hasty.cancel("ORD-1", &Options::default()).await.unwrap_err();
    assert!(matches!(error, Error::Unknown(midtrans::Doubt::Timeout)), "{error:?}");
}

#[tokio::test]
async fn a_refund_that_the_provider_declines_gives_nothing_back() {
    let world = World::misbehaving(json!([{"fault": "refund_refused", "times": 1}])).await;
    world.pay("PAID", "gopay", "settle").await;
    let key = RefundKey::try_new("r-1").unwrap();
    let asked = RefundRequest::try_new(key, Some(1000), None).unwrap();
    let told = world.client.refund("PAID", &asked, &Options::default()).await.unwrap();
    assert!(matches!(told, RefundOutcome::Declined { .. }), "{told:?}");
    assert_eq!(world.ledger().await["refunded_amount"], 0);
    let told = world.client.refund("PAID", &asked, &Options::default()).await.unwrap();
    assert!(matches!(told, RefundOutcome::Accepted(_)), "{told:?}");
    assert_eq!(world.ledger().await["refunded_amount"], 1000);
}
