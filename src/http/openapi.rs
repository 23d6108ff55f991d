//! `/openapi.json`: made of the table of routes, the taxonomy and the types of the answers.

use std::collections::BTreeMap;

use axum::response::Response;
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::action::Done;
use crate::domain::order::MAX_KEY;
use crate::domain::taxonomy::Code;
use crate::http::actions::{ActionBody, IDEMPOTENCY_KEY, PauseBody, ResumeBody};
use crate::http::checks::{ReadyPassed, SupabasePassed};
use crate::http::errors::{CodeRow, CodeTable};
use crate::http::health::{self, Passed, Version};
use crate::http::index::Index;
use crate::http::ops::{FAIL_ON, OpsPassed};
use crate::http::problem::Document;
use crate::http::routes::{Endpoint, ROUTES};

/// `GET /openapi.json`
pub(super) async fn serve() -> Response {
    health::json(&document())
}

/// The description of the whole API, as `OpenAPI` 3.1.
#[must_use]
pub fn document() -> Value {
    let mut paths = serde_json::Map::new();
    for (path, endpoint) in ROUTES {
        let operation = |method: &str| operation(path, *endpoint, method);
        let methods = if endpoint.is_action() {
            json!({ "post": operation("post") })
        } else {
            json!({ "get": operation("get"), "head": operation("head") })
        };
        paths.insert((*path).to_owned(), methods);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "description": env!("CARGO_PKG_DESCRIPTION"),
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "headers": headers(),
        },
    })
}

fn schemas() -> BTreeMap<String, Value> {
    let mut all: Vec<(String, RefOr<Schema>)> = Vec::new();
    collect::<Index>(&mut all);
    collect::<Passed>(&mut all);
    collect::<SupabasePassed>(&mut all);
    collect::<ReadyPassed>(&mut all);
    collect::<Version>(&mut all);
    collect::<OpsPassed>(&mut all);
    collect::<Done>(&mut all);
    collect::<PauseBody>(&mut all);
    collect::<ResumeBody>(&mut all);
    collect::<ActionBody>(&mut all);
    collect::<CodeRow>(&mut all);
    collect::<CodeTable>(&mut all);
    collect::<Document>(&mut all);
    all.into_iter()
        .map(|(name, schema)| {
            let mut schema = serde_json::to_value(schema).unwrap_or_default();
            mend_flattened_options(&mut schema);
            (name, schema)
        })
        .collect()
}

/// An optional part that is flattened into its parent has its members, or none; the derive says
/// that the whole parent may be null, which it never is.
fn mend_flattened_options(schema: &mut Value) {
    let parts = schema.get_mut("allOf").and_then(Value::as_array_mut);
    for part in parts.into_iter().flatten() {
        if let Some(choices) = part.get("oneOf").and_then(Value::as_array)
            && choices.iter().any(|choice| choice["type"] == "null")
        {
            let present: Vec<_> = choices
                .iter()
                .filter(|choice| choice["type"] != "null")
                .cloned()
                .chain([json!({ "type": "object" })])
                .collect();
            *part = json!({ "anyOf": present });
        }
    }
}

fn collect<T: ToSchema + PartialSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
    all.push((T::name().into_owned(), T::schema()));
    T::schemas(all);
}

fn headers() -> Value {
    let text =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "Cache-Control": text("Always `no-store`"),
        "X-Request-Id": text("The request's id, as in the log"),
        "X-Dragonfly-SHA": text("The commit that answers; `unknown` where the build had none"),
        "Server-Timing": text("Where the time of the check went, in milliseconds by phase"),
        "Retry-After": text("Seconds until the next attempt; on retryable problems"),
        "WWW-Authenticate": text("How to authenticate"),
        "Allow": text("The methods of the path"),
    })
}

