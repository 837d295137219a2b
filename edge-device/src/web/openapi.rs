//! The OpenAPI document: made from the handlers and their types, checked in at `docs/reference/openapi.json`.

use super::api::{PROBLEM_JSON, Problem, ProblemCode, Snapshot, cells, fields, slides, status};
use super::live;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};

#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Blastscope",
        description = "What the device sees, counts and says. Nothing here is signed; every answer with results says so.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    paths(
        status::healthz,
        openapi,
        status::status,
        live::events,
        live::picture,
        slides::list,
        slides::begin,
        slides::one,
        cells::of_slide,
        cells::crop,
        fields::one,
        fields::picture,
    ),
    components(schemas(Problem, Snapshot)),
    tags(
        (name = "device", description = "The device itself"),
        (name = "live", description = "What happens now"),
        (name = "slides", description = "Slides from the newest on"),
        (name = "fields", description = "Fields that are kept"),
        (name = "cells", description = "Cells that are kept")
    )
)]
struct Handlers;

static TEXT: LazyLock<String> = LazyLock::new(|| {
    // Names and numbers alone: nothing in it that JSON cannot write.
    document().to_pretty_json().unwrap_or_default() + "\n"
});

/// This document.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "get_openapi",
    tag = "device",
    responses((status = 200, description = "The OpenAPI document of this device", body = Object))
)]
pub(super) async fn openapi() -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], TEXT.as_str()).into_response()
}

/// The document, with the errors that every request can meet.
pub(super) fn document() -> utoipa::openapi::OpenApi {
    let mut document = Handlers::openapi();
    document.info.contact = None;
    if let Some(components) = &mut document.components {
        for status in statuses(&ProblemCode::ALL) {
            let response = RefOr::T(described(status));
            components.responses.insert(response_name(status), response);
        }
    }
    for item in document.paths.paths.values_mut() {
        let operations = [(&mut item.get, false), (&mut item.post, true)];
        for (operation, changes) in operations {
            if let Some(operation) = operation {
                let codes = codes_of(operation, changes);
                add_problems(operation, &codes);
                leave_pictures_open(operation);
            }
        }
    }
    document
}

/// What can go wrong with a request, by what it says and does.
fn codes_of(operation: &Operation, changes: bool) -> Vec<ProblemCode> {
    let mut codes = vec![
        ProblemCode::TooLarge,
        ProblemCode::Misdirected,
        ProblemCode::Internal,
        ProblemCode::Busy,
    ];
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let given = |place: ParameterIn| parameters.iter().any(|p| p.parameter_in == place);
    if changes {
        codes.extend([ProblemCode::BadRequest, ProblemCode::CrossSite]);
    }
    if given(ParameterIn::Path) || given(ParameterIn::Query) {
        codes.push(ProblemCode::BadRequest);
    }
    let is_list = parameters.iter().any(|p| p.name == "cursor");
    let is_one = given(ParameterIn::Path) || parameters.iter().any(|p| p.name == "shown");
    if is_one && !is_list {
        codes.push(ProblemCode::NotFound);
    }
    codes
}

/// Adds references to the answers, where the operation has none of that status itself.
fn add_problems(operation: &mut Operation, codes: &[ProblemCode]) {
    for status in statuses(codes) {
        let answers = &mut operation.responses.responses;
        let name = response_name(status);
        answers
            .entry(status.as_str().to_owned())
            .or_insert_with(|| RefOr::Ref(Ref::from_response_name(name)));
    }
}

/// A picture is described by its media type: no JSON schema fits its bytes.
fn leave_pictures_open(operation: &mut Operation) {
    for answer in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = answer {
            let contents = response.content.iter_mut();
            for (_, content) in contents.filter(|(media_type, _)| media_type.starts_with("image/")) {
                content.schema = None;
            }
        }
    }
}

fn statuses(codes: &[ProblemCode]) -> Vec<StatusCode> {
    let mut statuses: Vec<StatusCode> = codes.iter().map(|c| c.status()).collect();
    statuses.sort();
    statuses.dedup();
    statuses
}

/// `NotFound`, as the phrase of 404 is "Not Found".
fn response_name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().replace(' ', "")
}

/// The answer with a status, and the codes that it may have.
fn described(status: StatusCode) -> utoipa::openapi::Response {
    let codes = ProblemCode::ALL.into_iter().filter(|c| c.status() == status);
    let said: Vec<String> = codes
        .filter_map(|code| {
            let name = serde_json::to_value(code).ok()?;
            Some(format!("`{}`: {}", name.as_str()?, code.usual_detail()))
        })
        .collect();
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new()
        .description(said.join("; "))
        .content(PROBLEM_JSON, content.build())
        .build()
}
