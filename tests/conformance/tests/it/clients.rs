//! The two clients: installed from their registries with pinned hashes, once for all runs, and run
//! as processes of their own.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Where things are installed: kept between runs.
const TMP: &str = env!("CARGO_TARGET_TMPDIR");

/// A client in its language.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Program {
    Python,
    Node,
}

impl Program {
    /// Runs its script and gives what it printed. Panics if the script does not come to its end.
    pub(crate) async fn run(self, settings: &Value) -> String {
        let settings = settings.to_string();
        let work = move || self.command().arg(settings).stdin(Stdio::null()).output().unwrap();
        let output = tokio::task::spawn_blocking(work).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{self:?}: {said}\n{}", complaint(&output));
        said.into_owned()
    }

    /// The script, but for its argument.
    fn command(self) -> Command {
        let mut command = match self {
            Self::Python => {
                let home = Path::new(TMP).join("conformance-python");
                let python = testkit::python_with(&home, &here("python/requirements.txt"));
                let mut command = Command::new(python);
                // No .pyc beside the scripts.
                command.arg("-B").arg(here("python/conformance.py"));
                command
            }
            Self::Node => {
                let mut command = Command::new("node");
                command.arg(here("node/conformance.js")).env("NODE_PATH", node_modules());
                command
            }
        };
        // The simulator is on this machine, whatever the machine's way to the world.
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        command
    }
}

/// The Node client and what it stands on, by its lock file.
fn node_modules() -> PathBuf {
    let home = Path::new(TMP).join("conformance-node");
    let read = |name: &str| fs::read_to_string(here("node").join(name)).unwrap();
    let (package, lock) = (read("package.json"), read("package-lock.json"));
    testkit::once(&home, &format!("{package}{lock}"), || {
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("package.json"), &package).unwrap();
        fs::write(home.join("package-lock.json"), &lock).unwrap();
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&home);
        let output = npm.stdin(Stdio::null()).output().expect("npm: install nodejs and npm");
        assert!(output.status.success(), "npm ci: {}", complaint(&output));
    });
    home.join("node_modules")
}

fn complaint(output: &Output) -> String {
    format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr))
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
