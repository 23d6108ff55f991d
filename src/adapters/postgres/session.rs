//! One connection of one check: opened when needed, kept between runs, renewed now and then.
//!
//! # Design notes
//!
//! What a server sends in one message is bounded by the deadline and by nothing else. The driver
//! believes the length in front of a message (up to 4 GB), reserves it, and fills it as the bytes
//! come. It opens its socket itself and takes no other, and hands a message over only when it is
//! whole: there is no seam for a limit, nor for a smaller receive buffer. A relay of our own between
//! the driver and the server would be one, at the price of a copy of every byte and of a second
//! connection that can fail. So a server that is not Postgres and sends without end costs what it
//! can send until the deadline; then the connection is dropped, and the memory with it. How many
//! rows there may be is bounded where rows are read.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::adapters::postgres::classify::{classify, classify_dial};
use crate::adapters::postgres::login::LoginGuard;
use crate::domain::cooldown::Cooldown;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;
use crate::reading::redact::Redactor;
use crate::settings::DatabaseSettings;
use crate::telemetry::metrics::TrafficMetrics;

/// What our sessions call themselves.
pub const APPLICATION: &str = "dragonfly-ops";

/// Where names are looked up in every transaction of ours, set by its first statement. Whoever may
/// create in `public` could otherwise stand in for an operator or a function, and act as our role.
/// `pg_temp` is named so that it comes last: where it is not, it comes first.
pub(super) const SEARCH_PATH: &str = "SET LOCAL search_path = pg_catalog, pg_temp";

/// For how long a connection is kept. An old one hides that new ones fail (a changed password, a
/// moved host), which is what everybody else is about to run into.
const MAX_AGE: Duration = Duration::from_secs(60);

/// A database, and what is remembered of logging in to it. Cheap to clone; clones share the memory.
#[derive(Clone)]
pub struct Database {
    options: PgConnectOptions,
    login: Arc<LoginGuard>,
    redactor: Redactor,
    traffic: TrafficMetrics,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Understands the settings. Nothing is connected.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 where the driver cannot make sense of the URL.
    pub fn new(settings: &DatabaseSettings, redactor: Redactor) -> Result<Self, Fault> {
        let options = PgConnectOptions::from_str(settings.url().expose_secret())
            .map_err(|error| classify(&error, &redactor).fault)?
            .application_name(APPLICATION)
            // A parameter at start-up that PgBouncer refuses unless it is told to ignore it.
            .extra_float_digits(None)
            .disable_statement_logging();
        let login = Arc::new(LoginGuard::new(Cooldown::for_database_host(
            options.get_host(),
        )));
        Ok(Self {
            options,
            login,
            redactor,
            traffic: TrafficMetrics::default(),
        })
    }

    /// The same database with the same memory of logins, whose traffic counts elsewhere.
    #[must_use]
    pub fn counted_by(&self, traffic: TrafficMetrics) -> Self {
        Self {
            traffic,
            ..self.clone()
        }
    }

    /// What its traffic counts.
    #[must_use]
    pub fn traffic(&self) -> &TrafficMetrics {
        &self.traffic
    }

