//! What every variable does when it is missing, empty, padded, broken or malformed.

mod rows;
mod telling;

use std::io::Write;

use super::*;
use crate::domain::access::Presented;
use crate::domain::target::Claim;
use crate::domain::taxonomy::Code;
use crate::settings::variables::Variable;

const DB: &str = "postgres://me:pa%40ss-word@db.example.com:6543/app";
const KEY: &str = "sb_secret_0123456789abcdef";

fn complete() -> Vec<(&'static str, &'static str)> {
    vec![
        ("DATABASE_URL", DB),
        ("SUPABASE_URL", "https://abc.supabase.co"),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
    ]
}

fn read(pairs: &[(&str, &str)]) -> Settings {
    Settings::read(&RawSettings::new(
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
    ))
}

fn with(name: &'static str, value: &'static str) -> Settings {
    let mut pairs = complete();
    pairs.retain(|(key, _)| *key != name);
    pairs.push((name, value));
    read(&pairs)
}

fn code<T>(result: &Result<T, Fault>) -> Option<Code> {
    result.as_ref().err().map(|fault| fault.code)
}

#[test]
fn a_complete_environment_has_no_faults() {
    let settings = read(&complete());
    assert!(settings.faults.is_empty(), "{:?}", settings.faults);
    let supabase = settings.supabase.expect("it is complete");
    assert_eq!(
        supabase.row_url.as_str(),
        "https://abc.supabase.co/rest/v1/plaintiffs?select=id&limit=1"
    );
    assert_eq!(settings.deployment.environment, "unknown");
}

#[test]
fn what_is_missing_is_named_with_its_aliases_and_all_at_once() {
    let settings = read(&[]);
    assert_eq!(code(&settings.database), Some(Code::ConfigMissing));
    assert_eq!(code(&settings.migration), Some(Code::ConfigMissing));
    assert_eq!(code(&settings.supabase), Some(Code::ConfigMissing));
    let details: Vec<_> = settings
        .faults
        .iter()
        .map(|fault| fault.detail.as_ref())
        .collect();
    assert_eq!(
        details,
        [
            "DATABASE_URL (or SUPABASE_DB_URL) is not set.",
            "SUPABASE_URL is not set."
        ]
    );
}

#[test]
fn empty_and_blank_are_missing() {
    for blank in ["", " ", "\n", " \t "] {
        assert_eq!(
            code(&with("DATABASE_URL", blank).database),
            Some(Code::ConfigMissing)
        );
        assert_eq!(
            code(&with("SUPABASE_URL", blank).supabase),
            Some(Code::ConfigMissing)
        );
        assert_eq!(
            code(&with("SUPABASE_SERVICE_ROLE_KEY", blank).supabase),
            Some(Code::ConfigMissing)
        );
    }
}

#[test]
fn white_space_around_a_value_is_dropped() {
    let settings = with("DATABASE_URL", "  postgres://me:pw@db.example.com/app\n");
    assert!(settings.database.is_ok());
    assert_eq!(with("PORT", " 9000 ").server.port, 9000);
    assert!(
        with("SUPABASE_SERVICE_ROLE_KEY", " sb_secret_0123456789abcdef\n")
            .supabase
            .is_ok()
    );
}

#[test]
fn aliases_are_read_and_the_first_name_wins() {
    let settings = read(&[
        ("SUPABASE_DB_URL", DB),
        ("SUPABASE_SECRET_KEY", KEY),
        ("SUPABASE_URL", "https://a.b"),
    ]);
    assert!(settings.database.is_ok() && settings.supabase.is_ok());
    let both = read(&[("DATABASE_URL", "mysql://x"), ("SUPABASE_DB_URL", DB)]);
    assert_eq!(code(&both.database), Some(Code::ConfigInvalid));
}

