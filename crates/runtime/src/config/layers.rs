//! The merge of the layers: each key checked against the defaults, each origin remembered.
//!
//! Text (variables, flags) takes the type of the default it replaces.

use super::fault::{ConfigError, Fault};
use super::{ENV_PREFIX, Source};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// More is not a configuration.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

pub(super) struct Merge<'a> {
    known: &'a Table,
    values: Table,
    sources: BTreeMap<String, Source>,
    faults: Vec<Fault>,
}

impl<'a> Merge<'a> {
    pub(super) fn over(known: &'a Table) -> Self {
        Self { known, values: known.clone(), sources: BTreeMap::new(), faults: Vec::new() }
    }

    pub(super) fn finish(self) -> Result<(Table, BTreeMap<String, Source>), ConfigError> {
        if self.faults.is_empty() {
            Ok((self.values, self.sources))
        } else {
            Err(ConfigError { faults: self.faults })
        }
    }

    /// A file that cannot be read or parsed ends the merge: its settings would all be missing.
    pub(super) fn file(&mut self, path: PathBuf) -> Result<(), Fault> {
        let text = match read_bounded(&path) {
            Ok(text) => text,
            Err(reason) => return Err(Fault::Unreadable { path, reason }),
        };
        let (table, lines) = match parse_file(&text) {
            Ok(parsed) => parsed,
            Err(error) => return Err(syntax(path, &text, &error)),
        };
        self.table("", table, &|key| {
            let line = lines.get(key).copied().unwrap_or(1);
            Source::File { path: path.clone(), line }
        });
        Ok(())
    }

    fn table(&mut self, prefix: &str, table: Table, source: &dyn Fn(&str) -> Source) {
        for (name, value) in table {
            let key = join(prefix, &name);
            match (lookup(self.known, &key), value) {
                (Some(Value::Table(known)), Value::Table(given)) if !known.is_empty() => {
                    self.table(&key, given, source);
                }
                (_, value) => self.set(&key, value, source(&key)),
            }
        }
    }

    pub(super) fn env(&mut self, variables: Vec<(String, String)>) {
        let names: Vec<String> = variables.iter().map(|(name, _)| name.clone()).collect();
        for (variable, text) in variables {
            let key = key_of(&variable);
            let names_a_file = key.strip_suffix("_file").filter(|key| {
                lookup(self.known, key).is_some()
                    && lookup(self.known, &key_of(&variable)).is_none()
            });
            let Some(key) = names_a_file else {
                self.text(&key, &text, Source::Env(variable));
                continue;
            };
            let plain = variable.trim_end_matches("_FILE").to_owned();
            if names.contains(&plain) {
                self.faults.push(Fault::Twice { variable: plain });
                continue;
            }
            let path = PathBuf::from(text);
            match read_bounded(&path) {
                // Editors and `echo` end a file with a newline that is not part of the secret.
                Ok(text) => {
                    let text = text.trim_end_matches(['\r', '\n']);
                    self.text(key, text, Source::SecretFile { variable, path });
                }
                Err(reason) => self.faults.push(Fault::Unreadable { path, reason }),
            }
        }
    }

    pub(super) fn flags(&mut self, flags: Vec<(String, String, String)>) {
        for (flag, key, text) in flags {
            self.text(&key, &text, Source::Flag(flag));
        }
    }

    fn text(&mut self, key: &str, text: &str, from: Source) {
        let Some(default) = lookup(self.known, key) else {
            return self.unknown(key, from);
        };
        match parsed_as(default, text) {
            Some(value) => self.set(key, value, from),
            None => {
                let (key, expected) = (key.to_owned(), type_name(default));
                let found = "this text";
                self.faults.push(Fault::WrongType { key, from, expected, found });
            }
        }
    }

