//! The production shape: every service and the simulator as a process of its own, on PostgreSQL
//! databases and a RabbitMQ virtual host of a test's own.

use crate::api::{Addresses, Api};
use crate::invariants;
use crate::process::{Ended, RealProcess, run};
use crate::random::unique;
use crate::users::{as_user, users};
use crate::wait::PATIENCE;
use fresh_database::FreshDatabase;
use orderflow::compose::Part;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

/// A stop may have cut off a call to the gateway, whose next try is 15 s away, give or take a
/// fifth; and what a killed process held comes back when its lease of 30 s runs out.
const AFTER_A_RESTART: Duration = Duration::from_secs(60);

/// Where the databases and the broker of a fleet are.
#[derive(Debug, Clone)]
pub struct Servers {
    /// A PostgreSQL URL for each service.
    pub databases: [(Part, String); 3],
    /// RabbitMQ with the virtual host; each service gets there as a user of its own.
    pub amqp: String,
    /// Its management API.
    pub management: String,
}

/// A virtual host with the topology, gone when dropped.
pub struct VirtualHost {
    /// Its URL.
    pub amqp: String,
    management: Url,
    name: String,
}

/// One process of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    part: usize,
    instance: usize,
}

/// A running system of several processes. Ends with [`Fleet::finish`].
pub struct Fleet {
    api: Api,
    binary: PathBuf,
    settings: Vec<(String, String)>,
    servers: Servers,
    processes: BTreeMap<Seat, RealProcess>,
    simulator: Option<RealProcess>,
    /// Keeps what the simulator knows.
    folder: TempDir,
    patience: Duration,
    /// Dropped last, when nobody uses them any more.
    own: Option<(Vec<FreshDatabase>, VirtualHost)>,
}

