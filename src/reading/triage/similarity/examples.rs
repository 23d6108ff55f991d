//! Sentences as people write them, and what was behind them; a semicolon stands between two.

use crate::domain::taxonomy::Code;

/// What people wrote when something was wrong.
pub(super) const EXAMPLES: &[(Code, &str)] = &[
    (
        Code::DbConnection,
        "the db is unreachable from the api; postgres keeps dropping our connections; cannot connect to \
         postgres; database is offline; lost the db connection in the middle of the import; postgres is down \
         again; database not reachable since the restart; connection to the database refused after the failover; \
         why can the workers not talk to the database anymore; the database server does not accept connections; \
         postgres restarted and nobody can connect; the primary went away; pooler cannot reach the database; \
         database is starting up and rejects everybody; we keep losing the connection to postgres; psql just \
         says could not connect; is the database up, the api cannot reach it; db dead since the night; the \
         standby took over and the api still talks to the old primary; the app lost its database",
    ),
    (
        Code::DbTimeout,
        "the report query takes forever; queries hang for minutes; a select on cases never returns; statement \
         timeouts during the nightly export; postgres is very slow; queries time out; long running queries block \
         everything; the dashboard is slow, i think it is the database; sql takes ages; a query has been running \
         for hours; the database answers too late; page loads forever because of a slow query; a report makes \
         the database slow; search is slow because of sql; reports take long since the update; explain shows a \
         seq scan, the query takes ages; vacuum makes everything slow; the nightly export runs into the \
         statement timeout; listing the cases takes half a minute",
    ),
    (
        Code::DbTransaction,
        "deadlocks in the job queue; transactions keep rolling back; something holds a lock on plaintiffs; an \
         update is blocked by another session; serialization errors under load; everyone waits for a lock; two \
         jobs wait for each other; the transaction was rolled back; a table is locked by a migration; idle in \
         transaction session holds locks; concurrent updates conflict; could not get the lock in time; two \
         imports block each other; the migration waits for a lock forever; an open transaction blocks the queue; \
         alter table hangs behind another session",
    ),
    (
        Code::DbPoolExhausted,
        "no connections left; ran out of db connections; the pool is maxed out; too many clients; all pool slots \
         are taken; pgbouncer has no free slots; we exhausted the connection pool; everything says sorry too \
         many clients; connection limit reached; connections leak until nothing is free; waiting for a free \
         connection; no slot in the pool; client connections at the maximum; clients waiting for a connection, \
         none free; the pooler refuses new clients; every connection is in use; we open too many connections",
    ),
    (
        Code::DbIntegrity,
        "duplicate plaintiffs rejected by the unique index; cannot delete the case, it is still referenced; \
         insert fails because of a null column; unique violation on docket; constraint error when importing; row \
         exists already; foreign key does not let us delete it; the same plaintiff was inserted twice and \
         refused; a column may not be null; check constraint refuses the value; same docket twice, insert \
         refused; the unique key is hit on every import; cannot remove the plaintiff because of the cases",
    ),
    (
        Code::ConfigMissing,
        "forgot to set the supabase key; the new service has no database url; secrets are missing in staging; \
         env vars not there after redeploy; the app says a variable is undefined; variable not set in \
         production; nobody set the token in the environment; key is not configured; the environment lacks a \
         secret; missing environment variable after the rename; some env is missing, the service will not start; \
         the worker has no key; variable is empty on the worker; the secret was not copied to production",
    ),
    (
        Code::ConfigInvalid,
        "wrong password for the db; someone mistyped the port; the connection string is wrong; bad value in the \
         config; db credentials rotated, login fails; invalid yaml in the settings; the db user cannot log in; \
         login to postgres fails with the new secret; url in the settings is malformed; typo in the \
         configuration; old password still used by the workers; port is already in use; wrong database name; the \
         service points to the wrong host; config does not parse; we changed the db password and now nothing can \
         log in; typo in the database url; the url has a space in it; the env value is not a number; the app \
         uses the staging database by mistake",
    ),
    (
        Code::ConfigFileMissing,
        "the config file is gone; it cannot find the toml; settings yaml is missing in the image; no env file in \
         the container; file not found on start; the configuration file was not copied; config path does not \
         exist; someone deleted the config; cannot find the config; the mounted config is not there",
    ),
    (
        Code::NetTimeout,
        "requests to the api time out; stripe takes too long to answer; http calls hang; the other service never \
         responds; gateway timeout on every call; upstream is slow; page loads for ages; no answer from the \
         vendor; we wait and wait for the api; call to the partner hangs; 504 from the gateway; spinner never \
         stops; calls to the vendor time out; the payment api answers too late; timeouts when we call the court \
         api",
    ),
    (
        Code::NetRefused,
        "redis refuses connections; cannot reach the render service; 502 from the backend; socket hangs up all \
         the time; the broker is down; connection reset when calling the vendor; the mail server is unreachable; \
         docker says connection refused on the api port; nothing listens on that port; 503 from the partner; \
         vendor has an outage; the payment provider is down; slack is down; stripe returns 503; openai is \
         unavailable; third party api fails with 500; their status page shows an incident; the other service \
         drops the connection; the vendor api is dead; stripe down; the queue server is gone; connection refused \
         by the internal api; bad gateway when opening the page; the proxy cannot reach the app",
    ),
    (
        Code::NetDns,
        "dns does not work in the container; the hostname cannot be resolved; unknown host; the nameserver does \
         not answer; the api domain was not found; name lookup fails; cannot resolve the internal name; domain \
         has no address; the internal host does not resolve; dns of the new domain is not there yet; no such \
         host after the rename",
    ),
    (
        Code::NetTls,
        "the certificate expired; tls handshake fails; self signed cert rejected; https is broken, cert \
         mismatch; the ssl cert ran out yesterday; browser says the site is not secure; certificate is for \
         another host; ssl verification fails; cert not trusted by the client; chrome shows a certificate \
         warning for our api; expired cert on the api; the client does not trust our ca; cert of the proxy ran \
         out",
    ),
    (
        Code::VendorSupabase,
        "supabase is down; supabase returns 401; the rest api of supabase gives 503; the supabase project got \
         paused; the supabase key is not accepted; an edge function fails; supabase outage; customers cannot \
         load anything, supabase shows errors; supabase storage does not answer; supabase auth fails; postgrest \
         gives 503; realtime of supabase disconnects; supabase rejects our api key; the rest endpoint gives 401 \
         for every key; supabase dashboard shows the project as paused; supabase login page is broken; storage \
         bucket of supabase fails",
    ),
    (
        Code::VendorRailway,
        "the railway build fails; the deploy hangs; railway is having issues; the healthcheck never passes; the \
         new deployment crashed; we cannot redeploy; the app failed to respond on railway; build is red; \
         deployment stuck; railway shows application failed to respond; the image does not build; rollout does \
         not finish; replica never gets healthy; railway says no start command; deployment stuck at building; \
         railway rolled back our deploy; no deploy goes through; railway logs show crashed; builds are queued \
         forever",
    ),
    (
        Code::VendorN8n,
        "the n8n webhook does not trigger; the workflow is stuck; webhooks return 404; n8n executions fail since \
         noon; the automation did not run; the trigger node is dead; the intake mails are not sent by the \
         workflow; n8n does not start; a flow fails at a node; workflow is not active; the webhook is not \
         registered; nothing arrives from n8n; the workflow does not run any more; webhook returns 404 from n8n; \
         n8n shows failed executions; the schedule trigger did not fire",
    ),
    (
        Code::VendorRateLimited,
        "we are being throttled; too many requests; the api quota is used up; 429 from openai; we hit the limit \
         of the sms provider; vendor tells us to slow down; rate limit of the api reached; requests rejected \
         because we send too many; daily limit of mails reached; they blocked us for too many calls; sendgrid \
         says too many requests; we get 429 from the auth service; the api locks us out for an hour because of \
         too many calls",
    ),
    (
        Code::AuthMissing,
        "request without token; no auth header; the user is not logged in; forgot the bearer token; the client \
         sends no credentials; call comes without authorization; token is missing in the request; cookie not \
         sent; anonymous request refused; the frontend forgets to send the token; the header is missing in every \
         call; calls arrive anonymous",
    ),
    (
        Code::AuthInvalid,
        "the token expired; users get logged out, the session expired; jwt is invalid; the api key was revoked; \
         login tokens rejected since the key rotation; the refresh token is no good; customers are asked to log \
         in again and again; token signed with the old key; signature does not match; login says invalid \
         credentials; session is no longer valid; 401 for all users; all users logged out after the key \
         rotation; the mobile app has an expired jwt; the service key is refused; the login cookie is rejected",
    ),
    (
        Code::AuthForbidden,
        "access denied for the reader role; the user may not see the table; row level security blocks the \
         select; no permission to write; 403 for admins; missing privileges; i cannot open the case, it says not \
         allowed; role lacks a grant; forbidden for this user; policy does not let me read it; only the owner \
         can do that; the role cannot select from plaintiffs; the new hire gets 403 everywhere; the app role is \
         not allowed to write",
    ),
    (
        Code::ValInput,
        "the form rejects valid dates; the payload is invalid; validation errors on the intake form; 400 when \
         posting json; the email field is not accepted; malformed request; customer cannot submit the form; \
         upload fails, the file type is not supported; a required field is missing in the body; json cannot be \
         parsed; the date has the wrong format; 422 from the api; the api says invalid uuid; the form gives an \
         error about the phone number; the csv is refused because of a bad row; body is not valid json",
    ),
    (
        Code::ValSchema,
        "a column is missing in prod; table not found; the migration failed half way; the schema cache is stale; \
         rpc not found after the deploy; the api answers in another shape; the new table is not visible in the \
         rest api; function does not exist; view is gone after the migration; migrations are not applied; \
         relation does not exist; the response has another format than before; staging and prod have different \
         tables; the new column is not found via rest; heartbeats table is missing; the old release does not \
         know the new column; the client expects another field",
    ),
    (
        Code::ValData,
        "the numbers do not add up; duplicates in the export; data looks corrupted; orphaned records after the \
         import; counts differ between the two systems; the backup is corrupt; the totals are wrong; checksum \
         does not match; rows are lost; cases without plaintiffs; sums do not match the ledger; half of the \
         records are missing after the import; the same case is there twice; the ledger and the payments do not \
         match; rows got lost in the import; two systems say different things; the sum is off by some euros",
    ),
    (
        Code::Internal,
        "the app crashes on start; 500 errors everywhere; the worker keeps dying; jobs are not being processed; \
         workers do not pick up jobs; the queue is stuck; a heartbeat is missing; unhandled exception in the \
         worker; a weird error; segfault; it just stopped working; nothing works; blank page with an error; \
         something is broken; the scheduler stopped; cron did not run; backlog grows and nobody works; \
         everything is broken since this morning; null pointer; stack trace on every request; jobs pile up; job \
         runs twice; the worker is in a crash loop; internal error on upload; the cron jobs stopped yesterday; \
         jobs wait and no worker picks them up; exception in the log on every click; the worker is alive but \
         does nothing; workers are stale",
    ),
    (
        Code::ResourceExhausted,
        "out of memory; the server has no disk space left; memory keeps growing until it is killed; cpu is \
         pegged; too many open files; the container got killed for memory; a job hit its time limit; the volume \
         is full; upload fails, the disk is full; ram is used up; load is too high; disk usage at 100 percent; \
         swap is full; worker was killed by the kernel; memory leak; the worker got oom killed again; no space \
         left on the volume; the database server has no cpu left; too many files are open; the box swaps like \
         mad",
    ),
    (
        Code::Cancelled,
        "the job was cancelled; someone aborted the import; the process got sigterm; request cancelled by the \
         client; shutdown interrupted the job; task killed by the deploy; the user hit cancel; the deploy killed \
         my job; import stopped by an operator; client went away before the answer; interrupted by a restart; \
         job stopped when the pod was drained; i aborted the deploy; jobs were cancelled during the shutdown; \
         somebody cancelled the query; the run was stopped by hand",
    ),
];

