use super::*;

fn claim(source: &'static str, value: &str) -> Claim {
    Claim {
        source,
        value: value.to_owned(),
    }
}

fn production() -> Target {
    let project = || Place::Project("abcdefghijkl".to_owned());
    Target {
        environments: vec![
            claim("SUPABASE_MODE", "prod"),
            claim("RAILWAY_ENVIRONMENT_NAME", "production"),
        ],
        places: vec![
            ("DATABASE_URL", project()),
            ("SUPABASE_URL", project()),
            ("SUPABASE_SERVICE_ROLE_KEY", project()),
        ],
        database: Some("aws-0-eu-west-1.pooler.supabase.com:6543/postgres".to_owned()),
        key_role: Some(claim("SUPABASE_SERVICE_ROLE_KEY", "service_role")),
    }
}

fn prove(target: &Target, asked: Option<&str>) -> Result<Proven, Fault> {
    let asked = asked.map(|environment| Claim::of("--env", environment));
    target.prove(asked.as_ref())
}

fn complaint(target: &Target, asked: Option<&str>) -> String {
    let fault = prove(target, asked).expect_err("it is contradicted");
    assert_eq!(fault.code, Code::ConfigInvalid);
    fault.detail.into_owned()
}

#[test]
fn what_agrees_is_named() {
    for asked in [None, Some("prod"), Some("Production")] {
        let proven = prove(&production(), asked).expect("all agree");
        assert_eq!(proven.project.as_deref(), Some("abcdefghijkl"));
        assert!(proven.to_string().contains("pooler.supabase.com:6543"));
    }
    let nothing = Target::default().prove(None).expect("nothing disagrees");
    assert_eq!(nothing.to_string(), "environment unknown, no database");
}

#[test]
fn each_contradiction_is_named() {
    assert!(complaint(&production(), Some("dev")).contains("--env says dev"));
    assert!(complaint(&Target::default(), Some("prod")).contains("neither"));
    let mut target = production();
    target.environments[1].value = "staging".to_owned();
    assert!(complaint(&target, None).contains("RAILWAY_ENVIRONMENT_NAME says staging"));
    for at in 0..3 {
        let mut target = production();
        target.places[at].1 = Place::Project("zyxwvutsrqpo".to_owned());
        assert!(complaint(&target, Some("prod")).contains("zyxwvutsrqpo"));
    }
    let mut target = production();
    target.places[1].1 = Place::Here;
    assert!(complaint(&target, None).contains("SUPABASE_URL leads to this machine"));
    let mut target = production();
    target.key_role = Some(claim("SUPABASE_SERVICE_ROLE_KEY", "anon"));
    assert!(complaint(&target, None).contains("role anon"));
}

#[test]
fn what_names_nothing_contradicts_nothing() {
    let mut target = production();
    target.places[1].1 = Place::Elsewhere;
    assert!(prove(&target, Some("prod")).is_ok());
}

#[test]
fn what_is_private_is_known_by_name_or_address() {
    for (host, expected) in [
        ("localhost", true),
        ("[::1]", true),
        ("/run/postgresql", true),
        ("10.1.2.3", true),
        ("172.31.0.1", true),
        ("192.168.0.1", true),
        ("169.254.1.1", true),
        ("fd12:3456::1", true),
        ("postgres", true),
        ("postgres.railway.internal.", true),
        ("172.32.0.1", false),
        ("100.64.0.1", false),
        ("8.8.8.8", false),
        ("2001:db8::1", false),
        ("db.example.com", false),
        ("internal.example.com", false),
    ] {
        assert_eq!(is_private(host), expected, "{host}");
    }
}

#[test]
fn a_project_is_read_from_host_or_user() {
    let project = |name: &str| Place::Project(name.to_owned());
    for (host, user, expected) in [
        ("db.abcdef.supabase.co", "postgres", project("abcdef")),
        ("ABCDEF.supabase.co.", "", project("abcdef")),
        (
            "aws-0-eu-west-1.pooler.supabase.com",
            "postgres.abcdef",
            project("abcdef"),
        ),
        (
            "aws-0-eu-west-1.pooler.supabase.com",
            "postgres",
            Place::Elsewhere,
        ),
        ("a.b.supabase.co", "", Place::Elsewhere),
        ("api.example.com", "", Place::Elsewhere),
        ("[::1]", "", Place::Here),
        ("127.0.0.1", "", Place::Here),
        ("localhost", "", Place::Here),
        ("/var/run/postgresql", "", Place::Here),
    ] {
        assert_eq!(Place::of(host, user), expected, "{host} {user}");
    }
}

