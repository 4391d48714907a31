//! The topology as a picture, for the documents. Drawn from the same data as the definitions.

use super::{DEAD_LETTER_EXCHANGE, EXCHANGE, Topology, dead_letter_queue};
use std::collections::BTreeSet;
use std::fmt::Write;

/// A service and the routing keys that it publishes.
#[derive(Debug, Clone, Copy)]
pub struct Producer<'a> {
    /// The service's name.
    pub service: &'a str,
    /// Exact routing keys.
    pub keys: &'a [&'a str],
}

impl Topology {
    /// A Mermaid flowchart: producers, exchange, queues, consumers, dead letters. A queue belongs
    /// to the service that its name begins with, up to the first dot.
    pub fn mermaid(&self, producers: &[Producer<'_>]) -> String {
        let mut chart = String::from("flowchart LR\n");
        let mut line = |text: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(chart, "    {text}");
        };
        line(format!("exchange{{{{\"{EXCHANGE}\"}}}}"));
        line(format!("dead{{{{\"{DEAD_LETTER_EXCHANGE}\"}}}}"));
        for (n, producer) in producers.iter().enumerate() {
            line(format!("producer{n}[\"{}\"]", producer.service));
            line(format!("producer{n} -- \"{}\" --> exchange", producer.keys.join("<br/>")));
        }
        let services: BTreeSet<_> = self.queues.iter().map(|q| service(q.name)).collect();
        for consumer in &services {
            line(format!("consumer_{consumer}[\"{consumer}\"]"));
        }
        for (n, queue) in self.queues.iter().enumerate() {
            line(format!("queue{n}[(\"{}\")]", queue.name));
            line(format!("dead{n}[(\"{}\")]", dead_letter_queue(queue.name)));
            line(format!("exchange -- \"{}\" --> queue{n}", queue.bindings.join("<br/>")));
            line(format!("queue{n} --> consumer_{}", service(queue.name)));
            line(format!("queue{n} -. \"given up\" .-> dead -. \"{}\" .-> dead{n}", queue.name));
        }
        chart
    }
}

fn service(queue: &str) -> &str {
    queue.split_once('.').map_or(queue, |(service, _)| service)
}
