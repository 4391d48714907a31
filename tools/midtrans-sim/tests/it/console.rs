//! The console as an engineer's browser meets it.

use crate::world::World;
use reqwest::Response;
use serde_json::json;
use url::form_urlencoded::Serializer;

const HOME: &str = "/_sim/";
const SWITCHES: &str = "/_sim/console/switches";
const DELIVERIES: &str = "/_sim/console/deliveries";
const SETTINGS: &str = "/_sim/console/settings";

type Fields<'a> = &'a [(&'a str, &'a str)];

impl World {
    async fn look(&self, path: &str) -> String {
        let (code, html) = self.look_at(path).await;
        assert_eq!(code, 200, "{path}: {html}");
        html
    }

    async fn look_at(&self, path: &str) -> (u16, String) {
        let response = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn fill_in(&self, path: &str, fields: Fields<'_>) -> Response {
        let url = format!("{}{path}", self.base);
        self.form(&url, fields).send().await.unwrap()
    }

    fn form(&self, url: &str, fields: Fields<'_>) -> reqwest::RequestBuilder {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded";
        self.http.post(url).header("content-type", kind).body(body)
    }

    /// Sends a form and follows the answer to the page it came from.
    async fn press(&self, path: &str, fields: Fields<'_>, to: &str) -> String {
        let response = self.fill_in(path, fields).await;
        assert_eq!(response.status(), 303, "{path} {fields:?}");
        assert_eq!(response.headers()["location"], to, "{path} {fields:?}");
        self.look(to).await
    }

    /// Sends a form that is refused, and gives the page that says why.
    async fn pressed_in_vain(&self, path: &str, fields: Fields<'_>, code: u16) -> String {
        let response = self.fill_in(path, fields).await;
        assert_eq!(response.status(), code, "{path} {fields:?}");
        response.text().await.unwrap()
    }

    async fn id_of(&self, order: &str) -> String {
        let found = self.get(&format!("/_sim/transactions/{order}")).await;
        found["transaction_id"].as_str().unwrap().to_owned()
    }
}

fn one(id: &str) -> String {
    format!("/_sim/console/transactions/{id}")
}

fn assert_has(html: &str, texts: &[&str]) {
    for text in texts {
        assert!(html.contains(text), "{text} is not in {html}");
    }
}

/// The actions that buttons offer, in their order.
fn offered(html: &str) -> Vec<&str> {
    let buttons = html.split("name=\"action\" value=\"").skip(1);
    buttons.map(|rest| rest.split_once('"').unwrap().0).collect()
}

#[tokio::test]
async fn the_list_shows_what_happened_and_how_it_sums_up() {
    let world = World::open().await;
    world.pay("ORD-1", "bca_va", "pending").await;
    world.pay("ORD-2", "qris", "settle").await;
    for path in ["/_sim", HOME] {
        let html = world.look(path).await;
        assert!(html.find("ORD-2").unwrap() < html.find("ORD-1").unwrap(), "newest first");
        let texts = [
            "2026-03-01 10:00:00",
            "tag good\">settlement",
            "tag wait\">pending",
            "by itself: expire in 24 h 0 min",
            "Rp125.000",
            "paid <b>Rp125.000</b>",
            "orders <b>2</b>, 1 paid",
            "balanced <b class=\"good\">yes</b>",
            "at real speed",
        ];
        assert_has(&html, &texts);
    }
    // The sums are over all that ever was: not on every page.
    let one = one(&world.id_of("ORD-2").await);
    for path in [&one, DELIVERIES, SWITCHES, SETTINGS, "/_sim/?before=2"] {
        assert!(!world.look(path).await.contains("balanced"), "{path}");
    }
    let html = world.look("/_sim/?order_id=ORD-1").await;
    assert!(html.contains(">ORD-1<") && !html.contains(">ORD-2<"));
    let by_its_own_id = format!("/_sim/?order_id={}", world.id_of("ORD-1").await);
    assert!(world.look(&by_its_own_id).await.contains(">ORD-1<"));
    assert!(world.look("/_sim/?order_id=nobody").await.contains("No such transaction"));
    assert_eq!(world.look_at("/_sim/?before=yesterday").await.0, 400);
    let response = world.http.get(format!("{}{HOME}", world.base)).send().await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["referrer-policy"], "same-origin");
}

