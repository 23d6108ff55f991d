//! Railway's public GraphQL API: what runs, and restarting it.
//!
//! # Design notes
//!
//! - Errors come with HTTP 200, in `errors`: an answer is a success only if it has `data` and no
//!   errors. They have no codes; the few texts that matter stand in one list, and none is repeated
//!   to a caller.
//! - Every call is one request with a bound of its own.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::adapters::peer::{Peer, Profile, TransportError, rate_limited, secret_header};
use crate::domain::fault::Fault;
use crate::domain::target::is_same;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;
use crate::settings::{RailwaySettings, RailwayToken};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// More than 5,000 lines of a log can need.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// How long to wait after a 429 that does not say, and at most.
const RATE_WAIT: Duration = Duration::from_secs(60);
const LONGEST_RATE_WAIT: Duration = Duration::from_secs(3600);

pub(super) const PROFILE: Profile = Profile {
    name: "Railway's API",
    is_behind_proxy: false,
    not_http: Code::VendorRailway,
    own_words: &[(
        TransportError::Tls,
        "Railway's certificate is not to be trusted, or the encrypted connection failed.",
        None,
    )],
};

/// What a token that is not accepted is called.
const NOT_ACCEPTED: &[&str] = &[
    "not authorized",
    "unauthorized",
    "project token not found",
    "invalid token",
];

const TOKEN_SCOPE: &str = "query { projectToken { project { id } environment { id name } } }";
const SERVICES: &str = "query($id: String!) { project(id: $id) { environments { edges { node { id name \
    serviceInstances { edges { node { serviceId serviceName latestDeployment { id status statusUpdatedAt \
    instances { status } } } } } } } } } }";
const DEPLOYMENT: &str =
    "query($id: String!) { deployment(id: $id) { id status instances { status } } }";
const RESTART: &str = "mutation($id: String!) { deploymentRestart(id: $id) }";
const LOGS: &str = "query($id: String!, $limit: Int!) { deploymentLogs(deploymentId: $id, limit: $limit) \
    { timestamp message severity } }";
const BUILD_LOGS: &str = "query($id: String!, $limit: Int!) { buildLogs(deploymentId: $id, limit: $limit) \
    { timestamp message severity } }";

/// What is said of a token that Railway does not accept.
struct TokenWords {
    refused: &'static str,
    first_check: &'static str,
}

const PROJECT: TokenWords = TokenWords {
    refused: "Railway did not accept the token in RAILWAY_TOKEN, or it may not do this.",
    first_check: "RAILWAY_TOKEN: a project token of this environment",
};
const ACCOUNT: TokenWords = TokenWords {
    refused: "Railway did not accept the token in RAILWAY_API_TOKEN, or it may not do this.",
    first_check: "RAILWAY_API_TOKEN: a token whose account or workspace has this project",
};

/// Railway's API, as one token sees it.
#[derive(Debug)]
pub(crate) struct Railway {
    peer: Peer,
    settings: RailwaySettings,
    /// Project and environment of the token, once they were asked for: a token keeps them.
    scope: OnceCell<(String, String)>,
}

/// One environment, and what runs in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RailwayEnvironment {
    /// The id of its project.
    pub(crate) project: String,
    /// Its id.
    pub(crate) id: String,
    /// Its name, such as `production`.
    pub(crate) name: String,
    /// Its services.
    pub(crate) services: Vec<RailwayService>,
}

/// A service in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RailwayService {
    /// Its id.
    #[serde(rename = "serviceId")]
    pub(crate) id: String,
    /// Its name.
    #[serde(rename = "serviceName")]
    pub(crate) name: String,
    /// What was last deployed of it, if anything.
    pub(crate) latest_deployment: Option<RailwayDeployment>,
}

/// A deployment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct RailwayDeployment {
    /// Its id.
    pub(crate) id: String,
    /// Its status, such as `SUCCESS` or `CRASHED`.
    pub(crate) status: String,
    /// Since when, where it was asked for.
    #[serde(default, rename = "statusUpdatedAt")]
    pub(crate) status_updated_at: Option<String>,
    /// Its running instances, where they were asked for.
    #[serde(default)]
    pub(crate) instances: Vec<DeploymentInstance>,
}

/// One running instance of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct DeploymentInstance {
    /// Its status, such as `RUNNING`.
    pub(crate) status: String,
}

/// A line of a deployment's log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct LogLine {
    /// When it was written.
    pub(crate) timestamp: Timestamp,
    /// What it says.
    pub(crate) message: String,
    /// Its level, where Railway knows one.
    pub(crate) severity: Option<String>,
}

impl RailwayEnvironment {
    /// Whether this is the environment that is meant; `unknown` is any.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 where it is another.
    pub(crate) fn require(&self, meant: &str) -> Result<(), Fault> {
        if meant == "unknown" || is_same(meant, &self.name) {
            return Ok(());
        }
        Err(Fault::new(
            Code::ConfigInvalid,
            format!(
                "Railway's token is of the environment {}, and this is {meant}.",
                self.name
            ),
        )
        .check_first("RAILWAY_TOKEN: a project token of this environment"))
    }

