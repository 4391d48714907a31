//! Stands between the program and the server, and loses the answer to a COMMIT.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use storage::postgres::PostgresUrl;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// When the connection of an armed proxy ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lose {
    /// The server has committed.
    TheAnswer,
    /// The server may not even have begun to commit.
    TheWait,
}

/// A way to a database through this process.
pub(super) struct Proxy {
    pub(super) url: PostgresUrl,
    armed: Arc<AtomicBool>,
}

impl Proxy {
    pub(super) async fn to(database: &str, lose: Lose) -> Self {
        let target = PostgresUrl::parse(database).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut url = fresh_database::server();
        url.set_path(target.database());
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let armed = Arc::new(AtomicBool::new(false));
        let (server, trap) = (target.host(), armed.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(pass(client, server, trap.clone(), lose));
            }
        });
        Self { url: PostgresUrl::parse(url.as_str()).unwrap(), armed }
    }

    /// Loses what follows the next COMMIT.
    pub(super) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_armed(&self) -> bool {
        self.armed.load(Ordering::SeqCst)
    }
}

/// Ends both connections by dropping them.
async fn pass(mut client: TcpStream, mut server: TcpStream, armed: Arc<AtomicBool>, lose: Lose) {
    let (mut question, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            Ok(length) = client.read(&mut question) => {
                if length == 0 || server.write_all(&question[..length]).await.is_err() {
                    return;
                }
                let commit = question[..length].windows(7).any(|bytes| bytes == b"COMMIT\0");
                if commit && armed.swap(false, Ordering::SeqCst) {
                    // To a server that cannot send, a statement is a failed one: it stays open.
                    if lose == Lose::TheWait {
                        drop(client);
                    }
                    return until_committed(&mut server).await;
                }
            }
            Ok(length) = server.read(&mut answer) => {
                if length == 0 || client.write_all(&answer[..length]).await.is_err() {
                    return;
                }
            }
            else => return,
        }
    }
}

async fn until_committed(server: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.windows(7).any(|bytes| bytes == b"COMMIT\0") {
        assert_ne!(server.read_buf(&mut answer).await.unwrap(), 0, "it did not commit");
    }
}