#[test]
fn a_malformed_value_is_named_and_never_shown() {
    for (name, value) in [
        ("DATABASE_URL", "zqcanary"),
        ("DATABASE_URL", "mysql://u:zqcanary@h/db"),
        ("DATABASE_URL", "postgres://u:p#zqcanary@h/db"),
        ("DATABASE_URL", "postgres:///zqcanary"),
        ("DATABASE_URL", "postgres://u:/zqcanary@h/db"),
        ("DATABASE_URL", "postgres://u:12/zqcanary@h/db"),
        ("DATABASE_URL", "postgres://u:1/zq:canary"),
        ("DATABASE_URL", "postgres://h/db/zqcanary"),
        ("TRUSTED_PROXIES", "zqcanary"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,zqcanary"),
        ("DATABASE_URL", "postgres://u@h:zqcanary/db"),
        ("DATABASE_URL", "postgres://u@h/db?sslmode=zqcanary"),
        ("DATABASE_URL", "postgres://u@h/db?port=zqcanary"),
        ("DATABASE_DIRECT_URL", "zqcanary"),
        ("SUPABASE_URL", "zqcanary"),
        ("SUPABASE_URL", "ftp://zqcanary"),
        ("SUPABASE_URL", "http://zqcanary.example.com"),
        ("SUPABASE_URL", "https://u:zqcanary@h"),
        ("SUPABASE_URL", "https://h/?q=zqcanary"),
        ("SUPABASE_SERVICE_ROLE_KEY", "zq canary"),
        ("SUPABASE_SERVICE_ROLE_KEY", "zq\ncanary"),
        ("SUPABASE_HEALTH_TABLE", "zqcanary; drop table x"),
        ("HEALTH_DB_TIMEOUT", "zqcanary"),
        ("HEALTH_DB_TIMEOUT", "0"),
        ("HEALTH_DB_TIMEOUT", "NaN"),
        ("HEALTH_SUPABASE_TIMEOUT", "-1"),
        ("HEALTH_OPS_TIMEOUT", "1e9"),
        ("HEALTH_FRESHNESS_MS", "1.5"),
        ("PORT", "zqcanary"),
        ("PORT", "65536"),
        ("HOST", "zqcanary"),
        ("OPS_TOKEN", "zqcanary"),
        ("OPS_READ_TOKEN", "zqcanary with spaces"),
        ("CORS_ALLOWED_ORIGINS", "zqcanary"),
        ("CORS_ALLOWED_ORIGINS", "https://a.example,*"),
        ("LOG_FORMAT", "zqcanary"),
        ("RUST_LOG", "zq==canary"),
        ("HTTP_MAX_CONNECTIONS", "0"),
        ("HTTP_HEADER_TIMEOUT", "zqcanary"),
        ("HTTP_IDLE_TIMEOUT", "zqcanary"),
        ("DRAIN_DELAY", "zqcanary"),
        ("DRAIN_TIMEOUT", "zqcanary"),
        ("RAILWAY_TOKEN", "zq canary"),
        ("RESTART_TIMEOUT", "zqcanary"),
    ] {
        let settings = with(name, value);
        let faults: Vec<_> = settings.faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 1, "{name}={value}: {faults:?}");
        assert!(
            faults[0].starts_with("DFE-CFG-002") && faults[0].contains(name),
            "{faults:?}"
        );
        let shown = format!("{faults:?}{settings:?}");
        assert!(!shown.contains("zq"), "{name}: {shown}");
    }
}

#[test]
fn a_name_cannot_be_wrong_as_whatever_is_not_plain_is_dropped() {
    let environment = |value| with("SUPABASE_MODE", value).deployment.environment;
    assert_eq!(environment("pr\u{7f}od <b>"), "prodb");
    assert_eq!(environment("<>"), "unknown");
}

#[test]
fn a_broken_timeout_stops_the_check_that_needs_it_and_no_other() {
    let settings = with("HEALTH_DB_TIMEOUT", "soon");
    assert_eq!(code(&settings.database), Some(Code::ConfigInvalid));
    assert!(settings.supabase.is_ok());
    let settings = with("HEALTH_SUPABASE_TIMEOUT", "soon");
    assert_eq!(code(&settings.supabase), Some(Code::ConfigInvalid));
    assert!(settings.database.is_ok());
}

#[test]
fn a_typo_in_the_origins_closes_and_does_not_open() {
    assert_eq!(
        with("CORS_ALLOWED_ORIGINS", "dash.example.com")
            .server
            .cors_origins,
        Some(vec![])
    );
    assert_eq!(with("CORS_ALLOWED_ORIGINS", "*").server.cors_origins, None);
    assert_eq!(
        with(
            "CORS_ALLOWED_ORIGINS",
            "https://a.example, http://localhost:3000/"
        )
        .server
        .cors_origins,
        Some(vec![
            "https://a.example".to_owned(),
            "http://localhost:3000".to_owned()
        ])
    );
}

