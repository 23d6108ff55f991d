//! The report of an incident in Markdown, and what its renderings share.

use std::fmt::Write as _;

use jiff::Timestamp;
use url::Url;

use crate::domain::activity::{many, span_of};
use crate::domain::incident::{CaptureWhen, IncidentReport, ShownItem, ShownReport, ShownText};
use crate::http::markdown::{block, code, line};

/// How it stands, in a sentence.
pub(super) fn lead(report: &IncidentReport) -> String {
    let one = &report.incident;
    let state = one.state.as_str();
    let environment = &report.environment;
    let mut text = format!("{}, {state}, environment {environment}", one.severity);
    if one.reopened > 0 {
        // Writing into a string cannot fail.
        let times = many(one.reopened, "time", "times");
        let _ = write!(text, ", came back {} {times}", one.reopened);
    }
    if let Some(other) = &one.merged_into {
        let _ = write!(text, ", the same as {other}");
    }
    text + "."
}

/// When it came to stand otherwise.
pub(super) fn times(report: &IncidentReport) -> [(&'static str, Option<Timestamp>); 6] {
    let one = &report.incident;
    [
        ("Began", Some(one.began_at)),
        ("Noticed", Some(one.detected_at)),
        ("Acknowledged", one.acknowledged_at),
        ("Mitigated", one.mitigated_at),
        ("Resolved", one.resolved_at),
        ("Closed", one.closed_at),
    ]
}

/// How long each step took.
pub(super) fn durations(report: &IncidentReport) -> [(&'static str, String); 4] {
    let of = report.durations;
    let span = |seconds: Option<u64>| {
        let seconds = seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX));
        seconds.map_or_else(|| "not yet".to_owned(), span_of)
    };
    [
        ("Time to detect", span(Some(of.to_detect_seconds))),
        ("Time to acknowledge", span(of.to_acknowledge_seconds)),
        ("Time to mitigate", span(of.to_mitigate_seconds)),
        ("Time to resolve", span(of.to_resolve_seconds)),
    ]
}

