//! A private PostgreSQL server: durable as in production, TCP on 127.0.0.1 only, passwords checked.
//!
//! No schema and no driver: databases are made by whoever wants them, by the superuser's URL.

use crate::account::{self, Account, run_as};
use crate::ports;
use crate::process::{POLL, Process, any_in, wait_until};
use crate::programs::Programs;
use crate::run::{Run, password};
use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

const SUPERUSER: &str = "orderflow_admin";
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// A server that ended a moment ago may hold its port for a moment.
const PORT_TIMEOUT: Duration = Duration::from_secs(10);
/// Ports tried at the first start.
const PORTS_MAX: usize = 5;

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
# Paths of sockets are limited to about 100 bytes; folders of tests are longer.
unix_socket_directories = ''
max_connections = 300
shared_buffers = 256MB
max_wal_size = 2GB
fsync = on
synchronous_commit = on
full_page_writes = on
password_encryption = 'scram-sha-256'
logging_collector = off
log_line_prefix = '%m [%p] %d '
timezone = 'UTC'
log_timezone = 'UTC'
";

/// A server of our own. Dropped: killed.
#[derive(Debug)]
pub struct Postgres {
    process: Option<Process>,
    bin: PathBuf,
    dir: PathBuf,
    account: Option<Account>,
    port: u16,
    password: String,
    run: Arc<Run>,
}

impl Postgres {
    /// A started server in a run of its own, which goes with it.
    pub fn temporary() -> Result<Self> {
        Self::open(&Programs::find(), &Run::temporary()?, "postgres")
    }

    /// Starts the server of this name of the run; creates it if there is none yet. One that was
    /// there keeps its data, its password and, if nobody took it, its port.
    pub fn open(programs: &Programs, run: &Arc<Run>, name: &str) -> Result<Self> {
        let dir = run.dir().join(name);
        let account = Account::for_server("postgres")?;
        account::server_dir(&dir, account)?;
        let bin = programs.postgres()?.to_owned();
        let kept = Kept::read(&dir.join("kept"))?;
        let is_new = kept.is_none();
        let Kept { port, password } = match kept {
            Some(kept) => kept,
            None => Kept { port: 0, password: password()? },
        };
        let run = Arc::clone(run);
        let mut server = Self { process: None, bin, dir, account, port, password, run };
        if is_new {
            server.initialise()?;
        }
        server.start_somewhere()?;
        Ok(server)
    }

