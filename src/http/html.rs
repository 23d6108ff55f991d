//! The layout that all pages for people share.
//!
//! # Design notes
//!
//! A page is made here, whole, from what is in memory: no framework, no template on disk, nothing from
//! elsewhere. The policy that it carries allows no style and no script but ours, each under a name with
//! the hash of its content. Everything works without the script, which only saves a look at the clock
//! and the key for "reload".

mod acknowledge;
mod activity;
mod all_clear;
mod assets;
mod check;
mod days;
mod forms;
mod incident_forms;
mod incidents;
mod keeping;
mod latency;
mod outcome;
mod overview;
mod prose;
mod quiet;
mod report;
mod runbook;
mod time;
mod verdict;

use axum::http::header::{
    ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::domain::access::Role;
use crate::domain::verdict::Verdict;
use crate::http::link;

pub(super) use self::acknowledge::{acknowledge, acknowledged};
pub(super) use self::assets::{Asset, SCRIPT, STYLE};
pub(super) use self::check::series;
pub(super) use self::forms::{form_name, sign_in};
pub(super) use self::incident_forms::{merge_preview, resolve_preview};
pub(super) use self::incidents::{incident, incidents};
pub(super) use self::outcome::{Confirmation, outcome, preview};
pub(super) use self::overview::overview;
pub(super) use self::prose::prose;
pub(super) use self::quiet::{SERIES_FIELD, quiet, quiet_preview};
pub(super) use self::report::report;
pub(super) use self::runbook::suggestions;
pub(super) use self::verdict::color;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A browser names HTML; `curl` and programs do not.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    is_accepted(headers, "text/html")
}

/// Whether a caller names this media type, and not with the weight of what is refused.
pub(super) fn is_accepted(headers: &HeaderMap, media: &str) -> bool {
    let all = headers.get_all(ACCEPT).iter();
    all.filter_map(|accept| accept.to_str().ok())
        .any(|accept| names(accept, media))
}

fn names(accept: &str, wanted: &str) -> bool {
    accept.split(',').any(|range| {
        let (media, parameters) = range.split_once(';').unwrap_or((range, ""));
        let weight = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_weight = name.trim().eq_ignore_ascii_case("q");
            is_weight.then_some(value.trim())
        });
        let is_refused = weight.is_some_and(|weight| weight.parse() == Ok(0.0_f32));
        media.trim().eq_ignore_ascii_case(wanted) && !is_refused
    })
}

/// Says that the answer depends on what the caller accepts.
pub(super) fn vary(mut response: Response) -> Response {
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static("accept"));
    response
}

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    title: String,
    content: Markup,
    status: StatusCode,
    environment: Option<String>,
    role: Option<Role>,
    /// How it is now, where it shows that.
    verdict: Option<Verdict>,
}

impl Page {
    /// A page with this title and content.
    pub(super) fn new(title: impl Into<String>, content: Markup) -> Self {
        Self {
            title: title.into(),
            content,
            status: StatusCode::OK,
            environment: None,
            role: None,
            verdict: None,
        }
    }

    /// With this status.
    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Of this environment.
    pub(super) fn environment(self, environment: &str) -> Self {
        Self {
            environment: Some(environment.to_owned()),
            ..self
        }
    }

    /// To somebody with this role: it says how to sign in, or out.
    pub(super) fn role(self, role: Role) -> Self {
        Self {
            role: Some(role),
            ..self
        }
    }

    /// It shows how it is now: the tab says it, too, and the script keeps it so.
    pub(super) fn live(self, verdict: Verdict) -> Self {
        Self {
            verdict: Some(verdict),
            ..self
        }
    }

    fn render(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · dragonfly-ops" }
                    link rel="stylesheet" href=(STYLE.path());
                    link rel="icon" href=(verdict::tab_icon(self.verdict));
                    link rel="alternate" type="application/atom+xml" title="Changes" href=(link::to("/feed.atom"));
                    script src=(SCRIPT.path()) defer {}
                }
                body data-live[self.verdict.is_some()] {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        a.brand href=(link::to("/")) { "dragonfly-ops" }
                        @if let Some(environment) = &self.environment {
                            span.env { (environment) }
                        }
                        nav aria-label="Pages" {
                            a href=(link::to("/incidents")) { "Incidents" }
                            a href=(link::to("/errors")) { "Error codes" }
                            @match self.role {
                                Some(Role::Anybody) => a href=(link::to("/sign-in")) { "Sign in" },
                                Some(role) => {
                                    form method="post" action=(link::to("/session/end")) {
                                        button.link type="submit" {
                                            "Sign out " (match role { Role::Operator => "operator", _ => "reader" })
                                        }
                                    }
                                }
                                None => {}
                            }
                        }
                    }
                    main id="main" tabindex="-1" {
                        (self.content)
                        @if self.verdict.is_some() { p.hidden id="said" role="status" {} }
                    }
                    footer.bottom {
                        a href=(link::to("/status.json")) { "JSON" }
                        a href=(link::to("/feed.atom")) { "Feed" }
                        a href=(link::to("/openapi.json")) { "API" }
                        a href=(link::to("/api/health/version")) { "Version" }
                    }
                }
            }
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let text = self.render().into_string() + "\n";
        let mut response = (self.status, text).into_response();
        let headers = response.headers_mut();
        for (name, value) in [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            // Without any, a form of ours would come from nowhere.
            (REFERRER_POLICY, "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        vary(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_names_html_is_a_browser_and_who_refuses_it_is_none() {
        for (accept, expected) in [
            ("text/html", true),
            ("application/json, TEXT/HTML;level=1;q=0.1", true),
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("text/html;q=0", false),
            ("application/json, text/html; q=0.000", false),
            ("text/html;Q=0, */*", false),
            ("*/*", false),
            ("", false),
            ("application/json;x=text/html", false),
        ] {
            assert_eq!(names(accept, "text/html"), expected, "{accept}");
        }
    }
}
