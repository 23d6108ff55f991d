//! Mappers of objects: TypeORM, Sequelize, Drizzle, Prisma, SQLAlchemy, Django, ActiveRecord, Hibernate, Ecto,
//! GORM, Diesel. What a mapper says itself; what it wraps is said by the database.

use crate::reading::triage::sign::signs;

signs! {
    DbConnection Any LIKELY "a mapper had no connection" [
        "jdbcconnectionexception", "cannotgetjdbcconnectionexception", "cannotcreatetransactionexception",
    ]
    ConfigInvalid Any INNER "a mapper cannot make sense of its settings" [
        "we could not find your database", "adapternotspecified", "adapternotfound",
        "is not configured for the", "database is not configured", "unsupported driver", "unknown database adapter",
        "connectionnotdefined", "can't load plugin: sqlalchemy", "missingdrivererror",
        "driverpackagenotinstallederror", "please install..package manually", "could not lookup ecto repo",
        "no dialect", "dialect needs to be explicitly supplied",
    ]
    Internal Any CAUSE "the program uses its mapper wrongly" [
        "primary key required", "sub query required",
        "invalid value, should be pointer", "unsupported relations", "preload is not allowed", "empty slice found",
        "invalid association values", "model accessible fields required", "no values to set", "values() must be called",
        "could not initialize proxy",
        "instance is already attached",
        "detached entity passed to persist", "transientobjectexception", "object references an unsaved transient",
        "nonuniqueobjectexception", "multiple representations of the same entity", "unloadable attribute",
        "eagerloadingerror", "was not initialized & repo*",
        "notintransaction", "mustbeentityerror",
        "repositorynottreeerror", "datatypenotsupportederror", "failed to locate a name",
        "one or more mappers failed to initialize", "unmappedclasserror",
        "apps aren't loaded yet", "notimplemented & gorm*",
        "circularrelationserror", "missingprimarykeycolumnerror", "connectionisnotseterror",
    ]
    ValData Any CAUSE "rows are not what the program takes for granted" [
        "couldn't find..with",
        "could not find any entity", "no row was found when",
        "returned more than one",
        "doesnotexist", "multipleresultserror",
        "expected at most one result but got", "incorrectresultsize*",
        "noresultexception", "objectnotfoundexception", "entitynotfoundexception",
        "required connected records were not found", "emptyresulterror", "stale object", "stalestateexception",
        "staleobject*", "stale model instance",
        "optimistic lock", "was updated or deleted by another transaction", "0 were matched",
    ]
    DbTransaction Any CAUSE "a transaction could not be carried through" [
        "transactionalreadyclosed", "transaction is already closed",
        "unable to start a transaction", "transactionrollbackerror", "rollbackexception",
        "transaction silently rolled back",
        "pessimisticlockingfailureexception",
        "cannotserializetransactionexception",
        "trserializationfailure", "transaction has already been rolled back",
        "transaction was already rolled back", "needs to rollback", "write conflict or a deadlock",
    ]
    ValSchema Any INNER "migrations and database do not agree" [
        "migrations can't be executed",
        "schema-validation:",
        "database schema is not in sync", "not in sync with your migration history",
        "migrations have failed validation", "unmigrated changes", "unapplied migration",
        "unknownmigrationversion*", "irreversiblemigration",
    ]
    ValInput Any CAUSE "what is to be written is not valid" [
        "validation failed: ", "invalidchangeseterror", "changeset is invalid",
        "cannot be cast to type", "casterror",
        "constraintviolationexception & must not be", "unknown argument `", "argument..is missing & prisma*",
        "invalidfindoperator*",
    ]
    DbIntegrity Any INNER "a constraint of the schema would be broken" [
        "sequelizeforeignkeyconstrainterror",
        "deleterestrictionerror",
        "uniqueviolation,", "foreignkeyviolation,", "notnullviolation,",
        "checkviolation,",
    ]
}
