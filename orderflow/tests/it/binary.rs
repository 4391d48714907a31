//! Where the binary is, and a folder for it.

use std::path::{Path, PathBuf};
use tempfile::TempDir;
use testkit::{Ended, RealProcess};

pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_orderflow"))
}

/// A data folder, and what is run on it.
pub(crate) struct House {
    folder: TempDir,
}

impl House {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `up`, on a free port.
    pub(crate) async fn up(&self) -> RealProcess {
        RealProcess::up(binary(), self.path()).await
    }

    /// A command on this folder, which is told to listen on any free port.
    pub(crate) async fn run(&self, args: &[&str]) -> Ended {
        let folder = self.path().to_str().unwrap();
        let settings =
            [("ORDERFLOW_DATA__DIR", folder), ("ORDERFLOW_SERVER__LISTEN", "127.0.0.1:0")];
        testkit::run(binary(), args, &settings).await
    }
}
