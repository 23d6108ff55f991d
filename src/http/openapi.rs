//! The description of the API: made of the rows of the endpoints, the taxonomy and the types of the
//! answers.

mod schemas;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;

use self::schemas::{reference, schemas};

use crate::domain::incident::MediaType;
use crate::domain::order::MAX_KEY;
use crate::domain::taxonomy::Code;
use crate::http::problem::Document;
use crate::http::route::{AnswerSchema, EndpointKind, Route, Tag};

/// The description of these endpoints, as `OpenAPI` 3.1.
pub(super) fn document(routes: &[Route]) -> Value {
    let routes = routes.iter().filter(|route| route.is_described());
    let routes: Vec<_> = routes.copied().collect();
    let routes = routes.as_slice();
    let mut paths = serde_json::Map::new();
    for route in routes {
        for path in route.paths {
            let operations = route
                .methods()
                .iter()
                .map(|method| ((*method).to_owned(), operation(path, route, method)));
            paths.insert((*path).to_owned(), Value::Object(operations.collect()));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "description": env!("CARGO_PKG_DESCRIPTION"),
            "contact": { "name": "Dragonfly Civil" },
            "license": { "name": "Proprietary", "identifier": "LicenseRef-Proprietary" },
        },
        "servers": [{ "url": "/", "description": "Where this description comes from" }],
        "tags": Tag::ALL.map(|tag| json!({ "name": tag.name(), "description": tag.description() })),
        "paths": paths,
        "components": {
            "schemas": schemas(routes),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "headers": headers(),
        },
    })
}

