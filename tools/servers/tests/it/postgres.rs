//! PostgreSQL: what survives, and what is refused.

use servers::{Postgres, Programs, Run};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

#[test]
fn what_was_committed_survives_a_kill_and_a_stop() {
    let mut server = Postgres::temporary().unwrap();
    let url = server.url();
    server.execute("postgres", "CREATE DATABASE shop;").unwrap();
    server.execute("shop", "CREATE TABLE t (n int); INSERT INTO t VALUES (1);").unwrap();
    server.kill().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.start().unwrap();
    server.execute("shop", "INSERT INTO t VALUES (2);").unwrap();
    server.stop().unwrap();
    assert!(server.execute("shop", "SELECT 1").is_err());
    server.start().unwrap();
    assert_eq!(server.execute("shop", "SELECT n FROM t ORDER BY n").unwrap(), "1\n2");
    assert_eq!(server.url(), url, "a restart moves nothing");
    assert!(server.start().is_err(), "it runs already");
}

#[test]
fn it_is_durable_and_speaks_utf8_and_has_no_socket_file() {
    let server = Postgres::temporary().unwrap();
    for (setting, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C.UTF-8"),
        ("unix_socket_directories", ""),
        ("listen_addresses", "127.0.0.1"),
    ] {
        let found = server.execute("postgres", &format!("SHOW {setting}")).unwrap();
        assert_eq!(found, value, "{setting}");
    }
}

#[test]
fn a_wrong_password_is_refused() {
    let server = Postgres::temporary().unwrap();
    let programs = Programs::find();
    let psql = |url: &str| {
        let mut command = Command::new(programs.postgres().unwrap().join("psql"));
        command.args(["-Xtc", "SELECT 1", url]).output().unwrap().status.success()
    };
    let url = server.url();
    assert!(psql(&url));
    let (before, rest) = url.rsplit_once('@').unwrap();
    assert!(!psql(&format!("{before}wrong@{rest}")));
    assert!(!psql(&format!("postgres://orderflow_admin@{rest}")));
}

#[test]
fn a_kept_folder_resumes_with_its_data_on_another_port_if_need_be() {
    let temporary = Run::temporary().unwrap();
    let dir = temporary.dir().join("kept");
    let programs = Programs::find();
    let first = Postgres::open(&programs, &Run::at(&dir).unwrap(), "pg").unwrap();
    first.execute("postgres", "CREATE TABLE t (n int);").unwrap();
    let busy = Run::at(&dir).unwrap_err().to_string();
    assert!(busy.contains(&format!("in use by process {}", std::process::id())), "{busy}");
    let (port, url) = (first.port(), first.url());
    drop(first);

    let same = Postgres::open(&programs, &Run::at(&dir).unwrap(), "pg").unwrap();
    assert_eq!(same.url(), url);
    drop(same);

    let _other_program = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let moved = Postgres::open(&programs, &Run::at(&dir).unwrap(), "pg").unwrap();
    assert_ne!(moved.port(), port);
    assert_eq!(moved.execute("postgres", "SELECT count(*) FROM t").unwrap(), "0");
}

#[test]
fn servers_of_one_run_stand_side_by_side_and_die_alone() {
    let run = Run::temporary().unwrap();
    let programs = Programs::find();
    let mut order = Postgres::open(&programs, &run, "order").unwrap();
    let payment = Postgres::open(&programs, &run, "payment").unwrap();
    order.kill().unwrap();
    assert_eq!(payment.execute("postgres", "SELECT 1").unwrap(), "1");
    assert!(order.execute("postgres", "SELECT 1").is_err());
}
