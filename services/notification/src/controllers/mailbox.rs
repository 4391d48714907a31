//! The mailbox pages: what customers were sent, for whoever tries the system out. Mounted only
//! where the settings ask for them, since they show every customer's mail to anybody.

use super::notifications::Api;
use crate::models::{Message, MessageId};
use crate::usecase::ports::ListQuery;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse, Response};
use engine::Versioned;
use kernel::Account;
use runtime::{Path, Problem};
use std::sync::Arc;

/// Messages on the page.
const SHOWN_MAX: usize = 100;
/// No script, no outside resource, no form; the mail itself sits in a sandboxed frame and inherits
/// this.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "mailbox/list.html")]
struct ListPage {
    mails: Vec<Mail>,
    shown_max: usize,
}

#[derive(Template)]
#[template(path = "mailbox/message.html")]
struct MessagePage {
    mail: Mail,
    text: String,
    html: String,
}

struct Mail {
    id: String,
    order_id: String,
    status: &'static str,
    recipient: String,
    subject: String,
    last_error: Option<String>,
    at: String,
}

/// `GET /mailbox`: the newest messages; the page asks for itself again every few seconds.
pub async fn inbox(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let query = ListQuery {
        account: Account::default(),
        order: None,
        status: None,
        after: None,
        limit: SHOWN_MAX,
    };
    let found = api.messages.list(&query).await.map_err(Problem::of_fault)?;
    let mails = found.iter().map(Mail::of).collect();
    page(&ListPage { mails, shown_max: SHOWN_MAX })
}

/// `GET /mailbox/{id}`: one message as its reader sees it.
pub async fn opened(
    State(api): State<Arc<Api>>,
    Path(id): Path<MessageId>,
) -> Result<Response, Problem> {
    let found = api.messages.find(&Account::default(), id).await.map_err(Problem::of_fault)?;
    let message = found.ok_or_else(Problem::not_found)?;
    let mail = Mail::of(&message);
    let content = message.state.content;
    page(&MessagePage { mail, text: content.text, html: content.html })
}

impl Mail {
    fn of(message: &Versioned<Message>) -> Self {
        let message = &message.state;
        Self {
            id: message.id.to_string(),
            order_id: message.order.to_string(),
            status: message.status.as_str(),
            recipient: message.recipient.reveal().to_owned(),
            subject: message.content.subject.clone(),
            last_error: message.last_error.clone(),
            at: message.created_at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        }
    }
}

fn page(template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a mailbox page cannot be written");
        Problem::internal()
    })?;
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    Ok((headers, Html(html)).into_response())
}
