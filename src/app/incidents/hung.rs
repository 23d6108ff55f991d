//! A process whose database accepts connections and never answers, for tests.

use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::app::App;
use crate::settings::Settings;

pub(super) struct Hung {
    pub(super) app: Arc<App>,
    /// Where it is asked.
    pub(super) database: TcpListener,
    _state: TempDir,
}

impl Hung {
    /// With these settings beside.
    pub(super) async fn start(more: &[(&str, &str)]) -> Self {
        let database = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = database.local_addr().expect("an address").port();
        let state = tempfile::tempdir().expect("a folder");
        let url = format!("postgres://u:p@127.0.0.1:{port}/postgres?sslmode=disable");
        let folder = state.path().to_string_lossy();
        let own = [("DATABASE_URL", &*url), ("STATE_DIR", &*folder)];
        let settings = own.iter().chain(more);
        let settings = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            app: App::new(Settings::load(settings.collect(), None)),
            database,
            _state: state,
        }
    }
}
