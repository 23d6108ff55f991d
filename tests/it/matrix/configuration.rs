//! Each variable: missing, empty, malformed, padded, with a newline.

use crate::harness::{Instance, KEY};

/// What may stand in a variable, and the code of the endpoint that needs it. Nothing: it works.
struct Row {
    variable: &'static str,
    value: Option<&'static str>,
    endpoint: &'static str,
    code: Option<&'static str>,
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { variable: "DATABASE_URL", value: None, endpoint: "/api/health/db", code: Some("DFE-CFG-001") },
    Row { variable: "DATABASE_URL", value: Some(""), endpoint: "/api/health/db", code: Some("DFE-CFG-001") },
    Row { variable: "DATABASE_URL", value: Some("  "), endpoint: "/api/health/db", code: Some("DFE-CFG-001") },
    Row { variable: "DATABASE_URL", value: Some("zqcanary"), endpoint: "/api/health/db", code: Some("DFE-CFG-002") },
    Row { variable: "DATABASE_URL", value: Some("mysql://zqcanary:zqcanary@127.0.0.1/x"), endpoint: "/api/health/db", code: Some("DFE-CFG-002") },
    Row { variable: "DATABASE_URL", value: Some("postgres://u:zq#canary@127.0.0.1:1/x"), endpoint: "/api/health/db", code: Some("DFE-CFG-002") },
    Row { variable: "DATABASE_URL", value: Some("  postgres://u:zqcanary@127.0.0.1:1/x\n"), endpoint: "/api/health/db", code: Some("DFE-DB-001") },
    Row { variable: "SUPABASE_URL", value: None, endpoint: "/api/health/supabase", code: Some("DFE-CFG-001") },
    Row { variable: "SUPABASE_URL", value: Some(""), endpoint: "/api/health/supabase", code: Some("DFE-CFG-001") },
    Row { variable: "SUPABASE_URL", value: Some("zqcanary"), endpoint: "/api/health/supabase", code: Some("DFE-CFG-002") },
    Row { variable: "SUPABASE_URL", value: Some("ftp://zqcanary"), endpoint: "/api/health/supabase", code: Some("DFE-CFG-002") },
    Row { variable: "SUPABASE_URL", value: Some(" http://127.0.0.1:1\n"), endpoint: "/api/health/supabase", code: Some("DFE-NET-002") },
    Row { variable: "SUPABASE_SERVICE_ROLE_KEY", value: None, endpoint: "/api/health/supabase", code: Some("DFE-CFG-001") },
    Row { variable: "SUPABASE_SERVICE_ROLE_KEY", value: Some(""), endpoint: "/api/health/supabase", code: Some("DFE-CFG-001") },
    Row { variable: "SUPABASE_SERVICE_ROLE_KEY", value: Some("zqcanary\nzqcanary"), endpoint: "/api/health/supabase", code: Some("DFE-CFG-002") },
    Row { variable: "SUPABASE_HEALTH_TABLE", value: Some(""), endpoint: "/api/health/supabase", code: Some("DFE-NET-002") },
    Row { variable: "SUPABASE_HEALTH_TABLE", value: Some("zq canary/../x"), endpoint: "/api/health/supabase", code: Some("DFE-CFG-002") },
    Row { variable: "HEALTH_DB_TIMEOUT", value: Some("zqcanary"), endpoint: "/api/health", code: None },
    Row { variable: "HEALTH_DB_TIMEOUT", value: Some("-1"), endpoint: "/api/health", code: None },
    Row { variable: "OPS_TOKEN", value: Some("\n"), endpoint: "/api/health", code: None },
];

#[tokio::test]
async fn each_variable_in_each_state() {
    for row in ROWS {
        let mut settings = vec![
            ("DATABASE_URL", "postgres://u:p@127.0.0.1:1/postgres"),
            ("SUPABASE_URL", "http://127.0.0.1:1"),
            ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ];
        settings.retain(|(name, _)| *name != row.variable);
        settings.extend(row.value.map(|value| (row.variable, value)));
        let service = Instance::start(&settings);
        let reply = service.get(row.endpoint).await;
        let what = format!("{}={:?}", row.variable, row.value);
        match row.code {
            Some(code) => {
                let problem = reply.assert_code(code);
                if code.starts_with("DFE-CFG") {
                    let detail = problem["detail"].to_string();
                    assert!(detail.contains(row.variable), "{what}: {detail}");
                    // That it is missing leads to where variables are set; what is wrong, to it.
                    if code == "DFE-CFG-002" {
                        assert_eq!(problem["first_check"], row.variable, "{what}");
                    }
                    service.logged(row.variable, 1).await;
                }
            }
            None => drop(reply.assert_ok()),
        }
        service.get("/api/health").await.assert_ok();
        let said = format!("{}{}", reply.body, service.log_text());
        assert!(
            !said.contains("zqcanary") && !said.contains("canary"),
            "{what}: {said}"
        );
    }
}
