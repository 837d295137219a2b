//! The page, and what guards it.

use super::*;
use crate::cli::sentences::reason;
use blastscope_vision::quality::QualityReason;

#[tokio::test]
async fn the_page_is_whole_takes_nothing_from_elsewhere_and_says_what_it_is_not() {
    let fixture = Fixture::new();
    let (status, page) = fixture.get("/").await;
    let page = String::from_utf8(page).unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains(DISCLAIMER));
    let mut files = Vec::new();
    for (path, ..) in assets::FILES {
        let (status, body) = fixture.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        files.push(String::from_utf8(body).unwrap());
    }
    for file in &files {
        let file = file.replace("http://www.w3.org/2000/svg", "");
        assert!(!file.contains("http://") && !file.contains("https://"), "{file}");
    }
    // What the scripts import is there.
    for import in files.concat().split(" from \"./").skip(1) {
        let path = import.split('"').next().unwrap();
        assert_eq!(fixture.get(&format!("/{path}")).await.0, StatusCode::OK, "{path}");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let fixture = Fixture::new();
    for path in ["/", "/api/status", "/api/cells/999/crop.png", "/nowhere"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = fixture.ask(request).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(
            response.headers()[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff",
            "{path}"
        );
        assert_eq!(response.headers()[header::X_FRAME_OPTIONS], "DENY", "{path}");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_foreign_name_for_this_machine_is_refused_unless_the_page_is_open() {
    let ask = |host: &str| {
        Request::get("/api/slides")
            .header(header::HOST, host)
            .body(Body::empty())
            .unwrap()
    };
    let own = Fixture::new();
    assert_eq!(
        own.ask(ask("evil.example")).await.status(),
        StatusCode::MISDIRECTED_REQUEST
    );
    let refused = own.ask(ask("evil.example")).await;
    assert_eq!(
        refused.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    assert!(text(refused).await.contains(r#""code":"misdirected""#));
    assert_eq!(own.ask(ask("localhost:8642")).await.status(), StatusCode::OK);
    assert_eq!(own.json("/api/status").await["open_to_network"], false);
    own.stop().await;
    let open = Fixture::at("0.0.0.0:8642");
    assert_eq!(open.ask(ask("microscope.lab")).await.status(), StatusCode::OK);
    assert_eq!(open.json("/api/status").await["open_to_network"], true);
    open.stop().await;
}

#[test]
fn every_code_has_a_sentence_on_the_page() {
    let sentences = include_str!("../assets/sentences.js");
    let document = serde_json::to_value(crate::web::openapi::document()).unwrap();
    let mut codes: Vec<String> = Vec::new();
    for schema in ["Finding", "Explanation"] {
        let variants = document["components"]["schemas"][schema]["oneOf"]
            .as_array()
            .unwrap();
        let code = |v: &Value| format!("case {}:", v["properties"]["code"]["enum"][0]);
        codes.extend(variants.iter().map(code));
    }
    let reasons = QualityReason::ALL.into_iter();
    codes.extend(reasons.map(|r| format!("{}: \"{}\"", r.code(), reason(r))));
    assert_eq!(codes.len(), 8 + 11 + 9);
    for code in codes {
        assert!(sentences.contains(&code), "{code}");
    }
}