#[test]
fn the_three_tokens_have_to_differ() {
    let mut pairs = complete();
    pairs.extend([
        ("OPS_TOKEN", "0123456789abcdef"),
        ("OPS_READ_TOKEN", "0123456789abcdef"),
    ]);
    let settings = read(&pairs);
    assert!(settings.access.has_operator() && !settings.access.has_reader());
    assert_eq!(settings.faults.len(), 1);
    for other in ["OPS_TOKEN", "OPS_READ_TOKEN"] {
        let mut pairs = complete();
        pairs.extend([
            (other, "0123456789abcdef"),
            ("OPS_ALERT_TOKEN", "0123456789abcdef"),
        ]);
        let settings = read(&pairs);
        let said: Vec<_> = settings.faults.iter().map(ToString::to_string).collect();
        let [said] = &said[..] else {
            panic!("{said:?}");
        };
        assert!(
            said.contains("OPS_ALERT_TOKEN") && said.contains(other),
            "{said}"
        );
        let passed = settings
            .access
            .require_reporter(Some("0123456789abcdef"), Presented::Address);
        assert!(passed.is_err());
    }
}

#[test]
fn a_file_fills_in_and_the_environment_wins() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    writeln!(
        file,
        "database_url = \"{DB}\"\nport = 9001\nhealth_db_timeout = 2.5"
    )
    .expect("it is written");
    let source = RawSettings::new([("PORT".to_owned(), "9002".to_owned())]).with_file(file.path());
    let settings = Settings::read(&source);
    assert!(settings.database.is_ok());
    assert_eq!(settings.server.port, 9002);
    assert_eq!(settings.health.db_timeout, Duration::from_millis(2500));
}

#[test]
fn a_file_that_is_missing_or_broken_is_said_where_a_value_is_missing() {
    let missing =
        Settings::read(&RawSettings::new([]).with_file(Path::new("/nonexistent/ops.toml")));
    assert_eq!(code(&missing.database), Some(Code::ConfigFileMissing));
    assert_eq!(
        missing.faults.first().map(|fault| fault.code),
        Some(Code::ConfigFileMissing)
    );
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    write!(file, "zqcanary = = 1").expect("it is written");
    let broken = Settings::read(&RawSettings::new([]).with_file(file.path()));
    assert_eq!(code(&broken.database), Some(Code::ConfigInvalid));
    assert!(!format!("{:?}", broken.faults).contains("zqcanary"));
}

#[test]
fn a_certificate_file_that_is_missing_is_a_missing_file() {
    let settings = with(
        "DATABASE_URL",
        "postgres://u:p@h/db?sslmode=verify-full&sslrootcert=/nonexistent.pem",
    );
    assert_eq!(code(&settings.database), Some(Code::ConfigFileMissing));
}

#[test]
fn parameters_that_the_driver_would_log_are_dropped() {
    let settings = with(
        "DATABASE_URL",
        "postgres://u:p@h/db?pgbouncer=zqcanary&sslmode=disable",
    );
    let url = settings
        .database
        .expect("it is valid")
        .url()
        .expose_secret()
        .to_owned();
    assert_eq!(url, "postgres://u:p@h/db?sslmode=disable");
}

#[test]
fn a_password_is_encrypted_on_its_way_unless_the_way_is_private_or_somebody_decided() {
    for (url, expected) in [
        (
            "postgres://u:p@db.example.com/x",
            "postgres://u:p@db.example.com/x?sslmode=require",
        ),
        (
            "postgres://u:p@db.example.com/x?options=-cjit%3Doff",
            "postgres://u:p@db.example.com/x?options=-cjit%3Doff&sslmode=require",
        ),
        (
            "postgres://u:p@localhost/x?host=db.example.com",
            "postgres://u:p@localhost/x?host=db.example.com&sslmode=require",
        ),
        (
            "postgres://u:p@8.8.8.8/x",
            "postgres://u:p@8.8.8.8/x?sslmode=require",
        ),
        ("postgres://u:p@127.0.0.1/x", "postgres://u:p@127.0.0.1/x"),
        ("postgres://u:p@10.0.0.7/x", "postgres://u:p@10.0.0.7/x"),
        (
            "postgres://u:p@postgres.railway.internal/x",
            "postgres://u:p@postgres.railway.internal/x",
        ),
        (
            "postgres://u:p@db.example.com/x?sslmode=prefer",
            "postgres://u:p@db.example.com/x?sslmode=prefer",
        ),
    ] {
        let settings = with("DATABASE_URL", url).database.expect("it is valid");
        assert_eq!(settings.url().expose_secret(), expected);
    }
}

#[test]
fn secrets_are_known_in_each_form() {
    let redactor = read(&complete()).redactor;
    for text in [DB, KEY, "pa%40ss-word", "pa@ss-word"] {
        assert!(
            !redactor.redact(&format!("it said {text}.")).contains(text),
            "{text}"
        );
    }
}

