//! What was called off: by who asked for it, by whoever runs the process, by a deployment.

use crate::reading::triage::sign::signs;

signs! {
    Cancelled Any NAMED "it was told to end" [
        "code=killed, status=15", "code=killed, status=2/int", "<signals.sigterm", "signals.sigterm",
        "<signals.sigint", "signals.sigint", "exit code -15", "exit code: -15", "exitcode -15", "returncode -15",
        "exit status -15", "exit code -2",
    ]
    Cancelled Any INNER "who asked went away" [
        "client closed request", "client closed the request", "client has closed the request",
        "client closed connection", "client closed the connection", "client has closed the connection",
        "client prematurely closed", "client disconnected", "client has disconnected", "client disconnect",
        "clientdisconnect*", "clientdisconnected*", "clientabortexception", "client aborted", "client abort",
        "client went away", "client gone", "client hung up", "client cancelled", "client canceled",
        "client cancels", "caller went away", "caller cancelled", "caller canceled", "caller disconnected",
        "browser closed", "user closed", "user navigated away", "user aborted", "user cancelled",
        "user canceled", "usercancelled", "usercanceled", "err_aborted", "ns_binding_aborted", "error: aborted", "abortincoming",
        "async request not usable", "asyncrequestnotusableexception", "request aborted by", "requestaborted*",
        "the client is gone", "peer cancelled", "rst_stream..cancel", "http2..cancel", "stream..cancelled",
        "stream..canceled", "nghttp2_cancel",
    ]
    Cancelled Any INNER "it was called off" [
        "operation was canceled", "operation was cancelled", "joinerror::cancelled", "joinerror::canceled",
        "terminated by user", "killed by user", "stopped by operator", "stopped by admin*", "stopped by user",
        "interrupted by user", "interrupted by operator", "cancellation requested", "cancellation token",
        "cancellationtoken", "cancel scope", "cancelscope", "taskgroup..cancelled", "task group..cancelled",
        "nursery..cancelled", "trio.cancelled", "dramatiq.middleware.shutdown", "middleware.shutdown",
        "sidekiq::shutdown", "flagged as revoked", "was revoked & task*", "threadabortexception",
        "thread was being aborted", "thread interrupted", "interruptederror", "interruptedexception",
        "waitinterrupted*", "superseded by", "cancelled: ", "canceled: ", "was preempted",
        "aborted before completion", "aborted before it", "request_cancelled", "request_canceled", "future cancelled",
        "future was cancelled", "promise was cancelled", "cancelledkeyexception", "cancelledexception",
        "cancelexception", "err_cancelled", "abort_err", "operation_aborted", "apiuseraborterror", "useraborterror",
    ]
    Cancelled Any CLEAR "a deployment ended it" [
        "killed by the deploy*", "killed by a deploy*", "killed by the rollout", "killed by the restart",
        "killed by a restart", "killed by the release", "stopped by the deploy*", "ended by the deploy*",
        "interrupted by the deploy*", "interrupted by a deploy*", "interrupted by the restart", "deploy killed",
        "redeploy killed", "rollout killed", "release killed", "restart killed",
    ]
    Cancelled Any CAUSE "the process is ending" [
        "shutdown in progress",
        "because of shutdown", "due to shutdown", "shutdown requested", "shutdown was requested",
        "graceful shutdown timed out", "graceful shutdown..exceeded", "graceful shutdown..timeout",
        "shutdown timed out", "shutdown timeout", "forcing shutdown", "forced shutdown", "forcing exit",
        "requests in flight", "jobs were still running", "still running & shutdown", "restarted while",
        "warm shutdown", "cold shutdown", "worker shutdown", "shutdown signal", "termination signal",
        "terminating due to signal", "terminated by signal 15", "terminated by signal sigterm", "killed by sigterm",
        "signal sigterm", "signal term", "signal 15 (sigterm)", "signal=sigterm", "received signal terminated",
        "received interrupt", "interrupt received", "signal: interrupt", "make: *..terminated",
        "make: *..interrupt", "pod was terminated", "pod deleted", "was evicted by", "node is shutting down",
        "client connection is closing", "http: server closed", "server has been shut down", "server was shut down",
        "server is closing", "server is stopping", "connection draining", "drain timeout", "execution terminated",
        "termination requested", "runtime exits immediately", "worker has been destroyed", "stopping container",
        "container was stopped", "container stopped", "was stopped by", "sigquit",
        "the runner has received", "was terminated by the system & shutdown",
    ]
    Cancelled Any CLEAR "something was called off" [
        "has been cancelled", "has been canceled", "have been cancelled", "have been canceled",
        "was cancelled", "was canceled", "were cancelled", "were canceled",
        "got cancelled", "got canceled", "being cancelled", "being canceled",
        "cancelled before", "canceled before", "cancelled while", "canceled while",
        "cancelled during", "canceled during", "cancelled after", "canceled after",
        "is shutting down", "are shutting down", "was shutting down", "during shutdown",
        "on shutdown",
    ]
    Cancelled Any INNER "it was called off" [
        "task was destroyed but it is pending", "event loop stopped before future completed", "responseaborted",
        "gracefulexit", "warm shut down", "cold shut down", "shut down requested", "back to redis, shutting down",
        "jobs back to redis", "parent job is cancel*", "aborted by user", "upload aborted", "download aborted",
        "abort handler", "caught signal", "received signal 2", "received signal 15", "signal term",
    ]
    Cancelled Any CAUSE "it was called off" [
        "cancelled by", "canceled by", "aborted by", "aborted after", "cancelled because", "canceled because",
    ]
    DbTimeout Any INNER "a statement was called off since it took too long" [
        "query..cancel*..timeout", "query..abort*..timeout", "statement..cancel*..timeout",
        "statement..abort*..timeout", "cancel*..statement timeout", "query..cancelled..too long",
        "query..canceled..too long",
    ]
    DbTransaction Any INNER "a transaction was called off for another one" [
        "aborted by deadlock", "aborted..deadlock victim", "transaction..aborted by",
    ]
    NetTimeout Other INNER "a request was called off since its answer took too long" [
        "request..aborted..timeout", "request..abort*..timed out", "request..cancelled..timeout",
        "request..canceled..timeout", "request..cancelled..timed out", "request..canceled..timed out",
        "call..aborted after..timeout", "fetch..aborted..timeout",
    ]
    Cancelled Any CLEAR "it did not end in the time that it was given" [
        "failed to shut down within", "did not shut down within", "did not stop within", "did not exit within",
        "did not terminate within", "not stopped within", "failed to stop within",
    ]
}
