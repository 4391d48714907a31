//! The endpoints. They read and resolve; what a resolution means is the database's to know.

use crate::dto::{BacklogDto, DeadLetterDto, DeadLetterPage, StoryDto, StoryPage};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{Clock, Retryable, typed_id};
use runtime::{AuditPage, Json, LogOrder, Path, Problem, Query, cut, page_size};
use serde::Deserialize;
use std::sync::Arc;
use storage::{DeadLetters, Operations, Resolve};

typed_id! {
    /// An order, in an address.
    pub struct OrderId;
}
typed_id! {
    /// A dead letter, in an address.
    pub struct LetterId;
}

/// What the endpoints need.
pub(crate) struct Operator {
    pub(crate) service: &'static str,
    pub(crate) operations: Arc<dyn Operations>,
    pub(crate) dead_letters: Arc<dyn DeadLetters>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// `GET …/backlog`
pub(crate) async fn backlog(
    State(operator): State<Arc<Operator>>,
) -> Result<Json<BacklogDto>, Problem> {
    let backlog = operator.operations.backlog().await.map_err(Problem::of_fault)?;
    Ok(Json(BacklogDto::of(operator.service, &backlog)))
}

/// `GET …/orders/{id}`: an order that this service knows nothing of has an empty story, because
/// whoever composes stories asks every service.
pub(crate) async fn story(
    State(operator): State<Arc<Operator>>,
    Path(id): Path<OrderId>,
) -> Result<Response, Problem> {
    let story = operator.operations.story(id.uuid()).await.map_err(Problem::of_fault)?;
    let body = Json(StoryDto::of(operator.service, id.uuid(), story));
    Ok((LogOrder(id.to_string()), body).into_response())
}

/// `GET …/stories?…`: of all orders that this service knows of, by order.
pub(crate) async fn stories(
    State(operator): State<Arc<Operator>>,
    page: AuditPage<OrderId>,
) -> Result<Json<StoryPage>, Problem> {
    let found = operator.operations.stories(page.after.map(OrderId::uuid), page.limit + 1).await;
    let mut found = found.map_err(Problem::of_fault)?;
    let has_more = cut(&mut found, page.limit);
    let dto = |(order, story)| StoryDto::of(operator.service, order, story);
    Ok(Json(StoryPage { data: found.into_iter().map(dto).collect(), has_more }))
}

/// `GET …/dead-letters?…`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LettersParams {
    #[serde(default)]
    limit: Option<usize>,
}

/// `GET …/dead-letters`: the unresolved ones, oldest first.
pub(crate) async fn letters(
    State(operator): State<Arc<Operator>>,
    Query(params): Query<LettersParams>,
) -> Result<Json<DeadLetterPage>, Problem> {
    let limit = page_size(params.limit)?;
    let mut found = operator.dead_letters.list(limit + 1).await.map_err(Problem::of_fault)?;
    let has_more = cut(&mut found, limit);
    let data = found.into_iter().map(DeadLetterDto::of).collect();
    Ok(Json(DeadLetterPage { data, has_more }))
}

/// `POST …/dead-letters/{id}/replay`: a repetition finds nothing unresolved, so it needs no key.
pub(crate) async fn replay(
    State(operator): State<Arc<Operator>>,
    Path(id): Path<LetterId>,
) -> Result<StatusCode, Problem> {
    resolve(&operator, id, Resolve::Replay).await
}

/// `POST …/dead-letters/{id}/discard`
pub(crate) async fn discard(
    State(operator): State<Arc<Operator>>,
    Path(id): Path<LetterId>,
) -> Result<StatusCode, Problem> {
    resolve(&operator, id, Resolve::Discard).await
}

async fn resolve(operator: &Operator, id: LetterId, how: Resolve) -> Result<StatusCode, Problem> {
    let resolved = operator.dead_letters.resolve(id.uuid(), how, operator.clock.now()).await;
    match resolved {
        Ok(true) => {
            tracing::info!(service = operator.service, letter = %id, ?how, "dead letter resolved");
            Ok(StatusCode::NO_CONTENT)
        }
        Ok(false) => Err(Problem::not_found()),
        Err(error) if how == Resolve::Replay && !error.is_transient() => {
            tracing::warn!(service = operator.service, letter = %id, %error, "not replayed");
            Err(Problem::conflict("this letter is no event and no job: it can only be discarded"))
        }
        Err(error) => Err(Problem::of_fault(error)),
    }
}
