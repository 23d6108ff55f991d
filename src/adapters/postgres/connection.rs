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
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::adapters::postgres::classify::{classify, classify_dial};
use crate::adapters::postgres::kept::{Lease, Reserve, Slot};
use crate::adapters::postgres::login::LoginGuard;
use crate::domain::cooldown::Cooldown;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;
use crate::reading::redact::Redactor;
use crate::settings::DatabaseSettings;
use crate::telemetry::metrics::TrafficMetrics;

/// What our sessions call themselves.
pub(super) const APPLICATION: &str = "dragonfly-ops";

/// Where names are looked up in every transaction of ours, set by its first statement. Whoever may
/// create in `public` could otherwise stand in for an operator or a function, and act as our role.
/// `pg_temp` is named so that it comes last: where it is not, it comes first.
pub(super) const SEARCH_PATH: &str = "SET LOCAL search_path = pg_catalog, pg_temp";

/// What to look at where there is no session to look with: the report, which the code's row names, is
/// read with one.
pub(super) const WITHOUT_SESSION: &str = "No session is left to look with: pg_stat_activity as a superuser, for whom the \
                                          server keeps slots, or the pooler's dashboard; else restart the service that \
                                          opens the most";

/// Where to look first where no login ends.
const WITHOUT_LOGIN: &str = "Whether /api/health/supabase answers: then the pooler, or the slots it may use, else the \
                             server; pg long would hang, too";

/// For how long a connection is kept. An old one hides that new ones fail (a changed password, a
/// moved host), which is what everybody else is about to run into.
const MAX_AGE: Duration = Duration::from_secs(60);

