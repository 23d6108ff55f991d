//! Judges n8n workflow files before n8n does: what cannot be imported, what never runs, what leaks
//! a secret, and what asks the database for something that is not there.
//!
//! # Design notes
//!
//! Pure: files are read by the caller, one at a time, and none is kept. What matters across files
//! (webhooks, what is read from the database) is remembered, and judged at the end. A finding names
//! the file, the node and the way to the parameter; it never quotes a value, because a value may be
//! a secret.
//!
//! An inactive flow and a disabled node do no harm yet, so what only breaks when they run is a
//! warning there. What could not be looked at (a file too large, too many files) is unknown, never
//! well.

mod catalogue;
mod code;
mod credentials;
mod description;
mod fit;
mod flow;
mod graph;
mod members;
pub(super) mod names;
mod others;
mod parameters;
mod parts;
mod placeholders;
mod reads;
mod schedule;
pub(super) mod secrets;
mod sql;
#[cfg(test)]
mod tests;
mod webhooks;

use serde_json::Value;

use crate::domain::check::Check;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

use self::reads::Reads;
pub(crate) use self::reads::Relations;
use self::webhooks::Webhooks;

/// The database that the flows are compared with.
#[derive(Debug)]
pub(crate) enum DatabaseRelations {
    /// It was asked, and has these.
    Asked(Relations),
    /// None is configured.
    NotSet,
    /// It could not be asked.
    Failed(Fault),
}

/// Takes files, gives findings.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    checks: Vec<Check>,
    webhooks: Webhooks,
    reads: Reads,
    seen: usize,
}

