//! `/deeds`: what the operator says of incidents and quiet windows from the page.
//!
//! # Design notes
//!
//! An entry destroys nothing, and the next one can say otherwise, so a form leads straight to it, and back
//! to the page that shows what came of it. Three lead to a preview first: that it is over, which shows the
//! boxes and asks for a reason where they do not allow it; that two are one, which shows both, and which of
//! them stays; and a quiet window, which shows when that is by whose clocks. What is sent twice is done once, by the name that each form has.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::domain::access::Role;
use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::domain::incident::{Command, Known, Name, ShownQuiet, Wish};
use crate::domain::order::refuse;
use crate::http::endpoints::incident_open::OpenBody;
use crate::http::endpoints::incident_order::DeedBody;
use crate::http::endpoints::orders::{id_of, not_draining};
use crate::http::endpoints::quiet_add::QuietBody;
use crate::http::form::Fields;
use crate::http::html::{Page, SERIES_FIELD, merge_preview, quiet_preview, resolve_preview};
use crate::http::link;
use crate::http::route::Route;
use crate::http::viewer::Sender;

pub(super) const ROUTE: Route = Route::form(
    &["/deeds"],
    "Say something of an incident from the page, or have nobody told for a while",
    |method| on(method, deeds),
);

/// What a form says that is not of the order.
const OF_THE_FORM: &[&str] = &["form", "step", "incident", "quiet"];

async fn deeds(sender: Sender, headers: HeaderMap, body: Body) -> Response {
    sender.act((&headers, body), act).await
}

/// As the operator, who alone may.
async fn act(sender: &Sender, fields: &Fields) -> Result<Response, Fault> {
    let Sender { app, context, .. } = sender;
    not_draining(app)?;
    if fields.get("form").is_none() {
        return Err(refuse("The name of the form is missing."));
    }
    let is_confirmed = fields.is_confirmed()?;
    let deed = fields.get("deed").unwrap_or_default();
    let (by, order) = wish(deed, fields)?;
    let by = context.actor(by.as_deref());
    if !is_confirmed && let Some(preview) = preview(sender, &order, &by, fields).await? {
        return Ok(preview);
    }
    let is_quiet = matches!(order, Wish::QuietAdd(_) | Wish::QuietEnd(_));
    let command = Command {
        id: id_of(&fields.key()).to_string(),
        by,
        from: Known::Page,
        order,
    };
    if is_quiet {
        app.order_quiet(command).await?;
        return Ok(see("/quiet"));
    }
    let name = app.order_incident(command).await?;
    Ok(see(&format!("/incidents/{name}")))
}

/// What is wanted, and by whom.
fn wish(deed: &str, fields: &Fields) -> Result<(Option<String>, Wish), Fault> {
    match deed {
        "open" => {
            let body: OpenBody = read(fields, &["deed"], None)?;
            Ok((body.by.clone(), body.wish()))
        }
        "quiet_add" => {
            let is_chosen =
                |series: &Series| fields.get(&format!("{SERIES_FIELD}{series}")).is_some();
            let series: BTreeSet<_> = Series::ALL.into_iter().filter(is_chosen).collect();
            let body: QuietBody = read(fields, &["deed"], Some(&series))?;
            Ok((body.by.clone(), Wish::QuietAdd(body.order())))
        }
        "quiet_end" => {
            let by = fields.get("by").map(ToOwned::to_owned);
            let id = fields.get("quiet").unwrap_or_default().to_owned();
            Ok((by, Wish::QuietEnd(id)))
        }
        _ => {
            let name = fields.get("incident").and_then(|name| name.parse().ok());
            let name: Name = name.ok_or_else(|| refuse("There is no incident of that name."))?;
            let body: DeedBody = read(fields, &[], None)?;
            Ok((body.by.clone(), body.wish(name)?))
        }
    }
}

/// The body that the fields would be, sent over HTTP: one understanding for both.
fn read<B: DeserializeOwned>(
    fields: &Fields,
    without: &[&str],
    series: Option<&BTreeSet<Series>>,
) -> Result<B, Fault> {
    let is_left_out = |name: &str| {
        OF_THE_FORM.contains(&name) || without.contains(&name) || name.starts_with(SERIES_FIELD)
    };
    let said = fields.all().filter(|(name, _)| !is_left_out(name));
    // Browsers end lines as mail does.
    let said = said.map(|(name, value)| (name.to_owned(), value.replace("\r\n", "\n").into()));
    let mut body: Map<String, Value> = said.collect();
    if let Some(series) = series {
        body.insert("series".to_owned(), serde_json::json!(series));
    }
    serde_json::from_value(Value::Object(body))
        .map_err(|_| refuse("A field of the form is missing, or is not what it has to be."))
}

/// What is shown before it is done, where it is worth a look.
async fn preview(
    sender: &Sender,
    order: &Wish,
    by: &str,
    fields: &Fields,
) -> Result<Option<Response>, Fault> {
    let app = &sender.app;
    let now = Timestamp::now();
    let is_resolve = fields.get("deed") == Some("resolve");
    let sent: Vec<_> = fields.all().collect();
    let content = match order {
        Wish::Of(name, _) if is_resolve => {
            let shown = app.shown_incident(name, Role::Operator, now);
            let shown = shown.ok_or_else(|| refuse("There is no incident of that name."))?;
            resolve_preview(&shown, &sent)
        }
        Wish::Merge(one, other) => {
            for name in [one, other] {
                app.hear_or_refuse(name).await?;
            }
            let merging = app.incidents.known().book().merging(one, other)?;
            let shown = |name: &Name| app.shown_incident(name, Role::Operator, now);
            let both = merging.and_then(|(into, from)| shown(&into).zip(shown(&from)));
            let Some((into, from)) = both else {
                return Ok(None);
            };
            merge_preview(&into, &from, &sent)
        }
        Wish::QuietAdd(order) => {
            let window = order.window(by, now)?;
            let shown = ShownQuiet::of("", &window, Role::Operator, now);
            quiet_preview(&shown, &sent)
        }
        _ => return Ok(None),
    };
    let page = Page::new("Preview", content)
        .environment(&app.settings.deployment.environment)
        .role(Role::Operator);
    Ok(Some(page.into_response()))
}

/// Leads to the page that shows what came of it.
pub(super) fn see(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(path) = HeaderValue::from_str(&link::to(path)) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}
