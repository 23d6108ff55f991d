//! Quiet windows on the terminal: when nobody is told, on purpose.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::cli::duration;
use crate::cli::incident::{Asked, OrderArgs, complain, ordered};
use crate::cli::render::{columns, printable};
use crate::cli::suffix::Suffix;
use crate::domain::history::Series;
use crate::domain::incident::{QuietState, ShownQuiet, ToldQuiet};
use crate::settings::Settings;

const LIST_HELP: &str = "\
Exit codes:
  0  shown, whether one lasts or not
  2  wrong usage, or an instance of another environment
  3  it could not be asked";

const ORDER_HELP: &str = "\
DRAGONFLY_TOKEN has to hold the operator's token, the one in OPS_TOKEN of the instance. It does not ask first.

Exit codes:
  0  done, and kept on disk or in the database
  1  the window is over already; nothing was changed
  2  wrong usage, not allowed, or no such window; nothing was changed
  3  it could not be asked, or not be kept: ask again with the --idempotency-key that is named";

/// What is asked about quiet windows.
#[derive(Debug, Subcommand)]
pub(super) enum QuietCommand {
    /// Have nobody told for a while, at most seven days; everything is watched all the same
    ///
    /// Either --for, or --from, --to and --zone. It ends by itself, and what still fails is told then.
    #[command(after_help = ORDER_HELP)]
    Add {
        #[command(flatten)]
        when: When,
        /// What is kept quiet, such as db or workers; everything where it is left out
        #[arg(long, value_name = "SERIES", value_delimiter = ',')]
        series: Vec<Series>,
        /// Why; it goes on record
        #[arg(long, value_name = "REASON")]
        reason: String,
        #[command(flatten)]
        order: OrderArgs,
    },
    /// The quiet windows that last, those to come, and those of the last 30 days
    #[command(after_help = LIST_HELP)]
    List {
        #[command(flatten)]
        asked: Asked,
    },
    /// End one before its time, or call it off
    #[command(after_help = ORDER_HELP)]
    End {
        /// Its id, as in quiet list
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        order: OrderArgs,
    },
}

/// From when to when.
#[derive(Debug, Args)]
pub(super) struct When {
    /// From now on for so long, such as 2h
    #[arg(
        long = "for",
        value_name = "TIME",
        value_parser = duration::parse,
        conflicts_with_all = ["zone", "from", "to"],
        required_unless_present = "from"
    )]
    lasts: Option<Duration>,
    /// From when on, by the clocks of --zone, such as 2026-12-01T22:00
    #[arg(long, value_name = "DATETIME", requires_all = ["zone", "to"])]
    from: Option<DateTime>,
    /// Until when, by the same clocks
    #[arg(long, value_name = "DATETIME", requires = "from")]
    to: Option<DateTime>,
    /// The IANA name of the time zone whose clocks are meant, such as Europe/Berlin
    #[arg(long, value_name = "ZONE", requires = "from")]
    zone: Option<String>,
}

impl When {
    /// The members of the order that say so.
    fn members(self, now: Timestamp) -> Value {
        let Some(lasts) = self.lasts else {
            return json!({ "zone": self.zone, "begin": self.from, "end": self.to });
        };
        // By clocks that never change: an hour is one.
        let clock = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        json!({ "zone": "UTC", "begin": clock(now), "end": clock(now + lasts) })
    }
}

impl QuietCommand {
    /// Asks, and says what came of it.
    pub(super) async fn run(self, settings: &Settings) -> ExitCode {
        match self {
            Self::Add {
                when,
                series,
                reason,
                order,
            } => {
                let mut body = when.members(Timestamp::now());
                body["reason"] = json!(reason);
                body["series"] = json!(series);
                ordered(
                    settings,
                    Ok(body),
                    order,
                    window,
                    async |neighbour, body, key| neighbour.order_quiet(None, body, key).await,
                )
                .await
            }
            Self::List { asked } => list(settings, &asked).await,
            Self::End { id, order } => {
                ordered(
                    settings,
                    Ok(json!({})),
                    order,
                    window,
                    async |neighbour, body, key| neighbour.order_quiet(Some(&id), body, key).await,
                )
                .await
            }
        }
    }
}

async fn list(settings: &Settings, asked: &Asked) -> ExitCode {
    let mut answer = asked.answer();
    let neighbour = match asked.instance(&mut answer, settings).await {
        Ok(neighbour) => neighbour,
        Err(code) => return code,
    };
    match neighbour.quiet().await {
        Ok(told) => {
            asked.show(&answer, &neighbour, &told, page);
            ExitCode::SUCCESS
        }
        Err(fault) => complain(&answer, fault),
    }
}

fn page(told: &ToldQuiet, suffix: &Suffix, _now: Timestamp) -> String {
    let lasting = |one: &&ShownQuiet| one.state == QuietState::On;
    let first = told.windows.iter().find(lasting);
    let mut text = match told.windows.iter().filter(lasting).count() {
        0 => "Nothing is kept quiet".to_owned(),
        1 => "A quiet window lasts".to_owned(),
        many => format!("{many} quiet windows last"),
    };
    text.push('\n');
    if told.windows.is_empty() {
        return text;
    }
    let rows: Vec<_> = told
        .windows
        .iter()
        .map(|one| {
            [
                one.id.clone(),
                one.state.title().to_owned(),
                one.local(one.begin),
                one.local(one.ended.unwrap_or(one.end)),
                one.about(),
                one.reason.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let headings = ["id", "", "from", "to", "quiet", "why"];
    text.push('\n');
    text.push_str(&columns(&headings, &rows));
    if let Some(one) = first {
        text.push_str(&end_it(one, suffix));
    }
    text
}

/// One window, and the command that ends it.
fn window(one: &ShownQuiet, suffix: &Suffix, _now: Timestamp) -> String {
    let (from, to) = (
        one.local(one.begin),
        one.local(one.ended.unwrap_or(one.end)),
    );
    let about = one.about();
    let reason = one.reason.as_deref().unwrap_or_default();
    let state = one.state.title();
    let said = format!("{state}: {about} is quiet from {from} to {to}: {reason}");
    let mut text = format!("{}\n", printable(&said));
    if one.state != QuietState::Over {
        text.push_str(&end_it(one, suffix));
    }
    text
}

fn end_it(one: &ShownQuiet, suffix: &Suffix) -> String {
    let (id, via) = (printable(&one.id), suffix.options());
    format!("\nTo end it before its time:\n    dragonfly-ops quiet end {id}{via}\n")
}