impl Flows {
    /// Judges a file: one flow, an array of flows, or something else.
    pub(crate) fn judge(&mut self, file: &str, bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            let summary = "It is not UTF-8, so n8n cannot read it.";
            self.unreadable(
                file,
                summary,
                "Save it as UTF-8: PowerShell's > writes UTF-16.",
            );
            return;
        };
        // A mark that some editors write; JSON does not allow it, n8n's import does not mind.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match serde_json::from_str(text) {
            Ok(value) => self.judge_json(file, value),
            // A tsconfig has comments, and nobody imports it.
            Err(_)
                if others::nearly(text)
                    .is_some_and(|values| !values.iter().any(others::is_like_a_flow)) =>
            {
                self.other(flow::shown(file));
            }
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let summary = format!("It is not valid JSON: line {line}, column {column}.");
                self.unreadable(file, summary, "Export the flow from n8n again.");
            }
        }
    }

    /// Judges a file that is JSON.
    pub(crate) fn judge_json(&mut self, file: &str, value: Value) {
        let file = flow::shown(file);
        if !others::is_like_a_flow(&value) {
            if others::is_decrypted(&value) {
                self.checks.push(
                    Check::new(
                        "flow.secret",
                        Verdict::Critical,
                        "It is an export of credentials that is not encrypted.",
                    )
                    .subject(file)
                    .code(Code::ConfigInvalid)
                    .advice("Revoke what is in it: it is in the file's history. Export without --decrypted."),
                );
            } else {
                self.other(file);
            }
            return;
        }
        match value {
            Value::Array(list) => {
                for (number, value) in list.into_iter().enumerate() {
                    self.judge_flow(format!("{file} #{}", number + 1), value);
                }
            }
            value => self.judge_flow(file, value),
        }
    }

    /// Says of a file that it is no flow: that is no mistake.
    fn other(&mut self, file: String) {
        self.checks.push(
            Check::new(
                "flow.other",
                Verdict::Ok,
                "It is no workflow, and was not judged.",
            )
            .subject(file),
        );
    }

    fn judge_flow(&mut self, place: String, value: Value) {
        let before = self.checks.len();
        let Some(flow) = flow::read(place, value, &mut self.checks) else {
            return;
        };
        self.seen += 1;
        flow::judge_types(&flow, &mut self.checks);
        fit::judge(&flow, &mut self.checks);
        schedule::judge(&flow, &mut self.checks);
        graph::judge(&flow, &mut self.checks);
        parts::judge(&flow, &mut self.checks);
        parameters::judge(&flow, &mut self.checks);
        credentials::judge(&flow, &mut self.checks);
        self.webhooks.add(&flow);
        self.reads.add(&flow, &mut self.checks);
        if self.checks.len() == before {
            let summary = match flow.nodes.len() {
                1 => "One node, nothing wrong in itself.".to_owned(),
                nodes => format!("{nodes} nodes, nothing wrong in itself."),
            };
            self.checks
                .push(Check::new("flow.valid", Verdict::Ok, summary).subject(flow.place));
        }
    }

    /// Reports a file or folder that could not be read.
    pub(crate) fn unreadable(&mut self, file: &str, summary: impl Into<String>, advice: &str) {
        self.checks.push(
            Check::new("flow.unreadable", Verdict::Critical, summary)
                .subject(flow::shown(file))
                .code(Code::ValInput)
                .advice(advice),
        );
    }

    /// Reports a file that was not looked at because of its size, in MiB.
    pub(crate) fn too_large(&mut self, file: &str, limit: u64) {
        self.checks.push(
            Check::new(
                "flow.too-large",
                Verdict::Unknown,
                format!("It is larger than {limit} MiB and was not checked."),
            )
            .subject(flow::shown(file))
            .code(Code::ValInput)
            .advice("Remove pinned data from the flow, or split the file into one for each flow."),
        );
    }

    /// Reports that there are more files than are looked at.
    pub(crate) fn too_many(&mut self, limit: usize) {
        self.checks.push(
            Check::new(
                "flow.too-many",
                Verdict::Unknown,
                format!("There are more than {limit} files; the others were not checked."),
            )
            .code(Code::ValInput)
            .advice("Check the folders below one by one."),
        );
    }

    /// Reports something that is called like a flow and is no file.
    pub(crate) fn skipped(&mut self, file: &str) {
        self.checks.push(
            Check::new(
                "flow.skipped",
                Verdict::Warning,
                "It is a link or no regular file, and was not checked.",
            )
            .subject(flow::shown(file))
            .advice("Check the folder that the file itself is in."),
        );
    }

    /// Whether a comparison with the database would compare anything.
    #[must_use]
    pub(crate) fn need_database(&self) -> bool {
        !self.reads.is_empty()
    }

    /// All findings, when all files are judged.
    #[must_use]
    pub(crate) fn finish(self, database: &DatabaseRelations) -> Vec<Check> {
        let mut checks = self.checks;
        if self.seen == 0 {
            checks.push(
                Check::new(
                    "flow.none",
                    Verdict::Unknown,
                    "There is no flow here to check.",
                )
                .code(Code::ValInput)
                .advice("Name the folder that the flows are exported to, as *.json."),
            );
            return checks;
        }
        self.webhooks.judge(&mut checks);
        match database {
            DatabaseRelations::Asked(relations) => {
                let before = checks.len();
                self.reads.judge(relations, &mut checks);
                if checks.len() == before {
                    let summary = match self.reads.len() {
                        0 => "The flows name no table and no function.".to_owned(),
                        1 => "The database has the one thing that the flows name.".to_owned(),
                        count => {
                            format!("The database has all {count} things that the flows name.")
                        }
                    };
                    checks.push(Check::new("flow.database", Verdict::Ok, summary));
                }
            }
            DatabaseRelations::NotSet => checks.push(
                Check::new(
                    "flow.database",
                    Verdict::Warning,
                    "not compared with a database: DATABASE_URL is not set",
                )
                .code(Code::ConfigMissing)
                .advice("Set DATABASE_URL to check that the tables and functions exist."),
            ),
            // The flows may be right or wrong: nobody knows.
            DatabaseRelations::Failed(fault) => checks.push(Check {
                verdict: Verdict::Unknown,
                ..Check::of_fault("flow.database", fault)
            }),
        }
        checks
    }
}
