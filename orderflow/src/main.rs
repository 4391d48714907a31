//! `orderflow`: takes the command line apart and gives back an exit status.

use clap::Parser;
use std::process::ExitCode;

/// An order's many small allocations cost a sixth of its CPU with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = orderflow::cli::Cli::parse();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("✖ the TLS provider is installed twice: this is a fault of the program");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("✖ the system gives us no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = match runtime.block_on(orderflow::run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("✖ {error:#}");
            ExitCode::FAILURE
        }
    };
    // What outlived the orderly stop has had its time.
    runtime.shutdown_background();
    code
}
