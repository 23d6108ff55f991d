//! The edge towards the terminal: one file per subcommand, named after it.
//!
//! Exit codes: 0 all is well, 1 something is unhealthy, 2 wrong usage, 3 could not check.

mod check;
#[cfg(feature = "dev")]
mod dev;
mod explain;
mod healthcheck;
mod log;
mod migrate;
mod render;
mod serve;
mod target;
mod validate_flows;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::Settings;

/// Something is unhealthy.
const UNHEALTHY: u8 = 1;
/// It was called wrongly.
const USAGE: u8 = 2;
/// It could not be checked.
const UNCHECKED: u8 = 3;

/// Says whether production is healthy, names the cause, and offers the fix. Without a subcommand it
/// serves.
#[derive(Debug, Parser)]
#[command(
    name = "dragonfly-ops",
    version,
    after_help = "Settings come from the environment; see README.md."
)]
pub struct Cli {
    /// A TOML file with settings; the environment wins
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the health endpoints (the default)
    Serve,
    /// Create the tables that the service reads, where they are missing
    Migrate {
        /// The environment that this has to be, such as prod; nothing runs where something contradicts
        #[arg(long, value_name = "ENV")]
        env: Option<String>,
    },
    /// Ask the service on this machine whether it is up: for a container's health check
    Healthcheck,
    /// Explain an error code: what it means, what to look at first, and the fix
    Explain {
        /// The code, such as DFE-DB-002
        #[arg(value_name = "CODE")]
        code: String,
        /// How to answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        output: render::Output,
    },
    /// Give the all-clear, or not: ask a running instance for all six endpoints, three times over
    ///
    /// A 200 is not enough: the body has to say so, too, and the ops report has to be well. Stops
    /// at the first pass that is not.
    Check {
        /// Where the instance is
        #[arg(value_name = "URL", default_value = "http://127.0.0.1:8080")]
        url: String,
        /// The commit that has to answer, or at least its first seven digits
        #[arg(long, value_name = "SHA")]
        expect_sha: Option<String>,
        /// How to answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        output: render::Output,
    },
    /// Check exported n8n workflows before they fail in production
    ///
    /// Reads every *.json below DIR and changes nothing: neither the files, nor n8n, nor the database.
    /// Finds what n8n cannot import, what never runs, secrets and placeholders in parameters, missing
    /// credentials, webhooks at the same address. With DATABASE_URL set it also asks the database
    /// whether the tables, views and functions exist that the workflows name.
    ///
    /// Each line is one finding: what it is, [file: node], its error code, and below it what to do.
    /// A secret that is found is never shown.
    #[command(after_long_help = validate_flows::AFTER_HELP)]
    ValidateFlows {
        /// The folder with the exported workflows
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// How to answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        output: render::Output,
    },
    /// Serve on an embedded default: a private Postgres, a Supabase stand-in, demo workers
    #[cfg(feature = "dev")]
    Dev,
}

impl Cli {
    /// Runs the command.
    #[must_use]
    pub fn run(self) -> ExitCode {
        // One provider for both TLS users, before either can find that there are two to choose
        // from.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .map(|(name, value)| {
                (
                    name.to_string_lossy().into_owned(),
                    value.to_string_lossy().into_owned(),
                )
            })
            .collect();
        let runtime = match tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(error) => {
                eprintln!("dragonfly-ops: no runtime: {error}");
                return ExitCode::from(UNCHECKED);
            }
        };
        #[cfg(feature = "dev")]
        if matches!(self.command, Some(Command::Dev)) {
            return runtime.block_on(dev::run(environment));
        }
        let settings = Settings::load(environment, self.config.as_deref());
        let code = runtime.block_on(async {
            match self.command.unwrap_or(Command::Serve) {
                Command::Serve => serve::run(&settings).await,
                Command::Migrate { env } => migrate::run(&settings, env.as_deref()).await,
                Command::Healthcheck => healthcheck::run(&settings).await,
                Command::Check {
                    url,
                    expect_sha,
                    output,
                } => check::run(&settings, &url, expect_sha.as_deref(), output).await,
                Command::Explain { code, output } => explain::run(&code, output),
                Command::ValidateFlows { folder, output } => {
                    validate_flows::run(&settings, &folder, output).await
                }
                #[cfg(feature = "dev")]
                Command::Dev => ExitCode::SUCCESS,
            }
        });
        // A name lookup that hangs cannot be aborted; the process does not wait for it.
        runtime.shutdown_background();
        code
    }
}
