//! What the orders share that are about one session of Postgres.
//!
//! # Design notes
//!
//! A process id is reused, and whoever orders over HTTP has read it a while ago: an order names the
//! start of the backend, too. A rehearsal need not, and says it.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use serde_json::{Value, json};

use crate::domain::action::BackendId;
use crate::domain::fault::Fault;
use crate::domain::order::refuse;
use crate::http::endpoints::orders::body;

/// The process id in the path, as it was sent.
pub(super) type PidPath = Result<Path<i32>, PathRejection>;

body! {
    /// What is asked for with that is about one session.
    #[schema(examples(json!({ "reason": "it holds a lock", "dry_run": true })))]
    SessionBody {
        /// When its backend started, as `/api/health/ops` says it: a process id alone may be another
        /// session's by now. It may be left out of a dry run, whose `before` says it.
        #[schema(min_length = 1, max_length = 100)]
        backend_start: Option<String>,
    }
}

/// The parameter in the path.
pub(super) fn parameter() -> Value {
    json!({
        "name": "pid", "in": "path", "required": true,
        "description": "The process id of the session's backend",
        "schema": { "type": "integer", "minimum": 1, "maximum": i32::MAX },
    })
}

/// The session that is meant.
pub(super) fn backend(pid: &PidPath, body: &SessionBody) -> Result<BackendId, Fault> {
    let Ok(Path(pid)) = pid else {
        return Err(refuse("A process id is a positive number."));
    };
    let pid = *pid;
    let backend_start = body.backend_start.clone();
    if backend_start.is_none() && !body.dry_run {
        return Err(refuse(
            "backend_start is missing: it is beside the process id in /api/health/ops, and in the before of a dry run.",
        ));
    }
    Ok(BackendId { pid, backend_start })
}