/// What people wrote when nothing was.
pub(super) const EVERYDAY: &str = "the deploy went fine; the new pool is warm; can we add a column next week; please review my migration; \
    thanks, it works now; the meeting moved to friday; who owns the queue worker; let us upgrade postgres on \
    sunday; password rotation is planned for monday; the timeout is set to thirty seconds; all workers are \
    healthy again; the certificate was renewed; the report is ready; i added an index on cases; the coffee \
    machine is broken; lunch is at the new place; the invoice of railway came; supabase released a new version; \
    the workflow was renamed; a customer asked for a refund; what is our agreement for tokens; the backup \
    finished in four minutes; the rate of intake is up; the permissions page has a new design; docs for the \
    webhook are merged; we moved the database to another region; who is on call tonight; the build is out; a new \
    key was created; job finished; server started; listening on port; user logged in; request completed; \
    connected to redis; configuration loaded; please restart your laptop; the certificate is valid until march; \
    welcome to the team; the token page looks nice; i will be out of office; disk usage is low; memory is fine; \
    the case was filed; order shipped; parcel delivered; queue is empty; nothing to do; no errors found; tests \
    passed; the release is planned for monday; what does the schema look like; how do i set a variable; where is \
    the config; can you send me the logs; version bumped; i like the new dashboard; worker scaled to three \
    replicas; we should talk about timeouts; the retention policy was approved; no migrations to apply; \
    restarting with stat; my train is late; i lost my badge; the elevator is stuck; the parking lot is full; no \
    idea where to eat; nobody is in the office; the room is too hot; the printer is out of paper; my phone died; \
    somebody took my chair; the meeting was cancelled; i missed the bus; the door does not open; the light in \
    the kitchen is broken; the internet at home is slow; the hotel is full; the shop is closed; the game was \
    lost; does anybody know how to reset my password; who can grant me access to the repository; can you approve \
    my change; which port does postgres use; what does this error mean; is the migration merged; we fixed the \
    timeout yesterday; the bug was fixed in the last release; the expired certificate was replaced; rate limits \
    are documented in the wiki; deadlock was fixed; pool size raised, looks good; the incident from monday is \
    closed; incident review on thursday; we removed the old index; i stopped the old worker as planned; old \
    table dropped as planned; add a limit to the query; rename the worker; cleanup of expired tokens done; no \
    failed jobs; no open incidents; zero errors today; no new messages; no updates available; nothing to commit, \
    the tree is clean; dry run, nothing was deleted; the page was not cached; server stopped as planned; client \
    disconnected; worker restarted as asked; old packages removed; new leader elected; the room is full; the \
    course is full; the date is wrong in the invitation; i have no time today; no meeting today; no lunch for \
    me; we have no budget for that; no plans for the weekend; i missed the call; i missed the deadline of the \
    tax form; there is no milk left; the heating is broken; the window does not close; the lock of the door is \
    stuck; i cannot find my charger; i lost the bet; the mail from the court was late; the letter got lost; the \
    parcel is lost; the driver could not find the address; the customer refused the offer; the offer expired; \
    the contract was terminated; the subscription was cancelled; the course was cancelled; the event is over; \
    the trial is over; the hearing is over; the case was dismissed; the appeal was rejected; the motion was \
    denied; the plaintiff did not answer the letter; the defendant is missing; the witness is missing; the \
    signature on the paper is missing; the page in the book is missing; the team is down to three people; prices \
    are down; sales are down; the number of cases is high; costs are too high; the market crashed; the show was \
    stopped; traffic is slow; the bus is full; i am blocked until noon, call me later; my calendar is full; \
    everything takes longer in winter; nothing to see here; there is nothing to report; not needed any more; not \
    today; not yet; never mind; no worries; no problem; no need to hurry; no reply needed; do not forget the \
    cake; do not disturb; out of office; away until monday; back in five minutes; gone for lunch; gone fishing; \
    old news; stale bread; dead plants in the hall; the lamp is dead; kill the lights; we drop the topic; closed \
    for inventory; access card ordered; key of the cabinet; table for two; the table in the meeting room; new \
    chairs; paper jam; wrong channel; wrong number; wrong person; sorry, wrong chat; dropped the mug; cut the \
    cake; reset the clock; summer time starts on sunday";
