//! Consuming: the line of the consuming connection, and subscriptions on it.
//!
//! Every subscription has a channel of its own and never another one: when the channel ends the
//! subscription ends, so that no tag can be acknowledged on a channel that did not deliver it.
//! Declares nothing but passively; a service may not configure the broker.

use crate::config::{RabbitConfig, name};
use crate::explain::{ACCESS_REFUSED, Attempt, explain};
use crate::line::{Line, LinkState, PATIENCE, unavailable};
use crate::link::Link;
use async_trait::async_trait;
use futures::{FutureExt, StreamExt};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicQosOptions, ExchangeDeclareOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Consumer, ErrorKind, ExchangeKind};
use messaging::{BrokerError, Delivery, Queue, Subscription};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Makes subscriptions.
pub(crate) struct Subscriber {
    config: Arc<RabbitConfig>,
    state: watch::Receiver<LinkState>,
    link: watch::Receiver<Option<Arc<Link>>>,
}

impl Subscriber {
    /// Starts the line; it runs until `stop`.
    pub(crate) fn start(config: &Arc<RabbitConfig>, stop: CancellationToken) -> Self {
        let line = Line::new(config.clone(), "consume");
        let (sender, link) = watch::channel(None);
        let state = line.state();
        tokio::spawn(run(line, sender, stop));
        Self { config: config.clone(), state, link }
    }

    pub(crate) fn state(&self) -> LinkState {
        self.state.borrow().clone()
    }

    /// See [`messaging::Broker::subscribe`], except that the queue must be there.
    pub(crate) async fn subscribe(&self, queue: Queue) -> Result<RabbitSubscription, BrokerError> {
        let link = self.link().await?;
        self.in_time(async {
            let channel = link.connection.create_channel().await?;
            channel.basic_qos(self.config.prefetch, BasicQosOptions::default()).await?;
            let tag = name(&format!("{} {}", self.config.name, queue.name));
            let consumer = channel
                .basic_consume(
                    name(queue.name),
                    tag,
                    BasicConsumeOptions::default(),
                    FieldTable::default(),
                )
                .await?;
            let config = self.config.clone();
            Ok(RabbitSubscription {
                config,
                queue,
                consumer,
                channel,
                last: 0,
                acked: 0,
                ended: None,
            })
        })
        .await?
        .map_err(|error| self.error(&error, Attempt::Subscribe(queue.name)))
    }

    /// What is missing at the broker, in words; nothing if all is there.
    pub(crate) async fn missing(&self, queues: &[Queue]) -> Result<Vec<String>, BrokerError> {
        let link = self.link().await?;
        let exchange = self.config.exchange;
        let mut missing = Vec::new();
        // A failed declare costs its channel, so each has one of its own.
        let declared = async {
            let channel = link.connection.create_channel().await?;
            passively_declare_exchange(&channel, exchange).await
        };
        if let Err(error) = self.in_time(declared).await? {
            missing.extend(self.absence(&error, Attempt::Publish)?);
        }
        for queue in queues {
            let declared = async {
                let channel = link.connection.create_channel().await?;
                passively_declare_queue(&channel, queue.name).await
            };
            if let Err(error) = self.in_time(declared).await? {
                missing.extend(self.absence(&error, Attempt::Subscribe(queue.name))?);
            }
        }
        Ok(missing)
    }

    /// That something is not there is a finding. That we may not look is none: since 4.2.6 even a
    /// passive declare needs a permission, which services have no other use for
    /// (rabbitmq-server #16085). Anything else means that nothing was found out.
    fn absence(
        &self,
        error: &lapin::Error,
        attempt: Attempt<'_>,
    ) -> Result<Option<String>, BrokerError> {
        let BrokerError(text) = self.error(error, attempt);
        match error.kind() {
            ErrorKind::ProtocolError(refusal) if refusal.get_id() == ACCESS_REFUSED => Ok(None),
            _ if error.is_amqp_soft_error() => Ok(Some(text)),
            _ => Err(BrokerError(text)),
        }
    }

    fn error(&self, error: &lapin::Error, attempt: Attempt<'_>) -> BrokerError {
        BrokerError(explain(error, attempt, &self.config))
    }

    async fn link(&self) -> Result<Arc<Link>, BrokerError> {
        let mut links = self.link.clone();
        let link = tokio::time::timeout(PATIENCE, links.wait_for(Option::is_some)).await;
        let link = link.ok().and_then(|link| link.ok()?.clone());
        link.ok_or_else(|| unavailable(&self.state))
    }