#[tokio::test]
async fn lists_are_paged() {
    let world = World::open().await;
    for number in 0..53 {
        world.pay(&format!("ORD-{number:02}-"), "qris", "pending").await;
    }
    for (path, rows) in [(HOME, 50), (DELIVERIES, 50)] {
        let html = world.look(path).await;
        let shown =
            |html: &str| (0..53).filter(|n| html.contains(&format!(">ORD-{n:02}-<"))).count();
        assert_eq!(shown(&html), rows, "{path}");
        let before = html.split_once("before=").unwrap().1.split_once('"').unwrap().0;
        let html = world.look(&format!("{path}?order_id=&before={before}")).await;
        assert_eq!(shown(&html), 3, "{path}");
        assert!(html.contains(">ORD-00-<") && !html.contains(">ORD-03-<"), "{path}");
        assert!(!html.contains("Older"), "{path}");
    }
}

#[tokio::test]
async fn the_buttons_are_what_is_legal_now() {
    let world = World::open().await;
    let cases: [(&str, &[&str], &[&str]); 9] = [
        ("bca_va", &[], &["settle", "deny", "expire", "cancel", "fail"]),
        ("credit_card", &[], &["settle", "deny", "expire", "cancel", "challenge", "fail"]),
        ("credit_card", &["challenge"], &["deny", "cancel", "accept", "reject"]),
        ("credit_card", &["settle"], &["settle", "cancel"]),
        ("credit_card", &["settle", "settle"], &["refund", "chargeback"]),
        ("bca_va", &["settle"], &["chargeback"]),
        ("permata_va", &["settle"], &["reverse", "chargeback"]),
        ("qris", &["expire"], &["settle_late"]),
        ("qris", &["deny"], &[]),
    ];
    for (number, (method, done, legal)) in cases.into_iter().enumerate() {
        let order = format!("ORD-{number}");
        world.pay(&order, method, "pending").await;
        for action in done {
            assert_eq!(world.act(&order, action).await.0, 200, "{order} {action}");
        }
        let path = one(&world.id_of(&order).await);
        assert_eq!(offered(&world.look(&path).await), legal, "{method} {done:?}");
        assert_eq!(offered(&world.look(&format!("/_sim/?order_id={order}")).await), legal);
        // What is not offered is refused, and what is offered is done: the buttons are the rules.
        for action in ["settle", "deny", "expire", "cancel", "accept", "reverse", "settle_late"] {
            if !legal.contains(&action) {
                let html = world.pressed_in_vain(&path, &[("action", action)], 409).await;
                assert_has(&html, &["Not done:", "is not possible"]);
            }
        }
        if let Some(first) = legal.first() {
            world.press(&path, &[("action", first), ("back", HOME)], HOME).await;
        }
    }
}

