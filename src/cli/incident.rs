//! Incidents on the terminal: all of them, one close up, and what is done about one.
//!
//! # Design notes
//!
//! A running instance is asked for all of it, and never the database: what is to be said when the database
//! is dead cannot take another way than when it is not. Nothing is asked before a deed, as none destroys
//! anything: each is an entry, and the next one can say otherwise.

mod asked;
mod document;
mod file;
mod heading;
mod next;
mod ordered;
mod page;
mod table;
mod times;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Args, Subcommand};
use jiff::civil::Date;
use serde_json::{Value, json};

pub(super) use self::asked::{Asked, InstanceArgs};
use self::document::ReportFormat;
use self::heading::HeadingArg;
pub(super) use self::ordered::{OrderArgs, complain, ordered};
use crate::app::neighbour::incidents::{IncidentDocument, OrderAbout};
use crate::cli::render;
use crate::cli::stdin::{self, STDIN};
use crate::domain::fault::Fault;
use crate::domain::incident::{Name, Severity, ShownIncident};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::settings::Settings;

/// More than an instance takes.
const MAX_STDIN: u64 = 64 * 1024;

const LIST_HELP: &str = "\
Exit codes:
  0  nothing goes on, or what does is averted or small (P3, P4), unless --strict is given
  1  a P1 or P2 goes on; with --strict: anything does
  2  wrong usage, or an instance of another environment
  3  it could not be asked, or has not read yet what the database knows";

const SHOW_HELP: &str = "\
Exit codes:
  0  shown, whether it goes on or not
  2  wrong usage, no incident of that name, or an instance of another environment
  3  it could not be asked, or cannot know whether there is an incident of that name";

const DEED_HELP: &str = "\
DRAGONFLY_TOKEN has to hold the operator's token, the one in OPS_TOKEN of the instance.
It does not ask first: it is an entry of the incident, and the next one can say otherwise.

Exit codes:
  0  done, and kept on disk or in the database
  1  it does not go with how the incident stands; nothing was changed
  2  wrong usage, not allowed, or no incident of that name; nothing was changed
  3  it could not be asked or kept, or nobody can know whether there is such an incident:
     ask again with the --idempotency-key that is named";

/// What is asked about incidents.
#[derive(Debug, Subcommand)]
pub(super) enum IncidentCommand {
    /// Those of the last 30 days: what goes on first
    #[command(after_help = LIST_HELP)]
    List {
        /// Exit with 1 where anything goes on, whatever its severity
        #[arg(long)]
        strict: bool,
        #[command(flatten)]
        asked: Asked,
    },
    /// One of them: how it stands, what to do next, what is late, what is not green, what happened
    #[command(after_help = SHOW_HELP)]
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        asked: Asked,
    },
    /// The report of one: durations, causes, timeline, what was done, and what is written of it
    ///
    /// What nobody has written yet is said to be missing. DRAGONFLY_TOKEN has to hold the operator's or the
    /// reader's token.
    #[command(after_help = SHOW_HELP)]
    Report {
        #[command(flatten)]
        which: Which,
        /// As what
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: ReportFormat,
        #[command(flatten)]
        asked: InstanceArgs,
    },
    /// All that is kept of one, in one JSON document: its report, and each entry
    ///
    /// DRAGONFLY_TOKEN has to hold the operator's or the reader's token.
    #[command(after_help = SHOW_HELP)]
    Export {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        asked: InstanceArgs,
    },
    #[command(flatten)]
    Deed(Deed),
}

