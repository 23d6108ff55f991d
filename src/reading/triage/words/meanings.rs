//! What words mean. Two words with one meaning stand with an underscore between them.

/// A meaning, and the words that have it.
pub(super) const MEANINGS: &[(&str, &str)] = &[
    (
        "db",
        "db dbs database databases postgres postgresql pg psql sql pooler pgbouncer supavisor 5432 6543 primary replica",
    ),
    ("pooler", "pooler pgbouncer supavisor 6543"),
    (
        "conn",
        "connection connections conn conns connect connects connecting connected reconnect reconnects reconnecting connectivity",
    ),
    (
        "refused",
        "refused refuse refuses refusing econnrefused rejecting turned_away actively_refused",
    ),
    (
        "reset",
        "reset resets resetting dropped drops dropping broke breaks cut disconnected disconnects disconnecting econnreset hangs_up closed closes closing lost losing severed",
    ),
    (
        "down",
        "down dead unreachable gone away offline unavailable died dies unresponsive inaccessible vanished disappeared disappears outage unhealthy not_there restarting starting_up shutting_down recovery crashing",
    ),
    (
        "unreachable",
        "unreachable unroutable no_route cant_reach cannot_reach not_reachable not_reach couldnt_reach reach reached",
    ),
    (
        "cant",
        "cant cannot couldnt unable wont fails fail failing failed failure failures failes doesnt dont didnt isnt not never keeps_failing hasnt havent refuses",
    ),
    (
        "no",
        "no none not without nothing zero cant cannot doesnt dont isnt wont never nowhere nobody hasnt didnt",
    ),
    (
        "missing",
        "missing miss absent forgot forgotten undefined unset lacks lacking lack empty not_set not_there gone removed nowhere not_defined not_provided not_found cant_find cannot_find",
    ),
    (
        "slow",
        "slow slowly slower slowness laggy lagging sluggish crawling crawls hang hangs hanging hung freezes frozen forever taking_forever takes_forever takes_ages takes_minutes take_minutes take_forever take_ages take_hours takes_hours takes_too too_long so_long stuck",
    ),
    (
        "timeout",
        "timeout timeouts timedout timed times_out time_out time_outs timing_out times_outs timeing timesout unanswered not_answering doesnt_answer not_come never_comes no_answer not_responding doesnt_respond no_response never_answers never_responds didnt_answer not_answer not_respond",
    ),
    (
        "query",
        "query queries statement statements select selects report reports sql rows_slow aggregation long_running",
    ),
    (
        "deadlock",
        "deadlock deadlocks deadlocked deadlocking deadlock_detected",
    ),
    (
        "lock",
        "lock locks locked locking blocked blocking blocks blocker lock_wait waits_for lock_timeout",
    ),
    (
        "tx",
        "transaction transactions serialization serialisation serialize serialise serializable isolation rollback rollbacks rolled tx txn savepoint",
    ),
    (
        "pool",
        "pool pools pooling slot slots client_slots connection_slots pooled",
    ),
    (
        "clients",
        "clients client connections conns conn connection sessions",
    ),
    (
        "exhausted",
        "exhausted exhaust exhaustion full maxed saturated used_up out_of ran_out run_out running_out depleted starved starvation drained too_many max maximum reached limit_reached hogs hogging eats eating swallows none_left no_free no_more no_available all_taken all_busy leak leaks leaking leaked",
    ),
    ("many", "too_many max maximum many"),
    (
        "dup",
        "duplicate duplicates duplicated dup dups dupe dupes twice already_exists exists_already double",
    ),
    (
        "key",
        "docket dockets key keys row rows record records insert inserts entry value plaintiff plaintiffs constraint unique",
    ),
    (
        "constraint",
        "constraint constraints foreign fk unique violation violations violates violated violate not_null notnull null nulls check_violation referential",
    ),
    (
        "http",
        "http https api apis backend endpoint endpoints request requests call calls calling caller vendor vendors external third_party thirdparty stripe upstream gateway url service services page site website webpage callback fetch downstream partner slack twilio sendgrid openai anthropic discord github google gmail aws s3 paypal docusign salesforce hubspot zapier mailgun telegram",
    ),
    (
        "service",
        "service services redis cache_server kafka rabbitmq broker backend frontend api apis server host peer proxy port upstream downstream render app internal elasticsearch mailer smtp",
    ),
    ("dns", "dns resolver nameserver nxdomain enotfound"),
    (
        "host",
        "hostname hostnames host hosts domain domains name names subdomain address",
    ),
    (
        "resolve",
        "resolve resolves resolving resolved resolution lookup lookups unresolvable not_found found unknown",
    ),
    (
        "tls",
        "ssl tls cert certs certificate certificates handshake x509 https_error letsencrypt",
    ),
    (
        "expired",
        "expired expire expires expiry expiring ran_out outdated out_of_date no_longer_valid lapsed too_old not_valid no_longer invalidated",
    ),
    (
        "invalid",
        "invalid wrong bad incorrect malformed broken garbage illegal typo mistyped not_valid unparseable unparsable corrupt rejected reject rejects misconfigured not_accepted unrecognized unrecognised",
    ),
    (
        "trust",
        "trusted trust untrusted selfsigned self_signed not_trusted mismatch hostname verify verified verification ca issuer",
    ),
    (
        "supabase",
        "supabase supabse supbase gotrue supa edge_function edge_functions",
    ),
    ("postgrest", "postgrest rest pgrst rest_api"),
    ("paused", "paused pause restricted suspended pausing"),
    ("railway", "railway railways nixpacks railpack"),
    (
        "deploy",
        "deploy deploys deployment deployments deployed deploying redeploy redeploys build builds rollout healthcheck healthchecks health_check health_checks replica replicas release",
    ),
    ("restart", "restart restarts restarting restarted"),
    (
        "stuck",
        "stuck hangs hanging never_ends never_finishes pending red queued",
    ),
    (
        "n8n",
        "n8n workflow workflows flow flows webhook webhooks trigger triggers node nodes execution executions zap automation",
    ),
    (
        "rate",
        "rate ratelimit ratelimited rate_limit rate_limited rate_limits rate_limiting throttle throttled throttles throttling quota quotas 429s too_many_requests slow_down backoff",
    ),
    (
        "token",
        "token tokens jwt jwts session sessions bearer refresh_token access_token id_token cookie signature service_role apikey",
    ),
    (
        "apikey",
        "key keys apikey api_key api_keys anon_key service_key role_key",
    ),
    (
        "auth",
        "auth authentication authenticate authenticated authorization authorisation login logins log_in sign_in signin signed oauth sso credentials credential 401 401s unauthorized unauthorised logged_out",
    ),
    (
        "permission",
        "permission permissions forbidden grant grants granted privilege privileges allowed rls policy policies 403 403s access rights not_allowed may_not row_level denied",
    ),
    (
        "denied",
        "denied forbidden missing no not lacks lacking refused not_allowed cant cannot 403 403s blocked blocks",
    ),
    (
        "env",
        "env envs environment var vars variable variables envvar envvars env_var env_vars secret secrets dotenv",
    ),
    (
        "config",
        "config configs configuration configurations conf settings setting yaml yml toml json ini option options url dsn",
    ),
    (
        "file",
        "file files path dotenv config_file toml yaml yml json settings_file",
    ),
    (
        "password",
        "password passwords passwd pw pwd credential credentials login user_name username",
    ),
    (
        "schema",
        "schema schemas table tables column columns view views function functions rpc relation relations procedure enum index migration migrations",
    ),
    ("cache", "cache caches cached schema_cache"),
    (
        "stale",
        "stale old outdated not_refreshed not_updated reload",
    ),
    (
        "migration",
        "migration migrations migrate migrated alembic flyway inverse",
    ),
    (
        "notexist",
        "exist exists missing gone not_found unknown undefined vanished disappeared 404 404s no_such not_there not_exist doesnt_exist dropped",
    ),
    (
        "input",
        "input inputs payload payloads body form forms field fields parameter parameters params argument arguments validation validate 400 400s 422 422s json request requests date email format",
    ),
    (
        "badrequest",
        "bad_request bad_requests 400 400s 422 422s validation_error validation_errors validation unprocessable bad_input invalid_input",
    ),
    (
        "data",
        "data checksum checksums row rows count counts total totals number numbers backup backups sum sums record records export import dump balance plaintiffs cases",
    ),
    (
        "mismatch",
        "mismatch mismatches mismatched match matches matching differ differs different inconsistent inconsistency inconsistencies corrupt corrupted corruption orphan orphans orphaned integrity wrong garbled damaged off doesnt_match dont_match disagree disagrees contradict contradicts twice_counted lost",
    ),
    (
        "integrity",
        "integrity checksum checksums corrupt corrupted corruption inconsistent orphaned orphans",
    ),
    (
        "memory",
        "memory ram oom ooms oomed oomkilled out_of_memory memory_leak heap swap mem",
    ),
    (
        "disk",
        "disk disks storage volume space diskspace inodes filesystem",
    ),
    (
        "full",
        "full filled no_space out_of out_of_space ran_out 100 used_up no_room exhausted low",
    ),
    ("cpu", "cpu cpus processor load throttled_cpu"),
    (
        "high",
        "high 100 maxed pegged spiking spikes spike burning 99 full overloaded overload pinned",
    ),
    (
        "descriptors",
        "descriptors descriptor fds open_files threads file_handles handles",
    ),
    ("killed", "killed kill kills sigkill 137 evicted oomkilled"),
    (
        "cancel",
        "cancelled canceled cancel cancels cancelling canceling cancellation aborted abort aborts aborting sigterm sigint interrupted interrupt shutdown shutdowns shutting_down shut_down terminated stopped_by gave_up given_up told_to_stop graceful",
    ),
    (
        "crash",
        "crash crashed crashes crashing panic panics panicked panicking exception exceptions traceback segfault stacktrace stack_trace crashloop crash_loop boom exploded blew_up unhandled",
    ),
    (
        "broke",
        "broke broken breaks breaking wrong weird strange unknown unexpected odd error errors fails failing failed failure bug buggy 500 500s funky mysterious unclear no_idea wtf",
    ),
    (
        "something",
        "something anything everything nothing unclear unknown idea why whole",
    ),
    (
        "worker",
        "worker workers job jobs queue queues task tasks consumer consumers cron cronjob scheduler celery sidekiq process processes backlog",
    ),
    (
        "heartbeat",
        "heartbeat heartbeats heart_beat of_life stale silent",
    ),
    (
        "stop",
        "stopped stops stop stalled stalls stuck dead silent not_running doesnt_run not_working doesnt_work not_processing not_picking died dying hang hangs hanging gone vanished frozen do_nothing does_nothing did_nothing",
    ),
    (
        "fire",
        "fire fires firing run runs running trigger triggers triggered start starts starting execute executes executed work works working called",
    ),
    (
        "status5",
        "500 500s 502 502s 503 503s 504 504s 5xx 5xxs 520 521 522 525 540 544",
    ),
    ("s500", "500 500s internal_error internal_errors"),
    ("s502", "502 502s 503 503s 504 504s bad_gateway"),
    ("s401", "401 401s unauthorized unauthorised 403 403s"),
    ("s429", "429"),
    ("loggedout", "logged_out signed_out kicked_out log_out"),
    ("limit", "limit limits limited limiting limiter"),
    ("s404", "404 404s not_found"),
    (
        "user",
        "user users role roles readonly admin admins reader readers member members",
    ),
    (
        "everything",
        "everywhere everything everyone everybody all every each",
    ),
    ("after", "after since"),
    ("eachother", "each_other one_another"),
    ("waits", "wait waits waiting"),
    ("warns", "warns warn complains complaining"),
    ("setting", "setting settings option options url dsn"),
    ("inuse", "in_use occupied taken busy"),
];
