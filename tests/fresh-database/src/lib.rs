//! An empty PostgreSQL database for one test, on the server that `cargo xtask test` started.
//!
//! Knows no schema and no service: whoever asks migrates it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use tokio_postgres::{Client, NoTls};
use url::Url;
use uuid::Uuid;

/// Names the server: a URL of a user that may create databases.
pub const VARIABLE: &str = "ORDERFLOW_TEST_POSTGRES_URL";

/// A database of a test's own; gone when dropped.
#[derive(Debug)]
pub struct FreshDatabase {
    name: String,
    url: Url,
}

impl FreshDatabase {
    /// Creates it, empty.
    pub async fn create() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a name that no other run has")]
        let name = format!("test_{}", Uuid::new_v4().simple());
        let server = server();
        connect(&server).await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let mut url = server;
        url.set_path(&name);
        Self { name, url }
    }

    /// Its URL, password included.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// A connection beside the code under test.
    pub async fn connect(&self) -> Client {
        connect(&self.url).await
    }

    /// Ends every connection to it, as a restart of the server would.
    pub async fn cut_connections(&self) {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        connect(&server()).await.execute(cut, &[&self.name]).await.unwrap();
    }
}

impl Drop for FreshDatabase {
    /// On a thread with a runtime of its own: the test's may be gone, or busy waiting for us.
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                connect(&server()).await.batch_execute(&drop).await.unwrap();
            });
        });
        if thread.join().is_err() && !std::thread::panicking() {
            panic!("a test's database could not be dropped");
        }
    }
}

/// The server of the tests. Absence is a failure, never a reason to skip.
pub fn server() -> Url {
    let Ok(url) = std::env::var(VARIABLE) else {
        panic!(
            "{VARIABLE} is not set: run `cargo xtask test`, or `cargo xtask stack` and set it to \
             the URL that it prints"
        );
    };
    Url::parse(&url).unwrap()
}

async fn connect(url: &Url) -> Client {
    let (client, connection) = tokio_postgres::connect(url.as_str(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
