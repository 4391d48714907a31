//! The confirm channel: writes a round and collects its confirms. Judges nothing.

use super::verdict::{confirmed, verdicts};
use crate::config::{RabbitConfig, name};
use crate::link::Link;
use futures::TryStreamExt;
use futures::future::try_join_all;
use futures::stream::FuturesOrdered;
use kernel::Clock;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, PublisherConfirm};
use messaging::{Published, Unit};

/// Units without a confirm, at most.
pub(super) const UNCONFIRMED_MAX: usize = 1024;
const PERSISTENT: u8 = 2;

/// Why a round has no answers.
pub(super) enum Failure {
    Library(lapin::Error),
    /// A returned message belongs to no unit of the round: nothing can be told for certain.
    Stray,
}

impl From<lapin::Error> for Failure {
    fn from(error: lapin::Error) -> Self {
        Self::Library(error)
    }
}

/// The confirm channel and what is written on every message.
pub(super) struct Post<'a> {
    channel: Channel,
    exchange: ShortString,
    properties: BasicProperties,
    clock: &'a dyn Clock,
}

impl<'a> Post<'a> {
    pub(super) async fn open(
        link: &Link,
        config: &RabbitConfig,
        clock: &'a dyn Clock,
    ) -> Result<Self, lapin::Error> {
        let channel = link.connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_app_id(name(&config.app_id))
            .with_user_id(name(&config.address.user));
        Ok(Self { channel, exchange: name(config.exchange), properties, clock })
    }

    /// Publishes a round; every confirm is in when this returns well.
    pub(super) async fn send(&self, units: &[Unit]) -> Result<Vec<Published>, Failure> {
        let mut published = Vec::with_capacity(units.len());
        for units in units.chunks(UNCONFIRMED_MAX) {
            published.extend(self.send_together(units).await?);
        }
        Ok(published)
    }

    async fn send_together(&self, units: &[Unit]) -> Result<Vec<Published>, Failure> {
        // Polled in this order, each takes its number and queues its frames with its first poll.
        let mut sending = FuturesOrdered::new();
        for unit in units {
            sending.push_back(self.publish(unit));
        }
        let confirms: Vec<_> = sending.try_collect().await?;
        let answers = try_join_all(confirms.into_iter().map(confirmed)).await?;
        verdicts(units, answers).ok_or(Failure::Stray)
    }

    /// Queues a unit; `None` if its routing key is longer than the protocol can say.
    async fn publish(&self, unit: &Unit) -> Result<Option<PublisherConfirm>, lapin::Error> {
        let Ok(routing_key) = ShortString::try_new(unit.routing_key.as_str()) else {
            return Ok(None);
        };
        let content_type = match unit.body.first() {
            Some(b'[') => "application/cloudevents-batch+json",
            _ => "application/cloudevents+json",
        };
        let mut properties = self
            .properties
            .clone()
            .with_message_id(unit.message_id.to_string().into())
            .with_content_type(content_type.into());
        if let Ok(seconds) = u64::try_from(self.clock.now().as_second()) {
            properties = properties.with_timestamp(seconds);
        }
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let exchange = self.exchange.clone();
        let confirm = self
            .channel
            .basic_publish(exchange, routing_key, options, &unit.body, properties)
            .await?;
        Ok(Some(confirm))
    }
}
