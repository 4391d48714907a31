//! The operations of a service whose database holds a little of everything.

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use engine::{Guard, Outcome, Version};
use http_body_util::BodyExt;
use kernel::{
    Account, Cause, Clock, ConstantIds, EventId, Ids, JobId, ManualClock, Retryability, Timestamp,
    Uuid,
};
use messaging::in_process::InProcessBroker;
use messaging::{
    Consumer, Event, EventDraft, Failure, Handler, Inbox, Malformed, OutgoingEvent, Queue,
};
use ops::dto::{BacklogDto, DeadLetterPage, StoryDto};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use storage::sqlite::{Sqlite, SqliteRows};
use storage::{NewJob, RowOutcome, TimelineEntry, Write};
use tower::ServiceExt;

const ORDER: Uuid = Uuid::from_u128(0x0192_f0c1_2b3c_7d4e_8f50_6172_8394_0a1b);

/// This service has no tables of its own.
struct NoRows;

impl SqliteRows for NoRows {
    fn write(&self, _: &storage::sqlite::Connection) -> Result<RowOutcome, rusqlite::Error> {
        Ok(RowOutcome::Written)
    }
}
