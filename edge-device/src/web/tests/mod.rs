//! The page over a running synthetic camera, without a socket.

mod live;
mod openapi;
mod page;
mod resources;
mod socket;

use super::*;
use crate::capture::CameraSpec;
use crate::observe::SystemClock;
use crate::store::Store;
use axum::body::Body;
use axum::http::{Request, Response, header};
use blastscope_inference::test_package::TestPackage;
use blastscope_inference::{Classifier, ModelSource, NumberFormatChoice};
use blastscope_shared::DISCLAIMER;
use http_body_util::BodyExt;
use serde_json::Value;
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
        let classifier = Arc::new(Classifier::load(&source, NumberFormatChoice::F32).unwrap());
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
        let address = address.parse().unwrap();
        let state = AppState::new(&pipeline, reader, &classifier, &config, address).unwrap();
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
