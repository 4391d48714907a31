//! The data folder: one process at a time, files by service.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

const LOCK: &str = "orderflow.lock";
/// What `--fresh` deletes: our own files and nothing else.
const DATABASES: [&str; 4] = ["order", "payment", "notification", "simulator"];

/// A data folder that is ours while this value lives. The operating system frees it when the
/// process dies, however it dies.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// It was not there before.
    made: bool,
    _lock: File,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process has it.
    #[error(
        "the data folder {} is in use by another orderflow{}\n  \
         use that one, stop it, or give this one a folder of its own with --data-dir",
        path.display(),
        holder.map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    InUse {
        /// Which folder.
        path: PathBuf,
        /// Whose, if it said so.
        holder: Option<u32>,
    },
    /// It cannot be made, read or written.
    #[error("the data folder {} cannot be used: {why}\n  give another with --data-dir", path.display())]
    Io {
        /// Which folder.
        path: PathBuf,
        /// Why: no source, since the way out comes behind it.
        why: io::Error,
    },
}

impl DataDir {
    /// Makes the folder if need be and takes its lock.
    pub fn lock(path: &Path) -> Result<Self, DataDirError> {
        let failed = |why| DataDirError::Io { path: path.to_owned(), why };
        let made = !path.exists();
        fs::create_dir_all(path).map_err(failed)?;
        let mut options = File::options();
        let mut lock = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join(LOCK))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder =
                    lock.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(DataDirError::InUse { path: path.to_owned(), holder });
            }
            Err(TryLockError::Error(why)) => return Err(failed(why)),
        }
        let pid = std::process::id();
        let write = |lock: &mut File| {
            lock.set_len(0)?;
            lock.rewind()?;
            writeln!(lock, "{pid}")
        };
        write(&mut lock).map_err(failed)?;
        Ok(Self { path: path.to_owned(), made, _lock: lock })
    }

    /// Deletes the databases of earlier runs.
    pub fn start_over(&self) -> Result<(), DataDirError> {
        for name in DATABASES {
            for suffix in ["", "-wal", "-shm"] {
                let file = self.path.join(format!("{name}.sqlite{suffix}"));
                match fs::remove_file(&file) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => {
                        return Err(DataDirError::Io { path: file, why: e });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of one database.
    pub fn database(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.sqlite"))
    }
}

impl Drop for DataDir {
    /// A start that came to nothing leaves nothing: what was made for it goes, while the lock is held.
    fn drop(&mut self) {
        let only_lock = |mut entries: fs::ReadDir| {
            entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == LOCK))
        };
        if self.made && fs::read_dir(&self.path).is_ok_and(only_lock) {
            // What cannot be removed stays: it does no harm.
            let _ = fs::remove_file(self.path.join(LOCK));
            let _ = fs::remove_dir(&self.path);
        }
    }
}
