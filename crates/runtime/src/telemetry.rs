//! Logs: where they go, in which shape, and that they never hold the service up.
//!
//! What is worth a line is decided where it happens. Metrics and traces are not here.

mod writer;

use serde::{Deserialize, Serialize};
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::str::FromStr;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::SubscriberBuilder;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use writer::Writer;

pub use writer::Guard;

/// Our own words at info; of the libraries only what is wrong.
const DEFAULT_FILTER: &str = "info,hyper=warn,hyper_util=warn,reqwest=warn,rustls=warn,\
                              refinery_core=warn";

/// Whatever the filter says: lapin logs returned messages with their bodies, tokio-postgres the
/// parameters of every statement, and those are personal.
const SILENCED: [&str; 2] = ["lapin=off", "tokio_postgres=info"];

/// Lines that wait for a slow stderr before new ones are dropped.
const LINES_MAX: usize = 8192;

/// The shape of a log line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Pretty on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For people.
    Pretty,
    /// For machines.
    Json,
}

/// Text that names no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log format is auto, pretty or json")]
pub struct ParseFormatError;

impl FromStr for Format {
    type Err = ParseFormatError;

    fn from_str(text: &str) -> Result<Self, ParseFormatError> {
        match text {
            "auto" => Ok(Self::Auto),
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err(ParseFormatError),
        }
    }
}

/// Why logging could not begin.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `RUST_LOG` or the configured filter is not one.
    #[error("the log filter cannot be read")]
    Filter(#[from] ParseError),
    /// The thread that writes could not be started.
    #[error("the log writer could not be started")]
    Writer(#[from] std::io::Error),
    /// Something else logs already.
    #[error("logging was already set up")]
    Twice(#[from] TryInitError),
}

/// Begins logging to stderr, panics included. Keep the guard until the end: it writes the rest.
///
/// `RUST_LOG` wins over `filter`; an empty `filter` is the default one.
pub fn init(format: Format, filter: &str) -> Result<Guard, TelemetryError> {
    let from_env = std::env::var("RUST_LOG").unwrap_or_default();
    let chosen = [from_env.as_str(), filter, DEFAULT_FILTER].into_iter().find(|f| !f.is_empty());
    let filter = EnvFilter::try_new(chosen.unwrap_or(DEFAULT_FILTER))?;
    let filter = SILENCED.iter().try_fold(filter, |filter, directive| {
        Ok::<_, TelemetryError>(filter.add_directive(directive.parse()?))
    })?;
    let terminal = std::io::stderr().is_terminal();
    let (writer, guard) = Writer::start(std::io::stderr(), LINES_MAX)?;
    let pretty = match format {
        Format::Auto => terminal,
        Format::Pretty => true,
        Format::Json => false,
    };
    let builder = SubscriberBuilder::default().with_env_filter(filter).with_writer(writer);
    if pretty {
        let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        builder.with_ansi(colour).finish().try_init()?;
    } else {
        let json = builder.json().flatten_event(true).with_span_list(false);
        json.finish().try_init()?;
    }
    std::panic::set_hook(Box::new(log_panic));
    Ok(guard)
}

/// Logs a panic once, within the span it happened in, so that it carries the request's id.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("(no message)");
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "{message}");
}