    /// The names of its services, for people.
    #[must_use]
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.services.iter().map(|service| &*service.name).collect();
        names.join(", ")
    }
}

impl Railway {
    /// Understands the settings. Nothing is connected.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 where the token is not fit for a header, DFE-NET-004 where nothing can be
    /// trusted.
    pub(crate) fn new(settings: RailwaySettings, redactor: Redactor) -> Result<Self, Fault> {
        let (name, value) = match &settings.token {
            RailwayToken::Project(token) => (
                HeaderName::from_static("project-access-token"),
                token.expose_secret().to_owned(),
            ),
            RailwayToken::Account { token, .. } => {
                (AUTHORIZATION, format!("Bearer {}", token.expose_secret()))
            }
        };
        let headers = HeaderMap::from_iter([(name, secret_header(&value, "Railway's token")?)]);
        let peer = Peer::new(&PROFILE, Some(TIMEOUT), redactor, |client| {
            client.default_headers(headers)
        })?;
        Ok(Self {
            peer,
            settings,
            scope: OnceCell::new(),
        })
    }

    /// Whether this is the service that asks.
    pub(crate) fn is_own(&self, service: &RailwayService) -> bool {
        self.settings.own_service.as_deref() == Some(service.id.as_str())
    }

    /// The environment that the token is for, and what runs in it.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn environment(&self) -> Result<RailwayEnvironment, Fault> {
        let scope = self.scope.get_or_try_init(|| self.ask_scope()).await?;
        let (project, environment) = scope;
        let found: Project = self
            .ask(SERVICES, json!({ "id": project }), "project")
            .await?;
        let node = found
            .environments
            .nodes()
            .find(|node| node.id == *environment)
            .ok_or_else(|| {
                vendor("Railway does not know the environment in this project.")
                    .check_first("RAILWAY_ENVIRONMENT_ID and RAILWAY_PROJECT_ID")
            })?;
        Ok(RailwayEnvironment {
            project: project.clone(),
            id: node.id,
            name: node.name,
            services: node.service_instances.nodes().collect(),
        })
    }

    async fn ask_scope(&self) -> Result<(String, String), Fault> {
        match &self.settings.token {
            RailwayToken::Project(_) => {
                let found: ProjectToken = self.ask(TOKEN_SCOPE, json!({}), "projectToken").await?;
                Ok((found.project.id, found.environment.id))
            }
            RailwayToken::Account {
                project,
                environment,
                ..
            } => Ok((project.clone(), environment.clone())),
        }
    }

    /// A deployment, with its instances.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn deployment(&self, id: &str) -> Result<RailwayDeployment, Fault> {
        self.ask(DEPLOYMENT, json!({ "id": id }), "deployment")
            .await
    }

    /// Restarts the processes of a deployment: the same image, the same variables.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn restart(&self, id: &str) -> Result<(), Fault> {
        let begun: bool = self
            .ask(RESTART, json!({ "id": id }), "deploymentRestart")
            .await?;
        if begun {
            Ok(())
        } else {
            Err(vendor(
                "Railway did not begin the restart, and does not say why.",
            ))
        }
    }

    /// The last lines of a deployment's log, the oldest first.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn logs(&self, id: &str, limit: u32) -> Result<Vec<LogLine>, Fault> {
        let variables = json!({ "id": id, "limit": limit });
        self.ask(LOGS, variables, "deploymentLogs").await
    }

    /// The last lines of how it was built, the oldest first.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn build_logs(&self, id: &str, limit: u32) -> Result<Vec<LogLine>, Fault> {
        let variables = json!({ "id": id, "limit": limit });
        self.ask(BUILD_LOGS, variables, "buildLogs").await
    }

    /// Sends one operation and reads the member of `data` that it is about.
    async fn ask<T: DeserializeOwned>(
        &self,
        query: &str,
        variables: Value,
        member: &str,
    ) -> Result<T, Fault> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self.peer.client.post(self.settings.api.clone());
        let request = request.header(CONTENT_TYPE, "application/json").body(body);
        let mut response = self.peer.send(request).await?;
        let body = self.peer.read(&mut response, MAX_BODY).await?;
        if !body.is_whole {
            return Err(vendor("Railway's answer is larger than any can be."));
        }
        let (status, headers) = (response.status(), response.headers());
        let whose = match &self.settings.token {
            RailwayToken::Project(_) => &PROJECT,
            RailwayToken::Account { .. } => &ACCOUNT,
        };
        let mut data = understand(status, headers, &body.bytes, whose, &self.peer.redactor)?;
        serde_json::from_value(data[member].take())
            .map_err(|_| vendor("Railway answered in another shape than was asked for."))
    }
}

#[derive(Debug, Deserialize)]
struct ProjectToken {
    project: NamedNode,
    environment: NamedNode,
}

