//! What needs no key is for our own pages and for programs: another site presses no button.

use crate::by_hand::GOOD_CARD;
use crate::world::World;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

const PUBLIC: &str = "https://sim.example";

type Headers<'a> = &'a [(&'a str, &'a str)];

impl World {
    /// A form as a browser sends it; `path` may be a whole address.
    fn sent_by(&self, method: &Method, path: &str, headers: Headers<'_>) -> RequestBuilder {
        let mut call = self.http.request(method.clone(), format!("{}{path}", self.base));
        call = call.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        call
    }

    async fn code(&self, method: &Method, path: &str, headers: Headers<'_>) -> u16 {
        self.sent_by(method, path, headers).send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn a_form_is_ours_by_what_the_browser_says() {
    let world = World::with(|config| config.public_url = format!("{PUBLIC}/")).await;
    let host = world.base.strip_prefix("http://").unwrap().to_owned();
    let own = format!("http://{host}");
    let cases: [(Headers<'_>, u16); 12] = [
        (&[], 303),
        (&[("sec-fetch-site", "same-origin"), ("origin", &own)], 303),
        (&[("sec-fetch-site", "none")], 303),
        (&[("origin", &own)], 303),
        (&[("origin", PUBLIC)], 303),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "same-site"), ("origin", &own)], 403),
        (&[("origin", "https://evil.example")], 403),
        (&[("origin", "http://sim.example")], 403),
        (&[("origin", "http://127.0.0.1:1")], 403),
        (&[("origin", "null")], 403),
        (&[("origin", host.as_str())], 403),
    ];
    for (headers, code) in cases {
        let path = "/_sim/console/test-notification";
        assert_eq!(world.code(&Method::POST, path, headers).await, code, "{headers:?}");
    }
    assert_eq!(world.get("/_sim/deliveries").await.as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn nothing_without_a_key_is_done_for_another_site() {
    let world = World::open().await;
    let token = world.create("ORD-1").await.token;
    world.pay("ORD-2", "qris", "pending").await;
    let told = world.card("ORD-3", GOOD_CARD, json!({"authentication": true})).await;
    let counter = format!("/_sim/counter/{}", told["transaction_id"].as_str().unwrap());
    world.put("/_sim/faults", json!([{"fault": "drop", "order_id": "nobody"}])).await;
    let before = world.get("/_sim/deliveries").await;
    let page = format!("/snap/v4/redirection/{token}");
    let pay = format!("/_sim/pages/{token}/pay");
    let (post, put) = (Method::POST, Method::PUT);
    let cases = [
        (&post, page.clone() + "/choose"),
        (&post, page.clone() + "/act"),
        (&post, counter),
        (&post, pay),
        (&post, "/_sim/transactions/ORD-2/settle".to_owned()),
        (&post, "/_sim/deliveries/1/resend".to_owned()),
        (&post, "/_sim/test-notification".to_owned()),
        (&post, "/_sim/faults".to_owned()),
        (&put, "/_sim/faults".to_owned()),
        (&put, "/_sim/clock".to_owned()),
        (&Method::DELETE, "/_sim/faults/1".to_owned()),
    ];
    for (method, path) in &cases {
        for headers in [[("sec-fetch-site", "cross-site")], [("origin", "https://evil.example")]] {
            assert_eq!(world.code(method, path, &headers).await, 403, "{path} {headers:?}");
        }
        assert_ne!(world.code(method, path, &[]).await, 403, "a program at {path}");
    }
    // The last loop was a program, too: it moved what needs no body.
    let moved = world.get("/_sim/transactions/ORD-2").await;
    assert_eq!(moved["transaction_status"], "settlement");
    assert_ne!(world.get("/_sim/deliveries").await, before);
    for path in [page.as_str(), "/_sim/", "/_sim/clock"] {
        let link = [("sec-fetch-site", "cross-site")];
        assert_eq!(world.code(&Method::GET, path, &link).await, 200, "a link may lead to {path}");
    }
}

#[tokio::test]
async fn every_page_with_a_form_lets_the_browser_name_us() {
    let world = World::open().await;
    let page = world.create("ORD-1").await.redirect_url;
    let told = world.card("ORD-2", GOOD_CARD, json!({"authentication": true})).await;
    let bank = told["redirect_url"].as_str().unwrap().to_owned();
    for url in [page, bank, format!("{}/_sim/", world.base)] {
        let shown = world.http.get(&url).send().await.unwrap();
        assert_eq!(shown.status(), 200);
        assert_eq!(shown.headers()["referrer-policy"], "same-origin", "{url}");
    }
}
