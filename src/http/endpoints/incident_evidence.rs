//! `/incidents/{incident}/evidence/{evidence}`: what a piece of evidence holds, for the operator.
//!
//! # Design notes
//!
//! It holds what others have written, or drawn. No browser shows it as a page of ours: it is saved, and
//! where one looks at it all the same, nothing in it runs.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use serde_json::{Value, json};

use crate::domain::access::{Role, readers_may_not_act};
use crate::domain::fault::Fault;
use crate::domain::incident::{Evidence, Name};
use crate::domain::taxonomy::Code;
use crate::http::endpoints::incident::parameter as incident;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, Tag};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/incidents/{incident}/evidence/{evidence}"],
    "What a piece of evidence of an incident holds, for whoever presents the operator's token",
    AnswerSchema::Evidence,
    |method| on(method, evidence),
)
.takes(parameters)
.about(Tag::Incidents);

const POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

fn parameters() -> Value {
    json!([incident(), {
        "name": "evidence", "in": "path", "required": true, "description": "The id of the piece, as the incident lists it",
        "schema": { "type": "string", "maxLength": 40 },
    }])
}

async fn evidence(path: Result<Path<(String, String)>, PathRejection>, viewer: Viewer) -> Response {
    let (app, context) = (&viewer.app, &viewer.context);
    let there_is_none = || {
        let detail = "There is no evidence of that id; the incident lists what there is.";
        viewer.refuse(Problem::plain(StatusCode::NOT_FOUND, context, detail))
    };
    let named = path.ok().and_then(|Path((name, id))| {
        let name: Name = name.parse().ok()?;
        Some((name, id))
    });
    let Some((name, id)) = named else {
        return there_is_none();
    };
    if let Some(fault) = refusal(viewer.role) {
        return viewer.refuse(Problem::refusal(&fault, context));
    }
    // Another replica may have opened it.
    let has_heard = app.hear_of(&name, 0).await;
    match app.evidence_of_incident(&name, &id).await {
        Ok(Some(evidence)) => download(evidence),
        Ok(None) => match app.refuse_unread(&name, has_heard) {
            Ok(()) => there_is_none(),
            Err(fault) => viewer.refuse(Problem::refusal(&fault, context)),
        },
        Err(fault) => viewer.refuse(Problem::of_fault(&fault, context)),
    }
}

/// Why somebody with this role may not see it.
fn refusal(role: Role) -> Option<Fault> {
    match role {
        Role::Operator => None,
        Role::Reader => Some(
            readers_may_not_act()
                .check_first("Which token is presented: OPS_TOKEN or OPS_READ_TOKEN"),
        ),
        Role::Anybody => Some(Fault::new(
            Code::AuthMissing,
            "What evidence holds takes the operator's token, and none was presented.",
        )),
    }
}

fn download(evidence: Evidence) -> Response {
    let media = evidence.piece.media_type;
    let shown_as = match media.is_text() {
        true => "text/plain; charset=utf-8",
        false => "application/octet-stream",
    };
    let name = file_name(&evidence);
    let mut response = evidence.content.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, shown_as),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (RESOURCE_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let disposition = format!("attachment; filename=\"{name}\"");
    // It is made of letters and digits.
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// What it is saved as: such as `DB-17-lock-tree.json`.
fn file_name(evidence: &Evidence) -> String {
    let piece = &evidence.piece;
    let extension = piece.media_type.extension();
    let name = piece.name.to_ascii_lowercase();
    let stem = name.strip_suffix(&format!(".{extension}")).unwrap_or(&name);
    let plain = stem.split(|c: char| !c.is_ascii_alphanumeric());
    let plain: Vec<_> = plain.filter(|part| !part.is_empty()).collect();
    let plain: String = plain.join("-").chars().take(80).collect();
    format!("{}-{plain}.{extension}", evidence.incident)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::incident::{MediaType, Piece};

    #[test]
    fn it_is_saved_under_a_plain_name_of_its_own_kind() {
        for (name, media_type, expected) in [
            ("lock tree", MediaType::Json, "DB-17-lock-tree.json"),
            ("Screen.PNG", MediaType::Png, "DB-17-screen.png"),
            ("a.html", MediaType::Text, "DB-17-a-html.txt"),
            ("../\"x\r\n;é", MediaType::Pdf, "DB-17-x.pdf"),
        ] {
            let evidence = Evidence {
                id: "01A".to_owned(),
                incident: "DB-17".parse().expect("a name"),
                taken_at: Timestamp::UNIX_EPOCH,
                taken_by: "a test".to_owned(),
                piece: Piece::of(name, media_type, b""),
                content: Vec::new(),
            };
            assert_eq!(file_name(&evidence), expected);
        }
    }
}
