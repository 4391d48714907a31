//! The rules, as data. To change a rule, change a line here and say why in the commit.
//!
//! No code that checks: that is in the neighbouring modules.

/// Which crates of ours a crate may stand on. Dev-dependencies are free, except between services.
pub(super) const EDGES: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("events", &[]),
    ("midtrans", &[]),
    ("engine", &["kernel"]),
    ("messaging", &["kernel", "engine"]),
    ("messaging-rabbitmq", &["kernel", "engine", "messaging"]),
    ("storage", &["kernel", "engine", "messaging"]),
    ("runtime", &["kernel"]),
    ("ops", &["kernel", "storage", "runtime", "messaging"]),
    ("midtrans-sim", &["kernel", "midtrans"]),
    ("order", SERVICE),
    ("notification", SERVICE),
    (
        "payment",
        &["kernel", "engine", "events", "messaging", "storage", "runtime", "ops", "midtrans"],
    ),
    (
        "orderflow",
        &[
            "kernel",
            "engine",
            "events",
            "messaging",
            "messaging-rabbitmq",
            "storage",
            "runtime",
            "ops",
            "midtrans",
            "midtrans-sim",
            "order",
            "payment",
            "notification",
        ],
    ),
];

const SERVICE: &[&str] = &["kernel", "engine", "events", "messaging", "storage", "runtime", "ops"];

/// Folders of crates that serve the work on the project: they may use anything, and nothing but a
/// dev-dependency may use them.
pub(super) const WORKSHOPS: &[&str] = &["tests", "tools/servers", "tools/xtask"];

/// Where services live: a folder each.
pub(super) const SERVICES: &str = "services";

/// A room of a service and what may be used in it.
pub(super) struct Room {
    pub(super) name: &'static str,
    /// Rooms (or modules of rooms) beside itself. `(root)` is whatever is in no room.
    pub(super) rooms: &'static [&'static str],
    pub(super) crates: Crates,
    pub(super) asynchronous: bool,
    /// What to do instead.
    pub(super) fix: &'static str,
}

/// The crates of a room.
pub(super) enum Crates {
    /// These and no others.
    Only(&'static [&'static str]),
    /// Any but these.
    Never(&'static [&'static [&'static str]]),
}

const SQL: &[&str] = &["rusqlite", "refinery", "storage", "tokio_postgres", "deadpool_postgres"];
const HTTP: &[&str] = &["axum", "hyper", "hyper_util", "tower", "tower_http", "runtime", "ops"];
const CLIENTS: &[&str] = &["reqwest", "lettre", "midtrans"];
const BROKER: &[&str] = &["messaging", "events", "lapin"];
const WIRE: &[&str] = &["serde", "serde_json", "askama"];

/// The rooms of every service.
pub(super) const ROOMS: &[Room] = &[
    Room {
        name: "models",
        rooms: &[],
        crates: Crates::Only(&["std", "core", "alloc", "kernel", "thiserror"]),
        asynchronous: false,
        fix: "models are pure: entities, states, transitions; move this to a use case or an adapter",
    },
    Room {
        name: "usecase",
        rooms: &["models"],
        crates: Crates::Never(&[SQL, HTTP, CLIENTS, BROKER, WIRE]),
        asynchronous: true,
        fix: "declare what the use case needs as a trait in usecase/ports.rs and let an adapter do it",
    },
    Room {
        name: "repository",
        rooms: &["models", "usecase::ports", "broker::outgoing", "(root)"],
        crates: Crates::Never(&[HTTP, CLIENTS, &["events", "lapin"]]),
        asynchronous: true,
        fix: "a repository implements usecase::ports on storage; wire types come by broker::outgoing",
    },
    Room {
        name: "broker",
        rooms: &["models", "usecase", "(root)"],
        crates: Crates::Never(&[SQL, HTTP, CLIENTS, &["lapin"]]),
        asynchronous: true,
        fix: "the broker room maps events to use cases and facts to events; store and call elsewhere",
    },
    Room {
        name: "controllers",
        rooms: &["models", "usecase", "(root)"],
        crates: Crates::Never(&[SQL, CLIENTS, BROKER, &["ops"]]),
        asynchronous: true,
        fix: "a controller maps HTTP to a use case and back; let the use case reach further",
    },
    Room {
        name: "routes",
        rooms: &["controllers", "(root)"],
        crates: Crates::Only(&["std", "axum"]),
        asynchronous: true,
        fix: "routes is the table of addresses, one line each; put anything else into controllers",
    },
    Room {
        name: "gateway",
        rooms: ADAPTER_ROOMS,
        crates: ADAPTER_CRATES,
        asynchronous: true,
        fix: ADAPTER_FIX,
    },
    Room {
        name: "channel",
        rooms: ADAPTER_ROOMS,
        crates: ADAPTER_CRATES,
        asynchronous: true,
        fix: ADAPTER_FIX,
    },
];

const ADAPTER_ROOMS: &[&str] = &["models", "usecase", "(root)"];
const ADAPTER_CRATES: Crates = Crates::Never(&[SQL, HTTP, BROKER]);
const ADAPTER_FIX: &str = "an adapter puts one outside system behind a port of usecase::ports";

/// An outside crate and the only places that may use it. `*` is any one folder.
pub(super) struct Door {
    pub(super) crates: &'static [&'static str],
    pub(super) places: &'static [&'static str],
}

/// One door per outside crate. Tests may use any.
pub(super) const DOORS: &[Door] = &[
    Door {
        crates: &["rusqlite", "refinery"],
        places: &["crates/storage", "services/*/src/repository", "tools/midtrans-sim"],
    },
    Door {
        crates: &["axum"],
        places: &[
            "crates/runtime",
            "crates/ops",
            "services/*/src/controllers",
            "services/*/src/routes",
            "services/*/src/lib",
            "services/*/src/service",
            "tools/midtrans-sim",
            "orderflow",
            "tests",
        ],
    },
    Door {
        crates: &["reqwest"],
        places: &["crates/midtrans", "tools/midtrans-sim", "orderflow", "tests"],
    },
    Door {
        crates: &["tokio_postgres", "deadpool_postgres", "tokio_postgres_rustls"],
        places: &["crates/storage", "services/*/src/repository", "tests/fresh-database"],
    },
    Door { crates: &["lettre"], places: &["services/notification/src/channel"] },
    Door { crates: &["lapin"], places: &["crates/messaging-rabbitmq"] },
    Door {
        crates: &["clap", "anyhow"],
        places: &["orderflow", "tools/servers", "tools/xtask", "tests"],
    },
];

/// Lines of a file.
pub(super) const FILE_LINES_MAX: usize = 500;
/// Lines of a function outside tests, from `fn` to its closing brace.
pub(super) const FUNCTION_LINES_MAX: usize = 70;
/// Macros that stand for work not done.
pub(super) const UNFINISHED: &[&str] = &["todo", "unimplemented"];
