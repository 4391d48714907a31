//! A Python with packages of others, for tests that let a foreign program in.
//!
//! What is installed stands in a file of requirements with hashes. Nothing here knows what the
//! packages are for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter of a virtual environment at `home` that holds what the file pins and nothing
/// else. Made once and kept; made anew when the file changes. Processes that ask at the same time
/// wait for the one that makes it. Blocks, and panics with what to install.
///
/// Only wheels, whose hashes the file must name (`pip install --require-hashes`).
pub fn python_with(home: &Path, requirements: &Path) -> PathBuf {
    let python = home.join("bin/python");
    once(home, &fs::read_to_string(requirements).unwrap(), || {
        let venv = Command::new("python3").args(["-m", "venv", "--clear"]).arg(home).status();
        assert!(venv.unwrap().success(), "python3 -m venv: install python3-venv");
        let pip = "-m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
                   --only-binary :all: --requirement";
        let mut command = Command::new(&python);
        let installed = command.args(pip.split_whitespace()).arg(requirements).status().unwrap();
        assert!(installed.success(), "pip install -r {}", requirements.display());
    });
    python
}

/// Makes what belongs at `home` unless it was made from this text before.
///
/// Of processes and threads that come at the same time one makes it and the others wait. What was
/// begun and not finished is begun again.
pub fn once(home: &Path, made_from: &str, make: impl FnOnce()) {
    fs::create_dir_all(home.parent().unwrap()).unwrap();
    // Beside it, for `make` may empty the folder. Given back when it is closed.
    let lock = File::create(home.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let ready = home.join("ready");
    if fs::read_to_string(&ready).is_ok_and(|found| found == made_from) {
        return;
    }
    make();
    fs::write(ready, made_from).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn it_is_made_once_and_again_when_it_is_made_from_something_else() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("below/home");
        let made = Cell::new(0);
        let make = || {
            fs::create_dir_all(&home).unwrap();
            made.set(made.get() + 1);
        };
        once(&home, "a", make);
        once(&home, "a", make);
        assert_eq!(made.get(), 1);
        once(&home, "b", make);
        assert_eq!(made.get(), 2);
    }

    #[test]
    fn what_was_not_finished_is_begun_again() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        let failed = std::panic::catch_unwind(|| once(&home, "a", || panic!("no network")));
        assert!(failed.is_err());
        let made = Cell::new(false);
        once(&home, "a", || {
            fs::create_dir_all(&home).unwrap();
            made.set(true);
        });
        assert!(made.get());
    }
}
