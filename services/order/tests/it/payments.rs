//! Orders move as their payments move, whatever order and however often that is told.

use crate::house::{House, answer, draft, event, payment, request};
use kernel::{ConstantIds, EventId, Ids, Retryability, Timestamp, Uuid};
use serde_json::json;
use std::time::Duration;
use tower::ServiceExt;

const CHANGED: &str = "order_status_changed";
const IGNORED: &str = "payment_ignored";

async fn placed() -> (House, Uuid) {
    let house = House::new();
    let id = house.placed().await;
    (house, id)
}

#[tokio::test]
async fn an_order_follows_its_payment() {
    let (house, id) = placed().await;
    for (n, (told, expected)) in
        [("pending", "awaiting_payment"), ("paid", "paid"), ("refunded", "refunded")]
            .into_iter()
            .enumerate()
    {
        let sequence = u32::try_from(n).unwrap() + 2;
        let event = payment(id, n as u128, told, sequence);
        assert_eq!(house.told(&[event]).await, [Ok(())]);
        assert_eq!(house.status(id).await, expected);
    }
    let order = house.order(id).await;
    let payment = order.payment.unwrap();
    assert_eq!((payment.sequence, payment.method.as_deref()), (4, Some("qris")));
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED, CHANGED, CHANGED]);
    house.check(id).await;
}

#[tokio::test]
async fn one_event_is_one_fact_however_often_it_comes() {
    let (house, id) = placed().await;
    let paid = || payment(id, 1, "paid", 2);
    assert_eq!(house.told(&[paid(), paid()]).await, [Ok(()), Ok(())]);
    for _ in 0..3 {
        assert_eq!(house.told(&[paid()]).await, [Ok(())]);
    }
    let event = [paid()];
    tokio::join!(house.told(&event), house.told(&event));
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED]);
    assert_eq!(house.count("inbox").await, 1);
    house.check(id).await;
}

#[tokio::test]
async fn two_instances_that_get_one_event_at_once_apply_it_once() {
    let (house, id) = placed().await;
    let event = [payment(id, 1, "paid", 2)];
    let both = tokio::join!(house.told(&event), house.told(&event));
    assert_eq!(both, (vec![Ok(())], vec![Ok(())]));
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED]);
    house.check(id).await;
}

#[tokio::test]
async fn two_facts_at_once_are_both_in_the_timeline() {
    let (house, id) = placed().await;
    let (one, other) = ([payment(id, 1, "pending", 2)], [payment(id, 2, "paid", 3)]);
    let both = tokio::join!(house.told(&one), house.told(&other));
    assert_eq!(both, (vec![Ok(())], vec![Ok(())]));
    assert_eq!(house.status(id).await, "paid");
    assert_eq!(house.facts(id).await.len(), 3);
    house.check(id).await;
}

#[tokio::test]
async fn the_same_status_again_is_noted_and_the_order_stays_where_it_is() {
    for status in ["paid", "refund_manual_required"] {
        let (house, id) = placed().await;
        assert_eq!(house.told(&[payment(id, 1, status, 3)]).await, [Ok(())]);
        assert_eq!(house.told(&[payment(id, 2, status, 5)]).await, [Ok(())]);
        assert_eq!(house.told(&[payment(id, 2, status, 5)]).await, [Ok(())]);
        assert_eq!(house.status(id).await, status);
        assert_eq!(house.facts(id).await, ["order_placed", CHANGED, "payment_noted"]);
        assert_eq!(house.order(id).await.payment.unwrap().sequence, 5);
        // An older fact is stale from then on, and a newer one is not.
        assert_eq!(house.told(&[payment(id, 3, "reversed", 4)]).await, [Ok(())]);
        assert_eq!(house.status(id).await, status);
        assert_eq!(house.told(&[payment(id, 4, "refunded", 6)]).await, [Ok(())]);
        assert_eq!(house.status(id).await, "refunded");
        house.check(id).await;
    }
}

#[tokio::test]
async fn the_same_status_twice_is_taken_in_any_order() {
    for dealt in [[0, 1], [1, 0]] {
        let (house, id) = placed().await;
        let both = [payment(id, 1, "paid", 3), payment(id, 2, "paid", 5)];
        let told = dealt.map(|n: usize| both[n].clone());
        assert_eq!(house.told(&told).await, [Ok(()), Ok(())]);
        assert_eq!(house.status(id).await, "paid");
        let after = if dealt == [0, 1] { "payment_noted" } else { IGNORED };
        assert_eq!(house.facts(id).await, ["order_placed", CHANGED, after]);
        assert_eq!(house.order(id).await.payment.unwrap().sequence, 5);
        house.check(id).await;
    }
}

