//! What mends an incident, of what this service can do by itself: the checklist's fixes, per cause.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::machine::Incidents;
use super::name::Name;
use super::state::Incident;
use super::subject::Subject;
use crate::domain::action::ActionName;
use crate::domain::activity::{Activity, LongSession, WorkerState};
use crate::domain::history::Series;
use crate::domain::locks::RootKind;
use crate::domain::taxonomy::Code;

/// The longest that what is done may be, in words.
const LONGEST: usize = 200;

/// A fix that this service can carry out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy {
    EndBlocker,
    CancelStatement,
    EndIdle,
    RestartWorkers,
    ReloadSchema,
    PauseQueue,
}

use Remedy::{CancelStatement, EndBlocker, EndIdle, PauseQueue, ReloadSchema, RestartWorkers};

/// What mends a cause, the gentlest first. What is not here takes somebody who changes something elsewhere.
const OF_CODES: &[(Code, &[Remedy])] = &[
    (Code::DbTimeout, &[CancelStatement, EndBlocker, PauseQueue]),
    (Code::DbTransaction, &[EndBlocker]),
    (
        Code::DbPoolExhausted,
        &[EndIdle, RestartWorkers, PauseQueue],
    ),
    (Code::DbIntegrity, &[PauseQueue]),
    (Code::VendorRailway, &[RestartWorkers]),
    (Code::VendorRateLimited, &[PauseQueue]),
    (Code::ValSchema, &[ReloadSchema]),
    (Code::ResourceExhausted, &[RestartWorkers]),
];

/// The same for what is seen to be wrong where its cause has no code.
const OF_SERIES: &[(Series, &[Remedy])] = &[
    (Series::Workers, &[RestartWorkers]),
    (Series::Queue, &[RestartWorkers, PauseQueue]),
    (Series::Connections, &[EndIdle, RestartWorkers]),
    (Series::LongRunning, &[CancelStatement, EndIdle]),
    (Series::Locks, &[EndBlocker]),
];

/// What keeps Supabase from an answer where it is seen: a statement of its waits for a lock as any other does.
const OF_SILENCE: &[Remedy] = &[EndBlocker];

/// Something that may mend an incident, and how it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownRemedy {
    /// What it is on record as, such as `workers.restart`.
    #[schema(value_type = ActionName)]
    pub action: String,
    /// What it is.
    pub title: String,
    /// The command that shows what there is to see first.
    pub look: String,
    /// The command that shows what it would change; null where it is not seen now to what it would be done.
    pub preview: Option<String>,
    /// The command that does it.
    pub command: Option<String>,
}

impl Remedy {
    const fn action(self) -> &'static str {
        match self {
            EndBlocker | EndIdle => "pg.terminate",
            CancelStatement => "pg.cancel",
            RestartWorkers => "workers.restart",
            ReloadSchema => "schema.reload",
            PauseQueue => "queue.pause",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            EndBlocker => "End the session at the root of the lock tree",
            CancelStatement => "Cancel the statement that has run longest",
            EndIdle => "End the session that holds a transaction open and does nothing",
            RestartWorkers => "Restart the service of the workers",
            ReloadSchema => "Have PostgREST read the schema again",
            PauseQueue => "Pause the queue",
        }
    }

    const fn look(self) -> &'static str {
        match self {
            EndBlocker => "dragonfly-ops pg locks",
            CancelStatement | EndIdle => "dragonfly-ops pg long",
            RestartWorkers => "dragonfly-ops workers",
            ReloadSchema => "dragonfly-ops doctor",
            PauseQueue => "dragonfly-ops queue status",
        }
    }

    /// Whether it is such an action. Who ends a session may cancel its statement first.
    fn is(self, action: &str) -> bool {
        let is_session = |action: &str| action.starts_with("pg.");
        self.action() == action || (is_session(self.action()) && is_session(action))
    }

    /// The command, where it is seen to what it would be done.
    fn command(self, incident: &Name, seen: Option<&Activity>) -> Option<String> {
        match self {
            EndBlocker => {
                let roots = &seen?.locks.as_ref().ok()?.facts.roots;
                let root = roots.iter().find(|root| root.kind == RootKind::Session)?;
                let (pid, start) = (root.pid, started(root.backend_start.as_deref()));
                Some(format!(
                    "dragonfly-ops pg terminate {pid}{start} --reason \"it is in the way, {incident}\""
                ))
            }
            CancelStatement => {
                let (pid, start) = session(seen?.long_running.as_ref().ok()?.facts.active.first()?);
                Some(format!(
                    "dragonfly-ops pg cancel {pid}{start} --reason \"it runs for too long, {incident}\""
                ))
            }
            EndIdle => {
                let idle = &seen?.long_running.as_ref().ok()?.facts.idle_in_transaction;
                let (pid, start) = session(idle.first()?);
                Some(format!(
                    "dragonfly-ops pg terminate {pid}{start} --reason \"it is idle in its transaction, {incident}\""
                ))
            }
            RestartWorkers => {
                let workers = &seen?.workers.as_ref().ok()?.facts.items;
                let is_ill = |state: WorkerState| {
                    matches!(
                        state,
                        WorkerState::Stale | WorkerState::AliveNotWorking | WorkerState::Late
                    )
                };
                let ill = workers.iter().find(|worker| is_ill(worker.state))?;
                let service = service_of(ill.name.as_deref()?)?;
                Some(format!(
                    "dragonfly-ops restart {service} --reason \"its workers do not work, {incident}\""
                ))
            }
            ReloadSchema => Some(format!(
                "dragonfly-ops reload-schema --reason \"its schema cache is stale, {incident}\""
            )),
            PauseQueue => Some(format!(
                "dragonfly-ops queue pause --for 30m --reason \"jobs would fail, {incident}\""
            )),
        }
    }
}

