//! Alerts from outside: let in, read, handed to the incidents, and kept before they count as taken.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::app::incidents::KEPT_WITHIN;
use crate::domain::fault::Fault;
use crate::domain::incident::{Alert, Input, Name, Taken};
use crate::domain::lifecycle::shutting_down;
use crate::domain::long_work::on_a_thread;
use crate::domain::rate_limit::Admission;
use crate::domain::taxonomy::Code;
use crate::reading::alerts::{
    AlertContext, ReadAlert, ReadAlerts, Seen, SetAside, read, read_query, read_seen,
};
use crate::reading::triage::Certainty;

/// So much of an alert is read for its cause, in bytes: more is not kept of it either.
const TRIAGED: usize = 4_096;
/// When there may be room again where too much waits for the database.
const FULL_FOR: Duration = Duration::from_secs(60);

/// What a sender has sent.
#[derive(Debug)]
pub struct SentAlerts {
    /// Who, where the address says so.
    pub source: Option<String>,
    /// What.
    pub content: AlertContent,
}

/// How alerts are sent.
#[derive(Debug)]
pub enum AlertContent {
    /// In a body.
    Body {
        /// Its bytes.
        bytes: Vec<u8>,
        /// What they are said to be.
        content_type: Option<String>,
    },
    /// In a query, by a sender that only GETs.
    Query(String),
}

/// What became of a body.
#[derive(Debug)]
pub struct TakenAlerts {
    /// Each alert, in the order of the body.
    pub alerts: Vec<TakenAlert>,
    /// What is none.
    pub set_aside: Vec<SetAside>,
    /// How many more its sender has left out.
    pub left_out: u64,
}

/// What became of an alert.
#[derive(Debug)]
pub struct TakenAlert {
    /// What it is known by.
    pub key: String,
    /// The cause, where it has a code.
    pub code: Option<Code>,
    /// What became of it.
    pub taken: Taken,
    /// The incident that it concerns.
    pub incident: Option<Name>,
}

impl App {
    /// Whether alerts are taken now: one more of them.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 where nothing watches, DFE-INT-003 where the process is on its way out, DFE-INT-002 with the time
    /// to wait where too many came.
    pub fn admit_alerts(&self) -> Result<(), Fault> {
        self.must_have_room()?;
        match self.alert_limit.admit(Instant::now()) {
            Admission::Passes { after: 0 } => Ok(()),
            Admission::Passes { after } => {
                tracing::info!(refused = after, "alerts are taken again");
                Ok(())
            }
            Admission::Refused { wait, is_first } => {
                self.metrics.alert("limited");
                if is_first {
                    tracing::warn!(
                        code = %Code::ResourceExhausted,
                        "too many alerts: those that come are refused until there is room again"
                    );
                }
                Err(Fault::new(
                    Code::ResourceExhausted,
                    "Too many alerts: at most 60 requests with alerts are taken in a minute. Send it again.",
                )
                .check_first("Whether its sender can send several alerts at once, and repeats what was refused")
                .retry_after(wait))
            }
        }
    }

    /// Refuses all alerts, whoever sees them, where nobody would keep them.
    fn must_have_room(&self) -> Result<(), Fault> {
        self.must_watch()?;
        if self.lifecycle.is_draining() {
            return Err(shutting_down());
        }
        if self.incidents.keeping().is_full {
            self.metrics.alert("limited");
            return Err(Fault::new(
                Code::ResourceExhausted,
                "Too many alerts wait for the database: no more are taken until it has those. Send it again.",
            )
            .check_first("Whether the database takes what happens, and who sends so many alerts")
            .retry_after(FULL_FOR));
        }
        Ok(())
    }

    /// Reads what was sent, and hands it to the incidents. Returns once that is kept, on disk or in the database.
    /// The same twice is known the second time.
    ///
    /// # Errors
    ///
    /// Why it is refused, and then nothing has changed; DFE-INT-002 where it was taken, and this process alone
    /// knows of it.
    pub async fn take_alerts(self: &Arc<Self>, sent: SentAlerts) -> Result<TakenAlerts, Fault> {
        let reader = Arc::clone(self);
        let read = on_a_thread(move || reader.read_alerts(&sent)).await;
        let read = match read {
            Ok(read) => read,
            Err(fault) => {
                self.metrics.alert("refused");
                return Err(fault);
            }
        };
        for _ in &read.set_aside {
            self.metrics.alert("set_aside");
        }
        self.take_read(read).await
    }

