use super::*;
use crate::capture::CameraSpec;
use crate::observe::SystemClock;
use crate::store::Store;
use axum::body::Body;
use axum::http::{Request, Response, header};
use blastscope_inference::test_package::TestPackage;
use blastscope_inference::{Classifier, ModelSource, PrecisionChoice};
use blastscope_shared::DISCLAIMER;
use http_body_util::BodyExt;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use tempfile::TempDir;
use tower::ServiceExt;

/// A page over a running synthetic camera.
struct Fixture {
    _folder: TempDir,
    pipeline: Pipeline,
    app: Router,
}

impl Fixture {
    fn at(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = TestPackage::write(folder.path());
        let source = ModelSource {
            package: made.package,
            trusted_keys: vec![made.key],
        };
        let classifier = Arc::new(Classifier::load(&source, PrecisionChoice::F32).unwrap());
        let camera = "synthetic:seed=5,fps=60"
            .parse::<CameraSpec>()
            .unwrap()
            .open(1.0)
            .unwrap();
        let config = Config {
            workers: Some(2),
            cells_per_slide: 12,
            ..Config::default()
        };
        let settings = config.counting(classifier.calibration());
        let store = Store::open(&folder.path().join("data"), &settings).unwrap();
        let reader = store.reader().unwrap();
        let clock = Arc::new(SystemClock::default());
        let pipeline = Pipeline::start(camera, &classifier, store, &settings, 2, clock).unwrap();
        let labels = classifier.labels().names();
        let address = address.parse().unwrap();
        let state = AppState::new(&pipeline, reader, classifier.model(), labels, &config, address);
        Self {
            _folder: folder,
            pipeline,
            app: app(state),
        }
    }

    fn new() -> Self {
        Self::at("127.0.0.1:8642")
    }

    /// Waits until the slide is full.
    async fn full(&self) -> crate::pipeline::Snapshot {
        let mut live = self.pipeline.live();
        live.wait_for(|v| v.snapshot.slide.progress.full)
            .await
            .unwrap()
            .snapshot
            .clone()
    }

    async fn ask(&self, request: Request<Body>) -> Response<Body> {
        self.app.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str) -> (StatusCode, Vec<u8>) {
        let request = Request::get(path)
            .header(header::HOST, "127.0.0.1:8642")
            .body(Body::empty());
        let response = self.ask(request.unwrap()).await;
        (
            response.status(),
            response.into_body().collect().await.unwrap().to_bytes().to_vec(),
        )
    }

    async fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(
            status,
            StatusCode::OK,
            "{path}: {}",
            String::from_utf8_lossy(&body)
        );
        serde_json::from_slice(&body).unwrap()
    }

    async fn stop(self) {
        let pipeline = self.pipeline;
        tokio::task::spawn_blocking(|| pipeline.stop())
            .await
            .unwrap()
            .unwrap();
    }
}

