//! RabbitMQ: what survives, and what a wipe loses.

use servers::{Programs, RabbitMq, Run};

const QUEUE: &str = "/api/queues/%2f/kept";
const DURABLE: &str = r#"{"durable":true,"arguments":{"x-queue-type":"quorum"}}"#;

fn status(broker: &RabbitMq, path: &str) -> u16 {
    broker.get(path).unwrap().0
}

#[test]
fn a_durable_queue_survives_a_kill_and_a_stop_but_no_wipe() {
    let mut broker = RabbitMq::temporary().unwrap();
    let urls = (broker.amqp_url(), broker.management_url());
    broker.change("PUT", QUEUE, DURABLE).unwrap();
    broker.kill().unwrap();
    assert!(broker.get(QUEUE).is_err());
    broker.start().unwrap();
    assert_eq!(status(&broker, QUEUE), 200);
    broker.stop().unwrap();
    broker.start().unwrap();
    assert_eq!(status(&broker, QUEUE), 200);
    broker.wipe().unwrap();
    assert_eq!(status(&broker, QUEUE), 404);
    assert_eq!((broker.amqp_url(), broker.management_url()), urls, "a restart moves nothing");
    assert!(broker.change("DELETE", QUEUE, "").is_err(), "an answer that is no success");
}

#[test]
fn definitions_are_there_from_the_first_connection_on_and_after_a_wipe() {
    let definitions = r#"{
        "vhosts": [{ "name": "orderflow" }],
        "queues": [{ "name": "work", "vhost": "orderflow", "durable": true, "auto_delete": false,
                     "arguments": { "x-queue-type": "quorum" } }]
    }"#;
    let run = Run::temporary().unwrap();
    let mut broker = RabbitMq::open(&Programs::find(), &run, "mq", Some(definitions)).unwrap();
    assert_eq!(status(&broker, "/api/vhosts/orderflow"), 200);
    broker.wipe().unwrap();
    assert_eq!(status(&broker, "/api/vhosts/orderflow"), 200);
    let (user, _) = broker.administrator();
    assert_eq!(status(&broker, &format!("/api/permissions/%2f/{user}")), 200);
    assert_eq!(status(&broker, "/api/users/guest"), 404, "nobody has a password that all know");
}
