//! `dragonfly-ops triage`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use crate::app::App;
use crate::cli::answer::{Answer, LookedAt, Output};
use crate::cli::exit::{UNCHECKED, UNHEALTHY, USAGE};
use crate::cli::render::printable;
use crate::cli::runbook::{self, RunbookArgs, Suggestions};
use crate::cli::stdin::{self, STDIN};
use crate::cli::target;
use crate::domain::fault::Fault;
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;
use crate::reading::triage::{Assessment, Candidate, CauseStatus, MAX_TEXT, weigh};

/// From this weight on a text leaves no doubt.
const CERTAIN: u8 = 80;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
What incidents have taught of these codes is asked of the instance at --via, else of the one on
this machine, with DRAGONFLY_TOKEN; where neither answers, the rest is said all the same.

Exit codes:
  0  it may be one of these codes; with --run: none of them is so now
  1  with --run: at least one of them is so now
  2  there is no text, or the target is not certain
  3  no code matches; with --run: it could not be decided

Examples:
  dragonfly-ops triage 'connection to server at \"db\" failed: Connection refused'
  tail -n 50 worker.log | dragonfly-ops triage - --run --env prod";

/// Says what a text may mean and, with `is_run`, which of that is so now.
pub(super) async fn run(
    app: &App,
    words: &[String],
    asked: &RunbookArgs,
    env: Option<&str>,
    is_run: bool,
    output: Output,
) -> ExitCode {
    let mut answer = Answer::new(output);
    if is_stdin(words) {
        answer.looks_at(LookedAt::file(STDIN));
    }
    let text = match text(words) {
        Ok(text) if !text.trim().is_empty() => text,
        Ok(_) => {
            let fault = refuse("There is no text to look at.");
            let fault = fault.check_first("What is handed over; - reads it from stdin");
            return answer.fail(&fault, USAGE);
        }
        Err(fault) => return answer.fail(&fault, UNCHECKED),
    };
    if is_run && let Err(code) = target::announce(&mut answer, &app.settings, env) {
        return code;
    }
    let candidates = app.triage(&text);
    let findings = if is_run {
        let codes: Vec<Code> = candidates.iter().map(|candidate| candidate.code).collect();
        Some(weigh(&codes, &app.looks().await))
    } else {
        None
    };
    let codes = candidates.iter().map(|candidate| candidate.code);
    let found = codes.chain(findings.iter().flatten().map(|finding| finding.code));
    let mut codes: Vec<_> = found.collect();
    codes.sort_unstable();
    codes.dedup();
    let found = asked.ask(&mut answer, app, &codes, env).await;
    let mut said = serde_json::json!({ "candidates": candidates, "findings": findings });
    if let Some(found) = &found {
        let all = found.iter().map(|(code, all)| (code.id(), all));
        said["runbook"] = serde_json::json!(all.collect::<BTreeMap<_, _>>());
    }
    answer.give(&said, || {
        page(&candidates, findings.as_deref(), found.as_ref())
    });
    exit_code(&candidates, findings.as_deref())
}

fn is_stdin(words: &[String]) -> bool {
    words == [STDIN]
}

fn text(words: &[String]) -> Result<String, Fault> {
    match is_stdin(words) {
        true => stdin::read(MAX_TEXT as u64),
        false => Ok(words.join(" ")),
    }
}

fn exit_code(candidates: &[Candidate], findings: Option<&[Assessment]>) -> ExitCode {
    let Some(findings) = findings else {
        return match candidates {
            [] => ExitCode::from(UNCHECKED),
            [..] => ExitCode::SUCCESS,
        };
    };
    let any = |standing| findings.iter().any(|finding| finding.standing == standing);
    if any(CauseStatus::Supported) {
        ExitCode::from(UNHEALTHY)
    } else if any(CauseStatus::Undecided) || findings.is_empty() {
        ExitCode::from(UNCHECKED)
    } else {
        ExitCode::SUCCESS
    }
}

