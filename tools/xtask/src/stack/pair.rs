//! One PostgreSQL and one RabbitMQ, started at the same time.

use anyhow::{Context, Result, anyhow};
use servers::{AMQP_URL, POSTGRES_URL, Postgres, Programs, RABBITMQ_URL, RabbitMq, Run};
use std::sync::Arc;
use std::thread;

/// Dropped: both are killed.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) postgres: Postgres,
    pub(crate) rabbitmq: RabbitMq,
}

impl Pair {
    pub(crate) fn start(
        programs: &Programs,
        run: &Arc<Run>,
        definitions: Option<&str>,
    ) -> Result<Self> {
        thread::scope(|scope| {
            let postgres = scope.spawn(|| Postgres::open(programs, run, "postgres"));
            let rabbitmq = RabbitMq::open(programs, run, "rabbitmq", definitions);
            let postgres = postgres.join().map_err(|_| anyhow!("its thread panicked"));
            let postgres = postgres.flatten().context("PostgreSQL cannot be started")?;
            let rabbitmq = rabbitmq.context("RabbitMQ cannot be started")?;
            Ok(Self { postgres, rabbitmq })
        })
    }

    /// What tests read.
    pub(crate) fn variables(&self) -> [(&'static str, String); 3] {
        let (postgres, rabbitmq) = (&self.postgres, &self.rabbitmq);
        [
            (POSTGRES_URL, postgres.url()),
            (AMQP_URL, rabbitmq.amqp_url()),
            (RABBITMQ_URL, rabbitmq.management_url()),
        ]
    }

    /// Stops both in order.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let postgres = self.postgres.stop().context("PostgreSQL cannot be stopped");
        self.rabbitmq.stop().context("RabbitMQ cannot be stopped")?;
        postgres
    }
}
