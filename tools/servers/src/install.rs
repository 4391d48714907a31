//! Installing what is missing, where it may be done without a question: by apt-get as root, or
//! with a `sudo` that does not ask.
//!
//! Debian's packages start their servers on the usual ports, the broker on all interfaces. A
//! policy-rc.d that says no keeps them from it while apt-get works; afterwards it is as before.

use crate::account;
use crate::programs::{Program, packages};
use crate::run::{base, lock_file};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const POLICY: &str = "/usr/sbin/policy-rc.d";
/// How our policy is told from anybody else's.
const MARK: &str = "# OrderFlow's tests put this here while they install packages.";

/// Puts the policy that was there before back, or none. `$1` our mark.
const RESTORE: &str = r#"
policy=/usr/sbin/policy-rc.d kept=/usr/sbin/policy-rc.d.before-orderflow
restore() {
    if [ -e "$kept" ] || [ -L "$kept" ]; then mv -f "$kept" "$policy"
    elif grep -qsF "$1" "$policy"; then rm -f "$policy"; fi
}
restore "$1"
"#;

/// Installs the packages named after `$1`, our mark.
const INSTALL: &str = r#"
mark=$1; shift
trap 'restore "$mark"' EXIT
trap 'exit 130' INT TERM HUP
if [ -e "$policy" ] || [ -L "$policy" ]; then mv "$policy" "$kept" || exit 1; fi
printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy" && chmod 755 "$policy" || exit 1
export DEBIAN_FRONTEND=noninteractive
apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"; }
apt install --no-install-recommends "$@" && exit 0
echo 'apt-get update, then once more'
apt update
apt install --no-install-recommends "$@"
"#;

/// Installs the packages of the programs, or says why it may not.
pub(crate) fn install(missing: &[Program], say: &mut impl FnMut(&str)) -> Result<()> {
    ensure!(Path::new("/usr/bin/apt-get").exists(), "this system has no apt-get");
    let Some(mut command) = as_root() else {
        bail!("packages cannot be installed: this is not root, and sudo is missing or asks");
    };
    let lock = lock_file(&base()?.join("install.lock"))?;
    lock.lock().context("installations cannot be put in a row")?;
    let packages = packages(missing);
    say(&format!("installing: apt-get install {}", packages.join(" ")));
    command.arg("-c").arg(format!("{RESTORE}{INSTALL}")).args(["orderflow-install", MARK]);
    let output = command.args(&packages).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        bail!("apt-get failed: {}", crate::postgres::tail(&said));
    }
    say("installed; the packages' own servers are not started now, but will be with the machine \
         (to prevent that: systemctl disable postgresql rabbitmq-server)");
    Ok(())
}

/// Takes away a policy that an installation left behind because it was killed.
pub(crate) fn heal(say: &mut impl FnMut(&str)) -> Result<()> {
    if !fs::read_to_string(POLICY).is_ok_and(|policy| policy.contains(MARK)) {
        return Ok(());
    }
    let lock = lock_file(&base()?.join("install.lock"))?;
    // Somebody installs at this moment: then it belongs there.
    if lock.try_lock().is_err() {
        return Ok(());
    }
    let Some(mut command) = as_root() else {
        bail!("{POLICY} is left from an installation that was killed: sudo rm {POLICY}");
    };
    say(&format!("{POLICY} is left from an installation that was killed; removed"));
    command.args(["-c", RESTORE, "orderflow-install", MARK]).stdin(Stdio::null());
    ensure!(command.status()?.success(), "{POLICY} cannot be removed");
    Ok(())
}

/// A shell with root's rights, if it can be had without a question.
fn as_root() -> Option<Command> {
    if account::is_root() {
        return Some(Command::new("/bin/sh"));
    }
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if !sudo.status().is_ok_and(|status| status.success()) {
        return None;
    }
    let mut command = Command::new("sudo");
    command.args(["-n", "/bin/sh"]);
    Some(command)
}
