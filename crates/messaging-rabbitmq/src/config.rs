//! Where the broker is and how it is used. Reads no environment and no file: the caller does, and
//! knows the name of the setting that an error is about.

use lapin::types::ShortString;
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use std::fmt;
use std::time::Duration;
use url::Url;

/// Bytes that the protocol allows for a name.
pub(crate) const NAME_BYTES_MAX: usize = 255;

/// A broker and the manners towards it.
#[derive(Debug, Clone)]
pub struct RabbitConfig {
    pub(crate) address: Address,
    /// Which process this is; the connections show as `{name} publish` and `{name} consume`.
    pub name: String,
    /// `app_id` of every published message.
    pub app_id: String,
    /// Where everything is published.
    pub exchange: &'static str,
    /// Silence of twice this long is a dead connection. Whole seconds.
    pub heartbeat: Duration,
    /// For TCP, TLS and the handshake together.
    pub connect_timeout: Duration,
    /// For a window from its publish to its last confirm; after it the connection is given up.
    /// A second less than the relay waits, so that the relay hears why.
    pub publish_deadline: Duration,
    /// Deliveries on their way to a subscription or held by it. Two drains: one in work and one
    /// at hand. More would charge more innocents with a delivery when a consumer dies.
    pub prefetch: u16,
}

impl RabbitConfig {
    /// The defaults, for the broker at `url`: `amqp://USER:PASSWORD@HOST[:PORT][/VIRTUAL-HOST]`,
    /// or `amqps` for TLS against the system's certificates. What is reserved in a URL is
    /// percent-encoded. `name` says which process this is.
    pub fn try_new(url: &str, name: impl Into<String>) -> Result<Self, UrlError> {
        Ok(Self {
            address: Address::try_new(url)?,
            name: name.into(),
            app_id: "orderflow".to_owned(),
            exchange: crate::topology::EXCHANGE,
            heartbeat: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            publish_deadline: Duration::from_secs(9),
            prefetch: 64,
        })
    }
}

/// A name of ours for the protocol; too long a one is cut, and then the broker knows no such name.
pub(crate) fn name(text: &str) -> ShortString {
    let end = text.floor_char_boundary(NAME_BYTES_MAX);
    ShortString::try_new(&text[..end]).unwrap_or_default()
}

/// A URL that names no broker. Says what is wrong and never quotes it: it holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL at all.
    #[error("it is no URL: {0}; write amqp://USER:PASSWORD@HOST:PORT/VIRTUAL-HOST")]
    Malformed(url::ParseError),
    /// Another protocol.
    #[error("it must begin with amqp:// or amqps://")]
    Scheme,
    /// Nowhere to connect to.
    #[error("it names no host: amqp://USER:PASSWORD@HOST:PORT/VIRTUAL-HOST")]
    Host,
    /// There are no default credentials.
    #[error("it names no user and password: amqp://USER:PASSWORD@HOST:PORT/VIRTUAL-HOST")]
    Credentials,
    /// A slash that is not part of a name.
    #[error("its virtual host has a slash in it; write %2F for one that belongs to the name")]
    VirtualHost,
    /// A decoded part is no UTF-8 or too long.
    #[error("its user, password or virtual host is not UTF-8, or longer than 255 bytes")]
    Part,
    /// Settings are no part of the address.
    #[error("it must end after the virtual host, without `?` and `#`")]
    Query,
}

/// A parsed URL; prints without its password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) tls: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    password: String,
    pub(crate) virtual_host: String,
}

