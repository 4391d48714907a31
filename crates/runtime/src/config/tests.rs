//! Each layer over the one below, and each mistake with the place where it was made.

use super::*;
use serde::Deserialize;
use std::io::Write;
use std::time::Duration;
use tempfile::NamedTempFile;

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Config {
    data_dir: String,
    server: ServerPart,
    midtrans: MidtransPart,
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct ServerPart {
    listen: std::net::SocketAddr,
    threads: u16,
    load_factor: f64,
    tls: bool,
    hosts: Vec<String>,
    #[serde(with = "duration")]
    drain: Duration,
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct MidtransPart {
    server_key: Secret,
    environment: Environment,
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Environment {
    Sandbox,
    Production,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: String::new(),
            server: ServerPart {
                listen: ([127, 0, 0, 1], 8080).into(),
                threads: 2,
                load_factor: 0.5,
                tls: false,
                hosts: Vec::new(),
                drain: Duration::from_secs(15),
            },
            midtrans: MidtransPart {
                server_key: Secret::new("planted-default"),
                environment: Environment::Sandbox,
            },
            labels: BTreeMap::new(),
        }
    }
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn env(variables: &[(&str, &str)]) -> Loader {
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Loader::new().env(owned, &["ORDERFLOW_URL"])
}

fn complaint(loader: Loader) -> String {
    loader.load::<Config>().unwrap_err().to_string()
}

#[test]
fn without_layers_the_defaults_hold_secrets_included() {
    let loaded = Loader::new().load::<Config>().unwrap();
    assert_eq!(loaded.value, Config::default());
    assert_eq!(loaded.source("server.listen"), Source::Default);
}

#[test]
fn each_layer_covers_the_one_below() {
    let file = file("[server]\nthreads = 3\ntls = true\nload_factor = 1\n\n[labels]\nshop = 'a'\n");
    let loaded = env(&[("ORDERFLOW_SERVER__THREADS", "4"), ("ORDERFLOW_SERVER__DRAIN", "1m")])
        .file(file.path())
        .flag("--listen", "server.listen", "127.0.0.1:9")
        .load::<Config>()
        .unwrap();
    let server = &loaded.value.server;
    assert_eq!((server.threads, server.tls, server.load_factor), (4, true, 1.0));
    assert_eq!((server.listen.port(), server.drain), (9, Duration::from_secs(60)));
    assert_eq!(loaded.value.labels["shop"], "a");
    let from = |key: &str| loaded.source(key).to_string();
    assert_eq!(from("server.tls"), format!("{}:3", file.path().display()));
    assert_eq!(from("server.threads"), "environment variable ORDERFLOW_SERVER__THREADS");
    assert_eq!(from("server.listen"), "flag --listen");
    assert_eq!(from("labels.shop"), format!("{}:6", file.path().display()));
}

#[test]
fn lists_come_as_commas_or_brackets() {
    for text in ["a.id, b.id,", r#"["a.id", "b.id"]"#] {
        let loaded = env(&[("ORDERFLOW_SERVER__HOSTS", text)]).load::<Config>().unwrap();
        assert_eq!(loaded.value.server.hosts, ["a.id", "b.id"], "{text}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_nearest_name() {
    let file = file("data_dir = 'x'\n\n[server]\nlisten_addr = 'y'\n");
    let path = file.path().display().to_string();
    let expected = format!(
        "{path}:4: there is no setting `server.listen_addr`; did you mean `server.listen`?\n\
         environment variable ORDERFLOW_MIDTRANS__SERVERKEY: there is no setting \
         `midtrans.serverkey`; did you mean `ORDERFLOW_MIDTRANS__SERVER_KEY`?"
    );
    let loader = env(&[("ORDERFLOW_MIDTRANS__SERVERKEY", "x"), ("ORDERFLOW_URL", "not a setting")]);
    assert_eq!(complaint(loader.file(file.path())), expected);
    assert!(complaint(env(&[("ORDERFLOW_ZZZ", "x")])).ends_with("no setting `zzz`"));
}

#[test]
fn a_wrong_type_is_refused_with_the_type_wanted_and_without_the_value() {
    let file = file("[server]\nthreads = 'planted-secret'\nhosts = 1\n");
    let message = complaint(Loader::new().file(file.path()));
    assert!(message.contains(":2: `server.threads` must be a whole number, not text"), "{message}");
    assert!(message.contains(":3: `server.hosts` must be a list, not a whole number"), "{message}");
    for (variable, expected) in [
        ("ORDERFLOW_SERVER__THREADS", "a whole number"),
        ("ORDERFLOW_SERVER__TLS", "true or false"),
        ("ORDERFLOW_SERVER", "a section"),
    ] {
        let message = complaint(env(&[(variable, "planted-secret")]));
        assert!(message.contains(expected) && message.contains(variable), "{message}");
        assert!(!message.contains("planted"), "{message}");
    }
}

#[test]
fn a_value_out_of_range_is_refused_at_its_place() {
    for (variable, value, words) in [
        ("ORDERFLOW_SERVER__DRAIN", "soon", "`server.drain`: must be a duration"),
        ("ORDERFLOW_SERVER__THREADS", "70000", "`server.threads`: "),
        ("ORDERFLOW_SERVER__LISTEN", "nowhere", "`server.listen`: "),
        ("ORDERFLOW_MIDTRANS__ENVIRONMENT", "prod", "`midtrans.environment`: "),
    ] {
        let message = complaint(env(&[(variable, value)]));
        assert!(
            message.starts_with(&format!("environment variable {variable}: {words}")),
            "{message}"
        );
    }
}

#[test]
fn a_secret_comes_from_a_file_without_its_last_newline() {
    let secret = file("s3cret\n");
    let path = secret.path().to_str().unwrap();
    let loaded = env(&[("ORDERFLOW_MIDTRANS__SERVER_KEY_FILE", path)]).load::<Config>().unwrap();
    assert_eq!(loaded.value.midtrans.server_key.reveal(), "s3cret");
    let both =
        [("ORDERFLOW_MIDTRANS__SERVER_KEY_FILE", path), ("ORDERFLOW_MIDTRANS__SERVER_KEY", "x")];
    assert!(complaint(env(&both)).contains("both set"));
    let none = [("ORDERFLOW_MIDTRANS__SERVER_KEY_FILE", "/nonexistent/key")];
    assert!(complaint(env(&none)).contains("/nonexistent/key: cannot be read"));
}

#[test]
fn a_secret_shows_itself_nowhere() {
    let loaded = Loader::new().load::<Config>().unwrap();
    let settings = loaded.settings().unwrap();
    let key = settings.iter().find(|setting| setting.key == "midtrans.server_key").unwrap();
    assert_eq!(key.value, "\"***\"");
    let secret = &loaded.value.midtrans.server_key;
    for shown in
        [format!("{loaded:?} {settings:?} {secret}"), serde_json::to_string(secret).unwrap()]
    {
        assert!(!shown.contains("planted"), "{shown}");
    }
}

#[test]
fn a_file_that_is_missing_or_not_toml_is_named() {
    assert!(complaint(Loader::new().file("/nonexistent.toml")).starts_with("/nonexistent.toml: "));
    let broken = file("[server]\nthreads = = 1\n");
    let message = complaint(Loader::new().file(broken.path()));
    assert!(message.starts_with(&format!("{}:2:", broken.path().display())), "{message}");
}

#[test]
fn the_server_config_is_a_section_like_any_other() {
    let loader = env(&[("ORDERFLOW_DRAIN", "3s"), ("ORDERFLOW_IN_FLIGHT_MAX", "7")]);
    let server = loader.load::<crate::http::ServerConfig>().unwrap().value;
    assert_eq!((server.drain, server.in_flight_max), (Duration::from_secs(3), 7));
}
