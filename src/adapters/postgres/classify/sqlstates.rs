//! The appendix of SQLSTATEs, and what each of them means.
//!
//! # Design notes
//!
//! Read from top to bottom: a class, the codes that Postgres 15 to 18 have in it, what its codes mean
//! (`_`), and those that mean something else. A code that a later version adds means what its class
//! does. Where nothing was agreed on, what an engineer has to do next decides: what no new attempt
//! mends is not said to be worth one.
//!
//! Not all five-digit numbers behind the word "error" are SQLSTATEs: those of Winsock, Discord and
//! Twilio share classes 10, 20, 21, 30, 40 and 50. So what a text of others means goes by the codes
//! that Postgres really has, and not by their classes.

use crate::domain::taxonomy::Code;

/// What a SQLSTATE means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cause {
    /// The code of the taxonomy.
    pub(super) code: Code,
    /// What happened, for anybody to read.
    pub(super) detail: &'static str,
    /// The first thing to look at, where the code's row does not say it well enough.
    pub(super) first_check: Option<&'static str>,
    /// What it means for the connection.
    pub(super) after: After,
}

/// What a failure means for the next attempt to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Nothing.
    Carry,
    /// A connection that had been idle may just have gone: a fresh one is worth a try.
    Reconnect,
    /// The credential was rejected: it must not be tried again soon.
    StayAway,
}

struct Class {
    name: &'static str,
    /// What its codes end in, as far as Postgres has them.
    endings: &'static str,
    cause: Cause,
    exceptions: &'static [(&'static [&'static str], Cause)],
}

/// What a SQLSTATE means; nothing where Postgres has no such class.
pub(super) fn cause_of(sqlstate: &str) -> Option<&'static Cause> {
    let class = class_of(sqlstate)?;
    let exception = class
        .exceptions
        .iter()
        .find(|(codes, _)| codes.contains(&sqlstate));
    Some(exception.map_or(&class.cause, |(_, cause)| cause))
}

/// Whether Postgres says that something failed with exactly this code.
pub(super) fn is_failure(sqlstate: &str) -> bool {
    let is_listed = |class: &Class| {
        let ending = &sqlstate[class.name.len()..];
        class.endings.split(' ').any(|known| known == ending)
    };
    // Success, warnings, no data: each line of a log may carry them.
    let is_mere_notice = ["00", "01", "02"].contains(&sqlstate.get(..2).unwrap_or_default());
    !is_mere_notice && class_of(sqlstate).is_some_and(is_listed)
}

fn class_of(sqlstate: &str) -> Option<&'static Class> {
    let name = sqlstate.get(..2)?;
    CLASSES.iter().find(|class| class.name == name)
}

macro_rules! cause {
    ($code:ident $detail:literal) => {
        cause!($code then Carry $detail)
    };
    ($code:ident $detail:literal check $check:literal) => {
        cause!($code then Carry $detail check $check)
    };
    ($code:ident then $after:ident $detail:literal $(check $check:literal)?) => {
        Cause {
            code: Code::$code,
            detail: $detail,
            first_check: first([$($check)?]),
            after: After::$after,
        }
    };
}

