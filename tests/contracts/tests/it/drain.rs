//! The drain: what a broker gave up comes back to the consumer that it was for.

use crate::consumer::{NAME, bench, body, packed, pairs};
use contracts::storage::Database;
use messaging::{Drain, Queue};
use std::time::Duration;

/// A batch is split: what was handled stays so, what was not is scheduled and then handled, and
/// what is no event is parked.
#[tokio::test]
async fn what_a_broker_gave_up_is_scheduled_split_and_handled_once() {
    let mut bench = bench([]).await;
    bench.take([body(1)]).await;
    let drain = Drain {
        consumer: NAME,
        queue: Queue { name: "contracts.dead", bindings: &[] },
        broker: bench.consumer.broker.clone(),
        inbox: bench.consumer.inbox.clone(),
        clock: bench.clock.clone(),
    };
    let acked = bench.subscription.acks.len();
    bench.subscription.drain([packed([1, 2]), "{".to_owned()]);
    assert_eq!(drain.run_once(&mut bench.subscription).await.unwrap(), 2);
    assert_eq!(bench.subscription.acks.len(), acked + 1, "acknowledged once it is committed");
    assert_eq!(bench.states(1).await, pairs(&[(1, "handled"), (2, "deferred")]));
    let parked = bench.world.database.dead_letters().list(9).await.unwrap();
    assert_eq!(parked.len(), 1, "{parked:?}");
    bench.clock.advance(Duration::from_secs(7));
    assert_eq!(bench.consumer.retry_once().await.unwrap(), 1);
    assert_eq!(bench.states(1).await, pairs(&[(1, "handled"), (2, "handled")]));
}