#[tokio::test]
async fn one_transaction_shows_all_that_belongs_to_it() {
    let world = World::open().await;
    world.endpoint.answer(&[200, 500]);
    world.pay("ORD-1", "credit_card", "settle").await;
    world.settle_down().await;
    world.wait(60 * 24).await;
    let id = world.id_of("ORD-1").await;
    let path = one(&id);
    let html = world.look(&path).await;
    let token = world.get("/_sim/transactions/ORD-1").await["token"].clone();
    let customer = format!("href=\"/snap/v4/redirection/{}\"", token.as_str().unwrap());
    let texts = [
        id.as_str(),
        customer.as_str(),
        "<dd>credit_card</dd>",
        "customers → merchant",
        "&#34;transaction_status&#34;: &#34;capture&#34;",
        "<b class=\"bad\">500</b>",
        "<b class=\"good\">200</b>",
        "tag good\">delivered",
    ];
    assert_has(&html, &texts);
    assert_eq!(html.matches("Send again").count(), 3, "pending, capture, settlement");

    let part = [("action", "refund"), ("amount", "25000"), ("back", path.as_str())];
    let html = world.press(&path, &part, &path).await;
    assert_has(&html, &["partial_refund", "Rp25.000", "not yet", "value=\"100000\""]);
    for (amount, why) in [("1000000", "more than can be refunded"), ("ten", "`amount` is a number")]
    {
        let refund = [("action", "refund"), ("amount", amount)];
        let code = if amount == "ten" { 400 } else { 409 };
        assert_has(&world.pressed_in_vain(&path, &refund, code).await, &[why, "ORD-1"]);
    }
    let html = world.look("/_sim/").await;
    assert_has(&html, &["refunded <b>Rp25.000</b>", "net <b>Rp100.000</b>"]);

    world.settle_down().await;
    world.endpoint.take();
    let html = world.look(&path).await;
    let resend = format!("{DELIVERIES}/{}/resend", html_id(&html));
    world.press(&resend, &[("back", &path)], &path).await;
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["partial_refund"]);
    world.pressed_in_vain(&format!("{DELIVERIES}/999/resend"), &[], 404).await;
    assert!(
        world
            .pressed_in_vain(&one("nobody"), &[("action", "settle")], 404)
            .await
            .contains("no such transaction")
    );
    assert_eq!(world.look_at(&one("nobody")).await.0, 404);
    assert_eq!(world.fill_in(&path, &[("action", "explode")]).await.status(), 400);
}

/// The number of the first delivery that can be sent again.
fn html_id(html: &str) -> &str {
    html.split_once("console/deliveries/").unwrap().1.split_once('/').unwrap().0
}

#[tokio::test]
async fn a_chargeback_takes_all_or_a_part() {
    let world = World::open().await;
    world.pay("ORD-1", "qris", "settle").await;
    let path = one(&world.id_of("ORD-1").await);
    let part = [("action", "chargeback"), ("amount", "5000"), ("back", path.as_str())];
    let html = world.press(&path, &part, &path).await;
    assert_has(&html, &["tag bad\">partial_chargeback"]);
    assert_has(&world.look(HOME).await, &["charged back <b>Rp5.000</b>"]);
    assert_eq!(offered(&html), ["chargeback"]);
    let rest = [("action", "chargeback"), ("amount", ""), ("back", path.as_str())];
    let html = world.press(&path, &rest, &path).await;
    assert_has(&html, &["tag bad\">chargeback"]);
    assert_has(&world.look(HOME).await, &["charged back <b>Rp125.000</b>"]);
}

