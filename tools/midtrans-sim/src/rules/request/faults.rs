//! Collecting what is wrong with a request, and the checks that several fields share. Not in here:
//! which field obeys which rule.
//!
//! The texts with `is required`, `is not a number`, `is not equal to the sum` are Midtrans's own
//! (midtrans.md 1.4); the others are in their manner, as theirs are not known.

use serde_json::Value;

/// As many messages as are told. One field's fault can repeat in hundreds of items.
pub(super) const FAULTS_MAX: usize = 20;

/// An object of a request with its name in messages. The value may be anything: looking a field
/// up in what is no object finds `null`.
pub(super) struct Part<'a> {
    path: String,
    value: &'a Value,
}

impl<'a> Part<'a> {
    pub(super) fn whole(body: &'a Value) -> Self {
        Self::named("", body)
    }

    pub(super) fn named(path: &str, value: &'a Value) -> Self {
        Self { path: path.to_owned(), value }
    }

    /// A part of this one, whatever is there.
    pub(super) fn part(&self, field: &str) -> Self {
        Self { path: self.path_to(field), value: self.at(field) }
    }

    pub(super) fn at(&self, field: &str) -> &'a Value {
        &self.value[field]
    }

    pub(super) fn is_absent(&self) -> bool {
        self.value.is_null()
    }

    pub(super) fn path_to(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }
}

/// The messages so far, each told once.
#[derive(Default)]
pub(super) struct Faults(Vec<String>);

impl Faults {
    pub(super) fn add(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.0.len() < FAULTS_MAX && !self.0.contains(&text) {
            self.0.push(text);
        }
    }

    /// Complains about one field: `says` follows its path.
    pub(super) fn about(&mut self, part: &Part<'_>, field: &str, says: &str) {
        self.add(format!("{} {says}", part.path_to(field)));
    }

    /// A text may have so many characters. What is no text passes: it is for fields that nothing
    /// here acts on.
    pub(super) fn limit(&mut self, part: &Part<'_>, field: &str, chars: usize) {
        if part.at(field).as_str().is_some_and(|text| text.chars().count() > chars) {
            self.about(part, field, &format!("is too long (maximum is {chars} characters)"));
        }
    }

    /// An optional text. Go sends empty ones for what was not set (midtrans.md 5.3).
    pub(super) fn text<'a>(
        &mut self,
        part: &Part<'a>,
        field: &str,
        chars: usize,
    ) -> Option<&'a str> {
        self.limit(part, field, chars);
        match part.at(field) {
            Value::Null => None,
            Value::String(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
            _ => {
                self.about(part, field, "is invalid");
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required<'a>(
        &mut self,
        part: &Part<'a>,
        field: &str,
        chars: usize,
    ) -> Option<&'a str> {
        if matches!(part.at(field), Value::Null) || part.at(field).as_str() == Some("") {
            self.about(part, field, "is required");
        }
        self.text(part, field, chars)
    }

    pub(super) fn flag(&mut self, part: &Part<'_>, field: &str) -> Option<bool> {
        let value = part.at(field);
        if !value.is_null() && !value.is_boolean() {
            self.about(part, field, "is invalid");
        }
        value.as_bool()
    }

    /// An optional object. PHP writes an empty one as `[]`.
    pub(super) fn object<'a>(&mut self, part: &Part<'a>, field: &str) -> Part<'a> {
        let found = part.at(field);
        let empty = found.as_array().is_some_and(Vec::is_empty);
        if !(found.is_null() || found.is_object() || empty) {
            self.about(part, field, "is invalid");
        }
        part.part(field)
    }

    /// An optional list of at most so many. One that is longer is complained about and not read.
    pub(super) fn list<'a>(&mut self, part: &Part<'a>, field: &str, most: usize) -> &'a [Value] {
        match part.at(field) {
            Value::Null => return &[],
            Value::Array(list) if list.len() <= most => return list,
            Value::Array(_) => {
                self.about(part, field, &format!("is too long (maximum is {most} entries)"));
            }
            _ => self.about(part, field, "is invalid"),
        }
        &[]
    }

    /// An optional amount in whole rupiah. Go sends 0 for what was not set (midtrans.md 5.3).
    pub(super) fn amount(&mut self, part: &Part<'_>, field: &str) -> Option<i64> {
        let value = part.at(field);
        match value.as_i64() {
            Some(0) => None,
            Some(..0) => {
                self.about(part, field, "must be greater than 0");
                None
            }
            Some(amount) => Some(amount),
            None if value.is_null() => None,
            None if value.is_number() => {
                self.about(part, field, "must be an integer");
                None
            }
            None => {
                self.about(part, field, "is not a number");
                None
            }
        }
    }

    /// What was read, if nothing was wrong.
    pub(super) fn verdict<T>(self, read: T) -> Result<T, Vec<String>> {
        if self.0.is_empty() { Ok(read) } else { Err(self.0) }
    }

    pub(super) fn into_texts(self) -> Vec<String> {
        self.0
    }
}

#[cfg(test)]
#[path = "faults_tests.rs"]
mod tests;