#[tokio::test]
async fn what_comes_late_is_recorded_and_moves_nothing_back() {
    let (house, id) = placed().await;
    assert_eq!(house.told(&[payment(id, 3, "paid", 3)]).await, [Ok(())]);
    assert_eq!(house.told(&[payment(id, 2, "pending", 2)]).await, [Ok(())]);
    assert_eq!(house.told(&[payment(id, 4, "reversed", 3)]).await, [Ok(())], "not newer either");
    assert_eq!(house.status(id).await, "paid");
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED, IGNORED, IGNORED]);
    assert_eq!(house.order(id).await.payment.unwrap().sequence, 3);
    assert_eq!(house.count("inbox").await, 3);
    house.check(id).await;
}

#[tokio::test]
async fn what_the_table_does_not_allow_is_recorded_and_moves_nothing() {
    let (house, id) = placed().await;
    let facts = [payment(id, 1, "paid", 2), payment(id, 2, "expired", 3)];
    assert_eq!(house.told(&facts).await, [Ok(()), Ok(())]);
    assert_eq!(house.status(id).await, "paid");
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED, IGNORED]);
    house.check(id).await;
}

/// A fact that could not be handled at once is tried again behind those that followed it.
#[tokio::test]
async fn a_refund_that_overtakes_its_payment_is_a_refund() {
    let (house, id) = placed().await;
    assert_eq!(house.told(&[payment(id, 2, "refunded", 3)]).await, [Ok(())]);
    assert_eq!(house.told(&[payment(id, 1, "paid", 2)]).await, [Ok(())]);
    assert_eq!(house.status(id).await, "refunded");
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED, IGNORED]);
    house.check(id).await;
}

#[tokio::test]
async fn late_money_that_nobody_can_give_back_waits_for_an_operator() {
    let (house, id) = placed().await;
    for (n, (told, expected)) in (2..).zip([
        ("cancelled", "cancelled"),
        ("refund_manual_required", "refund_manual_required"),
        ("refunded", "refunded"),
    ]) {
        assert_eq!(house.told(&[payment(id, n.into(), told, n)]).await, [Ok(())]);
        assert_eq!(house.status(id).await, expected);
    }
    house.check(id).await;
}

#[tokio::test]
async fn money_that_comes_after_the_end_counts() {
    let (house, id) = placed().await;
    let late = [payment(id, 1, "expired", 2), payment(id, 2, "paid", 3)];
    assert_eq!(house.told(&late).await, [Ok(()), Ok(())]);
    assert_eq!(house.status(id).await, "paid");
    house.check(id).await;
}

#[tokio::test]
async fn the_facts_of_one_order_are_folded_in_sequence() {
    let (house, id) = placed().await;
    let both = [payment(id, 1, "pending", 2), payment(id, 2, "paid", 3)];
    assert_eq!(house.told(&both).await, [Ok(()), Ok(())]);
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED, CHANGED]);
    house.check(id).await;

    let (house, id) = placed().await;
    let mut subscription = house.subscribe().await;
    let reversed = [payment(id, 2, "paid", 3), payment(id, 1, "pending", 2)];
    house.deliver(&mut *subscription, &reversed).await;
    assert_eq!(house.status(id).await, "paid");
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED, CHANGED], "sorted first");
    house.check(id).await;
}

#[tokio::test]
async fn a_batch_that_was_partly_handled_is_handled_event_by_event() {
    let (house, id) = placed().await;
    let [one, two, three] = [(1, "pending", 2), (2, "denied", 3), (3, "paid", 4)]
        .map(|(n, status, sequence)| payment(id, n, status, sequence));
    assert_eq!(house.told(std::slice::from_ref(&one)).await, [Ok(())]);
    assert_eq!(house.told(&[one, two, three]).await, [Ok(()), Ok(()), Ok(())]);
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED, CHANGED, CHANGED]);
    assert_eq!(house.status(id).await, "paid");
    house.check(id).await;
}

