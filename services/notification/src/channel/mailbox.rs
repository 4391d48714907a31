//! The channel of the embedded system: delivers by doing nothing.
//!
//! What the mailbox page shows is the message's own row, so a message is in the mailbox as soon as
//! it is recorded as sent. Nothing leaves the machine.

use crate::usecase::ports::{Channel, ChannelError, OutgoingMail};
use async_trait::async_trait;

/// [`Channel`] into the built-in mailbox.
#[derive(Debug, Default, Clone, Copy)]
pub struct MailboxChannel;

#[async_trait]
impl Channel for MailboxChannel {
    async fn send(&self, _: &OutgoingMail) -> Result<(), ChannelError> {
        Ok(())
    }
}
