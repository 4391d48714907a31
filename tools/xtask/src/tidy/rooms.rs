//! The rooms of a service: which may use which, and which crates each may use.
//!
//! Paths are resolved by name within the service; types that travel through a room's public
//! interface are not followed.

use super::Violation;
use super::members::Member;
use super::source::{Facts, UsedPath};
use super::tables::{Crates, ROOMS, Room, SERVICES};

/// Checks a file, if it lies in a room of a service.
pub(super) fn check(path: &str, facts: &Facts, member: &Member) -> Vec<Violation> {
    let Some(modules) = modules_of(path) else { return Vec::new() };
    let Some(room) = modules.first().and_then(|name| ROOMS.iter().find(|room| room.name == name))
    else {
        return stray(path, &modules);
    };
    let mut found = Vec::new();
    for used in &facts.paths {
        let rule = match resolved(used, &modules) {
            Some(inside) => forbidden_room(room, &inside),
            None => forbidden_crate(room, used, member),
        };
        found.extend(rule.map(|rule| violation(path, used.line, room, &rule)));
    }
    if !room.asynchronous {
        let rule = format!("`{}` may not be async", room.name);
        found.extend(facts.asyncs.iter().map(|line| violation(path, *line, room, &rule)));
    }
    found
}

fn violation(path: &str, line: usize, room: &Room, rule: &str) -> Violation {
    Violation::new(format!("{path}:{line}"), rule, room.fix)
}

/// A folder that is no room would escape every rule of rooms.
fn stray(path: &str, modules: &[String]) -> Vec<Violation> {
    match modules {
        [folder, _, ..] => {
            let rule = format!("`{folder}` is no room of a service");
            let fix = "put the file into a room, or add the room to ROOMS in xtask's tables.rs";
            vec![Violation::new(path, rule, fix)]
        }
        _ => Vec::new(),
    }
}

/// `services/order/src/models/line.rs` is module `models::line`; other files are in no service.
fn modules_of(path: &str) -> Option<Vec<String>> {
    let inside = path.strip_prefix(SERVICES)?.strip_prefix('/')?;
    let (_, file) = inside.split_once("/src/")?;
    let mut modules: Vec<String> =
        file.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    if modules.last().is_some_and(|last| last == "mod") {
        modules.pop();
    }
    Some(modules)
}

/// Where in the service a path leads, or nothing if it starts with another name.
fn resolved(used: &UsedPath, modules: &[String]) -> Option<Vec<String>> {
    let mut here: Vec<String> = modules.iter().chain(&used.within).cloned().collect();
    let mut rest = used.segments.as_slice();
    match rest.first()?.as_str() {
        "crate" => here.clear(),
        "self" | "super" => {
            while rest.first().is_some_and(|first| first == "super") {
                here.pop();
                rest = &rest[1..];
            }
            if rest.first().is_some_and(|first| first == "self") {
                rest = &rest[1..];
            }
            here.extend_from_slice(rest);
            return Some(here);
        }
        _ => return None,
    }
    Some(rest[1..].to_vec())
}

fn forbidden_room(room: &Room, inside: &[String]) -> Option<String> {
    let target = inside.first()?;
    if target == room.name {
        return None;
    }
    let is_room = ROOMS.iter().any(|room| room.name == target);
    let allowed = |entry: &&str| {
        if !is_room {
            return *entry == "(root)";
        }
        entry.split("::").enumerate().all(|(i, part)| inside.get(i).is_some_and(|p| p == part))
    };
    if room.rooms.iter().any(allowed) {
        return None;
    }
    Some(format!("`{}` may not use `crate::{}`", room.name, inside.join("::")))
}

fn forbidden_crate(room: &Room, used: &UsedPath, member: &Member) -> Option<String> {
    let first = used.segments.first()?;
    let built_in = ["std", "core", "alloc"].contains(&first.as_str());
    if !built_in && !member.uses.iter().any(|used| used.name.replace('-', "_") == *first) {
        return None; // a local name
    }
    let allowed = match room.crates {
        Crates::Only(names) => names.contains(&first.as_str()),
        Crates::Never(lists) => !lists.iter().any(|names| names.contains(&first.as_str())),
    };
    (!allowed).then(|| format!("`{}` may not use crate `{first}`", room.name))
}

#[cfg(test)]
mod tests {
    use super::super::members::Use;
    use super::super::source::facts;
    use super::*;

    const CRATES: &[&str] = &[
        "kernel",
        "engine",
        "events",
        "messaging",
        "storage",
        "runtime",
        "axum",
        "serde",
        "serde_json",
        "rusqlite",
        "reqwest",
        "midtrans",
        "thiserror",
        "tokio",
    ];

