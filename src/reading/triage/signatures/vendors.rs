//! Vendors: Supabase, n8n, and whoever asks for fewer requests.

use crate::reading::triage::sign::signs;

signs! {
    VendorSupabase Any CAUSE "the gateway does not accept the key" [
        "invalid api key", "no api key found", "secret api key required", "unauthorized_invalid_api_key*",
        "unauthorized_missing_api_key", "unauthorized_no_auth_header & supabase", "double check your supabase",
        "no `apikey` request header", "only the `service_role` api key", "legacy api keys are disabled",
        "unregistered api key", "api key..has been disabled", "publishable api key",
        "forbidden use of secret api key",
    ]
    VendorSupabase Any CAUSE "the project is paused or restricted" [
        "project paused", "project is paused", "project has been paused", "project not found & supabase*",
        "this project is paused", "service for this project is restricted", "exceed_*..*_quota", "exceed_egress_quota",
        "overdue_payment", "exceeded_*", "remove spend caps", "project is inactive", "project is restoring",
        "project..coming up", "tenant or project paused", "is paused & supabase*",
    ]
    VendorSupabase Any CAUSE "PostgREST cannot reach the database" [
        "could not query the database for the schema cache", "database connection error. retrying the connection",
        "database client error. retrying the connection", "timed out acquiring connection from connection pool",
        "an error ocurred when loading the schema cache", "an error occurred when loading the schema cache",
        "failed to load the schema cache", "failed to load schema cache",
        "attempting to reconnect to the database in", "failed to query database settings",
        "failed listening for database notifications", "fatal error encountered. could not", "warp server error",
        "lost connection to the database & postgrest",
    ]
    VendorSupabase Any CAUSE "the edge or the gateway in front of Supabase fails" [
        "an invalid response was received from the upstream server", "name resolution failed & upstream",
        "the upstream server is timing out", "no suitable upstream", "failure to get a peer from the ring-balancer",
        "upstream connect error..supabase*", "web server is down", "web server is returning an unknown error",
        "error code 52*", "error code: 52*", "error code: 530", "origin is unreachable",
        "origin dns error & supabase*", "connection timed out & cloudflare", "a timeout occurred & cloudflare",
        "ssl handshake failed & cloudflare", "supabase request failed", "supabase..internal server error",
        "supabase..service unavailable", "supabase..bad gateway", "supabase..gateway timeout",
        "unexpected status code returned from upstream", "cloudflare & error 5*", "gateway error & supabase*",
        "authretryablefetcherror",
    ]
    VendorSupabase Any CAUSE "an edge function of Supabase failed" [
        "worker_limit", "worker_error", "worker_resource_limit", "boot_error", "bootfailure",
        "function failed to start", "worker boot error", "worker failed to boot & edge", "functionsfetcherror",
        "functionsrelayerror", "functionshttperror", "failed to send a request to the edge function",
        "edge function returned a non-2xx status code", "relay error invoking the edge function",
        "workerrequestcancelled", "workeralreadyretired", "requestcancelled & supervisor",
        "request has been cancelled by supervisor", "idle_timeout & function*", "request idle timeout limit",
        "function not found & supabase*", "requested function was not found", "no_function_found",
        "not having enough compute resources", "cpu time hard limit reached", "wall clock duration warning",
        "early termination has been triggered", "function exited due to an error", "earlydrop",
        "invalidworkercreation", "invalidworkerresponse",
    ]
    ResourceExhausted Any INNER "an edge function used up its memory" [
        "memory limit reached for the worker", "memory limit exceeded & isolate",
    ]
    VendorSupabase Any INNER "Supabase's storage fails" [
        "databasetimeout", "databasereadonly & statuscode", "databaseschemamismatch",
        "error connecting to the database & statuscode",
    ]
    VendorSupabase Any CAUSE "Supabase's storage or auth service fails" [
        "databasereadonly", "databaseerror & statuscode", "missing tenant config", "tenantnotfound",
        "noavailableshard", "database schema is out of sync", "database error querying schema",
        "database error saving new user", "database error finding user*", "database error updating user",
        "database error granting user", "database error creating", "database error loading",
        "database error deleting", "hook_timeout", "hook_timeout_after_retry", "failed to reach hook",
        "unexpected status code returned from hook", "error running hook uri", "hook requires authorization token",
        "hook_payload*", "saml_metadata_fetch_failed", "sms_send_failed", "error sending confirmation otp",
        "request_timeout & gotrue", "processing this request timed out, please retry",
        "unable to fetch records & gotrue", "unable to connect to the project database",
        "realtime: unable to connect", "the connection to the database timed out & statuscode",
        "databasetimeout & statuscode", "unabletoconnecttoproject", "tenant..not found & realtime",
        "initializingprojectconnection", "databaseconnectionissue", "unabletoconnecttoprojectdatabase",
        "realtimedisabledfortenant", "increaseconnectionpool", "poolingreplication*", "supabase_admin & error",
    ]
    VendorSupabase Any LIKELY "something fails at Supabase" [
        "supabase error", "supabase api error", "supabase failed", "supabase fails", "supabase request..fail*",
        "supabase is down", "supabase unavailable", "supabase is unavailable", "supabase query failed",
        "supabase client..fail*",
    ]
    ValSchema Any CAUSE "PostgREST's schema cache is stale, or it is missing" [
        "in the schema cache", "schema cache is stale", "schema cache..stale", "schema cache..out of date",
        "stale schema cache", "stale cache", "cache is stale", "schema cache..outdated", "the schema must be one of",
        "could not choose the best candidate function",
        "could not embed because more than one relationship was found", "could not find a relationship between",
        "could not find the function", "invalid schema: ", "more than one relationship was found",
        "searched for the function",
    ]
    ValInput Any CAUSE "the request to PostgREST is not one it takes" [
        "failed to parse filter", "failed to parse select parameter", "failed to parse order",
        "failed to parse logic tree", "failed to parse columns parameter", "empty or invalid json",
        "all object keys must match", "requested range not satisfiable", "none of these media types are available",
        "filters must include all and only primary key columns", "payload values do not match url",
        "json object requested, multiple (or no) rows returned", "cannot coerce the result to a single json object",
        "the result contains 0 rows", "cannot use the..method on rpc", "unsupported http method",
        "a related order on", "is not an embedded resource in this request",
        "use of aggregate functions is not allowed", "invalid preferences", "max-affected",
        "limit/offset querystring parameters are not allowed", "response.headers guc must be",
        "response.status guc must be", "invalid path specified in request url", "root endpoint metadata is disabled",
        "bad operator on the", "could not parse json in the \"raise sqlstate",
    ]
    VendorN8n Any CAUSE "n8n does not run the workflow" [
        "webhook..is not registered", "workflow has issues", "the workflow has issues",
        "workflow could not be started", "workflow could not be", "could not be activated",
        "workflow..not found & n8n", "workflow webhook error", "unused respond to webhook",
        "no respond to webhook node found", "webhook node not correctly configured",
        "conflict with one of the webhooks", "url path that the..uses", "webhook path..conflict", "no trigger node",
        "has no node to start the workflow", "no node to start", "missing node to start execution",
        "no webhook nodes", "there was a problem activating", "there was an error activating",
        "there was a problem executing the workflow", "issue on initial workflow activation",
        "activation of workflow..failed", "workflow..is not active", "workflow is archived", "workflowoperationerror",
        "workflow failed", "failed workflow", "workflow..execution failed", "workflow crashed", "workflow error",
        "execution failed & n8n*", "execution failed & workflow*", "execution failed & in node",
        "execution..failed & n8n", "sub-workflow..fail*", "sub-workflow..not found", "task runner..fail*",
        "task runner..timed out", "task runner..disconnected", "queue..failed & n8n",
        "encryption key..does not match", "mismatching encryption", "error in workflow", "expressionerror",
        "workflowactivationerror", "webhookpathtakenerror", "workflowhasissueserror", "workflowconfigurationerror",
        "workflowcrashederror", "workflow did not finish", "execution..was not found",
        "the execution has reached the maximum number of attempts", "maxstalledcounterror",
        "execution stopped at this node", "execution was interrupted", "possible out-of-memory",
        "execution was stopped", "worker failed to find data for execution", "worker failed to find data",
        "job stalled & n8n", "failed to enqueue", "worker..failed to process", "problem with execution",
        "error in handling webhook request", "received request for unknown webhook", "the requested webhook",
        "n8n's port..is already in use", "port..is already in use & n8n", "mismatching encryption keys",
        "credentials could not be decrypted", "could not be decrypted", "the encryption key does not match",
        "lost redis connection", "unable to connect to redis & n8n", "exiting process due to redis connection error",
        "task request timed out", "task execution timed out", "your code took too long", "no data found for item",
        "can't determine which item to use", "multiple matches found & item*", "referenced node doesn't exist",
        "node hasn't been executed", "expression evaluation", "unrecognized node type", "unknown node type",
        "node type..not known", "package..not installed", "credentials for..are not set",
        "node does not have any credentials set", "node..does not have any credentials", "credential..does not exist",
        "credentials not found", "credentialnotfounderror", "unknowncredential*", "not licensed & n8n*",
        "not licensed & workflow*", "your license does not allow", "queuedexecutionretryerror",
        "abortedexecutionretryerror", "nodecrashederror", "node crashed & n8n*", "node crashed & workflow*",
        "webhook..deactivat*", "n8n & not found", "active workflow..could not", "workflow..could not be found",
        "workflow..does not exist & n8n", "execution..crashed", "execution..timed out & workflow",
        "trigger..could not be activated", "no active workflow", "workflow is not active", "~production url",
        "~test webhook", "~test url", "webhook not registered", "webhook..not found", "webhook..could not be",
        "invalid expression & n8n*", "invalid expression & workflow*", "invalid expression & in node",
        "referenced node is unexecuted", "node is not connected", "node..not found & workflow",
        "community node*..fail*", "~could not load", "credentials..could not be decrypted", "owner not set up",
        "queue..stalled & n8n", "worker..unresponsive & n8n", "job..stalled & n8n", "bull..stalled", "~n8n instance",
        "executions failed & n8n*", "executions failed & workflow*", "~python node", "code node..error",
        "javascript..error & code node", "~item lists", "~wait node", "~merge node",
    ]
    VendorN8n Any CAUSE "a node failed" [
        "nodeoperationerror", "problem in node", "error in node", "please check your parameters",
        "your request is invalid or could not be processed", "authorization failed - please check your credentials",
        "payment required - perhaps check", "the resource you are requesting could not be found",
        "method not allowed - please check", "the service failed to process your request",
        "the service was not able to process your request", "bad gateway - the service failed",
        "service unavailable - try again later", "forbidden - perhaps check your credentials",
        "json parameter needs to be valid json", "json..invalid & node", "invalid json in..output",
        "a 'json' property isn't an object", "code doesn't return items properly", "code doesn't return",
        "cannot read..line..item*", "unknown error..line", "the file or directory does not exist & node*",
    ]
    VendorN8n Any LIKELY "something fails in n8n" [
        "nodeapierror", "n8n error", "n8n failed", "n8n fails", "n8n crashed", "error in n8n", "n8n is down",
        "n8n returned an error",
    ]
    NetTimeout Any CAUSE "the service behind a node did not answer in time" [
        "gateway timed out - perhaps try again later", "the connection timed out, consider setting",
    ]
    NetTls Any CAUSE "a node does not trust the service's certificate" [
        "ssl issue: consider using", "nodesslerror",
    ]
    NetDns Any CAUSE "the host that a node was given does not resolve" [
        "incorrect host(domain) value", "the dns server returned an error",
    ]
    NetRefused Any CAUSE "the service behind a node refuses or breaks the connection" [
        "the service refused the connection", "the connection to the server wes closed",
        "the connection was aborted, perhaps the server is offline",
        "the host is unreachable, perhaps the server is offline",
    ]
    VendorRateLimited Any INNER "fewer requests are asked for" [
        "rate limit exceeded", "rate limit..exceeded", "rate limit reached", "rate limit..reached", "rate limit hit",
        "rate limit error", "rate limited", "ratelimited", "being rate limited", "are rate limited", "rate-limited",
        "rate_limited", "rate_limit_exceeded", "rate_limit_error", "ratelimiterror", "ratelimitexception",
        "ratelimitexceeded*", "ratelimitreached", "rate_limit", "exceeded the rate limit", "exceeded rate limit",
        "exceeds rate limit", "hit the rate limit", "hit rate limit", "hitting the rate limit", "over rate limit",
        "request rate limit", "api rate limit", "rate limiting", "throttling: ", "throttlingexception",
        "throttled by", "request was throttled", "requests are throttled", "has been throttled", "was throttled",
        "throttling error", "slow down your", "says slow down", "slow down & requests", "slow down & too many",
        "slow down & 429", "slow down & messages", "slow down & calls", "told..slow down", "asked..slow down",
        "asks..slow down", "request limit exceeded", "request limit reached", "please slow down",
        "too many concurrent", "too many api requests", "exceeded..requests per", "reduce..request rate",
        "maximum number of concurrent", "logging rate", "~retry after..seconds", "retry in..seconds & api",
        "exceeds the limit of..requests", "over_quota", "too many requests", "too_many_requests", "toomanyrequests",
        "throttlerexception", "throttlingerror", "requestthrottled*", "requestlimitexceeded", ": rate exceeded",
        "request rate exceeded", "requests rate exceeded", "api rate exceeded", "sending rate exceeded",
        "call rate exceeded", "rate exceeded for", "rate exceeded & throttl*", "rate exceeded & 429",
        "rate is exceeded", "over_request_rate_limit", "over_email_send_rate_limit", "over_sms_send_rate_limit",
        "over_*..*_rate_limit", "for security purposes, you can only request this", "quota exceeded",
        "quota_exceeded", "quotaexceeded*", "exceeded your current quota", "exceeded your quota",
        "insufficient_quota", "quota..exceeded", "userratelimitexceeded", "ratelimitexceeded",
        "user rate limit exceeded", "daily limit exceeded", "limit exceeded for", "api limit reached",
        "secondary rate limit", "abuse detection", "too many api calls", "slowdown", "slow_down",
        "provisionedthroughputexceededexception", "please reduce your request rate", "~please retry after",
        "please try again in", "try again in..seconds", "enhance your calm", "enhance_your_calm",
        "toomanyrequestsexception", "resource_exhausted..quota", "resourceexhausted..quota", "flood wait",
        "floodwait", "too many attempts", "too many login attempts", "receiving too many requests",
        "server is overloaded & api", "overloaded_error", "limit reached for requests", "exceeded the rate",
        "usage cap exceeded", "request_limit_exceeded", "429 client error", "sending too many", "error 1015",
        "blocked due to too many", "exceeded 60 requests", "exceeded..requests", "connectionratelimitreached",
        "channelratelimitreached", "clientjoinratelimitreached", "messagepersecondratelimitreached",
        "*ratelimitreached", "*ratelimitexceeded", "*ratelimiterror", "*ratelimitexception", "429: ",
        "status code 429", "http 429", "http/1.1 429", "http/2 429", "error 429", "429 error", "got 429",
        "rate-limit exceeded", "rate limits exceeded", "rate limit has been", "ratelimit exceeded",
        "rate limit..has been exceeded", "~request quota", "quota has been exceeded", "quota exhausted",
        "out of quota", "quota reached", "~monthly quota", "~daily quota", "exceeded..quota", "exceeded..limit..per",
        "~limit..requests per", "~over limit", "too frequent", "too frequently", "flood control", "throttle limit",
        "~throttle_", "throttledexception", "bandwidthlimit*", "4.7.0 try again later", "421 4.7.0", "451 4.7*",
        "450 4.2.1", "~sending rate", "~sending quota", "maximum sending rate", "rate_limit_reached", "exceeded rate",
        "exceeding rate", "request was denied due to request throttling", "server is busy, please try", "code 429",
        "limit has been reached for", "limit per second", "credits exhausted", "insufficient credits",
        "spending limit", "billing hard limit", "~20429", "message_limit_exceeded", "daily user sending",
        "5.4.5 daily", "454 4.7.0 too many", "too many login attempts & smtp",
    ]
    VendorRateLimited Any CLEAR "fewer requests are asked for" [
        "~code = resourceexhausted", "statuscode.resource_exhausted", "8 resource_exhausted",
    ]
    VendorSupabase Any CAUSE "the gateway or a service of Supabase fails" [
        "no route matched with those values", "upstream request timeout & supabase*", "event loop error",
        "relay error", "databaselackofconnections", "databaseconnectionratelimit*", "unabletosetcancellationtags",
        "unabletosubscribetopostgres", "failedtoauthorize*", "realtimerestarting", "storageunknownerror",
        "storageapierror", "access to schema is forbidden", "function..timed out & supabase*", "edge function..fail*",
        "edge function..error", "cloudflare & 52*", "bad gateway & supabase*", "service unavailable & supabase*",
        "supabase..restore*", "supabase..maintenance", "kong error", "kong..unavailable", "gotrue..fail*",
        "pg-meta..fail*", "wall clock..reached", "isolate..terminated", "project..is being restored",
        "~project status", "~pausing project",
    ]
    AuthForbidden Any CAUSE "the account may not do it" [
        "necessary privileges to access this endpoint", "forbidden resource",
    ]
    NetRefused Any CLEAR "the vendor's answer never came" [
        "stripeconnectionerror", "apiconnectionerror", "openai.apiconnectionerror", "anthropic.apiconnectionerror",
    ]
    NetTimeout Any CLEAR "the vendor did not answer in time" [
        "apitimeouterror", "openai.apitimeouterror", "stripe..timed out",
    ]
    ConfigInvalid Any CAUSE "the store takes no writes" [
        "you can't write against a read only replica", "readonly you can't write",
    ]
    ResourceExhausted Any INNER "the store is full or busy" [
        "misconf redis", "oom command not allowed", "busy redis", "max number of clients reached",
        "insufficient storage space", "552 5.2.2", "mailbox full", "mailbox is full", "over quota",
        "quota exceeded (mailbox",
    ]
    ValInput Any CLEAR "the vendor does not take what was sent" [
        "card was declined", "~your card", "no such price", "no such invoice", "no such charge",
        "invalid 'to' phone number", "invalid phone number", "is not a valid phone number", "~unverified",
        "domain is not verified", "from address..not verified", "email address is not verified",
        "identity..not verified", "message rejected", "messagerejected", "invalid_blocks", "invalid_payload",
        "no_service", "wrongtype operation", "err syntax error", "err unknown command", "err value is not",
        "err wrong number", "noscript", "execabort", "crossslot", "invalid webhook", "unknown webhook",
        "invalid form body", "~50035", "invalid message", "payload..too large", "attachment..too large",
        "unsupported parameter", "unrecognized request argument", "invalid_request_error", "~no longer supported",
        "has been deprecated & error", "~api version", "unsupported_api_version",
    ]
    AuthInvalid Any CAUSE "the vendor does not accept the token" [
        "code 20003", "~20003", "authenticate & twilio*", "invalid api key provided", "no such api key",
        "api key revoked", "invalid_auth", "not_authed & slack*", "token_revoked", "account_inactive",
        "~webhook token", "invalid webhook token", "~50027", "401: unauthorized & discord*",
    ]
    VendorSupabase Any INNER "an edge function of Supabase failed" [
        "boot_error", "worker_limit", "worker_error", "worker_resource_limit", "idle_timeout & function*",
        "origin dns error", "error 1016",
    ]
    VendorSupabase Any CAUSE "an edge function or Realtime of Supabase fails" [
        "cpu time soft limit reached", "cpu time limit reached", "wall clock duraiton", "user worker not available",
        "main worker has been destroyed", "could not find an appropriate entrypoint", "worker boot error",
        "failed to bootstrap runtime", "worker did not respond in time", "worker failed to handle request",
        "migrationsfailedtorun", "realtimedisabled*", "realtime..timed_out", "realtime..channel_error",
        "channel_error & realtime", "channel error & realtime", "realtime..closed", "subscription..channel_error",
        "upstream provider", "tenant..restricted", "bad gateway & cloudflare", "gateway time-out & cloudflare",
        "service unavailable & cloudflare", "gateway timeout & cloudflare", "temporarily unavailable & cloudflare",
        "the origin..& cloudflare", "invalid json..from supabase", "supabase..unexpected token '<'", "supabase..html",
        "storageunknownerror", "postgresterror..json could not be generated", "json could not be generated",
        "rpcerror & realtime", "unknownerroronchannel*", "unabletodeletetenant", "errorsubscribing*",
        "janitor..fail*", "replication slot..realtime", "timeoutonrpccall", "erroronrpccall",
        "cannotconnect & realtime", "reconnectsubscribetopostgres", "unhandledprocessmessage", "topicnamerequired",
        "reloadsubscription*", "databasenotready", "errorauthorizing*", "errorexecutingtransaction",
        "errorrunningmigration*",
    ]
    VendorN8n Any CAUSE "n8n does not run the workflow" [
        "invalid inputs passed to execute", "no webhook trigger node", "execution data..too large",
        "too large to display", "multiple matching items for expression", "trigger node failed",
        "error initializing db & n8n", "paired item data", "can't get data for expression", "can't determine which",
        "execution data..missing", "no execution data", "workflow did not return", "workflow could not",
        "referenced node", "node..is unexecuted", "did not return a response", "respond to webhook",
        "error fetching options from", "could not find a node to start", "no item to return",
        "finished execution..with errors", "sign without access token", "no credentials got set",
        "payload size exceeds", "execution..with errors", "access token could not be refreshed",
        "no data with dataset", "webhook call failed", "activation try", "could not get parameter",
        "problem running workflow", "problem running the workflow", "taskrunner*..*error", "task runner",
        "node execution failed", "could not find property option", "issue with node", "problem in node",
        "workflow..deactivated", "no trigger node*", "no trigger & n8n*", "no trigger & workflow*", "instance is in",
        "leader..n8n", "n8n..crash*", "missing_expression", "paired_item*",
    ]
    NetRefused Any INNER "the service behind a node refuses or breaks the connection" [
        "connection to the server was closed unexpectedly, perhaps",
    ]
    AuthInvalid Any INNER "the vendor does not accept the token" [
        "invalid api key provided", "no such api key", "session expired or invalid", "invalid_session_id",
        "expired session for",
    ]
    NetRefused Any CAUSE "the vendor fails" [
        "error while talking to stripe", "serviceunavailable", "(serviceunavailable)",
        "service is currently unavailable", "currently unavailable", "server_unavailable", "service_unavailable",
        "503 service", "temporarily out of service", "is experiencing an outage", "experiencing an outage",
        "experiencing issues", "experiencing technical", "major outage", "partial outage", "degraded performance",
        "service outage", "outage at", "outage of", "vendor outage", "third-party outage", "provider is down",
        "provider outage", "discordservererror", "upstream vendor", "no server is currently available",
        "fatal_error & ok", "server had an error while processing", "backend error", "backenderror",
        "cloudflare..error 52*", "cannot be reached at this time", "endpointconnectionerror",
        "could not connect to the endpoint", "all shards failed", "moved.. 127*", "clusterdown",
        "unavailable_shards_exception", "no_shard_available*", "cluster_block_exception",
        "service not available, closing", "status page",
    ]
    VendorRateLimited Any INNER "fewer requests are asked for" [
        "engine is currently overloaded", "currently overloaded", "overloaded_error", "rolling limit", "ten_secondly",
        "greylisted", "greylist*", "quota metric", "~usage limits", "limit of requests", "tokens per min",
        "requests per min", "rpm limit", "tpm limit", "requests per day", "per-minute limit", "per-minute quota",
        "per-minute..exceeded", "per-minute..reached", "exceeded..per-minute", "~per minute..limit",
        "concurrent requests",
    ]
    ValInput Any INNER "the vendor does not take what was sent" [
        "unknown message & discord*", "unknown channel & discord*", "unknown user & discord*",
        "unknown guild & discord*", "unsubscribed recipient", "message size exceeds", "no such payment*",
        "no such subscription", "no such coupon", "amount must be", "unverified",
        "is not a mobile number", "invalid parameters & twilio*",
    ]
    AuthForbidden Any CAUSE "the account may not do it" [
        "proper permissions", "bot was blocked", "missing access & discord*", "missing permissions", "not_allowed",
        "ekm_access_denied", "no_permission", "insufficient permissions for", "not enough rights", "noperm",
        "has no permissions to run", "relaying denied", "not verified sender", "verified sender identity",
    ]
    ConfigInvalid Any INNER "the credential in the settings is wrong" [
        "wrongpass", "noauth authentication",
    ]
    VendorRateLimited Any INNER "fewer requests are asked for" [
        "rate-limit*", "unusual rate", "4.7.28", "~check quota", "resource has been exhausted", "model is overloaded",
    ]
    ConfigInvalid Any CAUSE "the store lives elsewhere" [
        "permanentredirect", "must be addressed using the specified endpoint", "authorizationheadermalformed",
        "illegallocationconstraint*", "application-specific password", "authorization violation",
    ]
    ValSchema Any CAUSE "the index is missing" [
        "index_not_found_exception", "no such index", "index_not_found", "collection not found",
    ]
    AuthInvalid Any NAMED "the signature of a webhook does not fit" [
        "signatureverificationerror",
    ]
    AuthForbidden Any CAUSE "the account may not do it" [
        "accessnotconfigured", "has not been used in project", "api..is disabled & google*", "service_disabled",
    ]
    VendorSupabase Any INNER "the gateway in front of Supabase refuses or fails" [
        "you cannot consume this service", "attention required! | cloudflare", "just a moment & cloudflare",
        "supabase.co | 5*", "edge_function_error", "supabase_edge_runtime_error", "authunknownerror",
        "project is restricted", "tenant or project is restricted", "free plan quota & supabase*", "tenant_not_found",
        "tenant not found & supa*", "database deleted & pool*", "an unexpected error occurred & kong",
    ]
    ValInput Any CLEAR "the gateway does not take what was sent" [
        "request size limit exceeded",
    ]
    VendorN8n Any CAUSE "n8n does not run the workflow" [
        "workflow.runnode", "has no input data", "webhook url in node", "trigger error", "had an error & workflow*",
        "in workflow execution",
    ]
    VendorSupabase Any INNER "Supabase says so itself" [
        "supabase*..outage", "supabase*..degraded", "supabase*..experiencing", "supabase*..investigating",
        "supabase*..elevated", "supabase*..partially down", "supabase*..major incident", "supabase*..partial_outage",
        "supabase*..major_outage", "supabase*..degraded_performance", "supabase*..identified -",
        "supabase*..under maintenance", "supabase*..incident", "supabase status..delayed", "supabase status..slow",
        "supabase status..unavailable",
    ]
    VendorN8n Any INNER "n8n says so itself" [
        "n8n cloud..outage", "n8n cloud..degraded", "n8n cloud..experiencing", "n8n cloud..investigating",
        "n8n cloud..elevated", "n8n cloud..partially down", "n8n cloud..major incident", "n8n cloud..partial_outage",
        "n8n cloud..major_outage", "n8n cloud..degraded_performance", "n8n cloud..identified -",
        "n8n cloud..under maintenance", "n8n cloud..incident",
    ]
    NetRefused Other CAUSE "the vendor says so itself" [
        "elevated error rate*", "elevated error*", "elevated latenc*", "elevated 5xx", "increased error rate*",
        "increased 5xx", "incident with", "investigating reports of", "investigating an issue with", "identified - ",
        "degraded_performance", "partial_outage", "major_outage",
    ]
    VendorN8n Any INNER "n8n does not run the workflow" [
        "unable to find node..in workflow", "[item..]..in node", "[line..item..in node",
    ]
}
