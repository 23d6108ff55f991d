//! `dragonfly-ops dev`: everything that the service needs, on this machine, gone with Ctrl-C.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::process::ExitCode;

use tokio::net::TcpListener;

use crate::app::{App, MigrationRun};
use crate::cli::exit::UNCHECKED;
use crate::cli::serve;
use crate::dev::cluster::Cluster;
use crate::dev::demo::Demo;
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

/// Runs the embedded default.
pub(super) async fn run(environment: BTreeMap<String, String>) -> ExitCode {
    match start(environment).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("dragonfly-ops dev: {error}");
            ExitCode::from(UNCHECKED)
        }
    }
}

async fn start(
    mut environment: BTreeMap<String, String>,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    environment.retain(|name, _| CHOSEN.contains(&name.as_str()));
    eprintln!("Starting a private Postgres ...");
    let password = ulid::Ulid::generate().to_string();
    let cluster = Cluster::start("dragonfly", &password, &[])?;
    let url = format!(
        "postgres://dragonfly:{password}@127.0.0.1:{}/postgres",
        cluster.port()
    );
    let key = format!("sb_secret_{}", ulid::Ulid::generate());
    let rest = TcpListener::bind(("127.0.0.1", 0)).await?;
    let rest_url = format!("http://{}", rest.local_addr()?);
    let token = format!("dev-{}", ulid::Ulid::generate());
    for (name, value) in [
        (variables::DATABASE_URL.name, url.as_str()),
        (variables::SUPABASE_URL.name, &rest_url),
        (variables::SUPABASE_SERVICE_ROLE_KEY.name, &key),
        (variables::SUPABASE_HEALTH_TABLE.name, "plaintiffs"),
        (variables::SUPABASE_MODE.name, "dev"),
        (variables::OPS_TOKEN.name, &token),
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
    // What it saw is of this run alone.
    let state = tempfile::tempdir()?;
    let folder = state.path().to_string_lossy().into_owned();
    environment.insert(variables::STATE_DIR.name.to_owned(), folder);
    let settings = Settings::load(environment, None);
    let log = log::init(&settings.log);
    log::faults(&settings);

    let port = settings.server.port;
    let app = App::new(settings);
    app.migrate(MigrationRun::Real).await?;
    let demo = Demo::start(&url, rest, key).await?;
    let code = serve::serve(&app, &log, || {
        banner(port, cluster.port(), &rest_url, &token);
    })
    .await;
    demo.stop().await;
    drop(cluster);
    eprintln!("Everything is stopped and removed.");
    Ok(code)
}

fn banner(port: u16, postgres: u16, rest_url: &str, token: &str) {
    let links = ["", "/db", "/supabase", "/ready", "/version", "/ops"]
        .map(|path| format!("  http://localhost:{port}/api/health{path}"))
        .join("\n");
    // In one piece: the log goes to the same terminal.
    let text = format!(
        "\nServing on http://localhost:{port}\n  \
         Postgres        127.0.0.1:{postgres}, private to this run\n  \
         Supabase REST   {rest_url}: a local stand-in, not Supabase\n  \
         workers         five for show, one of them stale\n\n\
         {links}\n\n\
         Try:  curl -i http://localhost:{port}/api/health/ready\n\
         With queries and causes:  curl -H \"Authorization: Bearer {token}\" ...\n\
         Ctrl-C stops everything.\n\n"
    );
    let _ = io::stderr().write_all(text.as_bytes());
}
