//! Who gives an order on a terminal: the token that proves it, and the question before it.
//!
//! # Design notes
//!
//! The shell of an engineer holds the database's password anyway; the token is what makes an action
//! a decision. It is the same one that HTTP asks for: `OPS_TOKEN` says which one is right,
//! `DRAGONFLY_TOKEN` presents it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use clap::Args;
use secrecy::ExposeSecret;
use ulid::Ulid;

use crate::app::App;
use crate::app::neighbour::Neighbour;
use crate::cli::answer::{Answer, Output};
use crate::cli::exit::{UNCHECKED, UNHEALTHY, USAGE};
use crate::cli::progress::Progress;
use crate::cli::render::{self, printable};
use crate::cli::{target, via};
use crate::domain::action::{Action, Done};
use crate::domain::fault::Fault;
use crate::domain::order::{Listener, Order, refuse};
use crate::domain::taxonomy::Code;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
Before it acts it names its target, shows what would change, and asks.
DRAGONFLY_TOKEN has to hold the operator's token, the one in OPS_TOKEN.
What was done stands in ops.audit_log, with the reason, before and after.

Exit codes:
  0  done
  1  done, but without the effect that it should have had
  2  not allowed, not agreed to, or not possible like this; nothing was changed
  3  it could not be done, or not all of it: ask again with the same --idempotency-key";

/// What every command that changes something takes.
#[derive(Debug, Clone, Args)]
pub(super) struct Consent {
    /// Why; it goes on record
    #[arg(long, value_name = "REASON")]
    reason: String,
    /// The environment that this has to be, such as prod; nothing runs where something contradicts
    #[arg(long, value_name = "ENV")]
    env: Option<String>,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Carry out orders with the same key once only
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// How to answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

/// Who carries it out.
struct Performer<'a> {
    app: &'a App,
    answer: Answer,
    /// The instance that does it instead.
    neighbour: Option<Neighbour>,
    environment: String,
}

impl Performer<'_> {
    /// Carries out an action, or has the instance on this machine do it where the database has no
    /// session left for us.
    async fn perform(&mut self, action: Action, order: &Order) -> Result<Done, Fault> {
        let progress = Progress::begin(match order.dry_run {
            true => Cow::from("looking what would change"),
            false => doing(&action),
        });
        if let Some(neighbour) = &self.neighbour {
            return neighbour.perform(action, order).await;
        }
        let hear = |moved| progress.moved(moved);
        // What nobody sees nobody has to count.
        let listener = progress.is_seen().then_some(Listener(&hear));
        let performed = self
            .app
            .perform_heard(action.clone(), order.clone(), listener);
        let fault = match performed.await {
            Err(fault) if action.is_about_session() => fault,
            outcome => return outcome,
        };
        drop(progress);
        match via::instead(
            &mut self.answer,
            &self.app.settings,
            &self.environment,
            &fault,
        )
        .await
        {
            Some(neighbour) => {
                let neighbour = self.neighbour.insert(neighbour);
                neighbour.perform(action, order).await
            }
            None => Err(fault),
        }
    }
}

/// What is done meanwhile, and how long it takes where that is known.
fn doing(action: &Action) -> Cow<'static, str> {
    Cow::from(match action {
        Action::PauseQueue { .. } => "holding what is pending",
        Action::ResumeQueue { .. } => "giving back what the pause holds",
        Action::ReloadSchema => "reloading the schema, and looking for at most 30 s whether it was",
        Action::RestartService { service } => {
            return Cow::from(format!(
                "restarting {}, and waiting for the heartbeats of a new start",
                printable(service)
            ));
        }
        Action::CancelSession(_) => "cancelling the statement",
        Action::TerminateSession(_) => "ending the session",
    })
}

/// Carries out an action: proves the target and the token, shows what would change, asks, acts.
///
/// Exit codes: 0 done, 1 done without the effect that it should have had, 2 not allowed or not
/// possible like this, 3 it could not be done.
pub(super) async fn act(app: &App, action: Action, consent: Consent) -> ExitCode {
    act_via(app, None, action, consent).await
}

/// The same, by the instance at a URL where one is given: then it proves the target and the token.
pub(super) async fn act_via(
    app: &App,
    url: Option<&str>,
    action: Action,
    consent: Consent,
) -> ExitCode {
    let mut answer = Answer::new(consent.output);
    let performer = match url {
        Some(url) => via::at(&mut answer, &app.settings, url, consent.env.as_deref())
            .await
            .map(|neighbour| Performer {
                app,
                answer,
                environment: neighbour.environment.clone(),
                neighbour: Some(neighbour),
            }),
        None => here(app, answer, &consent),
    };
    match performer {
        Ok(performer) => carry_out(performer, action, consent).await,
        Err(code) => code,
    }
}

