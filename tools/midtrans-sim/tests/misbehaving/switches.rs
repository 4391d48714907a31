//! `/_sim/faults` itself.

use crate::world::World;
use serde_json::{Value, json};

async fn faults(world: &World) -> Vec<String> {
    let list = world.get("/_sim/faults").await;
    let name = |view: &Value| view["fault"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(name).collect()
}

async fn remove(world: &World, id: u64) -> u16 {
    let call = world.http.delete(format!("http://{}/_sim/faults/{id}", world.address));
    call.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn switches_are_added_replaced_and_removed() {
    let world = World::open().await;
    for (fault, id) in [("drop", 1), ("cut", 2)] {
        let (code, told) = world.post("/_sim/faults", json!({ "fault": fault })).await;
        assert_eq!((code, told), (200, json!({ "id": id })));
    }
    assert_eq!(faults(&world).await, ["drop", "cut"]);
    assert_eq!(remove(&world, 2).await, 204);
    assert_eq!(remove(&world, 2).await, 404);
    assert_eq!(faults(&world).await, ["drop"]);
    let (code, told) =
        world.put("/_sim/faults", json!([{"fault": "delay"}, {"fault": "deny"}])).await;
    assert_eq!((code, told[0]["seen"].as_u64()), (200, Some(0)));
    assert_eq!(faults(&world).await, ["delay", "deny"]);
    world.pay("ORD-1", "qris", "pending").await;
    world.settle_down().await;
    assert!(world.endpoint.take().is_empty(), "it is delayed");
    world.switch(json!([])).await;
    world.pay("ORD-2", "qris", "settle").await;
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["pending", "settlement"]);
}

#[tokio::test]
async fn a_bad_switch_is_refused_with_its_text_and_changes_nothing() {
    let world = World::misbehaving(json!([{"fault": "drop"}])).await;
    world.pay("ORD-1", "qris", "pending").await;
    let before = world.get("/_sim/faults").await;
    let cases = [
        (json!({"fault": "boom"}), "no such fault"),
        (json!({"fault": "drop", "call": "status"}), "`call` does nothing with drop"),
        (json!({"fault": "drop", "colour": "red"}), "unknown field `colour`"),
        (json!({"fault": "refuse", "code": 777}), "refuses: one of 202, 400"),
        (json!({"fault": "tampered_status", "to": "paid"}), "`to` of tampered_status is one of"),
        (json!({"fault": "reverse", "status": "pending"}), "`status` of reverse is settlement"),
        (json!({"fault": "drop", "every": 0}), "`every` is 1 or more"),
        (json!({"fault": "drop", "probability": 1.5}), "`probability` is a number from 0 to 1"),
        (json!({"fault": "hang", "ms": 3_600_000}), "`ms` of hang is at most 600000"),
        (
            json!({"fault": "reverse", "payment_type": "qris"}),
            "`payment_type` of reverse is one of",
        ),
    ];
    for (switch, text) in cases {
        let good = json!({"fault": "cut"});
        let tries = [
            world.post("/_sim/faults", switch.clone()).await,
            world.put("/_sim/faults", json!([good, switch])).await,
        ];
        for (code, told) in tries {
            assert!((400..500).contains(&code), "{code} {switch}");
            let said = told["error"].as_str().unwrap();
            assert!(said.contains(text), "{switch}: {said}");
        }
        assert_eq!(world.get("/_sim/faults").await, before, "{switch}");
    }
    let object = json!({"fault": "cut"});
    let (code, told) = world.put("/_sim/faults", object.clone()).await;
    let expected = "PUT takes the list of all switches, as in [{\"fault\": \"drop\"}]; to add one, \
                    POST it";
    assert_eq!((code, told), (422, json!({ "error": expected })));
    let (code, told) = world.post("/_sim/faults", json!([object])).await;
    let expected = "POST adds one switch; a list, which replaces all, is for PUT";
    assert_eq!((code, told), (422, json!({ "error": expected })));
    let (_, told) = world.put("/_sim/faults", json!([object, {"fault": "boom"}])).await;
    assert!(told["error"].as_str().unwrap().starts_with("switch 2 of the list: no such fault"));
    assert_eq!(world.get("/_sim/faults").await, before);
    let many: Vec<_> = (0..101).map(|_| json!({"fault": "cut"})).collect();
    let (code, told) = world.put("/_sim/faults", json!(many)).await;
    assert_eq!(code, 400, "{told}");
    assert_eq!(world.get("/_sim/faults").await, before);
}

#[tokio::test]
async fn switches_survive_a_restart_and_count_anew() {
    let folder = tempfile::tempdir().unwrap();
    let data = Some(folder.path().join("sim.sqlite"));
    let open = || World::with(|config| config.data = data.clone());
    let world = open().await;
    world
        .switch(json!([
            {"fault": "refuse", "code": 503, "times": 1, "call": "status"},
            {"fault": "drop", "status": "settlement", "order_id": "ORD-7"},
        ]))
        .await;
    let code = async |world: &World| {
        world.core("ORD-1", "status", Value::Null).await["status_code"].clone()
    };
    assert_eq!(code(&world).await, "503");
    assert_eq!(code(&world).await, "404");
    let mut before = world.get("/_sim/faults").await;
    let again = open().await;
    for view in before.as_array_mut().unwrap() {
        (view["seen"], view["hit"]) = (json!(0), json!(0));
    }
    assert_eq!(again.get("/_sim/faults").await, before, "the same ids, other counters");
    assert_eq!(code(&again).await, "503");
    assert_eq!(remove(&again, 1).await, 204);
    assert_eq!(faults(&open().await).await, ["drop"]);
}