impl Deref for Fleet {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Fleet {
    /// Starts one on the servers of the test run, with these settings over the defaults.
    pub async fn start(binary: &Path, settings: &[(&'static str, &str)]) -> Self {
        let [order, payment, notification] = [(); 3].map(|()| FreshDatabase::create());
        let databases = vec![order.await, payment.await, notification.await];
        let host = VirtualHost::create(binary).await;
        let urls = [0, 1, 2].map(|n| (Part::ALL[n], databases[n].url().to_owned()));
        let management = host.management.to_string();
        let servers = Servers { databases: urls, amqp: host.amqp.clone(), management };
        let mut fleet = Self::on(binary, servers, settings).await;
        fleet.own = Some((databases, host));
        fleet
    }

    /// Starts one on given servers, whose virtual host has the topology and the [`users`] already.
    pub async fn on(binary: &Path, servers: Servers, settings: &[(&'static str, &str)]) -> Self {
        let nowhere: SocketAddr = ([127, 0, 0, 1], 0).into();
        let mut fleet = Self {
            api: Api::new(nowhere),
            binary: binary.to_owned(),
            settings: settings.iter().map(|(key, value)| variable(key, value)).collect(),
            servers,
            processes: BTreeMap::new(),
            simulator: None,
            folder: tempfile::tempdir().unwrap(),
            patience: PATIENCE,
            own: None,
        };
        fleet.start_simulator().await;
        for part in [Part::Payment, Part::Order, Part::Notification] {
            fleet.start_one(part, 0).await;
        }
        fleet
    }

    /// Starts an instance of a service; the first one at the address that it had before.
    pub async fn start_one(&mut self, part: Part, instance: usize) {
        let seat = seat(part, instance);
        let listen = match instance {
            0 => self.address(part),
            _ => ([127, 0, 0, 1], 0).into(),
        };
        let settings = self.settings_of(part, instance);
        let listen = listen.to_string();
        let args = ["serve", part.name(), "--listen", listen.as_str()];
        let process = RealProcess::start(&self.binary, &args, &settings).await;
        if instance == 0 {
            let mut addresses = self.api.addresses;
            match part {
                Part::Order => addresses.order = process.address,
                Part::Payment => addresses.payment = process.address,
                Part::Notification => addresses.notification = process.address,
            }
            self.api = Api::of(addresses);
        }
        self.processes.insert(seat, process);
    }

    async fn start_simulator(&mut self) {
        let listen = self.api.addresses.simulator.to_string();
        let folder = self.folder.path().to_str().unwrap();
        let args = ["simulate", "midtrans", "--listen", &listen, "--data-dir", folder];
        let process = RealProcess::start(&self.binary, &args, &self.settings).await;
        let simulator = process.address;
        self.api = Api::of(Addresses { simulator, ..self.api.addresses });
        self.simulator = Some(process);
    }

    fn settings_of(&self, part: Part, instance: usize) -> Vec<(String, String)> {
        let mut settings = self.settings.clone();
        let database = self.servers.databases.iter().find(|(p, _)| *p == part).unwrap();
        settings.push(variable(&format!("databases.{}", part.name()), &database.1));
        settings.push(variable("broker.url", &as_user(&self.servers.amqp, part)));
        settings.push(variable("midtrans.simulator_url", &self.base("/snap/")));
        // Whatever stands in front of several instances; here it is the first one.
        if part != Part::Payment || instance > 0 {
            settings.push(variable("server.public_url", &self.base("/pay/")));
        }
        settings
    }

    /// The virtual host, if the fleet has one of its own.
    pub fn broker(&self) -> &VirtualHost {
        &self.own.as_ref().unwrap().1
    }

    /// One service's database, if the fleet has its own; for those who plant in it.
    pub fn database(&self, part: Part) -> &FreshDatabase {
        &self.own.as_ref().unwrap().0[seat(part, 0).part]
    }

    /// One process.
    pub fn process(&self, part: Part, instance: usize) -> &RealProcess {
        &self.processes[&seat(part, instance)]
    }

    fn address(&self, part: Part) -> SocketAddr {
        match part {
            Part::Order => self.api.addresses.order,
            Part::Payment => self.api.addresses.payment,
            Part::Notification => self.api.addresses.notification,
        }
    }

    /// `kill -9` of one instance.
    pub fn kill(&mut self, part: Part, instance: usize) {
        self.patience = AFTER_A_RESTART;
        self.processes.remove(&seat(part, instance)).unwrap().kill();
    }

    /// `Ctrl-C` for one instance, which must end well.
    pub async fn stop_one(&mut self, part: Part, instance: usize) {
        self.patience = AFTER_A_RESTART;
        clean(&self.processes.remove(&seat(part, instance)).unwrap().interrupt().await);
    }

    /// Stops everything in an orderly way and starts it again at the same addresses.
    pub async fn restart(mut self) -> Self {
        let seats: Vec<Seat> = self.processes.keys().copied().collect();
        self.stop_all().await;
        self.start_simulator().await;
        for Seat { part, instance } in seats {
            self.start_one(Part::ALL[part], instance).await;
        }
        self.patience = AFTER_A_RESTART;
        self
    }

    /// How long things may take: after a restart longer.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Everything comes to rest, every invariant holds, and all processes stop cleanly.
    pub async fn finish(self) {
        self.finish_with(0).await;
    }

    /// As [`Fleet::finish`], when dead letters are left on purpose.
    pub async fn finish_with(mut self, dead_letters: usize) {
        let patience = self.patience;
        invariants::check(&self.api, invariants::Expected { dead_letters, patience }).await;
        self.stop_all().await;
    }

    /// All processes stop cleanly; for those who have counted by themselves.
    pub async fn finish_quickly(mut self) {
        self.stop_all().await;
    }

    async fn stop_all(&mut self) {
        while let Some((_, process)) = self.processes.pop_first() {
            clean(&process.interrupt().await);
        }
        if let Some(simulator) = self.simulator.take() {
            clean(&simulator.interrupt().await);
        }
    }
}

fn clean(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

fn seat(part: Part, instance: usize) -> Seat {
    let part = Part::ALL.iter().position(|p| *p == part).unwrap();
    Seat { part, instance }
}

/// A setting as the environment variable that sets it.
fn variable(key: &str, value: &str) -> (String, String) {
    let name = key.to_uppercase().replace('.', "__");
    (format!("ORDERFLOW_{name}"), value.to_owned())
}

impl VirtualHost {
    /// On the broker of the test run, with the topology applied as an operator would.
    pub async fn create(binary: &Path) -> Self {
        let broker = server(servers::AMQP_URL);
        Self::create_on(binary, &broker, server(servers::RABBITMQ_URL)).await
    }

    /// On a given broker.
    pub async fn create_on(binary: &Path, broker: &Url, management: Url) -> Self {
        let name = format!("test-{}", unique().simple());
        let mut amqp = broker.clone();
        amqp.set_path(&name);
        let host = Self { amqp: amqp.to_string(), management, name };
        host.apply(binary).await;
        host.import(&users(binary, &host.name).await).await;
        host
    }

    /// `orderflow topology apply`.
    pub async fn apply(&self, binary: &Path) {
        let settings = [
            ("ORDERFLOW_BROKER__URL", self.amqp.as_str()),
            ("ORDERFLOW_BROKER__MANAGEMENT_URL", self.management.as_str()),
        ];
        let ended = run(binary, &["topology", "apply"], &settings).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }

    /// Where its management API is.
    pub fn management(&self) -> &Url {
        &self.management
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for VirtualHost {
    /// On a thread with a runtime of its own: the test's may be gone, or busy waiting for us.
    fn drop(&mut self) {
        let mut url = self.management.clone();
        url.set_path(&format!("/api/vhosts/{}", self.name));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                // A broker of the test's own may be gone already, and its hosts with it.
                let client = reqwest::Client::builder().tls_backend_rustls().no_proxy().build();
                let _ = client.unwrap().delete(url).send().await;
            });
        });
        let _ = thread.join();
    }
}

/// A server of the test run. Absence is a failure, never a reason to skip.
fn server(variable: &str) -> Url {
    let Ok(url) = std::env::var(variable) else {
        panic!(
            "{variable} is not set: run `cargo xtask test`, or `cargo xtask stack` and set it to \
             the URL that it prints"
        );
    };
    Url::parse(&url).unwrap()
}
