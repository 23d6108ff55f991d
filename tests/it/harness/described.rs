//! Answers, held against what `/openapi.json` says of them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Instance, Reply, client};

/// The description of an instance.
pub(crate) struct Description {
    document: Value,
}

impl Description {
    pub(crate) async fn of(service: &Instance) -> Self {
        Self::at(&format!("http://127.0.0.1:{}", service.port)).await
    }

    /// That of what answers there.
    pub(crate) async fn at(url: &str) -> Self {
        let answer = client().get(format!("{url}/openapi.json")).send().await;
        let text = answer
            .expect("it answers")
            .text()
            .await
            .expect("the body arrives");
        let mut document: Value = serde_json::from_str(&text).expect("JSON");
        let schemas = document["components"]["schemas"].as_object_mut();
        for schema in schemas.expect("schemas").values_mut() {
            close(schema, true);
        }
        Self { document }
    }

    /// Each path that is answered to GET.
    pub(crate) fn looks(&self) -> Vec<String> {
        let paths = self.document["paths"].as_object().expect("paths");
        let looks = paths.iter().filter(|(_, of)| of.get("get").is_some());
        looks.map(|(path, _)| path.clone()).collect()
    }

    /// Asserts that the answer is one that is described, with all that it has to have and nothing else. What is asked
    /// in a way that is not described is answered with a problem.
    #[track_caller]
    pub(crate) fn assert_described(&self, method: &Method, path: &str, reply: &Reply) {
        let media = reply.headers.get("content-type");
        let media = media.map_or("", |media| media.to_str().expect("text"));
        let media = media.split(';').next().unwrap_or_default();
        let method = method.as_str().to_lowercase();
        let operation = self
            .path(path)
            .and_then(|path| self.document["paths"][path].get(&method));
        let schema = match operation {
            Some(operation) => {
                let answer = &operation["responses"][reply.status.to_string()];
                let schema = &answer["content"][media]["schema"];
                assert!(
                    schema.is_object(),
                    "{method} {path} answered {} {media}, which is not described",
                    reply.status
                );
                schema.clone()
            }
            None if media == "application/problem+json" => {
                json!({ "$ref": "#/components/schemas/Problem" })
            }
            None => return,
        };
        if !media.ends_with("json") {
            return;
        }
        let mut schema = schema;
        close(&mut schema, false);
        schema["components"] = self.document["components"].clone();
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        let validator = options.build(&schema).expect("a schema");
        let body = reply.json();
        let wrong: Vec<_> = validator
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{method} {path}: {wrong:#?}\n{body:#}");
    }

    /// The path that this one is of: one that says more by itself goes before one with a parameter.
    fn path(&self, asked: &str) -> Option<&str> {
        let asked: Vec<_> = asked
            .split('?')
            .next()
            .unwrap_or_default()
            .split('/')
            .collect();
        let is_it = |path: &&String| {
            let parts: Vec<_> = path.split('/').collect();
            let pairs = || parts.iter().zip(&asked);
            parts.len() == asked.len()
                && pairs().all(|(part, asked)| part == asked || part.starts_with('{'))
        };
        let paths = self.document["paths"].as_object().expect("paths").keys();
        let of = paths
            .filter(is_it)
            .min_by_key(|path| path.matches('{').count());
        of.map(String::as_str)
    }
}

/// Has the schema refuse members that it does not name. A part of another one cannot know what that has.
fn close(schema: &mut Value, is_part: bool) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    let of_objects = ["$ref", "properties", "allOf", "oneOf", "anyOf"];
    if !is_part && of_objects.iter().any(|name| members.contains_key(*name)) {
        members.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    for (name, value) in members {
        match name.as_str() {
            "properties" => {
                let properties = value.as_object_mut().into_iter().flatten();
                properties.for_each(|(_, value)| close(value, false));
            }
            "items" | "additionalProperties" => close(value, false),
            "allOf" | "oneOf" | "anyOf" => {
                let parts = value.as_array_mut().into_iter().flatten();
                parts.for_each(|part| close(part, true));
            }
            _ => {}
        }
    }
}
