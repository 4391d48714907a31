//! What one row does to the others of its turn, and what is asked for while a delivery is on its way.

use super::*;
use crate::db::{NewRefund, Store};
use crate::faults::Switches;
use crate::gateway::Merchant;
use crate::model::NotifyUrls;
use crate::rules::request::charge;
use crate::rules::status::Status;
use kernel::ConstantIds;
use midtrans::ServerKey;
use serde_json::json;
use std::sync::{Arc, Mutex};

fn start() -> Timestamp {
    "2026-03-01T03:00:00Z".parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    later(start(), SignedDuration::from_mins(minutes))
}

struct Inside {
    gateway: Arc<Gateway>,
    store: Store,
}

impl Inside {
    /// With a QRIS charge of each order, which lapses after 15 minutes.
    async fn with(order_ids: &'static [&'static str]) -> Self {
        let merchant = Merchant {
            id: "G000000001".to_owned(),
            key: ServerKey::try_new("SB-Mid-server-EXAMPLE-0001").unwrap(),
            dashboard_url: Some("http://127.0.0.1:1/".to_owned()),
            public_url: "http://127.0.0.1:1".to_owned(),
        };
        let gateway = Gateway {
            merchant,
            ids: Arc::new(ConstantIds::new(start())),
            retry_jitter: false,
            switches: Mutex::new(Switches::default()),
        };
        let inside = Self { gateway: Arc::new(gateway), store: Store::open(None).unwrap() };
        inside
            .call(move |gateway, db| {
                for order_id in order_ids {
                    let asked = json!({
                        "payment_type": "qris",
                        "transaction_details": {"order_id": order_id, "gross_amount": 7000},
                    });
                    let new = charge::read(&asked).unwrap();
                    gateway.charge(db, new, NotifyUrls::default(), start())?;
                }
                Ok(())
            })
            .await;
        inside
    }

    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Gateway, &Db<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> T {
        let gateway = self.gateway.clone();
        self.store.call(move |db| work(&gateway, db)).await.unwrap()
    }

    async fn turn(&self, in_flight: &'static [i64], minutes: i64) -> Turn {
        self.call(move |gateway, db| gateway.turn(db, in_flight, 100, after(minutes))).await
    }

    async fn status(&self, order_id: &'static str) -> Status {
        let found = self.call(move |_, db| Ok(db.transaction(order_id)?)).await;
        found.unwrap().standing.status
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_set_aside_and_the_others_move() {
    let inside = Inside::with(&["ORD-1", "ORD-2", "ORD-3"]).await;
    inside.call(|_, db| Ok(db.spoil_transaction("ORD-1")?)).await;
    let turn = inside.turn(&[], 15).await;
    assert_eq!((turn.moved, turn.next), (2, Some(after(15))));
    assert_eq!(inside.status("ORD-2").await, Status::Expire);
    assert_eq!(inside.status("ORD-3").await, Status::Expire);
    let again = inside.turn(&[], 15).await;
    assert_eq!(again.moved, 0, "it is not tried again at once");
    let next = inside.call(|_, db| Ok(db.next_due(after(15))?)).await;
    assert_eq!(next, Some(after(75)));
}

#[tokio::test]
async fn a_refund_that_cannot_be_confirmed_is_set_aside_and_the_others_move() {
    let inside = Inside::with(&["ORD-1"]).await;
    let nobody_s = NewRefund {
        transaction_id: "nobody",
        key: "k",
        amount: 1,
        reason: None,
        at: start(),
        confirms_at: after(5),
    };
    inside.call(move |_, db| Ok(db.insert_refund(&nobody_s)?)).await;
    assert_eq!(inside.turn(&[], 15).await.moved, 1);
    assert_eq!(inside.status("ORD-1").await, Status::Expire);
    let kept = inside.call(|_, db| Ok(db.refunds_of("nobody")?)).await;
    assert_eq!(kept[0].confirmed_at, None, "a part that failed is undone");
    assert_eq!(inside.turn(&[], 75).await.moved, 0);
}

#[tokio::test]
async fn what_is_sent_again_while_it_is_on_its_way_goes_once_more() {
    let inside = Inside::with(&["ORD-1"]).await;
    let picked = inside.turn(&[], 0).await.deliveries;
    let (id, launched) = (picked[0].id, picked[0].due_at);
    assert_eq!((picked.len(), id), (1, 1));
    let book = async |launched| {
        let answer = Answer::Http(200);
        inside.call(move |gateway, db| gateway.book(db, (id, launched), answer, start())).await;
    };
    // The clock stands still: the wish comes in the very microsecond of the launch.
    assert!(inside.call(move |_, db| Ok(db.resend(id, start())?)).await);
    assert!(inside.turn(&[1], 0).await.deliveries.is_empty(), "not twice at a time");
    book(launched).await;
    let again = inside.turn(&[], 0).await.deliveries;
    assert_eq!(again.len(), 1, "it was asked for");
    book(again[0].due_at).await;
    assert!(inside.turn(&[], 0).await.deliveries.is_empty());
    let attempts = inside.call(move |_, db| Ok(db.attempts(id)?)).await;
    assert_eq!(attempts, 2);
}
