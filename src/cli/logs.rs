//! `dragonfly-ops logs`

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;

use crate::app::App;
use crate::app::logs::log_reader;
use crate::cli::answer::{Answer, LookedAt, Output};
use crate::cli::exit::{UNCHECKED, UNHEALTHY, USAGE};
use crate::cli::render::printable;
use crate::cli::stdin::{STDIN, unreadable};
use crate::cli::target;
use crate::domain::activity::many;
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;
use crate::reading::logs::{LogReader, LogReport, MessageGroup, Onset};
use crate::reading::records::{Given, Level};
use crate::settings::Settings;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
Exit codes:
  0  no line is an error
  1  there are errors
  2  there is no such file or service, or the target is not certain
  3  there is nothing to read, or it could not be read, or its lines do not say what they are

Examples:
  dragonfly-ops logs worker.log
  railway logs | dragonfly-ops logs -
  dragonfly-ops logs --railway intake --env prod";

/// How much of one line is held in memory; what is longer is cut.
const MAX_LINE: u64 = 64 * 1024;
/// How many groups of each kind a table shows.
const SHOWN: usize = 10;

/// Where the log is.
#[derive(Debug)]
pub(super) enum From<'a> {
    /// In a file, or `-` for stdin.
    File(&'a Path),
    /// At Railway: that of a service, or of all.
    Railway(Option<&'a str>),
}

/// Reads a log and says what stands in it.
pub(super) async fn run(
    settings: Settings,
    from: From<'_>,
    env: Option<&str>,
    output: Output,
) -> ExitCode {
    let mut answer = Answer::new(output);
    let mut log = log_reader(&settings);
    match from {
        From::File(path) => {
            let name = printable(&path.display().to_string());
            answer.looks_at(LookedAt::file(&name));
            if let Err(error) = read(path, &mut log) {
                if error.kind() == io::ErrorKind::NotFound {
                    let fault = refuse(format!("There is no file {name}."));
                    return answer.fail(&fault.check_first("The path of the file"), USAGE);
                }
                return answer.fail(&unreadable(&name, &error), UNCHECKED);
            }
        }
        From::Railway(service) => {
            let app = App::new(settings);
            answer.knows(|looked_at| looked_at.service(service));
            let proven = match target::announce(&mut answer, &app.settings, env) {
                Ok(proven) => proven,
                Err(code) => return code,
            };
            let services = match app.logs(&proven, service).await {
                Ok(services) => services,
                Err(fault) => {
                    let is_usage = matches!(fault.code, Code::ValInput | Code::ConfigInvalid);
                    return answer.fail(&fault, if is_usage { USAGE } else { UNCHECKED });
                }
            };
            for service in &services {
                let name = printable(&service.name);
                match &service.deployment {
                    None => eprintln!("{name}: nothing is deployed"),
                    Some(status) => eprintln!(
                        "{name}: {} {}, deployment {}",
                        service.lines.len(),
                        many(service.lines.len(), "line", "lines"),
                        printable(status)
                    ),
                }
            }
            let mut lines: Vec<_> = services
                .iter()
                .flat_map(|service| service.lines.iter().map(|line| (&service.name, line)))
                .collect();
            lines.sort_by_key(|(_, line)| line.timestamp);
            for (service, line) in lines {
                let given = Given {
                    at: Some(line.timestamp),
                    level: line.severity.as_deref().and_then(Level::of_word),
                    source: Some(service),
                };
                log.given(&line.message, given);
            }
        }
    }
    let report = log.finish();
    answer.give(&report, || page(&report));
    if report.errors > 0 || !report.traces.is_empty() {
        return ExitCode::from(UNHEALTHY);
    }
    if !report.is_readable() {
        return ExitCode::from(UNCHECKED);
    }
    ExitCode::SUCCESS
}

fn read(path: &Path, log: &mut LogReader) -> io::Result<()> {
    let mut reader: Box<dyn BufRead> = if path == Path::new(STDIN) {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path)?))
    };
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)?
            == 0
        {
            return Ok(());
        }
        if !line.ends_with(b"\n") {
            reader.skip_until(b'\n')?;
        }
        match std::str::from_utf8(&line) {
            Ok(text) => log.line(text),
            Err(_) => log.line(&String::from_utf8_lossy(&line)),
        }
    }
}

