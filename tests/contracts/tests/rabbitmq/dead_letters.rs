//! What the broker gives up: in the queue's own `.dead` queue, under its own routing key.

use crate::server::{LEFT, VirtualHost, unit};
use contracts::wait::soon;
use messaging::{Broker, Published, Queue};
use messaging_rabbitmq::topology::DELIVERY_LIMIT;

const DEAD: Queue = Queue { name: "contracts.left.dead", bindings: &[] };

#[tokio::test]
async fn a_unit_that_kills_its_consumer_for_ever_is_a_dead_letter_under_its_own_key() {
    let host = VirtualHost::with(&[LEFT]).await;
    let broker = host.broker().await;
    let published = soon(broker.publish(vec![unit("both", 1)])).await.unwrap();
    assert_eq!(published, [Published::Confirmed]);
    for _ in 0..=DELIVERY_LIMIT {
        let mut left = soon(broker.subscribe(LEFT)).await.unwrap();
        assert_eq!(soon(left.next(1)).await.unwrap().len(), 1);
    }
    let mut dead = soon(broker.subscribe(DEAD)).await.unwrap();
    let letter = soon(dead.next(1)).await.unwrap().remove(0);
    assert_eq!((letter.routing_key.as_str(), &letter.body[..]), ("both", &b"1"[..]));
    soon(dead.ack_through(letter.tag)).await.unwrap();
}
