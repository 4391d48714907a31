//! A wish to call an order off: noted, told on once, and never an outcome by itself.

use crate::house::{House, TABLES, cut, draft, payment};
use axum::body::Body;
use axum::http::{Request, header};
use futures::future::join_all;
use kernel::Uuid;
use serde_json::{Value, json};
use std::pin::pin;
use std::time::Duration;

/// More steps than any of this has.
const STEPS_MAX: usize = 200;
const PAYMENT: &str = "0192f0c1-2b3c-7d4e-8f50-617283940a1c";
const REQUESTED: &str = "order_cancel_requested";

/// A house with one order whose payment was told of.
async fn told(statuses: &[&str]) -> (House, Uuid) {
    let house = House::new();
    let id = house.placed().await;
    for (n, status) in (2..).zip(statuses) {
        assert_eq!(house.told(&[payment(id, n.into(), status, n)]).await, [Ok(())]);
    }
    house.clock.advance(Duration::from_secs(60));
    (house, id)
}

fn keep() -> Value {
    json!({})
}

fn refund() -> Value {
    json!({ "refund_if_paid": true })
}

/// What was told of wishes: their payloads.
async fn wishes(house: &House) -> Vec<Value> {
    let sql = "SELECT body FROM outbox WHERE routing_key = 'order.cancel.requested'
               ORDER BY sequence";
    let bodies = house.database.read(move |c| {
        let mut statement = c.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.collect::<Result<Vec<_>, _>>()
    });
    let parse = |body: &String| serde_json::from_str::<Value>(body).unwrap();
    bodies.await.unwrap().iter().map(parse).collect()
}

async fn payloads(house: &House) -> Vec<Value> {
    wishes(house).await.into_iter().map(|event| event["data"].clone()).collect()
}

#[tokio::test]
async fn a_wish_is_noted_and_told_and_moves_nothing() {
    let (house, id) = told(&["pending"]).await;
    let wish = json!({ "refund_if_paid": false, "reason": "Salah pesan" });
    let answer = house.cancel("key-2", id, &wish).await;
    assert_eq!((answer.status, answer.replayed), (202, false), "{}", answer.text);
    assert_eq!(answer.location, Some(format!("/v1/orders/{id}")));
    let order = answer.json();
    assert_eq!(order["status"], "awaiting_payment", "the outcome is the gateway's");
    assert_eq!(order["cancel_requested_at"], "2026-11-22T05:05:00Z");
    assert_eq!(order["refund_if_paid"], false);
    assert_eq!(order["cancel_reason"], "Salah pesan");
    assert_eq!(order["version"], 3);
    assert_eq!(house.get(&format!("/v1/orders/{id}")).await, (200, order));
    assert_eq!(house.rows().await, [1, 2, 3, 2, 2], "{TABLES:?}");

    let [event] = &wishes(&house).await[..] else { panic!() };
    assert_eq!(
        (&event["type"], &event["sequence"]),
        (&json!("order.cancel.requested.v1"), &json!(3))
    );
    assert_eq!(
        (&event["subject"], &event["correlationid"]),
        (&json!(id.to_string()), &json!("req-1"))
    );
    let data =
        json!({ "order_id": id.to_string(), "refund_if_paid": false, "reason": "Salah pesan" });
    assert_eq!(event["data"], data);
    let fact = house.story(id).await.timeline.pop().unwrap();
    assert_eq!((fact.what.as_str(), fact.actor.as_str()), (REQUESTED, "api"));
    assert!(!fact.detail.contains("Salah"), "the merchant's text may name somebody");
    house.check(id).await;

    assert_eq!(house.told(&[payment(id, 9, "cancelled", 9)]).await, [Ok(())]);
    assert_eq!(house.status(id).await, "cancelled");
    house.check(id).await;
}

#[tokio::test]
async fn every_state_answers_a_wish_by_its_rule() {
    let ends: [(&[&str], [u16; 2]); 13] = [
        (&[], [202, 202]),
        (&["pending"], [202, 202]),
        (&["authorized"], [202, 202]),
        (&["challenged"], [202, 202]),
        (&["denied"], [202, 202]),
        (&["paid"], [409, 202]),
        (&["cancelled"], [409, 409]),
        (&["expired"], [409, 409]),
        (&["paid", "partially_refunded"], [409, 409]),
        (&["paid", "refunded"], [409, 409]),
        (&["paid", "reversed"], [409, 409]),
        (&["paid", "charged_back"], [409, 409]),
        (&["expired", "refund_manual_required"], [409, 409]),
    ];
    for (statuses, expected) in ends {
        for (wish, expected) in [keep(), refund()].iter().zip(expected) {
            let (house, id) = told(statuses).await;
            let (before, status) = (house.rows().await, house.status(id).await);
            let answer = house.cancel("key-2", id, wish).await;
            assert_eq!(answer.status, expected, "{statuses:?} {wish}: {}", answer.text);
            assert_eq!(house.status(id).await, status, "a wish moves nothing");
            if expected == 409 {
                let problem = answer.json();
                assert_eq!(
                    (&problem["code"], &problem["order_status"]),
                    (&json!("conflict"), &json!(status))
                );
                assert_eq!(house.rows().await, before, "{statuses:?}: no effect");
            } else {
                assert_eq!(wishes(&house).await.len(), 1);
            }
            house.check(id).await;
        }
    }
}

