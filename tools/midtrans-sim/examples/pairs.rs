//! How many charges, each with its notification, the simulator takes on one core.
//!
//! `cargo run --release -p midtrans-sim --example pairs [-- COUNT]` starts a simulator in a process
//! of its own, pinned to the first core, and loads it from the second. A benchmark must not measure
//! its own simulator: see docs/measured.md.

#![expect(clippy::unwrap_used, reason = "in a measurement a panic is the report")]
#![expect(clippy::print_stdout, reason = "its figure is its output")]

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use kernel::{SteadyClock, TimeOrderedIds};
use midtrans_sim::{Sim, SimConfig};
use serde_json::json;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const KEY: &str = "SB-Mid-server-EXAMPLE-0001";
const CONNECTIONS: usize = 32;
const USUAL_COUNT: usize = 20_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("serve") => serve(&args.next().expect("an address")).await,
        count => load(count.map_or(USUAL_COUNT, |text| text.parse().expect("a count"))).await,
    }
}

/// The simulator, as its own process runs it.
async fn serve(address: &str) {
    let config = SimConfig {
        data: None,
        server_key: KEY.to_owned(),
        merchant_id: "G000000001".to_owned(),
        public_url: format!("http://{address}"),
        notification_url: None,
        speed: 1.0,
        retry_jitter: false,
    };
    let sim = Sim::open(config, Arc::new(SteadyClock::of_this_machine()), Arc::new(TimeOrderedIds))
        .await
        .unwrap();
    tokio::spawn({
        let sim = sim.clone();
        async move { sim.run(CancellationToken::new()).await }
    });
    axum::serve(TcpListener::bind(address).await.unwrap(), sim.router()).await.unwrap();
}

async fn load(count: usize) {
    let (endpoint, heard) = endpoint().await;
    let (child, address) = start().await;
    let cpu_before = cpu(child.0.id());
    let started = Instant::now();
    let tasks = (0..CONNECTIONS)
        .map(|worker| tokio::spawn(charges(address, endpoint, (worker, count / CONNECTIONS))));
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let charged = started.elapsed();
    let count = count / CONNECTIONS * CONNECTIONS;
    while heard.load(Ordering::Relaxed) < count {
        assert!(started.elapsed() < Duration::from_secs(120), "notifications are missing");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let elapsed = started.elapsed();
    let cpu = cpu(child.0.id()) - cpu_before;
    println!(
        "{count} pairs: {:.0} per second (charges answered after {:.2} s, last notification after \
         {:.2} s), {:.0} µs of the simulator's CPU each",
        count as f64 / elapsed.as_secs_f64(),
        charged.as_secs_f64(),
        elapsed.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / count as f64,
    );
}

/// The simulator's process; ends with us.
struct Pinned(Child);

impl Drop for Pinned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn start() -> (Pinned, SocketAddr) {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let program = std::env::current_exe().unwrap();
    let mut serve = Command::new("taskset");
    serve.args(["-c", "0"]).arg(program).args(["serve", &address.to_string()]);
    let child = Pinned(serve.stdout(Stdio::null()).spawn().unwrap());
    let us = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-cp", "1", &us]).stdout(Stdio::null()).status();
    assert!(pinned.unwrap().success());
    let url = format!("http://{address}/_sim/clock");
    for _ in 0..200 {
        if reqwest::get(&url).await.is_ok() {
            return (child, address);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the simulator does not answer");
}

/// A merchant's endpoint that only counts.
async fn endpoint() -> (SocketAddr, Arc<AtomicUsize>) {
    let heard = Arc::new(AtomicUsize::new(0));
    let count = async |State(heard): State<Arc<AtomicUsize>>| {
        heard.fetch_add(1, Ordering::Relaxed);
    };
    let app = Router::new().route("/callback", post(count)).with_state(heard.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (address, heard)
}

async fn charges(address: SocketAddr, endpoint: SocketAddr, (worker, count): (usize, usize)) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for number in 0..count {
        let body = json!({
            "payment_type": "bank_transfer",
            "bank_transfer": { "bank": "bca" },
            "transaction_details":
                { "order_id": format!("ORD-{worker}-{number}"), "gross_amount": 125_000 },
        });
        let call = client
            .post(format!("http://{address}/v2/charge"))
            .basic_auth(KEY, Some(""))
            .header("X-Override-Notification", format!("http://{endpoint}/callback"))
            .json(&body);
        let answer: serde_json::Value = call.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["status_code"], "201", "{answer}");
    }
}

/// User and system time of a process, from its 14th and 15th fields in /proc.
fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks: u64 = fields[11..=12].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    // A hundred ticks a second on every Linux that we know.
    Duration::from_millis(ticks * 10)
}
