//! Workers and what keeps them running: Celery, RQ, Dramatiq, arq, Sidekiq, BullMQ, Oban, River, asynq,
//! gunicorn, uvicorn, systemd, PM2.

use crate::reading::triage::sign::signs;

signs! {
    Internal Any LIKELY "a job was given up, mostly for a cause that is said, too" [
        "exception in worker process", "worker failed to boot", "haltserver", "worker panic", "failedjobregistry",
        "unrecoverableerror", "unrecoverable error", "maxretriesexceedederror", "job..discarded after",
        "moved to the dead", "moving to dead", "sent to dead letter", "moved to dlq", "sent to dlq",
        "raised an unhandled exception", "due to unhandled exception", "exited unexpectedly", "raised exception",
        "numberofretriesexceeded", "oban.performerror", "oban.crasherror", "workflow execution failed",
        "activity task failed", "childworkflowfailure", "applicationfailure", "max retries..exceeded",
        "retries exceeded for message", "has exceeded maximum retry", "maximum retry attempts",
        "retry attempts exhausted", "exceeded max attempts", "max attempts reached", "maximum attempts reached",
        "attempts exhausted", "all attempts failed", "found an unhandled exception, quitting",
        "consumer encountered an unexpected error", "unexpected failure in before_*", "unexpected failure in after_*",
        "workflow panic", "activity panic", "workflow task failed", "childworkflowexecutionerror", "requeueing",
    ]
    Internal Any CAUSE "a worker or its job failed" [
        "error loading asgi app", "error loading wsgi app", "could not import module", "not found in module",
        "failed to find attribute", "failed to find application object",
        "app failed to load", "appimporterror", "actornotfound",
        "deserializationerror & rq*",
        "oban.timeouterror", "handler not found for task", "function..not found & arq*",



        "could not be acquired by any worker", "commitfailedexception",
        "rebalance failed", "nondeterminis*", "job handler..not found",
        "no such worker", "no job handler", "job class..not found", "task..not registered",
        "no route found for job",
        "bad worker", "worker initialization failed", "failed to initialize worker",
        "worker..failed to initialize", "spawn error", "abnormal termination", "fatal & supervisord",
        "too many unstable restarts", "restarted too many times", "exceeded restart limit",
        "failed with result 'exit-code'", "failed with result 'core-dump'", "failed with result 'start-limit*",
        "failed with result 'protocol'", "start request repeated too quickly", "main process exited, code=exited",
        "unit entered failed state", "control process exited",
    ]
    Internal Any CAUSE "a worker gives no sign of life" [
        "job heartbeat timeout", "heartbeat timeout", "heartbeat session expired", "watchdog timeout",
        "failed with result 'watchdog'", "failed with result 'timeout'", "marking coordinator dead", "no workers are",
        "no worker is", "no workers found", "no running workers", "no online workers", "no live workers",
        "no nodes replied", "no consumer for", "no consumer is", "zero consumers", "without any consumer",
        "worker is not running", "worker not running", "workers are not running", "worker..is dead",
        "workers are dead", "worker..has died", "worker has gone away", "worker went away", "worker is gone",
        "worker disappeared", "lost contact with worker", "worker..lost contact", "worker..offline",
        "worker..went offline", "worker..stopped responding", "worker..no longer responding",
        "worker..stopped sending", "stopped sending heartbeats", "has missed..heartbeats", "no ping from",
        "missed too many pings", "worker..is unresponsive", "worker..hung", "worker..hanging", "worker is stuck",
        "worker seems stuck", "worker..frozen", "queue latency..exceed*", "queue depth..exceed*", "backlog..exceed*",
        "queue..not being processed", "queue..is not processed", "queue..growing", "jobs are not being",
        "job..not picked up", "jobs..not picked up", "nobody picks up", "no one is picking up", "stopped consuming",
        "stopped processing", "not consuming", "not processing jobs", "worker heartbeat timed out",
        "heartbeat timed out & worker*", "heartbeat of..timed out",
    ]
    ResourceExhausted Any CAUSE "a job ran into its time limit" [
        "job timed out", "job execution timed out", "job has timed out", "job..timed out after", "jobtimeout*",
        "job exceeded its timeout", "job ran longer", "ran longer than", "exceeded maximum runtime",
        "exceeded the maximum runtime", "exceeded its deadline", "exceeded its maximum", "exceeded the time limit",
        "time limit exceeded", "time limit (..) exceeded", "time limit..exceeded", "timelimit..exceeded",
        "task timed out", "task has timed out", "task execution timed out", "activetimeout",
        "deadlineexceeded & job", "backofflimitexceeded", "job was active longer", "stalled more than",
        "job..stalled", "stalled job", "jobs stalled", "circuit_breaking_exception", "data too large",
        "is currently overloaded & worker*", "concurrency limit reached", "worker pool is full",
        "worker pool exhausted", "no free workers", "all workers are busy", "all workers busy", "no idle workers",
    ]
    ResourceExhausted Any NAMED "the worker was killed" [
        "code=killed, status=9", "failed with result 'oom-kill'", "killed by the oom", "<signals.sigkill",
        "signals.sigkill", "exit code -9", "exit code: -9", "exitcode -9", "returncode -9", "exit status -9",
        "exit code 247",
    ]
    ConfigInvalid Any CAUSE "its address is taken" [
        "connection in use: (", "can't connect to ('", "while attempting to bind on address", "bind: address",
        "failed to bind to", "could not bind to", "cannot bind to", "unable to bind to", "error binding",
    ]
    Internal Any CAUSE "a worker ended without being told to" [
        "shutting down: master", "timed out waiting for up message", "exited in: genserver.call", "(exit) no process",
        "(exit) time out", "genserver..terminating", "genserver #pid..terminating", "dirtyexit",
        "did not gracefully exit", "workershutdown", "workerterminate", "was sent sigabrt", "r-fault",
        "processprunederror", "processexiterror", "interrupterror", "process was found dead",
        "corrupted schedule file", "worker..exited abnormally", "max_run_time is only", "delayed::workertimeout",
        "was claimed..never finished", "claimed..and never finished", "never finished", "returning it to the queue",
        "max deliver", "exceeded max deliveries", "deliveries & dlq",
    ]
    ConfigInvalid Any INNER "the store behind a worker rejects its login" [
        "invalid username-password pair", "wrongpass",
    ]
    ConfigInvalid Any CAUSE "another one runs already" [
        "pidfile..already exists", "pid file..already exists", "already running with pid",
        "another instance is already running", "already running (pid",
    ]
    NetRefused Any INNER "the broker behind a worker is gone" [
        "amqpheartbeattimeout", "amqpconnectionerror", "channelclosedbybroker", "channelclosed", "streamlosterror",
        "connectionclosedbybroker", "precondition_failed - unknown delivery", "no elasticsearch node",
        "no servers available for connection", "couldn't ack",
    ]
    Internal Any INNER "a worker or its job is in a state that it should not be in" [
        "is already registered & rq*", "there exists an active worker", "lock mismatch for job",
        "is not in the active state", "is not in the..state & job", "maxretriesperrequest must be null",
        "missed its schedule", "missed schedule", "missed its run", "job..has no handler", "has no handler",
        "worker pool shut down unexpectedly", "localprotocolerror", "waiting jobs and 0 workers", "0 workers",
        "and no workers", "lease for job", "lease..expired", "another worker takes over", "worker..died, terminating",
        "failed to check in within", "skipped its run", "did not run at",
    ]
    Internal Any INNER "a worker cannot make sense of its job" [
        "unable to deserialize job", "unable to serialize job", "deserializationerror & arq*",
        "activejob::deserializationerror", "error serializing result", "failed to decode message using encoder",
        "unable to find activitytype", "unable to find workflow type", "unable to find workflowtype",
        "error loading workflow", "functions from the __main__ module", "no process function is defined",
        "no function is exported in processor", "missing process function", "no child process or worker thread",
        "error initializing child", "child exited before", "cannot start a not idling child process",
        "unknown job state", "could not call task", "unknown content type", "no such control command",
    ]
    Internal Any CAUSE "a worker or its job failed" [


        "has exceeded its age limit",
        "missing key for parent job",
        "has pending dependencies", "job..has dependencies", "worker requires a connection",
        "at least one function or cron_job must be registered", "scheduler is not running", "schedulernotrunning*",
        "schedulernotfound", "duplicatescheduler*",

        "panicerror & temporal*", "tmprl1100",
        "workflow execution terminated", "health check failed: no health check sentinel",
        "no worker has", "no worker claimed", "no worker took", "no worker picked", "not been claimed",
        "nobody has claimed",
        "never been picked up", "ended without a result", "has not finished & claimed", "heartbeat overdue",
        "heartbeat is overdue", "heartbeat..minutes old", "heartbeat..hours old", "heartbeat..days old", "0 of..workers",
        "beat stopped", "not been picked up", "unclaimed for",
    ]
    Internal Any CLEAR "a job was not done in its time" [
        "job..expired", "~task..expired", "~message..expired",
    ]
    NetRefused Any INNER "the store behind a worker does not take its command" [
        "readonlyerror & redis*", "max number of clients reached & redis*",
        "retry limit exceeded while trying to reconnect", "pubsub thread exiting", "failed reaching server",
    ]
    ResourceExhausted Any INNER "the store behind a worker is full" [
        "unable to persist to disk",
    ]
    ConfigInvalid Any CAUSE "a worker's settings are wrong" [
        "unknown result backend", "queue name cannot contain", "queue name must be provided", "custom id cannot",
        "cache backend..is unknown", "cannot mix new and old setting", "no result backend is configured",
        "requires a result backend to be configured", "redis options maxretriesperrequest must be null",
        "concurrency must be", "maxstalledcount must be", "stalledinterval must be", "draindelay must be",
    ]
    ResourceExhausted Any INNER "a job ran into its time limit" [
        "starttoclose timeout", "scheduletoclose timeout", "scheduletostart timeout",
        "timeout type: starttoclose", "timeouttype: start_to_close", "exceeded maximum timeout value",
        "horsemonitortimeoutexception",
    ]
    Internal Any INNER "an activity gives no sign of life" [
        "timeout type: heartbeat", "type: heartbeat",
    ]
    ResourceExhausted Any INNER "there are not enough workers" [
        "pm.max_children", "max_children setting", "terminating timed out worker", "worker=..timeout",
    ]
    Internal Any CLEAR "the program registers twice" [
        "handler..already registered", "task..already registered", "job..already registered",
    ]
    Internal Any CLEAR "a worker did not come up" [
        "timed out waiting for worker*", "timeout waiting for worker*", "timed out waiting for the worker*",
        "timeout waiting for the worker*",
    ]
    ResourceExhausted Any CLEAR "there are not enough workers" [
        "waiting for a free worker", "waiting for an idle worker", "waiting for a worker slot",
    ]
}