/// What is so now first, then what the text may mean.
fn page(
    candidates: &[Candidate],
    findings: Option<&[Assessment]>,
    found: Option<&Suggestions>,
) -> String {
    let findings = findings.unwrap_or_default();
    let finding_of = |code: Code| findings.iter().find(|finding| finding.code == code);
    let is_so = |code: Code| {
        finding_of(code).is_some_and(|finding| finding.standing == CauseStatus::Supported)
    };
    let mut text = String::new();
    if candidates.is_empty() {
        text.push_str(if findings.iter().any(|finding| is_so(finding.code)) {
            "The text names no code, but this is so now.\n\n"
        } else {
            "No code matches.\n  A longer piece of the log may say more: dragonfly-ops logs FILE\n  \
             What is wrong right now: dragonfly-ops doctor\n"
        });
    }
    let named = |code: Code| candidates.iter().any(|candidate| candidate.code == code);
    // What the text says for certain stands above what it does not speak of, unless that is known to be well.
    let stands = |candidate: &&Candidate| match finding_of(candidate.code) {
        Some(finding) => match finding.standing {
            CauseStatus::Supported => true,
            CauseStatus::Undecided => candidate.weight >= CERTAIN,
            CauseStatus::RuledOut => false,
        },
        None => true,
    };
    let (mut first, rest): (Vec<_>, Vec<_>) = candidates.iter().partition(stands);
    first.sort_by_key(|candidate| !is_so(candidate.code));
    let taught = |code: Code| runbook::lines(found, code);
    for candidate in first {
        let code = candidate.code;
        write_candidate(&mut text, candidate, finding_of(code), &taught(code));
    }
    for finding in findings.iter().filter(|finding| !named(finding.code)) {
        write_finding(&mut text, finding, &taught(finding.code));
    }
    for candidate in rest {
        let code = candidate.code;
        write_candidate(&mut text, candidate, finding_of(code), &taught(code));
    }
    text
}

// Writing into a string cannot fail.
fn write_candidate(
    text: &mut String,
    candidate: &Candidate,
    finding: Option<&Assessment>,
    taught: &str,
) {
    let _ = writeln!(
        text,
        "{}  {}  [{}]",
        candidate.code,
        candidate.title,
        sureness(candidate.weight)
    );
    for evidence in &candidate.evidence {
        let _ = writeln!(
            text,
            "  because      {}: {}",
            evidence.because,
            printable(&evidence.line)
        );
    }
    if candidate.count > 1 {
        let _ = writeln!(text, "  how often    {} times", candidate.count);
    }
    let _ = writeln!(text, "  means        {}", candidate.meaning);
    if let Some(finding) = finding {
        write_standing(text, finding);
    }
    write_next(text, finding, candidate.first_check, candidate.fix);
    text.push_str(taught);
    text.push('\n');
}

fn write_finding(text: &mut String, finding: &Assessment, taught: &str) {
    let entry = finding.code.entry();
    let _ = writeln!(text, "{}  {}", finding.code, entry.title);
    write_standing(text, finding);
    write_next(text, Some(finding), entry.first_check, entry.fix);
    text.push_str(taught);
    text.push('\n');
}

fn write_standing(text: &mut String, finding: &Assessment) {
    let _ = writeln!(
        text,
        "  now          {}: {}",
        standing(finding.standing),
        finding.because
    );
    if let Some(detail) = &finding.detail {
        let _ = writeln!(text, "  seen         {}", printable(detail));
    }
}

/// What to do: where it is so now, what was found says it better than the code's row.
fn write_next(text: &mut String, finding: Option<&Assessment>, first_check: &str, fix: &str) {
    let found = finding.and_then(|finding| finding.first_check.as_deref());
    let first = found.unwrap_or(first_check);
    let _ = writeln!(text, "  first check  {}", printable(first));
    // The row's fix follows from the row's first check, and may not work where another one is better.
    if first == first_check {
        let _ = writeln!(text, "  fix          {fix}");
    }
}

const fn sureness(weight: u8) -> &'static str {
    match weight {
        100.. => "it says so itself",
        CERTAIN..=99 => "certain",
        60..=79 => "likely",
        40..=59 => "possible",
        _ => "a guess",
    }
}

const fn standing(standing: CauseStatus) -> &'static str {
    match standing {
        CauseStatus::Supported => "SUPPORTED",
        CauseStatus::RuledOut => "ruled out",
        CauseStatus::Undecided => "undecided",
    }
}
