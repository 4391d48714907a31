//! Each service built on its database. The services never see each other.

use super::database::{Database, Opened};
use super::gateway::{channel, gateway};
use super::part::Part;
use super::rooms::{Room, Shared};
use crate::config::{BadSetting, ChannelKind, Config};
use engine::Store;
use engine::jobs::Work;
use kernel::Clock;
use messaging::Consumer;
use notification::models::Contact;
use notification::repository::{postgres as notification_postgres, sqlite as notification_sqlite};
use notification::usecase::ports::Messages;
use order::models::PaymentWindow;
use order::repository::{postgres::PostgresOrders, sqlite::SqliteOrders};
use order::usecase::ports::Orders;
use payment::repository::{postgres::PostgresPayments, sqlite::SqlitePayments};
use payment::usecase::NoteExchanges;
use payment::usecase::ports::Payments;
use std::sync::Arc;

/// What one service is built from.
pub(super) struct Site<'a> {
    pub(super) config: &'a Config,
    pub(super) shared: &'a Shared,
    pub(super) opened: Opened,
}

/// What every service gives back.
struct Built {
    routes: axum::Router,
    consumer: Arc<Consumer>,
    works: Vec<Arc<dyn Work>>,
    notes: Option<Arc<NoteExchanges>>,
}

impl Site<'_> {
    pub(super) fn build(self) -> anyhow::Result<Room> {
        let built = match self.opened.part {
            Part::Order => self.order()?,
            Part::Payment => self.payment()?,
            Part::Notification => self.notification()?,
        };
        let Built { routes, consumer, works, notes } = built;
        let Opened { part, ports, clock, .. } = self.opened;
        Ok(Room { part, ports, clock, routes, consumer, works, notes })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.opened.clock.clone()
    }

    fn order(&self) -> anyhow::Result<Built> {
        let ids = self.shared.ids.clone();
        let orders: Arc<dyn Orders> = match &self.opened.database {
            Database::Sqlite(db) => Arc::new(SqliteOrders::new(db.clone(), db.writer(), ids)),
            Database::Postgres(db) => Arc::new(PostgresOrders::new(db.clone(), db.writer(), ids)),
        };
        let service = order::build(
            order::Config {
                public_url: self.shared.public_url.clone(),
                pending_events_max: self.config.limits.pending_events_max,
                payment_window: payment_window(self.config)?,
            },
            order::Ports {
                orders,
                inbox: self.opened.ports.inbox.clone(),
                broker: self.shared.broker.clone(),
                clock: self.clock(),
                ids: self.shared.ids.clone(),
            },
        );
        Ok(Built {
            routes: service.routes,
            consumer: service.consumer,
            works: Vec::new(),
            notes: None,
        })
    }

    fn payment(&self) -> anyhow::Result<Built> {
        let ids = self.shared.ids.clone();
        let payments: Arc<dyn Payments> = match &self.opened.database {
            Database::Sqlite(db) => Arc::new(SqlitePayments::new(db.clone(), db.writer(), ids)),
            Database::Postgres(db) => Arc::new(PostgresPayments::new(db.clone(), db.writer(), ids)),
        };
        let public_url = self.shared.public_url.clone();
        let service = payment::build(
            payment::Config { public_url: public_url.clone() },
            payment::Ports {
                payments,
                inbox: self.opened.ports.inbox.clone(),
                gateway: gateway(self.config, &self.shared.simulator_url, &public_url)?,
                broker: self.shared.broker.clone(),
                clock: self.clock(),
                ids: self.shared.ids.clone(),
            },
        );
        Ok(Built {
            routes: service.routes,
            consumer: service.consumer,
            works: service.works,
            notes: Some(service.notes),
        })
    }

    fn notification(&self) -> anyhow::Result<Built> {
        let ids = self.shared.ids.clone();
        let (contacts, messages): (Arc<dyn Store<Contact>>, Arc<dyn Messages>) =
            match &self.opened.database {
                Database::Sqlite(db) => {
                    use notification_sqlite::{SqliteContacts, SqliteMessages};
                    let writer = db.writer();
                    (
                        Arc::new(SqliteContacts::new(db.clone(), writer.clone(), ids.clone())),
                        Arc::new(SqliteMessages::new(db.clone(), writer, ids)),
                    )
                }
                Database::Postgres(db) => {
                    use notification_postgres::{PostgresContacts, PostgresMessages};
                    let writer = db.writer();
                    (
                        Arc::new(PostgresContacts::new(db.clone(), writer.clone(), ids.clone())),
                        Arc::new(PostgresMessages::new(db.clone(), writer, ids)),
                    )
                }
            };
        let service = notification::build(
            notification::Config {
                public_url: self.shared.public_url.clone(),
                mailbox: self.config.notification.channel == ChannelKind::Mailbox,
            },
            notification::Ports {
                contacts,
                messages,
                inbox: self.opened.ports.inbox.clone(),
                channel: channel(self.config)?,
                broker: self.shared.broker.clone(),
                clock: self.clock(),
                ids: self.shared.ids.clone(),
            },
        );
        Ok(Built {
            routes: service.routes,
            consumer: service.consumer,
            works: service.works,
            notes: None,
        })
    }
}

fn payment_window(config: &Config) -> Result<PaymentWindow, BadSetting> {
    PaymentWindow::of_minutes(config.order.payment_window_minutes).map_err(|bad| {
        let problem = format!("it {bad}, since the gateway's page to pay on has such bounds");
        let usual = PaymentWindow::DEFAULT.minutes();
        let fix = format!("set it within them, or leave it out for {usual}");
        BadSetting::new("order.payment_window_minutes", problem, fix)
    })
}
