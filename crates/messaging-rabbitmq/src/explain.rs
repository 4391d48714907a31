//! What the library reports, in words that name the cause and the fix. Decides nothing: every
//! failure of the broker is transient to its callers.

use crate::config::{Address, RabbitConfig};
use lapin::{Error, ErrorKind};

/// What was tried when the broker refused.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attempt<'a> {
    Connect,
    Publish,
    Subscribe(&'a str),
    Acknowledge,
}

/// Reply codes of the protocol.
pub(crate) const ACCESS_REFUSED: u16 = 403;
const NOT_FOUND: u16 = 404;
const PRECONDITION_FAILED: u16 = 406;
const NOT_ALLOWED: u16 = 530;

/// Never holds a password or a body; the broker's own words are kept.
pub(crate) fn explain(error: &Error, attempt: Attempt<'_>, config: &RabbitConfig) -> String {
    let ErrorKind::ProtocolError(refusal) = error.kind() else {
        return match error.kind() {
            ErrorKind::IOError(io) => format!("the connection to {} failed: {io}", config.address),
            ErrorKind::MissingHeartbeatError => "the broker went silent".to_owned(),
            _ => format!("the channel or connection is closed: {error}"),
        };
    };
    let said = refusal.get_message();
    let Address { user, virtual_host, .. } = &config.address;
    let exchange = config.exchange;
    match (attempt, refusal.get_id()) {
        (Attempt::Connect, ACCESS_REFUSED) => {
            format!("the broker does not accept user {user} with this password: {said}")
        }
        (Attempt::Connect, NOT_ALLOWED) => {
            format!("virtual host {virtual_host} is missing or closed to user {user}: {said}")
        }
        (Attempt::Publish, NOT_FOUND) => format!(
            "exchange {exchange} is missing in virtual host {virtual_host}; \
             `orderflow topology apply` creates it: {said}"
        ),
        (Attempt::Publish, ACCESS_REFUSED) => format!(
            "user {user} may not publish to exchange {exchange}; \
             `orderflow topology users` prints what grants it: {said}"
        ),
        (Attempt::Publish, PRECONDITION_FAILED) => format!(
            "the broker refuses a message for its size or for not being from user {user}: {said}"
        ),
        (Attempt::Subscribe(queue), NOT_FOUND) => format!(
            "queue {queue} is missing in virtual host {virtual_host}; \
             `orderflow topology apply` creates it: {said}"
        ),
        (Attempt::Subscribe(queue), ACCESS_REFUSED) => format!(
            "user {user} may not read queue {queue}; \
             `orderflow topology users` prints what grants it: {said}"
        ),
        _ => format!("the broker ended it: {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::protocol::{AMQPError, AMQPErrorKind};

    fn explained(code: u16, said: &str, attempt: Attempt<'_>) -> String {
        let config = RabbitConfig::try_new("amqp://shop:hunter2@host/v", "test").unwrap();
        let kind = AMQPErrorKind::from_id(code).unwrap();
        let refusal = AMQPError::new(kind, said.into());
        explain(&ErrorKind::ProtocolError(refusal).into(), attempt, &config)
    }

    #[test]
    fn a_refusal_names_the_cause_and_the_fix() {
        let cases = [
            (404, Attempt::Publish, "exchange orderflow.events is missing in virtual host v"),
            (404, Attempt::Subscribe("q"), "queue q is missing in virtual host v"),
            (403, Attempt::Connect, "does not accept user shop"),
            (403, Attempt::Publish, "user shop may not publish to exchange orderflow.events"),
            (403, Attempt::Subscribe("q"), "user shop may not read queue q"),
            (406, Attempt::Publish, "not being from user shop"),
            (530, Attempt::Connect, "virtual host v is missing or closed to user shop"),
        ];
        for (code, attempt, expected) in cases {
            let text = explained(code, "BECAUSE", attempt);
            assert!(text.contains(expected) && text.ends_with("BECAUSE"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
            assert_eq!(code == 404, text.contains("`orderflow topology apply`"), "{text}");
        }
    }
}
