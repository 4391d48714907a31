//! Starting and stopping: what is told when it does not work, and what stays.

use crate::binary::{House, binary};
use std::fs;
use testkit::invariants::{Expected, check};
use testkit::{RealProcess, order};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_stops_cleanly_and_leaves_the_data() {
    let house = House::new();
    let system = house.up().await;
    let id = system.create_id(&order()).await;
    system.told(&id, 1).await;
    let ended = system.interrupt().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("Stopped. The data is in"), "{}", ended.stderr);
    let system = house.up().await;
    assert_eq!(system.order(&id).await["status"], "awaiting_payment");
    check(&system, Expected::default()).await;
    assert_eq!(system.interrupt().await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_up_on_a_folder_says_who_has_it() {
    let house = House::new();
    let system = house.up().await;
    for command in ["up", "migrate"] {
        let second = house.run(&[command]).await;
        assert_eq!(second.code, Some(1), "{second:?}");
        let folder = house.path().display().to_string();
        for word in [&folder, &format!("process {}", system.id()), "--data-dir"] {
            assert!(second.stderr.contains(word), "{word:?} is not in {}", second.stderr);
        }
    }
    system.get("/livez").await.expect(200);
}

/// The lock is the operating system's: it does not outlive a process that was killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_leaves_no_lock_behind() {
    let house = House::new();
    house.up().await.kill();
    house.up().await.get("/livez").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_port_is_named_with_the_way_out() {
    let (house, other) = (House::new(), House::new());
    let system = house.up().await;
    let address = system.address.to_string();
    let second = other.run(&["up", "--listen", &address]).await;
    assert_eq!(second.code, Some(1), "{second:?}");
    let taken = format!("port {} is taken", system.address.port());
    for word in [taken.as_str(), "use --listen 127.0.0.1:", "orderflow"] {
        assert!(second.stderr.contains(word), "{word:?} is not in {}", second.stderr);
    }
    assert!(!second.stderr.contains("panicked"), "{}", second.stderr);
    // What it made it takes away again, and nothing else.
    let inside = other.file("made");
    let made = inside.to_str().unwrap();
    let third = other.run(&["up", "--listen", &address, "--data-dir", made]).await;
    assert_eq!(third.code, Some(1), "{third:?}");
    assert!(!inside.exists() && other.path().exists());
    fs::create_dir(&inside).unwrap();
    other.run(&["up", "--listen", &address, "--data-dir", made]).await;
    assert!(inside.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fresh_starts_over_and_touches_nothing_else() {
    let house = House::new();
    let system = house.up().await;
    system.create_id(&order()).await;
    system.interrupt().await;
    fs::write(house.file("notes.txt"), "mine").unwrap();
    let any = ([127, 0, 0, 1], 0).into();
    let system = RealProcess::up_at(binary(), house.path(), any, &["--fresh"]).await;
    assert_eq!(system.all("/v1/orders?").await.len(), 0);
    assert_eq!(system.ledger().await["orders"], 0);
    let id = system.create_id(&order()).await;
    system.order_becomes(&id, "awaiting_payment").await;
    assert_eq!(fs::read_to_string(house.file("notes.txt")).unwrap(), "mine");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_setting_names_the_nearest_right_one() {
    let house = House::new();
    let file = house.file("orderflow.toml");
    fs::write(&file, "[server]\nlisten = \"127.0.0.1:0\"\n[midtrans]\nserver_kye = \"secret-1\"\n")
        .unwrap();
    for command in ["up", "migrate", "demo"] {
        let ended = house.run(&[command, "--config", file.to_str().unwrap()]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        for word in ["server_kye", "did you mean `midtrans.server_key`?", "orderflow.toml"] {
            assert!(ended.stderr.contains(word), "{word:?} is not in {}", ended.stderr);
        }
        assert!(!ended.stderr.contains("secret-1"), "a value is shown: {}", ended.stderr);
    }
    let folder = house.path().to_str().unwrap();
    let settings = [("ORDERFLOW_SERVER__LISTN", "127.0.0.1:0")];
    let ended = testkit::run(binary(), &["up", "--data-dir", folder], &settings).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.to_lowercase().contains("listen"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sandbox_key_in_production_is_refused() {
    let house = House::new();
    let file = house.file("orderflow.toml");
    fs::write(&file, "[midtrans]\nenvironment = \"production\"\n").unwrap();
    let ended = house.run(&["up", "--config", file.to_str().unwrap()]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("midtrans.server_key"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_made_is_named() {
    let house = House::new();
    fs::write(house.file("occupied"), "").unwrap();
    let inside = house.file("occupied/data");
    let ended = house.run(&["up", "--data-dir", inside.to_str().unwrap()]).await;
    assert_eq!(ended.code, Some(1));
    for word in ["occupied/data", "--data-dir"] {
        assert!(ended.stderr.contains(word), "{word:?} is not in {}", ended.stderr);
    }
    assert_eq!(ended.stderr.matches("os error").count(), 1, "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_database_is_named_with_the_way_out() {
    let house = House::new();
    fs::write(house.file("payment.sqlite"), "this is not a database at all, not by far").unwrap();
    let ended = house.run(&["up"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for word in ["payment.sqlite", "--fresh"] {
        assert!(ended.stderr.contains(word), "{word:?} is not in {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrate_makes_the_databases_and_starts_nothing() {
    let house = House::new();
    for _ in 0..2 {
        let ended = house.run(&["migrate"]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains("up to date"), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
    for name in ["order", "payment", "notification"] {
        assert!(house.file(&format!("{name}.sqlite")).exists(), "{name}");
    }
    let system = house.up().await;
    let id = system.create_id(&order()).await;
    system.order_becomes(&id, "awaiting_payment").await;
}
