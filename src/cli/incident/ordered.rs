//! What an instance is ordered to do, and what came of it.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use ulid::Ulid;

use super::asked::Asked;
use crate::app::neighbour::Neighbour;
use crate::app::neighbour::incidents::Told;
use crate::cli::answer::Answer;
use crate::cli::consent;
use crate::cli::exit::UNCHECKED;
use crate::cli::suffix::{Suffix, quoted};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::settings::Settings;

/// What every deed takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct OrderArgs {
    /// Who acts; the user and the host where it is left out
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Carry out orders with the same key once only
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    #[command(flatten)]
    asked: Asked,
}

/// Orders something of an instance, and prints what came of it: as it was sent, or as this page. Where what was given
/// makes no order, nobody is asked.
pub(in crate::cli) async fn ordered<T>(
    settings: &Settings,
    body: Result<Value, Fault>,
    args: OrderArgs,
    page: impl FnOnce(&T, &Suffix, Timestamp) -> String,
    send: impl AsyncFnOnce(&Neighbour, &Value, &str) -> Result<Told<T>, Fault>,
) -> ExitCode {
    let asked = &args.asked;
    let mut answer = asked.answer();
    let mut body = match body {
        Ok(body) => body,
        Err(fault) => return complain(&answer, fault),
    };
    let neighbour = match asked.instance(&mut answer, settings).await {
        Ok(neighbour) => neighbour,
        Err(code) => return code,
    };
    body["by"] = json!(args.by.unwrap_or_else(consent::actor));
    // Who is not answered does not know whether it was done: the same key again does it once.
    let key = args
        .idempotency_key
        .unwrap_or_else(|| Ulid::generate().to_string());
    match send(&neighbour, &body, &key).await {
        Ok(told) => {
            asked.show(&answer, &neighbour, &told, page);
            ExitCode::SUCCESS
        }
        Err(fault) => {
            let first_check = asked.suffix(&neighbour).in_text(fault.first_check());
            let code = complain(&answer, fault.check_first(first_check));
            if code == ExitCode::from(UNCHECKED) {
                let key = quoted(&key);
                eprintln!(
                    "  it may have been done: the same again with --idempotency-key {key} does it once"
                );
            }
            code
        }
    }
}

/// Says what is wrong. On a terminal the token is a variable, and no header.
pub(in crate::cli) fn complain(answer: &Answer, fault: Fault) -> ExitCode {
    let fault = match fault.code {
        Code::AuthMissing | Code::AuthInvalid | Code::AuthForbidden => fault.check_first(
            "DRAGONFLY_TOKEN, which has to hold the token in OPS_TOKEN of the instance",
        ),
        _ => fault,
    };
    consent::complain(answer, &fault)
}
