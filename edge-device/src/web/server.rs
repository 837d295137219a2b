//! The socket. `axum::serve` sets no limit on headers, so connections are served here.

use crate::{Error, ErrorKind, Result};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io::ErrorKind as IoKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at the same time; the next ones wait.
const CONNECTIONS: usize = 256;
/// Longest time for the head of a request.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Largest head of a request, bytes, and most lines in it.
const MAX_HEAD: usize = 32 << 10;
const MAX_HEADERS: usize = 64;
/// Time that answers under way have when the device stops.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// Takes the address of the page.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|e| {
        let remedy = match e.kind() {
            IoKind::AddrInUse => "another program uses it: stop that one, or give another --listen IP:PORT",
            IoKind::PermissionDenied => "this user may not use that port: give a --listen port above 1023",
            IoKind::AddrNotAvailable => "it is no address of this machine: give --listen one of its own",
            _ => "give another --listen IP:PORT",
        };
        Error::new(ErrorKind::Web, format!("cannot listen on {address}: {remedy}")).with_source(e)
    })
}

/// Serves until `stop` is ready, then lets answers under way finish.
pub async fn serve(listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let place = Arc::clone(&free).acquire_owned().await.ok();
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(e) => {
                tracing::warn!("a connection was not accepted: {e}");
                // Out of file handles, as a rule: some will be free soon.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        stream.set_nodelay(true).ok();
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WITHIN)
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(e) = connection.await {
                tracing::debug!("a connection ended: {e}");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(FINISH_WITHIN, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some browsers did not take their answers in time");
    }
}
