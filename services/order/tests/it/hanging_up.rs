//! Whoever goes away between any two steps leaves a whole effect or none.

use crate::house::{House, cut, draft, payment};
use kernel::Uuid;

/// More steps than any of this has.
const STEPS_MAX: usize = 200;

#[tokio::test]
async fn a_client_that_hangs_up_anywhere_leaves_a_whole_order_or_nothing() {
    for steps in 0..STEPS_MAX {
        let house = House::new();
        let ended = cut(steps, house.place("key-1", &draft())).await.is_some();
        house.settle().await;
        let rows = house.rows().await;
        assert!([[0; 5], [1, 2, 1, 1, 1]].contains(&rows[..].try_into().unwrap()), "{rows:?}");
        let whole = rows[0] == 1;

        let again = house.place("key-1", &draft()).await;
        assert_eq!(again.replayed, whole, "cut after {steps}");
        assert_eq!(house.rows().await, [1, 2, 1, 1, 1], "exactly one order");
        house.check(again.id()).await;
        if ended {
            assert!(whole && steps > 1, "{steps}");
            return;
        }
    }
    panic!("it does not end");
}

#[tokio::test]
async fn a_client_that_hangs_up_is_not_waited_for() {
    let house = House::new();
    let body = draft();
    let (gone, placed) =
        tokio::join!(cut(1, house.place("key-1", &body)), house.place("key-2", &body));
    assert_eq!(gone, None);
    house.settle().await;
    house.check(placed.id()).await;
}

#[tokio::test]
async fn a_consumer_that_dies_anywhere_has_applied_the_event_or_not() {
    for steps in 0..STEPS_MAX {
        let house = House::new();
        let id = house.placed().await;
        let event = [payment(id, 1, "paid", 2)];
        let ended = cut(steps, house.told(&event)).await.is_some();
        house.settle().await;
        let applied = house.status(id).await == "paid";
        assert_eq!(house.count("inbox").await, u64::from(applied), "cut after {steps}");
        assert_eq!(house.told(&event).await, [Ok(())], "it is delivered again");
        assert_eq!(house.status(id).await, "paid");
        assert_eq!(house.facts(id).await, ["order_placed", "order_status_changed"]);
        house.check(id).await;
        if ended {
            assert!(applied && steps > 1, "{steps}");
            return;
        }
    }
    panic!("it does not end");
}

#[tokio::test]
async fn another_key_is_another_order_even_with_the_same_body() {
    let house = House::new();
    let ids: [Uuid; 2] =
        [house.place("key-1", &draft()).await.id(), house.place("key-2", &draft()).await.id()];
    assert_ne!(ids[0], ids[1]);
    assert_eq!(house.count("orders").await, 2);
}
