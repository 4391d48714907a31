//! The embedded system inside the test: everything in one process, on a free port.

use crate::api::{Api, install_tls};
use crate::invariants;
use crate::wait::PATIENCE;
use orderflow::DataDir;
use orderflow::compose::{self, Part, System};
use orderflow::config::Config;
use runtime::config::Loader;
use runtime::lifecycle::Outcome;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// The stop may have cut off a call to the gateway, whose next try is 15 s away, give or take a
/// fifth.
const AFTER_A_RESTART: Duration = Duration::from_secs(40);

/// A running system with a data folder of its own. Ends with [`Stack::finish`].
pub struct Stack {
    api: Api,
    system: System,
    config: Config,
    folder: TempDir,
    patience: Duration,
}

impl Deref for Stack {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Stack {
    /// Starts one with these settings over the defaults.
    pub async fn start(settings: &[(&'static str, &str)]) -> Self {
        install_tls();
        let folder = tempfile::tempdir().unwrap();
        let mut loader = Loader::new().flag("listen", "server.listen", "127.0.0.1:0");
        for (key, value) in settings {
            loader = loader.flag("test", key, *value);
        }
        let mut config = loader.load::<Config>().unwrap().value;
        let system = open(&config, folder.path()).await;
        // A restart keeps the address: links and callbacks under way name it.
        config.server.listen = system.address;
        Self { api: Api::new(system.address), system, config, folder, patience: PATIENCE }
    }

    /// Stops it in an orderly way and starts it again on the same data.
    pub async fn restart(self) -> Self {
        let Self { system, config, folder, .. } = self;
        stop(system).await;
        let system = open(&config, folder.path()).await;
        let patience = AFTER_A_RESTART;
        Self { api: Api::new(system.address), system, config, folder, patience }
    }

    /// How long things may take: after a restart longer.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// The file of one service's database, for those who plant in it.
    pub fn database(&self, part: Part) -> PathBuf {
        self.folder.path().join(format!("{}.sqlite", part.name()))
    }

    /// Everything comes to rest, every invariant holds, and the system stops cleanly.
    pub async fn finish(self) {
        self.finish_with(0).await;
    }

    /// As [`Stack::finish`], when dead letters are left on purpose.
    pub async fn finish_with(self, dead_letters: usize) {
        let patience = self.patience;
        invariants::check(&self.api, invariants::Expected { dead_letters, patience }).await;
        stop(self.system).await;
    }

    /// The system stops cleanly; for those who have broken what should hold.
    pub async fn finish_quickly(self) {
        stop(self.system).await;
    }
}

async fn open(config: &Config, folder: &Path) -> System {
    let data = DataDir::lock(folder).unwrap();
    compose::start(config, &Part::ALL, Some(data)).await.unwrap()
}

async fn stop(system: System) {
    system.stop();
    assert_eq!(system.wait().await, Outcome::Clean);
}