#[tokio::test]
async fn a_transaction_without_a_page_leads_to_the_counter_and_to_its_twin() {
    let world = World::open().await;
    let charge = json!({
        "payment_type": "qris",
        "transaction_details": {"order_id": "ORD-1", "gross_amount": 7000},
    });
    let call = world.http.post(format!("{}/v2/charge", world.base)).json(&charge);
    let answer = call.basic_auth(crate::world::KEY, Some("")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let id = world.id_of("ORD-1").await;
    let counter = format!("/_sim/wallet?referenceid={id}");
    assert!(world.look(&one(&id)).await.contains(&format!("href=\"{counter}\"")));
    assert!(world.look(&counter).await.contains("Rp7.000"));

    let add = [("fault", "settle_twice"), ("order_id", "ORD-1")];
    world.press(SWITCHES, &add, SWITCHES).await;
    world.act(&id, "settle").await;
    let html = world.look(&one(&id)).await;
    assert_has(&html, &["Other transactions of the order", "by itself: settle in 1 min"]);
    world.wait(2).await;
    assert!(world.look(HOME).await.contains("<b class=\"bad\">1 twice</b>"));
}

#[tokio::test]
async fn time_jumps_and_runs_as_the_forms_say() {
    let world = World::open().await;
    let clock = "/_sim/console/clock";
    let jump = [("advance_seconds", "900"), ("back", "/_sim/console/deliveries?order_id=a%20b")];
    let html = world.press(clock, &jump, jump[1].1).await;
    assert_has(&html, &["2026-03-01 10:15:00", "value=\"a b\""]);
    let html = world.press(clock, &[("speed", "60"), ("back", HOME)], HOME).await;
    assert_has(&html, &["60 × real speed"]);
    for (field, value) in [
        ("speed", "0"),
        ("speed", "fast"),
        ("speed", "NaN"),
        ("advance_seconds", "-1"),
        ("advance_seconds", "99999999999"),
    ] {
        let html = world.pressed_in_vain(clock, &[(field, value)], 400).await;
        assert_has(&html, &["To the console"]);
    }
    assert_eq!(
        world.get("/_sim/clock").await,
        json!({"now": "2026-03-01T03:15:00Z", "speed": 60.0})
    );
}

#[tokio::test]
async fn switches_are_set_listed_and_removed() {
    let world = World::open().await;
    assert!(world.look(SWITCHES).await.contains("the simulator behaves"));
    let full = [
        ("fault", "stale"),
        ("order_id", "ORD-1"),
        ("payment_type", "qris"),
        ("status", "settlement"),
        ("call", "status"),
        ("probability", "0.5"),
        ("seed", "7"),
        ("every", "2"),
        ("skip", "1"),
        ("times", "3"),
        ("ms", "5000"),
        ("code", ""),
    ];
    world.press(SWITCHES, &full, SWITCHES).await;
    let html = world.press(SWITCHES, &[("fault", "drop"), ("status", "pending")], SWITCHES).await;
    let set = world.get("/_sim/faults").await;
    let expected = json!({
        "id": 1, "seen": 0, "hit": 0, "fault": "stale", "order_id": "ORD-1",
        "payment_type": "qris", "status": "settlement", "call": "status", "probability": 0.5,
        "seed": 7, "every": 2, "skip": 1, "times": 3, "ms": 5000,
    });
    assert_eq!(set[0], expected);
    assert_has(&html, &["class=\"count\">2<", "<small>every</small> 2", "is never sent", "0 / 0"]);
    world.pay("ORD-1", "qris", "pending").await;
    assert!(world.look(SWITCHES).await.contains("1 / 1"));
    assert!(world.look(DELIVERIES).await.contains("tag bad\">dropped"));

    let html = world.press(&format!("{SWITCHES}/1/remove"), &[], SWITCHES).await;
    assert!(!html.contains("<small>every</small> 2") && html.contains("<b>drop</b>"));
    world.pressed_in_vain(&format!("{SWITCHES}/1/remove"), &[], 404).await;
    let html = world.press(&format!("{SWITCHES}/off"), &[], SWITCHES).await;
    assert!(html.contains("the simulator behaves"));
}

#[tokio::test]
async fn a_switch_that_makes_no_sense_is_told_and_kept_in_the_form() {
    let world = World::open().await;
    let cases: [(Fields<'_>, &str); 7] = [
        (&[("fault", "")], "choose a fault"),
        (&[("fault", "explode")], "choose a fault"),
        (&[("fault", "delay"), ("ms", "soon")], "`ms` is a number"),
        (&[("fault", "delay"), ("call", "status")], "`call` does nothing with delay"),
        (&[("fault", "hang"), ("call", "nobody")], "`call` is one of the list"),
        (&[("fault", "drop"), ("probability", "1.5")], "a number from 0 to 1"),
        (&[("fault", "http_error"), ("code", "99"), ("after", "on")], "200 to 599"),
    ];
    for (fields, why) in cases {
        let fields = [fields, &[("order_id", "<kept> & \"safe\"")]].concat();
        let html = world.pressed_in_vain(SWITCHES, &fields, 400).await.replace("&#96;", "`");
        assert_has(&html, &["Not done:", why, "value=\"&#60;kept&#62; &#38; &#34;safe&#34;\""]);
        if why == "200 to 599" {
            assert_has(&html, &["value=\"http_error\" selected", "name=\"after\" checked"]);
        }
    }
    assert_eq!(world.get("/_sim/faults").await, json!([]));
    let html = world.look(&format!("{SWITCHES}?order_id=ORD-9")).await;
    assert!(html.contains("name=\"order_id\" value=\"ORD-9\""), "a link fills in the form");
}

#[tokio::test]
async fn every_fault_can_be_chosen() {
    let world = World::open().await;
    let html = world.look(SWITCHES).await;
    let list = html.split_once("name=\"fault\"").unwrap().1.split_once("</select>").unwrap().0;
    let names: Vec<_> = list.split("<option value=\"").skip(2).collect();
    assert_eq!(names.len(), 34);
    for name in names {
        let name = name.split_once('"').unwrap().0;
        world.press(SWITCHES, &[("fault", name)], SWITCHES).await;
    }
    assert_eq!(world.get("/_sim/faults").await.as_array().unwrap().len(), 34);
}

#[tokio::test]
async fn autopay_and_fees_are_set() {
    let world = World::open().await;
    let on = [("enabled", "on"), ("method", "gopay"), ("delay_ms", "60000")];
    let html = world.press("/_sim/console/autopay", &on, SETTINGS).await;
    assert_has(&html, &["value=\"gopay\" selected", "value=\"60000\""]);
    let set = json!({"enabled": true, "method": "gopay", "delay_ms": 60000, "skip_pending_notification": false});
    assert_eq!(world.get("/_sim/autopay").await, set);
    let fee = [("enabled", "on"), ("amount", "2500")];
    let html = world.press("/_sim/console/fees", &fee, SETTINGS).await;
    assert_has(&html, &["value=\"2500\""]);
    assert_eq!(world.get("/_sim/fees").await, json!({"enabled": true, "amount": 2500}));

    let wrong = [("method", "shells"), ("delay_ms", "77")];
    let html = world.pressed_in_vain("/_sim/console/autopay", &wrong, 400).await;
    assert_has(&html, &["no such method: it is one of bca_va, ", "value=\"77\"", "value=\"2500\""]);
    let html = world.press("/_sim/console/fees", &[("amount", "")], SETTINGS).await;
    assert_has(&html, &["value=\"2500\""]);
    assert_eq!(world.get("/_sim/fees").await, json!({"enabled": false, "amount": 2500}));
    let html = world.pressed_in_vain("/_sim/console/fees", &[("amount", "-5")], 400).await;
    assert_has(&html, &["a fee is 0 to", "value=\"-5\"", "value=\"60000\""]);
    assert_eq!(world.get("/_sim/autopay").await, set);
    let html = world.press("/_sim/console/autopay", &[("method", "qris")], SETTINGS).await;
    assert!(html.contains("value=\"qris\" selected"));
    assert_eq!(world.get("/_sim/autopay").await["enabled"], false);

    // A program may say whose setting it is; the form is a person's.
    let by = |length: usize| json!({ "enabled": true, "set_by": "d".repeat(length) });
    assert_eq!(world.put("/_sim/autopay", by(101)).await.0, 400);
    assert_eq!(world.put("/_sim/autopay", by(100)).await.0, 200);
    assert_eq!(world.get("/_sim/autopay").await["set_by"], "d".repeat(100));
    world.press("/_sim/console/autopay", &[("method", "qris")], SETTINGS).await;
    assert!(world.get("/_sim/autopay").await.get("set_by").is_none());
}

#[tokio::test]
async fn leniency_is_set_and_shown() {
    let world = World::open().await;
    let ticked = "name=\"order_ids\" checked";
    assert!(!world.look(SETTINGS).await.contains(ticked));
    let on = [("order_ids", "on")];
    assert!(world.press("/_sim/console/leniency", &on, SETTINGS).await.contains(ticked));
    assert_eq!(world.get("/_sim/leniency").await, json!({"order_ids": true}));
    assert!(!world.press("/_sim/console/leniency", &[], SETTINGS).await.contains(ticked));
}

#[tokio::test]
async fn deliveries_show_each_try_and_what_comes() {
    let world = World::open().await;
    world.endpoint.answer(&[500]);
    let html = world.press("/_sim/console/test-notification", &[], DELIVERIES).await;
    assert_has(&html, &["payment_notif_test_G000000001", "next attempt now", "tag wait\">waiting"]);
    assert!(html.contains(&world.endpoint.url("callback")));
    world.settle_down().await;
    let html = world.look(DELIVERIES).await;
    assert_has(&html, &["<b class=\"bad\">500</b>", "next attempt in 2 min", "10:02:00"]);
    world.wait(2).await;
    let html = world.look(DELIVERIES).await;
    assert_has(&html, &["<b class=\"good\">200</b>", "tag good\">delivered"]);
    assert!(!html.contains("next attempt"));
    assert!(world.look(&format!("{DELIVERIES}?order_id=ORD-1")).await.contains("No deliveries"));
}

#[tokio::test]
async fn nothing_that_is_sent_becomes_markup() {
    let world = World::open().await;
    let evil = "</pre><script>alert(1)</script>\"'";
    let charge = json!({
        "payment_type": "qris",
        "transaction_details": {"order_id": "ORD-1", "gross_amount": 7000},
        "custom_field1": evil,
        "callbacks": {"finish": format!("https://toko.example/{evil}")},
    });
    let call = world.http.post(format!("{}/snap/v1/transactions", world.base)).json(&charge);
    let answer = call.basic_auth(crate::world::KEY, Some("")).send().await.unwrap();
    let created: serde_json::Value = answer.json().await.unwrap();
    let pay = format!("/_sim/pages/{}/pay", created["token"].as_str().unwrap());
    assert_eq!(world.post(&pay, json!({"method": "qris"})).await.0, 200);
    let path = one(&world.id_of("ORD-1").await);
    let refund = json!({"reason": evil, "refund_key": "key-1", "amount": 1});
    let call = world.http.post(format!("{}/v2/ORD-1/refund", world.base)).json(&refund);
    call.basic_auth(crate::world::KEY, Some("")).send().await.unwrap();
    world
        .fill_in(SWITCHES, &[("fault", "drop"), ("order_id", evil), ("transaction_id", evil)])
        .await;
    let query = Serializer::new(String::new()).append_pair("order_id", evil).finish();
    let pages = [
        (path, 4),
        (SWITCHES.to_owned(), 2),
        (format!("{HOME}?{query}"), 1),
        (format!("{DELIVERIES}?{query}"), 1),
        (format!("{SWITCHES}?{query}"), 1),
        (DELIVERIES.to_owned(), 1),
    ];
    for (path, times) in pages {
        let html = world.look(&path).await;
        assert!(!html.contains("<script") && !html.contains("\"'"), "{path}: {html}");
        let shown = html.matches("&#60;script&#62;alert(1)&#60;/script&#62;").count();
        assert!(shown >= times, "{path}: {shown} times");
    }
}

#[tokio::test]
async fn a_form_comes_back_to_the_console_only() {
    let world = World::open().await;
    for back in ["https://evil.example", "//evil.example", "/v2", "/_sim/\r\nx: y", "javascript:1"]
    {
        world.press("/_sim/console/clock", &[("back", back)], HOME).await;
    }
}
