//! Why an address could not be taken, and by whom it is held where Linux tells.
//!
//! Best effort: `/proc` shows the processes of other users only to root.

use std::fs;
use std::io;
use std::net::SocketAddr;

/// An address that could not be taken.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct BindError {
    /// The address wanted.
    pub address: SocketAddr,
    /// Who has it, if that could be found out.
    pub holder: Option<Holder>,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// The process that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its name.
    pub name: String,
    /// Its id.
    pub pid: u32,
}

impl BindError {
    pub(super) fn new(address: SocketAddr, source: io::Error) -> Self {
        let taken = source.kind() == io::ErrorKind::AddrInUse;
        let holder = if taken { holder_of(address.port()) } else { None };
        Self { address, holder, source }
    }

    /// A neighbouring address to propose instead.
    pub fn alternative(&self) -> SocketAddr {
        let port = self.address.port().checked_add(1).unwrap_or(8080);
        SocketAddr::new(self.address.ip(), port)
    }

    fn sentence(&self) -> String {
        let port = self.address.port();
        match (&self.holder, self.source.kind()) {
            (Some(Holder { name, pid }), _) => {
                format!("port {port} is taken by {name} (pid {pid})")
            }
            (None, io::ErrorKind::AddrInUse) => format!("port {port} is taken"),
            (None, io::ErrorKind::PermissionDenied) => {
                format!("port {port} needs privileges this process does not have")
            }
            (None, _) => format!("cannot listen on {}", self.address),
        }
    }
}

fn holder_of(port: u16) -> Option<Holder> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let inode = tables.iter().find_map(|table| {
        let table = fs::read_to_string(table).ok()?;
        table.lines().find_map(|line| listening_inode(line, port)).map(str::to_owned)
    })?;
    let socket = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let pid = processes
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .find(|pid| owns(*pid, &socket))?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    // A process chooses its own name; keep control characters off the terminal.
    let name = name.trim().chars().filter(|c| !c.is_control()).collect();
    Some(Holder { name, pid })
}

/// The socket's inode, if the line of `/proc/net/tcp` is a listener on the port.
fn listening_inode(line: &str, port: u16) -> Option<&str> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    let (_, local_port) = local.rsplit_once(':')?;
    let listens = *state == "0A" && u16::from_str_radix(local_port, 16) == Ok(port);
    listens.then_some(inode)
}

fn owns(pid: u32, socket: &str) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == socket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_told_from_a_connection() {
        let line = "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:0 00000000 0 0 4711 1";
        assert_eq!(listening_inode(line, 8080), Some("4711"));
        assert_eq!(listening_inode(line, 8081), None);
        assert_eq!(listening_inode(&line.replace(" 0A ", " 01 "), 8080), None);
        assert_eq!(listening_inode("sl local_address rem_address st", 8080), None);
    }

    #[test]
    fn the_sentence_names_what_is_known() {
        let error = |holder, kind: io::ErrorKind| BindError {
            address: "127.0.0.1:8080".parse().unwrap(),
            holder,
            source: kind.into(),
        };
        let nginx = Holder { name: "nginx".into(), pid: 123 };
        let taken = error(Some(nginx), io::ErrorKind::AddrInUse);
        assert_eq!(taken.to_string(), "port 8080 is taken by nginx (pid 123)");
        assert_eq!(taken.alternative().to_string(), "127.0.0.1:8081");
        assert_eq!(error(None, io::ErrorKind::AddrInUse).to_string(), "port 8080 is taken");
    }
}