    fn rules(path: &str, text: &str) -> Vec<String> {
        let path = format!("services/order/src/{path}");
        let uses = CRATES.iter().map(|name| Use { name: (*name).to_owned(), dev: false });
        let member = Member { name: "order".to_owned(), uses: uses.collect(), ..Member::default() };
        let facts = facts(&path, text).unwrap();
        check(&path, &facts, &member).into_iter().map(|found| found.rule).collect()
    }

    /// Each line breaks the rule of its room, once.
    #[test]
    fn every_room_catches_what_it_may_not_use() {
        for (path, text) in [
            ("models/order.rs", "use axum::Router;"),
            ("models/order.rs", "use serde::Serialize;"),
            ("models/order.rs", "#[serde(rename = \"x\")] struct A;"),
            ("models/order.rs", "#[derive(serde::Serialize)] struct A;"),
            ("models/order.rs", "use crate::usecase::PlaceOrder;"),
            ("models/order.rs", "use super::super::usecase::PlaceOrder;"),
            ("models/order.rs", "async fn load() {}"),
            ("models.rs", "use tokio::sync::Mutex;"),
            ("usecase/place.rs", "use rusqlite::Connection;"),
            ("usecase/place.rs", "fn f() { storage::open(); }"),
            ("usecase/place.rs", "use crate::{models::Order, broker::outgoing::event};"),
            ("usecase/place.rs", "use events::OrderCreatedV1;"),
            ("usecase/mod.rs", "use super::controllers::Api;"),
            ("usecase/place.rs", "use crate::service::Config;"),
            ("repository/sqlite.rs", "use crate::controllers::dto::OrderDto;"),
            ("repository/sqlite.rs", "use crate::usecase::PlaceOrder;"),
            ("repository/sqlite.rs", "use crate::broker;"),
            ("repository/sqlite.rs", "use crate::broker::incoming::QUEUE;"),
            ("repository/sqlite.rs", "use events::OrderCreatedV1;"),
            ("broker/incoming.rs", "use rusqlite::params;"),
            ("broker/incoming.rs", "use crate::repository::OrderRows;"),
            ("controllers/orders.rs", "use storage::Writer;"),
            ("controllers/orders.rs", "mod inner { use super::super::super::repository::Rows; }"),
            ("controllers/orders.rs", "use crate::broker::Incoming;"),
            ("routes.rs", "use crate::models::Order;"),
            ("routes.rs", "use runtime::Json;"),
            ("gateway/midtrans.rs", "use crate::repository::Rows;"),
            ("channel/smtp.rs", "use rusqlite::Connection;"),
            ("helpers/text.rs", "fn f() {}"),
        ] {
            assert_eq!(rules(path, text).len(), 1, "{path}: {text}: {:?}", rules(path, text));
        }
    }

    #[test]
    fn what_the_table_allows_passes() {
        for (path, text) in [
            ("models/order.rs", "use kernel::Money; use std::fmt; use super::line::Line;"),
            ("models/order.rs", "#[derive(Debug, thiserror::Error)] enum E { A }"),
            (
                "usecase/place.rs",
                "use crate::models::Order; use engine::execute; use super::ports;",
            ),
            ("usecase/ports.rs", "async fn load() {} use tokio::sync::Mutex;"),
            ("repository/sqlite.rs", "use crate::{usecase::ports::Orders, broker::outgoing};"),
            ("repository/sqlite.rs", "use messaging::OutgoingEvent; use serde_json::json;"),
            ("broker/incoming.rs", "use crate::usecase::Apply; use events::A; use messaging::B;"),
            ("controllers/orders.rs", "use crate::usecase::Place; use runtime::Json; use axum::A;"),
            ("routes.rs", "use crate::controllers::create; use axum::Router;"),
            ("gateway/midtrans.rs", "use midtrans::Client; use crate::usecase::ports::Gateway;"),
            ("models/order.rs", "#[cfg(test)] mod tests { use serde_json::json; async fn f() {} }"),
            ("models/order/tests.rs", "use crate::usecase::PlaceOrder;"),
            ("models/order.rs", "fn f(events: &[u8]) { let n = events.len(); local::call(); }"),
            ("service.rs", "use axum::Router; use crate::repository::Rows; use storage::Writer;"),
        ] {
            assert_eq!(rules(path, text), [""; 0], "{path}: {text}");
        }
    }

    #[test]
    fn the_place_is_the_line() {
        let facts = facts("x", "//! Doc.\n\nuse axum::Router;").unwrap();
        let uses = vec![Use { name: "axum".to_owned(), dev: false }];
        let member = Member { uses, ..Member::default() };
        let found = check("services/order/src/models/a.rs", &facts, &member);
        assert_eq!(found[0].place, "services/order/src/models/a.rs:3");
    }
}
