//! One door per outside crate: the few places that may know a driver, a client, a framework.

use super::Violation;
use super::members::Member;
use super::source::Facts;
use super::tables::{DOORS, Door};

/// Checks the paths of a file. Test code has been left out of them.
pub(super) fn check(path: &str, facts: &Facts) -> Vec<Violation> {
    let mut found = Vec::new();
    for used in &facts.paths {
        let Some(first) = used.segments.first() else { continue };
        let Some(door) = door_of(first) else { continue };
        if !door.places.iter().any(|place| covers(place, path)) {
            found.push(violation(&format!("{path}:{}", used.line), first, door));
        }
    }
    found
}

/// Checks that a member through which no door leads does not declare the crate either.
pub(super) fn manifest(member: &Member) -> Vec<Violation> {
    let mut found = Vec::new();
    for used in member.uses.iter().filter(|used| !used.dev) {
        let Some(door) = door_of(&used.name.replace('-', "_")) else { continue };
        if !door.places.iter().any(|place| reaches(place, &member.dir)) {
            found.push(violation(&member.place_of(&used.name), &used.name, door));
        }
    }
    found
}

fn violation(place: &str, name: &str, door: &Door) -> Violation {
    let fix = format!("use it only in {}; elsewhere go through a port", door.places.join(", "));
    Violation::new(place, format!("crate `{name}` is used outside its door"), fix)
}

fn door_of(name: &str) -> Option<&'static Door> {
    DOORS.iter().find(|door| door.crates.contains(&name))
}

/// Whether the file lies in the place: `a/*/b` covers `a/x/b.rs` and `a/x/b/c.rs`.
fn covers(place: &str, path: &str) -> bool {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut parts = path.split('/');
    place.split('/').all(|wanted| parts.next().is_some_and(|part| same(wanted, part)))
}

/// Whether the place lies within the folder of a crate, or the other way round.
fn reaches(place: &str, dir: &str) -> bool {
    place.split('/').zip(dir.split('/')).all(|(wanted, part)| same(wanted, part))
}

fn same(wanted: &str, part: &str) -> bool {
    wanted == "*" || wanted == part
}

#[cfg(test)]
mod tests {
    use super::super::members::Use;
    use super::super::source::facts;
    use super::*;

    fn caught(path: &str, text: &str) -> bool {
        !check(path, &facts(path, text).unwrap()).is_empty()
    }

    #[test]
    fn a_crate_outside_its_door_is_caught() {
        for (path, text) in [
            ("services/order/src/usecase/a.rs", "use rusqlite::Connection;"),
            ("crates/messaging/src/a.rs", "fn f(c: &rusqlite::Connection) {}"),
            ("crates/engine/src/lib.rs", "use axum::Router;"),
            ("services/order/src/broker/a.rs", "use axum::Router;"),
            ("services/payment/src/gateway/a.rs", "use reqwest::Client;"),
            ("services/order/src/channel/a.rs", "use lettre::Message;"),
            ("orderflow/src/main.rs", "use lapin::Channel;"),
            ("crates/runtime/src/config.rs", "fn f() -> anyhow::Result<()> { Ok(()) }"),
            ("services/order/src/service.rs", "fn f() { anyhow::bail!(\"x\") }"),
            ("tools/midtrans-sim/src/lib.rs", "#[derive(clap::Parser)] struct A;"),
        ] {
            assert!(caught(path, text), "{path}: {text}");
        }
    }

    #[test]
    fn a_crate_within_its_door_and_test_code_pass() {
        for (path, text) in [
            ("services/order/src/repository/sqlite.rs", "use rusqlite::Connection;"),
            ("services/order/src/repository.rs", "use rusqlite::Connection;"),
            ("services/order/src/routes.rs", "use axum::Router;"),
            ("services/order/src/service.rs", "use axum::Router;"),
            ("crates/midtrans/src/client.rs", "use reqwest::Client;"),
            ("tools/xtask/src/main.rs", "use anyhow::Result;"),
            ("tests/e2e/src/lib.rs", "use reqwest::Client;"),
            ("crates/messaging/src/a.rs", "#[cfg(test)] mod tests { use rusqlite::params; }"),
            ("crates/messaging/tests/it/main.rs", "use anyhow::Result;"),
        ] {
            assert!(!caught(path, text), "{path}: {text}");
        }
    }

    #[test]
    fn a_declaration_without_a_door_is_caught() {
        let member = |dir: &str, name: &str, dev| Member {
            dir: dir.to_owned(),
            uses: vec![Use { name: name.to_owned(), dev }],
            ..Member::default()
        };
        assert_eq!(manifest(&member("crates/engine", "axum", false)).len(), 1);
        assert_eq!(manifest(&member("services/order", "lettre", false)).len(), 1);
        assert_eq!(manifest(&member("crates/engine", "axum", true)), []);
        assert_eq!(manifest(&member("services/order", "rusqlite", false)), []);
        assert_eq!(manifest(&member("tests/e2e", "reqwest", false)), []);
    }
}
