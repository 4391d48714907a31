//! Re-send by manifests, wired for one service: what its consumer hears beside its own events, and
//! what it announces and sends again.

use super::part::Part;
use super::rooms::Shared;
use engine::StoreError;
use kernel::Clock;
use messaging::manifest::{Announcer, AnnouncerPorts, Bookkeeper};
use messaging::{Consumer, Relay};
use std::sync::Arc;
use storage::Ports;

/// The same consumer, hearing manifests and requests too.
pub(super) async fn with_bookkeeper(
    part: Part,
    consumer: &Consumer,
    ports: &Ports,
    shared: &Shared,
) -> Result<Consumer, StoreError> {
    let clock = consumer.clock.clone();
    let first_start = ports.inventory.first_start(consumer.name, clock.now()).await?;
    let queue = part.queue();
    let bookkeeper = Bookkeeper {
        source: part.producer().source,
        consumer: consumer.name,
        bindings: queue.bindings,
        first_start,
        handler: consumer.handler.clone(),
        inventory: ports.inventory.clone(),
        tally: ports.tally.clone(),
        clock: clock.clone(),
        ids: shared.ids.clone(),
    };
    Ok(Consumer {
        name: consumer.name,
        queue,
        broker: consumer.broker.clone(),
        inbox: ports.inbox.clone(),
        handler: Arc::new(bookkeeper),
        clock,
    })
}

/// What sends again what was asked for.
pub(super) fn resender(ports: &Ports, shared: &Shared, clock: Arc<dyn Clock>) -> Arc<Relay> {
    let wake = ports.pulse.resends.clone();
    let relay =
        Relay::new(ports.resends.clone(), shared.broker.clone(), clock, shared.ids.clone(), wake);
    Arc::new(relay)
}

/// What tells how many events were sent.
pub(super) fn announcer(
    part: Part,
    ports: &Ports,
    shared: &Shared,
    clock: Arc<dyn Clock>,
) -> Announcer {
    let ports = AnnouncerPorts {
        tally: ports.tally.clone(),
        broker: shared.broker.clone(),
        clock,
        ids: shared.ids.clone(),
    };
    Announcer::new(part.producer(), ports)
}
