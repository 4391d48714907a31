//! `GET /ops/notification/audit`: every order as this service has it, for comparison with the others.

use crate::house::{House, ORDER, PAYMENT, order, payment, payment_as};
use kernel::Uuid;
use notification::audit::{MessageDossier, NotificationDossier, NotificationPage};
use notification::usecase::ports::ChannelError;
use runtime::mask::fingerprint;
use std::time::Duration;

async fn audit(house: &House, query: &str) -> NotificationPage {
    let (status, page) = house.get(&format!("/ops/notification/audit{query}")).await;
    assert_eq!(status, 200, "{page}");
    serde_json::from_value(page).unwrap()
}

#[tokio::test]
async fn an_order_s_dossier_is_what_the_service_has_of_it() {
    let house = House::new();
    assert_eq!(house.told(&[order(ORDER, 1)]).await, [Ok(())]);
    let known = NotificationDossier {
        order_id: ORDER.to_string(),
        email_fingerprint: Some(fingerprint(ORDER, "budi@example.com")),
        messages: vec![],
    };
    let noted = audit(&house, "").await.data;
    assert_eq!(noted, std::slice::from_ref(&known), "a contact and no message");

    // The later fact is heard first.
    assert_eq!(house.told(&[payment_as("paid", 2, 4)]).await, [Ok(())]);
    assert_eq!(house.work(Duration::from_secs(60)).await, 1);
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(house.told(&[payment_as("pending", 3, 2)]).await, [Ok(())]);
    house.channel_says(ChannelError::Transient { reason: "451 later".to_owned() });
    assert_eq!(house.work(Duration::ZERO).await, 1);
    let [pending, paid] = &house.all().await[..] else { panic!("two messages") };
    let sent = MessageDossier {
        id: paid.id.to_string(),
        source: "/orderflow/payment".to_owned(),
        payment_id: PAYMENT.to_owned(),
        sequence: 4,
        channel: "email".to_owned(),
        template: "paid".to_owned(),
        status: "sent".to_owned(),
        email_fingerprint: fingerprint(ORDER, "budi@example.com"),
        attempts: 1,
        resends: 0,
        sent_at: Some("2026-11-22T05:05:00Z".to_owned()),
    };
    let queued = MessageDossier {
        id: pending.id.to_string(),
        sequence: 2,
        template: "pending".to_owned(),
        status: "queued".to_owned(),
        sent_at: None,
        ..sent.clone()
    };
    let expected = NotificationDossier { messages: vec![sent, queued], ..known };
    let page = NotificationPage { data: vec![expected], has_more: false };
    assert_eq!(audit(&house, "").await, page);
}

#[tokio::test]
async fn pages_go_through_all_orders_once() {
    let house = House::new();
    let orders: Vec<Uuid> = (0..5).map(|n| Uuid::from_u128(ORDER.as_u128() + n)).collect();
    let events: Vec<_> = orders.iter().rev().zip(10..).map(|(id, n)| order(*id, n)).collect();
    assert!(house.told(&events).await.iter().all(Result::is_ok));
    assert_eq!(house.told(&[payment("pending", 2), payment("paid", 3)]).await, [Ok(()), Ok(())]);
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    for more in [true, true, false] {
        let page = audit(&house, &query).await;
        assert_eq!(page.has_more, more, "{query}");
        seen.extend(page.data.iter().map(|known| known.order_id.parse::<Uuid>().unwrap()));
        query = format!("?limit=2&after={}", seen[seen.len() - 1]);
    }
    assert_eq!(seen, orders);
    assert_eq!(audit(&house, &query).await, NotificationPage { data: vec![], has_more: false });
    let whole = audit(&house, "?limit=5").await;
    assert_eq!((whole.data.len(), whole.has_more), (5, false));
    assert_eq!(whole.data[0].messages.len(), 2);
}

#[tokio::test]
async fn a_wrong_question_is_a_problem() {
    let house = House::new();
    for query in ["limit=0", "limit=501", "limit=x", "after=x", "after=", "status=sent", "q=1"] {
        let (status, problem) = house.get(&format!("/ops/notification/audit?{query}")).await;
        assert_eq!(status, 400, "{query}: {problem}");
    }
}

#[tokio::test]
async fn nobody_s_name_or_address_leaves_the_house() {
    let house = House::with("paid").await;
    let reason = "550 no budi@example.com here".to_owned();
    house.channel_says(ChannelError::Permanent { reason });
    assert_eq!(house.work(Duration::ZERO).await, 1);
    let (_, page) = house.get("/ops/notification/audit").await;
    let text = page.to_string();
    assert!(text.contains("\"failed\""), "{text}");
    for private in ["Budi", "budi", "example.com", "@", "INV-1"] {
        assert!(!text.contains(private), "{private} is in {text}");
    }
}
