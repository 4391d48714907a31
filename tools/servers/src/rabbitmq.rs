//! A private RabbitMQ node with its management interface, and an epmd of its own.
//!
//! No topology: that comes as a definitions file, or by whoever declares it.

mod config;
mod epmd;

use crate::account::{self, Account, run_as};
use crate::http::Request;
use crate::ports;
use crate::postgres::tail;
use crate::process::{Process, wait_until};
use crate::programs::{Programs, RabbitPrograms};
use crate::run::{Run, hex, password, random};
use anyhow::{Context, Result, bail, ensure};
use config::Ports;
use epmd::Epmd;
use rustix::process::Signal;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

const USER: &str = "orderflow_admin";
const START_TIMEOUT: Duration = Duration::from_secs(120);
const STOP_TIMEOUT: Duration = Duration::from_secs(60);
/// A node that ended a moment ago may hold its ports for a moment.
const PORT_TIMEOUT: Duration = Duration::from_secs(10);
/// An answer of a broker under load.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// An answer of a broker that may not be there, or be another program.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
/// What the node says of a port in use: its listeners, and Erlang's.
const PORT_TAKEN: [&str; 2] = ["eaddrinuse", "dist_port_already_used"];
const POLL: Duration = Duration::from_millis(100);
/// Sets of ports tried at the first start.
const PORTS_MAX: usize = 5;

/// A node of our own. Dropped: killed, with its epmd.
#[derive(Debug)]
pub struct RabbitMq {
    node: Option<Process>,
    epmd: Option<Epmd>,
    programs: RabbitPrograms,
    dir: PathBuf,
    account: Option<Account>,
    name: String,
    ports: Ports,
    password: String,
    run: Arc<Run>,
}

impl RabbitMq {
    /// A started node in a run of its own, which goes with it.
    pub fn temporary() -> Result<Self> {
        Self::open(&Programs::find(), &Run::temporary()?, "rabbitmq", None)
    }

    /// Starts the node of this name of the run; creates it if there is none yet. One that was
    /// there keeps its data, its password and, if nobody took them, its ports. `definitions`, as
    /// the broker exports them, are loaded before it takes connections, at every start.
    pub fn open(
        programs: &Programs,
        run: &Arc<Run>,
        name: &str,
        definitions: Option<&str>,
    ) -> Result<Self> {
        let dir = run.dir().join(name);
        let account = Account::for_server("rabbitmq")?;
        account::server_dir(&dir, account)?;
        let kept = fs::read_to_string(dir.join("kept")).unwrap_or_default();
        let (ports, name, password) = match config::parse_kept(&kept) {
            Some(kept) => kept,
            None => (
                Ports::free()?,
                format!("orderflow-{}@localhost", hex(&random()?[..4])),
                password()?,
            ),
        };
        let programs = programs.rabbitmq()?.clone();
        let run = Arc::clone(run);
        let mut broker =
            Self { node: None, epmd: None, programs, dir, account, name, ports, password, run };
        broker.write_files(definitions)?;
        broker.start_somewhere()?;
        Ok(broker)
    }

    fn write_files(&self, definitions: Option<&str>) -> Result<()> {
        for folder in ["home", "log", "conf.d", "mnesia", "schema", "generated"] {
            account::private_dir(&self.dir.join(folder), self.account)?;
        }
        let cookie = self.dir.join("home/.erlang.cookie");
        if !cookie.exists() {
            account::private_file(&cookie, &password()?, self.account)?;
        }
        for (file, text) in config::FILES {
            account::private_file(&self.dir.join(file), text, self.account)?;
        }
        let path = self.dir.join("definitions.json");
        match definitions {
            Some(definitions) => {
                let text = config::with_administrator(definitions, USER, &self.password)?;
                account::private_file(&path, &text, self.account)?;
            }
            None if path.exists() => fs::remove_file(&path)?,
            None => {}
        }
        Ok(())
    }

    fn start_somewhere(&mut self) -> Result<()> {
        for _ in 0..PORTS_MAX {
            if self.ports.all().iter().all(|port| ports::is_free(*port)) && self.try_start()? {
                let kept = config::kept(&self.ports, &self.name, &self.password);
                return account::private_file(&self.dir.join("kept"), &kept, self.account);
            }
            self.ports = Ports::free()?;
        }
        bail!("RabbitMQ lost a port to another program {PORTS_MAX} times; try again")
    }

