//! Compresses what is large, for whoever asks for it.
//!
//! # Design notes
//!
//! Only gzip: everybody has it, and brotli costs more than it saves at answers that are made anew each
//! time. Only where a row says so: the answers to probes are small and pass no layer of it, and what goes
//! on for ever is told event by event. And only what everybody may see: an answer to a token or a cookie
//! may hold queries and causes beside names that a stranger chose, and the length of what is compressed
//! tells how much of the one is in the other (BREACH).

use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, AUTHORIZATION, COOKIE};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

/// What is smaller fits into a packet or two as it is.
const SMALL: u64 = 2 * 1024;

/// Compresses what is large.
pub(super) fn layer() -> CompressionLayer<SizeAbove> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(SMALL))
}

/// Nothing is compressed for whoever shows who they are.
pub(super) async fn for_strangers(mut request: Request) -> Request {
    let headers = request.headers_mut();
    if headers.contains_key(AUTHORIZATION) || headers.contains_key(COOKIE) {
        headers.remove(ACCEPT_ENCODING);
    }
    request
}