#[derive(Debug, Deserialize)]
struct NamedNode {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Project {
    environments: RelayConnection<EnvironmentNode>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnvironmentNode {
    id: String,
    name: String,
    service_instances: RelayConnection<RailwayService>,
}

#[derive(Debug, Deserialize)]
struct RelayConnection<T> {
    edges: Vec<RelayEdge<T>>,
}

#[derive(Debug, Deserialize)]
struct RelayEdge<T> {
    node: T,
}

impl<T> RelayConnection<T> {
    fn nodes(self) -> impl Iterator<Item = T> {
        self.edges.into_iter().map(|edge| edge.node)
    }
}

fn vendor(detail: &'static str) -> Fault {
    Fault::new(Code::VendorRailway, detail)
}

/// The `data` of an answer, or what it complains about.
fn understand(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    whose: &TokenWords,
    redactor: &Redactor,
) -> Result<Value, Fault> {
    if status == StatusCode::TOO_MANY_REQUESTS {
        let (unsaid, longest) = (RATE_WAIT, LONGEST_RATE_WAIT);
        return Err(rate_limited("Railway", headers, unsaid, longest));
    }
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let messages: Vec<String> = answer["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| error["message"].as_str().unwrap_or_default().to_owned())
        .collect();
    let causes = || messages.iter().map(|text| redactor.redact(text)).collect();
    let is_refused = messages.iter().any(|text| {
        let text = text.to_ascii_lowercase();
        NOT_ACCEPTED.iter().any(|known| text.contains(known))
    });
    if is_refused || matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        // The credential that we are configured with is wrong; whoever asks us has presented theirs.
        return Err(Fault::new(Code::ConfigInvalid, whose.refused)
            .check_first(whose.first_check)
            .caused_by(causes()));
    }
    if !messages.is_empty() {
        return Err(vendor("Railway refused the operation.").caused_by(causes()));
    }
    if !status.is_success() {
        let cause = format!("HTTP {}", status.as_u16());
        return Err(vendor("Railway's API failed.").caused_by(vec![cause]));
    }
    match answer {
        Value::Object(mut answer) if answer.get("data").is_some_and(Value::is_object) => {
            Ok(answer["data"].take())
        }
        _ => Err(vendor(
            "Railway answered with a body that is not the JSON asked for.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderValue, RETRY_AFTER};

    use super::*;

    fn read(status: u16, body: &str) -> Result<Value, Fault> {
        understand(
            StatusCode::from_u16(status).expect("a status"),
            &HeaderMap::new(),
            body.as_bytes(),
            &PROJECT,
            &Redactor::default(),
        )
    }

    #[test]
    fn an_answer_is_a_success_only_with_data_and_without_errors() {
        assert_eq!(read(200, r#"{"data":{"x":1}}"#), Ok(json!({ "x": 1 })));
        let error = |text: &str| {
            json!({ "data": null, "errors": [{ "message": text, "extensions": {} }] }).to_string()
        };
        for (status, body, code) in [
            (
                200,
                error("Problem processing request"),
                Code::VendorRailway,
            ),
            (
                400,
                error("Problem processing request"),
                Code::VendorRailway,
            ),
            (200, error("Not Authorized"), Code::ConfigInvalid),
            (200, error("Project Token not found"), Code::ConfigInvalid),
            (401, String::new(), Code::ConfigInvalid),
            (429, String::new(), Code::VendorRateLimited),
            (502, "<html>".to_owned(), Code::VendorRailway),
            (200, "<html>".to_owned(), Code::VendorRailway),
            (200, r#"{"data":null}"#.to_owned(), Code::VendorRailway),
            (200, "[]".to_owned(), Code::VendorRailway),
        ] {
            let fault = read(status, &body).expect_err("it is no success");
            assert_eq!(fault.code, code, "{status} {body}");
        }
    }

    #[test]
    fn a_rate_limit_is_obeyed_within_reason() {
        for (header, seconds) in [("7", 7), ("0", 1), ("999999", 3600), ("soon", 60)] {
            let headers = [(RETRY_AFTER, HeaderValue::from_static(header))]
                .into_iter()
                .collect();
            let status = StatusCode::TOO_MANY_REQUESTS;
            let fault = understand(status, &headers, b"", &PROJECT, &Redactor::default());
            let wait = fault.expect_err("it is a refusal").retry_after;
            assert_eq!(wait, Some(Duration::from_secs(seconds)), "{header}");
        }
    }

    proptest::proptest! {
        /// Whatever is answered, nothing panics, and the vendor's words stay out of the detail.
        #[test]
        fn no_answer_panics_and_none_is_quoted(status in 100_u16..1000, body in ".*", message in ".*") {
            let status = StatusCode::from_u16(status).expect("a status");
            let said = json!({ "errors": [{ "message": format!("zqcanary {message}") }] }).to_string();
            for body in [body, said] {
                if let Err(fault) = understand(status, &HeaderMap::new(), body.as_bytes(), &ACCOUNT, &Redactor::default()) {
                    proptest::prop_assert!(!fault.detail.contains("zqcanary"));
                }
            }
        }
    }
}
