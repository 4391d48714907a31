//! Bad input at every endpoint, each answered in the words of its dialect, and nothing left behind.

use crate::by_hand::{GOOD_CARD, Told, answer, charge_of, exactly};
use crate::world::{KEY, World};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// What callers get wrong, whatever the endpoint.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    NoKey,
    OtherKey,
    Password,
    Bearer,
    Accept,
    Verb,
    /// Half a JSON text.
    Malformed,
    NotUtf8,
    /// More than 256 KiB.
    Oversize,
    Plain,
    Null,
    List,
    Number,
}

use Wrong::*;

const ALL: [Wrong; 13] = [
    NoKey, OtherKey, Password, Bearer, Accept, Verb, Malformed, NotUtf8, Oversize, Plain, Null,
    List, Number,
];

/// An endpoint that wants the server key.
struct Endpoint {
    method: Method,
    path: &'static str,
    /// A good body.
    body: Value,
    /// What it answers to wrong bodies, `Malformed` to `Number`, in the form of [`Told::seen`].
    bodies: [&'static str; 7],
}

fn endpoint(
    method: Method,
    path: &'static str,
    body: Value,
    bodies: [&'static str; 7],
) -> Endpoint {
    Endpoint { method, path, body, bodies }
}

/// `ORD-1` is a pending virtual account, `TOKEN` a page that nobody has used.
fn endpoints() -> Vec<Endpoint> {
    let (post, get) = (Method::POST, Method::GET);
    let charge = charge_of("ORD-new", "qris", Value::Null);
    let broken = ["200 core 413", "200 core 413", "200 core 413", "200 core 415"];
    let with = |null, list, number| {
        let [malformed, not_utf8, oversize, plain] = broken;
        [malformed, not_utf8, oversize, plain, null, list, number]
    };
    let empty = "200 core 500";
    let charges = with(empty, empty, empty);
    let invalid = "400 core 400";
    let captures = with(invalid, invalid, invalid);
    // No body asks for everything, which a virtual account cannot give back.
    let refunds = with("200 core 412", invalid, invalid);
    let ignored = |seen| [seen; 7];
    let snap = "400 snap";
    let pages = [snap, snap, "413 snap", "415 snap", snap, snap, snap];
    let capture = json!({"transaction_id": "ORD-1"});
    let ask = json!({"amount": 1000});
    vec![
        endpoint(post.clone(), "/v2/charge", charge.clone(), charges),
        endpoint(post.clone(), "/v2/capture", capture, captures),
        endpoint(post.clone(), "/v2/ORD-1/refund", ask.clone(), refunds),
        endpoint(post.clone(), "/v2/ORD-1/refund/online/direct", ask, refunds),
        endpoint(post.clone(), "/v2/nobody/cancel", Value::Null, ignored("200 core 404")),
        endpoint(post.clone(), "/v2/nobody/expire", Value::Null, ignored("200 core 404")),
        endpoint(post.clone(), "/v2/ORD-1/approve", Value::Null, ignored("200 core 412")),
        endpoint(post.clone(), "/v2/ORD-1/deny", Value::Null, ignored("200 core 412")),
        endpoint(get.clone(), "/v2/ORD-1/status", Value::Null, ignored("200 core 201")),
        endpoint(get, "/v2/ORD-1/status/b2b", Value::Null, ignored("200 core 200")),
        endpoint(post.clone(), "/snap/v1/transactions", charge, pages),
        endpoint(post, "/snap/v1/transactions/nobody/cancel", Value::Null, ignored("404 snap")),
    ]
}

impl Endpoint {
    fn is_snap(&self) -> bool {
        self.path.starts_with("/snap")
    }

    fn expected(&self, wrong: Wrong) -> &'static str {
        match (wrong, self.is_snap()) {
            (NoKey | OtherKey | Password | Bearer, true) => "401 snap",
            (NoKey | OtherKey | Password | Bearer, false) => "401 core 401",
            (Accept, true) => "403 snap",
            (Accept, false) => "200 core 403",
            (Verb, true) => "405 snap",
            (Verb, false) => "200 core 405",
            (body, _) => self.bodies[body as usize - Malformed as usize],
        }
    }

    fn call(&self, world: &World, wrong: Wrong) -> RequestBuilder {
        let url = format!("{}{}", world.base, self.path);
        let method = match wrong {
            Verb => Method::PUT,
            _ => self.method.clone(),
        };
        let call = world.http.request(method, url);
        let call = match wrong {
            NoKey => call,
            OtherKey => call.basic_auth("SB-Mid-server-OTHER", Some("")),
            Password => call.basic_auth(KEY, Some("secret")),
            Bearer => call.bearer_auth(KEY),
            Accept => call.basic_auth(KEY, Some("")).header("accept", "text/html"),
            _ => call.basic_auth(KEY, Some("")),
        };
        let kind = if matches!(wrong, Plain) { "text/plain" } else { "application/json" };
        call.header("content-type", kind).body(self.bytes(wrong))
    }

    fn bytes(&self, wrong: Wrong) -> Vec<u8> {
        match wrong {
            Malformed => br#"{"transaction_details": {"#.to_vec(),
            NotUtf8 => b"{\"payment_type\": \"\xff\"}".to_vec(),
            Oversize => format!("{{\"a\": \"{}\"}}", "a".repeat(300 * 1024)).into_bytes(),
            Null => b"null".to_vec(),
            List => b"[1]".to_vec(),
            Number => b"7".to_vec(),
            _ => self.body.to_string().into_bytes(),
        }
    }
}

/// All that could be left behind.
async fn traces(world: &World) -> Vec<Value> {
    world.settle_down().await;
    let mut traces = vec![];
    for path in ["transactions", "deliveries", "ledger", "ledger/postings", "fees", "autopay"] {
        traces.push(world.get(&format!("/_sim/{path}")).await);
    }
    traces.push(world.get("/_sim/faults").await);
    traces
}

async fn with_an_order() -> World {
    let world = World::open().await;
    world.charge(charge_of("ORD-1", "bank_transfer", json!({"bank": "bca"}))).await;
    world
}

#[tokio::test]
async fn every_endpoint_with_a_key_refuses_every_kind_of_nonsense() {
    let world = with_an_order().await;
    let before = traces(&world).await;
    for endpoint in endpoints() {
        for wrong in ALL {
            let told = answer(endpoint.call(&world, wrong)).await;
            assert_eq!(told.seen(), endpoint.expected(wrong), "{} {wrong:?}", endpoint.path);
            complete(&told);
        }
    }
    assert_eq!(traces(&world).await, before);
}

/// A refusal has all that its dialect gives, and is JSON.
fn complete(told: &Told) {
    assert_eq!(told.kind, "application/json", "{told:?}");
    let code = told.body["status_code"].as_str().unwrap_or_default();
    if !("400".."999").contains(&code) || code == "407" {
        return;
    }
    assert!(told.body["status_message"].as_str().is_some_and(|text| !text.is_empty()));
    assert_eq!(told.body["id"].as_str().map(str::len), Some(36), "{told:?}");
    let messages = told.body["validation_messages"].as_array().map(Vec::len);
    assert_eq!(messages.is_some_and(|count| count > 0), code == "400", "{told:?}");
}

#[tokio::test]
async fn odd_ids_are_unknown_or_no_path_at_all() {
    let world = with_an_order().await;
    let before = traces(&world).await;
    let long = "x".repeat(3000);
    let paths = [
        (Method::GET, "/v2/{id}/status", "200 core 404"),
        (Method::GET, "/v2/{id}/status/b2b", "200 core 404"),
        (Method::POST, "/v2/{id}/cancel", "200 core 404"),
        (Method::POST, "/v2/{id}/expire", "200 core 404"),
        (Method::POST, "/v2/{id}/approve", "200 core 404"),
        (Method::POST, "/v2/{id}/deny", "200 core 404"),
        (Method::POST, "/v2/{id}/refund", "200 core 404"),
        (Method::POST, "/v2/{id}/refund/online/direct", "200 core 404"),
        (Method::POST, "/snap/v1/transactions/{id}/cancel", "404 snap"),
        (Method::GET, "/v2/gopay/{id}/qr-code", "404 html"),
        (Method::GET, "/v2/qris/{id}/qr-code", "404 html"),
        (Method::GET, "/v4/qris/gopay/{id}/qr-code", "404 html"),
        (Method::GET, "/snap/v4/redirection/{id}", "404 html"),
        (Method::GET, "/_sim/3ds?referenceid={id}", "404 html"),
        (Method::GET, "/_sim/gopay/checkout?referenceid={id}", "404 html"),
        (Method::GET, "/_sim/wallet?referenceid={id}", "404 html"),
        (Method::GET, "/_sim/transactions/{id}", "404 error"),
        (Method::POST, "/_sim/transactions/{id}/settle", "404 error"),
    ];
    for (method, path, unknown) in paths {
        for id in ["nobody", "a%2Fb", "%00", "%27%20OR%201%3D1", "ORD-1%20", "ord-1", &long] {
            let told = answer(world.call(method.clone(), &path.replace("{id}", id))).await;
            assert_eq!(told.seen(), unknown, "{path} {id}");
        }
        let broken = answer(world.call(method, &path.replace("{id}", "%ff"))).await;
        let expected = match path {
            // In a query, what is not UTF-8 is replaced.
            path if path.contains("?referenceid") => "404 html",
            path if path.starts_with("/_sim") => "400 error",
            _ => "404 html",
        };
        assert_eq!(broken.seen(), expected, "{path}");
    }
    let empty = ["/v2//cancel", "/v2//refund", "/snap/v1/transactions//cancel", "/v2"];
    for path in empty {
        let told = answer(world.call(Method::POST, path)).await;
        assert_eq!(told.seen(), "404 html", "{path}");
    }
    assert_eq!(traces(&world).await, before);
}

/// The same texts in both dialects: in `validation_messages` and in `error_messages`.
#[tokio::test]
async fn order_ids_that_cannot_be_are_refused_by_name() {
    let world = World::open().await;
    let symbol = "transaction_details.order_id contains a symbol that is not allowed";
    let required = "transaction_details.order_id is required";
    let long = "transaction_details.order_id is too long (maximum is 50 characters)";
    let cases = [
        (json!("a b"), symbol),
        (json!("a/b"), symbol),
        (json!("a#b"), symbol),
        (json!("a%20b"), symbol),
        (json!("pesanan-é"), symbol),
        (json!("a\u{0}"), symbol),
        (json!("x".repeat(51)), long),
        (json!(""), required),
        (json!(null), required),
        (json!(-5), required),
        (json!(1.5), required),
        (json!({"a": 1}), required),
    ];
    for (id, expected) in cases {
        let mut asked = charge_of("", "qris", Value::Null);
        asked["transaction_details"]["order_id"] = id.clone();
        let told = world.charge(asked.clone()).await;
        assert_eq!(told["status_code"], "400", "{id}");
        assert_eq!(told["validation_messages"], json!([expected]), "{id}");
        let told = answer(world.call(Method::POST, "/snap/v1/transactions").json(&asked)).await;
        assert_eq!((told.http, told.body), (400, json!({ "error_messages": [expected] })), "{id}");
    }
    for good in ["a", "AZ-az_09~.", &"x".repeat(50)] {
        assert_eq!(world.charge(charge_of(good, "qris", Value::Null)).await["status_code"], "201");
    }
}

#[tokio::test]
async fn each_refusal_has_its_own_words() {
    let world = with_an_order().await;
    world.card("ORD-paid", GOOD_CARD, json!({})).await;
    let core = |path: &str, body: &str| {
        let call = world.call(Method::POST, path).header("content-type", "application/json");
        answer(call.body(body.to_owned()))
    };
    let cowries = charge_of("ORD-2", "cowries", Value::Null).to_string();
    let taken = charge_of("ORD-1", "qris", Value::Null).to_string();
    let no_token = charge_of("ORD-2", "credit_card", Value::Null).to_string();
    let cases = [
        ("/v2/charge", cowries, "402", "Payment channel is not activated."),
        ("/v2/x/cancel", String::new(), "404", "Transaction doesn't exist."),
        (
            "/v2/charge",
            taken,
            "406",
            "The request could not be completed due to a conflict with the current state of the \
             target resource, please try again",
        ),
        ("/v2/charge", no_token, "411", "Credit card token is missing, invalid, or timed out."),
        ("/v2/ORD-paid/refund", String::new(), "412", "Transaction status cannot be updated."),
        (
            "/v2/charge",
            "{".to_owned(),
            "413",
            "The request cannot be processed due to malformed syntax in the request body.",
        ),
        (
            "/v2/charge",
            String::new(),
            "500",
            "Sorry. Our system is recovering from unexpected issues. Please retry.",
        ),
    ];
    for (path, body, code, message) in cases {
        let told = core(path, &body).await;
        assert_eq!(told.http, 200);
        let expected = json!({"status_code": code, "status_message": message, "id": "#uuid"});
        exactly(&expected, &told.body);
    }
    let bare = answer(world.http.post(format!("{}/snap/v1/transactions", world.base))).await;
    let expected = json!({"error_messages": [
        "Access denied due to unauthorized transaction, please check client or server key",
        "Visit https://docs.midtrans.com for more details on the Authorization header",
    ]});
    assert_eq!(bare.body, expected);
}

#[tokio::test]
async fn what_anybody_may_call_takes_nonsense_too() {
    let world = with_an_order().await;
    let token = world.create("ORD-2").await.token;
    let before = traces(&world).await;
    let page = format!("/snap/v4/redirection/{token}");
    let (get, post) = (Method::GET, Method::POST);
    let cases = [
        (post.clone(), "/v2/token".to_owned(), "", "200 core 405"),
        (post.clone(), "/v2/qris/ORD-1/qr-code".to_owned(), "", "200 core 405"),
        (post.clone(), page.clone(), "", "405 snap"),
        (get.clone(), format!("{page}/choose"), "", "405 snap"),
        (post.clone(), format!("{page}/choose"), "method=shells", "400 empty"),
        (post.clone(), format!("{page}/choose"), "", "400 empty"),
        (post.clone(), format!("{page}/choose"), "method=%ff", "400 empty"),
        (post.clone(), format!("{page}/act"), "action=explode", "400 empty"),
        (post.clone(), format!("{page}/act"), "action=pay", "404 html"),
        (post.clone(), "/snap/v4/redirection/nobody/choose".to_owned(), "method=qris", "404 html"),
        (post.clone(), "/snap/v4/redirection/nobody/act".to_owned(), "action=pay", "404 html"),
        (post.clone(), "/_sim/counter/nobody".to_owned(), "action=pay", "404 html"),
        (post.clone(), "/_sim/counter/ORD-1".to_owned(), "action=explode", "400 empty"),
        (post.clone(), "/_sim/counter/%ff".to_owned(), "action=pay", "400 empty"),
        (get.clone(), "/_sim/3ds".to_owned(), "", "404 html"),
        (get.clone(), "/snap/v9".to_owned(), "", "404 html"),
        (get, "/_sim/nothing".to_owned(), "", "404 error"),
    ];
    for (method, path, form, expected) in cases {
        let call = world.http.request(method, format!("{}{path}", world.base));
        let call = call.header("content-type", "application/x-www-form-urlencoded");
        let told = answer(call.body(form.to_owned())).await;
        assert_eq!(told.seen(), expected, "{path} {form}");
    }
    let json = world.http.post(format!("{}{page}/choose", world.base)).json(&json!({}));
    assert_eq!(answer(json).await.seen(), "400 empty", "a form is a form");
    let huge = world.http.post(format!("{}{page}/choose", world.base));
    let huge = huge.header("content-type", "application/x-www-form-urlencoded");
    let huge = huge.body(format!("method={}", "q".repeat(300 * 1024)));
    assert_eq!(answer(huge).await.seen(), "400 empty");
    assert_eq!(traces(&world).await, before);
}

/// The simulator's own endpoints: small JSON with what is wrong.
#[tokio::test]
async fn the_simulators_own_endpoints_say_what_is_wrong() {
    let world = with_an_order().await;
    let page = world.create("ORD-2").await.token;
    let before = traces(&world).await;
    let (post, put) = (Method::POST, Method::PUT);
    let takers = [
        (post.clone(), format!("/_sim/pages/{page}/pay")),
        (post, "/_sim/faults".to_owned()),
        (put.clone(), "/_sim/faults".to_owned()),
        (put.clone(), "/_sim/fees".to_owned()),
        (put.clone(), "/_sim/autopay".to_owned()),
        (put, "/_sim/clock".to_owned()),
    ];
    let huge = format!("\"{}\"", "a".repeat(300 * 1024));
    let bodies = [
        ("application/json", "?", "400 error"),
        ("application/json", "7", "422 error"),
        ("application/json", r#"{"nonsense": 1}"#, "422 error"),
        ("application/json", &huge, "413 error"),
        ("text/plain", "{}", "415 error"),
    ];
    for (method, path) in takers {
        for (kind, body, expected) in bodies {
            let call = world.http.request(method.clone(), format!("{}{path}", world.base));
            let told = answer(call.header("content-type", kind).body(body.to_owned())).await;
            assert_eq!(told.seen(), expected, "{method} {path} {body:.20}");
        }
    }
    for body in ["{", "7", r#"{"nonsense": 1}"#, r#"{"amount": "x"}"#] {
        let call = world.http.post(format!("{}/_sim/transactions/ORD-1/settle", world.base));
        assert_eq!(answer(call.body(body)).await.seen(), "400 error", "{body}");
    }
    let other = [
        (Method::GET, "/_sim/transactions?limit=x", "400 error"),
        (Method::GET, "/_sim/transactions?limt=1", "400 error"),
        (Method::GET, "/_sim/deliveries?before=x", "400 error"),
        (Method::GET, "/_sim/ledger/postings?limit=-1", "400 error"),
        (Method::POST, "/_sim/deliveries/x/resend", "400 error"),
        (Method::POST, "/_sim/deliveries/999/resend", "404 error"),
        (Method::DELETE, "/_sim/faults/x", "400 error"),
        (Method::DELETE, "/_sim/faults/999", "404 error"),
        (Method::POST, "/_sim/transactions/ORD-1/explode", "400 error"),
        (Method::POST, "/_sim/transactions/ORD-1/reverse", "409 error"),
    ];
    for (method, path, expected) in other {
        let told = answer(world.http.request(method, format!("{}{path}", world.base))).await;
        assert_eq!(told.seen(), expected, "{path}");
    }
    assert_eq!(traces(&world).await, before);
}
