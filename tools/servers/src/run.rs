//! A run: a folder for servers, the record of their processes, and the end of both.
//!
//! The owner holds a lock on the folder for as long as it lives, so no reaper mistakes a living run
//! for a dead one. Three nets: a run that is dropped ends its servers; a keeper, a small shell
//! process, ends them when the owner ends without dropping; the next run ends what is left.
//!
//! Nothing here knows what a server is.

use crate::account;
use crate::process::Identity;
use anyhow::{Context, Result, bail, ensure};
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

const LOCK: &str = "lock";
const PROCESSES: &str = "processes";
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Ends, at the end of its input, the processes of the record; `$2` says whether to remove the
/// folder too. Only builtins of a POSIX shell, and `rm` and `sleep`.
const KEEPER: &str = r#"
read -r never
while read -r pid start; do
    if read -r stat 2>/dev/null <"/proc/$pid/stat"; then
        set -- "$1" "$2" ${stat##*) }
        [ "${22}" = "$start" ] && kill -KILL "$pid"
    fi
done <"$1/processes"
[ "$2" = remove ] || exit 0
for again in 1 2 3 4 5; do rm -rf "$1" && exit 0; sleep 1; done
"#;

/// What becomes of the folder at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Folder {
    Removed,
    Kept,
}

/// A folder with servers in it, owned by this process.
#[derive(Debug)]
pub struct Run {
    dir: PathBuf,
    folder: Folder,
    /// Held, never read.
    _lock: File,
    keeper: Option<Keeper>,
}

#[derive(Debug)]
struct Keeper {
    process: Child,
    /// Its end wakes the keeper.
    _input: Option<ChildStdin>,
}

impl Run {
    /// A run in a new folder that goes with it. Ends what earlier runs left behind.
    pub fn temporary() -> Result<Arc<Self>> {
        let base = base()?;
        // A folder that is made and not yet locked must not be taken for a dead run.
        let door = lock_file(&base.join(LOCK))?;
        door.lock().context("the folder of all runs cannot be locked")?;
        reap(&base)?;
        let dir = base.join(format!("run-{}", hex(&random()?[..6])));
        Self::own(&dir, Folder::Removed)
    }

    /// A run in a folder that stays. Ends what an earlier run in it left behind; refuses while
    /// another process owns it.
    pub fn at(dir: &Path) -> Result<Arc<Self>> {
        fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        let dir = dir.canonicalize()?;
        ensure_ours(&dir)?;
        Self::own(&dir, Folder::Kept)
    }

    fn own(dir: &Path, folder: Folder) -> Result<Arc<Self>> {
        fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        // Servers run as accounts of their own and must reach their folders within.
        fs::set_permissions(dir, Permissions::from_mode(0o711))?;
        let mut lock = lock_file(&dir.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                lock.read_to_string(&mut owner)?;
                bail!("{} is in use by process {}; end that first", dir.display(), owner.trim());
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", dir.display()));
            }
        }
        end_recorded(dir)?;
        fs::write(dir.join(PROCESSES), format!("boot {}\n", boot_id()))?;
        lock.set_len(0)?;
        writeln!(lock, "{}", std::process::id())?;
        let mut run = Self { dir: dir.to_owned(), folder, _lock: lock, keeper: None };
        run.keeper = Some(Keeper::start(dir, folder)?);
        Ok(Arc::new(run))
    }

    /// The folder. Servers live in folders below.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes the process down, so that it ends with this run whatever happens to us.
    pub(crate) fn record(&self, process: Identity) -> Result<()> {
        let mut file = OpenOptions::new().append(true).open(self.dir.join(PROCESSES))?;
        let line = format!("{} {}\n", process.pid, process.start);
        file.write_all(line.as_bytes()).context("a process cannot be recorded")
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Its servers are gone: each holds the run.
        if let Some(mut keeper) = self.keeper.take() {
            // It has nothing to do any more, and must not remove a folder that is in use again.
            let _ = keeper.process.kill();
            let _ = keeper.process.wait();
        }
        if self.folder == Folder::Removed
            && let Err(error) = fs::remove_dir_all(&self.dir)
        {
            eprintln!("servers: {} cannot be removed: {error}", self.dir.display());
        }
    }
}

