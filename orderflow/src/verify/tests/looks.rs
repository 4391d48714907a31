//! A system at work: what moved after the gateway was read looks wrong, however much of it there is.

use super::super::{Audit, LETTERS_MAX, Patience, letters_at_large, read::Reader};
use super::*;
use crate::client::{Addresses, Client};
use axum::extract::{Path, Query, State};
use axum::{Json, Router, routing::get};
use kernel::Clock;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

const ORDERS: usize = 5;

/// Lists by their names (`order/audit`, …), each of one row an order, and the gateway's transactions by
/// our try.
#[derive(Default)]
struct System {
    lists: HashMap<&'static str, Vec<Value>>,
    gateway: HashMap<String, Value>,
}

impl System {
    /// Has so many orders that were paid after the gateway was read, and one that the gateway has
    /// otherwise.
    fn at_work() -> Self {
        let mut system = Self::default();
        for n in 0..ORDERS {
            let mut parts = whole();
            if n == ORDERS - 1 {
                parts.gateway[0]["transaction_status"] = json!("deny");
            }
            system.takes(n, parts);
        }
        system
    }

    fn takes(&mut self, n: usize, parts: Parts) {
        let own = |value: Value| -> Value {
            let text = value.to_string();
            let text = text.replace(&ORDER[..34], &format!("{}{n}", &ORDER[..33]));
            serde_json::from_str(&text).unwrap()
        };
        for (name, row) in [
            ("order/audit", parts.order),
            ("payment/audit", parts.payment),
            ("notification/audit", parts.notification),
            ("order/stories", parts.order_story),
            ("payment/stories", parts.payment_story),
            ("notification/stories", parts.notification_story),
        ] {
            self.lists.entry(name).or_default().push(own(row));
        }
        let theirs = own(parts.gateway);
        let attempt = theirs[0]["order_id"].as_str().unwrap().to_owned();
        self.gateway.insert(attempt, theirs);
    }
}

type Asked = Query<HashMap<String, String>>;

async fn list(
    State(system): State<Arc<System>>,
    Path((service, list)): Path<(String, String)>,
    Query(asked): Asked,
) -> Json<Value> {
    let after = asked.get("after").map_or("", String::as_str);
    let later = |row: &&Value| row["order_id"].as_str().unwrap() > after;
    let rows: Vec<Value> =
        system.lists[&*format!("{service}/{list}")].iter().filter(later).cloned().collect();
    let limit: usize = asked["limit"].parse().unwrap();
    Json(json!({ "data": rows[..rows.len().min(limit)], "has_more": rows.len() > limit }))
}

/// The whole list is as it was before anybody paid; asked for one, it is as it is now.
async fn gateway(State(system): State<Arc<System>>, Query(asked): Asked) -> Json<Value> {
    let of = asked.get("order_id").and_then(|attempt| system.gateway.get(attempt));
    Json(of.cloned().unwrap_or_else(|| json!([])))
}

async fn serve(system: System) -> Client {
    let routes = Router::new()
        .route("/ops/{service}/{list}", get(list))
        .route("/_sim/transactions", get(gateway))
        .with_state(Arc::new(system));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Client::new(Addresses::one(format!("http://{address}").parse().unwrap())).unwrap()
}

#[tokio::test]
async fn more_suspects_than_are_kept_are_all_looked_at_again() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = serve(System::at_work()).await;
    for suspects_max in [1, 2, ORDERS, 100] {
        let patience = Patience { pauses: [Duration::ZERO; 3], suspects_max };
        let mut audit = Audit::new(&client, true, patience).await.unwrap();
        let mut reader = Reader::of_all(&client).await.unwrap();
        while let Some(dossier) = reader.next(audit.clock.now()).await.unwrap() {
            audit.looks_at(dossier).await.unwrap();
            assert!(audit.suspects.len() < suspects_max, "bounded");
        }
        audit.looks_again().await.unwrap();
        assert_eq!(audit.orders, ORDERS as u64);
        let wrong: Vec<_> = audit.judged.iter().flat_map(|judged| &judged.violations).collect();
        let [denied] = wrong.as_slice() else { panic!("{suspects_max}: {wrong:?}") };
        assert!(denied.what.contains("the gateway says deny"), "{denied:?}");
    }
}

/// The list of letters has no cursor: a full page may hide some that are about no order.
#[tokio::test]
async fn more_letters_than_a_list_holds_are_no_silence() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let letter = |n: usize| {
        json!({ "id": format!("L{n}"), "origin": "order.payment-events", "order_id": ORDER,
                "reason": "it cannot be read", "attempts": 6, "body": {}, "parked_at": at(5),
                "resolution": null })
    };
    for (letters, told) in [(LETTERS_MAX, 0), (LETTERS_MAX + 1, 1)] {
        let mut system = System::default();
        system.lists.insert("order/dead-letters", (0..letters).map(letter).collect());
        system.lists.insert("payment/dead-letters", vec![]);
        system.lists.insert("notification/dead-letters", vec![]);
        let found = letters_at_large(&serve(system).await).await.unwrap().violations;
        assert_eq!(found.len(), told, "{found:?}");
        assert!(found.iter().all(|violation| violation.what.contains("more than 200")));
    }
}
