//! `dragonfly-ops dev`: everything that the service needs, on this machine, gone with Ctrl-C.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::app::{App, MigrationRun};
use crate::cli::exit::UNCHECKED;
use crate::cli::serve;
use crate::dev::cluster::Cluster;
use crate::dev::demo::{Demo, expiring_key};
use crate::dev::environment_file::EnvironmentFile;
use crate::settings::{Settings, variables};
use crate::telemetry::log;

/// What the environment may still choose. All other variables are dropped: the shell may hold those
/// of production, and nothing of it may be reached from here, or be taken for it.
const CHOSEN: &[&str] = &[
    variables::PORT.name,
    variables::HOST.name,
    variables::LOG_FORMAT.name,
    variables::RUST_LOG.name,
    variables::HEALTH_DB_TIMEOUT.name,
    variables::HEALTH_SUPABASE_TIMEOUT.name,
    variables::HEALTH_OPS_TIMEOUT.name,
    variables::HEALTH_FRESHNESS_MS.name,
    variables::WATCH_INTERVAL.name,
    variables::HTTP_HEADER_TIMEOUT.name,
    variables::HTTP_IDLE_TIMEOUT.name,
    variables::HTTP_MAX_CONNECTIONS.name,
    variables::DRAIN_DELAY.name,
    variables::DRAIN_TIMEOUT.name,
];

/// How long the demo may take to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the embedded default.
pub(super) async fn run(
    environment: BTreeMap<String, String>,
    env_file: Option<&Path>,
) -> ExitCode {
    match start(environment, env_file).await {
        Ok(code) => code,
        Err(error) => {
            say(&format!("dragonfly-ops dev: {error}\n"));
            ExitCode::from(UNCHECKED)
        }
    }
}

async fn start(
    mut environment: BTreeMap<String, String>,
    env_file: Option<&Path>,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    environment.retain(|name, _| CHOSEN.contains(&name.as_str()));
    say("Starting a private Postgres ...\n");
    let password = ulid::Ulid::generate().to_string();
    let cluster = Cluster::start("dragonfly", &password, &[])?;
    let url = format!(
        "postgres://dragonfly:{password}@127.0.0.1:{}/postgres",
        cluster.port()
    );
    let key = expiring_key();
    let rest = TcpListener::bind(("127.0.0.1", 0)).await?;
    let rest_url = format!("http://{}", rest.local_addr()?);
    let token = format!("dev-{}", ulid::Ulid::generate());
    let alert_token = format!("dev-alerts-{}", ulid::Ulid::generate());
    for (name, value) in [
        (variables::DATABASE_URL.name, url.as_str()),
        (variables::SUPABASE_URL.name, &rest_url),
        (variables::SUPABASE_SERVICE_ROLE_KEY.name, &key),
        (variables::SUPABASE_HEALTH_TABLE.name, "plaintiffs"),
        (variables::SUPABASE_MODE.name, "dev"),
        (variables::OPS_TOKEN.name, &token),
        (variables::OPS_ALERT_TOKEN.name, &alert_token),
        (variables::HOST.name, "127.0.0.1"),
        (variables::LOG_FORMAT.name, "pretty"),
    ] {
        environment
            .entry(name.to_owned())
            .or_insert_with(|| value.to_owned());
    }
    // No vendor is asked about what runs here.
    let pages =
        format!("supabase={rest_url}/status/supabase.json,railway={rest_url}/status/railway.json");
    environment.insert(variables::STATUS_PAGES.name.to_owned(), pages);
    let shared = environment.clone();
    // What it saw is of this run alone.
    let state = tempfile::tempdir()?;
    let folder = state.path().to_string_lossy().into_owned();
    environment.insert(variables::STATE_DIR.name.to_owned(), folder);
    let settings = Settings::load(environment, None);
    let log = log::init(&settings.log);
    log::faults(&settings);

    let app = App::new(settings);
    app.migrate(MigrationRun::Real).await?;
    let demo = Demo::start(&url, rest, key).await?;
    let trouble = demo.make_trouble(&url).await?;
    let mut file = None;
    let code = serve::serve(&app, &log, |address| {
        let written = env_file.map(|path| EnvironmentFile::write(path, shared, address));
        let line = match written {
            Some(Ok(written)) => {
                let line = written.line();
                file = Some(written);
                line
            }
            Some(Err(error)) => format!("# the environment is in no file: {error}"),
            None => format!("export OPS_TOKEN={token} DRAGONFLY_TOKEN={token}"),
        };
        banner(
            address,
            (cluster.port(), cluster.processes()[0]),
            &rest_url,
            (&token, &line),
        );
    })
    .await;
    drop(file);
    drop(trouble);
    // It may have been stopped by hand, and closes nothing then.
    let _ = tokio::time::timeout(PATIENCE, demo.stop()).await;
    drop(cluster);
    say("Everything is stopped and removed.\n");
    Ok(code)
}

/// Says something on stderr, which may be gone: not `eprintln!`, which panics then.
fn say(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn banner(
    address: SocketAddr,
    (postgres, pid): (u16, u32),
    rest_url: &str,
    (token, line): (&str, &str),
) {
    let port = address.port();
    let links = ["", "/db", "/supabase", "/ready", "/version", "/ops"]
        .map(|path| format!("  http://localhost:{port}/api/health{path}"))
        .join("\n");
    let children = format!("/proc/{pid}/task/{pid}/children");
    // In one piece: the log goes to the same terminal.
    say(&format!(
        "\nServing on http://localhost:{port}\n  \
         Postgres        127.0.0.1:{postgres}, private to this run\n  \
         Supabase REST   {rest_url}: a local stand-in, not Supabase\n  \
         workers         five for show, one of them stale\n\n\
         {links}\n\n\
         Try:  curl -i http://localhost:{port}/api/health/ready\n\
         With queries and causes:  curl -H \"Authorization: Bearer {token}\" ...\n\n\
         In another shell, for every command; for dragonfly-ops itself: PATH=\"$PWD/target/debug:$PATH\"\n  \
         {line}\n\
         There is something to find: dragonfly-ops doctor; dragonfly-ops smoke; dragonfly-ops pg locks\n\
         To mend it: the last command that pg locks prints, and\n  \
         psql \"$DATABASE_URL\" -c \"UPDATE plaintiff_contacts SET priority = '1'\"\n\
         To break Postgres, and to mend it:\n  \
         kill -STOP {pid} $(cat {children})\n  \
         kill -CONT {pid} $(cat {children})\n\n\
         Ctrl-C stops everything.\n\n"
    ));
}