#[tokio::test]
async fn a_payment_before_its_order_waits_and_is_applied_after() {
    let house = House::new();
    let ids = || ConstantIds::new(Timestamp::UNIX_EPOCH);
    let id = ids().uuid();
    let [Err(failure)] = &house.told(&[payment(id, 1, "paid", 2)]).await[..] else { panic!() };
    assert_eq!(failure.retryability, Retryability::Transient);

    let mut subscription = house.subscribe().await;
    house.deliver(&mut *subscription, &[payment(id, 1, "paid", 2)]).await;
    assert_eq!(house.story(id).await.inbox[0].state, "deferred");
    assert_eq!(house.count("orders").await, 0, "no order is invented");

    let routes = house.with_ids(ids()).routes;
    let placed = answer(routes.oneshot(request("key-1", &draft())).await.unwrap()).await;
    assert_eq!(placed.id(), id);
    house.clock.advance(Duration::from_secs(10));
    assert_eq!(house.service.consumer.retry_once().await.unwrap(), 1);
    assert_eq!(house.status(id).await, "paid");
    assert_eq!(house.story(id).await.inbox[0].state, "handled");
    house.check(id).await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_for_good_and_alone() {
    let (house, id) = placed().await;
    let good = json!({
        "payment_id": Uuid::from_u128(7).to_string(), "order_id": id.to_string(),
        "payment_status": "paid", "payment_method": null, "total_amount": 185_000,
        "currency": "IDR",
    });
    let mut unknown = good.clone();
    unknown["payment_status"] = json!("settled");
    let mut nameless = good.clone();
    nameless["payment_id"] = json!("7");
    let batch = [
        event(id, 1, "payment.status.updated.v2", 2, &good),
        event(id, 2, "refund.requested.v1", 3, &good),
        event(id, 3, "payment.status.updated.v1", 4, &json!({})),
        event(id, 4, "payment.status.updated.v1", 5, &unknown),
        event(id, 5, "payment.status.updated.v1", 6, &nameless),
        payment(Uuid::from_u128(99), 6, "paid", 2),
        event(id, 7, "payment.status.updated.v1", 7, &good),
    ];
    let results = house.told(&batch).await;
    let kinds: Vec<_> = results.iter().map(|r| r.as_ref().err().map(|f| f.retryability)).collect();
    let (permanent, transient) = (Some(Retryability::Permanent), Some(Retryability::Transient));
    let expected = [permanent, permanent, permanent, permanent, permanent, transient, None];
    assert_eq!(kinds, expected, "{results:?}");
    assert_eq!(house.status(id).await, "paid", "a bad event does not fail its neighbours");
    house.check(id).await;
}

#[tokio::test]
async fn an_event_id_that_is_used_again_for_something_else_is_refused() {
    let (house, id) = placed().await;
    assert_eq!(house.told(&[payment(id, 1, "pending", 2)]).await, [Ok(())]);
    let [Err(failure)] = &house.told(&[payment(id, 1, "paid", 3)]).await[..] else { panic!() };
    assert_eq!(failure.retryability, Retryability::Permanent);
    assert_eq!(house.status(id).await, "awaiting_payment");
    house.check(id).await;
}

#[tokio::test]
async fn an_effect_and_its_inbox_row_are_one() {
    for broken in ["inbox", "timeline"] {
        let (house, id) = placed().await;
        let stop = "BEGIN SELECT RAISE(ABORT, 'no'); END";
        house.execute(format!("CREATE TRIGGER no BEFORE INSERT ON {broken} {stop}")).await;
        assert!(house.told(&[payment(id, 1, "paid", 2)]).await[0].is_err(), "{broken}");
        assert_eq!(house.status(id).await, "pending");
        assert_eq!(house.count("inbox").await, 0);
        house.execute("DROP TRIGGER no".into()).await;
        assert_eq!(house.told(&[payment(id, 1, "paid", 2)]).await, [Ok(())]);
        assert_eq!(house.status(id).await, "paid");
        house.check(id).await;
    }
}

#[tokio::test]
async fn a_database_that_is_away_defers_everything() {
    let (house, id) = placed().await;
    house.set_away(true);
    let batch = [payment(id, 1, "pending", 2), payment(id, 2, "paid", 3)];
    for result in house.told(&batch).await {
        assert_eq!(result.unwrap_err().retryability, Retryability::Transient);
    }
    house.set_away(false);
    assert_eq!(house.told(&batch).await, [Ok(()), Ok(())]);
    assert_eq!(house.facts(id).await, ["order_placed", CHANGED, CHANGED]);
    house.check(id).await;
}

#[tokio::test]
async fn the_timeline_names_the_event_as_the_cause() {
    let (house, id) = placed().await;
    house.told(&[payment(id, 7, "paid", 2)]).await;
    let row = house.story(id).await.timeline.pop().unwrap();
    assert_eq!(row.causation, Some(EventId(Uuid::from_u128(7))));
    assert_eq!(row.correlation, "req-1");
}