#[test]
fn the_target_is_claimed_by_what_names_it() {
    let proven = read(&[
        ("SUPABASE_MODE", "prod"),
        ("RAILWAY_ENVIRONMENT_NAME", "production"),
        (
            "DATABASE_URL",
            "postgres://postgres.abcdef:pw@aws-0-eu-west-1.pooler.supabase.com:6543/postgres",
        ),
        ("SUPABASE_URL", "https://abcdef.supabase.co"),
        ("SUPABASE_SERVICE_ROLE_KEY", "sb_secret_0123456789"),
    ])
    .target
    .prove(Some(&Claim::of("--env", "prod")))
    .expect("all agree");
    assert_eq!(
        proven.to_string(),
        "environment prod, project abcdef, database aws-0-eu-west-1.pooler.supabase.com:6543/postgres"
    );
    for (name, value) in [
        ("SUPABASE_MODE", "dev"),
        ("SUPABASE_URL", "https://ghijkl.supabase.co"),
        (
            "DATABASE_DIRECT_URL",
            "postgres://u:p@db.ghijkl.supabase.co/postgres",
        ),
        ("SUPABASE_SERVICE_ROLE_KEY", "sb_publishable_0123456789"),
        // {"ref":"ghijkl","role":"service_role"}
        (
            "SUPABASE_SERVICE_ROLE_KEY",
            "e30.eyJyZWYiOiJnaGlqa2wiLCJyb2xlIjoic2VydmljZV9yb2xlIn0.sig",
        ),
    ] {
        let mut all = std::collections::BTreeMap::from([
            ("RAILWAY_ENVIRONMENT_NAME", "production"),
            (
                "DATABASE_URL",
                "postgres://u:p@db.abcdef.supabase.co/postgres",
            ),
        ]);
        all.insert(name, value);
        let all: Vec<_> = all.into_iter().collect();
        let proof = read(&all).target.prove(None);
        assert!(proof.is_err(), "{name}: {proof:?}");
    }
}

#[test]
fn what_has_to_be_readable_is_a_list_of_names_and_nothing_else() {
    let names = |settings: &Settings| -> Vec<String> {
        let relations = settings.smoke.as_ref().expect("a list");
        relations.iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(&read(&complete())).len(), 4);
    let own = with("SMOKE_RELATIONS", "cases, crm.people");
    assert_eq!(names(&own), ["cases", "crm.people"]);
    for wrong in ["cases,", "cases;", "a b", "a.b.c", "\"cases\""] {
        let settings = with("SMOKE_RELATIONS", wrong);
        assert_eq!(code(&settings.smoke), Some(Code::ConfigInvalid), "{wrong}");
        assert_eq!(settings.faults.len(), 1, "{wrong}");
    }
}

#[test]
fn other_tables_are_asked_for_without_reading_what_they_are_about() {
    let settings = with("SUPABASE_URL", "https://abc.supabase.co/base/");
    let supabase = settings.supabase.expect("it is complete");
    let relation = Relation::parse("cases").expect("a name");
    for (asking, url) in [
        (
            supabase.reading(&relation),
            "https://abc.supabase.co/base/rest/v1/cases?select=id&limit=1",
        ),
        (
            supabase.knowing(&relation),
            "https://abc.supabase.co/base/rest/v1/cases?limit=0",
        ),
    ] {
        assert_eq!(
            (asking.row_url.as_str(), asking.table.as_str()),
            (url, "cases")
        );
    }
}

#[test]
fn a_route_is_read_as_the_driver_reads_it() {
    use crate::domain::doctor::route::{Encryption, HostKind};

    for (url, kind, port, encryption) in [
        (
            "postgres://u:p@db.abc.supabase.co/x",
            HostKind::Direct,
            5432,
            Encryption::Required,
        ),
        (
            "postgres://u.abc:p@x.pooler.supabase.com:6543/x?sslmode=Require",
            HostKind::TransactionPooler,
            6543,
            Encryption::Required,
        ),
        (
            "postgres://u@elsewhere/x?host=x.pooler.supabase.com&port=5432&ssl-mode=verify-full",
            HostKind::SessionPooler,
            5432,
            Encryption::Verified,
        ),
    ] {
        let route = with("DATABASE_URL", url).database.expect("a URL").route();
        assert_eq!(
            (route.kind, route.port, route.encryption),
            (kind, port, encryption),
            "{url}"
        );
    }
}
