//! What the service is measured against: servers that do nothing.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// As long as that of `/api/health`.
const BODY: &str = "{\"status\":\"ok\",\"check\":\"health\",\"timestamp\":\"2026-11-24T03:10:27.01741988Z\",\"latency_ms\":0.1,\"timeout_ms\":null,\"source\":\"live\",\"age_ms\":0.0,\"since\":\"2026-11-24T03:10:25.856903825Z\",\"environment\":\"dev\"}\n";

/// Serves until the process is ended.
pub(crate) fn serve(kind: &str, port: u16) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .expect("the port is free");
        if kind == "axum" {
            let answer = || async { ([(CONTENT_TYPE, "application/json")], BODY) };
            let router = Router::new().route("/api/health", get(answer));
            axum::serve(listener, router).await.expect("it serves");
        } else {
            hyper(listener).await;
        }
    });
}

async fn hyper(listener: TcpListener) {
    async fn answer(_: Request<Incoming>) -> Result<Response<axum::body::Body>, Infallible> {
        let body = axum::body::Body::from(Bytes::from_static(BODY.as_bytes()));
        let response = Response::builder().header(CONTENT_TYPE, "application/json");
        Ok(response.body(body).expect("a response"))
    }
    loop {
        let (stream, _) = listener.accept().await.expect("it accepts");
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), hyper::service::service_fn(answer)),
        );
    }
}
