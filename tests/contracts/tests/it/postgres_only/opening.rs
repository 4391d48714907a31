//! Opening a database: whose it is, and what is wrong with it if it cannot be ours.

use crate::postgres::{SERVICE, counters, open};
use contracts::wait::soon;
use fresh_database::FreshDatabase;
use storage::postgres::{OpenError, Postgres, PostgresUrl};
use tokio::net::TcpListener;

/// Far from the server's own databases, and in no sentence by chance.
const PASSWORD: &str = "s3cret-word";

async fn refused(url: &str, service: &'static str) -> OpenError {
    let url = PostgresUrl::parse(url).unwrap();
    let opened = Postgres::open(&url, service, counters::migrations::runner());
    let Err(error) = soon(opened).await else { panic!("it was opened") };
    let shown = format!("{error} {error:?}");
    let password = fresh_database::server().password().unwrap_or(PASSWORD).to_owned();
    assert!(!shown.contains(&password) && !shown.contains(PASSWORD), "{shown}");
    error
}

/// The server of the tests under other circumstances.
fn elsewhere(change: impl FnOnce(&mut url::Url)) -> String {
    let mut url = fresh_database::server();
    change(&mut url);
    url.into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_open_an_empty_database_at_once_all_succeed() {
    let server = FreshDatabase::create().await;
    let url = PostgresUrl::parse(server.url()).unwrap();
    let opened: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { open(&url).await })
        })
        .collect();
    for instance in opened {
        soon(instance).await.unwrap();
    }
    let sql = "SELECT (SELECT count(*) FROM database_owner),
                      (SELECT count(*) FROM common_schema_history),
                      (SELECT count(*) FROM service_schema_history)";
    let row = server.connect().await.query_one(sql, &[]).await.unwrap();
    assert_eq!([0, 1, 2].map(|column| row.get::<_, i64>(column)), [1, 2, 1]);
}

#[tokio::test]
async fn a_database_with_tables_of_others_is_left_alone() {
    let server = FreshDatabase::create().await;
    let client = server.connect().await;
    client.batch_execute("CREATE TABLE invoices (id bigint)").await.unwrap();
    let error = refused(server.url(), SERVICE).await;
    assert!(matches!(error, OpenError::Foreign { .. }) && !error.is_transient(), "{error}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(client.query_one(tables, &[]).await.unwrap().get::<_, i64>(0), 1);
}

#[tokio::test]
async fn a_database_of_another_service_is_left_alone() {
    let server = FreshDatabase::create().await;
    open(&PostgresUrl::parse(server.url()).unwrap()).await;
    let error = refused(server.url(), "another").await;
    assert!(matches!(&error, OpenError::OtherService { owner, .. } if owner == SERVICE), "{error}");
    // A restart of its own service finds it.
    open(&PostgresUrl::parse(server.url()).unwrap()).await;
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_so() {
    let nobody = elsewhere(|url| {
        url.set_username("nobody_of_that_name").unwrap();
        url.set_password(Some(PASSWORD)).unwrap();
    });
    let forgot = elsewhere(|url| url.set_password(Some(PASSWORD)).unwrap());
    for url in [nobody, forgot] {
        let error = refused(&url, SERVICE).await;
        assert!(matches!(error, OpenError::Denied { .. }) && !error.is_transient(), "{error}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_named() {
    let url = elsewhere(|url| url.set_path("no_such_database"));
    let error = refused(&url, SERVICE).await;
    let named =
        matches!(&error, OpenError::NoDatabase { database, .. } if database == "no_such_database");
    assert!(named && !error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_may_come() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = elsewhere(|url| url.set_port(Some(port)).unwrap());
    // Accepts, and says nothing.
    let silent = refused(&url, SERVICE).await;
    drop(listener);
    let gone = refused(&url, SERVICE).await;
    for error in [silent, gone] {
        assert!(matches!(error, OpenError::Unreachable { .. }) && error.is_transient(), "{error}");
        assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
    }
}