fn headers() -> Value {
    let text =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "Cache-Control": text("`no-store`"),
        "X-Request-Id": text("The request's id, as in the log"),
        "X-Dragonfly-SHA": text("The commit that answers; `unknown` where the build had none"),
        "Server-Timing": text("Where the time of the check went, in milliseconds by phase"),
        "Retry-After": text("Seconds until the next attempt; on retryable problems"),
        "WWW-Authenticate": text("How to authenticate"),
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

fn operation(path: &str, route: &Route, method: &str) -> Value {
    let name = match path {
        "/" => "index",
        path => path.trim_start_matches('/'),
    }
    .replace(['/', '.'], "_")
    .replace(['{', '}'], "");
    let mut operation = json!({
        "operationId": format!("{method}_{name}"),
        "summary": route.summary,
        "description": description(route, method),
        "tags": [route.tag.name()],
        // Of what needs no token the description says so, too.
        "security": [],
        "responses": responses(path, route, method != "head"),
        "parameters": parameters(route, method),
    });
    match route.kind {
        EndpointKind::Look | EndpointKind::Form | EndpointKind::Link => {}
        EndpointKind::Signed => {
            let form =
                json!({ "application/x-www-form-urlencoded": { "schema": { "type": "object" } } });
            operation["requestBody"] = json!({ "required": true, "content": form });
        }
        EndpointKind::Open | EndpointKind::Check | EndpointKind::View => {
            operation["security"] = json!([{}, { "token": [] }]);
        }
        EndpointKind::Order(body) => {
            let content = content("application/json", &(body.name)());
            operation["requestBody"] = json!({ "required": true, "content": content });
            operation["security"] = json!([{ "token": [] }]);
        }
        EndpointKind::Report(body) | EndpointKind::Hook(body) => {
            if method == "post" {
                let content = json!({ "application/json": { "schema": body() } });
                operation["requestBody"] = json!({ "required": true, "content": content });
            }
            // The address of a hook holds its token.
            if let EndpointKind::Report(_) = route.kind {
                operation["security"] = json!([{ "token": [] }]);
            }
        }
    }
    operation
}

/// Who may ask, and what a token changes.
fn description(route: &Route, method: &str) -> String {
    let who = match route.kind {
        EndpointKind::Look | EndpointKind::Form => "For anybody; no token is looked at.",
        EndpointKind::Open => {
            "For anybody. A token shows more; one that is wrong shows what anybody sees."
        }
        EndpointKind::Check => {
            "For anybody. A token shows more, the operator's also the chain of causes; one that is wrong is refused. What \
             fails is 503, whatever its code, with the cause as a problem."
        }
        EndpointKind::View => {
            "For whom STATUS_PAGE lets in. A token, or the cookie of who has signed in, shows more."
        }
        EndpointKind::Link if method == "post" => {
            "For whoever has the link: its token is for this one thing."
        }
        EndpointKind::Link => {
            "For whoever has the link. To look at it changes nothing: chats look at links by themselves."
        }
        EndpointKind::Signed => "For the vendor, who signs what it sends.",
        EndpointKind::Order(_) => {
            "For the operator's token alone. It ends where it ends, also for who hangs up: the same order with the same \
             `Idempotency-Key` says how."
        }
        EndpointKind::Report(_) => {
            "For a token that may report: OPS_ALERT_TOKEN, or the operator's."
        }
        EndpointKind::Hook(_) => "For the token in the address, which can do nothing but report.",
    };
    let page = match route.answer {
        AnswerSchema::JsonOrPage(_) => {
            " A page where `Accept` asks for `text/html` first, else JSON."
        }
        AnswerSchema::Json(_)
        | AnswerSchema::Description
        | AnswerSchema::Text
        | AnswerSchema::Media(_)
        | AnswerSchema::Evidence => "",
    };
    let head = match method {
        "head" => "As GET, without a body. ",
        _ => "",
    };
    format!("{head}{who}{page}")
}

fn parameters(route: &Route, method: &str) -> Vec<Value> {
    let mut parameters = vec![json!({
        "name": "X-Request-Id", "in": "header", "required": false,
        "description": "Taken over into answer and log where it is well formed",
        "schema": { "type": "string" },
    })];
    match route.parameter.map(|parameter| parameter()) {
        Some(Value::Array(several)) => parameters.extend(several),
        Some(one) => parameters.push(one),
        None => {}
    }
    if let (EndpointKind::Hook(_), "get") = (route.kind, method) {
        parameters.push(json!({
            "name": "alert", "in": "query", "required": false, "style": "form", "explode": true,
            "description": "The members of an alert, each a parameter of its own",
            "schema": { "type": "object", "additionalProperties": { "type": "string" } },
        }));
    }
    if route.is_order() {
        parameters.push(json!({
            // As people write it: to HTTP it is the same.
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Orders with the same key are carried out once; the answer is that of the first",
            "schema": { "type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$" },
        }));
    }
    parameters
}

/// The answers by their status. Where two of them share one, the first says more.
fn responses(path: &str, route: &Route, with_body: bool) -> BTreeMap<String, Value> {
    let answer = |description: &str, headers: &[&str], content: Value| {
        let mut answer = json!({ "description": description, "headers": header_refs(headers) });
        if with_body {
            answer["content"] = content;
        }
        answer
    };
    let mut responses = BTreeMap::new();
    let mut fails = |status: u16, description: &str, headers: &[&str], codes: &[Code]| {
        let problem = content("application/problem+json", &Document::name());
        let mut failed = answer(description, headers, problem);
        if !codes.is_empty() {
            failed["x-codes"] = json!(codes);
        }
        responses.entry(status.to_string()).or_insert(failed);
    };
    let wrong = format!(
        "{}: a bearer token was presented and is wrong",
        Code::AuthInvalid
    );
    match route.kind {
        EndpointKind::Look | EndpointKind::Open | EndpointKind::Form => {
            if let Some(name) = path.split(['{', '}']).nth(1) {
                fails(404, &format!("There is no such {name}"), &[], &[]);
            }
        }
        EndpointKind::View => {
            let named = path.split(['{', '}']).nth(1);
            let no_such =
                named.map_or_else(String::new, |name| format!("There is no such {name}, or "));
            let off = format!("{no_such}STATUS_PAGE is off");
            fails(404, &off, &[], &[]);
            if named == Some("incident") {
                let unread = "Whether there is such an incident cannot be known";
                fails(503, unread, &["Retry-After"], &[Code::ResourceExhausted]);
            }
            if named == Some("incident") && path.ends_with("{evidence}") {
                let forbidden = format!("{}: the token is not the operator's", Code::AuthForbidden);
                fails(403, &forbidden, &[], &[Code::AuthForbidden]);
            }
            let missing = format!(
                "{}: STATUS_PAGE asks for a token; {}: the one that was presented is wrong",
                Code::AuthMissing,
                Code::AuthInvalid
            );
            fails(401, &missing, &["WWW-Authenticate"], &[]);
        }
        EndpointKind::Check => {
            let codes = route.codes();
            let failed = format!("The check failed: {}", titles(&codes));
            fails(503, &failed, &["Server-Timing", "Retry-After"], &codes);
            fails(401, &wrong, &["WWW-Authenticate", "Retry-After"], &[]);
        }
        EndpointKind::Order(_)
        | EndpointKind::Report(_)
        | EndpointKind::Hook(_)
        | EndpointKind::Signed
        | EndpointKind::Link => {
            let mut codes = route.codes();
            codes.sort_by_key(|code| code.entry().status);
            for codes in codes.chunk_by(|a, b| a.entry().status == b.entry().status) {
                let headers = &["Retry-After", "WWW-Authenticate"];
                fails(codes[0].entry().status, &titles(codes), headers, codes);
            }
            fails(408, "The request's body did not arrive in time", &[], &[]);
            match route.kind {
                EndpointKind::Order(_) => fails(415, "The body is not JSON", &[], &[]),
                EndpointKind::Link => fails(415, "The body is not that of a form", &[], &[]),
                _ => {}
            }
        }
    }
    let unfit = "The request has no Host header, or more than one, or asks for what there is not";
    fails(400, unfit, &[], &[]);
    let too_large = match route.is_report() {
        true => "The body is larger than 256 kB, or has more than 100 alerts",
        false => "The request's body is too large",
    };
    fails(413, too_large, &[], &[]);
    fails(500, &titles(&[Code::Internal]), &[], &[]);
    let timing: &[_] = match route.kind {
        EndpointKind::Check => &["Server-Timing"],
        EndpointKind::Look
        | EndpointKind::Open
        | EndpointKind::View
        | EndpointKind::Form
        | EndpointKind::Order(_)
        | EndpointKind::Report(_)
        | EndpointKind::Hook(_)
        | EndpointKind::Signed
        | EndpointKind::Link => &[],
    };
    if route.is_report() {
        let kept = "What became of each alert, which is kept";
        responses.insert(
            "202".to_owned(),
            answer(kept, timing, success(route.answer)),
        );
        return responses;
    }
    let ok = answer(route.summary, timing, success(route.answer));
    responses.insert("200".to_owned(), ok);
    if route.is_order() {
        let begun =
            "Not all of it is done, or its effect was not seen: ask again with the same key";
        let begun = answer(begun, &[], success(route.answer));
        responses.insert("202".to_owned(), begun);
    }
    responses
}

fn titles(codes: &[Code]) -> String {
    let titles: Vec<_> = codes
        .iter()
        .map(|code| format!("`{code}` {}", code.entry().title))
        .collect();
    titles.join(", ")
}

fn success(answer: AnswerSchema) -> Value {
    let page = json!({ "schema": { "type": "string" } });
    match answer {
        AnswerSchema::Json(answer) => content("application/json", &(answer.name)()),
        AnswerSchema::JsonOrPage(answer) => {
            let mut both = content("application/json", &(answer.name)());
            both["text/html"] = page;
            both
        }
        AnswerSchema::Description => {
            json!({ "application/json": { "schema": { "type": "object" } } })
        }
        AnswerSchema::Text => json!({ "text/plain": page }),
        AnswerSchema::Media(media) => json!({ media: page }),
        AnswerSchema::Evidence => {
            let held = |media: MediaType| match media {
                MediaType::Text => page.clone(),
                MediaType::Json => json!({ "schema": { "description": "Any JSON" } }),
                _ => json!({ "schema": { "type": "string", "format": "binary" } }),
            };
            let each = MediaType::ALL.map(|media| (media.as_str().to_owned(), held(media)));
            Value::Object(each.into_iter().collect())
        }
    }
}

fn content(media: &str, schema: &str) -> Value {
    json!({ media: { "schema": reference(schema) } })
}
