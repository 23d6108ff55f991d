//! What each cause looks like in the words of whoever noticed it.
//!
//! The table is read from top to bottom, one group per code, the clearest signs first. A sign is a
//! few needles that all have to occur, in lower case; one that begins with `=` has to stand as a word
//! of its own. Signs of the same weight are all reported; a heavier one goes before.

use crate::domain::taxonomy::Code;

/// Whose peer a sign speaks of. "Connection refused" alone does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// It does not matter.
    Any,
    /// Only where the text speaks of a database.
    Database,
    /// Only where it speaks of something else, or of nothing in particular.
    Other,
}

/// A sign of a cause.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature {
    /// The cause.
    pub(super) code: Code,
    /// Whose peer it speaks of.
    pub(super) about: About,
    /// How much it weighs.
    pub(super) weight: u8,
    /// What has to occur.
    pub(super) needles: &'static [&'static str],
    /// Why it is a sign.
    pub(super) because: &'static str,
}

/// Words that are exact, and more than a part of them that is exact for another cause.
const WHOLE: u8 = 85;
/// The program's own words for exactly this cause.
const EXACT: u8 = 80;
/// Words that nearly always mean this cause.
const CLEAR: u8 = 60;
/// Words that often mean it.
const LIKELY: u8 = 40;
/// What a person says of it.
const HINT: u8 = 25;

/// What shows that a text speaks of a database.
pub(super) const DATABASE: &[&str] = &[
    "postgres",
    "psycopg",
    "asyncpg",
    "libpq",
    "psql",
    "pgbouncer",
    "supavisor",
    "pooler",
    "database",
    "sqlalchemy",
    "sqlx",
    "connection to server at",
    "could not connect to server",
    "=db",
    ":5432",
    ":6543",
    "port 5432",
    "port 6543",
];

macro_rules! signatures {
    ($($code:ident $about:ident $weight:ident [$($needle:literal),+] $because:literal;)+) => {
        /// The table.
        pub(super) const SIGNATURES: &[Signature] = &[$(Signature {
            code: Code::$code,
            about: About::$about,
            weight: $weight,
            needles: &[$($needle),+],
            because: $because,
        }),+];
    };
}