impl Address {
    fn try_new(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text).map_err(UrlError::Malformed)?;
        let tls = match url.scheme() {
            "amqp" => false,
            "amqps" => true,
            _ => return Err(UrlError::Scheme),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::Query);
        }
        let host = match url.host() {
            // lapin would take `[::1]` for `localhost`.
            Some(url::Host::Ipv6(address)) => address.to_string(),
            Some(host) if !host.to_string().is_empty() => host.to_string(),
            _ => return Err(UrlError::Host),
        };
        let (user, password) = match (url.username(), url.password()) {
            ("", _) | (_, None) => return Err(UrlError::Credentials),
            (user, Some(password)) => (decoded(user)?, decoded(password)?),
        };
        let virtual_host = match url.path().strip_prefix('/').unwrap_or_default() {
            "" => "/".to_owned(),
            path if path.contains('/') => return Err(UrlError::VirtualHost),
            path => decoded(path)?,
        };
        let port = url.port().unwrap_or(if tls { 5671 } else { 5672 });
        Ok(Self { tls, host, port, user, password, virtual_host })
    }

    pub(crate) fn uri(&self, heartbeat: Duration) -> AMQPUri {
        let scheme = if self.tls { AMQPScheme::AMQPS } else { AMQPScheme::AMQP };
        let userinfo =
            AMQPUserInfo { username: self.user.clone(), password: self.password.clone() };
        let heartbeat = u16::try_from(heartbeat.as_secs()).unwrap_or(u16::MAX);
        AMQPUri {
            scheme,
            authority: AMQPAuthority { userinfo, host: self.host.clone(), port: self.port },
            vhost: self.virtual_host.clone(),
            query: AMQPQueryString { heartbeat: Some(heartbeat), ..AMQPQueryString::default() },
        }
    }
}

fn decoded(part: &str) -> Result<String, UrlError> {
    let decoded = percent_decoded(part).ok_or(UrlError::Part)?;
    if decoded.len() > NAME_BYTES_MAX { Err(UrlError::Part) } else { Ok(decoded) }
}

/// The `url` crate has let only well-formed and stray percent signs through; a stray one is kept.
fn percent_decoded(part: &str) -> Option<String> {
    let hex = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16));
    let bytes = part.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).ok()?);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "amqps" } else { "amqp" };
        write!(f, "{scheme}://{}@{}:{} (", self.user, self.host, self.port)?;
        write!(f, "virtual host {})", self.virtual_host)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Result<Address, UrlError> {
        RabbitConfig::try_new(url, "test").map(|config| config.address)
    }

    #[test]
    fn a_url_is_read_with_its_escapes() {
        let address = address("amqps://us%40er:p%2Fss@broker.example/shop%2Feu").unwrap();
        assert_eq!((address.user.as_str(), address.password.as_str()), ("us@er", "p/ss"));
        assert_eq!(
            (address.host.as_str(), address.port, address.tls),
            ("broker.example", 5671, true)
        );
        assert_eq!(address.virtual_host, "shop/eu");
    }

    #[test]
    fn what_is_not_said_has_a_default_except_who_it_is() {
        for url in ["amqp://u:p@[::1]", "amqp://u:p@[::1]/", "amqp://u:p@[::1]/%2F"] {
            let address = address(url).unwrap();
            assert_eq!((address.host.as_str(), address.port), ("::1", 5672));
            assert_eq!(address.virtual_host, "/");
        }
        assert_eq!(address("amqp://host"), Err(UrlError::Credentials));
        assert_eq!(address("amqp://user@host"), Err(UrlError::Credentials));
    }

    #[test]
    fn a_bad_url_is_refused_without_quoting_it() {
        let refused = [
            ("secret", UrlError::Malformed(url::ParseError::RelativeUrlWithoutBase)),
            ("http://u:secret@host", UrlError::Scheme),
            ("amqp:///vhost", UrlError::Host),
            ("amqp://u:secret@host/a/b", UrlError::VirtualHost),
            ("amqp://u:secret@host/a?heartbeat=1", UrlError::Query),
            ("amqp://u:%ffsecret@host", UrlError::Part),
        ];
        for (url, error) in refused {
            let found = address(url).unwrap_err();
            assert_eq!(found, error, "{url}");
            assert!(!found.to_string().contains("secret"), "{found}");
        }
    }

    #[test]
    fn the_password_is_never_printed() {
        let config = RabbitConfig::try_new("amqp://user:hunter2@host/shop", "test").unwrap();
        let printed = format!("{config:?}");
        assert!(!printed.contains("hunter2") && printed.contains("amqp://user@host:5672"));
    }

    #[test]
    fn names_are_cut_and_never_panic() {
        assert_eq!(name(&"é".repeat(200)).as_str().len(), 254);
    }
}
