//! The ways to reach customers, behind the [`Channel`](crate::usecase::ports::Channel) port.
//!
//! An adapter moves one message and reports; when to try again is the sending job's business.

mod mailbox;
mod smtp;

pub use mailbox::MailboxChannel;
pub use smtp::{SmtpChannel, SmtpConfigError};