/// What is done about an incident.
#[derive(Debug, Subcommand)]
pub(super) enum Deed {
    /// Report an incident that the watch does not see
    #[command(after_help = DEED_HELP)]
    Open {
        /// What it is called, in a few words
        #[arg(value_name = "TITLE")]
        title: String,
        /// More of it; - reads it from stdin
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
        /// How bad: P1, P2, P3 or P4; by the code where it is not said
        #[arg(long, value_name = "SEVERITY")]
        severity: Option<Severity>,
        /// The cause, such as DFE-VND-003, where it is known
        #[arg(long, value_name = "CODE")]
        code: Option<Code>,
        #[command(flatten)]
        order: OrderArgs,
    },
    /// Say that you have it
    #[command(after_help = DEED_HELP)]
    Ack(DeedArgs),
    /// Write down what is seen, done or known
    #[command(after_help = DEED_HELP)]
    Note {
        #[command(flatten)]
        deed: DeedArgs,
        /// What; - reads it from stdin
        #[arg(long, value_name = "TEXT")]
        text: String,
        /// The id of the entry that it corrects, as in incident show --output json
        #[arg(long, value_name = "ID")]
        corrects: Option<String>,
    },
    /// Say how bad it is
    #[command(after_help = DEED_HELP)]
    Severity {
        #[command(flatten)]
        which: Which,
        /// P1, P2, P3 or P4
        #[arg(value_name = "SEVERITY")]
        severity: Severity,
        /// Why; it goes on record
        #[arg(long, value_name = "REASON")]
        reason: String,
        #[command(flatten)]
        order: OrderArgs,
    },
    /// Say that the harm is averted
    #[command(after_help = DEED_HELP)]
    Mitigate {
        #[command(flatten)]
        deed: DeedArgs,
        /// How; - reads it from stdin
        #[arg(long, value_name = "TEXT")]
        text: String,
    },
    /// Say that it is over: by the all-clear, or against it with a reason
    #[command(after_help = DEED_HELP)]
    Resolve {
        #[command(flatten)]
        deed: DeedArgs,
        /// Why it is over although the all-clear is not given; it goes on record
        #[arg(long, value_name = "REASON")]
        reason: Option<String>,
    },
    /// Say that it is not over
    #[command(after_help = DEED_HELP)]
    Reopen {
        #[command(flatten)]
        deed: DeedArgs,
        /// Why; it goes on record
        #[arg(long, value_name = "REASON")]
        reason: String,
    },
    /// Say what is to be done so that it does not happen again, or change that
    #[command(after_help = DEED_HELP)]
    Action {
        #[command(flatten)]
        deed: DeedArgs,
        /// What
        #[arg(long, value_name = "TITLE")]
        title: String,
        /// Who does it
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// Until when, such as 2026-12-01
        #[arg(long, value_name = "DATE")]
        due: Option<Date>,
        /// The address of the issue that it is filed as
        #[arg(long, value_name = "LINK")]
        issue: Option<String>,
        /// The one that is changed: the id of its first entry, as in incident show --output json
        #[arg(long, value_name = "ID")]
        item: Option<String>,
    },
    /// Write what stands under a heading of the report
    #[command(after_help = DEED_HELP)]
    Write {
        #[command(flatten)]
        which: Which,
        /// The heading
        #[arg(value_enum, value_name = "HEADING")]
        heading: HeadingArg,
        /// What stands there; - reads it from stdin
        #[arg(long, value_name = "TEXT")]
        text: String,
        #[command(flatten)]
        order: OrderArgs,
    },
    /// Say what the runbook of a code lacked: shown beside it from now on; or take that back
    #[command(after_help = DEED_HELP)]
    #[command(group = ArgGroup::new("what").required(true).args(["code", "withdraw"]))]
    Runbook {
        #[command(flatten)]
        deed: DeedArgs,
        /// The code, such as DFE-DB-002
        #[arg(long, value_name = "CODE")]
        code: Option<Code>,
        /// The suggestion that is taken back: its id, as in incident show
        #[arg(long, value_name = "ID")]
        withdraw: Option<String>,
        /// What whoever meets it next should know, or why that is taken back; - reads it from stdin
        #[arg(long, value_name = "TEXT")]
        text: String,
    },
    /// Say that it is written up; says what the report of a P1 or P2 still lacks
    #[command(after_help = DEED_HELP)]
    Close(DeedArgs),
    /// Attach a file: a png, jpeg, webp or pdf, JSON or text, at most 10 MB
    #[command(after_help = DEED_HELP)]
    Attach {
        #[command(flatten)]
        which: Which,
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        order: OrderArgs,
    },
    /// Say that it is the same as another one
    #[command(after_help = DEED_HELP)]
    Merge {
        #[command(flatten)]
        which: Which,
        /// The other one
        #[arg(value_name = "OTHER")]
        other: Name,
        #[command(flatten)]
        order: OrderArgs,
    },
}

/// Which incident.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The incident, such as DB-17
    #[arg(value_name = "NAME")]
    name: Name,
}

/// A deed about an incident.
#[derive(Debug, Args)]
pub(super) struct DeedArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    order: OrderArgs,
}

/// An order: what it is about, and what it says.
struct Order {
    about: OrderAbout,
    /// Nothing to be sent where what was given cannot be read.
    body: Result<Value, Fault>,
    args: OrderArgs,
}

impl IncidentCommand {
    /// Asks, and says what came of it.
    pub(super) async fn run(self, settings: &Settings) -> ExitCode {
        match self {
            Self::List { strict, asked } => list(settings, strict, &asked).await,
            Self::Show { which, asked } => show(settings, &which.name, &asked).await,
            Self::Report {
                which,
                format,
                asked,
            } => document::print(settings, &which.name, &asked, format.into()).await,
            Self::Export { which, asked } => {
                document::print(settings, &which.name, &asked, IncidentDocument::Export).await
            }
            Self::Deed(deed) => carry_out(settings, deed.order()).await,
        }
    }
}

