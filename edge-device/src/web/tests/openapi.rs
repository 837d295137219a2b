//! The OpenAPI document against what is served, what is checked in and what the page asks.

use super::*;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

fn document() -> Value {
    serde_json::to_value(crate::web::openapi::document()).unwrap()
}

/// Compares a file of the repository with what it must be; with `BLASTSCOPE_BLESS=1` writes it.
fn checked_in(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BLASTSCOPE_BLESS").is_some_and(|v| v == "1") {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{} is not what the program says: look at the difference and, if it is meant, run\n  \
         BLASTSCOPE_BLESS=1 cargo test -p blastscope --lib web::tests::openapi",
        path.display()
    );
}

#[test]
fn the_document_is_checked_in() {
    let text = crate::web::openapi::document().to_pretty_json().unwrap() + "\n";
    checked_in("../docs/reference/openapi.json", &text);
}

#[test]
fn the_types_of_the_page_are_those_of_the_document() {
    checked_in("src/web/assets/types.d.ts", &types(&document()));
}

#[tokio::test]
async fn the_device_serves_its_document() {
    let fixture = Fixture::new();
    assert_eq!(fixture.json("/api/openapi.json").await, document());
    fixture.stop().await;
}

#[tokio::test]
async fn every_route_is_in_the_document_and_every_documented_one_answers() {
    let fixture = Fixture::new();
    fixture.full().await;
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let served: BTreeSet<&str> = routes().iter().map(|(path, _)| *path).collect();
    assert_eq!(paths.keys().map(String::as_str).collect::<BTreeSet<_>>(), served);
    for (path, item) in paths {
        for method in METHODS {
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(path.replace("{id}", "1"));
            let response = fixture.ask(request.body(Body::empty()).unwrap()).await;
            let status = response.status().as_u16();
            match item.get(method) {
                None => assert_eq!(status, 405, "{method} {path}"),
                Some(operation) => {
                    let success = if method == "post" { 201 } else { 200 };
                    assert_eq!(status, success, "{method} {path}");
                    let said = &operation["responses"][success.to_string()]["content"];
                    let content_type = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
                    assert!(
                        said.get(content_type).is_some(),
                        "{method} {path}: {content_type}"
                    );
                }
            }
        }
    }
    fixture.stop().await;
}

#[test]
fn everything_is_named_and_described() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{at}"
            );
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(is_text(&parameter["description"]), "{at}: {parameter}");
            }
            let responses = operation["responses"].as_object().unwrap();
            for status in ["413", "421", "500", "503"] {
                assert!(responses.contains_key(status), "{at}: {status}");
            }
            for (status, response) in responses {
                let shared = response["$ref"].as_str().and_then(|r| document.pointer(&r[1..]));
                assert!(
                    is_text(&shared.unwrap_or(response)["description"]),
                    "{at}: {status}"
                );
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(is_text(&schema["description"]), "{name}");
        for (key, value) in properties(schema) {
            // That of a value that may be null stands beside its type.
            let choice = value["oneOf"].as_array().into_iter().flatten();
            let described = choice.chain([&value]).any(|v| is_text(&v["description"]));
            assert!(described, "{name}.{key}: {value}");
        }
    }
}

#[test]
fn the_page_asks_only_for_what_the_document_describes() {
    let document = document();
    let braces = |path: &str| path.replace("{id}", "{}");
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(|p| braces(p))
        .collect();
    let mut asked = 0;
    for (file, _, script) in assets::FILES.iter().filter(|f| f.0.ends_with(".js")) {
        for (at, _) in script.match_indices("/api/") {
            let rest = &script[at..];
            let end = rest.find(['"', '`', '?', '\'', ' ', ')']).unwrap();
            let mut path = rest[..end].to_owned();
            while let Some(open) = path.find("${") {
                let close = open + path[open..].find('}').unwrap();
                path.replace_range(open..=close, "{}");
            }
            assert!(described.contains(&path), "{file}: {path}");
            asked += 1;
        }
    }
    assert!(asked >= 9, "{asked}");
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// The properties of an object, or of all variants of a choice; the code of a variant describes itself.
fn properties(schema: &Value) -> Vec<(String, Value)> {
    let parts = [&schema["oneOf"], &schema["allOf"]]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten();
    let objects = parts.chain([schema]).filter_map(|s| s["properties"].as_object());
    let all = objects.flat_map(|o| o.iter().map(|(k, v)| (k.clone(), v.clone())));
    all.filter(|(key, _)| key != "code").collect()
}

/// The schemas as types of TypeScript, which checks the scripts of the page.
fn types(document: &Value) -> String {
    let mut text = String::from(
        "// The answers of the device, from docs/reference/openapi.json. Made by a test: see tests/openapi.rs.\n",
    );
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let description = schema["description"]
            .as_str()
            .unwrap_or_default()
            .replace('\n', " ");
        write!(
            text,
            "\n/** {description} */\nexport type {name} = {};\n",
            type_of(schema)
        )
        .unwrap();
    }
    text
}

fn type_of(schema: &Value) -> String {
    let joined = |list: &Value, by: &str| {
        let parts = list.as_array().unwrap().iter().map(type_of);
        parts.collect::<Vec<_>>().join(by)
    };
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap().to_owned();
    }
    if schema["oneOf"].is_array() {
        return joined(&schema["oneOf"], " | ");
    }
    if schema["allOf"].is_array() {
        return joined(&schema["allOf"], " & ");
    }
    if let Some(values) = schema["enum"].as_array() {
        return values
            .iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
            .join(" | ");
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(|k| k.as_str().unwrap()).collect(),
        kind => vec![kind.as_str().unwrap_or("any")],
    };
    let kinds = kinds.iter().map(|kind| match *kind {
        "integer" | "number" => "number".to_owned(),
        "array" => array_of(schema),
        "object" => object_of(schema),
        other => other.to_owned(),
    });
    kinds.collect::<Vec<_>>().join(" | ")
}

/// Arrays of a fixed small length are tuples.
fn array_of(schema: &Value) -> String {
    let item = type_of(&schema["items"]);
    match (schema["minItems"].as_u64(), schema["maxItems"].as_u64()) {
        (Some(least), Some(most)) if least == most => {
            format!("[{}]", vec![item.as_str(); most as usize].join(", "))
        }
        _ => format!("Array<{item}>"),
    }
}

fn object_of(schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object() else {
        return match schema.get("additionalProperties") {
            Some(values) => format!("Record<string, {}>", type_of(values)),
            None => "Record<string, unknown>".to_owned(),
        };
    };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let fields = properties.iter().map(|(key, value)| {
        let mark = if required.contains(&Value::from(key.as_str())) {
            ""
        } else {
            "?"
        };
        format!("  {key}{mark}: {};", type_of(value))
    });
    let fields: Vec<String> = fields.collect();
    format!("{{\n{}\n}}", fields.join("\n"))
}
