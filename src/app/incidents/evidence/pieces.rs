//! What is to be seen, piece by piece, as a text.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::app::App;
use crate::app::doctor::Doctor;
use crate::domain::activity::{Activity, Finding, Section};
use crate::domain::doctor;
use crate::domain::fault::Fault;
use crate::domain::incident::{Capture, CaptureWhen, MediaType, PieceKind};
use crate::domain::last_look::LastLook;
use crate::domain::verdict::Verdict;

/// How long it is waited for the look that an incident was opened by: it is handed on right after.
const LOOKED_WITHIN: Duration = Duration::from_secs(2);

/// What was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) text: String,
    pub(super) media_type: MediaType,
}

/// What was seen of the dependencies, once for all pieces.
#[derive(Debug)]
pub(super) struct Glance {
    look: Option<Arc<LastLook>>,
    /// Asked once a piece needs it: a database that hangs holds up no piece that does not.
    activity: OnceCell<Result<Activity, Fault>>,
}

impl Seen {
    pub(super) fn text(text: String) -> Self {
        Self {
            text,
            media_type: MediaType::Text,
        }
    }

    fn json(value: &impl Serialize) -> Self {
        // What is made of values of ours cannot fail.
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        Self {
            text: text + "\n",
            media_type: MediaType::Json,
        }
    }
}

impl App {
    /// What the watch has last seen. Before a remedy what goes on is asked anew, through the same gate as
    /// the check: a lock tree is another one half a minute later.
    pub(super) async fn glance(&self, capture: &Capture) -> Glance {
        let since = {
            let known = self.incidents.known();
            let incident = known.book().incident(&capture.incident);
            incident.and_then(|one| match capture.when {
                CaptureWhen::Opening => Some(one.opened_at),
                CaptureWhen::Recovery => one.mitigated_at,
                CaptureWhen::BeforeRemedy => None,
            })
        };
        let mut looks = self.looks.subscribe();
        let is_recent = |look: &Option<Arc<LastLook>>| {
            look.as_ref()
                .is_some_and(|look| since.is_none_or(|since| since <= look.at))
        };
        let recent = tokio::time::timeout(LOOKED_WITHIN, looks.wait_for(is_recent)).await;
        drop(recent);
        let look = self.looks.borrow().clone();
        let seen = look
            .as_ref()
            .filter(|_| capture.when != CaptureWhen::BeforeRemedy)
            .map(|look| look.activity.clone());
        Glance {
            activity: OnceCell::new_with(seen),
            look,
        }
    }

    /// Sees a piece, or says why it cannot be seen.
    pub(super) async fn see(&self, kind: PieceKind, glance: &Glance) -> Result<Seen, String> {
        let activity = async || {
            let activity = glance.activity.get_or_init(|| self.read_activity()).await;
            activity.as_ref().map_err(Fault::to_string)
        };
        match kind {
            PieceKind::Problem => problem(glance.look.as_deref()),
            PieceKind::Activity => Ok(Seen::json(&report(activity().await?))),
            PieceKind::Locks => {
                let locks = activity().await?.locks.as_ref();
                Ok(Seen::json(&finding(locks.map_err(Fault::to_string)?)))
            }
            PieceKind::Doctor => self.ask_doctor().await,
            PieceKind::Log => Ok(self.recent_log()),
            PieceKind::Deployment => Ok(Seen::json(&json!({
                "version": env!("CARGO_PKG_VERSION"), "deployment": self.settings.deployment,
                "started_at": self.started_at,
            }))),
            PieceKind::Railway => self.see_railway().await,
            PieceKind::VendorPages => Ok(self.vendors()),
        }
    }

    async fn ask_doctor(&self) -> Result<Seen, String> {
        let proven = self.settings.target.prove(None);
        let proven = proven.map_err(|fault| fault.to_string())?;
        let facts = Doctor::new(self, proven).look().await;
        let mut text = String::new();
        for row in doctor::judge(&facts) {
            let subject = row.subject.as_ref().map(|subject| format!(" [{subject}]"));
            let code = row.code.map(|code| format!(" {code}"));
            // Writing into a string cannot fail.
            let _ = writeln!(
                text,
                "{:8} {}{}{}: {}",
                row.verdict.as_str(),
                row.id,
                subject.unwrap_or_default(),
                code.unwrap_or_default(),
                row.summary
            );
        }
        Ok(Seen::text(text))
    }

    fn recent_log(&self) -> Seen {
        let recent = self.incidents.taking.log.get();
        let text = recent.map(|recent| recent.text()).unwrap_or_default();
        Seen::text(match text.is_empty() {
            true => {
                "No line that names a code has been logged since the process began.\n".to_owned()
            }
            false => text,
        })
    }

    fn vendors(&self) -> Seen {
        let mut text = String::new();
        for page in self.vendor_pages.all() {
            let (verdict, said) = match &page.found {
                Ok(status) => (status.verdict(), status.summary()),
                Err(fault) => (Verdict::Unknown, fault.to_string()),
            };
            let verdict = verdict.as_str();
            let (name, at) = (&page.name, page.read_at);
            let _ = writeln!(text, "{verdict:8} {name}: {said} (read at {at:.0})");
        }
        Seen::text(match text.is_empty() {
            true => "No status page of a vendor has been read.\n".to_owned(),
            false => text,
        })
    }
}

/// What the checks came to.
fn problem(look: Option<&LastLook>) -> Result<Seen, String> {
    let look = look.ok_or("the watch has not looked yet")?;
    let check = |found: &Result<(), Fault>| match found {
        Ok(()) => json!({ "status": "ok" }),
        Err(fault) => told(fault),
    };
    let activity = match &look.activity {
        Err(fault) => told(fault),
        Ok(activity) => {
            let sections = activity.sections().into_iter();
            let sections = sections.map(|(series, section)| {
                let section = match section {
                    Ok(judged) => json!({ "verdict": judged.verdict, "summary": judged.summary }),
                    Err(fault) => told(fault),
                };
                (series.to_string(), section)
            });
            Value::Object(sections.collect())
        }
    };
    Ok(Seen::json(&json!({
        "at": look.at, "db": check(&look.db), "supabase": check(&look.supabase), "ops": activity,
    })))
}

fn report(activity: &Activity) -> Value {
    json!({
        "workers": found(&activity.workers), "queue": found(&activity.queue),
        "connections": found(&activity.connections), "long_running": found(&activity.long_running),
        "locks": found(&activity.locks),
    })
}

fn found<T: Serialize>(section: &Section<T>) -> Value {
    section.as_ref().map_or_else(told, finding)
}

fn finding<T: Serialize>(finding: &Finding<T>) -> Value {
    json!({ "verdict": finding.verdict, "summary": finding.summary, "facts": finding.facts })
}

fn told(fault: &Fault) -> Value {
    json!({
        "code": fault.code, "detail": fault.detail, "first_check": fault.first_check(), "causes": fault.causes,
    })
}
