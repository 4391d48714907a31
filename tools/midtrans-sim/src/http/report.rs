//! `/_sim/report.csv`: the transactions as a merchant's dashboard would export them, for programs that
//! reconcile. Written while it is read, so that neither the store nor memory holds all of it at once.

use super::admin::Failure;
use crate::db::ReportRow;
use crate::gateway::Refusal;
use crate::sim::Sim;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt as _, stream};
use midtrans::{amount, time};
use std::io;

/// How many rows are read in one command of the store: a few milliseconds.
const ROWS: u32 = 500;
const HEADER: [&str; 9] = [
    "order_id",
    "transaction_id",
    "payment_type",
    "transaction_status",
    "gross_amount",
    "refund_amount",
    "currency",
    "transaction_time",
    "settlement_time",
];

/// The transactions that there are when it is asked for, oldest first, each as it stands when its
/// part is read. A report that breaks off has no end that HTTP would take for one.
pub(super) async fn show(State(sim): State<Sim>) -> Result<Response, Failure> {
    let last = sim.read(|_, db, _| Ok::<i64, Refusal>(db.last_seq()?)).await?;
    let rows = stream::try_unfold(0, move |after| {
        let sim = sim.clone();
        async move {
            let part = part(&sim, after, last).await;
            part.inspect_err(|error| tracing::error!(%error, "the report breaks off"))
        }
    });
    let text = stream::once(async { lines([HEADER.map(str::to_owned)]) }).chain(rows);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"report.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(text)).into_response())
}

/// The lines after a number, and the number of the last of them; nothing if there are none.
async fn part(sim: &Sim, after: i64, last: i64) -> io::Result<Option<(Bytes, i64)>> {
    let rows = sim.read(move |_, db, _| Ok::<_, Refusal>(db.report(after, last, ROWS)?));
    let rows = rows.await.map_err(io::Error::other)?;
    let Some(newest) = rows.last().map(|row| row.seq) else { return Ok(None) };
    Ok(Some((lines(rows.into_iter().map(fields))?, newest)))
}

/// Times as the gateway writes them, Western Indonesian.
fn fields(row: ReportRow) -> [String; 9] {
    [
        row.order_id,
        row.transaction_id,
        row.method.payment_type().to_owned(),
        row.status,
        amount::format(row.gross_amount),
        amount::format(row.refunded),
        "IDR".to_owned(),
        time::format(row.created_at),
        row.settled_at.map(time::format).unwrap_or_default(),
    ]
}

fn lines(rows: impl IntoIterator<Item = [String; 9]>) -> io::Result<Bytes> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row)?;
    }
    writer.into_inner().map(Bytes::from).map_err(|error| error.into_error())
}
