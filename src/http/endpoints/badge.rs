//! `/badge/{file}`: a badge for a README, such as `all.svg` or `db.svg`.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use maud::html;

use crate::domain::access::Role;
use crate::domain::history::Series;
use crate::domain::verdict::Verdict;
use crate::http::html::color;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/badge/{file}"],
    "A badge of one check, or of all",
    AnswerSchema::Media("image/svg+xml"),
    |method| on(method, badge),
)
.takes(|| {
    let mut files: Vec<_> = Series::ALL.map(|series| format!("{series}.svg")).into();
    files.push("all.svg".to_owned());
    serde_json::json!({
        "name": "file", "in": "path", "required": true, "description": "Of which check, or of all",
        "schema": { "type": "string", "enum": files },
    })
});

/// The badge of all checks together.
const ALL: &str = "all";

async fn badge(name: Result<Path<String>, PathRejection>, viewer: Viewer) -> Response {
    let name = name.ok().map(|Path(name)| name);
    let stem = name.as_deref().and_then(|name| name.strip_suffix(".svg"));
    let status = viewer.app.status(Role::Anybody);
    let found = stem.and_then(|stem| match stem {
        ALL => Some(("status", status.verdict)),
        check => {
            let check = check.parse::<Series>().ok()?;
            let seen = status.check(check)?;
            Some((seen.title, seen.verdict))
        }
    });
    let Some((title, verdict)) = found else {
        let detail =
            "There is no such badge: it is all.svg, or the name of a check with .svg behind it.";
        return viewer.refuse(Problem::plain(
            StatusCode::NOT_FOUND,
            &viewer.context,
            detail,
        ));
    };
    let media = HeaderValue::from_static("image/svg+xml");
    ([(CONTENT_TYPE, media)], draw(title, verdict)).into_response()
}

/// A letter is about this wide, with some air on both sides.
fn width(text: &str) -> usize {
    text.chars().count() * 7 + 12
}

fn draw(title: &str, verdict: Verdict) -> String {
    let word = verdict.as_str();
    let (left, right) = (width(title), width(word));
    let all = left + right;
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(all) height="20" role="img" aria-label={ (title) ": " (word) } {
            title { (title) ": " (word) }
            rect width=(left) height="20" fill="#3d444d" {}
            rect x=(left) width=(right) height="20" fill=(color(verdict)) {}
            g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                text x=(left / 2) y="14" textLength=(left - 12) { (title) }
                text x=(left + right / 2) y="14" textLength=(right - 12) { (word) }
            }
        }
    };
    svg.into_string() + "\n"
}
