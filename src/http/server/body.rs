//! A request's body, and whether all of it was read.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use hyper::body::{Body as _, Bytes, Frame, Incoming, SizeHint};

use crate::http::server::connections::ConnectionActivity;

/// A body that tells its connection when it is given up before its end.
#[derive(Debug)]
struct Upload {
    inner: Incoming,
    activity: Arc<ConnectionActivity>,
    is_over: bool,
}

/// The body as the routes take it.
pub(super) fn body(inner: Incoming, activity: &Arc<ConnectionActivity>) -> Body {
    if inner.is_end_stream() {
        return Body::empty();
    }
    Body::new(Upload {
        inner,
        activity: Arc::clone(activity),
        is_over: false,
    })
}

impl hyper::body::Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        self.is_over = frame.is_none();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_over && !self.is_end_stream() {
            self.activity.leaves_unread();
        }
    }
}