impl Keeper {
    fn start(dir: &Path, folder: Folder) -> Result<Self> {
        let removal = if folder == Folder::Removed { "remove" } else { "keep" };
        let mut command = Command::new("/bin/sh");
        command.args(["-c", KEEPER, "orderflow-keeper"]).arg(dir).arg(removal);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Neither Ctrl-C nor the folder of the caller is for the keeper.
        let mut process = command.process_group(0).current_dir("/").spawn()?;
        let input = process.stdin.take();
        Ok(Self { process, _input: input })
    }
}

/// The folder of all runs of this account, made if need be.
pub(crate) fn base() -> Result<PathBuf> {
    let uid = rustix::process::geteuid().as_raw();
    let temp = std::env::temp_dir();
    // A temporary folder of root's own, say, is closed to the accounts of servers.
    let closed = account::barrier(&temp.join("x")).is_some();
    let temp = if closed { PathBuf::from("/tmp") } else { temp };
    let base = temp.join(format!("orderflow-servers-{uid}"));
    fs::create_dir_all(&base).with_context(|| format!("{} cannot be made", base.display()))?;
    ensure_ours(&base)?;
    fs::set_permissions(&base, Permissions::from_mode(0o711))?;
    base.canonicalize().context("the temporary folder cannot be resolved")
}

/// Anybody may have made a folder of the name in a place that is open to all.
fn ensure_ours(dir: &Path) -> Result<()> {
    let found = fs::symlink_metadata(dir)?;
    ensure!(
        found.is_dir() && found.uid() == rustix::process::geteuid().as_raw(),
        "{} belongs to somebody else: choose another folder (TMPDIR names the one for tests)",
        dir.display()
    );
    Ok(())
}

/// Opens a file to lock. Never truncated: it may be another's.
pub(crate) fn lock_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    let file = options.read(true).append(true).create(true).open(path);
    file.with_context(|| format!("{} cannot be opened", path.display()))
}

/// Ends and removes the runs whose owners are gone.
fn reap(base: &Path) -> Result<()> {
    for entry in fs::read_dir(base)? {
        let dir = entry?.path();
        if !dir.is_dir() {
            continue;
        }
        let Ok(lock) = lock_file(&dir.join(LOCK)) else { continue };
        if lock.try_lock().is_err() {
            continue;
        }
        end_recorded(&dir)?;
        match fs::remove_dir_all(&dir) {
            Ok(()) => {}
            // Its keeper is at it as well.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => eprintln!("servers: {} cannot be removed: {error}", dir.display()),
        }
    }
    Ok(())
}

fn end_recorded(dir: &Path) -> Result<()> {
    let Ok(record) = fs::read_to_string(dir.join(PROCESSES)) else { return Ok(()) };
    for process in recorded(&record, &boot_id()) {
        process.kill_tree()?;
    }
    Ok(())
}

/// The processes of a record, unless the system has been started again since.
fn recorded(record: &str, boot_id: &str) -> Vec<Identity> {
    let mut lines = record.lines();
    if lines.next().and_then(|line| line.strip_prefix("boot ")) != Some(boot_id) {
        return Vec::new();
    }
    let parse = |line: &str| {
        let (pid, start) = line.split_once(' ')?;
        Some(Identity { pid: pid.parse().ok()?, start: start.parse().ok()? })
    };
    lines.filter_map(parse).collect()
}

fn boot_id() -> String {
    fs::read_to_string(BOOT_ID).unwrap_or_default().trim().to_owned()
}

/// Bytes that nobody can guess.
pub(crate) fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes).context("/dev/urandom cannot be read")?;
    Ok(bytes)
}

/// A password: letters and digits, so that no URL, shell or file needs to escape it.
pub fn password() -> Result<String> {
    Ok(hex(&random()?))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_from_before_a_restart_of_the_system_names_nobody() {
        let record = "boot a\n12 345\nbroken\n67 890\n";
        let both = [Identity { pid: 12, start: 345 }, Identity { pid: 67, start: 890 }];
        assert_eq!(recorded(record, "a"), both);
        assert_eq!(recorded(record, "b"), []);
        assert_eq!(recorded("12 345\n", "a"), []);
    }
}
