//! The embedded system inside the test: everything in one process, on a free port.

use crate::api::{Api, install_tls};
use crate::invariants;
use orderflow::DataDir;
use orderflow::compose::{self, System};
use orderflow::config::Config;
use runtime::lifecycle::Outcome;
use std::ops::Deref;
use std::path::Path;
use tempfile::TempDir;

/// A running system with a data folder of its own. Ends with [`Stack::finish`].
pub struct Stack {
    api: Api,
    system: System,
    config: Config,
    folder: TempDir,
}

impl Deref for Stack {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Stack {
    /// Starts one with the defaults.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts one with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        install_tls();
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.server.listen = ([127, 0, 0, 1], 0).into();
        change(&mut config);
        let system = open(&config, folder.path()).await;
        // A restart keeps the address: links and callbacks under way name it.
        config.server.listen = system.address;
        Self { api: Api::new(system.address), system, config, folder }
    }

    /// Stops it in an orderly way and starts it again on the same data.
    pub async fn restart(self) -> Self {
        let Self { system, config, folder, .. } = self;
        stop(system).await;
        let system = open(&config, folder.path()).await;
        Self { api: Api::new(system.address), system, config, folder }
    }

    /// Everything comes to rest, every invariant holds, and the system stops cleanly.
    pub async fn finish(self) {
        self.finish_with(invariants::Expected::default()).await;
    }

    /// As [`Stack::finish`], when something is left on purpose.
    pub async fn finish_with(self, expected: invariants::Expected) {
        invariants::check(&self.api, expected).await;
        stop(self.system).await;
    }
}

async fn open(config: &Config, folder: &Path) -> System {
    let data = DataDir::lock(folder).unwrap();
    compose::start(config, data).await.unwrap()
}

async fn stop(system: System) {
    system.stop();
    assert_eq!(system.wait().await, Outcome::Clean);
}
