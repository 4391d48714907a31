//! The programs that servers and tests need: where they are, and what to type where they are not.
//!
//! Looks at files and runs nothing but `pg_config`, `postgres`, `python3` and `node`. Never
//! `rabbitmq-server --version`: on Debian that starts a broker, on all interfaces.

use crate::install;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `initdb`, `postgres` and `psql`.
    Postgres,
    /// RabbitMQ's inner start script and Erlang's `epmd`.
    RabbitMq,
    /// `python3` that can make virtual environments.
    Python,
    /// `node`, with the `npm` that installs for it.
    Node,
}

/// The oldest Node that will do: Debian 12's.
const NODE_MAJOR_MIN: u32 = 18;

impl Program {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Postgres, Self::RabbitMq, Self::Python, Self::Node];

    /// Debian's packages.
    pub(crate) fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["postgresql"],
            Self::RabbitMq => &["rabbitmq-server"],
            Self::Python => &["python3-venv"],
            Self::Node => &["nodejs", "npm"],
        }
    }

    fn looked_for(self) -> &'static str {
        match self {
            Self::Postgres => {
                "PostgreSQL: `postgres`, `initdb` and `psql` in /usr/lib/postgresql/*/bin, in \
                 `pg_config --bindir` and in PATH"
            }
            Self::RabbitMq => {
                "RabbitMQ: `rabbitmq-server` in /usr/lib/rabbitmq/bin, /opt/rabbitmq/sbin, \
                 Homebrew's folders and RABBITMQ_HOME/sbin; Erlang's `erl` and `epmd` in PATH"
            }
            Self::Python => "Python: `python3` in PATH, with the modules `venv` and `ensurepip`",
            Self::Node => "Node: `node` of version 18 or newer and `npm` in PATH",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Programs {
    postgres: Option<PathBuf>,
    rabbitmq: Option<RabbitPrograms>,
    python: Option<PathBuf>,
    node: Option<PathBuf>,
}

/// The two programs of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RabbitPrograms {
    /// The inner script. The one in /usr/sbin changes the account and asks systemd.
    pub(crate) server: PathBuf,
    pub(crate) epmd: PathBuf,
}

impl Programs {
    /// Looks for all of them.
    pub fn find() -> Self {
        Self {
            postgres: find_postgres(),
            rabbitmq: find_rabbitmq(),
            python: find_python(),
            node: find_node(),
        }
    }

    /// Looks for the wanted ones and installs what is missing where that may be done without a
    /// question. `say` gets lines for people.
    pub fn find_or_install(wanted: &[Program], mut say: impl FnMut(&str)) -> Result<Self> {
        install::heal(&mut say)?;
        let found = Self::find();
        let missing = found.missing(wanted);
        if missing.is_empty() {
            return Ok(found);
        }
        install::install(&missing, &mut say).with_context(|| instructions(&missing))?;
        let found = Self::find();
        let missing = found.missing(wanted);
        if !missing.is_empty() {
            bail!("installed, and still not found. {}", instructions(&missing));
        }
        Ok(found)
    }

    fn missing(&self, wanted: &[Program]) -> Vec<Program> {
        let missing = |program: &&Program| match program {
            Program::Postgres => self.postgres.is_none(),
            Program::RabbitMq => self.rabbitmq.is_none(),
            Program::Python => self.python.is_none(),
            Program::Node => self.node.is_none(),
        };
        wanted.iter().filter(missing).copied().collect()
    }

    /// PostgreSQL's folder of programs.
    pub fn postgres(&self) -> Result<&Path> {
        self.postgres.as_deref().with_context(|| instructions(&[Program::Postgres]))
    }

    pub(crate) fn rabbitmq(&self) -> Result<&RabbitPrograms> {
        self.rabbitmq.as_ref().with_context(|| instructions(&[Program::RabbitMq]))
    }

    /// `python3`, able to make virtual environments.
    pub fn python(&self) -> Result<&Path> {
        self.python.as_deref().with_context(|| instructions(&[Program::Python]))
    }

    /// A line for each that was found: version and place.
    pub fn describe(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(bin) = &self.postgres {
            let version = first_line(&bin.join("postgres"), &["--version"]);
            lines.push(format!("{} in {}", version.trim(), bin.display()));
        }
        if let Some(rabbitmq) = &self.rabbitmq {
            let version = rabbitmq_version(&rabbitmq.server);
            lines.push(format!("RabbitMQ {version} by {}", rabbitmq.server.display()));
        }
        if let Some(python) = &self.python {
            lines.push(format!("{} at {}", first_line(python, &["--version"]), python.display()));
        }
        if let Some(node) = &self.node {
            let version = first_line(node, &["--version"]);
            lines.push(format!("Node {version} at {}", node.display()));
        }
        lines
    }
}

/// Debian's packages of all of them.
pub(crate) fn packages(missing: &[Program]) -> Vec<&'static str> {
    missing.iter().flat_map(|program| program.packages()).copied().collect()
}

