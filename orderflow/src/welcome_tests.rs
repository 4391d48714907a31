//! What is said at the start, and where the start pages lead.

use super::*;
use runtime::config::Secret;

#[test]
fn the_start_pages_lead_to_the_simulators_console() {
    let index = |simulator| {
        let url = "http://127.0.0.1:8080";
        Index { version: "0", url, mailbox: true, simulator }.render().unwrap()
    };
    let link = "<a class=\"main\" href=\"/_sim/\">";
    assert!(Alone { version: "0" }.render().unwrap().contains(link));
    assert!(index(true).contains("<a href=\"/_sim/\">"));
    assert!(!index(false).contains("/_sim/"), "a real gateway has no console");
}

#[test]
fn the_simulators_key_is_told_and_no_other() {
    let key = |environment| {
        let mut config = Config::default();
        config.midtrans.environment = environment;
        config.midtrans.server_key = Secret::new("SB-Mid-server-anything");
        server_key(&config).to_owned()
    };
    assert_eq!(key(Environment::Simulator), "SB-Mid-server-anything");
    for real in [Environment::Sandbox, Environment::Production] {
        assert!(!key(real).contains("Mid-server"), "{real:?}");
    }
}

#[test]
fn where_notifications_go_is_told_and_how_to_set_it() {
    let mut config = Config::default();
    let [none, how] = notifications(&config);
    assert!(
        none.contains("none are sent") && how.contains("--notification-url URL"),
        "{none} {how}"
    );
    config.simulator.notification_url = "http://127.0.0.1:3000/callback".to_owned();
    let [told, how] = notifications(&config);
    assert!(told.ends_with("  http://127.0.0.1:3000/callback"), "{told}");
    assert!(how.contains("--notification-url URL"), "{how}");
}

#[test]
fn who_runs_a_service_is_ours_and_the_simulator_by_itself_is_not() {
    let config = Config::default();
    for parts in [&Part::ALL[..], &[Part::Payment]] {
        assert!(is_ours(&itself(&config, parts)), "{parts:?}");
    }
    assert!(!is_ours(&itself(&config, &[])));
    assert!(!is_ours(&json!({ "name": "nginx", "services": ["order"] })));
}
