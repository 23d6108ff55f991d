//! `dragonfly-ops migrate`

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;

use crate::app::{AddPaused, App, Migration, MigrationRun, TableOutcome};
use crate::cli::consent::ask;
use crate::cli::exit::{UNCHECKED, UNHEALTHY, USAGE};
use crate::cli::render;
use crate::cli::target;
use crate::domain::fault::Fault;

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
}

/// Creates what is missing and says what became of each. Exit code 1: a table of a shape that cannot be
/// used exists.
pub(super) async fn run(app: &App, arguments: Arguments) -> ExitCode {
    if let Err(code) = target::announce(&app.settings, arguments.env.as_deref()) {
        return code;
    }
    if arguments.add_paused
        && let Err(code) = add_paused(app, &arguments).await
    {
        return code;
    }
    let run = match (arguments.dry_run, arguments.add_paused) {
        (false, _) => MigrationRun::Real,
        (true, false) => MigrationRun::Dry,
        (true, true) => MigrationRun::DryWithPaused,
    };
    match app.migrate(run).await {
        Ok(outcomes) => report(outcomes, arguments.dry_run),
        Err(fault) => complain(&fault),
    }
}

fn report(outcomes: Vec<Migration>, dry_run: bool) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let mut page = String::new();
    for Migration { name, outcome } in outcomes {
        // Writing into a string cannot fail.
        let _ = match outcome {
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
    }
    render::print(&page);
    code
}

/// Adds the word, once that is agreed to.
async fn add_paused(app: &App, arguments: &Arguments) -> Result<(), ExitCode> {
    let planned = app.add_paused(true).await;
    let planned = planned.map_err(|fault| complain(&fault))?;
    if planned.statements.is_empty() {
        render::print("A job may be paused already; nothing is added.\n");
        return Ok(());
    }
    let page = describe(&planned);
    if arguments.dry_run {
        render::print(&page);
        return Ok(());
    }
    if !arguments.yes && !ask(&page)? {
        eprintln!("dragonfly-ops: nothing was changed");
        return Err(ExitCode::from(USAGE));
    }
    let added = app.add_paused(false).await;
    let added = added.map_err(|fault| complain(&fault))?;
    render::print(&describe(&added));
    Ok(())
}

fn describe(planned: &AddPaused) -> String {
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

fn complain(fault: &Fault) -> ExitCode {
    render::fault(fault);
    ExitCode::from(UNCHECKED)
}