    async fn in_time<T>(&self, answer: impl Future<Output = T>) -> Result<T, BrokerError> {
        let within = self.config.connect_timeout;
        let late = |_| BrokerError(format!("the broker did not answer within {within:?}"));
        tokio::time::timeout(within, answer).await.map_err(late)
    }
}

async fn run(mut line: Line, links: watch::Sender<Option<Arc<Link>>>, stop: CancellationToken) {
    while let Some(link) = stop.run_until_cancelled(line.connect()).await {
        let link = Arc::new(link);
        links.send_replace(Some(link.clone()));
        let stopped = stop.run_until_cancelled(line.ended(&link)).await.is_none();
        links.send_replace(None);
        if stopped {
            if let Ok(link) = Arc::try_unwrap(link) {
                link.close().await;
            }
            return;
        }
    }
}

async fn passively_declare_queue(channel: &Channel, queue: &str) -> Result<(), lapin::Error> {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(name(queue), options, FieldTable::default()).await?;
    Ok(())
}

async fn passively_declare_exchange(channel: &Channel, exchange: &str) -> Result<(), lapin::Error> {
    let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
    let arguments = FieldTable::default();
    channel.exchange_declare(name(exchange), ExchangeKind::Topic, options, arguments).await
}

/// One consumer on one channel. Dropping it closes the channel, and the broker takes back what was
/// not acknowledged.
pub(crate) struct RabbitSubscription {
    config: Arc<RabbitConfig>,
    queue: Queue,
    consumer: Consumer,
    channel: Channel,
    /// The newest tag handed out, and the newest acknowledged.
    last: u64,
    acked: u64,
    /// Why there will be no more deliveries; lapin tells it once and then waits for ever.
    ended: Option<String>,
}

impl RabbitSubscription {
    fn end(&mut self, error: Option<&lapin::Error>) -> BrokerError {
        let queue = self.queue.name;
        let reason = match error {
            Some(error) => explain(error, Attempt::Subscribe(queue), &self.config),
            None => format!("the broker cancelled the consumer of queue {queue}: was it deleted?"),
        };
        self.ended = Some(reason.clone());
        BrokerError(reason)
    }

    fn hand_out(&mut self, delivery: lapin::message::Delivery) -> Delivery {
        self.last = delivery.delivery_tag;
        Delivery {
            tag: delivery.delivery_tag,
            routing_key: original_key(&delivery).unwrap_or(delivery.routing_key.to_string()),
            body: delivery.data.into(),
            redelivered: delivery.redelivered,
        }
    }
}

/// A dead letter travels under the name of the queue that gave it up; its own routing key is the
/// first that the broker wrote down.
fn original_key(delivery: &lapin::message::Delivery) -> Option<String> {
    if delivery.exchange.as_str() != crate::topology::DEAD_LETTER_EXCHANGE {
        return None;
    }
    let deaths = delivery.properties.headers().as_ref()?.inner().get("x-death")?;
    let AMQPValue::FieldArray(deaths) = deaths else { return None };
    let AMQPValue::FieldTable(first) = deaths.as_slice().last()? else { return None };
    let AMQPValue::FieldArray(keys) = first.inner().get("routing-keys")? else { return None };
    match keys.as_slice().first()? {
        AMQPValue::LongString(key) => Some(key.to_string()),
        _ => None,
    }
}

#[async_trait]
impl Subscription for RabbitSubscription {
    async fn next(&mut self, max: usize) -> Result<Vec<Delivery>, BrokerError> {
        if let Some(reason) = &self.ended {
            return Err(BrokerError(reason.clone()));
        }
        let mut deliveries = Vec::new();
        // Only the first is waited for, and nothing is in hand while it is.
        let mut next = Some(self.consumer.next().await);
        while let Some(taken) = next {
            match taken {
                Some(Ok(delivery)) => deliveries.push(self.hand_out(delivery)),
                // What was drained before the end is in the queue again.
                Some(Err(error)) => return Err(self.end(Some(&error))),
                None => return Err(self.end(None)),
            }
            let more = deliveries.len() < max;
            next = if more { self.consumer.next().now_or_never() } else { None };
        }
        Ok(deliveries)
    }

    async fn ack_through(&mut self, tag: u64) -> Result<(), BrokerError> {
        // The broker closes the channel over a tag that it does not wait for.
        let tag = tag.min(self.last);
        if tag <= self.acked {
            return Ok(());
        }
        let acked = self.channel.basic_ack(tag, BasicAckOptions { multiple: true }).await;
        acked.map_err(|error| BrokerError(explain(&error, Attempt::Acknowledge, &self.config)))?;
        self.acked = tag;
        Ok(())
    }
}
