//! The edge towards the terminal: one file per subcommand, named after it.
//!
//! Exit codes: 0 all is well, 1 something is unhealthy, 2 wrong usage, 3 could not check.

mod activity;
mod answer;
mod check;
mod completions;
mod consent;
#[cfg(feature = "dev")]
mod dev;
mod doctor;
mod duration;
mod exit;
mod explain;
mod export;
mod healthcheck;
mod incident;
mod logs;
mod look_args;
mod manual;
mod migrate;
mod notify;
mod pg;
mod progress;
mod queue;
mod quiet;
mod render;
mod runbook;
mod serve;
mod smoke;
mod stdin;
mod suffix;
mod target;
mod triage;
mod usage;
mod validate_flows;
mod variables;
mod version;
mod via;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};

use crate::app::App;
use crate::app::check::Expected;
use crate::cli::activity::{ActivityArgs, Part};
use crate::cli::consent::Consent;
use crate::cli::export::ExportCommand;
use crate::cli::incident::IncidentCommand;
use crate::cli::look_args::LookArgs;
use crate::cli::notify::NotifyCommand;
use crate::cli::pg::PgCommand;
use crate::cli::queue::QueueCommand;
use crate::cli::quiet::QuietCommand;
use crate::cli::runbook::RunbookArgs;
use crate::domain::action::Action;
use crate::settings::Settings;