#[tokio::test]
async fn who_cancels_a_paid_order_learns_how_to_refund_it() {
    let (house, id) = told(&["paid"]).await;
    let refused = house.cancel("key-2", id, &keep()).await;
    let problem = refused.json();
    assert_eq!((refused.status, &problem["order_status"]), (409, &json!("paid")));
    let refunds = format!("/v1/payments/{PAYMENT}/refunds");
    assert_eq!(problem["refund_url"], refunds);
    let detail = problem["detail"].as_str().unwrap();
    for part in ["is paid", &format!("POST {refunds}"), "\"refund_if_paid\": true"] {
        assert!(detail.contains(part), "{detail}");
    }
    let accepted = house.cancel("key-2", id, &refund()).await;
    assert_eq!((accepted.status, accepted.replayed), (202, false), "the key was not used up");
    assert_eq!(
        (&accepted.json()["status"], &accepted.json()["refund_if_paid"]),
        (&json!("paid"), &json!(true))
    );
    assert_eq!(
        payloads(&house).await,
        [json!({ "order_id": id.to_string(), "refund_if_paid": true })]
    );
    house.check(id).await;
}

#[tokio::test]
async fn a_wish_that_is_open_is_answered_alike_and_told_once() {
    let (house, id) = told(&["pending"]).await;
    let first = house.cancel("key-2", id, &json!({ "reason": "Salah pesan" })).await;
    house.clock.advance(Duration::from_secs(5));
    let again = house.cancel("key-3", id, &json!({ "reason": "Lupa" })).await;
    assert_eq!((again.status, again.replayed), (202, false));
    assert_eq!(again.text, first.text, "the first wish stands");
    assert_eq!(house.facts(id).await.last().unwrap(), REQUESTED);
    assert_eq!(wishes(&house).await.len(), 1);
    house.check(id).await;
}

#[tokio::test]
async fn a_wish_is_raised_to_a_refund_and_not_lowered() {
    let (house, id) = told(&["pending"]).await;
    house.cancel("key-2", id, &json!({ "reason": "Salah pesan" })).await;
    house.clock.advance(Duration::from_secs(5));
    let raised = house.cancel("key-3", id, &refund()).await.json();
    assert_eq!(raised["refund_if_paid"], true);
    assert_eq!(raised["cancel_requested_at"], "2026-11-22T05:05:00Z", "asked first then");
    let lowered = house.cancel("key-4", id, &json!({ "refund_if_paid": false })).await;
    assert_eq!((lowered.status, &lowered.json()["refund_if_paid"]), (202, &json!(true)));
    let told = |refund: bool| json!({ "order_id": id.to_string(), "refund_if_paid": refund, "reason": "Salah pesan" });
    assert_eq!(payloads(&house).await, [told(false), told(true)]);
    // It was paid meanwhile: the money is on its way back, whoever asks again.
    assert_eq!(house.told(&[payment(id, 7, "paid", 7)]).await, [Ok(())]);
    assert_eq!(house.cancel("key-5", id, &keep()).await.status, 202);
    assert_eq!(wishes(&house).await.len(), 2);
    house.check(id).await;
}

#[tokio::test]
async fn a_double_click_is_one_wish() {
    let (house, id) = told(&["pending"]).await;
    let body = refund();
    let answers = join_all((0..50).map(|_| house.cancel("key-2", id, &body))).await;
    assert!(answers.iter().all(|a| (a.status, &a.text) == (202, &answers[0].text)));
    assert_eq!(answers.iter().filter(|a| !a.replayed).count(), 1);
    assert_eq!(house.rows().await, [1, 2, 3, 2, 2], "{TABLES:?}");
    house.check(id).await;
}