    /// Knows the secrets of this database.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Opens a connection. The phases are `dns`, `connect` and `login`.
    ///
    /// The address is dialled before the driver dials it again: the driver has no seam between
    /// connecting and logging in, and to an engineer a network that swallows packets and a server
    /// that does not answer are different causes.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub async fn open(&self, trace: &Trace) -> Result<PgConnection, Fault> {
        trace.enter("wait");
        let turn = self.login.turn().await?;
        if self.options.get_socket().is_none()
            && let Err(error) = self.dial(trace).await
        {
            let fault = classify_dial(&error, &self.redactor);
            return Err(if error.kind() == io::ErrorKind::ConnectionRefused {
                turn.refused(fault)
            } else {
                fault
            });
        }
        trace.enter("login");
        self.traffic.connections.inc();
        self.traffic.logins.inc();
        match PgConnection::connect_with(&self.options).await {
            Ok(connection) => {
                turn.accepted();
                trace.leave();
                Ok(connection)
            }
            Err(error) => {
                let classified = classify(&error, &self.redactor);
                Err(if classified.rejected {
                    turn.rejected(classified.fault)
                } else {
                    classified.fault
                })
            }
        }
    }

    async fn dial(&self, trace: &Trace) -> io::Result<()> {
        trace.enter("dns");
        let host = self.options.get_host().trim_matches(['[', ']']);
        let addresses: Vec<_> = tokio::net::lookup_host((host, self.options.get_port()))
            .await?
            .collect();
        trace.enter("connect");
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
        for address in addresses {
            self.traffic.connections.inc();
            match TcpStream::connect(address).await {
                Ok(_) => return Ok(()),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// The connection that a check keeps for itself. A run takes it out and puts it back when all went
/// well; a run that is dropped, or fails, takes it with it.
#[derive(Debug)]
pub struct Session {
    database: Database,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    connection: PgConnection,
    opened: Instant,
}

/// A connection in use.
#[derive(Debug)]
pub struct Lease {
    /// The connection.
    pub connection: PgConnection,
    opened: Instant,
    /// Whether it had been idle, so that it may have gone stale unnoticed.
    pub reused: bool,
}

impl Session {
    /// A session without a connection yet.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            kept: Mutex::new(None),
        }
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The connection that was kept, or a new one.
    ///
    /// # Errors
    ///
    /// As [`Database::open`].
    pub async fn lease(&self, trace: &Trace) -> Result<Lease, Fault> {
        match self.take() {
            Some(kept) if kept.opened.elapsed() < MAX_AGE => Ok(Lease {
                connection: kept.connection,
                opened: kept.opened,
                reused: true,
            }),
            Some(_) | None => self.fresh(trace).await,
        }
    }

    /// A new connection.
    ///
    /// # Errors
    ///
    /// As [`Database::open`].
    pub async fn fresh(&self, trace: &Trace) -> Result<Lease, Fault> {
        let connection = self.database.open(trace).await?;
        Ok(Lease {
            connection,
            opened: Instant::now(),
            reused: false,
        })
    }

    /// Keeps a connection for the next run. It must not be inside a transaction.
    pub fn keep(&self, lease: Lease) {
        let kept = Kept {
            connection: lease.connection,
            opened: lease.opened,
        };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
    }

    fn take(&self) -> Option<Kept> {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// The fault of asking Postgres for `what` that did not end before the deadline, by the phase it
/// was in.
#[must_use]
pub fn overdue(phase: Option<&'static str>, what: &str, timeout: Duration) -> Fault {
    let within = seconds(timeout);
    let (detail, first_check) = match phase {
        Some("dns") => (
            format!("The database's host name was not resolved within {within}."),
            Some("DNS, and the host in DATABASE_URL"),
        ),
        Some("connect") => (
            format!("The database's address did not accept a connection within {within}."),
            Some("Network path, firewall and network bans between this service and the database"),
        ),
        Some("login") => (
            format!(
                "The database accepted the connection and did not complete the login within {within}."
            ),
            Some("Database pooler status, pool exhaustion"),
        ),
        Some("wait") => (
            format!("Another login to the database was under way and did not end within {within}."),
            Some("Database pooler status, pool exhaustion"),
        ),
        Some(_) | None => (
            format!("Postgres did not answer {what} within {within}."),
            None,
        ),
    };
    let fault = Fault::new(Code::DbTimeout, detail);
    match first_check {
        Some(first_check) => fault.check_first(first_check),
        None => fault,
    }
}

/// A timeout for people: `5 s`, `0.25 s`.
#[must_use]
pub fn seconds(timeout: Duration) -> String {
    format!("{} s", timeout.as_secs_f64())
}
