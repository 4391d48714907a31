//! Every way a body can be wrong, and where the answer points.

use super::*;
use axum::body::Body;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by serde only")]
struct Order {
    email: String,
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by serde only")]
struct Item {
    unit_price: i64,
    quantity: u32,
    currency: Currency,
}

#[derive(Debug, Deserialize)]
enum Currency {
    #[serde(rename = "IDR")]
    Idr,
}

fn refusal(json: &str) -> Problem {
    parse_json::<Order>(json.as_bytes()).unwrap_err()
}

fn item(fields: &str) -> String {
    format!(r#"{{"email":"a@b.id","items":[{{{fields}}}]}}"#)
}

#[test]
fn a_body_that_is_not_json_is_400_with_line_and_column() {
    for text in ["", " \n", "{", r#"{"items":[{"sku":"A""#, "nonsense", "{} {}", "\u{feff}{}"] {
        let problem = refusal(text);
        assert_eq!((problem.status().as_u16(), problem.code()), (400, "malformed_json"), "{text}");
    }
    let deep = "[".repeat(60_000);
    assert_eq!(parse_json::<serde_json::Value>(deep.as_bytes()).unwrap_err().status(), 400);
    for broken in [&b"\"\xff\""[..], b"[\"\xff\"]", b"{\"a\":\"\xff\"}"] {
        assert_eq!(parse_json::<serde_json::Value>(broken).unwrap_err().status(), 400);
    }
}

#[test]
fn a_wrong_field_is_422_and_named_by_pointer() {
    let good = r#""quantity":1,"currency":"IDR""#;
    let cases = [
        (item(&format!(r#""unit_price":19999.99,{good}"#)), "/items/0/unit_price", "type"),
        (item(&format!(r#""unit_price":1e3,{good}"#)), "/items/0/unit_price", "type"),
        (item(&format!(r#""unit_price":"10000",{good}"#)), "/items/0/unit_price", "type"),
        (item(&format!(r#""unit_price":null,{good}"#)), "/items/0/unit_price", "type"),
        (item(good), "/items/0/unit_price", "required"),
        (item(r#""quantity":-1"#), "/items/0/quantity", "invalid_value"),
        (item(r#""quantity":9223372036854775807"#), "/items/0/quantity", "invalid_value"),
        (item(r#""currency":"USD""#), "/items/0/currency", "unknown_value"),
        (item(r#""unit_prize":1"#), "/items/0/unit_prize", "unknown_field"),
        (item(r#""quantity":1,"quantity":2"#), "/items/0/quantity", "duplicate"),
        (r#"{"a/b~c":1}"#.to_owned(), "/a~1b~0c", "unknown_field"),
        (r#"{"items":{}}"#.to_owned(), "/items", "type"),
        ("{}".to_owned(), "/email", "required"),
        (r#"{"items":[],"email":"a@b.id","e":1}"#.to_owned(), "/e", "unknown_field"),
    ];
    for (text, pointer, code) in cases {
        let problem = refusal(&text);
        let error = &problem.errors()[0];
        assert_eq!(problem.status(), 422, "{text}");
        assert_eq!((error.pointer.as_str(), &*error.code), (pointer, code), "{text}: {error:?}");
    }
}

/// Every field may be left out, so that as a list it would be a request however short.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wish {
    refund: bool,
}

#[test]
fn only_an_object_is_read_as_a_struct() {
    assert!(parse_json::<Wish>(b" \r\n\t{\"refund\":true} ").unwrap().refund);
    for (text, found) in [
        ("[true]", "a list"),
        ("[]", "a list"),
        (" \n[{}]", "a list"),
        ("[{\"refund\":true}]", "a list"),
        ("\"{}\"", "text"),
        ("true", "true or false"),
        ("false", "true or false"),
        ("null", "null"),
        ("7", "a number"),
        ("-1.5e3", "a number"),
    ] {
        let problem = parse_json::<Wish>(text.as_bytes()).unwrap_err();
        let [error] = problem.errors() else { panic!("{text}: {problem:?}") };
        assert_eq!((problem.status().as_u16(), &*error.pointer, &*error.code), (422, "", "type"));
        assert_eq!(error.detail, format!("must be an object, not {found}"), "{text}");
        assert!(parse_json::<serde_json::Value>(text.as_bytes()).is_err(), "{text}");
    }
    for text in ["[true", "[] []", "nul", "tru", "-", "[1,]", "\"", "\u{c}"] {
        let problem = parse_json::<Wish>(text.as_bytes()).unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (400, "malformed_json"), "{text}");
    }
}

#[test]
fn the_words_are_for_people_and_never_repeat_a_value() {
    let price = refusal(&item(r#""unit_price":"secret, expected nothing""#));
    assert_eq!(price.errors()[0].detail, "must be a whole number, not text");
    let quantity = refusal(&item(r#""quantity":-1"#));
    assert_eq!(quantity.errors()[0].detail, "must be a whole number from 0 to 4294967295");
    let unknown = refusal(r#"{"e-mail":1}"#);
    assert_eq!(unknown.errors()[0].detail, "is not known here; known are `email` or `items`");
}

async fn status(content_type: Option<&str>, coding: Option<&str>, body: &'static str) -> u16 {
    let mut request = Request::builder();
    if let Some(value) = content_type {
        request = request.header(header::CONTENT_TYPE, value);
    }
    if let Some(value) = coding {
        request = request.header(header::CONTENT_ENCODING, value);
    }
    let request = request.body(Body::from(body)).unwrap();
    match Json::<serde_json::Value>::from_request(request, &()).await {
        Ok(_) => 200,
        Err(problem) => problem.status().as_u16(),
    }
}

#[tokio::test]
async fn only_plain_json_is_read() {
    for good in ["application/json", "Application/JSON; charset=utf-8", "application/x+json"] {
        assert_eq!(status(Some(good), None, "{}").await, 200, "{good}");
    }
    for bad in [None, Some("text/plain"), Some("application/jsonp"), Some("text/x+json"), Some("")]
    {
        assert_eq!(status(bad, None, "{}").await, 415, "{bad:?}");
    }
    assert_eq!(status(Some("application/json"), Some("gzip"), "{}").await, 415);
    assert_eq!(status(Some("application/json"), Some("identity"), "{}").await, 200);
    assert_eq!(status(Some("application/json"), None, "").await, 400);
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
    let limits = BodyLimits { bytes_max: 10, ..BodyLimits::default() };
    for (bytes, expected) in [(10, true), (11, false)] {
        let mut request = Request::new(Body::from("x".repeat(bytes)));
        request.extensions_mut().insert(limits);
        let read = RawBody::from_request(request, &()).await;
        assert_eq!(read.is_ok(), expected, "{bytes}");
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let endless = futures::stream::pending::<Result<Bytes, std::io::Error>>();
    let mut request = Request::new(Body::from_stream(endless));
    let time_max = Duration::from_millis(20);
    request.extensions_mut().insert(BodyLimits { time_max, ..BodyLimits::default() });
    let problem = RawBody::from_request(request, &()).await.unwrap_err();
    assert_eq!(problem.status(), 408);
}