fn header_refs(names: &[&str]) -> Value {
    let always = ["Cache-Control", "X-Request-Id", "X-Dragonfly-SHA"];
    let refs: serde_json::Map<_, _> = always
        .iter()
        .chain(names)
        .map(|name| {
            (
                (*name).to_owned(),
                json!({ "$ref": format!("#/components/headers/{name}") }),
            )
        })
        .collect();
    Value::Object(refs)
}

fn operation(path: &str, endpoint: Endpoint, method: &str) -> Value {
    let name = match path {
        "/" => "index",
        path => path.trim_start_matches('/'),
    }
    .replace(['/', '.'], "_")
    .replace(['{', '}'], "");
    let with_body = method != "head";
    let content = |media: &str, schema: &str| json!({ media: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } });
    let answer = |description: &str, headers: &[&str], content: Option<Value>| {
        let mut answer = json!({ "description": description, "headers": header_refs(headers) });
        if let Some(content) = content.filter(|_| with_body) {
            answer["content"] = content;
        }
        answer
    };
    let problem = || Some(content("application/problem+json", &Document::name()));
    let timing: &[&str] = if endpoint.codes().is_empty() || endpoint.is_action() {
        &[]
    } else {
        &["Server-Timing"]
    };
    let mut responses = serde_json::Map::new();
    responses.insert(
        "200".to_owned(),
        answer(endpoint.summary(), timing, Some(success(endpoint))),
    );
    if endpoint.is_action() {
        let begun =
            "Not all of it is done, or its effect was not seen: ask again with the same key";
        responses.insert(
            "202".to_owned(),
            answer(begun, &[], Some(success(endpoint))),
        );
        for (status, description) in [
            ("408", "The request's body did not arrive in time"),
            ("415", "The body is not JSON"),
        ] {
            responses.insert(status.to_owned(), answer(description, &[], problem()));
        }
        for (status, codes) in by_status(endpoint) {
            let mut failed = answer(
                &titles(&codes),
                &["Retry-After", "WWW-Authenticate"],
                problem(),
            );
            failed["x-codes"] = json!(codes);
            responses.insert(status, failed);
        }
    }
    if endpoint.takes_token() {
        let description = format!(
            "{}: a bearer token was presented and is wrong",
            Code::AuthInvalid
        );
        responses.insert(
            "401".to_owned(),
            answer(
                &description,
                &["WWW-Authenticate", "Retry-After"],
                problem(),
            ),
        );
    }
    let unfit = "The request has no Host header, or more than one, or asks for what there is not";
    responses
        .entry("400".to_owned())
        .or_insert_with(|| answer(unfit, &[], problem()));
    if endpoint == Endpoint::ErrorCode {
        responses.insert(
            "404".to_owned(),
            answer("There is no such code", &[], problem()),
        );
    }
    responses.insert(
        "413".to_owned(),
        answer("The request's body is too large", &[], problem()),
    );
    let internal = titles(&[Code::Internal]);
    responses
        .entry("500".to_owned())
        .or_insert_with(|| answer(&internal, &[], problem()));
    let codes = endpoint.codes();
    if !codes.is_empty() && !endpoint.is_action() {
        let mut failed = answer(
            &format!("The check failed: {}", titles(&codes)),
            &["Server-Timing", "Retry-After"],
            problem(),
        );
        failed["x-codes"] = json!(codes);
        responses.insert("503".to_owned(), failed);
    }
    let mut operation = json!({
        "operationId": format!("{method}_{name}"),
        "summary": endpoint.summary(),
        "responses": responses,
    });
    let mut parameters = vec![json!({
        "name": "X-Request-Id", "in": "header", "required": false,
        "description": "Taken over into answer and log where it is well formed",
        "schema": { "type": "string" },
    })];
    if endpoint == Endpoint::ErrorCode {
        let ids: Vec<_> = Code::ALL.iter().map(|code| code.id()).collect();
        parameters.push(json!({
            "name": "code", "in": "path", "required": true, "schema": { "type": "string", "examples": ids },
        }));
    }
    if endpoint == Endpoint::RestartService {
        parameters.push(json!({
            "name": "service", "in": "path", "required": true,
            "description": "The service's name at Railway",
            "schema": { "type": "string", "minLength": 1, "maxLength": 100 },
        }));
    }
    if endpoint == Endpoint::Ops {
        parameters.push(json!({
            "name": "fail_on", "in": "query", "required": false,
            "description": "From which verdict on the answer is a 503, for whoever only knows status codes",
            "schema": { "type": "string", "enum": FAIL_ON },
        }));
    }
    if let Some(body) = body_of(endpoint) {
        parameters.push(json!({
            "name": IDEMPOTENCY_KEY, "in": "header", "required": false,
            "description": "Orders with the same key are carried out once; the answer is that of the first",
            "schema": { "type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$" },
        }));
        let body = content("application/json", &body);
        operation["requestBody"] = json!({ "required": true, "content": body });
        operation["security"] = json!([{ "token": [] }]);
    }
    operation["parameters"] = json!(parameters);
    if endpoint.takes_token() {
        operation["security"] = json!([{}, { "token": [] }]);
    }
    operation
}

