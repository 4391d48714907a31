//! The account that a server runs as: never root.
//!
//! PostgreSQL refuses root, and a broker has no need of it.

use anyhow::{Context, Result, bail};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Ids of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

/// Whether this process is root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Account {
    /// The account for a server: the named one for root, else nobody. `None`: ourselves.
    pub(crate) fn for_server(name: &str) -> Result<Option<Self>> {
        if !is_root() {
            return Ok(None);
        }
        let passwd = fs::read_to_string("/etc/passwd").context("/etc/passwd cannot be read")?;
        let account = [name, "nobody"].iter().find_map(|name| Self::parse(&passwd, name));
        let account = account.with_context(|| {
            format!("a server must not run as root, and there is no account `{name}`: create it, or run as an ordinary user")
        })?;
        Ok(Some(account))
    }

    fn parse(passwd: &str, name: &str) -> Option<Self> {
        let fields = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let fields = fields.filter(|fields| fields.len() > 3).find(|fields| fields[0] == name)?;
        Some(Self { uid: fields[2].parse().ok()?, gid: fields[3].parse().ok()? })
    }
}

/// Makes the command run as the account.
pub(crate) fn run_as(command: &mut Command, account: Option<Account>) {
    if let Some(Account { uid, gid }) = account {
        command.uid(uid).gid(gid);
    }
}

/// Creates the folder of a server.
pub(crate) fn server_dir(dir: &Path, account: Option<Account>) -> Result<()> {
    if let Some(shut) = barrier(dir) {
        bail!("the account of a server cannot pass {}: choose a folder elsewhere", shut.display());
    }
    private_dir(dir, account)
}

/// Creates the folder for the account alone.
pub(crate) fn private_dir(dir: &Path, account: Option<Account>) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("{} cannot be created", dir.display()))?;
    give(dir, 0o700, account)
}

/// Writes a file that the account alone may read: whole, or not at all.
pub(crate) fn private_file(file: &Path, text: &str, account: Option<Account>) -> Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, "").with_context(|| format!("{} cannot be written", new.display()))?;
    give(&new, 0o600, account)?;
    fs::write(&new, text)?;
    fs::rename(&new, file).with_context(|| format!("{} cannot be replaced", file.display()))
}

fn give(path: &Path, mode: u32, account: Option<Account>) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .with_context(|| format!("the mode of {} cannot be set", path.display()))?;
    if let Some(Account { uid, gid }) = account {
        chown(path, Some(uid), Some(gid))
            .with_context(|| format!("{} cannot be given to its server", path.display()))?;
    }
    Ok(())
}

/// What keeps the accounts of servers from a folder, if anything does: a folder above it that
/// others may not pass, a home mostly. Matters for root alone; others run servers as themselves.
pub fn barrier(dir: &Path) -> Option<PathBuf> {
    const OTHERS_PASS: u32 = 0o001;
    let shut = |dir: &&Path| fs::metadata(dir).is_ok_and(|found| found.mode() & OTHERS_PASS == 0);
    if !is_root() {
        return None;
    }
    dir.ancestors().skip(1).find(shut).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:\npostgres:x:101:104:PostgreSQL,,,:/:/bin/sh\nbroken\n";
        assert_eq!(Account::parse(passwd, "postgres"), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(Account::parse(passwd, "rabbitmq"), None);
    }
}
