//! The crates of the workspace: who stands on whom, and that manifests inherit.

use super::Violation;
use super::tables::{EDGES, SERVICES, WORKSHOPS};
use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// A crate of the workspace.
#[derive(Debug, Default)]
pub(super) struct Member {
    pub(super) name: String,
    /// From the root, with `/`.
    pub(super) dir: String,
    pub(super) manifest: String,
    pub(super) uses: Vec<Use>,
}

/// A dependency of a member.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) name: String,
    pub(super) dev: bool,
}

impl Member {
    fn is_workshop(&self) -> bool {
        WORKSHOPS.iter().any(|dir| Path::new(&self.dir).starts_with(dir))
    }

    pub(super) fn is_service(&self) -> bool {
        Path::new(&self.dir).starts_with(SERVICES)
    }

    fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.dir)
    }

    /// `file:line` of a dependency.
    pub(super) fn place_of(&self, dependency: &str) -> String {
        let is_it = |line: &str| {
            let rest = line.trim_start().strip_prefix(dependency);
            rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        };
        let line = self.manifest.lines().position(is_it).map_or(1, |at| at + 1);
        format!("{}:{line}", self.manifest_path())
    }
}

/// Asks cargo for the members. Needs no network: their own dependencies are not resolved.
pub(super) fn load(root: &Path) -> Result<Vec<Member>> {
    let mut command = MetadataCommand::new();
    let metadata = command.manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    let mut members = Vec::new();
    for package in metadata.packages {
        let dir = package.manifest_path.parent().context("a manifest lies in no folder")?;
        let dir = dir.strip_prefix(&metadata.workspace_root).unwrap_or(dir);
        let dir = dir.as_str().replace('\\', "/");
        let manifest = fs::read_to_string(&package.manifest_path)?;
        let uses = package.dependencies.iter().map(|dependency| Use {
            name: dependency.name.clone(),
            dev: dependency.kind == DependencyKind::Development,
        });
        let uses = uses.collect();
        members.push(Member { name: package.name.to_string(), dir, manifest, uses });
    }
    Ok(members)
}

/// Every edge between crates of ours is in the table.
pub(super) fn directions(members: &[Member]) -> Vec<Violation> {
    let mut found = Vec::new();
    for member in members.iter().filter(|member| !member.is_workshop()) {
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == member.name) else {
            let rule = format!("`{}` has no place in the order of crates", member.name);
            let fix = "add it to EDGES in tools/xtask/src/tidy/tables.rs";
            found.push(Violation::new(member.manifest_path(), rule, fix));
            continue;
        };
        for used in &member.uses {
            let Some(other) = members.iter().find(|other| other.name == used.name) else {
                continue;
            };
            if let Some((rule, fix)) = wrong_edge(member, other, used.dev, allowed) {
                found.push(Violation::new(member.place_of(&used.name), rule, fix));
            }
        }
    }
    found
}

fn wrong_edge(
    member: &Member,
    other: &Member,
    dev: bool,
    allowed: &[&str],
) -> Option<(String, String)> {
    let (from, to) = (&member.name, &other.name);
    if member.is_service() && other.is_service() {
        let fix = "services speak by events only: publish or consume one in the `events` crate";
        return Some((format!("service `{from}` depends on service `{to}`"), fix.to_owned()));
    }
    if dev || (allowed.contains(&to.as_str()) && !other.is_workshop()) {
        return None;
    }
    let fix = match other.is_workshop() {
        true => "make it a dev-dependency".to_owned(),
        false => format!("`{from}` may depend on: {}", allowed.join(", ")),
    };
    Some((format!("`{from}` depends on `{to}`"), fix))
}

