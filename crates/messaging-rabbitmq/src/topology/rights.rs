//! What a service's user may do at the broker: as little as it needs.
//!
//! Regular expressions, drawn from the routing keys that it sends and the queue that it reads, so
//! that a new key cannot be forgotten. Makes no users: names and passwords are the operator's.

use super::{EXCHANGE, dead_letter_queue, escaped, exactly};
use serde_json::{Value, json};

/// Declares nothing, as no service does.
const NOTHING: &str = "^$";
/// No key is secret to one who may read the queue.
const ANY_KEY: &str = ".*";

/// A user and its rights in a virtual host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    user: String,
    /// Exchanges that it publishes to.
    write: String,
    /// Routing keys that it publishes under.
    keys: String,
    /// Queues that it consumes from.
    read: String,
}

impl Rights {
    /// Of a user that sends under these keys, and reads these queues with their dead letters.
    pub fn new<'a>(
        user: &str,
        keys: impl IntoIterator<Item = &'a str>,
        queues: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let keys: Vec<&str> = keys.into_iter().collect();
        let queues = queues.into_iter().flat_map(|name| [name.to_owned(), dead_letter_queue(name)]);
        let write = if keys.is_empty() { NOTHING.to_owned() } else { exactly(EXCHANGE) };
        Self { user: user.to_owned(), write, keys: one_of(keys), read: one_of(queues) }
    }

    /// What grants them by hand.
    pub fn commands(&self, virtual_host: &str) -> [String; 2] {
        let Self { user, write, keys, read } = self;
        [
            format!(
                "rabbitmqctl set_permissions -p {virtual_host} {user} '{NOTHING}' '{write}' '{read}'"
            ),
            format!(
                "rabbitmqctl set_topic_permissions -p {virtual_host} {user} {EXCHANGE} '{keys}' \
                 '{ANY_KEY}'"
            ),
        ]
    }

    /// All of them in RabbitMQ's own format, for `load_definitions` and for
    /// `POST /api/definitions`; the users have to exist, or to stand in the same file. Granting
    /// again changes nothing.
    pub fn definitions(all: &[Self], virtual_host: &str) -> Value {
        let permission = |rights: &Self| {
            json!({ "user": rights.user, "vhost": virtual_host,
                "configure": NOTHING, "write": rights.write, "read": rights.read })
        };
        let topic_permission = |rights: &Self| {
            json!({ "user": rights.user, "vhost": virtual_host, "exchange": EXCHANGE,
                "write": rights.keys, "read": ANY_KEY })
        };
        json!({
            "permissions": all.iter().map(permission).collect::<Vec<_>>(),
            "topic_permissions": all.iter().map(topic_permission).collect::<Vec<_>>(),
        })
    }
}

/// The regular expression that matches these names and no others.
fn one_of<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| escaped(name.as_ref())).collect();
    names.sort_unstable();
    names.dedup();
    match &names[..] {
        [] => NOTHING.to_owned(),
        _ => format!("^({})$", names.join("|")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_writes_its_own_keys_and_reads_its_own_queue_and_its_dead_letters() {
        let rights = Rights::new("svc", ["order.created", "x"], ["order.payment-events"]);
        let all = Rights::definitions(&[rights], "shop");
        let permission = &all["permissions"][0];
        assert_eq!(permission["configure"], "^$");
        assert_eq!(permission["write"], r"^orderflow\.events$");
        let read = r"^(order\.payment-events|order\.payment-events\.dead)$";
        assert_eq!(permission["read"], read);
        let topic = &all["topic_permissions"][0];
        assert_eq!(topic["write"], r"^(order\.created|x)$");
        assert_eq!([&topic["user"], &topic["vhost"]], ["svc", "shop"]);
    }

    #[test]
    fn who_sends_nothing_may_write_nowhere() {
        let rights = Rights::new("svc", [], ["q"]);
        assert_eq!((rights.write.as_str(), rights.keys.as_str()), ("^$", "^$"));
    }
}
