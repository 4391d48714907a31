//! A fleet on three PostgreSQL servers and a RabbitMQ node of its own.

use orderflow::compose::Part;
use servers::{Postgres, RabbitMq};
use std::path::Path;
use testkit::{Fleet, Servers, VirtualHost};
use url::Url;

pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_orderflow"))
}

/// Everything that can be taken away.
pub(crate) struct House {
    pub(crate) fleet: Fleet,
    pub(crate) databases: Vec<(Part, Postgres)>,
    pub(crate) broker: RabbitMq,
    _host: VirtualHost,
}

impl House {
    pub(crate) async fn start() -> Self {
        let database = |part: Part| {
            tokio::task::spawn_blocking(move || {
                let server = Postgres::temporary().unwrap();
                server.execute("postgres", "CREATE DATABASE shop").unwrap();
                (part, server)
            })
        };
        let broker = tokio::task::spawn_blocking(|| RabbitMq::temporary().unwrap());
        let mut databases = Vec::new();
        for starting in Part::ALL.map(database) {
            databases.push(starting.await.unwrap());
        }
        let broker = broker.await.unwrap();
        let amqp = Url::parse(&broker.amqp_url()).unwrap();
        let management = Url::parse(&broker.management_url()).unwrap();
        let host = VirtualHost::create_on(binary(), &amqp, management).await;
        let urls = [0, 1, 2].map(|n: usize| {
            let (part, server) = &databases[n];
            let mut url = Url::parse(&server.url()).unwrap();
            url.set_path("shop");
            (*part, url.to_string())
        });
        let servers = Servers {
            databases: urls,
            amqp: host.amqp.clone(),
            management: host.management().to_string(),
        };
        let fleet = Fleet::on(binary(), servers, &[]).await;
        fleet.autopay(100).await;
        Self { fleet, databases, broker, _host: host }
    }

    pub(crate) fn database(&mut self, part: Part) -> &mut Postgres {
        &mut self.databases.iter_mut().find(|(p, _)| *p == part).unwrap().1
    }
}