/// This process itself, with the token that it takes.
fn here<'a>(
    app: &'a App,
    mut answer: Answer,
    consent: &Consent,
) -> Result<Performer<'a>, ExitCode> {
    let settings = &app.settings;
    let proven = target::announce(&mut answer, settings, consent.env.as_deref())?;
    let presented = settings.presented_token.as_ref();
    let presented = presented.map(ExposeSecret::expose_secret);
    if let Err(fault) = settings.access.require_operator(presented) {
        let fault = match fault.code {
            Code::ConfigMissing => fault,
            _ => fault.check_first("DRAGONFLY_TOKEN, which has to hold the token in OPS_TOKEN"),
        };
        return Err(complain(&answer, &fault));
    }
    Ok(Performer {
        app,
        answer,
        neighbour: None,
        environment: proven.environment,
    })
}

async fn carry_out(mut performer: Performer<'_>, action: Action, consent: Consent) -> ExitCode {
    let order = Order {
        reason: consent.reason,
        actor: actor(),
        environment: performer.environment.clone(),
        request_id: Ulid::generate().to_string(),
        key: consent.idempotency_key,
        dry_run: true,
    };
    let mut action = action;
    if consent.dry_run || !consent.yes {
        match performer.perform(action.clone(), &order).await {
            Ok(done) if consent.dry_run => return outcome(&performer.answer, &done),
            Ok(done) => match ask(&page(&done)) {
                // What was agreed to, and not who has its process id by then. An order that may be given
                // again stays as it was given.
                Ok(()) if order.key.is_none() => action = action.of_start(&done.before),
                Ok(()) => {}
                Err(fault) => return performer.answer.fail(&fault, USAGE),
            },
            Err(fault) => return complain(&performer.answer, &fault),
        }
    }
    let order = Order {
        dry_run: false,
        ..order
    };
    match performer.perform(action, &order).await {
        Ok(done) => outcome(&performer.answer, &done),
        Err(fault) => complain(&performer.answer, &fault),
    }
}

/// Who sits at this terminal, as far as the environment says.
pub(super) fn actor() -> String {
    let user = rustix::process::getuid().as_raw();
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    format!("terminal: uid {user} on {host}")
}

/// Shows what would change and waits for a yes. Nobody can be asked where there is no terminal.
///
/// # Errors
///
/// DFE-INT-003 where that is not agreed to, DFE-VAL-001 where nobody can be asked.
pub(super) fn ask(page: &str) -> Result<(), Fault> {
    if !io::stdin().is_terminal() {
        return Err(refuse("There is no terminal to ask on.")
            .check_first("--yes goes ahead, --dry-run only shows what would change"));
    }
    eprint!("{page}\nDo it? Type yes: ");
    let _ = io::stderr().flush();
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    match read.is_ok() && line.trim().eq_ignore_ascii_case("yes") {
        true => Ok(()),
        false => Err(Fault::new(
            Code::Cancelled,
            "Nothing was changed: it was not agreed to.",
        )
        .check_first("What was typed: it goes ahead on yes alone")),
    }
}

fn outcome(answer: &Answer, done: &Done) -> ExitCode {
    answer.give(done, || page(done));
    match (done.complete, done.verified) {
        (_, Some(false)) => ExitCode::from(UNHEALTHY),
        (false, _) => ExitCode::from(UNCHECKED),
        (true, Some(true) | None) => ExitCode::SUCCESS,
    }
}

fn page(done: &Done) -> String {
    let state = match (done.dry_run, done.complete, done.verified) {
        (true, _, _) => "nothing was changed; it would be so",
        (false, false, _) => "begun, not complete: ask again with the same --idempotency-key",
        (false, true, Some(true)) => "done, and seen to have had its effect",
        (false, true, Some(false)) => "done, WITHOUT the effect that it should have had",
        // What a record says of an earlier order is not what was seen of it.
        (false, true, None) if done.replayed => "done",
        (false, true, None) => "done; that it has had its effect was not seen",
    };
    let replayed = if done.replayed {
        " (by an earlier order with the same key)"
    } else {
        ""
    };
    // Writing into a string cannot fail.
    let mut text = String::new();
    let _ = write!(
        text,
        "{}: {state}{replayed}\n  request  {}\n  before   {}\n  after    {}\n",
        done.action.as_str(),
        printable(&render::members(&done.request)),
        printable(&render::members(&done.before)),
        printable(&render::members(&done.after)),
    );
    if let Some(id) = done.audit_id {
        let _ = writeln!(text, "  on record as ops.audit_log {id}");
    }
    for note in &done.notes {
        let _ = writeln!(text, "  {}", printable(note));
    }
    text
}

/// Says why it was not done.
pub(super) fn complain(answer: &Answer, fault: &Fault) -> ExitCode {
    let code = match fault.code {
        Code::AuthMissing
        | Code::AuthInvalid
        | Code::AuthForbidden
        | Code::ValInput
        | Code::ValSchema => USAGE,
        Code::ValData => UNHEALTHY,
        _ => UNCHECKED,
    };
    answer.fail(fault, code)
}
