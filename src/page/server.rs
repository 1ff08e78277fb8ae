//! Takes connections, no more than this computer has room for, and lets nobody keep others out by holding many.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use super::House;
use super::guard::Known;
use super::routes::routes;

/// At a time; a browser holds a handful for each of its windows.
const MOST_CONNECTIONS: usize = 128;
/// Whoever opens a connection says within this time what for.
const PATIENCE: Duration = Duration::from_secs(10);
/// More is no request of this page's.
const MOST_HEADER_BYTES: usize = 16 * 1024;

/// Answers whoever comes, for ever.
pub async fn serve(listener: TcpListener, house: Arc<House>) {
    /// When this computer has no room for another connection.
    const PAUSE: Duration = Duration::from_millis(50);
    let routes = routes(house);
    let mut guests: Vec<(AbortHandle, Known)> = Vec::new();
    loop {
        let Ok((connection, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if guests.len() >= MOST_CONNECTIONS {
            guests.retain(|(task, _)| !task.is_finished());
        }
        if guests.len() >= MOST_CONNECTIONS {
            // The oldest of those that have not shown the key; where all have, the oldest.
            let leaves = guests.iter().position(|(_, known)| !known.is_known()).unwrap_or(0);
            guests.remove(leaves).0.abort();
        }
        let known = Known::default();
        let task = tokio::spawn(attend(connection, routes.clone(), known.clone()));
        guests.push((task.abort_handle(), known));
    }
}

async fn attend(connection: TcpStream, routes: Router, known: Known) {
    // Small answers are not to wait for more.
    let _ = connection.set_nodelay(true);
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(known.clone());
        routes.call(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(MOST_HEADER_BYTES);
    // Whatever was wrong with it concerns the other side.
    let _ = http.serve_connection(TokioIo::new(connection), service).await;
}