/// Says whether production is healthy, names the cause, and offers the fix. Without a subcommand it
/// serves.
#[derive(Debug, Parser)]
#[command(
    name = "dragonfly-ops",
    version = version::version(),
    after_help = "Settings come from the environment: dragonfly-ops help variables"
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
    #[command(after_long_help = serve::AFTER_HELP)]
    Serve,
    /// Create the tables in the schema ops that are missing, and add what newer versions need
    ///
    /// A queue and heartbeats that are somebody else's are read as they are, and none is created beside
    /// them: all that they get is the triggers of the pauses.
    #[command(after_long_help = migrate::AFTER_HELP)]
    Migrate(migrate::Arguments),
    /// Ask the service on this machine whether it is up: for a container's health check
    #[command(after_long_help = healthcheck::AFTER_HELP)]
    Healthcheck,
    /// Explain an error code: what it means, what to look at first, and the fix
    #[command(after_long_help = explain::AFTER_HELP)]
    Explain {
        /// The code, such as DFE-DB-002; db-002 will do
        #[arg(value_name = "CODE")]
        code: String,
        #[command(flatten)]
        asked: RunbookArgs,
        /// The environment that is asked what incidents have taught, such as prod
        #[arg(long, value_name = "ENV")]
        env: Option<String>,
        /// How to answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        output: answer::Output,
    },
    /// Explain every variable that is read: its names, what it means, and its default
    ///
    /// In the file that --config names they are keys in lower case; the environment wins.
    #[command(after_long_help = variables::page())]
    Variables {
        /// How to answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        output: answer::Output,
    },
    /// Say which codes an error message, a log line or a symptom may mean, the likeliest first
    ///
    /// With each: why, what it means, what to look at first, and the fix. That no code matches is an answer, too.
    #[command(after_long_help = triage::AFTER_HELP)]
    Triage {
        /// The text; - reads it from stdin
        #[arg(value_name = "TEXT", required = true, num_args = 1..)]
        text: Vec<String>,
        /// Also look, changing nothing, which of these codes are so now and which are ruled out
        #[arg(long)]
        run: bool,
        #[command(flatten)]
        asked: RunbookArgs,
        /// The environment that is looked at and asked, such as prod; nothing runs where something contradicts
        #[arg(long, value_name = "ENV")]
        env: Option<String>,
        /// How to answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        output: answer::Output,
    },
    /// Say what stands in a log: levels, error codes, stack traces, and when it began
    ///
    /// Reads JSON lines, key=value and plain text, in any mixture, also behind what compose, syslog or Kubernetes put
    /// in front. Stack traces of Python, Rust, JavaScript, Java and Go are grouped by the exception and the topmost
    /// frame that is our own code. Each error has the code that triage gives it. Secrets that are set here are not
    /// shown.
    #[command(after_long_help = logs::AFTER_HELP)]
    Logs {
        /// The file; - reads stdin
        #[arg(
            value_name = "FILE",
            required_unless_present = "railway",
            conflicts_with = "railway"
        )]
        file: Option<PathBuf>,
        /// Read the last lines of a service from Railway, or of all services
        #[arg(long, value_name = "SERVICE", num_args = 0..=1, default_missing_value = "")]
        railway: Option<String>,
        /// The environment that --railway has to read, such as prod; nothing is read where something contradicts
        #[arg(long, value_name = "ENV")]
        env: Option<String>,
        /// How to answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        output: answer::Output,
    },
    /// Look at everything that the service rests on: target, settings, database, schema, REST, work
    ///
    /// Changes nothing. Looks at all of it even where one part fails; what cannot be looked at is unknown, and says
    /// because of what.
    #[command(after_long_help = doctor::AFTER_HELP)]
    Doctor {
        #[command(flatten)]
        look: LookArgs,
        /// Look again until what may pass has passed, for at most this long, such as 5m
        #[arg(long, value_name = "TIME", value_parser = duration::parse)]
        wait: Option<Duration>,
        /// Show only what is not well; the last line counts all
        #[arg(long)]
        problems: bool,
    },
    /// Read what the business works with: every table and view in SMOKE_RELATIONS
    ///
    /// Computes one whole row of each and counts the rows, for at most 5 s each; no content of a row leaves the server.
    #[command(after_long_help = exit::LOOK_HELP)]
    Smoke(LookArgs),
    /// Give the all-clear, or not: ask a running instance for all six endpoints, three times over
    ///
    /// A 200 is not enough: the body has to say so, too, and the activity report must be neither critical
    /// nor unknown. Stops at the first pass that is not well.
    #[command(after_help = check::AFTER_HELP)]
    Check {
        /// Where the instance is; the one on this machine (HOST, PORT) where it is left out
        #[arg(value_name = "URL")]
        url: Option<String>,
        /// The commit that has to answer, or at least its first seven digits
        #[arg(long, value_name = "SHA")]
        expect_sha: Option<String>,
        /// The environment that every answer has to name, such as prod
        #[arg(long, value_name = "ENV")]
        env: Option<String>,
        /// Take a warning for not well, too
        #[arg(long)]
        strict: bool,
        /// How to answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        output: answer::Output,
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
        /// The environment that the database has to be of, such as prod; nothing runs where something contradicts
        #[arg(long, value_name = "ENV")]
        env: Option<String>,
        /// How to answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        output: answer::Output,
    },
    /// Show what goes on in Postgres, and cancel or end a session
    #[command(subcommand)]
    Pg(PgCommand),
    /// Show the workers and their heartbeats
    #[command(after_long_help = exit::LOOK_HELP)]
    Workers(ActivityArgs),
    /// Show the job queue, pause it, and resume it
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Show incidents, and do something about them: by a running instance, also while the database is dead
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// Have nobody told for a while, by a running instance; everything is watched all the same
    #[command(subcommand)]
    Quiet(QuietCommand),
    /// Find out whether people can be told of incidents
    #[command(subcommand)]
    Notify(NotifyCommand),
    /// Print what Prometheus and Grafana are set up with, made of the metrics and codes of this version
    #[command(subcommand)]
    Export(ExportCommand),
    /// Make PostgREST read the database's schema again, and look whether it did
    ///
    /// For "could not find the table in the schema cache" (PGRST205, DFE-VAL-002) after a migration. Sends
    /// NOTIFY pgrst, then asks for the health table until the schema error is gone, for at most 30 s. It does not
    /// help against PGRST002, which means that PostgREST cannot reach the database, and says so.
    #[command(after_long_help = consent::AFTER_HELP)]
    ReloadSchema {
        #[command(flatten)]
        consent: Consent,
    },
    /// Restart a service of workers at Railway, and wait until its workers beat again
    ///
    /// The same image and the same variables: no deploy. Not twice within two minutes. Ends when every worker of
    /// the service (called like it, or like it with a dash and something behind it) has sent a heartbeat of a new
    /// start. It also works while the database is down; then nothing can be said of heartbeats.
    #[command(after_long_help = consent::AFTER_HELP)]
    Restart {
        /// The service's name at Railway
        #[arg(value_name = "SERVICE")]
        service: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Print what makes a shell complete commands and options
    #[command(after_long_help = completions::AFTER_HELP)]
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print the manual page of this program, or of one of its commands
    #[command(after_long_help = manual::AFTER_HELP)]
    Manual {
        /// The command, such as queue pause
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Serve on an embedded default: a private Postgres, a Supabase stand-in, demo workers
    #[cfg(feature = "dev")]
    Dev {
        /// Write what the other commands need into a file while it runs, for a shell to load
        #[arg(long, value_name = "FILE")]
        env_file: Option<PathBuf>,
    },
}

/// Runs the command that the arguments of this process name.
#[must_use]
pub fn run() -> ExitCode {
    // As a service it has none, and keeps no tree of commands in memory that nobody asked for.
    if std::env::args_os().len() <= 1 {
        return Cli {
            config: None,
            command: None,
        }
        .run();
    }
    match Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(error) => usage::complain(&error, std::env::args_os().skip(1)),
    }
}

