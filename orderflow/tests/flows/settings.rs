//! Settings that cannot be used: the message names the setting, where it was read, and the fix.
//! What can come right by itself does not prevent the start.

use crate::binary;
use fresh_database::FreshDatabase;
use kernel::Timestamp;
use orderflow::compose::Part;
use serde_json::json;
use std::fs;
use testkit::{Ended, RealProcess, VirtualHost, order, run, text, until};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// `serve order` with its settings in a file, told from the first line on.
struct Shop {
    database: FreshDatabase,
    host: VirtualHost,
    folder: tempfile::TempDir,
}

impl Shop {
    async fn new() -> Self {
        let (database, host) = (FreshDatabase::create().await, VirtualHost::create(binary()).await);
        Self { database, host, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, database: &str, broker: &str) -> String {
        let file = self.folder.path().join("order.toml");
        let settings = format!(
            "[databases]\norder = \"{database}\"\n[broker]\nurl = \"{broker}\"\n\
             [server]\nlisten = \"127.0.0.1:0\"\n"
        );
        fs::write(&file, settings).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// A start that must fail.
    async fn serve(&self, database: &str, broker: &str) -> Ended {
        let file = self.file(database, broker);
        let ended = run(binary(), &["serve", "order", "--config", &file], &[]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        ended
    }
}

fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
}

fn with(url: &str, change: impl FnOnce(&mut Url)) -> String {
    let mut url = Url::parse(url).unwrap();
    change(&mut url);
    url.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_url_that_cannot_be_used_says_which_where_and_what_to_do() {
    let shop = Shop::new().await;
    let right = shop.database.url();
    let place = ["order.toml:2", "`databases.order`"];
    let cases = [
        ("mysql://u:hunter2@h/d".to_owned(), vec!["does not begin with postgres://"]),
        ("postgres://u:hunter2@h".to_owned(), vec!["names no database"]),
        (
            with(right, |url| url.set_password(Some("hunter2")).unwrap()),
            vec!["does not let", "correct user and password"],
        ),
        (
            with(right, |url| url.set_path("nowhere")),
            vec!["has no database \"nowhere\"", "CREATE DATABASE nowhere"],
        ),
    ];
    for (url, words) in cases {
        let ended = shop.serve(&url, &shop.host.amqp).await;
        says(&ended.stderr, &place);
        says(&ended.stderr, &words);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_ours_is_left_alone() {
    let shop = Shop::new().await;
    let client = shop.database.connect().await;
    client.batch_execute("CREATE TABLE theirs (id int)").await.unwrap();
    let ended = shop.serve(shop.database.url(), &shop.host.amqp).await;
    says(&ended.stderr, &["order.toml:2", "not of OrderFlow", "a database of its own"]);
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(client.query_one(tables, &[]).await.unwrap().get::<_, i64>(0), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_service_s_database_is_refused() {
    let shop = Shop::new().await;
    let settings = [("ORDERFLOW_DATABASES__PAYMENT", shop.database.url())];
    let migrated = run(binary(), &["migrate", "payment"], &settings).await;
    assert_eq!(migrated.code, Some(0), "{migrated:?}");
    let ended = shop.serve(shop.database.url(), &shop.host.amqp).await;
    says(
        &ended.stderr,
        &["`databases.order`", "belongs to the payment service", "databases.payment"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_by_itself_needs_a_broker_and_a_gateway() {
    let shop = Shop::new().await;
    let ended = shop.serve(shop.database.url(), "").await;
    says(&ended.stderr, &["`broker.url`", "reaches the others by a broker only", "orderflow up"]);
    let ended = shop.serve(shop.database.url(), "http://u:hunter2@h").await;
    says(&ended.stderr, &["order.toml:4", "`broker.url`", "amqp://"]);
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    let settings = [
        ("ORDERFLOW_DATABASES__PAYMENT", shop.database.url()),
        ("ORDERFLOW_BROKER__URL", shop.host.amqp.as_str()),
        ("ORDERFLOW_SERVER__LISTEN", "127.0.0.1:0"),
    ];
    let ended = run(binary(), &["serve", "payment"], &settings).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    says(&ended.stderr, &["`midtrans.simulator_url`", "orderflow simulate midtrans"]);
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let client = shop.database.connect().await;
    let tables: i64 = client.query_one(tables, &[]).await.unwrap().get(0);
    assert_eq!(tables, 0, "wrong settings are told before anything is touched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_go_astray_silently_is_told() {
    let shop = Shop::new().await;
    let settings = [
        ("ORDERFLOW_BROKER__URL", shop.host.amqp.as_str()),
        ("ORDERFLOW_SERVER__LISTEN", "127.0.0.1:0"),
    ];
    let ended = run(binary(), &["serve", "order"], &settings).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    says(&ended.stderr, &["`databases.order`", "it is not set", "--data-dir"]);
    let fresh = [settings[0], ("ORDERFLOW_DATABASES__ORDER", shop.database.url())];
    let ended = run(binary(), &["up", "--fresh"], &fresh).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    says(&ended.stderr, &["ORDERFLOW_DATABASES__ORDER", "--fresh deletes SQLite files"]);
    let astray = [fresh[0], fresh[1], ("ORDERFLOW_SERVER__PUBLIC_URL", "shop.example")];
    let ended = run(binary(), &["serve", "order"], &astray).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    says(&ended.stderr, &["ORDERFLOW_SERVER__PUBLIC_URL", "no http:// or https:// address"]);
    let file = shop.file(shop.database.url(), &shop.host.amqp);
    let process = RealProcess::start(binary(), &["serve", "order", "--config", &file], &[]).await;
    says(&process.words(), &["`server.public_url`", "has no /pay"]);
    assert_eq!(process.interrupt().await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_long_an_order_can_be_paid_is_a_setting_with_bounds() {
    let shop = Shop::new().await;
    let file = shop.file(shop.database.url(), &shop.host.amqp);
    let settings = fs::read_to_string(&file).unwrap();
    let set = |minutes: i64| {
        let section = format!("[order]\npayment_window_minutes = {minutes}\n");
        fs::write(&file, format!("{settings}{section}")).unwrap();
    };
    for minutes in [4, 10_081, 0, -60, i64::MAX] {
        set(minutes);
        let ended = run(binary(), &["serve", "order", "--config", &file], &[]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        says(&ended.stderr, &["order.toml:8", "`order.payment_window_minutes`"]);
        says(&ended.stderr, &["must be 5 to 10080 minutes", "gateway's page", "1440"]);
    }
    set(5);
    let process = RealProcess::start(binary(), &["serve", "order", "--config", &file], &[]).await;
    let created = process.create(&order()).await;
    let at = |field: &str| text(&created, field).parse::<Timestamp>().unwrap();
    assert_eq!((at("/payment_due_at") - at("/created_at")).get_seconds(), 5 * 60, "{created}");
    assert_eq!(process.interrupt().await.code, Some(0));
}

/// Orders depend on their database alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_refuses_us_is_told_and_orders_are_taken() {
    let shop = Shop::new().await;
    let wrong = with(&shop.host.amqp, |url| url.set_password(Some("hunter2")).unwrap());
    let file = shop.file(shop.database.url(), &wrong);
    let process = RealProcess::start(binary(), &["serve", "order", "--config", &file], &[]).await;
    let said = process.words();
    let words = ["order.toml:4", "`broker.url`", "does not accept user", "orders are taken"];
    says(&said, &words);
    assert!(!said.contains("hunter2"), "{said}");
    let id = process.create_id(&order()).await;
    let story = process.story("order", &id).await;
    assert!(story["outbox"][0]["published_at"].is_null(), "{story}");
    assert_eq!(process.interrupt().await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_at_the_broker_is_named_and_waited_for() {
    let shop = Shop::new().await;
    let name = Part::Order.queue().name;
    shop.host.delete_queue(name).await;
    let file = shop.file(shop.database.url(), &shop.host.amqp);
    let process = RealProcess::start(binary(), &["serve", "order", "--config", &file], &[]).await;
    says(&process.words(), &[name, "is missing", "orderflow topology apply"]);
    shop.host.apply(binary()).await;
    until("it consumes", async || {
        let queue = shop.host.queue(name).await;
        if queue["consumers"].as_u64() >= Some(1) { Ok(()) } else { Err(queue) }
    })
    .await;
    assert_eq!(process.interrupt().await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_with_other_arguments_is_named_and_not_touched() {
    let host = VirtualHost::create(binary()).await;
    let name = Part::Order.queue().name;
    host.delete_queue(name).await;
    host.create_queue(name, &json!({ "durable": true, "arguments": { "x-max-length": 5 } })).await;
    let settings = [
        ("ORDERFLOW_BROKER__URL", host.amqp.as_str()),
        ("ORDERFLOW_BROKER__MANAGEMENT_URL", host.management().as_str()),
    ];
    for command in ["diff", "apply"] {
        let ended = run(binary(), &["topology", command], &settings).await;
        assert_eq!(ended.code, Some(3), "{ended:?}");
        says(&ended.stdout, &[name, "cannot be changed", "delete it", "orderflow topology apply"]);
    }
    assert_eq!(host.queue(name).await["arguments"]["x-max-length"], 5);
    host.delete_queue(name).await;
    let missing = run(binary(), &["topology", "diff"], &settings).await;
    assert_eq!(missing.code, Some(3), "{missing:?}");
    says(&missing.stdout, &[name, "is missing"]);
    host.apply(binary()).await;
    assert_eq!(run(binary(), &["topology", "diff"], &settings).await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_management_address_that_cannot_be_used_says_so() {
    let host = VirtualHost::create(binary()).await;
    let wrong = with(host.management().as_str(), |url| url.set_password(Some("hunter2")).unwrap());
    for (url, words) in [
        (wrong.as_str(), vec!["administrator"]),
        ("http://u:hunter2@127.0.0.1:1", vec!["nobody answers there", "start RabbitMQ"]),
        ("amqp://u:hunter2@h", vec!["http://"]),
        ("http://127.0.0.1:1", vec!["names no user and password"]),
    ] {
        let variable = "ORDERFLOW_BROKER__MANAGEMENT_URL";
        let settings = [("ORDERFLOW_BROKER__URL", host.amqp.as_str()), (variable, url)];
        let ended = run(binary(), &["topology", "diff"], &settings).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        says(&ended.stderr, &[variable, "`broker.management_url`"]);
        says(&ended.stderr, &words);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

/// In containers the database comes up when it likes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_comes_up_later_is_waited_for() {
    let shop = Shop::new().await;
    let right = Url::parse(shop.database.url()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let late = with(right.as_str(), |url| url.set_port(Some(port)).unwrap());
    let file = shop.file(&late, &shop.host.amqp);
    tokio::spawn(async move {
        // The first look finds nobody who answers.
        drop(listener.accept().await.unwrap());
        lead_to(listener, right.port().unwrap()).await;
    });
    let process = RealProcess::start(binary(), &["serve", "order", "--config", &file], &[]).await;
    says(&process.words(), &["waiting for the database"]);
    let created = process.create(&order()).await;
    assert_eq!(text(&created, "/status"), "pending");
    assert_eq!(process.interrupt().await.code, Some(0));
}

/// Whoever connects is connected to that port.
async fn lead_to(listener: TcpListener, port: u16) {
    while let Ok((mut near, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        });
    }
}