fn exact(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The report as Markdown.
pub(super) fn markdown(report: &IncidentReport) -> String {
    let one = &report.incident;
    let written = one.report.as_ref();
    let mut out = format!(
        "# {}: {}\n\n{}\n",
        one.name,
        line(&one.title),
        line(&lead(report))
    );
    if let Some(written) = written.filter(|written| !written.lacks.is_empty()) {
        let _ = writeln!(
            out,
            "\n**The report lacks:** {}.",
            line(&written.lacks.join("; "))
        );
    }
    out.push_str("\n## Times\n\n");
    for (name, at) in times(report) {
        let at = at.map_or_else(|| "not yet".to_owned(), exact);
        let _ = writeln!(out, "- {name}: {at}");
    }
    for (name, span) in durations(report) {
        let _ = writeln!(out, "- {name}: {span}");
    }
    out.push_str("\n## Causes\n\n");
    if one.codes.is_empty() {
        out.push_str("None is known by a code.\n");
    }
    for cause in &one.codes {
        let (title, first) = (line(&cause.title), line(&cause.first_check));
        let _ = writeln!(out, "- {}: {title}. First check: {first}", cause.code);
    }
    let texts = written.map_or(&[][..], |written| &written.texts);
    // As the checklist orders them: what worked stands behind the timeline.
    let (before, after) = texts.split_at(texts.len().min(2));
    for text in before {
        push_text(&mut out, text);
    }
    push_timeline(&mut out, report);
    push_done(&mut out, report);
    push_evidence(&mut out, report);
    push_end(&mut out, report);
    for text in after {
        push_text(&mut out, text);
    }
    push_items(&mut out, written);
    let _ = writeln!(out, "\nPut together {}.", exact(report.timestamp));
    out
}

fn push_text(out: &mut String, one: &ShownText) {
    let text = match &one.text {
        Some(text) => block(text, 0),
        None => "*Missing: nobody has written it yet.*".to_owned(),
    };
    let _ = writeln!(out, "\n## {}\n\n{text}", line(&one.title));
}

fn push_timeline(out: &mut String, report: &IncidentReport) {
    out.push_str("\n## Timeline of events\n\n");
    for entry in report.incident.timeline.iter().flatten() {
        let kept = match entry.recorded_at {
            Some(at) => format!("in the database since {}", exact(at)),
            None => "not read back from the database yet".to_owned(),
        };
        let (who, how) = (line(&entry.who), entry.how.title());
        let text = block(&entry.text, 2);
        let _ = writeln!(out, "- {} ({kept}), {who}, {how}: {text}", exact(entry.at));
    }
}

fn push_done(out: &mut String, report: &IncidentReport) {
    out.push_str("\n## What was done\n\n");
    for one in &report.remedies {
        let (who, action) = (line(&one.who), line(&one.action));
        let _ = writeln!(out, "- {}, {who} began: {action}", exact(one.at));
    }
    for one in &report.actions {
        let (actor, reason) = (line(&one.actor), line(&one.reason));
        let (action, phase) = (code(&one.action), line(&one.phase));
        let _ = writeln!(
            out,
            "- {}, {action}, {phase}, by {actor}: {reason}",
            exact(one.at)
        );
        for (name, value) in [("Before", &one.before), ("After", &one.after)] {
            let _ = writeln!(out, "  - {name}: {}", code(&value.to_string()));
        }
    }
    match &report.actions_missing {
        Some(why) => {
            let why = line(why);
            let _ = writeln!(out, "- **What was done may be missing here.** {why}");
        }
        None if report.remedies.is_empty() && report.actions.is_empty() => {
            out.push_str("Nothing, through this service.\n");
        }
        None => {}
    }
}

fn push_evidence(out: &mut String, report: &IncidentReport) {
    out.push_str("\n## Evidence\n\n");
    if report.evidence.is_empty() {
        out.push_str("None was kept.\n");
    }
    for one in &report.evidence {
        let when = one.occasion.map_or("attached", CaptureWhen::title);
        let _ = write!(out, "- {}: {}, {when}", exact(one.at), line(&one.name));
        if let Some(bytes) = one.bytes {
            let _ = write!(out, ", {bytes} bytes");
        }
        if let Some(sha256) = &one.sha256 {
            let _ = write!(out, ", SHA-256 {}", code(sha256));
        }
        if let Some(why) = &one.failed {
            let _ = write!(out, ", could not be taken: {}", block(why, 2));
        }
        out.push('\n');
    }
}

fn push_end(out: &mut String, report: &IncidentReport) {
    let Some(end) = &report.end else { return };
    let why = match &end.against {
        Some(reason) => format!(", against the all-clear: {}", line(reason)),
        None => String::new(),
    };
    let (at, who) = (exact(end.at), line(&end.who));
    let _ = writeln!(
        out,
        "\n## How it was found to be over\n\n{at}, by {who}{why}\n"
    );
    for one in &end.all_clear.boxes {
        let (name, saw) = (line(&one.name), block(&one.saw, 2));
        let _ = writeln!(out, "- {name}, {}: {saw}", one.verdict.as_str());
    }
}

fn push_items(out: &mut String, written: Option<&ShownReport>) {
    out.push_str("\n## Action items to prevent recurrence\n\n");
    let items = written.map_or(&[][..], |written| &written.action_items);
    if items.is_empty() {
        out.push_str("*Missing: nobody has named one yet.*\n");
    }
    for one in items {
        let _ = writeln!(out, "- {}", item(one));
    }
}

fn item(one: &ShownItem) -> String {
    let mut text = line(&one.title);
    if let Some(owner) = &one.owner {
        let _ = write!(text, ", owner {}", line(owner));
    }
    if let Some(due) = one.due {
        let _ = write!(text, ", until {due}");
    }
    // Written anew, an address holds nothing that would end it before its end.
    if let Some(link) = one.issue.as_deref().and_then(|link| Url::parse(link).ok()) {
        let _ = write!(
            text,
            ", [its issue](<{}>)",
            link.as_str().replace('\\', "%5C")
        );
    }
    if let Some(link) = &one.new_issue {
        let _ = write!(text, ", [file it as an issue](<{link}>)");
    }
    if !one.lacks.is_empty() {
        let _ = write!(text, ", **lacks {}**", one.lacks.join(" and "));
    }
    text
}