signatures! {
    // Configuration.
    ConfigMissing Any EXACT ["environment variable", "not set"] "a variable is not set";
    ConfigMissing Any EXACT ["environment variable", "missing"] "a variable is missing";
    ConfigMissing Any EXACT ["environment variable", "not found"] "a variable is not found";
    ConfigMissing Any EXACT ["environment variable", "required"] "a variable is required";
    ConfigMissing Any EXACT ["missing required env"] "a variable is required";
    ConfigMissing Any EXACT ["supabaseurl is required"] "the client got no address";
    ConfigMissing Any EXACT ["supabasekey is required"] "the client got no key";
    ConfigMissing Any EXACT ["settings", "field required"] "the settings lack a field";
    ConfigMissing Any EXACT ["keyerror", "os.environ"] "the environment lacks a name";
    ConfigMissing Any CLEAR ["keyerror: 'supabase_"] "the environment lacks a name";
    ConfigMissing Any CLEAR ["keyerror: 'database_"] "the environment lacks a name";
    ConfigMissing Any CLEAR ["keyerror: 'railway_"] "the environment lacks a name";
    ConfigMissing Any CLEAR ["_url is not set"] "a variable is not set";
    ConfigMissing Any CLEAR ["_key is not set"] "a variable is not set";
    ConfigMissing Any CLEAR ["_url must be set"] "a variable is not set";
    ConfigMissing Any CLEAR ["_key must be set"] "a variable is not set";
    ConfigMissing Any CLEAR ["missing", "=env", "=var"] "a variable is missing";
    ConfigMissing Any CLEAR ["=env", "=var", "not set"] "a variable is missing";
    ConfigMissing Any LIKELY ["=env", "missing"] "a variable is missing";
    ConfigMissing Any LIKELY ["variable", "not set"] "a variable is not set";
    ConfigInvalid Any EXACT ["password authentication failed"] "the login was rejected";
    ConfigInvalid Any EXACT ["no pg_hba.conf entry"] "the server does not let this user in";
    ConfigInvalid Any EXACT ["sasl authentication failed"] "the login was rejected";
    ConfigInvalid Any EXACT ["server_login_retry"] "the pooler's own login was rejected";
    ConfigInvalid Any EXACT ["server login has been failing"] "the pooler's own login was rejected";
    ConfigInvalid Any EXACT ["no such user"] "the pooler does not know the user";
    ConfigInvalid Any EXACT ["no such database"] "the pooler does not know the database";
    ConfigInvalid Any EXACT ["tenant/user"] "the pooler does not know the project or the user";
    ConfigInvalid Any EXACT ["tenant or user not found"] "the pooler does not know the project or the user";
    ConfigInvalid Any EXACT ["ecircuitbreaker"] "logins are blocked after rejections";
    ConfigInvalid Any EXACT ["circuit breaker open"] "logins are blocked after rejections";
    ConfigInvalid Any EXACT ["too many authentication failures"] "logins are blocked after rejections";
    ConfigInvalid Any EXACT ["fatal:", "database \"", "does not exist"] "the database's name is unknown";
    ConfigInvalid Any EXACT ["role \"", "does not exist"] "the user is unknown";
    ConfigInvalid Any EXACT ["toml parse error"] "the configuration file is malformed";
    ConfigInvalid Any EXACT ["relative url without a base"] "an address is malformed";
    ConfigInvalid Any EXACT ["invalid connection option"] "the address of the database is malformed";
    ConfigInvalid Any EXACT ["invalid dsn"] "the address of the database is malformed";
    ConfigInvalid Any CLEAR ["invalid port number"] "an address is malformed";
    ConfigInvalid Any CLEAR ["invalid config"] "a setting is invalid";
    ConfigInvalid Any CLEAR ["config", "syntax"] "the configuration file is malformed";
    ConfigInvalid Any LIKELY ["wrong password"] "a credential is wrong";
    ConfigFileMissing Any EXACT ["config file not found"] "the file is missing";
    ConfigFileMissing Any EXACT ["configuration file", "not found"] "the file is missing";
    ConfigFileMissing Any EXACT ["no such file or directory", "config"] "the file is missing";
    ConfigFileMissing Any EXACT ["no such file or directory", ".toml"] "the file is missing";
    ConfigFileMissing Any EXACT ["no such file or directory", ".env"] "the file is missing";
    ConfigFileMissing Any EXACT ["no such file or directory", ".yml"] "the file is missing";
    ConfigFileMissing Any EXACT ["no such file or directory", ".yaml"] "the file is missing";
    ConfigFileMissing Any EXACT ["no such file or directory", "settings"] "the file is missing";
    ConfigFileMissing Any CLEAR ["enoent", "config"] "the file is missing";
    ConfigFileMissing Any CLEAR ["config.", "not found"] "the file is missing";
    // The database.
    DbConnection Any EXACT ["could not connect to server"] "the server cannot be reached";
    DbConnection Any EXACT ["connection to server", "refused"] "the server refuses connections";
    DbConnection Any EXACT ["connection to server", "unreachable"] "the server's network cannot be reached";
    DbConnection Any EXACT ["connection to server", "no route"] "the server's network cannot be reached";
    DbConnection Any EXACT ["connection to server", "no such file"] "no server listens on the socket";
    DbConnection Any EXACT ["the database system is starting up"] "the server is starting";
    DbConnection Any EXACT ["the database system is shutting down"] "the server is stopping";
    DbConnection Any EXACT ["the database system is in recovery mode"] "the server is recovering";
    DbConnection Any EXACT ["the database system is not yet accepting"] "the server is starting";
    DbConnection Any EXACT ["server closed the connection unexpectedly"] "the server broke the connection";
    DbConnection Any EXACT ["terminating connection due to administrator command"] "the server ended the session";
    DbConnection Any EXACT ["terminating connection due to"] "the server ended the session";
    DbConnection Any EXACT ["adminshutdown"] "the server ended the session";
    DbConnection Any EXACT ["could not translate host name"] "the database's name does not resolve";
    DbConnection Any EXACT ["failed to connect to database"] "the pooler cannot reach the database";
    DbConnection Any EXACT ["pgbouncer cannot connect to server"] "the pooler cannot reach the database";
    DbConnection Any EXACT ["server_connect_timeout"] "the pooler cannot reach the database";
    DbConnection Any EXACT ["ssl connection has been closed unexpectedly"] "the server broke the connection";
    DbConnection Any EXACT ["consuming input failed"] "the server broke the connection";
    DbConnection Any EXACT ["connection terminated unexpectedly"] "the server broke the connection";
    DbConnection Any EXACT ["unexpected eof on client connection"] "the connection broke";
    DbConnection Database EXACT ["econnrefused"] "the server refuses connections";
    DbConnection Database CLEAR ["connection refused"] "the server refuses connections";
    DbConnection Database CLEAR ["connect call failed"] "the server refuses connections";
    DbConnection Database CLEAR ["connection reset"] "the connection broke";
    DbConnection Database CLEAR ["econnreset"] "the connection broke";
    DbConnection Database CLEAR ["network is unreachable"] "the server's network cannot be reached";
    DbConnection Database CLEAR ["enotfound"] "the database's name does not resolve";
    DbConnection Database CLEAR ["name or service not known"] "the database's name does not resolve";
    DbConnection Database CLEAR ["failed to lookup address"] "the database's name does not resolve";
    DbConnection Database LIKELY ["connection is closed"] "the connection broke";
    DbConnection Database LIKELY ["=down"] "the database is said to be down";
    DbConnection Other HINT ["connection refused"] "the checklist's first guess is the database";
    DbTimeout Any EXACT ["canceling statement due to statement timeout"] "the statement ran for too long";
    DbTimeout Any EXACT ["canceling statement due to user request"] "the statement was cancelled";
    DbTimeout Any EXACT ["querycanceled"] "the statement was cancelled";
    DbTimeout Any EXACT ["connection to server", "timeout expired"] "the server did not answer in time";
    DbTimeout Any EXACT ["connection to server", "timed out"] "the server did not answer in time";
    DbTimeout Any EXACT ["query read timeout"] "the statement ran for too long";
    DbTimeout Database EXACT ["connectiontimeout"] "the server did not answer in time";
    DbTimeout Database CLEAR ["connection timeout expired"] "the server did not answer in time";
    DbTimeout Any CLEAR ["statement timeout"] "the statement ran for too long";
    DbTimeout Any CLEAR ["query timeout"] "the statement ran for too long";
    DbTimeout Any CLEAR ["query timed out"] "the statement ran for too long";
    DbTimeout Database LIKELY ["timed out"] "the database did not answer in time";
    DbTimeout Database LIKELY ["timeouterror"] "the database did not answer in time";
    DbTimeout Database LIKELY ["etimedout"] "the database did not answer in time";
    DbTimeout Database HINT ["slow"] "the database is said to be slow";
    DbTransaction Any EXACT ["deadlock detected"] "two transactions waited for each other";
    DbTransaction Any EXACT ["deadlockdetected"] "two transactions waited for each other";
    DbTransaction Any EXACT ["could not serialize access"] "two transactions conflicted";
    DbTransaction Any EXACT ["serializationfailure"] "two transactions conflicted";
    DbTransaction Any EXACT ["current transaction is aborted"] "the transaction had failed before";
    DbTransaction Any EXACT ["infailedsqltransaction"] "the transaction had failed before";
    DbTransaction Any EXACT ["could not obtain lock"] "a lock was not to be had";
    DbTransaction Any EXACT ["canceling statement due to lock timeout"] "a lock was not to be had";
    DbTransaction Any EXACT ["locknotavailable"] "a lock was not to be had";
    DbTransaction Any CLEAR ["deadlock"] "two transactions waited for each other";
    DbPoolExhausted Any EXACT ["remaining connection slots are reserved"] "the server's slots are used up";
    DbPoolExhausted Any EXACT ["too many clients already"] "the server's slots are used up";
    DbPoolExhausted Any EXACT ["too many connections"] "the slots are used up";
    DbPoolExhausted Any EXACT ["emaxconn"] "the pooler's slots are used up";
    DbPoolExhausted Any EXACT ["emaxpoolsreached"] "the pooler's slots are used up";
    DbPoolExhausted Any EXACT ["max clients reached"] "the pooler's slots are used up";
    DbPoolExhausted Any EXACT ["max client connections reached"] "the pooler's slots are used up";
    DbPoolExhausted Any EXACT ["echeckouttimeout"] "the pooler had no connection to give";
    DbPoolExhausted Any EXACT ["unable to check out connection"] "the pooler had no connection to give";
    DbPoolExhausted Any EXACT ["query_wait_timeout"] "the pooler had no connection to give";
    DbPoolExhausted Any EXACT ["no more connections allowed"] "the pooler's slots are used up";
    DbPoolExhausted Any EXACT ["pool timed out while waiting"] "the program's own pool is used up";
    DbPoolExhausted Any EXACT ["pooltimeout"] "the program's own pool is used up";
    DbPoolExhausted Any EXACT ["couldn't get a connection after"] "the program's own pool is used up";
    DbPoolExhausted Any EXACT ["queuepool limit"] "the program's own pool is used up";
    DbPoolExhausted Any EXACT ["timeout exceeded when trying to connect"] "the program's own pool is used up";
    DbPoolExhausted Any EXACT ["connection pool exhausted"] "the pool is used up";
    DbPoolExhausted Any CLEAR ["=pool", "exhausted"] "the pool is used up";
    DbPoolExhausted Any LIKELY ["connection leak"] "connections are not given back";
    DbIntegrity Any EXACT ["duplicate key value"] "a value exists already";
    DbIntegrity Any EXACT ["violates foreign key constraint"] "a row is referred to that is not there";
    DbIntegrity Any EXACT ["violates not-null constraint"] "a value is missing";
    DbIntegrity Any EXACT ["violates check constraint"] "a value is not allowed";
    DbIntegrity Any EXACT ["violates unique constraint"] "a value exists already";
    DbIntegrity Any EXACT ["violates exclusion constraint"] "a value collides";
    DbIntegrity Any EXACT ["uniqueviolation"] "a value exists already";
    DbIntegrity Any EXACT ["foreignkeyviolation"] "a row is referred to that is not there";
    DbIntegrity Any EXACT ["notnullviolation"] "a value is missing";
    DbIntegrity Any CLEAR ["integrityerror"] "a constraint was violated";
    DbIntegrity Any CLEAR ["duplicate key"] "a value exists already";
    DbIntegrity Any CLEAR ["constraint", "violat"] "a constraint was violated";
    // The network, towards anything but the database.
    NetTimeout Other CLEAR ["operation timed out"] "there was no answer in time";
    NetTimeout Other CLEAR ["readtimeout"] "there was no answer in time";
    NetTimeout Other CLEAR ["connecttimeout"] "there was no connection in time";
    NetTimeout Other CLEAR ["writetimeout"] "the request was not taken in time";
    NetTimeout Other CLEAR ["etimedout"] "there was no connection in time";
    NetTimeout Other CLEAR ["und_err_connect_timeout"] "there was no connection in time";
    NetTimeout Other CLEAR ["und_err_headers_timeout"] "there was no answer in time";
    NetTimeout Other CLEAR ["econnaborted"] "there was no answer in time";
    NetTimeout Other CLEAR ["deadline has elapsed"] "there was no answer in time";
    NetTimeout Other CLEAR ["http", "timeout"] "there was no answer in time";
    NetTimeout Other CLEAR ["http", "timed out"] "there was no answer in time";
    NetTimeout Other CLEAR ["request", "timed out"] "there was no answer in time";
    NetTimeout Other LIKELY ["connection timed out"] "there was no connection in time";
    NetTimeout Other LIKELY ["timeout of"] "there was no answer in time";
    NetTimeout Other HINT ["timed out"] "there was no answer in time";
    NetRefused Other CLEAR ["connection refused"] "nobody listens there";
    NetRefused Other CLEAR ["econnrefused"] "nobody listens there";
    NetRefused Other CLEAR ["connection reset"] "the connection broke";
    NetRefused Other CLEAR ["econnreset"] "the connection broke";
    NetRefused Other CLEAR ["server disconnected without sending"] "the connection broke";
    NetRefused Other CLEAR ["connection closed before message completed"] "the connection broke";
    NetRefused Other CLEAR ["incomplete message"] "the connection broke";
    NetRefused Other CLEAR ["incompletemessage"] "the connection broke";
    NetRefused Other CLEAR ["socket hang up"] "the connection broke";
    NetRefused Other CLEAR ["all connection attempts failed"] "nobody listens there";
    NetRefused Other CLEAR ["other side closed"] "the connection broke";
    NetRefused Database HINT ["connection refused"] "it may be another service than the database";
    NetDns Other EXACT ["dns error"] "the name does not resolve";
    NetDns Other EXACT ["failed to lookup address"] "the name does not resolve";
    NetDns Other EXACT ["getaddrinfo"] "the name does not resolve";
    NetDns Other EXACT ["name or service not known"] "the name does not resolve";
    NetDns Other EXACT ["temporary failure in name resolution"] "the name does not resolve";
    NetDns Any EXACT ["could not resolve host"] "the name does not resolve";
    NetDns Other EXACT ["nodename nor servname"] "the name does not resolve";
    NetDns Other EXACT ["no address associated with hostname"] "the name does not resolve";
    NetDns Any EXACT ["eai_again"] "the resolver does not answer";
    NetDns Any CLEAR ["=dns", "resol"] "a name does not resolve";
    NetDns Any CLEAR ["name resolution"] "the name does not resolve";
    NetDns Any LIKELY ["=dns", "fail"] "a name does not resolve";
    NetDns Any LIKELY ["=dns", "not"] "a name does not resolve";
    NetTls Any EXACT ["certificate verify failed"] "the certificate is not trusted";
    NetTls Any EXACT ["certificate_verify_failed"] "the certificate is not trusted";
    NetTls Any EXACT ["invalid peer certificate"] "the certificate is not trusted";
    NetTls Any EXACT ["self-signed certificate"] "the certificate's issuer is unknown";
    NetTls Any EXACT ["self signed certificate"] "the certificate's issuer is unknown";
    NetTls Any EXACT ["certificate has expired"] "the certificate has expired";
    NetTls Any EXACT ["cert_has_expired"] "the certificate has expired";
    NetTls Any EXACT ["unable to get local issuer certificate"] "the certificate's issuer is unknown";
    NetTls Any EXACT ["unable_to_verify_leaf_signature"] "the certificate's issuer is unknown";
    NetTls Any EXACT ["unknownissuer"] "the certificate's issuer is unknown";
    NetTls Any EXACT ["notvalidforname"] "the certificate is another host's";
    NetTls Any EXACT ["certificate not valid for name"] "the certificate is another host's";
    NetTls Any EXACT ["hostname mismatch"] "the certificate is another host's";
    NetTls Any EXACT ["err_tls_cert"] "the certificate is another host's";
    NetTls Any EXACT ["does not match host name"] "the certificate is another host's";
    NetTls Any EXACT ["server does not support ssl"] "encryption is required and not offered";
    NetTls Any EXACT ["does not support tls"] "encryption is required and not offered";
    NetTls Any EXACT ["ssl connection is required"] "encryption is required";
    NetTls Any EXACT ["esslrequired"] "encryption is required";
    NetTls Any WHOLE ["no pg_hba.conf entry", "no encryption"] "encryption is required";
    NetTls Any WHOLE ["no pg_hba.conf entry", "ssl off"] "encryption is required";
    NetTls Any EXACT ["handshake failure"] "the handshake failed";
    NetTls Any EXACT ["handshake", "eof"] "the handshake failed";
    NetTls Any EXACT ["received fatal alert"] "the handshake failed";
    NetTls Any EXACT ["received corrupt message of type"] "what answers does not speak TLS";
    NetTls Any EXACT ["wrong_version_number"] "what answers does not speak TLS";
    NetTls Any EXACT ["wrong version number"] "what answers does not speak TLS";
    NetTls Any CLEAR ["certificate", "expired"] "the certificate has expired";
    NetTls Any CLEAR ["certificate", "invalid"] "the certificate is not trusted";
    NetTls Any CLEAR ["=ssl", "error"] "the encrypted connection failed";
    NetTls Any CLEAR ["=tls", "error"] "the encrypted connection failed";
    NetTls Any LIKELY ["tls handshake"] "the handshake failed";
    // Vendors.
    VendorSupabase Any EXACT ["invalid api key"] "the gateway does not know the key";
    VendorSupabase Any EXACT ["no api key found"] "the request carries no key";
    VendorSupabase Any EXACT ["secret api key required"] "the key is of the wrong kind";
    VendorSupabase Any EXACT ["unauthorized_invalid_api_key"] "the gateway does not know the key";
    VendorSupabase Any EXACT ["project paused"] "the project is paused";
    VendorSupabase Any EXACT ["project is paused"] "the project is paused";
    VendorSupabase Any EXACT ["could not query the database for the schema cache"] "PostgREST cannot reach the database";
    VendorSupabase Any CLEAR ["http", "=540"] "the project is paused";
    VendorSupabase Any CLEAR ["status", "=540"] "the project is paused";
    VendorSupabase Any CLEAR ["http", "=544"] "the gateway got no answer in time";
    VendorSupabase Any CLEAR ["status", "=544"] "the gateway got no answer in time";
    VendorSupabase Any CLEAR ["error code 52"] "the edge cannot reach Supabase";
    VendorSupabase Any CLEAR ["error code: 52"] "the edge cannot reach Supabase";
    VendorSupabase Any CLEAR ["cloudflare", "=520"] "the edge cannot reach Supabase";
    VendorSupabase Any CLEAR ["cloudflare", "=521"] "the edge cannot reach Supabase";
    VendorSupabase Any CLEAR ["cloudflare", "=522"] "the edge cannot reach Supabase";
    VendorSupabase Any CLEAR ["cloudflare", "=523"] "the edge cannot reach Supabase";
    VendorSupabase Any CLEAR ["cloudflare", "=525"] "the edge cannot reach Supabase";
    VendorSupabase Any CLEAR ["web server is down"] "the edge cannot reach Supabase";
    VendorSupabase Any CLEAR ["web server is returning an unknown error"] "the edge cannot reach Supabase";
    VendorSupabase Any CLEAR ["exceeded_"] "the project is restricted";
    VendorSupabase Any CLEAR ["overdue_payment"] "the project is restricted";
    VendorSupabase Any CLEAR ["supabase", "=401"] "the gateway rejects the key";
    VendorSupabase Any CLEAR ["supabase", "=402"] "the project is restricted";
    VendorSupabase Any CLEAR ["supabase", "=403"] "the gateway rejects the key";
    VendorSupabase Any CLEAR ["supabase", "=500"] "Supabase fails";
    VendorSupabase Any CLEAR ["supabase", "=502"] "Supabase fails";
    VendorSupabase Any CLEAR ["supabase", "=503"] "Supabase fails";
    VendorSupabase Any CLEAR ["supabase", "=504"] "Supabase fails";
    VendorSupabase Any LIKELY ["supabase", "=520"] "the edge cannot reach Supabase";
    VendorSupabase Any LIKELY ["supabase", "=521"] "the edge cannot reach Supabase";
    VendorSupabase Any LIKELY ["supabase", "=522"] "the edge cannot reach Supabase";
    VendorSupabase Any LIKELY ["supabase", "=544"] "the edge cannot reach Supabase";
    VendorSupabase Any LIKELY ["supabase", "=down"] "Supabase is said to be down";
    VendorSupabase Any LIKELY ["supabase", "unauthorized"] "the gateway rejects the key";
    VendorRailway Any EXACT ["application failed to respond"] "Railway's edge got no answer";
    VendorRailway Any EXACT ["problem processing request"] "Railway's API refuses the operation";
    VendorRailway Any EXACT ["healthcheck failed"] "Railway's deploy probe failed";
    VendorRailway Any EXACT ["replicas never became healthy"] "Railway's deploy probe failed";
    VendorRailway Any EXACT ["attempt #", "service unavailable"] "Railway's deploy probe failed";
    VendorRailway Any CLEAR ["railway", "deploy", "fail"] "a deployment failed";
    VendorRailway Any CLEAR ["railway", "crashed"] "a deployment crashed";
    VendorRailway Any CLEAR ["deployment.crashed"] "a deployment crashed";
    VendorRailway Any CLEAR ["deployment.failed"] "a deployment failed";
    VendorRailway Any CLEAR ["deployment failed"] "a deployment failed";
    VendorRailway Any CLEAR ["deployment crashed"] "a deployment crashed";
    VendorRailway Any CLEAR ["build failed"] "a build failed";
    VendorRailway Any CLEAR ["failed to build an image"] "a build failed";
    VendorRailway Any CLEAR ["backboard.railway", "error"] "Railway's API fails";
    VendorRailway Any LIKELY ["railway", "error"] "something fails at Railway";
    VendorRailway Any LIKELY ["railway", "fail"] "something fails at Railway";
    VendorRailway Any LIKELY ["deploy", "fail"] "a deployment failed";
    VendorN8n Any EXACT ["webhook", "is not registered"] "n8n does not know the webhook";
    VendorN8n Any EXACT ["workflow has issues"] "n8n refuses the workflow";
    VendorN8n Any EXACT ["workflow could not be"] "n8n could not run the workflow";
    VendorN8n Any CLEAR ["nodeoperationerror"] "a node failed";
    VendorN8n Any CLEAR ["workflowoperationerror"] "a workflow failed";
    VendorN8n Any CLEAR ["n8n", "webhook"] "n8n's webhook is spoken of";
    VendorN8n Any CLEAR ["problem in node"] "a node failed";
    VendorN8n Any LIKELY ["nodeapierror"] "a node failed";
    VendorN8n Any LIKELY ["n8n", "error"] "something fails in n8n";
    VendorN8n Any LIKELY ["n8n", "fail"] "something fails in n8n";
    VendorN8n Any LIKELY ["=workflow", "fail"] "a workflow failed";
    VendorN8n Any LIKELY ["=workflow", "error"] "a workflow failed";
    VendorRateLimited Any EXACT ["too many requests"] "fewer requests are asked for";
    VendorRateLimited Any EXACT ["throttlerexception"] "fewer requests are asked for";
    VendorRateLimited Any EXACT ["rate limit"] "fewer requests are asked for";
    VendorRateLimited Any EXACT ["ratelimit"] "fewer requests are asked for";
    VendorRateLimited Any EXACT ["rate-limit"] "fewer requests are asked for";
    VendorRateLimited Any CLEAR ["=429"] "fewer requests are asked for";
    // Authentication.
    AuthMissing Any EXACT ["missing authentication token"] "the request carries no token";
    AuthMissing Any EXACT ["missing authorization header"] "the request carries no token";
    AuthMissing Any EXACT ["no authorization header"] "the request carries no token";
    AuthMissing Any EXACT ["authorization header", "missing"] "the request carries no token";
    AuthMissing Any EXACT ["authorization header", "required"] "the request carries no token";
    AuthMissing Any EXACT ["no token provided"] "the request carries no token";
    AuthMissing Any EXACT ["missing bearer"] "the request carries no token";
    AuthMissing Any EXACT ["not authenticated"] "the request carries no token";
    AuthMissing Any EXACT ["none was presented"] "the request carries no token";
    AuthMissing Any LIKELY ["missing", "token"] "the request carries no token";
    AuthInvalid Any EXACT ["jwt expired"] "the token has expired";
    AuthInvalid Any EXACT ["signature has expired"] "the token has expired";
    AuthInvalid Any EXACT ["expiredsignatureerror"] "the token has expired";
    AuthInvalid Any EXACT ["jwserror"] "the token is malformed";
    AuthInvalid Any EXACT ["jwt malformed"] "the token is malformed";
    AuthInvalid Any EXACT ["invalid jwt"] "the token is malformed";
    AuthInvalid Any EXACT ["project token not found"] "Railway does not know the token";
    AuthInvalid Any CLEAR ["not authorized"] "the token is not accepted";
    AuthInvalid Any CLEAR ["token", "expired"] "the token has expired";
    AuthInvalid Any CLEAR ["invalid token"] "the token is not accepted";
    AuthInvalid Any CLEAR ["token", "is invalid"] "the token is not accepted";
    AuthInvalid Any CLEAR ["bad credentials"] "the token is not accepted";
    AuthForbidden Any EXACT ["permission denied for"] "the role lacks a grant";
    AuthForbidden Any EXACT ["insufficientprivilege"] "the role lacks a grant";
    AuthForbidden Any EXACT ["must be owner of"] "the role does not own it";
    AuthForbidden Any EXACT ["violates row-level security policy"] "a policy forbids it";
    AuthForbidden Any EXACT ["insufficient permissions"] "the credential may not do it";
    AuthForbidden Any LIKELY ["permission denied"] "the role lacks a grant";
    AuthForbidden Any LIKELY ["=403", "forbidden"] "the credential may not do it";
    // Validation.
    ValInput Any EXACT ["input validation failed"] "what was sent is not what is expected";
    ValInput Any EXACT ["invalid input syntax for"] "a value is of another type";
    ValInput Any EXACT ["requestvalidationerror"] "what was sent is not what is expected";
    ValInput Any CLEAR ["validation error"] "what was sent is not what is expected";
    ValInput Any CLEAR ["validationerror"] "what was sent is not what is expected";
    ValInput Any CLEAR ["input should be"] "a value is of another type";
    ValInput Any LIKELY ["field required"] "a value is missing";
    ValSchema Any EXACT ["schema cache"] "PostgREST's schema cache is stale, or it is missing";
    ValSchema Any EXACT ["relation \"", "does not exist"] "a table is missing";
    ValSchema Any EXACT ["column", "does not exist"] "a column is missing";
    ValSchema Any EXACT ["function", "does not exist"] "a function is missing";
    ValSchema Any EXACT ["schema \"", "does not exist"] "a schema is missing";
    ValSchema Any EXACT ["undefinedtable"] "a table is missing";
    ValSchema Any EXACT ["undefinedcolumn"] "a column is missing";
    ValSchema Any EXACT ["undefinedfunction"] "a function is missing";
    ValSchema Any EXACT ["schema validation"] "the schema is another one";
    ValSchema Any EXACT ["the schema must be one of"] "the schema is not exposed";
    ValSchema Any LIKELY ["table", "does not exist"] "a table is missing";
    ValSchema Any LIKELY ["bad migration"] "the schema is another one";
    ValData Any EXACT ["data integrity check failed"] "data contradicts itself";
    ValData Any EXACT ["integrity check failed"] "data contradicts itself";
    ValData Any CLEAR ["checksum mismatch"] "data contradicts itself";
    ValData Any CLEAR ["invalid page in block"] "data is damaged";
    ValData Any CLEAR ["data integrity"] "data contradicts itself";
    // Everything else.
    Internal Any CLEAR ["panicked at"] "the program panicked";
    Internal Any CLEAR ["unexpected internal error"] "nobody foresaw it";
    Internal Any CLEAR ["segmentation fault"] "the program crashed";
    Internal Any LIKELY ["unhandled exception"] "nobody foresaw it";
    Internal Any LIKELY ["unhandledpromiserejection"] "nobody foresaw it";
    Internal Any LIKELY ["unhandled rejection"] "nobody foresaw it";
    Internal Any LIKELY ["internal server error"] "nobody foresaw it";
    Internal Any LIKELY ["internal error"] "nobody foresaw it";
    ResourceExhausted Any EXACT ["out of memory"] "memory is used up";
    ResourceExhausted Any EXACT ["out-of-memory"] "memory is used up";
    ResourceExhausted Any EXACT ["oomkilled"] "memory is used up";
    ResourceExhausted Any EXACT ["=oom"] "memory is used up";
    ResourceExhausted Any EXACT ["memoryerror"] "memory is used up";
    ResourceExhausted Any EXACT ["cannot allocate memory"] "memory is used up";
    ResourceExhausted Any EXACT ["no space left on device"] "the disk is full";
    ResourceExhausted Any EXACT ["disk full"] "the disk is full";
    ResourceExhausted Any EXACT ["could not extend file"] "the disk is full";
    ResourceExhausted Any EXACT ["disk is full"] "the disk is full";
    ResourceExhausted Any EXACT ["too many open files"] "descriptors are used up";
    ResourceExhausted Any EXACT ["emfile"] "descriptors are used up";
    ResourceExhausted Any EXACT ["out of shared memory"] "the server's lock table is full";
    ResourceExhausted Any CLEAR ["resource exhausted"] "something is used up";
    ResourceExhausted Any CLEAR ["exit", "=137"] "the process was killed, mostly for its memory";
    ResourceExhausted Any CLEAR ["signal 9"] "the process was killed, mostly for its memory";
    ResourceExhausted Any LIKELY ["worker", "killed"] "the process was killed, mostly for its memory";
    ResourceExhausted Any LIKELY ["worker", "stale"] "a silent worker was often killed for its memory";
    Cancelled Any CLEAR ["operation was cancelled"] "it was cancelled";
    Cancelled Any CLEAR ["operation was canceled"] "it was cancelled";
    Cancelled Any CLEAR ["operation cancelled"] "it was cancelled";
    Cancelled Any CLEAR ["operation was aborted"] "it was cancelled";
    Cancelled Any CLEAR ["cancellederror"] "it was cancelled";
    Cancelled Any CLEAR ["context canceled"] "it was cancelled";
    Cancelled Any CLEAR ["aborterror"] "it was cancelled";
    Cancelled Any LIKELY ["received sigterm"] "the process was told to end";
    Cancelled Any LIKELY ["is shutting down"] "the process was told to end";
}
