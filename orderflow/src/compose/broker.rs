//! The broker of this process: its own, or RabbitMQ.

use super::part::Part;
use crate::config::{BadSetting, Config};
use kernel::Clock;
use messaging::in_process::InProcessBroker;
use messaging::{Broker, Queue};
use messaging_rabbitmq::{RabbitBroker, RabbitConfig};
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "broker.url";
const WAITING: &str = "start or mend it, or correct the setting and start again; orders are taken \
                       meanwhile, and their events wait in the outbox";
/// How long the first look at the broker may take. It may be down: that is no reason not to start.
const FIRST_LOOK: Duration = Duration::from_secs(6);

/// The broker port, and what is to be known of the broker behind it.
pub(super) struct Chosen {
    pub(super) broker: Arc<dyn Broker>,
    /// It has dead-letter queues of its own.
    pub(super) dead_letters: bool,
    /// What is wrong with it at the moment. It can come right while we run, and orders are taken
    /// meanwhile.
    pub(super) troubles: Vec<BadSetting>,
}

/// Which broker, decided from the settings alone.
pub(super) enum Plan {
    InProcess,
    Rabbit(Box<RabbitConfig>),
}

impl Plan {
    /// For a process that runs `parts`.
    pub(super) fn of(config: &Config, parts: &[Part]) -> Result<Self, BadSetting> {
        let url = &config.broker.url;
        if url.is_empty() {
            if parts.len() == Part::ALL.len() {
                return Ok(Self::InProcess);
            }
            let problem = "a service that runs by itself reaches the others by a broker only";
            let fix = "set it to RabbitMQ's address, or run everything with \"orderflow up\"";
            return Err(BadSetting::new(KEY, problem, fix));
        }
        let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
        let name = format!("orderflow {} {}", names.join("+"), std::process::id());
        match RabbitConfig::try_new(url.reveal(), name) {
            Ok(rabbit) => Ok(Self::Rabbit(Box::new(rabbit))),
            Err(bad) => Err(BadSetting::new(KEY, bad.to_string(), "correct the URL")),
        }
    }

    /// Opens it; one that is down is no reason not to start.
    pub(super) async fn open(self, parts: &[Part], clock: Arc<dyn Clock>) -> Chosen {
        match self {
            Self::InProcess => {
                let broker = InProcessBroker::new();
                for part in parts {
                    broker.declare(part.queue());
                }
                Chosen { broker: Arc::new(broker), dead_letters: false, troubles: Vec::new() }
            }
            Self::Rabbit(rabbit) => {
                let broker = RabbitBroker::start(*rabbit, clock);
                let queues: Vec<Queue> =
                    parts.iter().flat_map(|part| [part.queue(), part.dead_queue()]).collect();
                let troubles = look(&broker, &queues).await;
                Chosen { broker: Arc::new(broker), dead_letters: true, troubles }
            }
        }
    }
}

/// Says exactly what is missing.
async fn look(broker: &RabbitBroker, queues: &[Queue]) -> Vec<BadSetting> {
    let trouble = |problem: String, fix: &str| BadSetting::new(KEY, problem, fix);
    match tokio::time::timeout(FIRST_LOOK, broker.check(queues)).await {
        Ok(Ok(missing)) => {
            let fix = "run \"orderflow topology apply\"; events wait in the outbox until then";
            missing.into_iter().map(|sentence| trouble(sentence, fix)).collect()
        }
        Ok(Err(error)) => vec![trouble(error.to_string(), WAITING)],
        Err(_) => vec![trouble("the broker does not answer".to_owned(), WAITING)],
    }
}