/// A database, what is remembered of logging in to it, and the sessions that are kept. Cheap to clone;
/// clones share both.
#[derive(Clone)]
pub struct Database {
    options: PgConnectOptions,
    login: Arc<LoginGuard>,
    redactor: Redactor,
    traffic: TrafficMetrics,
    reserve: Reserve,
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
            reserve: Reserve::default(),
        })
    }

    /// The same database with the same memory of logins, whose traffic counts elsewhere.
    #[must_use]
    pub(crate) fn counted_by(&self, traffic: TrafficMetrics) -> Self {
        Self {
            traffic,
            ..self.clone()
        }
    }

    /// A session that some check keeps and does not use now.
    pub(super) fn spare(&self) -> Option<Lease> {
        self.reserve.take()
    }

    /// What its traffic counts.
    pub(super) fn traffic(&self) -> &TrafficMetrics {
        &self.traffic
    }

    /// Knows the secrets of this database.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Classifies an error of the driver, without the secrets of this database.
    pub(super) fn fault(&self, error: &sqlx::Error) -> Fault {
        classify(error, &self.redactor).fault
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
    pub(super) async fn open(&self, trace: &Trace) -> Result<PgConnection, Fault> {
        trace.enter("wait");
        let permit = self.login.permit().await?;
        if self.options.get_socket().is_none()
            && let Err(error) = self.dial(trace).await
        {
            let fault = classify_dial(&error, &self.redactor);
            return Err(if error.kind() == io::ErrorKind::ConnectionRefused {
                permit.refused(fault)
            } else {
                fault
            });
        }
        trace.enter("login");
        self.traffic.connections.inc();
        self.traffic.logins.inc();
        match PgConnection::connect_with(&self.options).await {
            Ok(connection) => {
                permit.accepted();
                trace.leave();
                Ok(connection)
            }
            Err(error) => {
                let classified = classify(&error, &self.redactor);
                Err(if classified.rejected {
                    permit.rejected(classified.fault)
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
pub(super) struct KeptConnection {
    database: Database,
    slot: Slot,
    makes_do: bool,
}

impl KeptConnection {
    /// Nothing is connected yet.
    pub(super) fn new(database: Database) -> Self {
        Self {
            slot: database.reserve.slot(),
            database,
            makes_do: false,
        }
    }

    /// The same for a check that makes do with an old session, or with that of another check, where no
    /// new one is to be had: it is not about whether one can log in.
    pub(super) fn making_do(database: Database) -> Self {
        Self {
            makes_do: true,
            ..Self::new(database)
        }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// The connection that was kept, or a new one, and the first row of the answer to the first
    /// message on it, which is a phase in `trace`. That the server closed the kept one while nobody
    /// looked is not news until a fresh one fails, too.
    ///
    /// # Errors
    ///
    /// The classified cause of the new connection, or of the message.
    pub(super) async fn ask_first(
        &self,
        trace: &Trace,
        phase: &'static str,
        message: impl Fn() -> String,
    ) -> Result<(Lease, Option<PgRow>), Fault> {
        let redactor = self.database.redactor();
        let mut kept = self.slot.take();
        let mut old = kept.take_if(|lease| lease.opened.elapsed() >= MAX_AGE);
        let mut shortage = None;
        loop {
            let is_fresh = kept.is_none();
            let mut lease = match kept.take() {
                Some(lease) => lease,
                None => match self.database.open(trace).await {
                    Ok(connection) => Lease::new(connection, Some(self.slot.clone())),
                    Err(fault) => {
                        let spare = self.spare(&fault, old.take());
                        let lease = spare.ok_or_else(|| fault.clone())?;
                        shortage = Some(fault);
                        lease
                    }
                },
            };
            trace.enter(phase);
            self.database.traffic().queries.inc();
            let asked = sqlx::raw_sql(AssertSqlSafe(message()));
            match asked.fetch_optional(&mut lease.connection).await {
                Ok(row) => return Ok((lease, row)),
                Err(error) => {
                    let classified = classify(&error, redactor);
                    if let Some(fault) = shortage.filter(|_| classified.stale) {
                        return Err(fault);
                    }
                    if is_fresh || !classified.stale {
                        return Err(classified.fault);
                    }
                    shortage = None;
                }
            }
        }
    }

    /// The session to go on with where a new one failed with this. One that is too old for this check
    /// may still serve another, as long as there is a shortage.
    fn spare(&self, fault: &Fault, old: Option<Lease>) -> Option<Lease> {
        if fault.code != Code::DbPoolExhausted {
            return None;
        }
        if self.makes_do {
            return old.or_else(|| self.database.spare());
        }
        if let Some(old) = old {
            old.give_back();
        }
        None
    }

    /// Asks one question, whose answer is a number, as [`Self::ask_first`] does; the phase is
    /// `query`. All statements travel in one message: behind a transaction pooler they reach the
    /// same server, and the timeout does not outlive them.
    pub(super) async fn ask_number(
        &self,
        trace: &Trace,
        deadline: Instant,
        question: &str,
    ) -> Result<(Lease, i32), Fault> {
        let message = || {
            let left = millis_left(deadline);
            format!("{SEARCH_PATH}; SET LOCAL statement_timeout = {left}; {question}")
        };
        let (lease, row) = self.ask_first(trace, "query", message).await?;
        trace.leave();
        let answer = row.ok_or(sqlx::Error::RowNotFound);
        match answer.and_then(|row| row.try_get(0)) {
            Ok(number) => Ok((lease, number)),
            Err(error) => Err(self.database.fault(&error)),
        }
    }
}

/// What is left of a deadline, for `statement_timeout`.
pub(super) fn millis_left(deadline: Instant) -> u128 {
    millis(deadline.saturating_duration_since(Instant::now()))
}

/// Whole milliseconds, for `statement_timeout`; at least 1, as 0 would mean no limit.
pub(super) fn millis(timeout: Duration) -> u128 {
    timeout.as_millis().max(1)
}

/// The fault of asking Postgres for `what` that did not end before the deadline, by the phase it
/// was in.
pub(super) fn overdue(phase: Option<&'static str>, what: &str, timeout: Duration) -> Fault {
    let within = format!("{} s", timeout.as_secs_f64());
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
            Some(WITHOUT_LOGIN),
        ),
        Some("wait") => (
            format!("Another login to the database was under way and did not end within {within}."),
            Some(WITHOUT_LOGIN),
        ),
        Some(_) | None => (
            format!("Postgres did not answer {what} within {within}."),
            None,
        ),
    };
    let fault = Fault::new(Code::DbTimeout, detail);
    let fault = match phase {
        Some("login" | "wait") => fault.of_kind(FaultKind::LoginUnanswered),
        _ => fault,
    };
    match first_check {
        Some(first_check) => fault.check_first(first_check),
        None => fault,
    }
}

/// As [`overdue`], of the first statement: who does not answer that one answers none.
pub(super) fn unanswered(phase: Option<&'static str>, what: &str, timeout: Duration) -> Fault {
    let fault = overdue(phase, what, timeout);
    match phase {
        Some("dns" | "connect" | "login" | "wait") => fault,
        _ => fault.of_kind(FaultKind::StatementUnanswered).check_first(
            "Whether /api/health/supabase answers: then it is this way to the server, or the pooler on it, else the \
             server; pg long would hang, too",
        ),
    }
}