#[tokio::test]
async fn many_wishes_at_once_under_their_own_keys_are_told_once() {
    let (house, id) = told(&["pending"]).await;
    let keys: Vec<String> = (0..20).map(|n| format!("key-c{n}")).collect();
    let body = keep();
    let answers = join_all(keys.iter().map(|key| house.cancel(key, id, &body))).await;
    assert!(answers.iter().all(|a| a.status == 202), "{answers:?}");
    assert_eq!(wishes(&house).await.len(), 1);
    assert_eq!(house.count("idempotency_keys").await, 21);
    house.check(id).await;
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_before_whatever_became_of_the_order() {
    let (house, id) = told(&["pending"]).await;
    let first = house.cancel("key-2", id, &keep()).await;
    assert_eq!(house.told(&[payment(id, 9, "cancelled", 9)]).await, [Ok(())]);
    let again = house.cancel("key-2", id, &keep()).await;
    assert_eq!((again.status, again.replayed, &again.text), (202, true, &first.text));
    // The same key for another wish, another order or another endpoint is another request.
    assert_eq!(house.cancel("key-2", id, &refund()).await.status, 422);
    assert_eq!(house.cancel("key-1", id, &keep()).await.status, 422);
    let other = house.place("key-9", &draft()).await.id();
    assert_eq!(house.cancel("key-2", other, &keep()).await.status, 422);
    assert_eq!(house.place("key-2", &draft()).await.status, 422);
    assert_eq!(house.cancel("key-3", id, &keep()).await.status, 409, "a new request is refused");
    house.check(id).await;
}

/// Whichever comes first is decided on; the other is decided again on what it left.
#[tokio::test]
async fn a_wish_and_a_payment_at_once_are_decided_one_after_the_other() {
    let (mut before, mut after) = (0, 0);
    let mut steps = 0;
    for _ in 0..STEPS_MAX {
        let (house, id) = told(&["pending"]).await;
        let paid = [payment(id, 9, "paid", 9)];
        let wish = keep();
        let mut asking = pin!(house.cancel("key-2", id, &wish));
        let (answer, ended) = match cut(steps, asking.as_mut()).await {
            Some(answer) => {
                assert_eq!(house.told(&paid).await, [Ok(())]);
                (answer, true)
            }
            None => {
                let (told, answer) = tokio::join!(house.told(&paid), asking);
                assert_eq!(told, [Ok(())]);
                (answer, false)
            }
        };
        assert_eq!(house.status(id).await, "paid", "cut after {steps}");
        let facts = house.facts(id).await;
        let wished = facts.iter().position(|fact| fact == REQUESTED);
        match answer.status {
            202 => {
                let order = answer.json();
                let version = json!(wished.unwrap() + 1);
                assert_eq!(
                    (&order["status"], &order["version"]),
                    (&json!("awaiting_payment"), &version)
                );
                before += 1;
            }
            409 => {
                assert_eq!(wished, None, "a refusal leaves nothing");
                assert_eq!(house.count("idempotency_keys").await, 1);
                after += 1;
            }
            other => panic!("{other}: {}", answer.text),
        }
        house.check(id).await;
        steps += 1;
        if ended {
            // How far the payment gets meanwhile is the machine's to say: until each came first.
            if before > 0 && after > 0 {
                return;
            }
            steps = 0;
        }
    }
    panic!("it does not end: {before} before and {after} after the payment");
}

#[tokio::test]
async fn the_answer_tells_of_the_order_that_was_decided_on() {
    let (mut kept, mut again) = (0, 0);
    for steps in 0..STEPS_MAX {
        let (house, id) = told(&["pending"]).await;
        let paid = [payment(id, 9, "paid", 9)];
        let wish = refund();
        let mut asking = pin!(house.cancel("key-2", id, &wish));
        let Some(answer) = cut(steps, asking.as_mut()).await else {
            assert_eq!(house.told(&paid).await, [Ok(())]);
            let order = asking.await.json();
            let first = order["status"] == "awaiting_payment";
            assert!(first || order["status"] == "paid", "{order}");
            assert_eq!(order["version"], if first { 3 } else { 4 }, "{order}");
            if first {
                kept += 1;
            } else {
                again += 1;
            }
            assert_eq!(wishes(&house).await.len(), 1);
            house.check(id).await;
            continue;
        };
        assert_eq!(answer.json()["status"], "awaiting_payment");
        assert!(again > 0, "{kept} kept, {again} decided again");
        return;
    }
    panic!("it does not end");
}

#[tokio::test]
async fn a_client_that_hangs_up_anywhere_leaves_a_whole_wish_or_nothing() {
    for steps in 0..STEPS_MAX {
        let (house, id) = told(&["pending"]).await;
        let ended = cut(steps, house.cancel("key-2", id, &keep())).await.is_some();
        house.settle().await;
        let rows = house.rows().await;
        assert!(
            [[1, 2, 2, 1, 1], [1, 2, 3, 2, 2]].contains(&rows[..].try_into().unwrap()),
            "{rows:?}"
        );
        let again = house.cancel("key-2", id, &keep()).await;
        assert_eq!((again.status, again.replayed), (202, rows[2] == 3), "cut after {steps}");
        assert_eq!(house.rows().await, [1, 2, 3, 2, 2]);
        house.check(id).await;
        if ended {
            return;
        }
    }
    panic!("it does not end");
}

#[tokio::test]
async fn a_wish_is_recorded_whole_or_not_at_all() {
    for broken in ["timeline", "outbox", "idempotency_keys"] {
        let (house, id) = told(&["pending"]).await;
        let before = house.rows().await;
        let stop = "BEGIN SELECT RAISE(ABORT, 'no'); END";
        house.execute(format!("CREATE TRIGGER no BEFORE INSERT ON {broken} {stop}")).await;
        assert_eq!(house.cancel("key-2", id, &keep()).await.status, 500, "{broken}");
        assert_eq!(house.rows().await, before, "after a failure in {broken}");
        assert_eq!(house.order(id).await.cancellation, None);
        house.execute("DROP TRIGGER no".into()).await;
        assert_eq!(house.cancel("key-2", id, &keep()).await.status, 202);
        house.check(id).await;
    }
    let (house, id) = told(&["pending"]).await;
    house.set_away(true);
    let refused = house.cancel("key-2", id, &keep()).await;
    assert_eq!((refused.status, &refused.json()["retryable"]), (503, &json!(true)));
    house.set_away(false);
    let taken = house.cancel("key-2", id, &keep()).await;
    assert_eq!((taken.status, taken.replayed), (202, false));
    house.check(id).await;
}

#[tokio::test]
async fn what_is_not_the_callers_order_is_no_order() {
    let (house, id) = told(&["pending"]).await;
    let missing = house.cancel("key-2", Uuid::from_u128(9), &keep()).await;
    assert_eq!((missing.status, house.count("idempotency_keys").await), (404, 1));
    house.execute("UPDATE orders SET account = 'toko-2'".into()).await;
    let foreign = house.cancel("key-2", id, &keep()).await;
    assert_eq!((foreign.status, foreign.text), (404, missing.text), "the two look the same");
    for path in ["/v1/orders/x/cancel", "/v1/orders/1%20OR%201=1/cancel"] {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "key-2")
            .body(Body::from("{}"));
        assert_eq!(house.ask(request.unwrap()).await.status, 404, "{path}");
    }
    assert_eq!(wishes(&house).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_wish_that_cannot_be_read_is_refused_by_its_field_and_leaves_nothing() {
    let (house, id) = told(&["pending"]).await;
    let before = house.rows().await;
    for (body, pointer) in [
        (json!({ "reason": "x".repeat(256) }), "/reason"),
        (json!({ "reason": "" }), "/reason"),
        (json!({ "reason": "a\u{0}b" }), "/reason"),
        (json!({ "reason": "a\r\nb" }), "/reason"),
        (json!({ "reason": 7 }), "/reason"),
        (json!({ "refund_if_paid": "true" }), "/refund_if_paid"),
        (json!({ "refund_if_paid": 1 }), "/refund_if_paid"),
        (json!({ "refund_if_paid": null }), "/refund_if_paid"),
        (json!({ "refund": true }), "/refund"),
    ] {
        let refused = house.cancel("key-2", id, &body).await;
        assert_eq!(refused.status, 422, "{body}: {}", refused.text);
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    for list in [json!([]), json!([true]), json!([true, "Salah pesan"]), json!(null), json!(7)] {
        assert_eq!(house.cancel("key-2", id, &list).await.status, 422, "{list}");
    }
    for (text, kind, key, expected) in [
        ("", "application/json", "key-2", 400),
        ("{\"reason\": \"x", "application/json", "key-2", 400),
        ("{}", "text/plain", "key-2", 415),
        ("{}", "application/json", "", 400),
    ] {
        let request = Request::post(format!("/v1/orders/{id}/cancel"))
            .header(header::CONTENT_TYPE, kind)
            .header("idempotency-key", key)
            .body(Body::from(text));
        assert_eq!(house.ask(request.unwrap()).await.status, expected, "{text} {kind} {key}");
    }
    assert_eq!(house.rows().await, before);
    let longest = json!({ "reason": "é".repeat(255) });
    assert_eq!(house.cancel("key-2", id, &longest).await.status, 202);
    house.check(id).await;
}
