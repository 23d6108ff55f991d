//! What answers the requests of a connection: the edge, or less than that in a test.

use std::future::Future;
use std::net::IpAddr;

use axum::body::Body;
use axum::http::{Request, Response};

/// What answers the requests of a connection.
pub trait Answers: Clone + Send + Sync + 'static {
    /// The answer to the request of a peer, the edge in front of us or a client.
    fn answer(
        &self,
        request: Request<Body>,
        peer: IpAddr,
    ) -> impl Future<Output = Response<Body>> + Send;
}
