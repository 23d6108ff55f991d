//! Tells a slow name lookup from a slow connection from a slow answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tower::{Layer, Service};

use crate::domain::trace::Trace;
use crate::telemetry::metrics::IntCounter;

/// The trace of the run under way. The client outlives the runs, and a gate has one run at a time.
#[derive(Debug, Clone)]
pub(super) struct CurrentTrace {
    trace: Arc<Mutex<Trace>>,
    connections: IntCounter,
}

impl CurrentTrace {
    /// Nothing is under way; `connections` counts those attempted.
    pub(super) fn new(connections: IntCounter) -> Self {
        Self {
            trace: Arc::default(),
            connections,
        }
    }

    /// A new run has begun.
    pub(super) fn set(&self, trace: &Trace) {
        *self.trace.lock().unwrap_or_else(PoisonError::into_inner) = trace.clone();
    }

    fn get(&self) -> Trace {
        self.trace
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The system's resolver, with a phase of its own.
impl Resolve for CurrentTrace {
    fn resolve(&self, name: Name) -> Resolving {
        let trace = self.get();
        Box::pin(async move {
            trace.enter("dns");
            let addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            trace.enter("connect");
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl<S> Layer<S> for CurrentTrace {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector {
            inner,
            current: self.clone(),
        }
    }
}

/// Connecting, TLS included, with a phase of its own.
#[derive(Debug, Clone)]
pub(super) struct Connector<S> {
    inner: S,
    current: CurrentTrace,
}

impl<S, R> Service<R> for Connector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let trace = self.current.get();
        trace.enter("connect");
        self.current.connections.inc();
        let connecting = self.inner.call(target);
        Box::pin(async move {
            let connected = connecting.await;
            trace.enter("wait");
            connected
        })
    }
}