/// The codes of an action by the status that each of them has where the service's own API fails.
fn by_status(endpoint: Endpoint) -> BTreeMap<String, Vec<Code>> {
    let mut codes = endpoint.codes();
    codes.sort_unstable();
    codes.dedup();
    let mut by_status: BTreeMap<String, Vec<Code>> = BTreeMap::new();
    for code in codes {
        let status = code.entry().status.to_string();
        by_status.entry(status).or_default().push(code);
    }
    by_status
}

fn titles(codes: &[Code]) -> String {
    let titles: Vec<_> = codes
        .iter()
        .map(|code| format!("`{code}` {}", code.entry().title))
        .collect();
    titles.join(", ")
}

/// The schema of what an order is given with; nothing where nothing is ordered.
fn body_of(endpoint: Endpoint) -> Option<std::borrow::Cow<'static, str>> {
    match endpoint {
        Endpoint::PauseQueue => Some(PauseBody::name()),
        Endpoint::ResumeQueue => Some(ResumeBody::name()),
        Endpoint::ReloadSchema | Endpoint::RestartService => Some(ActionBody::name()),
        Endpoint::Index
        | Endpoint::Health
        | Endpoint::Db
        | Endpoint::Supabase
        | Endpoint::Ready
        | Endpoint::Version
        | Endpoint::Ops
        | Endpoint::Errors
        | Endpoint::ErrorCode
        | Endpoint::OpenApi
        | Endpoint::Metrics => None,
    }
}

fn success(endpoint: Endpoint) -> Value {
    let schema = |name: std::borrow::Cow<'static, str>| json!({ "schema": { "$ref": format!("#/components/schemas/{name}") } });
    let page = || json!({ "schema": { "type": "string" } });
    match endpoint {
        Endpoint::Index => {
            json!({ "application/json": schema(Index::name()), "text/html": page() })
        }
        Endpoint::Health | Endpoint::Db => json!({ "application/json": schema(Passed::name()) }),
        Endpoint::Supabase => json!({ "application/json": schema(SupabasePassed::name()) }),
        Endpoint::Ready => json!({ "application/json": schema(ReadyPassed::name()) }),
        Endpoint::Version => json!({ "application/json": schema(Version::name()) }),
        Endpoint::Ops => json!({ "application/json": schema(OpsPassed::name()) }),
        Endpoint::Errors => {
            json!({ "application/json": schema(CodeTable::name()), "text/html": page() })
        }
        Endpoint::ErrorCode => {
            json!({ "application/json": schema(CodeRow::name()), "text/html": page() })
        }
        Endpoint::OpenApi => json!({ "application/json": { "schema": { "type": "object" } } }),
        Endpoint::Metrics => json!({ "text/plain": page() }),
        Endpoint::PauseQueue
        | Endpoint::ResumeQueue
        | Endpoint::ReloadSchema
        | Endpoint::RestartService => json!({ "application/json": schema(Done::name()) }),
    }
}
