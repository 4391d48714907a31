//! Orders that cannot be taken (reference: reliability.md B01 to B13): each is refused with the
//! reason, nothing comes of it, and the next good order is taken.

use crate::Stack;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Raw, changed, order, post_order, text, with_unit_price};

const JSON: (&str, &str) = ("content-type", "application/json");
const KEY: (&str, &str) = ("idempotency-key", "one");

async fn post(stack: &Stack, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Answer {
    stack.send(Method::POST, "/v1/orders", headers, body).await
}

/// Refused with 422 and this field.
async fn refused(stack: &Stack, body: impl ToString, pointer: &str) {
    stack.place("bad", body.to_string()).await.names_field(pointer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b01_an_empty_body_is_not_json() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    for empty in ["", " ", "\r\n\t"] {
        post(&stack, &[JSON, KEY], empty).await.problem(400, "malformed_json");
    }
    stack.assert_untouched(before).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b02_a_body_cut_off_anywhere_is_not_json() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let whole = order().to_string();
    for at in (1..whole.len()).step_by(17) {
        let problem = stack.place("cut", whole[..at].to_owned()).await;
        let problem = problem.problem(400, "malformed_json");
        assert!(problem["line"].is_u64() && problem["column"].is_u64(), "{problem}");
    }
    for bad in [r#"{"items":[{"sku":"A""#, "[[[[", "nul", "{'a':1}", "{} {}", "\u{feff}{}"] {
        stack.place("bad", bad).await.problem(400, "malformed_json");
    }
    stack.place("bad", vec![b'"', 0xff, 0xfe, b'"']).await.problem(400, "malformed_json");
    stack.place("bad", "[".repeat(60_000)).await.problem(400, "malformed_json");
    stack.assert_untouched(before).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b03_another_media_type_is_not_supported() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let body = order().to_string();
    let types: [&[(&str, &str)]; 5] = [
        &[("content-type", "text/plain"), KEY],
        &[KEY],
        &[("content-type", "application/x-www-form-urlencoded"), KEY],
        &[("content-type", "text/json"), KEY],
        &[JSON, ("content-encoding", "gzip"), KEY],
    ];
    for headers in types {
        post(&stack, headers, body.clone()).await.problem(415, "unsupported_media_type");
    }
    stack.assert_untouched(before).await;
    for good in ["application/json; charset=utf-8", "Application/JSON"] {
        let key = ("idempotency-key", good.split(';').next().unwrap());
        post(&stack, &[("content-type", good), key], body.clone()).await.expect(201);
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b04_money_is_whole_rupiah_in_an_integer() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let prices = ["19999.99", "1e3", "\"10000\"", "80000.0", "null", "true", "[]", "1e400"];
    for price in prices {
        let problem = stack.place("bad", with_unit_price(price)).await;
        assert!(matches!(problem.status, 400 | 422), "{price}: {problem:?}");
        // A number beyond every float is no number to the parser.
        if price != "1e400" {
            problem.names_field("/lines/0/unit_price");
        }
    }
    refused(&stack, with_unit_price("9223372036854775808"), "/lines/0/unit_price").await;
    stack.assert_untouched(before).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b05_quantities_and_prices_are_not_negative() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let cases = [
        ("/lines/0/quantity", json!(0)),
        ("/lines/0/quantity", json!(-1)),
        ("/lines/1/quantity", json!(1.5)),
        ("/lines/0/unit_price", json!(-5000)),
        ("/lines/1/unit_price", json!(i64::MIN)),
    ];
    for (pointer, value) in cases {
        refused(&stack, changed(order(), pointer, value), pointer).await;
    }
    let free = changed(order(), "/lines/0/unit_price", json!(0));
    refused(&stack, changed(free, "/lines/1/unit_price", json!(0)), "/lines").await;
    stack.assert_untouched(before).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b06_a_total_beyond_all_counting_does_not_wrap() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let line = |quantity: u64, price: i64| json!({ "sku": "A", "name": "A", "quantity": quantity, "unit_price": price });
    let quantity = line(9_223_372_036_854_775_807, 2);
    let body = changed(order(), "/lines", json!([quantity]));
    refused(&stack, body, "/lines/0/quantity").await;
    let totals = [
        json!([line(2, i64::MAX)]),
        json!([line(u64::from(u32::MAX), i64::MAX)]),
        // Both would be a few hundred rupiah to whoever counts in 64 bits and wraps.
        json!([line(4, 4_611_686_018_427_388_004)]),
        json!([line(1, i64::MAX), line(1, i64::MAX), line(1, 402)]),
        json!([line(1, 1_000_000_000_000), line(1, 1)]),
    ];
    for lines in totals {
        refused(&stack, changed(order(), "/lines", lines), "/lines").await;
    }
    stack.assert_untouched(before).await;
    let most = changed(order(), "/lines", json!([line(1, 1_000_000_000_000)]));
    assert_eq!(stack.create(&most).await["total_amount"], 1_000_000_000_000_i64);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b07_a_request_without_a_key_is_told_the_rule() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let body = order().to_string();
    for headers in [&[JSON][..], &[JSON, ("idempotency-key", "")]] {
        let answer = post(&stack, headers, body.clone()).await;
        let problem = answer.problem(400, "missing_idempotency_key");
        let rule = text(&problem, "/type");
        assert!(text(&problem, "/detail").contains(&rule), "{problem}");
        let page = stack.get(&rule).await.expect(200);
        assert!(page.text.contains("Idempotency-Key"), "{}", page.text);
    }
    let long = "x".repeat(256);
    for key in ["two words", "kopi\u{e9}", &long, "\"\""] {
        let headers = [JSON, ("idempotency-key", key)];
        post(&stack, &headers, body.clone()).await.problem(400, "invalid_parameter");
    }
    let twice = [JSON, KEY, ("idempotency-key", "two")];
    post(&stack, &twice, body).await.problem(400, "invalid_parameter");
    stack.assert_untouched(before).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b08_a_key_used_for_one_rupiah_more_is_refused() {
    let stack = crate::start().await;
    let created = stack.place("one", order().to_string()).await.expect(201);
    let id = text(&created.json(), "/id");
    let first = stack.order_becomes(&id, "awaiting_payment").await;
    stack.told(&id, 1).await;
    let before = stack.footprint().await;
    let other = stack.place("one", with_unit_price("80001")).await;
    other.problem(422, "idempotency_mismatch");
    assert_eq!(stack.order(&id).await, first);
    stack.assert_untouched(before).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b10_an_address_cannot_break_a_mail() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let addresses = [
        "a@b.id\r\nBcc: x@evil.id",
        "a@b.id\nBcc: x@evil.id",
        "a@b.id,x@evil.id",
        "\"a b\"@b.id",
        "a@b.id\u{0}",
        "a@b",
        "@b.id",
        "a@",
        "",
        "Budi <a@b.id>",
        "a@b.id ",
    ];
    for address in addresses {
        let body = changed(order(), "/customer/email", json!(address));
        refused(&stack, body, "/customer/email").await;
    }
    stack.assert_untouched(before).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b11_control_characters_are_refused_by_field() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let fields = ["/customer/name", "/lines/0/sku", "/lines/1/name", "/reference"];
    for pointer in fields {
        for bad in ["Bu\u{0}di", "Bu\r\ndi", "Bu\u{1b}[31mdi", "", "   ", &"x".repeat(200)] {
            refused(&stack, changed(order(), pointer, json!(bad)), pointer).await;
        }
    }
    refused(&stack, changed(order(), "/metadata", json!({ "a": "\u{0}" })), "/metadata/a").await;
    refused(&stack, changed(order(), "/locale", json!("fr")), "/locale").await;
    refused(&stack, changed(order(), "/customer/phone", json!("0812<x>")), "/customer/phone").await;
    stack.assert_untouched(before).await;
    let odd = changed(order(), "/customer/name", json!("Bu\u{1F600}di O'Neil <b>&\u{202e}"));
    stack.create(&odd).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shapes_that_are_not_an_order_are_refused_by_field() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let many: Vec<Value> = (0..101).map(|_| order()["lines"][0].clone()).collect();
    let cases = [
        ("/lines", json!([])),
        ("/lines", json!(many)),
        ("/lines", json!({})),
        ("/customer", json!("Budi")),
        ("/customer/name", json!(1)),
        ("/lines/0/discount", json!(1)),
        ("/total_amount", json!(1)),
        ("/metadata", json!({ "a": 1 })),
    ];
    for (pointer, value) in cases {
        let answer = stack.place("bad", changed(order(), pointer, value).to_string()).await;
        let problem = answer.problem(422, "validation_failed");
        let named = text(&problem, "/errors/0/pointer");
        assert!(named.starts_with(pointer), "{pointer}: {problem}");
    }
    let twice = order().to_string().replacen('{', r#"{"locale":"id","#, 1);
    refused(&stack, twice, "/locale").await;
    for shape in ["[]", "null", "1", "\"order\""] {
        stack.place("bad", shape).await.problem(422, "validation_failed");
    }
    stack.assert_untouched(before).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_faults_are_told_at_once() {
    let stack = crate::start().await;
    let bad = changed(order(), "/customer/email", json!("nobody"));
    let bad = changed(bad, "/lines/1/quantity", json!(0));
    let answer = stack.place("bad", bad.to_string()).await;
    answer.names_field("/customer/email");
    answer.names_field("/lines/1/quantity");
    stack.finish().await;
}

fn chunked(head: &str, bytes: usize) -> Vec<u8> {
    let mut request = format!(
        "POST {head} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         idempotency-key: big\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for _ in 0..bytes.div_ceil(4096) {
        request.extend_from_slice(b"1000\r\n");
        request.extend_from_slice(&[b' '; 4096]);
        request.extend_from_slice(b"\r\n");
    }
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b12_a_body_without_a_length_is_refused_early_and_the_connection_closed() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    for path in ["/v1/orders", "/webhooks/midtrans"] {
        // Only 96 KiB are ever sent, so that the refusal cannot wait for more.
        let at = stack.addresses.of(path);
        let early = Raw::ask(at, &chunked(path, 96 * 1024)).await;
        early.problem(413, "payload_too_large");
        let mut raw = Raw::connect(at).await;
        raw.send_as_far_as_possible(&chunked(path, 2 * 1024 * 1024)).await;
        raw.answer().await.problem(413, "payload_too_large");
    }
    let announced = b"POST /v1/orders HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
                      idempotency-key: big\r\ncontent-length: 2097152\r\n\r\n";
    Raw::ask(stack.address, announced).await.problem(413, "payload_too_large");
    stack.assert_untouched(before).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_exactly_64_kib_is_read() {
    let stack = crate::start().await;
    let body = order().to_string();
    let padded = format!("{body}{}", " ".repeat(64 * 1024 - body.len()));
    stack.place("full", padded.clone()).await.expect(201);
    stack.place("over", format!("{padded} ")).await.problem(413, "payload_too_large");
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b13_an_address_that_names_nothing_is_not_found() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let odd = [
        "/v1/orders/../../etc",
        "/v1/orders/1 OR 1=1",
        "/v1/orders/not-a-uuid",
        "/v1/orders/1%20OR%201=1",
        "/v1/orders/%00",
        "/v1/orders/%ff%fe",
        "/v1/orders/..%2f..%2fetc%2fpasswd",
        "/v1/orders/0192f0c12b3c7d4e8f50617283940a1b",
        "/v1/orders/{0192f0c1-2b3c-7d4e-8f50-617283940a1b}",
        "/v1/payments/not-a-uuid",
        "/v1/payments/not-a-uuid/attempts",
        "/v1/payments/'/callbacks",
        "/v1/notifications/not-a-uuid",
        "/ops/order/orders/not-a-uuid",
        "/mailbox/not-a-uuid",
        "/v1/orders/0192f0c1-2b3c-7d4e-8f50-617283940a1b",
        "/v1/payments/0192f0c1-2b3c-7d4e-8f50-617283940a1b",
    ];
    for path in odd {
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        let answer = Raw::ask(stack.address, request.as_bytes()).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {answer:?}");
        if answer.status == 404 {
            answer.problem(404, "not_found");
        }
    }
    stack.assert_untouched(before).await;
    stack.finish().await;
}

/// What is no HTTP is answered 400 or hung up on, and harms nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_request_harm_nobody() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let many = "a: b\r\n".repeat(5000);
    let requests: [Vec<u8>; 7] = [
        b"\x16\x03\x01\x02\x00\x01\x00".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"POST /v1/orders HTTP/1.1\r\nhost: t\r\ncontent-length: -1\r\n\r\n".to_vec(),
        b"POST /v1/orders HTTP/1.1\r\nhost: t\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabc"
            .to_vec(),
        b"POST /v1/orders HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_vec(),
        format!("GET / HTTP/1.1\r\nhost: t\r\n{many}\r\n").into_bytes(),
        vec![0; 4096],
    ];
    for request in requests {
        let mut raw = Raw::connect(stack.address).await;
        raw.send_as_far_as_possible(&request).await;
        raw.end().await;
    }
    let whole = post_order("pipelined", &order().to_string());
    let mut garbled = whole.clone();
    garbled.truncate(whole.len() - 1);
    let mut raw = Raw::connect(stack.address).await;
    raw.send(&garbled).await;
    raw.end().await;
    stack.assert_untouched(before).await;
    stack.finish().await;
}