#[test]
fn what_was_proven_is_said_in_one_line() {
    let mut proven = Proven {
        environment: "prod".to_owned(),
        project: Some("abc".to_owned()),
        database: Some("h:5432/d".to_owned()),
    };
    let said = "environment prod, project abc, database h:5432/d";
    assert_eq!(proven.to_string(), said);
    proven.project = None;
    assert_eq!(proven.to_string(), "environment prod, database h:5432/d");
    proven.database = None;
    assert_eq!(proven.to_string(), "environment prod, no database");
}

#[test]
fn the_environment_is_named_by_the_settings_and_not_by_who_asks() {
    for asked in [None, Some("PRODUCTION")] {
        let proven = prove(&production(), asked).expect("all agree");
        assert_eq!(proven.environment, "prod", "{asked:?}");
        assert_eq!(proven.database, production().database);
    }
}

#[test]
fn names_of_an_environment_are_the_same_however_they_are_shortened() {
    for (a, b, expected) in [
        ("prod", "Production ", true),
        ("dev", "development", true),
        ("staging", "stage", true),
        ("test", "TEST", true),
        ("prod", "dev", false),
        ("stage", "test", false),
    ] {
        assert_eq!(is_same(a, b), expected, "{a} {b}");
    }
}

#[test]
fn a_contradiction_is_said_in_full_and_all_of_them_are_said() {
    let mut target = production();
    target.environments[1].value = "dev".to_owned();
    target.places[1].1 = Place::Here;
    target.places[2].1 = Place::Project("other".to_owned());
    target.key_role = Some(claim("SUPABASE_SERVICE_ROLE_KEY", "anon"));
    assert_eq!(
        complaint(&target, Some("prod")),
        "The target is not certain: the environment is in dispute: --env says prod, SUPABASE_MODE says prod, \
         RAILWAY_ENVIRONMENT_NAME says dev; the project is in dispute: DATABASE_URL says abcdefghijkl, \
         SUPABASE_SERVICE_ROLE_KEY says other; SUPABASE_URL leads to this machine and DATABASE_URL to the \
         project abcdefghijkl; the key in SUPABASE_SERVICE_ROLE_KEY has the role anon and not service_role."
    );
    assert_eq!(
        complaint(&Target::default(), Some("prod")),
        "The target is not certain: --env says prod, but neither SUPABASE_MODE nor \
         RAILWAY_ENVIRONMENT_NAME says which environment this is."
    );
}

#[test]
fn this_machine_alone_contradicts_nothing() {
    let here = Target {
        places: vec![("DATABASE_URL", Place::Here), ("SUPABASE_URL", Place::Here)],
        ..Target::default()
    };
    let proven = here.prove(None).expect("nothing disagrees");
    assert_eq!(
        (proven.environment.as_str(), proven.project),
        ("unknown", None)
    );
}

#[test]
fn each_private_network_ends_at_its_border() {
    for (host, expected) in [
        ("172.15.255.255", false),
        ("172.16.0.0", true),
        ("10.255.255.255", true),
        ("11.0.0.0", false),
        ("169.254.0.0", true),
        ("169.253.0.0", false),
        ("fc00::", true),
        ("fe00::", false),
        ("[fe80::1]", true),
        ("fec0::1", false),
        ("API.LOCALHOST.", true),
        ("a.internal", true),
        ("a.internal.test", false),
    ] {
        assert_eq!(is_private(host), expected, "{host}");
    }
}

#[test]
fn a_place_without_a_name_of_a_project_is_elsewhere() {
    for (host, user) in [
        ("x.pooler.supabase.com", "postgres."),
        (".supabase.co", ""),
        ("db..supabase.co", ""),
        ("128.0.0.1", ""),
        ("localhost.test", ""),
    ] {
        assert_eq!(Place::of(host, user), Place::Elsewhere, "{host} {user}");
    }
    let shared = Place::of("X.POOLER.SUPABASE.COM.", "postgres.ABC");
    assert_eq!(shared, Place::Project("abc".to_owned()));
}
