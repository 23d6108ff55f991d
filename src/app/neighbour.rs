//! Another running instance, asked instead of the database.
//!
//! # Design notes
//!
//! Where all slots of the server are taken, whoever comes anew is refused (DFE-DB-004), and that is when
//! an engineer has to know who holds them. An instance that runs still has its session. So a command
//! asks it, where it is told to, or by itself the one that listens on this machine: for the same report
//! and the same action, which that instance judges, carries out and records.
//!
//! The token is shown only to who says that it is dragonfly-ops, of the environment that is meant.

pub mod incidents;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::adapters::instance::{Instance, Reply};
use crate::domain::action::{Action, Done};
use crate::domain::activity::{Activity, ToldActivity, ToldFault};
use crate::domain::fault::Fault;
use crate::domain::order::{Order, refuse};
use crate::domain::target::is_same;
use crate::domain::taxonomy::Code;
use crate::settings::Settings;

/// Longer than an action takes, with what it waits for.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long the one on this machine may take to say who it is.
const GREETING: Duration = Duration::from_secs(2);
/// What an instance calls itself.
const NAME: &str = env!("CARGO_PKG_NAME");
/// What the environment is called where nothing names one.
const UNKNOWN: &str = "unknown";

/// Another running instance.
#[derive(Debug)]
pub struct Neighbour {
    instance: Instance,
    /// The environment that it says it is of.
    pub environment: String,
}

impl Neighbour {
    /// The instance at `url`, which has to be of the environment that is asked for.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 where it is not, or where that is no instance; else the classified cause.
    pub async fn at(settings: &Settings, url: &str, asked: Option<&str>) -> Result<Self, Fault> {
        let instance = Instance::new(url, TIMEOUT, settings.redactor.clone())?;
        let reply = instance.get("/api/health/version").await?;
        if reply.status != 200 || reply.body["name"] != NAME {
            return Err(Fault::new(
                Code::ConfigInvalid,
                format!("What answers at {} is not {NAME}.", instance.address()),
            )
            .check_first("The URL: https://host, without a path"));
        }
        let environment = reply.body["environment"].as_str().unwrap_or(UNKNOWN);
        if let Some(asked) = asked
            && !is_same(environment, asked)
        {
            return Err(Fault::new(
                Code::ConfigInvalid,
                format!(
                    "The instance at {} is of the environment {environment}, not of {asked}.",
                    instance.address()
                ),
            )
            .check_first("The URL, and --env"));
        }
        let environment = environment.to_owned();
        let instance = match &settings.presented_token {
            Some(token) => instance.presenting(token)?,
            None => instance,
        };
        Ok(Self {
            instance,
            environment,
        })
    }

    /// The instance on this machine, where one listens at the address in the settings and is of this
    /// environment.
    pub async fn here(settings: &Settings, environment: &str) -> Option<Self> {
        let url = Self::url_here(settings);
        let found = Self::at(settings, &url, Some(environment));
        tokio::time::timeout(GREETING, found).await.ok()?.ok()
    }

    /// Where the one on this machine listens, by the settings.
    #[must_use]
    pub fn url_here(settings: &Settings) -> String {
        let host = match settings.server.host {
            host if host.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            host => host,
        };
        format!("http://{}", SocketAddr::new(host, settings.server.port))
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> String {
        self.instance.address()
    }

    /// Whether it is shown a token: without one it says of nobody who they are.
    #[must_use]
    pub fn is_shown_a_token(&self) -> bool {
        self.instance.is_shown_a_token()
    }

    /// What goes on in its database.
    ///
    /// # Errors
    ///
    /// What it says is wrong, or the classified cause of its not having answered.
    pub async fn read_activity(&self) -> Result<Activity, Fault> {
        let reply = self.instance.get("/api/health/ops").await?;
        let told: ToldActivity = understand(reply)?;
        Ok(told.into())
    }

    /// Has it carry out an action about a session, and record it.
    ///
    /// # Errors
    ///
    /// What it says is wrong, or the classified cause of its not having answered.
    pub async fn perform(&self, action: Action, order: &Order) -> Result<Done, Fault> {
        let (Action::CancelSession(session) | Action::TerminateSession(session)) = &action else {
            return Err(refuse(
                "Only what is about a session is asked of an instance.",
            ));
        };
        if session.backend_start.is_none() && !order.dry_run {
            // It wants to know which session is meant, and says it.
            let rehearsal = Order {
                dry_run: true,
                key: None,
                ..order.clone()
            };
            let done = self.send(&action, &rehearsal).await?;
            return self.send(&action.of_start(&done.before), order).await;
        }
        self.send(&action, order).await
    }

    async fn send(&self, action: &Action, order: &Order) -> Result<Done, Fault> {
        let (session, verb) = match action {
            Action::CancelSession(session) => (session, "cancel"),
            Action::TerminateSession(session) => (session, "terminate"),
            _ => {
                return Err(refuse(
                    "Only what is about a session is asked of an instance.",
                ));
            }
        };
        let mut body = json!({
            "reason": order.reason, "by": order.actor, "dry_run": order.dry_run,
            "backend_start": session.backend_start,
        });
        if self.environment != UNKNOWN {
            body["environment"] = json!(self.environment);
        }
        let mut headers = vec![("x-request-id", order.request_id.as_str())];
        headers.extend(order.key.as_deref().map(|key| ("idempotency-key", key)));
        let path = format!("/api/ops/sessions/{}/{verb}", session.pid);
        let reply = self.instance.post(&path, &body, &headers).await?;
        let told: Value = understand(reply)?;
        Ok(done(action, &told))
    }
}

/// The body of what went well; what did not is a fault.
fn understand<T: DeserializeOwned>(reply: Reply) -> Result<T, Fault> {
    let status = reply.status;
    if status.is_success() {
        let told = serde_json::from_value(reply.body);
        return told.map_err(|error| {
            Fault::new(
                Code::ValSchema,
                "The instance answered with what this version does not understand.",
            )
            .check_first("The version of the instance: /api/health/version")
            .caused_by(vec![error.to_string()])
        });
    }
    Err(match serde_json::from_value::<ToldFault>(reply.body) {
        Ok(told) => told.into(),
        Err(_) => Fault::new(
            Code::NetRefused,
            format!("The instance answered {} and no cause.", status.as_u16()),
        )
        .check_first("The version of the instance: /api/health/version"),
    })
}

/// What became of an action, as it was told.
fn done(action: &Action, told: &Value) -> Done {
    let is = |member: &str| told[member] == true;
    let notes = told["notes"].as_array().into_iter().flatten();
    Done {
        request: told["request"].clone(),
        dry_run: is("dry_run"),
        replayed: is("replayed"),
        complete: is("complete"),
        verified: told["verified"].as_bool(),
        audit_id: told["audit_id"].as_i64(),
        notes: notes
            .filter_map(Value::as_str)
            .map(ToOwned::to_owned)
            .collect(),
        ..Done::new(action, told["before"].clone(), told["after"].clone())
    }
}