const fn first<const N: usize>(checks: [&'static str; N]) -> Option<&'static str> {
    if N == 0 { None } else { Some(checks[0]) }
}

macro_rules! sqlstates {
    ($(
        class $class:literal of $endings:literal
        _ => { $($cause:tt)+ }
        $( $($state:literal)|+ => { $($exception:tt)+ } )*
    )+) => {
        const CLASSES: &[Class] = &[$( Class {
            name: $class,
            endings: $endings,
            cause: cause!($($cause)+),
            exceptions: &[$( (&[$($state),+], cause!($($exception)+)) ),*],
        } ),+];
    };
}

sqlstates! {
    // Successful completion, warning, no data: as failures they contradict themselves, unless a
    // function raised them.
    class "00" of "000"
    _ => { DbConnection "What answers at the database's address calls a failure a success: it is no Postgres."
           check "Host and port in DATABASE_URL" }

    class "01" of "000 003 004 006 007 008 00C P01"
    _ => { ValData "A function of the database raised a warning as a failure."
           check "The function that the log of Postgres names" }

    class "02" of "000 001"
    _ => { ValData "A function of the database did not find the rows that it needs."
           check "The function that the log of Postgres names, and the rows that it reads" }

    // SQL statement not yet complete.
    class "03" of "000"
    _ => { ValSchema "A statement is not one that this server understands." }

    // Connection exception.
    class "08" of "000 001 003 004 006 007 P01"
    _ => { DbConnection then Reconnect "The connection to Postgres failed." }
    "08P01" => { DbConnection then Reconnect "The pooler could not pass the statement on." }

    // Triggered action exception.
    class "09" of "000"
    _ => { DbIntegrity "A trigger refused the change."
           check "The trigger that the log of Postgres names" }

    // Feature not supported.
    class "0A" of "000"
    _ => { ValSchema "A statement asks for what this server, or this kind of table, does not offer."
           check "The version of Postgres, and whether a table was altered under an open session" }

    // Invalid transaction initiation.
    class "0B" of "000"
    _ => { DbTransaction "The transaction could not begin." }

    // Locator exception.
    class "0F" of "000 001"
    _ => { ValSchema "A statement refers to a large value that is not there." }

    // Invalid grantor, invalid role specification.
    class "0L" of "000 P01"
    _ => { AuthForbidden "The database role may not grant this, or it cannot be granted."
           check "Who owns what is granted" }

    class "0P" of "000"
    _ => { AuthForbidden "A statement names a role that does not exist or may not be used."
           check "The roles of the server, and the role in DATABASE_URL" }

    // Diagnostics exception.
    class "0Z" of "000 002"
    _ => { ValSchema "A function of the database is written wrongly."
           check "The function that the log of Postgres names" }

    // XQuery error.
    class "10" of "608"
    _ => { ValSchema "A statement asks XML in a way that Postgres does not understand." }

    // Case not found.
    class "20" of "000"
    _ => { ValData "A function of the database met a value that it does not provide for."
           check "The function that the log of Postgres names, and the rows that it reads" }

    // Cardinality violation.
    class "21" of "000"
    _ => { ValData "There are several rows where there may be one."
           check "Whether a unique index is missing, and duplicates in the rows that are read" }

    // Data exception.
    class "22" of "000 001 002 003 004 005 007 008 009 00B 00C 00D 00F 00G 00H 00L 00M 00N 00S 00T 010 011 012 013 014 015 \
             016 018 019 01B 01E 01F 01G 01W 01X 021 022 023 024 025 026 027 02E 02G 02H 030 031 032 033 034 035 036 \
             037 038 039 03A 03B 03C 03D 03E 03F 03G P01 P02 P03 P04 P05 P06"
    _ => { ValSchema "A value is not of the type or the form that a statement expects."
           check "The types of the columns that are read" }
    "22P02" | "22P03" | "22018" => {
        ValSchema "A value does not read as the type that is expected: its column is probably of another type."
        check "The types of the columns that are read" }
    "22007" | "22008" | "22009" | "22015" => {
        ValSchema "A value is no date or time: its column is probably of another type."
        check "The types of the columns that are read" }
    "22003" => { ValSchema "A number is too large for its type."
                 check "The type of the column: whether integer has to become bigint" }
    "22001" | "22026" => { ValSchema "A text is too long for its column."
                           check "The length of the column, and what writes it" }
    "22021" | "22P05" => { ValSchema "A text has characters that its encoding does not have."
                           check "The encoding of the database and of the client" }
    "22002" | "22004" => { ValData "A value is missing where one is needed." }
    "22012" | "22P01" | "2201E" | "2201F" | "2201G" => {
        ValData "A value cannot be computed with, such as a divisor of zero."
        check "The rows behind the view or function that was read" }
    "2200H" => { ResourceExhausted "A sequence has given out its last number."
                 check "The type and the limit of the sequence, and of the column that it fills" }

    // Integrity constraint violation.
    class "23" of "000 001 502 503 505 514 P01"
    _ => { DbIntegrity "A constraint of the schema was violated." }

    // Invalid cursor state.
    class "24" of "000"
    _ => { DbTransaction "A cursor was used that is not open, or is open already." }

    // Invalid transaction state.
    class "25" of "000 001 002 003 004 005 006 007 008 P01 P02 P03 P04"
    _ => { DbTransaction "A statement does not fit the state of its transaction." }
    // No attempt mends that. Doctor calls a standby by this code, and so does a reload.
    "25006" => { ConfigInvalid "This server takes no writes: it is a standby, or its transactions are read-only, as \
                                Supabase makes them when the disk is nearly full."
                 check "Whether DATABASE_DIRECT_URL or DATABASE_URL names the primary, then the disk of the project" }
    "25P02" => { DbTransaction "The transaction had failed before." }
    "25P03" => { DbTransaction then Reconnect "A transaction was left idle for so long that Postgres ended its session."
                 check "Sessions idle in transaction in /api/health/ops" }
    "25P04" => { DbTimeout "Postgres ended the transaction: it ran for too long." }

    // Invalid SQL statement name.
    class "26" of "000"
    _ => { ConfigInvalid "A prepared statement is not there: a pooler in transaction mode gives each transaction \
                          another session."
           check "That the client keeps no prepared statements, or the pooler's mode" }

    // Triggered data change violation.
    class "27" of "000"
    _ => { DbIntegrity "A trigger changed the row that a statement was about to change."
           check "The triggers of the table: whether BEFORE has to become AFTER" }

    // Invalid authorization specification.
    class "28" of "000 P01"
    _ => { ConfigInvalid then StayAway "The database rejected the login: user or password in DATABASE_URL is wrong, or \
                                        logins are blocked after earlier rejections."
           check "User and password in DATABASE_URL" }

    // Dependent privilege descriptors, or objects, still exist.
    class "2B" of "000 P01"
    _ => { DbIntegrity "What a statement would remove is still in use by something else in the schema."
           check "What depends on it: the DETAIL in the log of Postgres" }

    // Invalid transaction termination.
    class "2D" of "000"
    _ => { DbTransaction "A transaction was ended where that is not possible."
           check "COMMIT or ROLLBACK inside a function" }

    // SQL routine exception.
    class "2F" of "000 002 003 004 005"
    _ => { ValSchema "A function of the database does what its definition does not allow."
           check "The function that the log of Postgres names" }

    // Invalid cursor name.
    class "34" of "000"
    _ => { DbTransaction "A cursor is not there any more: it does not outlive its transaction." }

    // External routine exception, external routine invocation exception.
    class "38" of "000 001 002 003 004"
    _ => { ValSchema "A function of the database does what its definition does not allow."
           check "The function that the log of Postgres names" }

    class "39" of "000 001 004 P01 P02 P03"
    _ => { ValSchema "A function of the database or its trigger does not keep to the rules of its kind."
           check "The function that the log of Postgres names" }

    // Savepoint exception.
    class "3B" of "000 001"
    _ => { DbTransaction "A savepoint is not there." }

    // Invalid catalog name.
    class "3D" of "000"
    _ => { ConfigInvalid "The database that DATABASE_URL names does not exist."
           check "Database name in DATABASE_URL" }

    // Invalid schema name.
    class "3F" of "000"
    _ => { ValSchema "A schema that is read does not exist." }

    // Transaction rollback.
    class "40" of "000 001 002 003 P01"
    _ => { DbTransaction "The transaction was rolled back: it conflicted with another one." }
    "40003" => { DbTransaction "It is not known whether the transaction was committed." }

    // Syntax error or access rule violation.
    class "42" of "000 501 601 602 611 622 701 702 703 704 710 712 723 725 803 804 809 830 846 883 8C9 939 P01 P02 P03 P04 \
             P05 P06 P07 P08 P09 P10 P11 P12 P13 P14 P15 P16 P17 P18 P19 P20 P21 P22"
    _ => { ValSchema "A statement does not fit the schema or the version of Postgres." }
    "42501" => { AuthForbidden "The database role lacks a privilege."
                 check "The grants of the role in DATABASE_URL" }
    "42P01" => { ValSchema "A table that is read does not exist." }
    "42703" => { ValSchema "A column that is read does not exist." }
    "42883" => { ValSchema "A function that is called does not exist for these types." }
    "42704" => { ValSchema "A type, a role or another object that a statement names does not exist." }
    "42804" | "42846" | "42P18" | "42P21" | "42P22" => {
        ValSchema "A column that is read is of another type than is expected."
        check "The types of the columns that are read" }
    "42809" => { ValSchema "What is read is of another kind than is expected, such as a view for a table." }
    "42702" | "42725" | "42P08" | "42P09" => {
        ValSchema "A name in a statement has several meanings in this schema." }
    "42701" | "42710" | "42723" | "42P04" | "42P06" | "42P07" => {
        ValSchema "What a statement would create exists already."
        check "Which migrations are applied" }
    // The twin of 26000.
    "42P05" => { ConfigInvalid "A prepared statement is there already: a pooler in transaction mode hands on sessions \
                                that others have used."
                 check "That the client keeps no prepared statements, or the pooler's mode" }

    // WITH CHECK OPTION violation.
    class "44" of "000"
    _ => { DbIntegrity "A row that was written is not one of the view that it was written through."
           check "The condition of the view that the log names" }

    // Insufficient resources.
    class "53" of "000 100 200 300 400"
    _ => { ResourceExhausted "A resource of the database server is used up." }
    "53100" => { ResourceExhausted "The disk of the database server is full." }
    "53200" => { ResourceExhausted "The database server is out of memory." }
    "53300" | "53400" => {
        DbPoolExhausted "There is no free connection: the server's or the pooler's slots are used up." }

    // Program limit exceeded.
    class "54" of "000 001 011 023"
    _ => { ResourceExhausted "A limit of the database server was exceeded." }

    // Object not in prerequisite state.
    class "55" of "000 006 P02 P03 P04"
    _ => { DbTransaction "What a statement would change is in use by another session." }
    // No attempt mends that either.
    "55000" => { ValSchema "What is read is not ready, such as a materialized view that was never filled."
                 check "The state that the log names: REFRESH, a setting of the server, or an extension that is not loaded" }
    "55P02" => { ConfigInvalid "A parameter cannot be set in a session: only the server's configuration can."
                 check "The options in DATABASE_URL" }
    "55P03" => { DbTransaction "A lock was not to be had in time." }
    "55P04" => { DbTransaction "A new value of an enum was used before it was committed."
                 check "Whether a migration adds and uses it in one transaction" }

    // Operator intervention.
    class "57" of "000 014 P01 P02 P03 P04 P05"
    _ => { DbConnection then Reconnect "Postgres closed the connection." }
    "57014" => { DbTimeout "Postgres cancelled the statement: it ran for too long." }
    "57P03" => { DbConnection "Postgres is starting up or shutting down." }
    "57P04" => { ConfigInvalid then Reconnect "The database that DATABASE_URL names was dropped."
                 check "Database name in DATABASE_URL" }

    // System error: what is external to Postgres itself.
    class "58" of "000 030 P01 P02 P03"
    _ => { ResourceExhausted "The operating system of the database server failed it."
           check "Disk and files of the database server, and its log" }
    "58030" => { ResourceExhausted "The database server cannot read or write its disk."
                 check "Disk of the database server, and its log" }

    // Snapshot failure.
    class "72" of "000"
    _ => { DbTransaction "The transaction was open for so long that the rows it saw are gone."
           check "Long transactions in /api/health/ops" }

    // Configuration file error.
    class "F0" of "000 001"
    _ => { ConfigInvalid "A configuration or lock file of the database server stands in its way."
           check "The log and the configuration of the database server, not of this service" }

    // Foreign data wrapper error.
    class "HV" of "000 001 002 004 005 006 007 008 009 00A 00B 00C 00D 00J 00K 00L 00M 00N 00P 00Q 00R 010 014 021 024 090 091"
    _ => { ValSchema "A foreign table does not fit what it leads to."
           check "The definition of the foreign table, and of its server" }
    "HV001" | "HV014" => { ResourceExhausted "The database server has no room left for what a foreign table needs." }
    "HV000" | "HV00L" | "HV00M" | "HV00N" => {
        DbConnection "What a foreign table leads to cannot be reached, or does not answer."
        check "The server behind the foreign table" }

    // PL/pgSQL error.
    class "P0" of "000 001 002 003 004"
    _ => { ValData "A function or a trigger of the database found something wrong and said so."
           check "What it says: the message in the log" }
    "P0002" => { ValData "A function of the database found no row where there has to be one." }
    "P0003" => { ValData "A function of the database found several rows where there has to be one." }

    // Internal error.
    class "XX" of "000 001 002"
    _ => { Internal "Postgres reported an internal error." }
    "XX001" => { ValData "Data of the database is damaged on its disk."
                 check "The disk and the log of the database server, and the last good backup" }
    "XX002" => { ValData "An index of the database is damaged."
                 check "REINDEX of what the log names, then the disk of the database server" }
}
