//! What is answered is stored: a simulator that is opened again goes on where it stood.

use crate::world::{World, start};
use kernel::{ConstantIds, ManualClock};
use midtrans_sim::{Sim, SimConfig};
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn a_restart_keeps_pages_transactions_deliveries_and_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sim.sqlite");
    let clock = Arc::new(ManualClock::new(start()));
    let before = World::at(|config| config.data = Some(path.clone()), clock.clone()).await;
    before.put("/_sim/clock", json!({"advance_seconds": 3600})).await;
    let page = before.create("ORD-1").await;
    before.pay("ORD-2", "bca_va", "pending").await;
    let target = before.endpoint.clone();
    // No farewell: nothing was delivered and nothing is told to stop.
    std::mem::forget(before.sim);

    let after = World::at(|config| config.data = Some(path), clock).await;
    assert_eq!(after.get("/_sim/clock").await["now"], "2026-03-01T04:00:00Z");
    assert_eq!(after.status("ORD-2").await.status_code, "201");
    after.settle_down().await;
    assert_eq!(target.statuses(), ["pending"], "the delivery that was due is made");
    let pay = format!("/_sim/pages/{}/pay", page.token);
    assert_eq!(after.post(&pay, json!({"method": "qris"})).await.0, 200);
    assert_eq!(after.wait(60 * 24).await.moved, 1, "the old deadline still holds");
    assert_eq!(after.status("ORD-2").await.status_code, "407");
}

#[tokio::test]
async fn a_bad_configuration_is_refused() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let good = SimConfig {
        data: None,
        server_key: "SB-Mid-server-X".to_owned(),
        merchant_id: "G1".to_owned(),
        public_url: "http://127.0.0.1:1".to_owned(),
        notification_url: None,
        speed: 1.0,
        retry_jitter: true,
    };
    let cases: [fn(&mut SimConfig); 4] = [
        |config| config.server_key = "a b".to_owned(),
        |config| config.public_url = "nowhere".to_owned(),
        |config| config.notification_url = Some("ftp://x".to_owned()),
        |config| config.speed = 0.0,
    ];
    for (number, change) in cases.into_iter().enumerate() {
        let mut config = good.clone();
        change(&mut config);
        let clock = Arc::new(ManualClock::new(start()));
        let ids = Arc::new(ConstantIds::new(start()));
        assert!(Sim::open(config, clock, ids).await.is_err(), "case {number}");
    }
}