impl Deed {
    /// The order that it is.
    fn order(self) -> Order {
        let of = |name: Name, args: OrderArgs, body: Result<Value, Fault>| Order {
            about: OrderAbout::Incident(name),
            body,
            args,
        };
        let about =
            |deed: DeedArgs, body: Result<Value, Fault>| of(deed.which.name, deed.order, body);
        match self {
            Self::Open {
                title,
                text: message,
                severity,
                code,
                order,
            } => {
                let message = message.map(text).transpose();
                let body = message.map(|message| {
                    json!({
                        "title": title, "message": message.unwrap_or_default(),
                        "severity": severity, "code": code,
                    })
                });
                Order {
                    about: OrderAbout::New,
                    body,
                    args: order,
                }
            }
            Self::Ack(deed) => about(deed, Ok(json!({ "deed": "acknowledge" }))),
            Self::Note {
                deed,
                text: note,
                corrects,
            } => {
                let body = text(note)
                    .map(|note| json!({ "deed": "note", "text": note, "corrects": corrects }));
                about(deed, body)
            }
            Self::Severity {
                which,
                severity,
                reason,
                order,
            } => {
                let body = json!({ "deed": "severity", "severity": severity, "text": reason });
                of(which.name, order, Ok(body))
            }
            Self::Mitigate { deed, text: how } => {
                let body = text(how).map(|how| json!({ "deed": "mitigate", "text": how }));
                about(deed, body)
            }
            Self::Resolve { deed, reason } => {
                about(deed, Ok(json!({ "deed": "resolve", "text": reason })))
            }
            Self::Reopen { deed, reason } => {
                about(deed, Ok(json!({ "deed": "reopen", "text": reason })))
            }
            Self::Action {
                deed,
                title,
                owner,
                due,
                issue,
                item,
            } => {
                let body = json!({
                    "deed": "action_item", "title": title, "owner": owner, "due": due, "issue": issue,
                    "item": item,
                });
                about(deed, Ok(body))
            }
            Self::Write {
                which,
                heading,
                text: says,
                order,
            } => {
                let heading = heading.as_str();
                let body = text(says)
                    .map(|says| json!({ "deed": "write", "heading": heading, "text": says }));
                of(which.name, order, body)
            }
            Self::Runbook {
                deed,
                code,
                withdraw,
                text: says,
            } => {
                let body = text(says).map(|says| match withdraw {
                    Some(id) => {
                        json!({ "deed": "withdraw_runbook", "suggestion": id, "text": says })
                    }
                    None => json!({ "deed": "runbook", "code": code, "text": says }),
                });
                about(deed, body)
            }
            Self::Attach { which, file, order } => Order {
                about: OrderAbout::Evidence(which.name),
                body: file::read(&file),
                args: order,
            },
            Self::Close(deed) => about(deed, Ok(json!({ "deed": "close" }))),
            Self::Merge {
                which,
                other,
                order,
            } => {
                let body = json!({ "deed": "merge", "other": other });
                of(which.name, order, Ok(body))
            }
        }
    }
}

/// What was said, or stands in standard input.
fn text(said: String) -> Result<String, Fault> {
    if said != STDIN {
        return Ok(said);
    }
    Ok(stdin::read(MAX_STDIN)?.trim_end().to_owned())
}

async fn list(settings: &Settings, is_strict: bool, asked: &Asked) -> ExitCode {
    let mut answer = asked.answer();
    let neighbour = match asked.instance(&mut answer, settings).await {
        Ok(neighbour) => neighbour,
        Err(code) => return code,
    };
    let found = match neighbour.incidents().await {
        Ok(found) => found,
        Err(fault) => return complain(&answer, fault),
    };
    asked.show(&answer, &neighbour, &found, table::page);
    let judged = |one: &ShownIncident| match one.verdict() {
        Verdict::Warning if is_strict => Verdict::Critical,
        verdict => verdict,
    };
    let all = found.told.incidents.iter().map(judged);
    // What is not known of is not known to be over.
    let unread = (!found.told.is_whole).then_some(Verdict::Unknown);
    render::exit_code(all.chain(unread).max().unwrap_or(Verdict::Ok))
}

async fn show(settings: &Settings, name: &Name, asked: &Asked) -> ExitCode {
    let mut answer = asked.answer();
    let neighbour = match asked.instance(&mut answer, settings).await {
        Ok(neighbour) => neighbour,
        Err(code) => return code,
    };
    let found = match neighbour.incident(name).await {
        Ok(found) => found,
        Err(fault) => return complain(&answer, fault),
    };
    asked.show(&answer, &neighbour, &found, page::whole);
    ExitCode::SUCCESS
}

async fn carry_out(settings: &Settings, order: Order) -> ExitCode {
    let Order { about, body, args } = order;
    ordered(
        settings,
        body,
        args,
        page::brief,
        async |neighbour, body, key| neighbour.order_incident(&about, body, key).await,
    )
    .await
}