/// What names a session, as a command takes it.
fn session(session: &LongSession) -> (i32, String) {
    (session.pid, started(session.backend_start.as_deref()))
}

fn started(backend_start: Option<&str>) -> String {
    backend_start.map_or_else(String::new, |start| format!(" --backend-start \"{start}\""))
}

/// The service of a worker, which is called like it, or like it with a dash and a number behind it.
fn service_of(worker: &str) -> Option<&str> {
    let service = match worker.rsplit_once('-') {
        Some((service, nth)) if nth.bytes().all(|b| b.is_ascii_digit()) => service,
        _ => worker,
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_word = !service.is_empty() && !service.starts_with('-');
    (is_word && service.chars().all(is_plain)).then_some(service)
}

/// What mends a cause; where it has no code, what mends what it shows in.
fn of(subject: &Subject, code: Option<Code>) -> &'static [Remedy] {
    if is_silence(&(subject, code)) {
        return OF_SILENCE;
    }
    let found = match (code, subject) {
        (Some(code), _) => {
            let mut codes = OF_CODES.iter();
            codes.find(|(of, _)| *of == code).map(|(_, of)| *of)
        }
        (None, Subject::Series(series)) => {
            let mut all = OF_SERIES.iter();
            all.find(|(of, _)| of == series).map(|(_, of)| *of)
        }
        (None, Subject::Alert(_)) => None,
    };
    found.unwrap_or_default()
}

/// Whether it is Supabase that does not answer.
fn is_silence((subject, code): &(&Subject, Option<Code>)) -> bool {
    let is_supabase = matches!(subject, Subject::Series(Series::Supabase));
    is_supabase && *code == Some(Code::NetTimeout)
}

/// Whether the database lets nobody in. Each remedy would log in there, if only to go on record: that cannot
/// mend it, and is one more login that is rejected.
fn is_locked_out((subject, code): &(&Subject, Option<Code>)) -> bool {
    let is_database = matches!(subject, Subject::Series(series) if *series != Series::Supabase);
    // A login that is rejected is a setting of ours.
    let is_login = matches!(
        code,
        Some(Code::ConfigInvalid | Code::AuthMissing | Code::AuthInvalid)
    );
    is_database && is_login
}

impl Incident {
    /// Whether an action of this name may mend it, whatever it was seen to fail with so far.
    #[must_use]
    pub fn is_mended_by(&self, action: &str) -> bool {
        let mut own = self.own();
        let is_one = |subject, code| of(subject, code).iter().any(|one| one.is(action));
        own.any(|(subject, member)| {
            let mut codes = member.codes.iter();
            is_one(subject, None) || codes.any(|code| is_one(subject, Some(*code)))
        })
    }

    /// Whether it went on at a time.
    #[must_use]
    pub fn went_on(&self, at: Timestamp) -> bool {
        let is_until_later = || self.resolved_at.is_some_and(|over| at <= over);
        self.detected_at <= at && (self.is_live() || is_until_later())
    }
}

impl Incidents {
    /// What may mend an incident, by what it fails with now, done to what is seen now; nothing once it is over.
    #[must_use]
    pub fn remedies(&self, incident: &Name, seen: Option<&Activity>) -> Vec<ShownRemedy> {
        let Some(incident) = self.book().incident(incident) else {
            return Vec::new();
        };
        let failing = self.failing(incident);
        if failing.iter().any(is_locked_out) {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (subject, code) in &failing {
            for remedy in of(subject, *code) {
                if !all.contains(remedy) {
                    all.push(*remedy);
                }
            }
        }
        // Mostly whoever is silent waits for no lock: only one that is seen is worth to be said.
        let is_at_hand = |remedy: Remedy| {
            let mut others = failing.iter().filter(|one| !is_silence(one));
            others.any(|(subject, code)| of(subject, *code).contains(&remedy))
        };
        let shown = all.into_iter().filter_map(|remedy| {
            let command = remedy.command(&incident.name, seen);
            (command.is_some() || is_at_hand(remedy)).then(|| ShownRemedy {
                action: remedy.action().to_owned(),
                title: remedy.title().to_owned(),
                look: remedy.look().to_owned(),
                preview: command
                    .as_ref()
                    .map(|command| format!("{command} --dry-run")),
                command,
            })
        });
        shown.collect()
    }
}

/// The actions that may mend anything, by their names.
pub const REMEDIES: &[&str] = &[
    "pg.terminate",
    "pg.cancel",
    "workers.restart",
    "schema.reload",
    "queue.pause",
];

/// What is done, in words: its name, and what exactly was asked for.
#[must_use]
pub fn in_words(action: &str, request: &Value) -> String {
    let members = request.as_object().into_iter().flatten();
    let said = members.filter(|(_, value)| !value.is_null());
    let said = said.map(|(name, value)| match value.as_str() {
        Some(text) => format!(" {name} {text}"),
        None => format!(" {name} {value}"),
    });
    let words: String = std::iter::once(action.to_owned()).chain(said).collect();
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}
