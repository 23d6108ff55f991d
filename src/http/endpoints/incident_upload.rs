//! `/incidents/{incident}/attach`: attach a file to an incident from the page.
//!
//! # Design notes
//!
//! A browser sends a file as it is, and not in base64; all else is as over HTTP. A form leads straight to it: a preview
//! would have to keep the file until it is confirmed.

use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::on;

use crate::app::incidents::{AttachedFile, FileContent};
use crate::domain::fault::Fault;
use crate::domain::incident::{Known, MOST_ATTACHED, Name};
use crate::domain::order::refuse;
use crate::http::endpoints::deeds::see;
use crate::http::endpoints::incident::parameter;
use crate::http::endpoints::incident_attach::ROOM;
use crate::http::endpoints::orders::{id_of, not_draining};
use crate::http::form::{Fields, Upload};
use crate::http::route::Route;
use crate::http::viewer::Sender;

pub(super) const ROUTE: Route = Route::form(
    &["/incidents/{incident}/attach"],
    "Attach a file to an incident from the page",
    |method| on(method, upload),
)
.takes(parameter)
.takes_bodies_of(MOST_ATTACHED + 64 * 1024);

async fn upload(
    name: Result<Path<String>, PathRejection>,
    sender: Sender,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let name = name.ok().and_then(|Path(name)| name.parse().ok());
    let act = async |sender: &Sender, fields: &Fields, upload: Upload| {
        attach(sender, fields, upload, name).await
    };
    sender.act_with_file((&headers, body), &ROOM, act).await
}

/// As the operator, who alone may.
async fn attach(
    sender: &Sender,
    fields: &Fields,
    upload: Upload,
    name: Option<Name>,
) -> Result<Response, Fault> {
    let Sender { app, context, .. } = sender;
    not_draining(app)?;
    if fields.get("form").is_none() {
        return Err(refuse("The name of the form is missing."));
    }
    let name = name.ok_or_else(|| refuse("There is no incident of that name."))?;
    let file = AttachedFile {
        name: upload.name,
        content: FileContent::Bytes(upload.content),
        by: context.actor(fields.get("by")),
        from: Known::Page,
    };
    // The same form with another file in it is another order.
    let id = id_of(&fields.key());
    let name = app.attach_to_incident(id, &name, file).await?;
    Ok(see(&format!("/incidents/{name}")))
}