fn page(report: &LogReport) -> String {
    // Writing into a string cannot fail.
    let mut text = String::new();
    let time = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let lines = many(report.lines, "line", "lines");
    let _ = write!(text, "{} {lines}", report.lines);
    match (report.first, report.last) {
        (Some(first), Some(last)) => {
            let _ = writeln!(text, ", {} to {}", time(first), time(last));
        }
        _ => text.push_str(", without times\n"),
    }
    let levels: Vec<_> = report
        .levels
        .iter()
        .rev()
        .map(|(level, count)| format!("{count} {}", word(*level)))
        .collect();
    if !levels.is_empty() {
        let _ = writeln!(text, "levels   {}", levels.join(", "));
    }
    let _ = match &report.onset {
        Onset::NoErrors => writeln!(text, "began    no line is an error"),
        Onset::NoLevels if report.records == 0 => {
            writeln!(text, "began    unknown: there is nothing to read")
        }
        Onset::NoLevels => writeln!(
            text,
            "began    unknown: {} of {} records have no level that could be read",
            report.without_level(),
            report.records
        ),
        Onset::NoTimes => writeln!(text, "began    unknown: the lines have no times"),
        Onset::Steady { first_error } => writeln!(
            text,
            "began    not to be told: at no time do errors begin to come more often; the first is at {}",
            time(*first_error)
        ),
        Onset::At {
            began,
            before_per_minute,
            after_per_minute,
        } => writeln!(
            text,
            "began    {}: {before_per_minute} {} a minute before, {after_per_minute} from then on",
            time(*began),
            many(*before_per_minute, "error", "errors")
        ),
    };
    if report.bursts.len() > 1 {
        for (at, burst) in report.bursts.iter().enumerate() {
            let _ = writeln!(
                text,
                "{}{} to {}: {} {}, {} a minute",
                if at == 0 { "bursts   " } else { "         " },
                time(burst.began),
                time(burst.ended),
                burst.errors,
                many(burst.errors, "error", "errors"),
                burst.per_minute
            );
        }
    }
    section(&mut text, "codes", &report.codes, |group| {
        format!(
            "{}  {}: {}\n    first check: {}\n    {}",
            group.code, group.title, group.seen, group.first_check, group.seen.example
        )
    });
    section(&mut text, "stack traces", &report.traces, |group| {
        let mut row = format!(
            "{}{} at {}: {}\n    {}",
            code(group.code),
            group.exception,
            group.frame,
            group.seen,
            group.seen.example
        );
        if let Some(cause) = &group.cause {
            let _ = write!(row, "\n    caused by {cause}");
        }
        if let Some(logged) = &group.logged {
            let _ = write!(row, "\n    logged as {logged}");
        }
        row
    });
    let message =
        |group: &MessageGroup| format!("{}{}: {}", code(group.code), group.message, group.seen);
    section(&mut text, "other errors", &report.messages, message);
    section(
        &mut text,
        "lines without a level that read like errors",
        &report.suspects,
        message,
    );
    if report.dropped > 0 {
        let _ = writeln!(
            text,
            "\n{} more {} of too many kinds to be kept.",
            report.dropped,
            many(report.dropped, "error was", "errors were")
        );
    }
    text
}

fn section<T>(text: &mut String, name: &str, groups: &[T], row: impl Fn(&T) -> String) {
    if groups.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{name}");
    for group in groups.iter().take(SHOWN) {
        for line in row(group).lines() {
            let _ = writeln!(text, "  {}", printable(line));
        }
    }
    if groups.len() > SHOWN {
        let _ = writeln!(
            text,
            "  ... and {} more kinds; --output json has them all",
            groups.len() - SHOWN
        );
    }
}

fn code(code: Option<Code>) -> String {
    code.map_or_else(String::new, |code| format!("{code}  "))
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Unknown => "without a level",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Critical => "critical",
    }
}
