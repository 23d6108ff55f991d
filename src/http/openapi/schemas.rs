//! The schemas of bodies and answers, by their types. What the derive cannot say of a type is said here, by rule.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

use crate::http::problem::Document;
use crate::http::route::{AnswerSchema, EndpointKind, Route, named};

const COMPONENTS: &str = "#/components/schemas/";

/// All that these endpoints take and answer, by name.
pub(super) fn schemas(routes: &[Route]) -> BTreeMap<String, Value> {
    let (mut bodies, mut answers) = (Vec::new(), Vec::new());
    for route in routes {
        if let AnswerSchema::Json(answer) | AnswerSchema::JsonOrPage(answer) = route.answer {
            (answer.collect)(&mut answers);
        }
        if let EndpointKind::Order(body) = route.kind {
            (body.collect)(&mut bodies);
        }
    }
    (named::<Document>().collect)(&mut answers);
    let mut all = of_types(bodies);
    let mut answers = of_types(answers);
    answers.values_mut().for_each(require_what_may_be_null);
    all.append(&mut answers);
    let known = all.clone();
    let parts = all.values_mut();
    let parts: Vec<_> = parts
        .flat_map(|schema| mend_flattened_options(schema, &known))
        .collect();
    // A part that nothing else has would be there for nobody.
    let text = json!(all).to_string();
    all.retain(|name, _| {
        !parts.contains(name) || text.contains(&format!("\"{COMPONENTS}{name}\""))
    });
    all
}

/// A reference to the schema of that name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{COMPONENTS}{name}") })
}

fn of_types(types: Vec<(String, RefOr<Schema>)>) -> BTreeMap<String, Value> {
    let schema = |schema| serde_json::to_value(schema).unwrap_or_default();
    let types = types.into_iter();
    types.map(|(name, of)| (name, schema(of))).collect()
}

fn may_be_null(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    schema["type"]
        .as_array()
        .is_some_and(|kinds| kinds.iter().any(is_null))
        || choices.map(|choice| &choice["type"]).any(is_null)
}

/// What an answer may not have a value for is sent as null: the derive would say of it that it may be absent. What may
/// be left out is never null, and says so beside `skip_serializing_if`.
fn require_what_may_be_null(schema: &mut Value) {
    for of in ["allOf", "oneOf"] {
        let parts = schema.get_mut(of).and_then(Value::as_array_mut);
        let parts = parts.into_iter().flatten();
        parts.for_each(require_what_may_be_null);
    }
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    let always = properties.iter().filter(|(_, of)| may_be_null(of));
    let always: Vec<_> = always.map(|(name, _)| Value::from(name.as_str())).collect();
    if always.is_empty() {
        return;
    }
    if schema["required"].is_null() {
        schema["required"] = json!([]);
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.extend(always);
    }
}

/// An optional part that is flattened into its parent has its members, or none; the derive says that the whole parent
/// may be null, which it never is. Each member may be absent, and where one is there, so are those that the part
/// always has. Says which parts these were.
fn mend_flattened_options(schema: &mut Value, known: &BTreeMap<String, Value>) -> Vec<String> {
    let mut mended = Vec::new();
    let parts = schema.get_mut("allOf").and_then(Value::as_array_mut);
    let parts = parts.into_iter().flatten();
    for part in parts.filter(|part| may_be_null(part)) {
        let choices = part["oneOf"].as_array().into_iter().flatten();
        let mut names =
            choices.filter_map(|choice| choice["$ref"].as_str()?.strip_prefix(COMPONENTS));
        let Some((name, of)) = names.next().and_then(|name| known.get_key_value(name)) else {
            continue;
        };
        mended.push(name.clone());
        let required = of["required"].as_array().cloned().unwrap_or_default();
        let with = |name: &Value| {
            let others = required.iter().filter(|other| *other != name);
            let others: Vec<_> = others.cloned().collect();
            Some((name.as_str()?.to_owned(), Value::Array(others)))
        };
        let together: Map<_, _> = required.iter().filter_map(with).collect();
        *part = json!({
            "type": "object", "properties": of["properties"], "dependentRequired": together,
        });
    }
    mended
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use utoipa::ToSchema;

    use super::*;

    #[derive(Serialize, ToSchema)]
    struct Part {
        always: u8,
        unknown: Option<u8>,
    }

    #[derive(Serialize, ToSchema)]
    struct Whole {
        null: Option<Part>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        absent: Option<Part>,
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        part: Option<Part>,
    }

    #[test]
    fn what_is_null_is_there_and_what_is_left_out_is_never_null() {
        let mut types = Vec::new();
        (named::<Whole>().collect)(&mut types);
        let mut schemas = of_types(types);
        schemas.values_mut().for_each(require_what_may_be_null);
        assert_eq!(schemas["Part"]["required"], json!(["always", "unknown"]));
        let known = schemas.clone();
        let whole = schemas.get_mut("Whole").expect("it is there");
        assert_eq!(mend_flattened_options(whole, &known), ["Part"]);
        let [part, own] = &whole["allOf"].as_array().expect("parts")[..] else {
            panic!("{whole:#}");
        };
        assert_eq!(part["properties"], known["Part"]["properties"]);
        assert_eq!(part["required"], Value::Null);
        assert_eq!(part["dependentRequired"]["always"], json!(["unknown"]));
        assert_eq!(own["required"], json!(["null"]));
        assert_eq!(
            own["properties"]["absent"]["$ref"],
            reference("Part")["$ref"]
        );
    }
}
