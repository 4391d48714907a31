//! Every call of the client, for rules that hold for all of them.

use crate::stub::{bni, refund, request};
use midtrans::{CaptureRequest, Client, Error, Options};

pub(crate) type Told = (&'static str, Result<String, Error>);

fn told<T: std::fmt::Debug>(call: &'static str, result: Result<T, Error>) -> Told {
    (call, result.map(|value| format!("{value:?}")))
}

/// The calls of which something is asked back.
pub(crate) async fn creating(client: &Client) -> Vec<Told> {
    let none = Options::default();
    let capture = CaptureRequest::try_new("t", 125_000).unwrap();
    vec![
        told("create_snap", client.create_snap(&request()).await),
        told("cancel_snap", client.cancel_snap("tok").await),
        told("charge", client.charge(&bni(), &none).await),
        told("status", client.status("ORD-1").await),
        told("status_b2b", client.status_b2b("ORD-1", 0, 10).await),
        told("capture", client.capture(&capture, &none).await),
        told("refund", client.refund("ORD-1", &refund(), &none).await),
        told("refund_direct", client.refund_direct("ORD-1", &refund(), &none).await),
    ]
}

/// The calls that change a state and say no more.
pub(crate) async fn changing(client: &Client) -> Vec<Told> {
    let none = Options::default();
    vec![
        told("cancel", client.cancel("ORD-1", &none).await),
        told("expire", client.expire("ORD-1", &none).await),
        told("approve", client.approve("ORD-1", &none).await),
        told("deny", client.deny("ORD-1", &none).await),
    ]
}

pub(crate) async fn all(client: &Client) -> Vec<Told> {
    let mut all = creating(client).await;
    all.extend(changing(client).await);
    all
}

/// The calls that Core answers.
pub(crate) async fn core(client: &Client) -> Vec<Told> {
    all(client).await.into_iter().filter(|(call, _)| !call.ends_with("_snap")).collect()
}
