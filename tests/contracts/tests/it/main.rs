//! The contract suites on the adapters, and the policies that stand on the ports: relay, consumer
//! and job runner.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod consumer;
mod drain;
mod fakes;
mod in_process;
mod manifests;
mod postgres;
mod postgres_only;
mod relay;
mod retries;
mod runner;
mod sqlite;
mod sqlite_only;
mod writer;

mod sqlite_in_a_file {
    contracts::storage_contract!(crate::sqlite::InFile);
}

mod sqlite_in_memory {
    contracts::storage_contract!(crate::sqlite::InMemory);
}

mod postgres_suite {
    contracts::storage_contract!(crate::postgres::Fresh);
}

mod in_process_broker {
    contracts::broker_contract!(crate::in_process::InProcess);
}
