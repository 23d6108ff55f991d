//! Incidents, as an instance tells them and takes orders about them: it needs no database for either.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Neighbour, failure, understand};
use crate::adapters::instance::Reply;
use crate::domain::fault::Fault;
use crate::domain::incident::{
    Name, ShownIncident, ShownQuiet, ShownSuggestion, ToldIncidents, ToldQuiet,
};
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;

/// What an instance said.
#[derive(Debug)]
pub struct Told<T> {
    /// As it is understood.
    pub told: T,
    /// As it was sent, where that is JSON.
    pub document: Value,
}

/// What an order is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderAbout {
    /// An incident that there is not yet.
    New,
    /// One that there is.
    Incident(Name),
    /// Its evidence.
    Evidence(Name),
}

impl Neighbour {
    /// All incidents that it knows of.
    ///
    /// # Errors
    ///
    /// What it says is wrong, or the classified cause of its not having answered.
    pub async fn incidents(&self) -> Result<Told<ToldIncidents>, Fault> {
        told(self.instance.get("/incidents").await?)
    }

    /// One incident, with its timeline where the token is right.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 where there is none of that name; what it says is wrong, or the classified cause of its not
    /// having answered.
    pub async fn incident(&self, name: &Name) -> Result<Told<ShownIncident>, Fault> {
        let reply = self.instance.get(&format!("/incidents/{name}")).await?;
        if reply.status == 404 {
            return Err(there_is_none());
        }
        told(reply)
    }

    /// Has it do something about incidents. The same key twice is one order.
    ///
    /// # Errors
    ///
    /// What it says is wrong, or the classified cause of its not having answered.
    pub async fn order_incident(
        &self,
        about: &OrderAbout,
        body: &Value,
        key: &str,
    ) -> Result<Told<ShownIncident>, Fault> {
        let path = match about {
            OrderAbout::New => "/api/ops/incidents".to_owned(),
            OrderAbout::Incident(name) => format!("/api/ops/incidents/{name}"),
            OrderAbout::Evidence(name) => format!("/api/ops/incidents/{name}/evidence"),
        };
        let headers = [("idempotency-key", key)];
        told(self.instance.post(&path, body, &headers).await?)
    }
}

/// What an instance says of a code, beside what is known here.
#[derive(Debug, Deserialize)]
struct ToldCode {
    #[serde(default)]
    runbook: Option<Vec<ShownSuggestion>>,
}

impl Neighbour {
    /// What incidents have taught about a code; nothing where it does not say so, as the token is not shown.
    ///
    /// # Errors
    ///
    /// What it says is wrong, or the classified cause of its not having answered.
    pub async fn suggestions(&self, code: Code) -> Result<Option<Vec<ShownSuggestion>>, Fault> {
        let told: ToldCode = understand(self.instance.get(&code.page()).await?)?;
        Ok(told.runbook)
    }
}

/// As what an instance tells of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentDocument {
    /// Its report as Markdown.
    Markdown,
    /// Its report as a page.
    Page,
    /// Its report as JSON.
    Json,
    /// All that is kept of it.
    Export,
}

impl Neighbour {
    /// A document about an incident, as it is sent; null where that is no JSON.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 where there is none of that name; what it says is wrong, or the classified cause of its not
    /// having answered.
    pub async fn incident_document(
        &self,
        name: &Name,
        document: IncidentDocument,
    ) -> Result<Told<String>, Fault> {
        let (what, query) = match document {
            IncidentDocument::Markdown => ("report", "format=md"),
            IncidentDocument::Page => ("report", "format=html"),
            IncidentDocument::Json => ("report", "format=json"),
            IncidentDocument::Export => ("export", ""),
        };
        let path = format!("/incidents/{name}/{what}");
        let reply = self.instance.get_with(&path, query).await?;
        match reply.status.as_u16() {
            200 => Ok(Told {
                told: reply.text,
                document: reply.body,
            }),
            404 => Err(there_is_none()),
            _ => Err(failure(reply)),
        }
    }

    /// All quiet windows that it knows of.
    ///
    /// # Errors
    ///
    /// What it says is wrong, or the classified cause of its not having answered.
    pub async fn quiet(&self) -> Result<Told<ToldQuiet>, Fault> {
        told(self.instance.get("/quiet").await?)
    }

    /// Has nobody told for a while, or ends the window of that id. The same key twice is one order.
    ///
    /// # Errors
    ///
    /// What it says is wrong, or the classified cause of its not having answered.
    pub async fn order_quiet(
        &self,
        ended: Option<&str>,
        body: &Value,
        key: &str,
    ) -> Result<Told<ShownQuiet>, Fault> {
        let path = match ended {
            Some(id) => format!("/api/ops/quiet/{id}/end"),
            None => "/api/ops/quiet".to_owned(),
        };
        let headers = [("idempotency-key", key)];
        told(self.instance.post(&path, body, &headers).await?)
    }
}

fn there_is_none() -> Fault {
    refuse("There is no incident of that name.")
        .check_first("dragonfly-ops incident list: those of the last 30 days")
}

fn told<T: DeserializeOwned>(reply: Reply) -> Result<Told<T>, Fault> {
    let document = reply.body.clone();
    let told = understand(reply)?;
    Ok(Told { told, document })
}
