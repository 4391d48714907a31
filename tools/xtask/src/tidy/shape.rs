//! The shape of a file: its size, its functions' size, its first line, and nothing left undone.

use super::Violation;
use super::source::{Facts, SourceFile};
use super::tables::{FILE_LINES_MAX, FUNCTION_LINES_MAX, UNFINISHED};

/// Checks a file.
pub(super) fn check(file: &SourceFile) -> Vec<Violation> {
    let mut found = Vec::new();
    let lines = file.text.lines().count();
    if lines > FILE_LINES_MAX {
        let rule = format!("has {lines} lines; {FILE_LINES_MAX} are allowed");
        found.push(at(file, FILE_LINES_MAX + 1, rule, "split it by what changes together"));
    }
    if !file.text.trim_start().starts_with("//!") {
        let fix = "begin with `//!`: what the module is for, and what must not be in it";
        found.push(at(file, 1, "does not say what it is for", fix));
    }
    match &file.facts {
        Some(facts) => found.extend(code(file, facts)),
        None => found.push(at(file, 1, "cannot be parsed", "mend it")),
    }
    found
}

fn code(file: &SourceFile, facts: &Facts) -> Vec<Violation> {
    let mut found = Vec::new();
    for function in facts.functions.iter().filter(|f| f.lines > FUNCTION_LINES_MAX) {
        let (name, lines) = (&function.name, function.lines);
        let rule = format!("`{name}` has {lines} lines; {FUNCTION_LINES_MAX} are allowed");
        let fix = "move a loop's body or a decision into a function with a name";
        found.push(at(file, function.line, rule, fix));
    }
    for line in &facts.allows {
        let fix = "write `#[expect(lint, reason = \"…\")]`, which complains once it is not needed";
        found.push(at(file, *line, "`allow` hides a lint for ever", fix));
    }
    for (name, line) in &facts.macros {
        if UNFINISHED.contains(&name.as_str()) {
            found.push(at(
                file,
                *line,
                format!("`{name}!` is work not done"),
                "do it, or leave it out",
            ));
        }
    }
    found
}

fn at(file: &SourceFile, line: usize, rule: impl Into<String>, fix: &str) -> Violation {
    Violation::new(format!("{}:{line}", file.path), rule, fix)
}

#[cfg(test)]
mod tests {
    use super::super::source::facts;
    use super::*;

    fn places(path: &str, text: &str) -> Vec<String> {
        let file =
            SourceFile { path: path.to_owned(), text: text.to_owned(), facts: facts(path, text) };
        check(&file).into_iter().map(|found| found.place).collect()
    }

    fn long_function(lines: usize) -> String {
        format!("//! Doc.\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2))
    }

    #[test]
    fn a_long_file_is_caught() {
        let doc = |lines: usize| "//! Doc.\n".repeat(lines);
        assert_eq!(places("a.rs", &doc(FILE_LINES_MAX)), [""; 0]);
        assert_eq!(places("a.rs", &doc(FILE_LINES_MAX + 1)), ["a.rs:501"]);
    }

    #[test]
    fn a_long_function_is_caught_outside_tests() {
        assert_eq!(places("a.rs", &long_function(FUNCTION_LINES_MAX)), [""; 0]);
        let long = long_function(FUNCTION_LINES_MAX + 1);
        assert_eq!(places("a.rs", &long), ["a.rs:2"]);
        assert_eq!(places("a/tests.rs", &long), [""; 0]);
        assert_eq!(places("a.rs", &long.replace("fn f", "#[test]\nfn f")), [""; 0]);
    }

    #[test]
    fn a_file_without_a_purpose_is_caught_tests_too() {
        assert_eq!(places("a.rs", "fn f() {}"), ["a.rs:1"]);
        assert_eq!(places("a/tests.rs", "// no\nfn f() {}"), ["a/tests.rs:1"]);
        assert_eq!(places("a.rs", "//! Doc.\nfn f( {}"), ["a.rs:1"]);
    }

    #[test]
    fn allow_and_unfinished_work_are_caught_in_tests_too() {
        let text = "//! Doc.\n#![allow(dead_code)]\n#[cfg(test)]\nmod tests {\n    #[allow(unused)]\n\
                    \x20   fn f() { todo!() }\n    fn g() { std::unimplemented!() }\n}\n";
        assert_eq!(places("a.rs", text), ["a.rs:2", "a.rs:5", "a.rs:6", "a.rs:7"]);
        let text =
            "//! Doc.\n#[expect(dead_code, reason = \"x\")]\nfn f() { let s = \"todo!()\"; }";
        assert_eq!(places("a.rs", text), [""; 0]);
    }
}