/// What to type, for people.
pub(crate) fn instructions(missing: &[Program]) -> String {
    let packages = packages(missing);
    let looked_for: Vec<&str> = missing.iter().map(|program| program.looked_for()).collect();
    format!(
        "programs are missing. On Debian or Ubuntu:\n\n    \
         sudo apt-get install --no-install-recommends {}\n\n\
         (Debian then starts the packages' own servers; tests use others and leave those alone.) \
         Elsewhere install them as usual; looked for:\n  {}\n\
         Or set {}, {} and {} to servers of your own.",
        packages.join(" "),
        looked_for.join("\n  "),
        crate::POSTGRES_URL,
        crate::AMQP_URL,
        crate::RABBITMQ_URL,
    )
}

fn find_postgres() -> Option<PathBuf> {
    let mut bins: Vec<(u32, PathBuf)> = Vec::new();
    for entry in fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        if let Some(version) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
            bins.push((version, entry.path().join("bin")));
        }
    }
    bins.sort();
    let mut bins: Vec<PathBuf> = bins.into_iter().rev().map(|(_, bin)| bin).collect();
    if let Some(pg_config) = in_path("pg_config") {
        bins.push(PathBuf::from(first_line(&pg_config, &["--bindir"])));
    }
    // What PATH leads to may be a link; its folder has the other programs.
    let linked = in_path("postgres").and_then(|path| path.canonicalize().ok());
    bins.extend(linked.and_then(|path| Some(path.parent()?.to_owned())));
    let whole = |bin: &PathBuf| {
        ["postgres", "initdb", "psql"].iter().all(|program| bin.join(program).is_file())
    };
    bins.into_iter().find(whole)
}

fn find_rabbitmq() -> Option<RabbitPrograms> {
    in_path("erl")?;
    let home = std::env::var_os("RABBITMQ_HOME").map(|home| PathBuf::from(home).join("sbin"));
    let usual = [
        "/usr/lib/rabbitmq/bin",
        "/opt/rabbitmq/sbin",
        "/opt/homebrew/opt/rabbitmq/sbin",
        "/usr/local/opt/rabbitmq/sbin",
        "/home/linuxbrew/.linuxbrew/opt/rabbitmq/sbin",
    ];
    let folders = home.into_iter().chain(usual.iter().map(PathBuf::from));
    let server = folders.map(|dir| dir.join("rabbitmq-server")).find(|path| path.is_file())?;
    Some(RabbitPrograms { server, epmd: find_epmd()? })
}

fn find_epmd() -> Option<PathBuf> {
    if let Some(epmd) = in_path("epmd") {
        return Some(epmd);
    }
    // Erlang installed by hand links `erl` alone; it stands in LIB/bin, epmd in LIB/erts-*/bin.
    let erl = in_path("erl")?.canonicalize().ok()?;
    let lib = erl.parent()?.parent()?;
    let runtimes = fs::read_dir(lib).ok()?.flatten();
    let runtimes =
        runtimes.filter(|entry| entry.file_name().to_string_lossy().starts_with("erts-"));
    runtimes.map(|entry| entry.path().join("bin/epmd")).find(|path| path.is_file())
}

fn find_python() -> Option<PathBuf> {
    let python = in_path("python3")?;
    let mut command = Command::new(&python);
    command.args(["-c", "import venv, ensurepip"]).stdin(Stdio::null());
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then_some(python)
}

fn find_node() -> Option<PathBuf> {
    in_path("npm")?;
    let node = in_path("node")?;
    (node_major(&first_line(&node, &["--version"]))? >= NODE_MAJOR_MIN).then_some(node)
}

/// The first number of `v18.20.4`.
fn node_major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// By the folder of the installation, `rabbitmq_server-3.10.8`.
fn rabbitmq_version(server: &Path) -> String {
    let real = server.canonicalize().unwrap_or_else(|_| server.to_owned());
    let names = real.iter().filter_map(|part| part.to_str());
    let version = names.filter_map(|name| name.strip_prefix("rabbitmq_server-")).next_back();
    version.unwrap_or("of an unknown version").to_owned()
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|path| path.is_file())
}

fn first_line(program: &Path, args: &[&str]) -> String {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_to_type() {
        let found = Programs { postgres: Some("/pg".into()), ..Programs::default() };
        let missing = found.missing(&Program::ALL);
        assert_eq!(missing, [Program::RabbitMq, Program::Python, Program::Node]);
        let text = instructions(&missing);
        let packages = "rabbitmq-server python3-venv nodejs npm";
        assert!(text.contains(&format!("install --no-install-recommends {packages}\n")), "{text}");
        for variable in [crate::POSTGRES_URL, crate::AMQP_URL, crate::RABBITMQ_URL] {
            assert!(text.contains(variable), "{text}");
        }
        assert!(found.rabbitmq().is_err() && found.postgres().is_ok());
    }

    #[test]
    fn the_version_of_a_broker_is_read_off_its_folder() {
        let server = Path::new("/usr/lib/rabbitmq/lib/rabbitmq_server-4.1.0/sbin/rabbitmq-server");
        assert_eq!(rabbitmq_version(server), "4.1.0");
        assert_eq!(rabbitmq_version(Path::new("/x/rabbitmq-server")), "of an unknown version");
    }
    #[test]
    fn the_version_of_node_is_its_first_number() {
        for (version, major) in [("v18.20.4", Some(18)), ("v9.0.0", Some(9)), ("", None)] {
            assert_eq!(node_major(version), major, "{version}");
        }
    }
}