fn post(path: &str, body: &str) -> Request<Body> {
    let request = Request::post(path).header(header::HOST, "127.0.0.1:8642");
    request.body(Body::from(body.to_owned())).unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn the_page_is_whole_takes_nothing_from_elsewhere_and_says_what_it_is_not() {
    let fixture = Fixture::new();
    let (status, page) = fixture.get("/").await;
    let page = String::from_utf8(page).unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains(DISCLAIMER));
    let mut files = vec![page];
    for path in [
        "/page.css",
        "/page.js",
        "/classes.js",
        "/field.js",
        "/result.js",
        "/gallery.js",
        "/icon.svg",
    ] {
        let (status, body) = fixture.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        files.push(String::from_utf8(body).unwrap());
    }
    for file in &files {
        let file = file.replace("http://www.w3.org/2000/svg", "");
        assert!(!file.contains("http://") && !file.contains("https://"), "{file}");
    }
    // What the scripts import is there.
    for import in files.concat().split(" from \"").skip(1) {
        let path = import.split('"').next().unwrap();
        assert_eq!(fixture.get(path).await.0, StatusCode::OK, "{path}");
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
    let before = cells[4]["id"].as_i64().unwrap();
    let rest = fixture
        .json(&format!("/api/slides/{id}/cells?before={before}"))
        .await;
    assert_eq!(
        rest["cells"].as_array().unwrap().len() as u64 + 5,
        full.summary.cells
    );
    let blasts = fixture.json(&format!("/api/slides/{id}/cells?class=all")).await;
    let blasts = blasts["cells"].as_array().unwrap().clone();
    assert_eq!(blasts.len() as u64, full.summary.counts[0].cells);
    assert!(blasts.iter().all(|c| c["class"] == "all"));

    let (status, crop) = fixture.get(&format!("/api/cells/{before}/crop.png")).await;
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
    for (path, status, word) in [
        ("/api/slides/999", StatusCode::NOT_FOUND, "no slide 999"),
        ("/api/cells/999/crop.png", StatusCode::NOT_FOUND, "no cell 999"),
        ("/api/fields/999", StatusCode::NOT_FOUND, "no field 999"),
        (
            "/api/fields/999/picture.jpg",
            StatusCode::NOT_FOUND,
            "no field 999",
        ),
        ("/api/slides/x", StatusCode::BAD_REQUEST, "x"),
        ("/api/slides/1/cells?limit=x", StatusCode::BAD_REQUEST, "limit"),
        ("/api/slides/1/cells?clas=all", StatusCode::BAD_REQUEST, "clas"),
        ("/api/nowhere", StatusCode::NOT_FOUND, "no such page"),
        ("/../etc/passwd", StatusCode::NOT_FOUND, "no such page"),
    ] {
        let (got, body) = fixture.get(path).await;
        let error: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(got, status, "{path}");
        assert!(error["error"].as_str().unwrap().contains(word), "{path}: {error}");
    }
    let response = fixture.ask(post("/api/status", "")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
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
    assert_eq!(fixture.ask(foreign).await.status(), StatusCode::FORBIDDEN);
    let mut foreign = post("/api/slides", "");
    foreign
        .headers_mut()
        .insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(fixture.ask(foreign).await.status(), StatusCode::FORBIDDEN);

    for bad in [
        r#"{"nam": "x"}"#,
        "name",
        &format!(r#"{{"name": "{}"}}"#, "x".repeat(121)),
        r#"{"name": "\u0007"}"#,
    ] {
        let response = fixture.ask(post("/api/slides", bad)).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
    let large = fixture.ask(post("/api/slides", &" ".repeat(MAX_BODY + 1))).await;
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(fixture.json("/api/status").await["live"]["slide"]["id"], id);
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
    assert_eq!(own.ask(ask("localhost:8642")).await.status(), StatusCode::OK);
    assert_eq!(own.json("/api/status").await["open_to_network"], false);
    own.stop().await;
    let open = Fixture::at("0.0.0.0:8642");
    assert_eq!(open.ask(ask("microscope.lab")).await.status(), StatusCode::OK);
    assert_eq!(open.json("/api/status").await["open_to_network"], true);
    open.stop().await;
}

#[tokio::test]
async fn the_picture_of_another_field_is_not_given_for_the_latest() {
    let fixture = Fixture::new();
    fixture.full().await;
    assert_eq!(fixture.get("/api/live/field.jpg").await.0, StatusCode::OK);
    assert_eq!(
        fixture.get("/api/live/field.jpg?shown=1000000").await.0,
        StatusCode::NOT_FOUND
    );
    fixture.stop().await;
}

#[tokio::test]
async fn events_bring_snapshots_and_end_with_the_pipeline() {
    let fixture = Fixture::new();
    let request = Request::get("/api/events").body(Body::empty()).unwrap();
    let response = fixture.ask(request).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    fixture.full().await;
    let pipeline = fixture.pipeline;
    tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
    // The body ends by itself, and nobody who read it late held anything up.
    let events = text(response).await;
    let last = events.trim().rsplit("\n\n").next().unwrap();
    let data = last.split("data: ").nth(1).unwrap();
    assert!(last.starts_with("event: snapshot"), "{last}");
    let snapshot: Value = serde_json::from_str(data).unwrap();
    assert_eq!(snapshot["slide"]["full"], true);
    assert_eq!(snapshot["summary"]["status"], "unsigned");
}

#[tokio::test]
async fn health_is_ok_while_the_pipeline_runs_and_not_after() {
    let fixture = Fixture::new();
    fixture.full().await;
    let health = fixture.json("/healthz").await;
    assert_eq!(
        (health["status"].as_str(), health["pipeline"].as_str()),
        (Some("ok"), Some("running"))
    );
    assert_eq!(health["model"]["name"], "test");
    let Fixture {
        app,
        pipeline,
        _folder,
    } = fixture;
    tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
    let request = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(
        app.oneshot(request).await.unwrap().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_remedy() {
    let taken = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = taken.local_addr().unwrap();
    let error = listen(address).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains(&address.to_string()) && message.contains("--listen"),
        "{message}"
    );
}

/// Sends a head and gives the stream after the first bytes of the answer, with these.
fn ask_socket(address: SocketAddr, head: &str, first: usize) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    // The answer to a head that is refused may come before all of it is sent.
    stream.write_all(head.as_bytes()).ok();
    let mut start = Vec::new();
    Read::by_ref(&mut stream)
        .take(first as u64)
        .read_to_end(&mut start)
        .ok();
    (stream, String::from_utf8(start).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_socket_answers_and_stops_while_somebody_reads_events() {
    let fixture = Fixture::new();
    let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, fixture.app.clone(), async {
        stopped.await.ok();
    }));
    let asked = tokio::task::spawn_blocking(move || {
        let ask = |path: &str| {
            ask_socket(
                address,
                &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n"),
                15,
            )
        };
        (ask("/healthz").1, ask("/api/events"))
    });
    let (health, (mut events, head)) = asked.await.unwrap();
    assert_eq!(
        (health.as_str(), head.as_str()),
        ("HTTP/1.1 200 OK", "HTTP/1.1 200 OK")
    );

    let pipeline = fixture.pipeline;
    tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
    stop.send(()).unwrap();
    server.await.unwrap();
    let mut rest = Vec::new();
    events.read_to_end(&mut rest).unwrap();
    assert!(String::from_utf8_lossy(&rest).contains("event: snapshot"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_long_is_refused() {
    let fixture = Fixture::new();
    let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, fixture.app.clone(), std::future::pending()));
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\n\r\n",
        "x".repeat(100_000)
    );
    let answer = tokio::task::spawn_blocking(move || ask_socket(address, &head, 15).1)
        .await
        .unwrap();
    assert_ne!(answer, "HTTP/1.1 200 OK");
    server.abort();
    fixture.stop().await;
}
