//! What flows ask of the database.

use super::*;

#[test]
fn what_only_an_execution_knows_cannot_be_judged() {
    let dynamic = json!({"url": "={{ $env.URL }}/rest/v1/{{ $json.table }}"});
    let request = started(node("A", "n8n-nodes-base.httpRequest", dynamic));
    fires("flow.reads", Verdict::Warning, "0.json: A", request);
    let literal = json!({"url": "={{ $env.URL }}/rest/v1/plaintiffs"});
    silent(
        "flow.reads",
        started(node("A", "n8n-nodes-base.httpRequest", literal)),
    );
}

#[test]
fn what_a_flow_reads_exists() {
    let id = "flow.missing";
    let request = |parameters| node("A", "n8n-nodes-base.httpRequest", parameters);
    let supabase = |parameters| node("A", "n8n-nodes-base.supabase", parameters);
    let postgres = |parameters| node("A", "n8n-nodes-base.postgres", parameters);
    let url = |rest: &str| format!("={{{{ $env.URL }}}}/rest/v1/{rest}");
    let profile = |name: &str| json!({"parameters": [{"name": name, "value": "ops"}]});
    let locator = |value: &str| json!({"__rl": true, "value": value, "mode": "list"});
    for missing in [
        request(json!({"url": url("plaintifs?select=id")})),
        request(json!({"url": url("rpc/plaintiffs"), "method": "POST"})),
        request(json!({"url": url("close_case")})),
        request(json!({"url": url("job_queue")})),
        request(json!({
                "url": url("job_queue"), "method": "POST",
            "headerParameters": profile("Accept-Profile"),
        })),
        supabase(json!({"tableId": "nobody"})),
        supabase(json!({"tableId": locator("nobody")})),
        supabase(json!({"tableId": "job_queue", "schema": "ops"})),
        postgres(json!({"schema": locator("ops"), "table": locator("plaintiffs")})),
        node(
            "A",
            "n8n-nodes-base.code",
            json!({"jsCode": "fetch(url + '/rest/v1/nobody')"}),
        ),
    ] {
        fires(id, Verdict::Critical, "0.json: A", started(missing));
    }
    for right in [
        request(json!({"url": url("plaintiffs/?select=id")})),
        request(json!({"url": url("rpc/close_case"), "method": "POST"})),
        request(json!({"url": url("job_queue"), "headerParameters": profile("Accept-Profile")})),
        request(json!({
            "url": url("job_queue"), "method": "PATCH",
            "jsonHeaders": "{\"Content-Profile\": \"ops\"}",
        })),
        supabase(json!({"tableId": locator("plaintiffs")})),
        supabase(json!({"tableId": "job_queue", "schema": "ops", "useCustomSchema": true})),
        supabase(json!({"tableId": "={{ $json.table }}"})),
        postgres(json!({"schema": locator("ops"), "table": locator("job_queue")})),
        postgres(json!({"schema": locator("pg_catalog"), "table": locator("pg_class")})),
        postgres(json!({"operation": "executeQuery", "table": locator("nobody")})),
        with(
            supabase(json!({"tableId": "nobody"})),
            json!({"disabled": true}),
        ),
    ] {
        silent(id, started(right));
    }
    let words = json!({"content": "/rest/v1/nobody and /rest/v1/{{ name }}"});
    let note = flow(
        vec![trigger(), node("Note", "n8n-nodes-base.stickyNote", words)],
        json!({}),
    );
    silent(id, note.clone());
    silent("flow.reads", note);
}

#[test]
fn the_schema_that_has_it_is_named() {
    let parameters = json!({"url": "https://a.test/rest/v1/job_queue"});
    let checks = findings([started(node("A", "n8n-nodes-base.httpRequest", parameters))]);
    let row = checks.iter().find(|check| check.id == "flow.missing");
    let advice = row
        .and_then(|check| check.advice.clone())
        .unwrap_or_default();
    assert!(advice.contains("schema ops"), "{advice}");
    assert_eq!(row.and_then(|check| check.code), Some(Code::ValSchema));
}

#[test]
fn the_comparison_with_a_database_is_never_silent() {
    let fault = Fault::new(Code::DbConnection, "Postgres refused the connection.");
    for (database, verdict, code) in [
        (
            DatabaseRelations::NotSet,
            Verdict::Warning,
            Some(Code::ConfigMissing),
        ),
        (
            DatabaseRelations::Failed(fault),
            Verdict::Unknown,
            Some(Code::DbConnection),
        ),
        (database(), Verdict::Ok, None),
    ] {
        let mut judge = Flows::default();
        judge.judge_json("a.json", sound());
        let checks = judge.finish(&database);
        let rows: Vec<_> = checks
            .iter()
            .filter(|check| check.id == "flow.database")
            .collect();
        assert_eq!(rows.len(), 1);
        assert!(
            rows.iter()
                .all(|row| row.verdict == verdict && row.code == code)
        );
    }
    // Where something is missing, that is the answer.
    let missing = node("A", "n8n-nodes-base.supabase", json!({"tableId": "nobody"}));
    silent("flow.database", started(missing));
}
