//! Slides, fields and cells.

use super::*;
use crate::web::api::List;

/// The problem of an answer, with the status and code that it must have.
async fn problem(response: Response<Body>, status: u16, code: &str) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    let problem: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["code"], code, "{problem}");
    assert!(problem["title"].is_string() && problem["detail"].is_string());
    problem
}

#[tokio::test]
async fn slides_cells_and_fields_can_be_read_from_the_newest_on() {
    let fixture = Fixture::new();
    let full = fixture.full().await;
    let slides = fixture.json("/api/slides").await;
    assert_eq!(slides["notice"], DISCLAIMER);
    let id = slides["slides"][0]["id"].as_i64().unwrap();
    assert_eq!(id, full.slide.id.0);

    let slide = fixture.json(&format!("/api/slides/{id}")).await;
    assert_eq!(slide["summary"]["cells"], full.summary.cells);
    assert_eq!(slide["summary"]["status"], "unsigned");
    assert_eq!(slide["summary"]["notice"], DISCLAIMER);

    let first = fixture.json(&format!("/api/slides/{id}/cells?limit=5")).await;
    let cells = first["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 5);
    let fifth = cells[4]["id"].as_i64().unwrap();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = fixture
        .json(&format!("/api/slides/{id}/cells?cursor={cursor}"))
        .await;
    assert_eq!(
        rest["cells"].as_array().unwrap().len() as u64 + 5,
        full.summary.cells
    );
    assert!(rest["cells"][0]["id"].as_i64().unwrap() < fifth);
    assert_eq!(rest["next_cursor"], Value::Null);
    let blasts = fixture.json(&format!("/api/slides/{id}/cells?class=all")).await;
    let blasts = blasts["cells"].as_array().unwrap().clone();
    assert_eq!(blasts.len() as u64, full.summary.counts[0].cells);
    assert!(blasts.iter().all(|c| c["class"] == "all"));

    let (status, crop) = fixture.get(&format!("/api/cells/{fifth}/crop.png")).await;
    assert_eq!((status, &crop[1..4]), (StatusCode::OK, &b"PNG"[..]));
    let field = cells[0]["field"].as_i64().unwrap();
    let read = fixture.json(&format!("/api/fields/{field}")).await;
    assert!(read["cells"][0]["outline"].as_str().unwrap().split(' ').count() > 8);
    let judged = fixture.json(&format!("/api/fields/{field}")).await;
    assert_eq!(judged["quality"]["verdict"], "good", "{judged}");
    let (status, picture) = fixture.get(&format!("/api/fields/{field}/picture.jpg")).await;
    assert_eq!((status, &picture[..2]), (StatusCode::OK, &[0xff, 0xd8][..]));
    fixture.stop().await;
}

#[tokio::test]
async fn what_does_not_exist_or_makes_no_sense_is_answered_in_words() {
    let fixture = Fixture::new();
    let cursor = List::new("slides").after(3);
    let of_another_list = format!("/api/slides/1/cells?cursor={cursor}");
    for (path, status, code, word) in [
        ("/api/slides/999", 404, "not_found", "no slide 999"),
        ("/api/cells/999/crop.png", 404, "not_found", "no cell 999"),
        ("/api/fields/999", 404, "not_found", "no field 999"),
        ("/api/fields/999/picture.jpg", 404, "not_found", "no field 999"),
        ("/api/slides/x", 400, "bad_request", "x"),
        ("/api/slides/1/cells?limit=x", 400, "bad_request", "limit"),
        ("/api/slides/1/cells?clas=all", 400, "bad_request", "clas"),
        ("/api/live/field.jpg?shown=x", 400, "bad_request", "shown"),
        ("/api/slides?cursor=12", 400, "bad_cursor", "from its start"),
        (&of_another_list, 400, "bad_cursor", "from its start"),
        ("/api/nowhere", 404, "not_found", "no such page"),
        ("/../etc/passwd", 404, "not_found", "no such page"),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let problem = problem(fixture.ask(request).await, status, code).await;
        assert!(
            problem["detail"].as_str().unwrap().contains(word),
            "{path}: {problem}"
        );
    }
    let response = fixture.ask(post("/api/status", "")).await;
    problem(response, 405, "method_not_allowed").await;
    fixture.stop().await;
}

#[tokio::test]
async fn a_new_slide_is_begun_by_this_page_only() {
    let fixture = Fixture::new();
    let first = fixture.full().await.slide.id;
    let response = fixture
        .ask(post("/api/slides", r#"{"name": "  Anna, 2nd  "}"#))
        .await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let id = serde_json::from_str::<Value>(&text(response).await).unwrap()["id"]
        .as_i64()
        .unwrap();
    assert!(id > first.0);
    let live = fixture.json("/api/status").await;
    assert_eq!(
        (
            live["live"]["slide"]["name"].as_str(),
            live["live"]["slide"]["id"].as_i64()
        ),
        (Some("Anna, 2nd"), Some(id))
    );

    let mut foreign = post("/api/slides", "");
    foreign
        .headers_mut()
        .insert(header::ORIGIN, "http://evil.example".parse().unwrap());
    problem(fixture.ask(foreign).await, 403, "cross_site").await;
    let mut foreign = post("/api/slides", "");
    foreign
        .headers_mut()
        .insert("sec-fetch-site", "cross-site".parse().unwrap());
    problem(fixture.ask(foreign).await, 403, "cross_site").await;

    for bad in [
        r#"{"nam": "x"}"#,
        "name",
        &format!(r#"{{"name": "{}"}}"#, "x".repeat(121)),
        r#"{"name": "\u0007"}"#,
    ] {
        let response = fixture.ask(post("/api/slides", bad)).await;
        problem(response, 400, "bad_request").await;
    }
    let large = fixture.ask(post("/api/slides", &" ".repeat(MAX_BODY + 1))).await;
    problem(large, 413, "too_large").await;
    // Without a length in its head, a body is refused while it is read.
    let parts = tokio_stream::iter([" ".repeat(MAX_BODY), " ".to_owned()].map(Ok::<_, std::io::Error>));
    let parts = Body::from_stream(parts);
    let large = Request::post("/api/slides").body(parts).unwrap();
    problem(fixture.ask(large).await, 413, "too_large").await;
    assert_eq!(fixture.json("/api/status").await["live"]["slide"]["id"], id);
    fixture.stop().await;
}

#[tokio::test]
async fn lists_are_read_to_their_end_page_by_page() {
    let fixture = Fixture::new();
    let cells = fixture.full().await.summary.cells;
    for _ in 0..3 {
        let begun = fixture.ask(post("/api/slides", "")).await;
        assert_eq!(begun.status(), StatusCode::CREATED);
    }
    for (list, key, all) in [
        ("/api/slides", "slides", 4),
        ("/api/slides/1/cells", "cells", cells),
    ] {
        let (mut ids, mut query) = (Vec::new(), String::new());
        loop {
            let page = fixture.json(&format!("{list}?limit=2{query}")).await;
            let rows = page[key].as_array().unwrap();
            assert!(rows.len() <= 2);
            ids.extend(rows.iter().map(|r| r["id"].as_i64().unwrap()));
            match page["next_cursor"].as_str() {
                Some(cursor) => query = format!("&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(ids.len() as u64, all, "{list}");
        assert!(ids.is_sorted_by(|a, b| a > b), "{list}: {ids:?}");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_picture_that_a_browser_has_is_not_sent_again() {
    let fixture = Fixture::new();
    fixture.full().await;
    for path in ["/api/cells/1/crop.png", "/api/fields/1/picture.jpg"] {
        let ask = |tag: &str| {
            let request = Request::get(path).header(header::IF_NONE_MATCH, tag);
            request.body(Body::empty()).unwrap()
        };
        let first = fixture.ask(ask("\"other\"")).await;
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CACHE_CONTROL], "private, no-cache");
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        let again = fixture.ask(ask(&tag)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[header::ETAG], *tag);
        assert_eq!(text(again).await, "");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn what_is_said_of_a_slide_is_a_code() {
    let fixture = Fixture::new();
    fixture.full().await;
    let summary = fixture.json("/api/slides/1").await["summary"].clone();
    let finding = serde_json::json!({ "code": "not_enough_cells", "identified": 12, "needed": 100 });
    assert_eq!(summary["finding"]["code"], finding["code"], "{summary}");
    assert_eq!(summary["finding"]["needed"], finding["needed"]);
    assert_eq!(
        summary["explanation"],
        serde_json::json!({ "code": "more_fields_needed" })
    );
    let counts: Vec<&String> = summary["counts"].as_object().unwrap().keys().collect();
    assert_eq!(counts, ["all", "hem", "unidentified"]);
    fixture.stop().await;
}
