//! The bodies of a connection: whether all of a request's was read, and whether an answer's is still on its way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, BodyDataStream};
use axum::http::Response;
use futures_util::Stream;
use hyper::body::{Body as _, Bytes, Frame, Incoming, SizeHint};

use crate::http::server::connections::ConnectionActivity;

/// A request's body as the routes take it: its connection is told where it is given up before its end.
pub(super) fn of_request(inner: Incoming, activity: &Arc<ConnectionActivity>) -> Body {
    if inner.is_end_stream() {
        return Body::empty();
    }
    Body::new(Upload {
        inner,
        activity: Arc::clone(activity),
        is_over: false,
    })
}

/// An answer whose connection is not idle before the end of it, where that is not known at its beginning.
pub(super) fn of_answer(
    response: Response<Body>,
    activity: &Arc<ConnectionActivity>,
) -> Response<Body> {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    activity.streams();
    response.map(|body| {
        Body::from_stream(Streaming {
            inner: body.into_data_stream(),
            activity: Arc::clone(activity),
        })
    })
}

/// A body that may not be read to its end.
#[derive(Debug)]
struct Upload {
    inner: Incoming,
    activity: Arc<ConnectionActivity>,
    is_over: bool,
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

/// A body that is sent as it comes to be.
#[derive(Debug)]
struct Streaming {
    inner: BodyDataStream,
    activity: Arc<ConnectionActivity>,
}

impl Stream for Streaming {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.inner).poll_next(cx)
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.activity.streamed();
    }
}
