//! `dragonfly-ops triage`

use std::fmt::Write as _;
use std::io::{self, Read};
use std::process::ExitCode;

use crate::app::App;
use crate::cli::exit::{UNCHECKED, UNHEALTHY, USAGE};
use crate::cli::render::{self, Output, printable};
use crate::cli::target;
use crate::domain::taxonomy::Code;
use crate::reading::triage::{Assessment, Candidate, CauseStatus, MAX_TEXT, weigh};

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
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
    env: Option<&str>,
    is_run: bool,
    output: Output,
) -> ExitCode {
    let text = match text(words) {
        Ok(text) if !text.trim().is_empty() => text,
        Ok(_) => {
            eprintln!("dragonfly-ops: there is no text to look at");
            return ExitCode::from(USAGE);
        }
        Err(error) => {
            eprintln!("dragonfly-ops: stdin could not be read: {error}");
            return ExitCode::from(UNCHECKED);
        }
    };
    if is_run && let Err(code) = target::announce(&app.settings, env) {
        return code;
    }
    let candidates = app.triage(&text);
    let findings = if is_run {
        let codes: Vec<Code> = candidates.iter().map(|candidate| candidate.code).collect();
        Some(weigh(&codes, &app.looks().await))
    } else {
        None
    };
    match output {
        Output::Json => render::json(&serde_json::json!({
            "candidates": candidates, "findings": findings,
        })),
        Output::Table => render::print(&page(&candidates, findings.as_deref())),
    }
    exit_code(&candidates, findings.as_deref())
}

fn text(words: &[String]) -> io::Result<String> {
    if words != ["-"] {
        return Ok(words.join(" "));
    }
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_TEXT as u64)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
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

fn page(candidates: &[Candidate], findings: Option<&[Assessment]>) -> String {
    // Writing into a string cannot fail.
    let mut text = String::new();
    if candidates.is_empty() {
        text.push_str(
            "No code matches.\n  A longer piece of the log may say more: dragonfly-ops logs FILE\n  \
             What is wrong right now: dragonfly-ops doctor\n",
        );
    }
    for candidate in candidates {
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
        let _ = writeln!(
            text,
            "  means        {}\n  first check  {}\n  fix          {}",
            candidate.meaning, candidate.first_check, candidate.fix
        );
        for finding in findings.into_iter().flatten() {
            if finding.code == candidate.code {
                let _ = writeln!(
                    text,
                    "  now          {}: {}",
                    standing(finding.standing),
                    finding.because
                );
            }
        }
        text.push('\n');
    }
    for finding in findings.into_iter().flatten() {
        if !candidates
            .iter()
            .any(|candidate| candidate.code == finding.code)
        {
            let entry = finding.code.entry();
            let _ = writeln!(
                text,
                "{}  {}\n  now          {}: {}\n  first check  {}\n  fix          {}\n",
                finding.code,
                entry.title,
                standing(finding.standing),
                finding.because,
                entry.first_check,
                entry.fix
            );
        }
    }
    text
}

const fn sureness(weight: u8) -> &'static str {
    match weight {
        100.. => "it says so itself",
        80..=99 => "certain",
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
