//! I17: the queues, where RabbitMQ's management API may be asked.

use super::invariants::{Advice, Judged};
use super::report::Line;
use crate::compose::Part;
use crate::management::{Management, QueueSeen};
use anyhow::anyhow;
use std::time::Duration;

const SAYS: &str = "nothing is left in a queue";
/// The management API tells what was there some seconds ago: messages on their way are no leftovers.
const LOOKS: usize = 5;
const PAUSE: Duration = Duration::from_secs(3);

/// Where queues are looked at.
#[derive(Debug, Clone, Default)]
pub(crate) enum Queues {
    /// Nowhere: events go from hand to hand inside a process.
    #[default]
    None,
    /// At a broker that does not show them.
    Hidden,
    /// At a broker with its management API.
    Shown {
        /// The API.
        url: String,
        /// The virtual host.
        virtual_host: String,
    },
}

/// The line of the queues.
pub(super) async fn line(queues: &Queues) -> anyhow::Result<Line> {
    let (undecided, judged) = match queues {
        Queues::None => (Some("no broker is configured, so there is no queue"), Judged::default()),
        Queues::Hidden => (Some("needs broker.management_url"), Judged::default()),
        Queues::Shown { url, virtual_host } => (None, looks(url, virtual_host).await?),
    };
    Ok(Line { code: "I17", says: SAYS, undecided, judged })
}

/// Looks at all queues until each was empty once or moved on, some times at most.
async fn looks(url: &str, virtual_host: &str) -> anyhow::Result<Judged> {
    let management = Management::try_new(url)
        .map_err(|why| anyhow!("broker.management_url cannot be used: {why}"))?;
    let mut looks = vec![management.queues(virtual_host).await?];
    let mut judged = judge(&looks);
    while !judged.violations.is_empty() && looks.len() < LOOKS {
        tokio::time::sleep(PAUSE).await;
        looks.push(management.queues(virtual_host).await?);
        judged = judge(&looks);
    }
    Ok(judged)
}

/// What some looks at all queues, the last one last, come to. At work no look finds all of them empty.
fn judge(looks: &[Vec<QueueSeen>]) -> Judged {
    let mut judged = Judged::default();
    for name in Part::ALL.into_iter().flat_map(|part| [part.queue().name, part.dead_queue().name]) {
        judged.checks(1);
        let of = |look: &'_ Vec<QueueSeen>| look.iter().position(|queue| queue.name == name);
        let seen: Vec<&QueueSeen> =
            looks.iter().filter_map(|look| of(look).map(|at| &look[at])).collect();
        let there = looks.last().is_some_and(|look| of(look).is_some());
        let (Some(first), Some(last), true) = (seen.first(), seen.last(), there) else {
            let what = format!("queue {name} is not there");
            // It reads no system, and so takes no --url.
            judged.finds_at_large(what, Advice::words("orderflow topology apply"));
            continue;
        };
        if seen.iter().any(|queue| queue.waiting() == Some((0, 0))) {
            continue;
        }
        if last.acked() > first.acked() {
            judged.notes("at work");
            continue;
        }
        let (what, repair) = match last.waiting() {
            Some((ready, unacked)) => (
                format!("queue {name}: {ready} ready, {unacked} unacked"),
                "is its service running? It reads them by itself",
            ),
            None => (
                format!("queue {name} was not counted by the broker"),
                "are the statistics of its management plug-in on?",
            ),
        };
        judged.finds_at_large(what, Advice::words(repair));
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A look at all queues, of which one holds so much and had so many acknowledged.
    fn look(named: &str, ready: u64, acked: u64) -> Vec<QueueSeen> {
        let parts = Part::ALL.into_iter().flat_map(|p| [p.queue().name, p.dead_queue().name]);
        let seen = |name: &str| {
            let (ready, acked) = if name == named { (ready, acked) } else { (0, 0) };
            let queue = json!({ "name": name, "messages_ready": ready,
                "messages_unacknowledged": 0, "message_stats": { "ack": acked } });
            serde_json::from_value(queue).unwrap()
        };
        parts.map(seen).collect()
    }

    fn wrong(looks: &[Vec<QueueSeen>]) -> Vec<String> {
        judge(looks).violations.into_iter().map(|violation| violation.what).collect()
    }

    #[test]
    fn each_queue_is_empty_in_some_look_or_moves_on() {
        let (one, other) = (Part::Order.queue().name, Part::Payment.queue().name);
        let left = [format!("queue {one}: 2 ready, 0 unacked")];
        assert_eq!(wrong(&[look(one, 2, 7)]), left);
        assert_eq!(wrong(&[look(one, 2, 7), look(one, 2, 7)]), left);
        assert_eq!(wrong(&[look(one, 2, 7), look(one, 0, 9)]), [""; 0]);
        // Never all of them at once.
        assert_eq!(wrong(&[look(one, 2, 7), look(other, 3, 7)]), [""; 0]);
        assert_eq!(wrong(&[look(one, 2, 7), look(one, 5, 8)]), [""; 0], "it is worked on");
        assert_eq!(judge(&[look(one, 2, 7), look(one, 5, 8)]).of_them["at work"], 1);
    }

    #[test]
    fn a_queue_that_was_not_counted_is_not_empty() {
        let name = Part::Order.queue().name;
        let uncounted = || {
            let mut look = look("", 0, 0);
            look.retain(|queue| queue.name != name);
            look.push(serde_json::from_value(json!({ "name": name })).unwrap());
            look
        };
        let what = format!("queue {name} was not counted by the broker");
        assert_eq!(wrong(&[uncounted()]), [what]);
        assert_eq!(wrong(&[uncounted(), look("", 0, 0)]), [""; 0]);
    }

    #[test]
    fn a_queue_that_is_gone_is_told() {
        let mut gone = look("", 0, 0);
        gone.remove(0);
        assert_eq!(wrong(&[look("", 0, 0), gone]).len(), 1);
    }
}
