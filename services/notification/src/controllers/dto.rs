//! Wire types of the notification API. Addresses are shown: they are the merchant's own data.

use crate::models::Message;
use engine::Versioned;
use serde::{Deserialize, Serialize};

/// A message, as answered.
#[derive(Debug, Clone, Serialize)]
pub struct NotificationDto {
    pub id: String,
    pub order_id: String,
    pub channel: &'static str,
    pub template: &'static str,
    pub status: &'static str,
    pub recipient: String,
    pub locale: &'static str,
    pub subject: String,
    /// Only of a single message, as is `html`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Tries since it was queued last.
    pub attempts: u32,
    /// How often it was asked for again.
    pub resends: u32,
    /// Why the last try did not succeed. A queued message with one is tried again, or lies among
    /// the dead letters if no try is left.
    pub last_error: Option<String>,
    /// Grows with every fact.
    pub version: u32,
    pub created_at: String,
    pub updated_at: String,
    pub sent_at: Option<String>,
}

/// A page of messages, newest first, without their texts.
#[derive(Debug, Clone, Serialize)]
pub struct NotificationPage {
    pub data: Vec<NotificationDto>,
    /// There are older ones: ask again with `starting_after` set to the last id.
    pub has_more: bool,
}

/// The answer to `POST /v1/notifications/{id}/resend`.
#[derive(Debug, Clone, Serialize)]
pub struct ResendDto {
    pub id: String,
    pub status: &'static str,
}

/// `GET /v1/notifications?…`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    #[serde(default)]
    pub order_id: Option<String>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub starting_after: Option<String>,
    #[serde(default)]
    pub limit: Option<usize>,
}

impl NotificationDto {
    /// The message without its texts.
    pub fn summary(message: &Versioned<Message>) -> Self {
        let Versioned { version, state: message } = message;
        Self {
            id: message.id.to_string(),
            order_id: message.order.to_string(),
            channel: message.channel.as_str(),
            template: message.template.as_str(),
            status: message.status.as_str(),
            recipient: message.recipient.reveal().to_owned(),
            locale: message.locale.as_str(),
            subject: message.content.subject.clone(),
            text: None,
            html: None,
            attempts: message.attempts,
            resends: message.resends,
            last_error: message.last_error.clone(),
            version: version.0,
            created_at: message.created_at.to_string(),
            updated_at: message.updated_at.to_string(),
            sent_at: message.sent_at.map(|at| at.to_string()),
        }
    }

    /// The whole message.
    pub fn whole(message: &Versioned<Message>) -> Self {
        let content = &message.state.content;
        Self {
            text: Some(content.text.clone()),
            html: Some(content.html.clone()),
            ..Self::summary(message)
        }
    }
}
