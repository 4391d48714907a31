//! Whether a run was good: every expected case reported once, and well.

use crate::expected::CASES;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A line of a script.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    case: String,
    ok: bool,
    detail: String,
}

/// Checks what a script printed; tells everything that is wrong with it.
pub(crate) fn check(said: &str) -> Result<(), String> {
    check_against(CASES, said)
}

fn check_against(expected: &[&str], said: &str) -> Result<(), String> {
    let mut faults = Vec::new();
    let mut told = BTreeMap::new();
    for line in said.lines() {
        let Ok(line) = serde_json::from_str::<Line>(line) else {
            faults.push(format!("not a result: {line}"));
            continue;
        };
        if !expected.contains(&line.case.as_str()) {
            faults.push(format!("{}: nobody expects it", line.case));
        }
        if !line.ok {
            faults.push(format!("{}: {}", line.case, line.detail));
        }
        *told.entry(line.case).or_insert(0) += 1;
    }
    for case in expected {
        match told.get(*case) {
            Some(1) => {}
            Some(times) => faults.push(format!("{case}: told {times} times")),
            None => faults.push(format!("{case}: not told")),
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

#[test]
fn a_run_is_good_when_every_case_was_told_once_and_well() {
    let good = |case: &str| format!("{{\"case\":\"{case}\",\"ok\":true,\"detail\":\"\"}}\n");
    let bad = "{\"case\":\"b\",\"ok\":false,\"detail\":\"why\"}\n";
    let check = |said: &[&str]| check_against(&["a", "b"], &said.concat());
    let (a, b, c) = (&good("a"), &good("b"), &good("c"));
    assert_eq!(check(&[a, b]), Ok(()));
    assert_eq!(check(&[a]), Err("b: not told".to_owned()));
    assert_eq!(check(&[]), Err("a: not told\nb: not told".to_owned()));
    assert_eq!(check(&[a, bad]), Err("b: why".to_owned()));
    assert_eq!(check(&[a, b, b]), Err("b: told 2 times".to_owned()));
    assert_eq!(check(&[a, b, c]), Err("c: nobody expects it".to_owned()));
    assert_eq!(check(&[a, b, "Warning: x\n"]), Err("not a result: Warning: x".to_owned()));
}
