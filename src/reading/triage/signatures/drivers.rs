//! What poolers, drivers and mappers say of the way to the database and of what came back.

use crate::reading::triage::sign::signs;

signs! {
    DbPoolExhausted Any CAUSE "the pooler's slots are used up" [
        "emaxconn", "emaxconnsession", "emaxpoolsreached", "max clients reached", "maxclientsinsessionmode",
        "max client connections reached", "max client*..reached", "no more connections allowed", "max_client_conn",
        "max_db_connections", "max_user_connections", "max_db_client_connections", "max_user_client_connections",
        "client connections exceeded", "max clients are limited to pool_size", "max pools count reached",
        "epoolcheckout", "echeckoutfailed", "echeckoutretries", "esubscriberetries",
    ]
    DbPoolExhausted Any CAUSE "the pooler had no connection to give" [
        "echeckouttimeout", "unable to check out connection", "unable to check out process from the pool",
        "checkout timeout", "query_wait_timeout", "query_wait_notify",
    ]
    ConfigInvalid Any INNER "the pooler does not let this login in" [
        "tenant/user", "tenant or user not found", "tenant not found", "(enotfound)", "ecircuitbreaker",
        "circuit breaker open", "too many authentication failures", "too many authentication errors",
        "too many failed attempts", "eauthquery", "eauthsecrets", "ebanned", "tenant is banned", "eaddrnotallowed",
        "address not in tenant allow_list", "einvaliduserinfo", "invalid format for user or db_name",
        "ewrongpassword", "eauthprotocol", "ejitunauthorized", "epoolconfignotfound", "enoidentifier",
        "estartupmessage", "no tenant identifier provided", "failed to retrieve authentication secrets",
        "failed to retrieve database credentials", "authentication credentials are invalid",
        "user not found in the database", "exchange error: password authentication failed", "emultipleusers",
        "can't find pool config", "pool terminating: password authentication failed",
        "error response from auth_query", "auth_query response contained", "wrong password type",
        "unsupported pkt type", "not allowed in the auth_file", "no such user:", "bad cancel",
        "client_tls_sslmode requires",
    ]
    ConfigInvalid Any CAUSE "the pooler's mode does not fit the client" [
        "epreparednotfound", "eprepareddup", "epssimplequery",
        "prepared statements using the extended query protocol", "pgbouncer..does not support prepared statements",
    ]
    ConfigInvalid Any CAUSE "the pooler's own configuration is wrong" [
        "could not open auth_file", "broken auth file", "could not open hba config file",
        "could not parse hba config", "config file loading failed", "ldap login failed", "invalid pool mode",
        "reload failed, see logs", "db setup failed", "hba line", "ident line", "no such peer",
    ]
    DbConnection Any CAUSE "the pooler cannot reach the database" [
        "pgbouncer cannot connect to server", "server_connect_timeout", "server dns lookup failed",
        "dns lookup failed & pgbouncer", "dns lookup failed..result=", "edbhandlerexited", "dbhandler exited",
        "session terminated by server", "connection closed unexpectedly", "eworkernotfound", "worker_not_found",
        "eclientsocketclosed", "eproxystartfailed", "eproxysupervisorunavailable", "epoolranchnotfound",
        "failed to start proxy dbhandler", "server conn crashed", "server login failed: fatal the database system",
        "admin forced disconnect", "client_idle_timeout", "idle_transaction_timeout", "client_idle_timeout (age",
        "server unexpectedly", "closing because: server conn crashed", "closing because: unexpected eof",
        "cannot connect (age", "closing because: connect failed", "launch_new_connection: last failed",
        "bouncer shutting down", "pool was removed", "database was removed", "the database was removed",
        "idle transaction timeout", "client unexpected eof", "tcp connect (..): connection refused",
        "tcp connect (..): non-existing domain", "dbhandler: connection failed", "subscribe error",
        "manager not found for pool", "econnrefused & dbhandler", ":nxdomain & dbhandler",
        "server disconnected while", "epoolterminating", "pool is terminating", "connect failed (age",
        "server closed connection",
    ]
    DbTimeout Any CAUSE "the pooler or the database behind it did not answer in time" [
        "closing because: connect timeout", "client_login_timeout", "eauthtimeout", "authentication timeout after",
        "closing because: query timeout", "closing because: query_timeout", "login timeout", "cancel_wait_timeout",
        "wait parameter status timeout", "cleanup timeout", "idle_transaction_timeout (age",
    ]
    NetTls Any INNER "encryption is required" [
        "no pg_hba.conf entry..no encryption", "no pg_hba.conf entry..ssl off", "pg_hba.conf rejects..no encryption",
        "pg_hba.conf rejects..ssl off", "connection requires a valid client certificate",
        "certificate authentication failed", "ssl required", "esslrequired", "ssl connection is required",
    ]
    NetTls Any CAUSE "encryption is required, and not offered or not possible" [
        "esslhandshake", "server refused ssl", "server does not support ssl", "server does not support tls",
        "does not support ssl connections", "ssl is not enabled on the server", "ssl not available",
        "rejected ssl upgrade", "received invalid response to ssl negotiation", "unexpected response from sslrequest",
        "unexpected response to ssl", "could not accept ssl connection",
        "sslmode value..invalid when ssl support is not compiled in", "bad sslreq answer", "ssl was required",
        "tls handshake error", "tls connect error", "tls accept error", "tls setup failed", "tls startup failed",
        "requires tls", "requires ssl", "ssl error: certificate verify failed", "ssl connection required",
        "ssl/tls required", "server requires encryption", "ssl encryption is required",
        "root certificate file..does not exist", "could not read root certificate file",
        "could not open ssl root certificate file", "root certificate file", "could not load server certificate file",
        "could not load private key file", "could not load root certificate file", "could not read certificate file",
        "certificate file..could not", "private key file..has group or world access", "private key has world access",
        "private key has group", "could not load certificate", "couldn't parse pem",
        "server certificate for..does not match host name", "certificate present, but not private key file",
        "certificate does not match private key", "weak sslmode", "channel binding required",
        "channel binding is required", "scram-sha-256-plus",
    ]
    DbPoolExhausted Any OUTER "the program's own pool had no connection to give" [
        "timed out waiting for connection", "connection is not available, request timed out",
        "sqltransientconnectionexception", "timeout exceeded when trying to connect",
        "timeout acquiring a connection", "resourcerequest timed out", "timeout: pool",
        "timed out while waiting for an open connection", "pool timed out", "pool timeout", "pooltimedout",
        "pooltimeout & psycopg*", "pool timeout while acquiring", "sequelizeconnectionacquiretimeouterror",
        "operation timeout & sequelize*", "timed out fetching a new connection from the connection pool",
        "unable to acquire a connection", "unable to acquire a database connection",
        "could not obtain a database connection", "could not acquire connection",
        "connectiontimeouterror & active*..*record", "could not obtain a connection from the pool",
        "all pooled connections were in use", "connection acquisition timeout", "cannot get a connection, pool error",
        "cannot acquire connection from data source", "unable to acquire jdbc connection",
        "pool initialization incomplete", "couldn't get a connection after", "couldn't get connection after",
        "connection not available and request was dropped from queue", "timeout waiting for idle object",
        "pool wait timeout", "timed out waiting to acquire", "waiting for a slot in the pool",
        "timed out waiting for a slot", "the pool is probably full", "acquire timeout", "acquiretimeout*",
        "failed to acquire connection", "failed to acquire a connection", "acquiring a connection from the pool",
        "acquiring a connection from pool timed out", "connection not available", "timeout error & deadpool",
        "client_queue_timeout",
    ]
    DbPoolExhausted Any INNER "the program's own pool is used up" [
        "timeouterror & asyncpg/pool.py", "toomanyrequests & psycopg_pool", "toomanyrequests & pool 'pool*",
    ]
    ResourceExhausted Any CAUSE "a limit of the pooler was reached" [
        "emaxprepared", "emaxpreparedmem", "max prepared statements limit reached", "max prepared statements memory",
        "estartuppackettoolarge", "startup packet too large", "bouncer resources exhaustion", "c-ares fd overflow",
        "cannot allocate client struct", "no mem", "no memory?",
    ]
    DbPoolExhausted Any CAUSE "the program's own pool is used up" [
        "queuepool limit", "connection pool exhausted", "pool exhausted", "connection pool is exhausted",
        "pool is exhausted", "pool has been exhausted", "exhausted the connection pool", "connection pool is full",
        "pool is full", "poolerror: exhausted", "pool error: exhausted", "poolerror", "has already..requests waiting",
        "exceeded slow threshold & acquire*", "time to acquire exceeded slow threshold",
        "no available connections in the pool", "pool size..reached", "maximum pool size",
        "error getting conn from pool", "connection leak", "leak detection triggered",
        "apparent connection leak detected", "conn pool limit", "too many requests waiting", "poolexhaustederror",
        "noavailableconnection*", "no available connection", "active=*..idle=0, waiting=*",
        "timeout occurred while waiting for a slot", "waiting for a slot to become available", "timed out in bb8",
        "runerror::timedout", "max connections exceeded, timed out", "maxconnectionsexceeded", "max pool size",
        "failed to acquire connection from pool", "connection pool timed out", "connectionacquire*",
        "conn pool closed & timeout", "pool size limit", "poolexhausted*", "limit of size..overflow",
        "could not get a connection from the pool", "no connection available in the pool", "connection pool limit",
        "waiting queue is full", "waiting for a free connection", "waiting for an available connection",
        "wait for a connection from the pool", "too many open connections", "database handle..pool..exhaust*",
        "connectionpooltimeout & database*", "pool wait",
    ]
    DbConnection Any CAUSE "the connection to the database broke" [
        "connection terminated unexpectedly", "connection ended unexpectedly", "connectiondoesnotexisterror",
        "connection was closed in the middle of operation", "the connection is closed", "the connection is lost",
        "connection already closed", "connection has been closed & psql*", "connection is closed & asyncpg",
        "connection was closed & asyncpg", "this connection has been closed",
        "an i/o error occurred while sending to the backend", "failed to validate connection",
        "the connection attempt failed", "connection..refused. check that the hostname and port are correct",
        "client has encountered a connection error and is not queryable", "client was closed and is not queryable",
        "connection_closed", "connection_ended", "connection_destroyed", "connectionclosederror",
        "driver: bad connection", "bad connection", "conn closed", "closed the connection unexpectedly",
        "unexpected eof & pgx", "unexpected eof & pq", "error communicating with database",
        "expected to read..bytes, got..bytes at eof", "kind: closed", "closedconnection",
        "connection closed & tokio_postgres", "connection closed & sqlx", "kind: io & tokio_postgres",
        "workercrashed", "attempted to communicate with a crashed background worker", "cursor already closed",
        "connection not established", "connectionnotestablished", "dbconnection.connectionerror", "tcp recv: closed",
        "tcp recv (idle): closed", "tcp send: closed", "ssl recv: closed", "ssl send: closed",
        "ssl recv (idle): closed", "connection not available because", "sequelizeconnectionrefusederror",
        "sequelizehostnotfounderror", "sequelizehostnotreachableerror", "sequelizeconnectionerror..connect",
        "cannotexecutenotconnectederror", "connection is not established", "cannotconnectalreadyconnectederror",
        "no connection to database", "unable to connect to the database. retrying", "typeormmodule & econnrefused",
        "consuming input failed: server closed", "connection reset by peer & psycopg*",
        "communications link failure",
        "communicationsexception", "server has closed the connection", "server has gone away",
        "lost connection to mysql", "connection pool closed..database", "connect call failed & asyncpg",
        "multiple connection attempts failed", "pg_isready", "no response & pg_isready",
        "failed to deallocate cached statement", "receive message failed", "write failed: write tcp",
        "failed to write startup message", "failed to receive message", "unexpected message & pgproto3",
        "connection to..closed & 5432", "error connecting in", "the service must be running & database",
        "failed to connect to `host", "failed to connect to `user",
        "error occurred while creating a new object: error connecting", "clean up server conn",
        "discarding connection", "remote host closed", "server closed the connection", "connection lost & database",
        "error communicating with the server", "unexpected end of file & postgres*",
        "error communicating with database: unexpected end of file", "unexpected connection_lost() call",
        "connection_lost", "driver not connected", "unable to send command", "unabletosendcommand",
        "pg::connectionbad", "pg::unabletosend", "connectionbad", "exception while reading from stream",
        "exception while writing to stream", "exception while connecting", "connection error: error communicating",
        "dbconnectionerror", "nodatabaseconnection", "postgresconnectionerror", "unexpected message from server",
        "connection is not open", "query runner..not connected", "reconnect..database", "connection reset & database",
        "operationalerror: server", "got no response from..postgres", "database connection is closed",
        "database connection closed", "connection to postgres*..lost", "connection to postgres*..closed",
        "unexpectedly closed the connection & psql", "failed to establish a database connection",
        "failed to establish a connection to the database", "failed to open database connection",
        "failed to open a database connection", "failed to connect to db", "cannot connect to db",
        "could not connect to db", "unable to connect to db", "db connection failed", "db connection error",
        "~ping database", "failed to ping database", "~failed to ping", "database ping failed",
        "error opening database", "unexpected end of file & sqlx*", "kind: unexpectedeof & postgres*",
        "kind: connectionreset & postgres*", "kind: connectionrefused & postgres*", "kind: brokenpipe & sqlx*",
        "connection closed & postgres*", "connection closed & tokio*", "io error: & postgres*", "conn crash*",
        "eof on postgres*", "error receiving data from server", "error sending data to server",
        "unexpected eof from server",
    ]
    DbTimeout Any CAUSE "the driver waited in vain" [
        "timeout occurred while creating a new object", "connecttimeout & pgx",
        "failed to connect to..i/o timeout & pgx", "failed to connect to `..dial error: timeout",
        "failed to connect to..context deadline exceeded", "connecttimeouterror & postgres*",
        "timeout: context deadline exceeded & pgx", "timeout: context deadline exceeded",
        "sockettimeoutexception & postgres*", "sockettimeout & jdbc", "asyncpg..timeouterror",
        "timeouterror & asyncpg", "timeouterror & connect_utils", "connect timeout & 5432",
        "operation timed out & postgres*", "sequelizedatabaseerror..timeout", "querytimeout*",
        "transaction timed out", "a query cannot be executed on an expired transaction", "expired transaction",
        "the timeout for this transaction", "unable to start a transaction in the given time",
        "timed out & db_statement_timeout", "connection timed out while dequeuing", "dbconnection..timeout",
        "timed out because it queued and checked out the connection for longer than",
        "client..timed out because it queued", "was held for too long",
    ]
    Internal Any LIKELY "the program uses the driver wrongly" [
        "pool is closed", "pool is closing", "the pool..is already closed", "the pool..is not open yet", "poolclosed",
        "cannot use a pool after calling end", "connectionmanager was closed",
        "after the connection manager was closed", "hikaridatasource..has been closed", "datasource is closed",
        "another operation is in progress", "another command is already in progress", "conn busy", "connection busy",
        "tx is closed", "sql: database is closed", "sql: statement is closed", "sql: rows are closed", "closed pool",
        "pool has been closed", "broken parse packet", "broken bind packet", "broken close packet",
        "attempted to acquire a connection on a closed pool", "cannot call..after..closed",
        "this connection..released", "client has already been connected",
        "release called on client which has already been released", "detachedinstanceerror",
        "is not bound to a session", "lazyinitializationexception", "missinggreenlet",
        "greenlet_spawn has not been called", "objectdeletederror", "invalidrequesterror", "this session is in",
        "session is already flushing", "concurrent access is not permitted", "this session is provisioning",
        "illegalstatechangeerror", "synchronousonlyoperation", "you cannot call this from an async context",
        "multiple classes found for path", "no metadata for", "entitymetadatanotfounderror",
        "got unexpected connection status", "interfaceerror: cannot perform operation",
        "got result for unknown protocol state", "got future..attached to a different loop",
        "prismaclientrustpanicerror", "prismaclientunknownrequesterror", "query engine exited",
        "engine is not yet connected", "query engine library", "query engine binary",
        "prisma client could not locate the query engine", "prisma client..did not initialize yet",
        "@prisma/client did not initialize", "multiple heads are present", "appregistrynotready",
        "not all parameters were used", "lost synchronization with server", "protocol error & pg", "message type 0x",
        "unexpected message type", "portal..does not exist & protocol", "called end on pool more than once",
        "cannot reuse a client", "received unexpected commandcomplete", "unsafe_transaction", "not_tagged_call",
        "message_not_supported", "cannot switch to state", "connection has been released back to the pool",
        "query runner already released", "queryrunneralreadyreleasederror", "datasource is not set for this entity",
        "is not associated to", "sequelizeeagerloadingerror", "ownershiperror", "cannot find ownership process",
        "run $ npm install pg", "no runtime specified", "attempt to reopen an already closed object",
        "databasewrapper objects created in a thread", "connection already opened", "internalclienterror",
        "unsupportedclientfeatureerror", "the pool has not yet been opened", "object is not bound to a session",
        "instance is not bound to a session", "instance..not persistent", "parent instance",
        "objectnotexecutableerror", "not an executable object", "textual sql expression", "resourceclosederror",
        "this result object does not return rows", "result object is closed", "circulardependencyerror",
        "noforeignkeyserror", "could not determine join condition", "argumenterror: mapper",
        "mapper failed to initialize", "initialization of mapper", "unmappedinstanceerror", "unboundexecutionerror",
        "no results to fetch", "the last operation didn't produce a result", "~mysql server", "~pool closed",
        "connection already in use", "statement is closed", "statement was already", "result set closed",
        "resultset is closed", "resultset not positioned", "transaction has already been",
        "cannot perform i/o on behalf of a different request", "~multiple commands in", "~nested transactions",
        "savepoint already", "task got future", "loop is closed & asyncpg", "sync..in async",
        "blocking call in async",
    ]
    Cancelled Any CAUSE "the wait for a connection was interrupted" [
        "interrupted during connection acquisition", "interruptedexception", "thread was interrupted",
    ]
    ValSchema Any CAUSE "what came back is not of the shape that is expected" [
        "type named..not found", "mismatched types; rust type", "unexpected null; try decoding as an",
        "error occurred while decoding", "error deserializing column", "error deserializing field",
        "unexpected null for non-null column", "cannot convert between the rust type", "no column found for name",
        "columnnotfound", "invalid column", "can't scan into dest", "cannot scan", "scan error on column",
        "unsupported scan, storing driver.value", "converting driver.value type", "converting null to",
        "sql: expected..destination arguments", "number of field descriptions must equal",
        "struct doesn't have corresponding row field", "not enough columns", "nosuchcolumnerror",
        "could not locate column", "unknown oid", "unsupported type & oid", "responsevalidationerror",
        "error converting field", "inconsistent column data", "entitypropertynotfounderror",
        "was not found in..make sure your query is correct", "property..was not found in", "no such column",
        "unmappedcolumnerror", "has no attribute & column", "missing column", "schema-validation",
        "schemamanagementexception", "wrong column type encountered", "missing table [", "unknownpropertyexception",
        "could not locate named parameter", "unknown entity", "not an entity", "could not resolve attribute",
        "could not resolve property", "relation..was not found", "invalid field name(s)", "fielderror",
        "cannot resolve keyword", "unknown field(s)", "no field named", "statementinvalid..undefined",
        "attributemissing", "missingattributeerror", "unknownattributeerror", "unknown attribute",
        "column..cannot be null & scan", "column index out of bounds", "unsupported type..of column",
        "in `where` does not exist in schema", "does not exist in schema", "outdatedschemacacheerror",
        "failed to find data for query", "remote migration versions not found", "unsupported data type",
        "invalid field, should be struct", "missing destination name", "cannot convert..to..column",
        "cannot deserialize column", "columndecode", "typenotfound", "no such field", "unrecognized field",
        "unknown model", "unknown relation", "unknown association", "associationnotfound*",
        "configurationerror: association", "relation with property path", "relationship..not found",
        "nosuchtableerror", "table..has no column named", "unconsumed column names", "undefinedcolumn",
        "could not find table", "prismaclientvalidationerror..unknown field",
    ]
    ValSchema Any CAUSE "the migrations do not fit the database" [
        "migrations are pending", "pendingmigrationerror", "pending migration*", "unapplied migration*",
        "was previously applied but has been modified", "was previously applied but is missing",
        "is partially applied; fix and remove row", "versionmismatch", "versionmissing",
        "is not present in the migration source", "dirty database version", "no migration found for version",
        "error: dirty database", "inconsistentmigrationhistory", "inconsistent migration history",
        "conflicting migrations detected", "migration..failed", "migrations failed", "failed migration*",
        "failed to apply cleanly", "a migration failed to apply", "found failed migrations",
        "can't locate revision identified by", "target database is not up to date", "multiple head revisions",
        "relation \"alembic_version\"", "duplicatemigration*", "the migration directory is corrupt",
        "migration directory is corrupt", "validate failed: migrations have failed validation",
        "migration checksum mismatch", "detected failed migration", "detected resolved migration not applied",
        "detected applied migration not resolved", "found non-empty schema", "database schema is not empty",
        "the database schema is not empty", "drift detected", "schema drift", "schema is out of sync",
        "schema is out of date", "database schema version", "bad migration", "out of order migration",
        "migration..does not exist", "could not find migration", "no such migration", "knex_migrations",
        "migration file..missing", "liquibaseexception", "flywayexception", "flywayvalidateexception",
        "migrationfailed*", "execution of..migration", "error: migration", "checksum mismatch..migration",
        "already recorded as applied", "while executing migrations", "while resolving migrations",
        "~_sqlx_migrations", "~schema_migrations", "~alembic_version", "~flyway_schema_history", "~django_migrations",
        "~__efmigrationshistory", "~databasechangelog", "~goose: ", "~dbmate", "~migrate: ", "no change & migrat*",
        "out-of-order migration", "missing migration*", "migration..is missing", "migration..not applied",
        "migrations..not applied", "migrations not applied", "unapplied migrations", "you have..unapplied migration",
        "revision..not found", "can't locate revision", "column..of relation..already exists",
        "inconsistent migrations", "nodenotfounderror & migration*", "migration conflict",
    ]
    ValData Any CAUSE "rows are not what the program takes for granted" [
        "staledataerror", "staleentryerror", "attempted to update a stale struct",
        "expected to update..row(s); ..were matched", "staleobjectstateexception",
        "objectoptimisticlockingfailureexception", "row was updated or deleted by another transaction",
        "optimisticlockexception", "batch update returned unexpected row count", "optimisticlockerror",
        "optimisticlockversionmismatch*", "multipleresultsfound", "multiple rows were found when", "noresultfound",
        "no row was found when one was required", "multipleobjectsreturned",
        "no rows returned by a query that expected", "rownotfound", "no rows in result set", "too many rows",
        "query returned an unexpected number of rows", "nonuniqueresultexception",
        "incorrectresultsizedataaccessexception", "emptyresultdataaccessexception", "recordnotfound",
        "entitynotfounderror", "an operation failed because it depends on one or more records",
        "required but not found", "records were not found", "record not found", "record to update not found",
        "record to delete does not exist", "affected rows 0", "couldn't find..with 'id'", "noresultserror",
        "expected at least one result but got none", "dbupdateconcurrencyexception",
        "does not exist & matching query", "matching query does not exist", "object does not exist", "~doesnotexist",
        "no rows returned", "~returned no rows", "expected one row", "expected exactly one",
        "sql: no rows in result set", "~empty result", "~rowcount",
    ]
    ValInput Any CAUSE "a statement was given other values than it takes" [
        "column \"..is of type..but & parameter", "prismaclientvalidationerror", "argument..is missing",
        "unknown argument", "invalid value provided", "expected..provided..string",
        "provided value for the column is too long", "value too long for column", "invalid value for argument",
        "propertyvalueexception", "hibernateexception: illegal",
        "'str' object cannot be interpreted as an integer & asyncpg", "dataerror", "sequelizevalidationerror",
        "recordinvalid", "validation failed:", "notnull violation", "expected a number but got",
        "must be a valid uuid", "argumenterror..changeset", "ecto.query.casterror", "ecto.changeerror",
        "value..in..cannot be cast to type", "ecto.invalidchangeseterror", "could not bind parameter",
        "failed to decode param", "error encoding a value", "error occurred while encoding a value",
        "the server expects..argument*", "expected..parameters but got", "expected..arguments but got",
        "undefined_value", "undefined values are not allowed", "max_parameters_exceeded", "encodeerror",
        "postgrex expected", "where conditions required", "model value required", "valuetoolong",
        "error serializing parameter", "wrong number of parameters", "parameters..were passed",
        "arguments..were passed", "invalidparametervalue", "can't adapt type", "cannot adapt type",
        "could not serialize parameter", "type..is not supported & parameter", "cannot convert..to..parameter",
        "values..do not match the number of columns", "insert has more", "expected..bind parameters",
    ]
    DbTimeout Any CAUSE "the statement ran for too long" [
        "slow statement: execution time exceeded", "execution time exceeded alert threshold",
        "transactiontimedoutexception", "sequelizeconnectiontimedouterror", "sequelizetimeouterror",
        "connect_timeout & postgres*", "write connect_timeout", "connection_timeout & postgres*",
        "timeout during reading attempt", "timeout while reading from stream", "statement_timeout & error",
        "statementtimeout", "postgres..timed out",
    ]
    ConfigInvalid Any CAUSE "the login was rejected" [
        "sequelizeaccessdeniederror", "nodatabaseerror", "could not find your database", "sasl_signature_mismatch",
        "auth_type_not_implemented", "scram-server-final-message", "cannot do scram authentication",
        "password missing", "unsupported sasl", "unsupported authentication method", "~authentication type",
        "unix socket is in use", "admin access needed", "not allowed & pgbouncer", "unsupported startup parameter",
        "sequelizeinvalidconnectionerror", "user name is required", "database is disabled", "is disabled & database",
        "invalid server parameter", "invalid connection parameters", "invalid dsn",
    ]
    DbTransaction Any CAUSE "the transaction could not be carried through" [
        "transactionnotstartederror", "transactionalreadystartederror", "transaction query already complete",
        "alreadyintransaction", "already in transaction", "rollbackerror", "brokentransactionmanager",
        "pessimisticlockexception", "locktimeoutexception", "lockwaittimeout", "activerecord::readonlyerror",
        "write query attempted while in readonly mode", "cannot commit", "cannot rollback", "cannot begin",
        "commit of..failed", "transaction was aborted", "transaction manager..fail*",
        "cannot use..in a manually started transaction", "transactionsystemexception",
        "could not commit jpa transaction", "unable to commit", "rolled back due to", "tx aborted",
        "retry transaction", "transaction retry", "serializationerror", "lock file..migrat*", "~migration lock",
        "~unable to acquire lock", "~advisory lock",
    ]
    DbIntegrity Any CAUSE "a constraint was violated" [
        "duplicated key not allowed", "errduplicatedkey", "ent: constraint failed", "foreignkeyviolation",
        "notnullviolation", "checkviolation", "invalidforeignkey", "~violates", "constrainterror", "~unique index",
        "duplicate object",
    ]
    DbTimeout Any LIKELY "the driver waited in vain" [
        "knextimeouterror",
    ]
    DbPoolExhausted Database OUTER "the program's own pool had no connection to give" [
        "timeout waiting for connection",
    ]
    DbTimeout Database CLEAR "the driver waited in vain" [
        "error connecting to server: timed out", "connection timed out", "connect timed out",
        "timeout connecting to server", "timeout waiting for response", "read timed out",
    ]
    ConfigInvalid Any CAUSE "the driver cannot make sense of its settings" [
        "invalid connection string", "invalid configuration", "~unknown option",
        "unexpected key in connection string", "unknown parameter & postgres*", "parse error in connection string",
        "sslmode & invalid value", "invalid ssl mode", "~ssl mode", "unknown ssl mode", "unsupported sslmode",
        "~conninfo", "invalid conninfo", "invalid uri query", "malformed connection string", "missing user name",
        "no user specified", "user must be specified", "unknown authentication type", "unrecognized parameter",
        "runtime parameter..unsupported", "unsupported frontend protocol", "invalid command-line argument",
        "~gss encryption",
    ]
    NetTls Any CAUSE "the encrypted connection to the database failed" [
        "while attempting to establish a tls connection", "error performing tls handshake",
        "error establishing an ssl connection", "there was an error establishing an ssl connection",
        "ssl connection failed", "tls connection failed", "tls: server*", "~server certificate",
        "certificate is not valid for", "no ssl support", "ssl support is not compiled in",
        "tls upgrade required but", "~tls upgrade", "certificate for..does not match",
    ]
    DbConnection Any CLEAR "the connection to the database broke" [
        "error parsing response from server", "error encoding message to server", "db_handler exited",
        "dbhandler..exited", "db_termination", "esubscriberetries", "subscribe retries", "badconnection(",
        "connection error: connection closed", "error initializing db", "error initializing database",
        "could not initialize database", "failed to initialize database",
    ]
    DbConnection Nobody LIKELY "the connection to the database broke" [
        "connection closed", "connection lost", "connection was lost", "lost connection",
    ]
    Internal Any CAUSE "the driver did not expect that" [
        "pq: unexpected", "pq: unknown response", "pq: unknown error", "pq: invalid message", "pq: cannot convert",
        "pq: cannot", "pq: copy", "pq: unable to", "pq: message too large", "pq: channel is", "pq: copyin",
        "listenerconn has been closed", "listener has been closed", "only allowed inside a transaction & copy",
        "unexpected readyforquery", "unexpected datarow", "expected saslfinal", "any driver mapping",
        "any driver does not support", "unexpected message format", "begin_with at non-zero",
        "pool has been closed & deadpool",
    ]
    ConfigInvalid Any CAUSE "the login was rejected" [
        "unknown authentication method", "unknown authentication response", "unexpected authentication response",
        "authentication method requirement", "scram-sha-256 error", "scram-sha-256 authentication error",
        "server signature", "scram verification error", "md5 secrets are not supported", "require_user", "gssapi",
        "kerberos error", "no gssapi provider", "role \"..does not exist & pq:", "database \"..does not exist & pq:",
        "role \"..does not exist & psycopg*", "database \"..does not exist & psycopg*",
        "role \"..does not exist & error connecting", "wrong password", "auth secrets check error",
        "undefined sasl method", "undefined auth response", "handshake error & dbhandler",
    ]
    ConfigInvalid Any INNER "the address of the database is malformed" [
        "invalidconnectionurl", "unterminated quoted connection parameter", "relativeurlwithoutbase",
        "configuration(invalidport", "configuration(empty", "configuration(idna*", "protocol version mismatch",
        "min_protocol_version", "max_protocol_version", "both host and hostaddr are missing",
        "could not detect default username", "unknown setting..in service file", "invalid connection protocol",
    ]
    NetTls Any INNER "the encrypted connection to the database failed" [
        "no keys found pem file", "tls(custom", "tls(native*", "no hostname provided for tls handshake",
        "tls upgrade required", "built without tls support", "server did not use channel binding", "esslhandshake",
        "clienthandler: tls error",
    ]
    DbTimeout Any CAUSE "the driver waited in vain" [
        "timeout waiting for server", "while recycling an object", "timeout waiting for message in state",
        "set application_name timeout",
    ]
    DbTimeout Database INNER "the driver waited in vain" [
        "kind: timedout",
    ]
    DbPoolExhausted Any CAUSE "the pool had no connection to give" [
        "timeout(wait)", "timeout: wait", "pool: timeout", "max proxy connections reached", "poolerror(timeout",
    ]
    ValSchema Any CAUSE "the migrations or prepared queries do not fit the database" [
        "older than the latest applied migration", "newer than the latest applied migration",
        "there is no cached data for this query", "sqlx prepare", "cannot mix reversible", "re-run sqlx prepare",
        "query files differ",
    ]
    ConfigMissing Any INNER "a variable is not set" [
        "must be set, or `cargo sqlx", "to use query macros",
    ]
    ValData Any CAUSE "rows are not what the program takes for granted" [
        "none of the records are", "no records updated", "record not updated",
    ]
    DbConnection Database CAUSE "the server refuses connections" [
        "connection to..refused", "connect to..refused",
    ]
    DbPoolExhausted Any LIKELY "the pool could not be filled" [
        "exception during pool initialization",
    ]
    Internal Any INNER "the program uses the driver wrongly" [
        "sqlalchemy.exc.invalidrequesterror", "sqlalchemy.exc.resourceclosederror", "sqlalchemy.orm.exc.flusherror",
        "can't operate on closed transaction", "sqlalchemy.exc.missinggreenlet", "non-checked-in connection",
        "can't infer the sql type", "result was returned when none was expected",
        "no results were returned by the query", "thread starvation or clock leap", "cannot queue commands",
        "message contents do not agree",
    ]
    ConfigInvalid Any CAUSE "the driver cannot make sense of its settings" [
        "expected string or url object", "make_url", "could not parse network address", "malformed scram message",
        "duplicate sasl authentication", "sasl authentication request", "invalid scram",
        "password retrieved from file", "invalid length of startup packet", "unsupported protocol version",
    ]
    DbConnection Any CAUSE "what answers does not speak the protocol of Postgres" [
        "first received character was", "expected authentication request from server",
        "unexpected response from server", "unexpected asynchronous message", "unexpected field count in",
        "insufficient data in", "extraneous data in",
    ]
    NetTls Any CAUSE "the encrypted connection to the database failed" [
        "could not be verified by hostnameverifier", "hostnameverifier", "could not load client certificate",
        "client certificate", "could not get server's host name", "could not open..root certificate",
        "could not open ssl",
    ]
    ValInput Any CAUSE "a statement was given other values than it takes" [
        "out-of-range integer as a 2-byte value", "bad value for type", "stringdatarighttruncation",
        "value too long for type",
    ]
    DbPoolExhausted Any INNER "the pool had no connection to give" [
        "connection not available and request was dropped",
    ]
    ValSchema Any INNER "what a query names is missing" [
        "cannot resolve keyword",
    ]
}