/// Lints and versions are declared once, in the workspace.
pub(super) fn manifest(member: &Member) -> Vec<Violation> {
    let mut found = Vec::new();
    let Ok(manifest) = member.manifest.parse::<Table>() else {
        return vec![Violation::new(member.manifest_path(), "is not TOML", "mend it")];
    };
    let inherits = |value: Option<&Value>| {
        value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
    };
    if !inherits(manifest.get("lints")) {
        let fix = "add `[lints]` with `workspace = true`";
        found.push(Violation::new(member.manifest_path(), "does not inherit the lints", fix));
    }
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (name, value) in manifest.get(section).and_then(Value::as_table).into_iter().flatten() {
            if !inherits(Some(value)) {
                let rule = format!("`{name}` is declared here and not in the workspace");
                let fix =
                    format!("declare it in the root Cargo.toml; here `{name}.workspace = true`");
                found.push(Violation::new(member.place_of(name), rule, fix));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, dir: &str, uses: &[(&str, bool)]) -> Member {
        let used = |(name, dev): &(&str, bool)| Use { name: (*name).to_owned(), dev: *dev };
        let uses = uses.iter().map(used).collect();
        Member { name: name.to_owned(), dir: dir.to_owned(), manifest: String::new(), uses }
    }

    fn workspace(planted: Member) -> Vec<String> {
        let mut members = vec![
            member("kernel", "crates/kernel", &[]),
            member("storage", "crates/storage", &[("kernel", false), ("rusqlite", false)]),
            member("order", "services/order", &[("storage", false), ("testkit", true)]),
            member("testkit", "tests/testkit", &[("order", false)]),
            member("xtask", "tools/xtask", &[]),
        ];
        members.push(planted);
        directions(&members).into_iter().map(|found| found.rule).collect()
    }

    #[test]
    fn the_edges_of_the_table_are_allowed() {
        let good =
            member("payment", "services/payment", &[("storage", false), ("midtrans", false)]);
        assert_eq!(workspace(good), [""; 0]);
    }

    #[test]
    fn a_crate_that_leans_on_what_stands_above_it_is_caught() {
        let runtime = member("runtime", "crates/runtime", &[("storage", false)]);
        assert_eq!(workspace(runtime), ["`runtime` depends on `storage`"]);
        let events = member("events", "crates/events", &[("kernel", false)]);
        assert_eq!(workspace(events), ["`events` depends on `kernel`"]);
    }

    #[test]
    fn services_that_know_each_other_are_caught_in_tests_too() {
        for dev in [false, true] {
            let payment = member("payment", "services/payment", &[("order", dev)]);
            assert_eq!(workspace(payment), ["service `payment` depends on service `order`"]);
        }
    }

    #[test]
    fn workshops_are_for_tests_only() {
        for workshop in ["testkit", "xtask"] {
            let bad = member("ops", "crates/ops", &[(workshop, false)]);
            assert_eq!(workspace(bad), [format!("`ops` depends on `{workshop}`")]);
            assert_eq!(workspace(member("ops", "crates/ops", &[(workshop, true)])), [""; 0]);
        }
    }

    #[test]
    fn a_crate_without_a_place_is_caught() {
        let rule = "`stray` has no place in the order of crates";
        assert_eq!(workspace(member("stray", "crates/stray", &[])), [rule]);
    }

    #[test]
    fn a_manifest_that_does_not_inherit_is_caught() {
        let mut planted = member("ops", "crates/ops", &[]);
        planted.manifest = "[dependencies]\nserde = \"1\"\nkernel.workspace = true\n\
                            [dev-dependencies]\ntempfile = { version = \"3\" }\n"
            .to_owned();
        let found = manifest(&planted);
        let places: Vec<_> = found.iter().map(|violation| violation.place.as_str()).collect();
        let file = "crates/ops/Cargo.toml";
        assert_eq!(places, [file, &format!("{file}:2"), &format!("{file}:5")]);
        planted.manifest = "[dependencies]\nserde = { workspace = true, features = [\"rc\"] }\n\
                            [lints]\nworkspace = true\n"
            .to_owned();
        assert_eq!(manifest(&planted), []);
    }
}
