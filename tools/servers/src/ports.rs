//! Free ports on the loopback interface.
//!
//! Nothing reserves a port before a server binds it, so whoever starts a server tries again.

use anyhow::{Result, bail};
use std::net::{Ipv4Addr, TcpListener};

/// Below the ports that systems give to outgoing connections. One of those could be taken by a
/// client while a server restarts, or a client could connect to itself.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
const ATTEMPTS: usize = 200;

/// A port that nobody used a moment ago and that is none of `taken`.
pub(crate) fn free(taken: &[u16]) -> Result<u16> {
    for _ in 0..ATTEMPTS {
        let [high, low, ..] = crate::run::random()?;
        let port = FIRST + u16::from_be_bytes([high, low]) % COUNT;
        if !taken.contains(&port) && is_free(port) {
            return Ok(port);
        }
    }
    let last = FIRST + COUNT - 1;
    bail!("no free port was found on 127.0.0.1 between {FIRST} and {last}")
}

/// Whether nobody listens on the port now.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_not_free() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(!is_free(held.local_addr().unwrap().port()));
    }

    #[test]
    fn a_port_is_not_given_twice() {
        let mut taken = Vec::new();
        for _ in 0..50 {
            let port = free(&taken).unwrap();
            assert!(!taken.contains(&port));
            taken.push(port);
        }
    }
}
