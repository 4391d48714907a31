//! The merchant's endpoint: keeps what it is notified of, word for word, and tells whoever waits.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long a notification may take. Far longer than any takes that comes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A notification, and where it was posted.
struct Told {
    place: String,
    order: Value,
    status: Value,
    body: String,
}

type Book = Arc<watch::Sender<Vec<Told>>>;

/// Serves `POST /PLACE` for notifications and `GET /PLACE/ORDER/STATUS` for whoever waits for one;
/// gives its address.
pub(crate) async fn open() -> String {
    let book: Book = Arc::default();
    let app = Router::new()
        .route("/{place}", post(receive))
        .route("/{place}/{order}/{status}", get(wait))
        .with_state(book);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}")
}

async fn receive(State(book): State<Book>, Path(place): Path<String>, body: Bytes) -> StatusCode {
    let Ok(told) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let (order, status) = (told["order_id"].clone(), told["transaction_status"].clone());
    let body = String::from_utf8(body.to_vec()).unwrap();
    book.send_modify(|book| book.push(Told { place, order, status, body }));
    StatusCode::OK
}

async fn wait(
    State(book): State<Book>,
    Path((place, order, status)): Path<(String, String, String)>,
) -> (StatusCode, String) {
    let is_it = |told: &&Told| told.place == place && told.order == order && told.status == status;
    let mut reader = book.subscribe();
    let come = reader.wait_for(|book| book.iter().any(|told| is_it(&told)));
    match tokio::time::timeout(PATIENCE, come).await {
        Ok(Ok(book)) => (StatusCode::OK, book.iter().find(is_it).unwrap().body.clone()),
        _ => (StatusCode::NOT_FOUND, format!("{place} heard of no {status} of {order}")),
    }
}