    /// Starts the stopped or killed node again: the same data, the same ports.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.node.is_none(), "RabbitMQ runs already");
        let ports = self.ports.all();
        wait_until(PORT_TIMEOUT, || ports.iter().all(|port| ports::is_free(*port)));
        ensure!(self.try_start()?, "one of the ports {ports:?} is in use by another program");
        Ok(())
    }

    /// False: a port is taken.
    fn try_start(&mut self) -> Result<bool> {
        let definitions = self.dir.join("definitions.json");
        let definitions = definitions.exists().then_some(definitions.as_path());
        let text = config::rabbitmq_conf(&self.ports, USER, &self.password, definitions);
        account::private_file(&self.dir.join("rabbitmq.conf"), &text, self.account)?;
        let mut command = Command::new(&self.programs.epmd);
        self.prepare(&mut command);
        let Some(epmd) = Epmd::start(&mut command, self.ports.epmd, &self.run)? else {
            return Ok(false);
        };
        let log = self.log();
        let output = File::create(&log)?;
        let mut command = Command::new(&self.programs.server);
        self.prepare(&mut command);
        command.envs(config::environment(&self.dir, &self.name, &self.ports));
        command.stdout(output.try_clone()?).stderr(output);
        let mut node = Process::spawn(&mut command, &self.run)?;
        let deadline = Instant::now() + START_TIMEOUT;
        while !self.is_ready() {
            let said = fs::read_to_string(&log).unwrap_or_default();
            // It would try again for a while before it gives up; we have other ports.
            if PORT_TAKEN.iter().any(|words| said.contains(words)) {
                return Ok(false);
            }
            let ended = node.ended()?.is_some();
            if ended || Instant::now() >= deadline {
                let what = if ended { "ended at once" } else { "is not ready in time" };
                bail!("RabbitMQ {what}: {}", tail(&said));
            }
            sleep(POLL);
        }
        let (status, why) = self.get("/api/health/checks/local-alarms")?;
        ensure!(
            status == 200,
            "RabbitMQ takes no messages, memory or disk (1 GB must be free in {}) is short: {why}",
            self.dir.display()
        );
        (self.node, self.epmd) = (Some(node), Some(epmd));
        Ok(true)
    }

    /// Nobody else's broker answers, since nobody else's knows the password.
    fn is_ready(&self) -> bool {
        let path = format!("/api/health/checks/port-listener/{}", self.ports.amqp);
        let answer = self.request("GET", &path, "", PROBE_TIMEOUT);
        answer.is_ok_and(|(status, _)| status == 200)
    }

    /// Stops it in order.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut node) = self.node.take() else { return Ok(()) };
        if !node.ask(Signal::TERM, STOP_TIMEOUT)? {
            node.kill()?;
        }
        self.epmd = None;
        Ok(())
    }

    /// Kills it with all its processes, as a loss of power would.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut node) = self.node.take() else { return Ok(()) };
        node.kill()?;
        self.epmd = None;
        Ok(())
    }

    /// Kills it, loses its data, starts it: the disk of the broker is gone. Its users are as at the
    /// first start, and so is its topology.
    pub fn wipe(&mut self) -> Result<()> {
        self.kill()?;
        fs::remove_dir_all(self.dir.join("mnesia"))?;
        account::private_dir(&self.dir.join("mnesia"), self.account)?;
        self.start()
    }

    /// The administrator's AMQP address, of the virtual host `/`.
    pub fn amqp_url(&self) -> String {
        format!("amqp://{USER}:{}@127.0.0.1:{}/%2f", self.password, self.ports.amqp)
    }

    /// The administrator's address of the management interface, and of its pages.
    pub fn management_url(&self) -> String {
        format!("http://{USER}:{}@127.0.0.1:{}", self.password, self.ports.management)
    }

    /// The AMQP port on 127.0.0.1. It stays over a restart.
    pub fn port(&self) -> u16 {
        self.ports.amqp
    }

    /// The port of the management interface on 127.0.0.1.
    pub fn management_port(&self) -> u16 {
        self.ports.management
    }

    /// Name and password of the administrator.
    pub fn administrator(&self) -> (&str, &str) {
        (USER, &self.password)
    }

    /// What the node printed since its last start.
    pub fn log(&self) -> PathBuf {
        self.dir.join("log/console")
    }

    /// Asks the management interface: status and body.
    pub fn get(&self, path: &str) -> Result<(u16, String)> {
        self.request("GET", path, "", ANSWER_TIMEOUT)
    }

    /// Changes something by the management interface; an answer other than 2xx is an error.
    pub fn change(&self, method: &str, path: &str, body: &str) -> Result<()> {
        let (status, said) = self.request(method, path, body, ANSWER_TIMEOUT)?;
        ensure!((200..300).contains(&status), "{method} {path}: {status} {said}");
        Ok(())
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        body: &str,
        timeout: Duration,
    ) -> Result<(u16, String)> {
        let (port, password) = (self.ports.management, self.password.as_str());
        let request = Request { port, user: USER, password, method, path, body, timeout };
        request.send().with_context(|| format!("{method} {path} got no answer"))
    }

    /// Nothing of the caller's environment or of `/etc/rabbitmq` reaches our programs.
    fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.dir).env_clear().env("LC_ALL", "C.UTF-8");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.dir.join("home"));
        run_as(command, self.account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_lost_to_another_program_is_no_error_but_another_try() {
        let mut broker = RabbitMq::temporary().unwrap();
        broker.kill().unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = other.local_addr().unwrap().port();
        let free = broker.ports;
        for ports in [
            Ports { management: taken, ..free },
            Ports { distribution: taken, ..free },
            Ports { epmd: taken, ..free },
        ] {
            broker.ports = ports;
            assert!(!broker.try_start().unwrap(), "{ports:?}");
        }
        broker.start_somewhere().unwrap();
        assert!(!broker.ports.all().contains(&taken));
    }
}
