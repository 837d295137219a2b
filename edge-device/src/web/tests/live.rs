//! What happens now.

use super::*;

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
async fn the_json_of_a_snapshot_is_made_once_for_all_browsers() {
    let fixture = Fixture::new();
    fixture.full().await;
    let shared = SnapshotJson::default();
    let view = fixture.pipeline.live().borrow().clone();
    let first = shared.of(&view).unwrap();
    assert!(Arc::ptr_eq(&first, &shared.of(&view).unwrap()));
    let another = Arc::new(LiveView {
        snapshot: view.snapshot.clone(),
        picture: Vec::new(),
    });
    let second = shared.of(&another).unwrap();
    assert!(!Arc::ptr_eq(&first, &second) && first == second);
    fixture.stop().await;
}