    fn initialise(&self) -> Result<()> {
        // A folder half made by a run that was ended.
        if self.data().exists() {
            fs::remove_dir_all(self.data())?;
        }
        let secret = self.dir.join("superuser");
        account::private_file(&secret, &self.password, self.account)?;
        let mut command = self.command("initdb");
        command.arg("--pgdata").arg(self.data()).arg("--pwfile").arg(&secret);
        command.args(["--username", SUPERUSER, "--encoding", "UTF8", "--locale", "C.UTF-8"]);
        command.args(["--auth", "scram-sha-256", "--no-sync", "--no-instructions"]);
        let output = command.output().context("initdb cannot be started")?;
        fs::remove_file(&secret)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "initdb failed: {}", said.trim());
        let mut settings = fs::read_to_string(self.data().join("postgresql.conf"))?;
        settings.push_str(SETTINGS);
        fs::write(self.data().join("postgresql.conf"), settings)?;
        Ok(())
    }

    fn start_somewhere(&mut self) -> Result<()> {
        for _ in 0..PORTS_MAX {
            if self.port == 0 || !ports::is_free(self.port) {
                self.port = ports::free(&[])?;
            }
            if self.try_start()? {
                let kept = format!("{} {}\n", self.port, self.password);
                return account::private_file(&self.dir.join("kept"), &kept, self.account);
            }
            self.port = 0;
        }
        bail!("PostgreSQL lost its port to another program {PORTS_MAX} times; try again")
    }

    /// Starts the stopped or killed server again: the same data, the same port.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "PostgreSQL runs already");
        let port = self.port;
        wait_until(PORT_TIMEOUT, || ports::is_free(port));
        ensure!(self.try_start()?, "port {port} is in use by another program");
        Ok(())
    }

    /// False: the port is taken.
    fn try_start(&mut self) -> Result<bool> {
        self.clear_lock()?;
        let deadline = Instant::now() + START_TIMEOUT;
        let mut process = self.spawn()?;
        while !self.is_ready(process.id()) {
            let ended = process.ended()?.is_some();
            let said = fs::read_to_string(self.log()).unwrap_or_default();
            if ended && said.contains("Address already in use") {
                return Ok(false);
            }
            ensure!(
                !ended,
                "PostgreSQL ended at once; if its data is not needed, remove {} to start over: {}",
                self.dir.display(),
                tail(&said)
            );
            ensure!(Instant::now() < deadline, "PostgreSQL is not ready in time: {}", tail(&said));
            sleep(POLL);
        }
        self.process = Some(process);
        Ok(true)
    }

    /// Removes the lock of a killed predecessor once its processes are gone. The server would do
    /// so itself, but takes a dead process that nobody has waited for, or another's that has its
    /// number now, for the predecessor.
    fn clear_lock(&self) -> Result<()> {
        let lock = self.data().join("postmaster.pid");
        if !lock.exists() {
            return Ok(());
        }
        let data = self.data().canonicalize()?;
        let alone = wait_until(STOP_TIMEOUT, || !any_in(&data));
        ensure!(alone, "another PostgreSQL runs in {}: stop it first", data.display());
        fs::remove_file(&lock).context("the lock of the last server cannot be removed")
    }

    fn spawn(&self) -> Result<Process> {
        let output = File::create(self.log())?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        command.stdout(output.try_clone()?).stderr(output);
        Process::spawn(&mut command, &self.run)
    }

    /// What `pg_ctl` looks at. Unlike a connection, it cannot be answered by another server.
    fn is_ready(&self, pid: u32) -> bool {
        let state = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let lines: Vec<&str> = state.lines().map(str::trim).collect();
        let (first, status) = (lines.first().copied(), lines.get(7).copied());
        first == Some(&pid.to_string()) && status == Some("ready")
    }

    /// Stops it in order: transactions are rolled back, connections closed.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        match process.ask(Signal::INT, STOP_TIMEOUT)? {
            true => Ok(()),
            false => process.kill(),
        }
    }

    /// Kills it with all its processes, as a loss of power would.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.kill()
    }

    /// The superuser's URL, of the database `postgres`.
    pub fn url(&self) -> String {
        format!("postgres://{SUPERUSER}:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    /// The port on 127.0.0.1. It stays over a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the server wrote since its last start.
    pub fn log(&self) -> PathBuf {
        self.dir.join("log")
    }

    /// Runs SQL as the superuser in the database, statement by statement, by `psql`. The rows come
    /// a line each, the columns with `|` between.
    pub fn execute(&self, database: &str, sql: &str) -> Result<String> {
        let mut command = self.command("psql");
        command.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--file", "-"]);
        command.args(["--set", "ON_ERROR_STOP=1", "--host", "127.0.0.1", "--username", SUPERUSER]);
        command.args(["--port", &self.port.to_string(), "--dbname", database]);
        command.env("PGPASSWORD", &self.password).env("PGCONNECT_TIMEOUT", "10");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("psql cannot be started")?;
        if let Some(mut input) = child.stdin.take() {
            // It may end before it has read everything; then it says why.
            let _ = input.write_all(sql.as_bytes());
        }
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "psql failed: {}", said.trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir(&self.dir).env_clear().env("LC_ALL", "C.UTF-8").env("HOME", &self.dir);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        run_as(&mut command, self.account);
        command
    }
}

/// What a server keeps from run to run.
struct Kept {
    port: u16,
    password: String,
}

impl Kept {
    /// `None`: there is no server yet.
    fn read(file: &Path) -> Result<Option<Self>> {
        let Ok(text) = fs::read_to_string(file) else { return Ok(None) };
        let parse = |(port, password): (&str, &str)| {
            Some(Self { port: port.parse().ok()?, password: password.to_owned() })
        };
        let kept = text.trim().split_once(' ').and_then(parse);
        let damaged = || format!("{} is damaged: remove its folder to start over", file.display());
        kept.map(Some).with_context(damaged)
    }
}

/// The end of a log, where the reason stands.
pub(crate) fn tail(text: &str) -> String {
    const LINES: usize = 20;
    let lines: Vec<&str> = text.trim().lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_lost_to_another_program_is_no_error_but_another_try() {
        let mut server = Postgres::temporary().unwrap();
        server.stop().unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = other.local_addr().unwrap().port();
        server.port = taken;
        assert!(!server.try_start().unwrap());
        server.start_somewhere().unwrap();
        assert_ne!(server.port(), taken);
        assert_eq!(server.execute("postgres", "SELECT 1").unwrap(), "1");
    }
}
