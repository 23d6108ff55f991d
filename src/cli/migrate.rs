//! `dragonfly-ops migrate`

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::app::{AddPaused, App, Migration, MigrationRun, TableOutcome};
use crate::cli::answer::{Answer, Output};
use crate::cli::consent::ask;
use crate::cli::exit::{UNCHECKED, UNHEALTHY, USAGE};
use crate::cli::target;
use crate::domain::taxonomy::Code;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
Exit codes:
  0  everything is there now, or would be with --dry-run
  1  there is a table of a shape that cannot be used
  2  wrong usage, or not agreed to; nothing was changed
  3  the database could not be asked";

/// What is to be created, and how.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The environment that this has to be, such as prod; nothing runs where something contradicts
    #[arg(long, value_name = "ENV")]
    env: Option<String>,
    /// Only show the statements that would be run
    #[arg(long)]
    dry_run: bool,
    /// Let the state of a job be `paused` where the queue is somebody else's: adds the word to its enum
    /// or its CHECK constraint, after showing what that will do and asking
    #[arg(long)]
    add_paused: bool,
    /// Do not ask before --add-paused
    #[arg(long)]
    yes: bool,
    /// How to answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

/// What became of all of it.
#[derive(Debug, Serialize)]
struct Migrated {
    /// Whether nothing was changed, as that was asked for.
    dry_run: bool,
    /// What lets a job be paused; null where that was not asked for.
    add_paused: Option<Added>,
    /// Each object, in the order of its making.
    objects: Vec<Object>,
}

/// What lets a job be paused.
#[derive(Debug, Serialize)]
struct Added {
    /// The statements; none where a job may be paused already.
    statements: Vec<String>,
    /// Whether they cannot be undone.
    is_for_good: bool,
}

/// What became of one.
#[derive(Debug, Serialize)]
struct Object {
    name: String,
    /// `created`, `existed`, `foreign`, `impossible` or `misshapen`.
    outcome: &'static str,
    /// What creates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
    /// The cause, where it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    /// The same for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Creates what is missing and says what became of each. Exit code 1: a table of a shape that cannot be
/// used exists.
pub(super) async fn run(app: &App, arguments: Arguments) -> ExitCode {
    let mut answer = Answer::new(arguments.output);
    let env = arguments.env.as_deref();
    if let Err(code) = target::announce(&mut answer, &app.settings, env) {
        return code;
    }
    let mut added = None;
    if arguments.add_paused {
        added = match add_paused(app, &answer, &arguments).await {
            Ok(added) => Some(added),
            Err(code) => return code,
        };
    }
    let run = match (arguments.dry_run, arguments.add_paused) {
        (false, _) => MigrationRun::Real,
        (true, false) => MigrationRun::Dry,
        (true, true) => MigrationRun::DryWithPaused,
    };
    match app.migrate(run).await {
        Ok(outcomes) => report(&answer, added, outcomes, arguments.dry_run),
        Err(fault) => {
            let code = answer.fail(&fault, UNCHECKED);
            if let Some(added) = added.filter(|_| !arguments.dry_run) {
                // That is done all the same.
                eprint!("{}", describe(&added));
            }
            code
        }
    }
}

fn report(
    answer: &Answer,
    added: Option<AddPaused>,
    outcomes: Vec<Migration>,
    dry_run: bool,
) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let mut page = added.as_ref().map(describe).unwrap_or_default();
    let mut objects = Vec::new();
    for Migration { name, outcome } in outcomes {
        // Writing into a string cannot fail.
        let _ = match &outcome {
            TableOutcome::Created(sql) if dry_run => {
                writeln!(page, "{name}: would be created:\n\n{}\n", sql.trim())
            }
            TableOutcome::Created(_) => writeln!(page, "{name}: created"),
            TableOutcome::Existed => writeln!(page, "{name}: exists, left as it is"),
            TableOutcome::Foreign => {
                writeln!(page, "{name}: is read as it is, none is created beside it")
            }
            TableOutcome::Impossible(fault) => {
                writeln!(page, "{name}: not created, and not available: {fault}")
            }
            TableOutcome::Misshapen(fault) => {
                code = ExitCode::from(UNHEALTHY);
                writeln!(page, "{name}: {fault}")
            }
        };
        objects.push(Object::of(name, outcome));
    }
    let document = Migrated {
        dry_run,
        add_paused: added.map(|added| Added {
            statements: added.statements,
            is_for_good: added.is_for_good,
        }),
        objects,
    };
    answer.give(&document, || page);
    code
}

impl Object {
    fn of(name: String, outcome: TableOutcome) -> Self {
        let object = Self {
            name,
            outcome: match &outcome {
                TableOutcome::Created(_) => "created",
                TableOutcome::Existed => "existed",
                TableOutcome::Foreign => "foreign",
                TableOutcome::Impossible(_) => "impossible",
                TableOutcome::Misshapen(_) => "misshapen",
            },
            statement: None,
            code: None,
            detail: None,
        };
        match outcome {
            TableOutcome::Created(sql) => Self {
                statement: Some(sql.trim().to_owned()),
                ..object
            },
            TableOutcome::Existed | TableOutcome::Foreign => object,
            TableOutcome::Impossible(fault) | TableOutcome::Misshapen(fault) => Self {
                code: Some(fault.code),
                detail: Some(fault.detail.into_owned()),
                ..object
            },
        }
    }
}

/// Adds the word, once that is agreed to.
async fn add_paused(
    app: &App,
    answer: &Answer,
    arguments: &Arguments,
) -> Result<AddPaused, ExitCode> {
    let unchecked = |fault| answer.fail(&fault, UNCHECKED);
    let planned = app.add_paused(true).await.map_err(unchecked)?;
    if planned.statements.is_empty() || arguments.dry_run {
        return Ok(planned);
    }
    if !arguments.yes {
        ask(&describe(&planned)).map_err(|fault| answer.fail(&fault, USAGE))?;
    }
    app.add_paused(false).await.map_err(unchecked)
}

fn describe(planned: &AddPaused) -> String {
    if planned.statements.is_empty() {
        return "A job may be paused already; nothing is added.\n".to_owned();
    }
    let mut page = String::from("To let a job be `paused`:\n\n");
    for statement in &planned.statements {
        let _ = writeln!(page, "  {statement};");
    }
    page.push_str(if planned.is_for_good {
        "\nA value of an enum cannot be taken away again: it stays for good. Whoever lists the states of a job \
         has to know it.\n"
    } else {
        "\nThe table is read once while it is checked. The old constraint can be put back once no job is paused.\n"
    });
    page
}
