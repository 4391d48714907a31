//! How a payment is to be paid: kept as the gateway tells it, told by REST, and no event's business.

use crate::gateway::seen;
use crate::house::{House, MINUTE, NOW};
use kernel::Timestamp;
use payment::models::{GatewayStatus, Instruction, Instructions, Observation};
use serde_json::{Value, json};

fn va(number: &str) -> Instruction {
    Instruction::VirtualAccount { bank: "bca".into(), number: number.into() }
}

fn tomorrow() -> Option<Timestamp> {
    Some("2026-11-23T05:04:00Z".parse().unwrap())
}

async fn payment(house: &House) -> Value {
    house.get(&format!("/v1/payments/{}", house.payment().await.id)).await.1
}

#[tokio::test]
async fn rest_tells_how_and_until_when() {
    let house = House::ready().await;
    let before = payment(&house).await;
    assert_eq!((&before["instructions"], &before["expires_at"]), (&json!([]), &Value::Null));
    house.chosen("bank_transfer", &[va("00000112345")], tomorrow()).await;
    let told = payment(&house).await;
    let account = json!([{ "type": "virtual_account", "bank": "bca", "number": "00000112345" }]);
    assert_eq!((&told["method"], &told["instructions"]), (&json!("bank_transfer"), &account));
    assert_eq!(told["expires_at"], "2026-11-23T05:04:00Z");
    let id = told["id"].as_str().unwrap();
    let (_, list) = house.get(&format!("/v1/payments/{id}/attempts")).await;
    let transaction = &list["data"][0]["transactions"][0];
    assert_eq!((&transaction["instructions"], &transaction["method"]), (&account, &told["method"]));
    assert_eq!(transaction["expires_at"], told["expires_at"]);

    house.hears_the_truth("tx-1", GatewayStatus::Settlement).await;
    let paid = payment(&house).await;
    assert_eq!((&paid["instructions"], &paid["expires_at"]), (&json!([]), &Value::Null));
    let (_, list) = house.get(&format!("/v1/payments/{id}/attempts")).await;
    let settled = &list["data"][0]["transactions"][0];
    assert_eq!(settled["instructions"], account, "an answer that omits them erases nothing");
    house.check().await;
}

#[tokio::test]
async fn every_kind_has_its_own_form() {
    let house = House::ready().await;
    let ways = [
        va("1"),
        Instruction::Bill { biller_code: "70012".into(), key: "9900".into() },
        Instruction::StoreCode { store: "alfamart".into(), code: "8888".into() },
        Instruction::QrCode { text: "000201".into() },
        Instruction::Link { url: "gojek://pay".into() },
    ];
    house.chosen("gopay", &ways, None).await;
    let forms = json!([
        { "type": "virtual_account", "bank": "bca", "number": "1" },
        { "type": "bill", "biller_code": "70012", "key": "9900" },
        { "type": "store_code", "store": "alfamart", "code": "8888" },
        { "type": "qr_code", "text": "000201" },
        { "type": "link", "url": "gojek://pay" },
    ]);
    assert_eq!(payment(&house).await["instructions"], forms);
}

#[tokio::test]
async fn what_is_told_later_is_recorded_once_and_tells_no_other_service() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    let facts = house.facts().await.len();
    let pending = seen(house.attempt().await, "tx-1", GatewayStatus::Pending);
    let number =
        |number| Observation { instructions: Instructions::of([va(number)]), ..pending.clone() };
    let deadline = Observation { expires_at: tomorrow(), ..number("2") };
    let mut age = 1;
    for (answer, news) in
        [(number("1"), 1), (number("1"), 1), (number("2"), 2), (deadline, 3), (pending.clone(), 3)]
    {
        house.gateway.knows(answer);
        age *= 3;
        assert_eq!(house.work(age * MINUTE).await, 1);
        assert_eq!(house.facts().await.len(), facts + news);
    }
    assert!(house.facts().await[facts..].iter().all(|fact| fact == "payment_instructed"));
    assert_eq!(house.statuses_told().await, ["pending"]);
    let told = payment(&house).await;
    assert_eq!(told["instructions"][0]["number"], "2");
    assert_eq!(told["expires_at"], "2026-11-23T05:04:00Z");
    house.check().await;
}

#[tokio::test]
async fn no_number_is_in_the_timeline_or_in_an_event() {
    let house = House::ready().await;
    house.chosen("bank_transfer", &[va("00000112345")], tomorrow()).await;
    house.gateway.knows(Observation {
        instructions: Instructions::of([va("00000167890")]),
        ..seen(house.attempt().await, "tx-1", GatewayStatus::Pending)
    });
    house.callback("tx-1", "pending").await;
    assert_eq!(house.work(NOW).await, 1);
    let story = house.story().await;
    let last = story.timeline.last().unwrap();
    assert!(last.detail.contains("virtual_account"), "{}", last.detail);
    let told = format!("{:?} {:?}", story.timeline, house.events().await);
    assert!(!told.contains("00000112345") && !told.contains("00000167890"), "{told}");
}

#[tokio::test]
async fn the_newest_choice_is_what_the_customer_pays_now() {
    let house = House::ready().await;
    house.chosen("bank_transfer", &[va("1")], tomorrow()).await;
    house.gateway.knows(Observation {
        instructions: Instructions::of([va("2")]),
        ..seen(house.attempt().await, "tx-2", GatewayStatus::Pending)
    });
    house.callback("tx-2", "pending").await;
    house.work(NOW).await;
    assert_eq!(payment(&house).await["instructions"][0]["number"], "2");
    house.hears_the_truth("tx-2", GatewayStatus::Cancel).await;
    assert_eq!(payment(&house).await["instructions"][0]["number"], "1", "the first still waits");
}
