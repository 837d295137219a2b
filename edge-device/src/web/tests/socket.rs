//! The page over a real socket.

use super::*;
use std::io::{Read, Write};
use std::net::TcpStream;

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
    let (stop, stopped) = oneshot::channel::<()>();
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
