//! E-mail by SMTP, on lettre.
//!
//! One connection a message: lettre gives a connection back to its pool even when a send was given
//! up half-way, and the late answer of that one would be read as the answer to the next.

use crate::usecase::ports::{Channel, ChannelError, OutgoingMail};
use async_trait::async_trait;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::response::{Category, Severity};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::fmt;
use std::time::{Duration, SystemTime};

/// Reaching the server (reference: reliability.md 4, Mail).
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// The whole conversation. Shorter than RFC 5321 allows the server, because the job's lease is: a
/// mail given up after it was handed over is sent again under the same Message-ID.
const SEND_TIME_MAX: Duration = Duration::from_secs(20);

/// Settings that name no mail server or no sender.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    /// The URL.
    #[error("the SMTP URL must look like smtp://host:587?tls=required or smtps://user:pass@host")]
    Url(#[source] lettre::transport::smtp::Error),
    /// The sender.
    #[error("the sender must look like name@domain or Shop <name@domain>")]
    From(#[source] lettre::address::AddressError),
}

/// [`Channel`] over one SMTP server. Must be made inside a tokio runtime.
pub struct SmtpChannel {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// The URL holds a password, so nothing of the transport is shown.
impl fmt::Debug for SmtpChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpChannel").finish_non_exhaustive()
    }
}

impl SmtpChannel {
    /// Sends through the server at `url` (`smtp://`, `smtps://`; credentials and `?tls=required`
    /// inside) as `from`. Does not connect yet.
    pub fn try_new(url: &str, from: &str) -> Result<Self, SmtpConfigError> {
        let from: Mailbox = from.parse().map_err(SmtpConfigError::From)?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(SmtpConfigError::Url)?
            .timeout(Some(CONNECT_TIME_MAX))
            .pool_config(PoolConfig::new().max_size(0))
            .build();
        Ok(Self { transport, from })
    }

    /// The mail as MIME. Headers are written by lettre, from types that cannot hold a line break.
    fn compose(&self, mail: &OutgoingMail) -> Result<Message, ChannelError> {
        let never = |reason: String| ChannelError::Permanent { reason };
        let to = mail.to.reveal().parse().map_err(|_| never("no mail address".into()))?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.content.subject.as_str())
            .date(SystemTime::from(mail.written_at))
            .message_id(Some(self.message_id(mail)))
            // Asks other programs not to answer (RFC 3834).
            .raw_header(HeaderValue::new(automatic, "auto-generated".into()))
            .multipart(MultiPart::alternative_plain_html(
                mail.content.text.clone(),
                mail.content.html.clone(),
            ))
            .map_err(|error| never(format!("cannot be written as mail: {error}")))
    }

    /// Equal on every try, so that receivers can drop a copy; another one for a mail asked for
    /// again, so that they do not.
    fn message_id(&self, mail: &OutgoingMail) -> String {
        let domain = self.from.email.domain();
        match mail.resends {
            0 => format!("<{}@{domain}>", mail.id),
            again => format!("<{}.{again}@{domain}>", mail.id),
        }
    }
}

#[async_trait]
impl Channel for SmtpChannel {
    async fn send(&self, mail: &OutgoingMail) -> Result<(), ChannelError> {
        let message = self.compose(mail)?;
        match tokio::time::timeout(SEND_TIME_MAX, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => {
                let reason = "the mail server did not answer in time".into();
                Err(ChannelError::Transient { reason })
            }
        }
    }
}

/// 5xx is about this mail and final, except 53x, which is about our credentials: those get fixed.
/// Everything else passes.
fn failure(error: &lettre::transport::smtp::Error) -> ChannelError {
    let reason = error.to_string();
    let refused = error.status().is_some_and(|code| {
        code.severity == Severity::PermanentNegativeCompletion
            && code.category != Category::Unspecified3
    });
    if refused { ChannelError::Permanent { reason } } else { ChannelError::Transient { reason } }
}