    fn set(&mut self, key: &str, value: Value, from: Source) {
        let Some(default) = lookup(self.known, key) else {
            return self.unknown(key, from);
        };
        let value = match (default, value) {
            #[expect(clippy::cast_precision_loss, reason = "a setting written as 1 for 1.0")]
            (Value::Float(_), Value::Integer(n)) => Value::Float(n as f64),
            (_, value) => value,
        };
        if !default.same_type(&value) {
            let (key, expected, found) = (key.to_owned(), type_name(default), type_name(&value));
            self.faults.push(Fault::WrongType { key, from, expected, found });
            return;
        }
        if let Some(place) = place(&mut self.values, key) {
            *place = value;
            self.sources.insert(key.to_owned(), from);
        }
    }

    fn unknown(&mut self, key: &str, from: Source) {
        let spell: fn(&str) -> String =
            if matches!(from, Source::Env(_)) { variable_of } else { str::to_owned };
        let mut names = Vec::new();
        each_leaf(self.known, "", &mut |known, _| names.push(known.to_owned()));
        let resemblance = |name: &String| strsim::jaro_winkler(name, key);
        let nearest = names
            .into_iter()
            .filter(|name| resemblance(name) > 0.8)
            .max_by(|a, b| resemblance(a).total_cmp(&resemblance(b)))
            .map(|name| spell(&name));
        self.faults.push(Fault::Unknown { key: key.to_owned(), from, nearest });
    }
}

/// Calls `visit` with the dotted key and value of everything that is not a section.
pub(super) fn each_leaf(table: &Table, prefix: &str, visit: &mut dyn FnMut(&str, &Value)) {
    for (name, value) in table {
        let key = join(prefix, name);
        match value {
            Value::Table(section) if !section.is_empty() => each_leaf(section, &key, visit),
            leaf => visit(&key, leaf),
        }
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// `ORDERFLOW_MIDTRANS__SERVER_KEY` is `midtrans.server_key`.
fn key_of(variable: &str) -> String {
    let name = variable.strip_prefix(ENV_PREFIX).unwrap_or(variable);
    name.to_ascii_lowercase().replace("__", ".")
}

fn variable_of(key: &str) -> String {
    format!("{ENV_PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

fn lookup<'t>(table: &'t Table, key: &str) -> Option<&'t Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((section, rest)) => lookup(table.get(section)?.as_table()?, rest),
    }
}

fn place<'t>(table: &'t mut Table, key: &str) -> Option<&'t mut Value> {
    match key.split_once('.') {
        None => table.get_mut(key),
        Some((section, rest)) => place(table.get_mut(section)?.as_table_mut()?, rest),
    }
}

fn parsed_as(default: &Value, text: &str) -> Option<Value> {
    match default {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Float(_) => text.trim().parse().ok().map(Value::Float),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        Value::Datetime(_) => text.trim().parse().ok().map(Value::Datetime),
        Value::Array(_) => list(text),
        Value::Table(_) => None,
    }
}

/// `a, b` as texts, or any list in TOML's own brackets.
fn list(text: &str) -> Option<Value> {
    if text.trim_start().starts_with('[') {
        let mut table: Table = format!("list = {text}").parse().ok()?;
        return table.remove("list");
    }
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

fn read_bounded(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if read as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 1 MiB"));
    }
    Ok(text)
}

/// The values, and the line on which each key stands.
fn parse_file(text: &str) -> Result<(Table, BTreeMap<String, usize>), toml::de::Error> {
    let table = text.parse()?;
    let mut lines = BTreeMap::new();
    collect_lines(DeTable::parse(text)?.get_ref(), "", text, &mut lines);
    Ok((table, lines))
}

fn collect_lines(
    table: &DeTable<'_>,
    prefix: &str,
    text: &str,
    lines: &mut BTreeMap<String, usize>,
) {
    for (name, value) in table {
        let key = join(prefix, name.get_ref());
        lines.insert(key.clone(), line_and_column(text, &name.span()).0);
        if let DeValue::Table(section) = value.get_ref() {
            collect_lines(section, &key, text, lines);
        }
    }
}

fn syntax(path: PathBuf, text: &str, error: &toml::de::Error) -> Fault {
    let (line, column) = line_and_column(text, &error.span().unwrap_or_default());
    Fault::Syntax { path, line, column, message: error.message().to_owned() }
}

fn line_and_column(text: &str, span: &Range<usize>) -> (usize, usize) {
    let before = text.get(..span.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