    /// Takes what this service has seen itself, as far as it is news: what it sees it sees again and again.
    ///
    /// # Errors
    ///
    /// Why it is refused, and then it is news the next time; DFE-INT-002 where it was taken, and this process alone
    /// knows of it.
    pub(in crate::app) async fn take_seen(self: &Arc<Self>, seen: Vec<Seen>) -> Result<(), Fault> {
        let reader = Arc::clone(self);
        let read = on_a_thread(move || {
            let triage = |text: &str| reader.code_of(text);
            Ok(read_seen(&seen, &reader.alert_context(None, &triage)))
        });
        let mut read = read.await?;
        let is_news = |alert: &ReadAlert| {
            let alert = Alert::from(alert.clone());
            self.incidents.known().book().is_news(&alert)
        };
        read.alerts.retain(is_news);
        if read.alerts.is_empty() {
            return Ok(());
        }
        self.must_have_room()?;
        self.take_read(read).await.map(drop)
    }

    /// Hands alerts to the incidents. Returns once that is kept.
    async fn take_read(&self, read: ReadAlerts) -> Result<TakenAlerts, Fault> {
        let firing = read.alerts.iter().filter(|alert| alert.is_firing);
        let firing: BTreeSet<String> = firing.map(|alert| alert.key.clone()).collect();
        // What began at another replica may end here.
        let over = read.alerts.iter().filter(|alert| !alert.is_firing);
        let over: Vec<_> = over.map(|alert| alert.key.as_str()).collect();
        self.hear_until(|known| over.iter().all(|key| known.book().has_alert(key)))
            .await;
        let mut alerts = Vec::with_capacity(read.alerts.len());
        let (mut last, mut ids) = (0, Vec::new());
        for alert in read.alerts {
            let alert = Alert::from(alert);
            // Whoever has no name for each of several says of one that it is there, and of another that it is over.
            let is_contradicted = !alert.is_firing && firing.contains(&alert.key);
            let entries = if is_contradicted {
                Vec::new()
            } else {
                let (entries, made) = self
                    .incidents
                    .step(self.moment(), Input::Alert(alert.clone()))?;
                last = made;
                ids.extend(entries.iter().map(|entry| entry.id.clone()));
                entries
            };
            let (taken, incident) = self.incidents.known().book().taken(&alert.key, &entries);
            self.metrics.alert(taken.as_str());
            alerts.push(TakenAlert {
                key: alert.key,
                code: alert.code,
                taken,
                incident,
            });
        }
        self.incidents.until_kept(last, &ids, KEPT_WITHIN).await?;
        Ok(TakenAlerts {
            alerts,
            set_aside: read.set_aside,
            left_out: read.left_out,
        })
    }

    fn read_alerts(&self, sent: &SentAlerts) -> Result<ReadAlerts, Fault> {
        let triage = |text: &str| self.code_of(text);
        let context = self.alert_context(sent.source.as_deref(), &triage);
        match &sent.content {
            AlertContent::Body {
                bytes,
                content_type,
            } => read(bytes, content_type.as_deref(), &context),
            AlertContent::Query(query) => read_query(query, &context),
        }
    }

    fn alert_context<'a>(
        &'a self,
        source: Option<&'a str>,
        triage: &'a dyn Fn(&str) -> Option<Code>,
    ) -> AlertContext<'a> {
        AlertContext {
            source,
            now: self.moment().now,
            redactor: &self.settings.redactor,
            triage,
        }
    }

    /// The code that a text nearly always means. A guess would name an incident for good.
    fn code_of(&self, text: &str) -> Option<Code> {
        let text = &text[..text.floor_char_boundary(TRIAGED)];
        let first = self.triage(text).into_iter().next()?;
        (first.certainty == Certainty::Likely).then_some(first.code)
    }
}
