//! `GET /ops/order/audit`: every order as this service has it, for comparison with the others.

use crate::house::{House, PAYMENT, draft, draft_as, payment};
use kernel::Uuid;
use order::audit::{LineSeen, OrderDossier, OrderPage, PaymentSeen, lines_digest};
use runtime::mask::fingerprint;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// What `sha256sum` makes of `KOPI\tKopi Gayo\t2\t80000\nONGKIR\tOngkos kirim\t1\t25000\n`.
const LINES: &str = "29f50c434e33c292e8747d25ff0c96f3483ae3c24d53ae50459b25546070778f";

async fn audit(house: &House, query: &str) -> OrderPage {
    let (status, page) = house.get(&format!("/ops/order/audit{query}")).await;
    assert_eq!(status, 200, "{page}");
    serde_json::from_value(page).unwrap()
}

fn ids(page: &OrderPage) -> Vec<Uuid> {
    page.data.iter().map(|order| order.order_id.parse().unwrap()).collect()
}

#[tokio::test]
async fn an_order_s_dossier_is_what_the_service_has_of_it() {
    let house = House::new();
    let mut body = draft_as("INV-1");
    body["metadata"] = json!({ "gift": "yes", "desk": "7" });
    let id = house.place("key-1", &body).await.id();
    let new = OrderDossier {
        order_id: id.to_string(),
        account: "default".to_owned(),
        reference: Some("INV-1".to_owned()),
        status: "pending".to_owned(),
        version: 1,
        total_amount: 185_000,
        currency: "IDR".to_owned(),
        lines_digest: LINES.to_owned(),
        email_fingerprint: fingerprint(id, "budi@example.com"),
        metadata: [("desk", "7"), ("gift", "yes")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        payment: None,
        payment_due_at: Some("2026-11-22T06:04:00Z".to_owned()),
        cancel_requested_at: None,
        refund_if_paid: None,
        created_at: "2026-11-22T05:04:00Z".to_owned(),
        updated_at: "2026-11-22T05:04:00Z".to_owned(),
    };
    assert_eq!(audit(&house, "").await, OrderPage { data: vec![new.clone()], has_more: false });

    house.clock.advance(Duration::from_secs(30));
    assert_eq!(house.cancel("key-2", id, &json!({ "refund_if_paid": true })).await.status, 202);
    assert_eq!(house.told(&[payment(id, 1, "paid", 4)]).await, [Ok(())]);
    let paid = OrderDossier {
        status: "paid".to_owned(),
        version: 3,
        payment: Some(PaymentSeen {
            payment_id: PAYMENT.to_owned(),
            status: "paid".to_owned(),
            method: Some("qris".to_owned()),
            sequence: 4,
        }),
        cancel_requested_at: Some("2026-11-22T05:04:30Z".to_owned()),
        refund_if_paid: Some(true),
        updated_at: "2026-11-22T05:05:00Z".to_owned(),
        ..new
    };
    assert_eq!(audit(&house, "").await.data, [paid]);
}

#[tokio::test]
async fn an_order_from_before_windows_has_none_and_a_bare_order_leaves_things_out() {
    let house = House::new();
    let id = house.placed().await;
    house.execute("UPDATE orders SET payment_due_at = NULL".to_owned()).await;
    let page = audit(&house, "").await;
    let [order] = &page.data[..] else { panic!("{page:?}") };
    assert_eq!((&order.order_id, &order.payment_due_at), (&id.to_string(), &None));
    assert_eq!((&order.reference, &order.metadata), (&None, &BTreeMap::new()));
}

#[tokio::test]
async fn pages_go_through_every_account_s_orders_once() {
    let house = House::new();
    let mut placed = Vec::new();
    for n in 1..=5 {
        placed.push(house.place(&format!("key-{n}"), &draft()).await.id());
    }
    house
        .execute(format!(
            "UPDATE orders SET account = 'toko-2' WHERE id = x'{}'",
            placed[2].simple()
        ))
        .await;
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    for more in [true, true, false] {
        let page = audit(&house, &query).await;
        assert_eq!(page.has_more, more, "{query}");
        seen.extend(ids(&page));
        query = format!("?limit=2&after={}", seen[seen.len() - 1]);
    }
    assert_eq!(seen, placed);
    assert_eq!(audit(&house, &query).await, OrderPage { data: vec![], has_more: false });
    assert_eq!(ids(&audit(&house, "?limit=5").await), placed);
    assert!(!audit(&house, "?limit=5").await.has_more);
}

#[tokio::test]
async fn a_wrong_question_is_a_problem() {
    let house = House::new();
    for query in ["limit=0", "limit=501", "limit=x", "after=x", "after=", "status=paid", "q=1"] {
        let (status, problem) = house.get(&format!("/ops/order/audit?{query}")).await;
        assert_eq!(status, 400, "{query}: {problem}");
    }
}

#[tokio::test]
async fn nobody_s_name_or_address_leaves_the_house() {
    let house = House::new();
    let mut body = draft();
    body["customer"]["phone"] = json!("+6281234567890");
    let id = house.place("key-1", &body).await.id();
    let reason = json!({ "reason": "Ibu Sari menelepon" });
    assert_eq!(house.cancel("key-2", id, &reason).await.status, 202);
    let (_, page) = house.get("/ops/order/audit").await;
    let text = page.to_string();
    assert!(text.contains(&id.to_string()), "{text}");
    for private in ["Budi", "budi", "example.com", "@", "81234567890", "Sari"] {
        assert!(!text.contains(private), "{private} is in {text}");
    }
}

#[test]
fn lines_are_told_apart_by_everything_in_them_and_their_order() {
    let line = LineSeen { sku: "KOPI", name: "Kopi Gayo", quantity: 2, unit_price: 80_000 };
    let fee = LineSeen { sku: "ONGKIR", name: "Ongkos kirim", quantity: 1, unit_price: 25_000 };
    assert_eq!(lines_digest(&[line, fee]), LINES);
    for other in [
        LineSeen { sku: "KOP", name: "IKopi Gayo", ..line },
        LineSeen { name: "Kopi", ..line },
        LineSeen { quantity: 28, unit_price: 0, ..line },
        LineSeen { unit_price: 80_001, ..line },
    ] {
        assert_ne!(lines_digest(&[other, fee]), LINES, "{other:?}");
    }
    assert_ne!(lines_digest(&[fee, line]), LINES);
    assert_ne!(lines_digest(&[line]), LINES);
}
