//! What the command line takes and refuses.

use super::*;
use clap::error::ErrorKind;

/// Why these words are refused.
fn refused(words: &[&str]) -> clap::Error {
    let all = ["orderflow"].iter().chain(words);
    Cli::try_parse_from(all).expect_err("it is taken")
}

#[test]
fn an_address_without_its_scheme_is_refused_with_the_right_one() {
    for text in ["127.0.0.1:18431", "localhost:8080", "shop.example"] {
        let error = refused(&["why", "X", "--url", text]).to_string();
        assert!(error.contains(&format!("did you mean http://{text}?")), "{error}");
    }
    for text in ["", "://", "ftp://h/", "http://h/?a=b", "http://h/#a", "file:///etc"] {
        let error = refused(&["why", "X", "--url", text]).to_string();
        assert!(error.contains("it is no http:// address"), "{error}");
    }
    for text in ["http://127.0.0.1:8080", "https://shop.example/orders/"] {
        Cli::try_parse_from(["orderflow", "why", "X", "--url", text]).unwrap();
    }
}

#[test]
fn who_only_asks_a_system_has_no_data_folder() {
    let commands = [&["why", "X"][..], &["verify"], &["reconcile", "X"], &["dead-letters", "list"]];
    for command in commands {
        let error = refused(&[command, &["--data-dir", "d"]].concat());
        assert_eq!(error.kind(), ErrorKind::UnknownArgument, "{command:?}");
        let with_settings = ["orderflow"].iter().chain(command).chain(&["--config", "f"]);
        Cli::try_parse_from(with_settings).unwrap();
    }
    Cli::try_parse_from(["orderflow", "demo", "--data-dir", "d"]).unwrap();
}
