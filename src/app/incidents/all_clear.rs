//! The all-clear: the boxes of the checklist's section 5, as they are now.
//!
//! # Design notes
//!
//! The endpoints are read off the last look of the watch. Doctor and smoke ask more, so they are asked
//! only while something goes on and every endpoint is green, and once a minute at most.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::app::doctor::Doctor;
use crate::domain::check::{Check, worst};
use crate::domain::doctor;
use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::domain::incident::{AllClear, ClearBox, Input};
use crate::domain::last_look::LastLook;
use crate::domain::verdict::Verdict;

/// How often it is looked whether something goes on.
const EVERY: Duration = Duration::from_secs(5);
/// For how long what doctor and smoke said counts.
const GOOD_FOR: Duration = Duration::from_secs(60);

/// What doctor and smoke said, and when.
type Asked = Option<(Instant, Vec<ClearBox>)>;

impl App {
    /// Shows the boxes to whatever goes on, until the process is on its way out.
    pub async fn keep_all_clear(self: Arc<Self>) {
        if self.settings.watch_interval.is_zero() {
            return;
        }
        let mut asked = None;
        let keep = async {
            loop {
                tokio::time::sleep(EVERY).await;
                self.show_boxes(&mut asked).await;
            }
        };
        tokio::select! {
            () = keep => {}
            () = self.lifecycle.draining() => {}
        }
    }

    async fn show_boxes(&self, asked: &mut Asked) {
        let live: Vec<_> = {
            let known = self.incidents.known();
            let live = known.book().live();
            live.into_iter().map(|one| one.name.clone()).collect()
        };
        if live.is_empty() {
            *asked = None;
            self.incidents.show_boxes(None);
            return;
        }
        let all_clear = self.all_clear(asked).await;
        self.incidents.show_boxes(Some(all_clear.clone()));
        for name in live {
            let input = Input::AllClear(name, all_clear.clone());
            // Only what people want can be refused.
            let _ = self.incidents.step(self.moment(), input);
        }
    }

    async fn all_clear(&self, asked: &mut Asked) -> AllClear {
        let look = self.looks.borrow().clone();
        let mut boxes = endpoints(look.as_deref());
        if boxes.iter().all(ClearBox::is_green) {
            let is_old = |(at, _): &(Instant, Vec<ClearBox>)| at.elapsed() >= GOOD_FOR;
            if asked.as_ref().is_none_or(is_old) {
                *asked = Some((Instant::now(), self.ask_doctor_and_smoke().await));
            }
            boxes.extend(asked.iter().flat_map(|(_, boxes)| boxes.clone()));
        } else {
            *asked = None;
            let later = "Not asked before every endpoint is green.";
            boxes.extend(
                ["doctor", "smoke"].map(|name| clear_box(name, Verdict::Unknown, later.to_owned())),
            );
        }
        AllClear { boxes }
    }

    async fn ask_doctor_and_smoke(&self) -> Vec<ClearBox> {
        let doctor = match self.settings.target.prove(None) {
            Ok(proven) => {
                let facts = Doctor::new(self, proven).look().await;
                of_checks("doctor", &doctor::judge(&facts))
            }
            Err(fault) => clear_box("doctor", Verdict::Unknown, fault.detail.into_owned()),
        };
        let smoke = of_checks("smoke", &self.smoke().await.checks);
        vec![doctor, smoke]
    }
}

/// What the endpoints answer.
fn endpoints(look: Option<&LastLook>) -> Vec<ClearBox> {
    let Some(look) = look else {
        let unseen = "The watch has not looked yet.";
        return vec![clear_box(
            "/api/health/ready",
            Verdict::Unknown,
            unseen.to_owned(),
        )];
    };
    let of = |found: &Result<(), Fault>| match found {
        Ok(()) => (Verdict::Ok, "It answers.".to_owned()),
        Err(fault) => (Verdict::Critical, fault.to_string()),
    };
    let (db, supabase) = (of(&look.db), of(&look.supabase));
    let ready = match (&look.db, &look.supabase) {
        (Ok(()), Ok(())) => (Verdict::Ok, "Both answer.".to_owned()),
        (Err(fault), _) | (_, Err(fault)) => (Verdict::Critical, fault.to_string()),
    };
    let (ops, beats) = match &look.activity {
        Err(fault) => {
            let unseen = (Verdict::Unknown, fault.to_string());
            (unseen.clone(), unseen)
        }
        Ok(report) => {
            let worst = report.sections().into_iter().map(|(series, found)| {
                let verdict = found
                    .as_ref()
                    .map_or(Verdict::Unknown, |judged| judged.verdict);
                (verdict, series)
            });
            let (verdict, series) = worst
                .max_by_key(|(verdict, _)| *verdict)
                .unwrap_or((Verdict::Unknown, Series::Workers));
            let saw = match verdict {
                Verdict::Ok => "All sections are ok.".to_owned(),
                verdict => format!("{series} is {}.", verdict.as_str()),
            };
            let beats = match &report.workers {
                Ok(workers) => (workers.verdict, workers.summary.clone()),
                Err(fault) => (Verdict::Unknown, fault.to_string()),
            };
            ((verdict, saw), beats)
        }
    };
    let up = || (Verdict::Ok, "The process is up.".to_owned());
    [
        ("/api/health", up()),
        ("/api/health/version", up()),
        ("/api/health/db", db),
        ("/api/health/supabase", supabase),
        ("/api/health/ready", ready),
        ("/api/health/ops", ops),
        ("heartbeats", beats),
    ]
    .into_iter()
    .map(|(name, (verdict, saw))| clear_box(name, verdict, saw))
    .collect()
}

fn of_checks(name: &'static str, checks: &[Check]) -> ClearBox {
    let verdict = worst(checks);
    let first = checks.iter().find(|check| check.verdict == verdict);
    let saw = match (verdict, first) {
        (Verdict::Ok, _) | (_, None) => format!("{} rows, all ok.", checks.len()),
        (_, Some(check)) => match &check.subject {
            Some(subject) => format!("{} [{subject}]: {}", check.id, check.summary),
            None => format!("{}: {}", check.id, check.summary),
        },
    };
    clear_box(name, verdict, saw)
}

fn clear_box(name: &str, verdict: Verdict, saw: String) -> ClearBox {
    ClearBox {
        name: name.to_owned(),
        verdict,
        saw,
    }
}