impl Cli {
    /// Runs the command.
    fn run(self) -> ExitCode {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where the environment is read"
        )]
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
                // Not `eprintln!`, which panics where stderr is broken, too.
                let _ = writeln!(io::stderr(), "dragonfly-ops: no runtime: {error}");
                return ExitCode::from(exit::UNCHECKED);
            }
        };
        #[cfg(feature = "dev")]
        if let Some(Command::Dev { env_file }) = &self.command {
            return runtime.block_on(dev::run(environment, env_file.as_deref()));
        }
        let settings = Settings::load(environment, self.config.as_deref());
        let command = self.command.unwrap_or(Command::Serve);
        let code = runtime.block_on(async {
            match command {
                Command::Serve => serve::run(settings).await,
                Command::Migrate(arguments) => migrate::run(&App::new(settings), arguments).await,
                Command::Healthcheck => healthcheck::run(&settings).await,
                Command::Check {
                    url,
                    expect_sha,
                    env,
                    strict,
                    output,
                } => {
                    let expected = Expected {
                        sha: expect_sha.as_deref(),
                        environment: env.as_deref(),
                    };
                    check::run(&settings, url, expected, strict, output).await
                }
                Command::Doctor {
                    look,
                    wait,
                    problems,
                } => {
                    let env = look.env.as_deref();
                    doctor::run(&App::new(settings), env, wait, problems, look.output).await
                }
                Command::Smoke(look) => {
                    smoke::run(&App::new(settings), look.env.as_deref(), look.output).await
                }
                Command::Pg(command) => command.run(&App::new(settings)).await,
                Command::Workers(look) => look.run(&App::new(settings), Part::Workers).await,
                Command::Queue(command) => command.run(&App::new(settings)).await,
                Command::Incident(command) => command.run(&settings).await,
                Command::Quiet(command) => command.run(&settings).await,
                Command::Notify(command) => command.run(&App::new(settings)).await,
                Command::Export(command) => command.run(&settings),
                Command::ReloadSchema { consent } => {
                    consent::act(&App::new(settings), Action::ReloadSchema, consent).await
                }
                Command::Restart { service, consent } => {
                    consent::act(
                        &App::new(settings),
                        Action::RestartService { service },
                        consent,
                    )
                    .await
                }
                Command::Logs {
                    file,
                    railway,
                    env,
                    output,
                } => {
                    let from = match (&file, &railway) {
                        (Some(path), _) => logs::From::File(path),
                        (None, service) => {
                            logs::From::Railway(service.as_deref().filter(|name| !name.is_empty()))
                        }
                    };
                    logs::run(settings, from, env.as_deref(), output).await
                }
                Command::Triage {
                    text,
                    run,
                    asked,
                    env,
                    output,
                } => {
                    let app = App::new(settings);
                    triage::run(&app, &text, &asked, env.as_deref(), run, output).await
                }
                Command::Explain {
                    code,
                    asked,
                    env,
                    output,
                } => {
                    let app = App::new(settings);
                    explain::run(&app, &code, &asked, env.as_deref(), output).await
                }
                Command::Variables { output } => variables::run(output),
                Command::Completions { shell } => completions::run(Self::command(), shell),
                Command::Manual { command } => manual::run(Self::command(), &command),
                Command::ValidateFlows {
                    folder,
                    env,
                    output,
                } => {
                    validate_flows::run(&App::new(settings), &folder, env.as_deref(), output).await
                }
                #[cfg(feature = "dev")]
                Command::Dev { .. } => ExitCode::SUCCESS,
            }
        });
        // A name lookup that hangs cannot be aborted; the process does not wait for it.
        runtime.shutdown_background();
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }
}
