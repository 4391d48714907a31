//! Turns serde's words into a field error that a caller can act on.
//!
//! serde reports in one English sentence and offers nothing else, so it is read here, once. A
//! sentence that is not recognised is passed on as it stands (clipped by `FieldError`).

use crate::FieldError;
use serde_path_to_error::{Path, Segment};

/// What is wrong, and for an unknown field which ones are known (as text, may be empty).
pub(crate) struct Fault {
    pub(crate) error: FieldError,
    pub(crate) allowed: Option<String>,
}

/// Reads what serde said about the value at `path`.
pub(crate) fn fault(path: &Path, message: &str) -> Fault {
    let message = without_place(message);
    let at = pointer(path);
    // The names after the last ", expected " are ours; anything before it may be the caller's.
    let (said, expected) = message.rsplit_once(", expected ").unwrap_or((message, ""));
    if let Some(name) = quoted(said, "missing field ") {
        let at = format!("{at}/{}", escaped(name));
        return known(FieldError::new(at, "required", "is required"));
    }
    if quoted(said, "unknown field ").is_some() {
        return unknown_field(at, expected);
    }
    if let Some(name) = quoted(said, "duplicate field ") {
        let at = format!("{at}/{}", escaped(name));
        return known(FieldError::new(at, "duplicate", "is given twice"));
    }
    if quoted(said, "unknown variant ").is_some() {
        let detail = format!("must be {expected}");
        return known(FieldError::new(at, "unknown_value", detail));
    }
    if let Some(found) = said.strip_prefix("invalid type: ") {
        let detail = format!("must be {}, not {}", wanted(expected), kind_of(found));
        return known(FieldError::new(at, "type", detail));
    }
    if said.starts_with("invalid value: ") {
        let detail = format!("must be {}", range(expected));
        return known(FieldError::new(at, "invalid_value", detail));
    }
    if said.starts_with("invalid length ") {
        return known(FieldError::new(at, "length", "has the wrong number of elements"));
    }
    known(FieldError::new(at, "invalid", without_debris(message)))
}

/// serde_json appends the place; it is a member of its own where it matters.
pub(crate) fn without_place(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |at| &message[..at])
}

fn known(error: FieldError) -> Fault {
    Fault { error, allowed: None }
}

fn unknown_field(at: String, expected: &str) -> Fault {
    let allowed = expected.strip_prefix("one of ").unwrap_or(expected).to_owned();
    let detail = match allowed.as_str() {
        "" => "is not known here; no fields are".to_owned(),
        some => format!("is not known here; known are {some}"),
    };
    Fault { error: FieldError::new(at, "unknown_field", detail), allowed: Some(allowed) }
}

fn quoted<'a>(said: &'a str, prefix: &str) -> Option<&'a str> {
    said.strip_prefix(prefix).map(|name| name.trim_matches('`'))
}

fn pointer(path: &Path) -> String {
    let mut out = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => out.push_str(&format!("/{index}")),
            Segment::Map { key } => out.push_str(&format!("/{}", escaped(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    out
}

/// RFC 6901.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What the caller sent, by kind and never by value.
fn kind_of(found: &str) -> &str {
    let kind = found.split(['`', '"']).next().unwrap_or_default().trim();
    match kind {
        "boolean" => "true or false",
        "integer" => "a whole number",
        "floating point" | "number" => "a decimal number",
        "string" | "character" => "text",
        "sequence" => "a list",
        "map" => "an object",
        "unit value" | "null" => "null",
        _ => "this",
    }
}

fn wanted(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "string" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

fn range(expected: &str) -> String {
    let (low, high) = match expected {
        "u8" => (0, i128::from(u8::MAX)),
        "u16" => (0, i128::from(u16::MAX)),
        "u32" => (0, i128::from(u32::MAX)),
        "u64" | "usize" => (0, i128::from(u64::MAX)),
        "i32" => (i128::from(i32::MIN), i128::from(i32::MAX)),
        "i64" => (i128::from(i64::MIN), i128::from(i64::MAX)),
        other => return wanted(other).to_owned(),
    };
    format!("a whole number from {low} to {high}")
}

/// Rust's own parse errors (query parameters) speak of digits; say what is wanted instead.
fn without_debris(message: &str) -> &str {
    match message {
        "invalid digit found in string"
        | "cannot parse integer from empty string"
        | "number too large to fit in target type"
        | "number too small to fit in target type" => "must be a whole number in range",
        "provided string was not `true` or `false`" => "must be true or false",
        other => other,
    }
}
