//! `cargo run -p servers`: one PostgreSQL and one RabbitMQ for tests by hand, until the input ends.
//!
//! Prints the variables that tests read. `postgres` or `rabbitmq` as argument: that one alone.

use anyhow::{Result, bail};
use servers::{AMQP_URL, POSTGRES_URL, Postgres, Program, Programs, RABBITMQ_URL, RabbitMq, Run};
use std::io::{Read, Write};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let wanted = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => vec![Program::Postgres, Program::RabbitMq],
        ["postgres"] => vec![Program::Postgres],
        ["rabbitmq"] => vec![Program::RabbitMq],
        _ => bail!("usage: pair [postgres | rabbitmq]"),
    };
    let programs = Programs::find_or_install(&wanted, |line| eprintln!("{line}"))?;
    let run = Run::temporary()?;
    let mut servers: (Option<Postgres>, Option<RabbitMq>) = (None, None);
    let mut out = std::io::stdout();
    if wanted.contains(&Program::Postgres) {
        let postgres = servers.0.insert(Postgres::open(&programs, &run, "postgres")?);
        writeln!(out, "export {POSTGRES_URL}={}", postgres.url())?;
    }
    if wanted.contains(&Program::RabbitMq) {
        let rabbitmq = servers.1.insert(RabbitMq::open(&programs, &run, "rabbitmq", None)?);
        writeln!(out, "export {AMQP_URL}={}", rabbitmq.amqp_url())?;
        writeln!(out, "export {RABBITMQ_URL}={}", rabbitmq.management_url())?;
    }
    writeln!(out, "# ready")?;
    out.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
