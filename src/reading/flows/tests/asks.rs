//! What is asked of the database, and what a parameter holds, in full.

use super::*;

#[test]
fn what_is_asked_for_is_named_with_its_schema_and_its_kind() {
    let of_node = |kind: &str, parameters: Value| {
        summaries("flow.missing", vec![started(node("A", kind, parameters))])
    };
    let supabase = "n8n-nodes-base.supabase";
    let postgres = "n8n-nodes-base.postgres";
    let trigger = "n8n-nodes-base.postgresTrigger";
    let vectors = "@n8n/n8n-nodes-langchain.vectorStoreSupabase";
    let request = "n8n-nodes-base.httpRequest";
    let missing = |what: &str, name: &str| {
        vec![format!(
            "It asks for the {what} {name}, which does not exist."
        )]
    };
    let table = |name: &str| missing("table or view", name);
    for (kind, parameters, expected) in [
        (supabase, json!({"tableId": "x"}), table("public.x")),
        (
            supabase,
            json!({"tableId": "x", "schema": "crm"}),
            table("public.x"),
        ),
        (
            supabase,
            json!({"tableId": "x", "schema": "crm", "useCustomSchema": true}),
            table("crm.x"),
        ),
        (supabase, json!({"tableId": " "}), vec![]),
        (supabase, json!({"tableId": "{{ x }}"}), vec![]),
        (
            postgres,
            json!({"schema": "crm", "table": "x"}),
            table("crm.x"),
        ),
        (
            postgres,
            json!({"schema": "", "table": "x"}),
            table("public.x"),
        ),
        (
            postgres,
            json!({"schema": "={{ 1 }}", "table": "x"}),
            vec![],
        ),
        (
            postgres,
            json!({"table": "x", "operation": "executeQuery"}),
            vec![],
        ),
        (
            postgres,
            json!({"table": "x", "operation": "insert"}),
            table("public.x"),
        ),
        (
            trigger,
            json!({"schema": "crm", "tableName": "x"}),
            table("crm.x"),
        ),
        (
            trigger,
            json!({"tableName": "x", "triggerMode": "listenTrigger"}),
            vec![],
        ),
        (
            trigger,
            json!({"tableName": "x", "triggerMode": "createTrigger"}),
            table("public.x"),
        ),
        (
            vectors,
            json!({"mode": "insert", "tableName": {"__rl": true, "value": "x"}}),
            table("public.x"),
        ),
        (
            "n8n-nodes-base.code",
            json!({"table": "x", "tableId": "x"}),
            vec![],
        ),
        (postgres, json!({"schema": "pg_x", "table": "x"}), vec![]),
        (
            postgres,
            json!({"schema": "information_schema", "table": "x"}),
            vec![],
        ),
        (
            postgres,
            json!({"schema": "xpg_", "table": "x"}),
            table("xpg_.x"),
        ),
        (
            request,
            json!({"url": "https://a.test/rest/v1/rpc/f"}),
            missing("function", "public.f"),
        ),
    ] {
        assert_eq!(
            of_node(kind, parameters.clone()),
            expected,
            "{kind} {parameters}"
        );
    }
}

#[test]
fn the_schema_of_a_request_is_that_of_the_header_for_its_method() {
    let asked = |kind: &str, members: Value| {
        let headers = json!([
            {"name": "accept-profile", "value": "a"}, {"name": "Content-Profile", "value": "c"},
            {"name": "Accept-Profile", "value": "later"}, {"name": "content-profile", "value": "later"},
        ]);
        let parameters = json!({"url": "https://h.test/rest/v1/t", "headers": headers});
        let node = node("A", kind, with(parameters, members));
        let found = summaries("flow.missing", vec![started(node)]).concat();
        let schema = found.strip_prefix("It asks for the table or view ");
        let (schema, _) = schema
            .and_then(|text| text.split_once('.'))
            .expect("it is missing");
        schema.to_owned()
    };
    let request = "n8n-nodes-base.httpRequest";
    for (kind, members, expected) in [
        (request, json!({}), "a"),
        (request, json!({"method": "GET"}), "a"),
        (request, json!({"method": "HEAD"}), "a"),
        (request, json!({"requestMethod": "GET"}), "a"),
        (request, json!({"method": "POST"}), "c"),
        (request, json!({"requestMethod": "PATCH"}), "c"),
        (request, json!({"method": "={{ 1 }}"}), "a"),
        (
            request,
            json!({"method": "={{ 1 }}", "headers": [{"name": "Content-Profile", "value": "c"}]}),
            "c",
        ),
        (
            request,
            json!({"headers": [{"name": "Content-Profile", "value": "c"}]}),
            "public",
        ),
        (
            request,
            json!({"method": "POST", "headers": [{"name": "Accept-Profile", "value": "a"}]}),
            "public",
        ),
        (
            "n8n-nodes-base.code",
            json!({"headers": [{"name": "Content-Profile", "value": "c"}]}),
            "c",
        ),
        (
            request,
            json!({"headers": "={\"Accept-Profile\": \"j\"}"}),
            "j",
        ),
        (
            request,
            json!({"headers": "[\"Accept-Profile\"]"}),
            "public",
        ),
        (
            request,
            json!({"headers": "{\"Accept-Profile\": 7}"}),
            "public",
        ),
    ] {
        assert_eq!(asked(kind, members.clone()), expected, "{kind} {members}");
    }
}

#[test]
fn a_store_of_vectors_searches_with_a_function() {
    let vectors = "@n8n/n8n-nodes-langchain.vectorStoreSupabase";
    let asked = |kind: &str, parameters: Value| {
        summaries("flow.missing", vec![started(node("A", kind, parameters))])
    };
    let missing = |name: &str| {
        vec![format!(
            "It asks for the function public.{name}, which does not exist."
        )]
    };
    let table = "plaintiffs";
    for (parameters, expected) in [
        (json!({"tableName": table}), missing("match_documents")),
        (
            json!({"tableName": table, "mode": "load"}),
            missing("match_documents"),
        ),
        (
            json!({"tableName": table, "mode": "retrieve-as-tool", "options": {"queryName": "match"}}),
            missing("match"),
        ),
        (
            json!({"tableName": table, "options": {"queryName": "close_case"}}),
            vec![],
        ),
        (json!({"tableName": table, "mode": "insert"}), vec![]),
    ] {
        assert_eq!(asked(vectors, parameters.clone()), expected, "{parameters}");
    }
    let load = format!("{vectors}Load");
    let named = json!({"tableName": table, "queryName": "match"});
    assert_eq!(asked(&load, named), missing("match"));
    let supabase = json!({"operation": "getAll", "tableId": "rpc/open_case"});
    assert_eq!(
        asked("n8n-nodes-base.supabase", supabase),
        missing("open_case")
    );
    let known = json!({"operation": "getAll", "tableId": "rpc/close_case"});
    assert_eq!(asked("n8n-nodes-base.supabase", known), [""; 0]);
}

#[test]
fn sql_asks_for_what_it_names() {
    let asked = |queries: &[&str]| {
        let mut nodes = vec![trigger()];
        nodes.extend(queries.iter().enumerate().map(|(number, query)| {
            let parameters = json!({"operation": "executeQuery", "query": query});
            node(&number.to_string(), "n8n-nodes-base.postgres", parameters)
        }));
        let checks = findings([flow(nodes, json!({}))]);
        let missing = checks
            .into_iter()
            .filter(|check| check.id == "flow.missing");
        missing
            .map(|check| (check.verdict, check.summary))
            .collect::<Vec<_>>()
    };
    let table = |name: &str| format!("It asks for the table or view {name}, which does not exist.");
    for (query, expected) in [
        (
            "SELECT * FROM plaintiffs p JOIN ops.job_queue q ON q.id = p.id",
            vec![],
        ),
        ("SELECT close_case(id) FROM public.plaintiffs", vec![]),
        (
            "SELECT * FROM pg_stat_activity, information_schema.tables",
            vec![],
        ),
        (
            "SELECT * FROM plaintifs",
            vec![(Verdict::Critical, table("public.plaintifs"))],
        ),
        (
            "SELECT * FROM crm.plaintiffs",
            vec![(Verdict::Critical, table("crm.plaintiffs"))],
        ),
        // The search_path of the role may have it.
        (
            "SELECT * FROM job_queue",
            vec![(Verdict::Warning, table("public.job_queue"))],
        ),
        (
            "SELECT open_case(id) FROM plaintiffs",
            vec![(
                Verdict::Critical,
                "It asks for the function public.open_case, which does not exist.".to_owned(),
            )],
        ),
    ] {
        assert_eq!(asked(&[query]), expected, "{query}");
    }
    let made = [
        "CREATE TABLE IF NOT EXISTS notes (id int)",
        "SELECT * FROM notes",
    ];
    assert_eq!(asked(&made), []);
}

#[test]
fn a_program_asks_with_the_client_of_supabase() {
    let asked = |text: &str| {
        let code = node("A", "n8n-nodes-base.code", json!({"jsCode": text}));
        summaries("flow.missing", vec![started(code)]).len()
    };
    let client = "const supabase = createClient(url, key);\n";
    for (text, expected) in [
        ("await supabase.from('plaintiffs').select()", 0),
        ("await supabase.from('plaintifs').select()", 1),
        ("await supabase.rpc('close_case', { id })", 0),
        ("await supabase.rpc('open_case', { id })", 1),
        ("await supabase.schema('ops').from('job_queue').select()", 0),
        ("await supabase.storage.from('files').list()", 0),
        ("Array.from('abc')", 0),
        ("await supabase.from(table).select()", 0),
    ] {
        assert_eq!(asked(&format!("{client}{text}")), expected, "{text}");
    }
    assert_eq!(asked("await other.from('plaintifs')"), 0);
}

#[test]
fn a_function_and_a_table_of_the_same_name_are_two_things() {
    let mut relations = Relations::default();
    relations.add_relation("ops".to_owned(), "f".to_owned());
    relations.add_function("crm".to_owned(), "f".to_owned());
    let mut judge = Flows::default();
    let request = |name: &str, path: &str| {
        let url = format!("https://h.test/rest/v1/{path}");
        node(name, "n8n-nodes-base.httpRequest", json!({"url": url}))
    };
    let nodes = vec![
        trigger(),
        request("A", "f"),
        request("B", "rpc/f"),
        request("C", "g"),
    ];
    judge.judge_json("0.json", flow(nodes, chain(&["Go", "A", "B", "C"])));
    let checks = judge.finish(&DatabaseRelations::Asked(relations));
    let advice: Vec<_> = checks
        .iter()
        .filter(|check| check.id == "flow.missing")
        .filter_map(|check| check.advice.as_deref())
        .map(|advice| advice.split(':').next().unwrap_or_default())
        .collect();
    let expected = [
        "The schema ops has it",
        "The schema crm has it",
        "Correct the name, or apply the migration that creates it.",
    ];
    assert_eq!(advice, expected);
}

#[test]
fn what_stands_in_a_parameter_is_named_by_its_way() {
    let set = |parameters: Value| started(node("A", "n8n-nodes-base.set", parameters));
    let secret = ["sb_secret_", "Ab12Cd34Ef56"].concat();
    for (id, parameters, expected) in [
        (
            "flow.placeholder",
            json!({"a": [{"b": "changeme"}]}),
            "a.0.b still holds a placeholder: changeme.",
        ),
        (
            "flow.placeholder",
            json!("changeme"),
            "A parameter still holds a placeholder: changeme.",
        ),
        (
            "flow.secret",
            json!({"a": {"b": secret}}),
            "a.b holds a secret key of Supabase in plain text.",
        ),
        (
            "flow.secret",
            json!({"password": "hunter2"}),
            "password holds a literal password or key in plain text.",
        ),
        (
            "flow.secret",
            json!({"body": "= [{\"a\": 1, \"password\": \"hunter2\", \"z\": \"x\"}]"}),
            "body holds a literal password or key in plain text.",
        ),
        (
            "flow.plain-http",
            json!({"a": "http://h.test"}),
            "a sends data over http, where anybody on the way can read it.",
        ),
    ] {
        assert_eq!(summaries(id, vec![set(parameters)]), [expected]);
    }
    let mut pinned = sound();
    pinned["staticData"] = json!({"a": [secret]});
    assert_eq!(
        summaries("flow.secret", vec![pinned]),
        ["staticData.a.0 holds a secret key of Supabase in plain text."]
    );
    for parameters in [
        json!({"body": "{\"a\": 1}"}),
        json!({"body": "{password"}),
        json!({"a": [true, null, 1]}),
    ] {
        assert_eq!(summaries("flow.secret", vec![set(parameters)]), [""; 0]);
    }
}

#[test]
fn programs_and_prose_are_no_values() {
    let set = |name: &str, text: &str| {
        let parameters = json!({ name: text });
        summaries(
            "flow.placeholder",
            vec![started(node("A", "n8n-nodes-base.set", parameters))],
        )
        .len()
    };
    for name in ["jsCode", "pythonCode", "functionCode", "code", "query"] {
        let texts = [
            "<token>",
            "throw new Error('use https://a.example.com')",
            "fetch('https://a.example.com')",
            "to = 'a@example.com'",
            "text.replace(/x/g, 'a@example.com')",
            "// YOUR_KEY",
            "key === 'YOUR_KEY'",
            "key = 'YOUR_KEY'",
        ];
        let found = texts.map(|text| set(name, text));
        assert_eq!(found, [0, 0, 1, 1, 0, 0, 0, 1], "{name}");
    }
    for name in [
        "systemMessage",
        "systemPromptTemplate",
        "prompt",
        "instructions",
        "text",
        "content",
        "message",
        "html",
        "description",
    ] {
        assert_eq!(
            (set(name, "a@example.com"), set(name, "changeme")),
            (0, 1),
            "{name}"
        );
    }
    for name in [
        "placeholder",
        "cachedResultName",
        "cachedResultUrl",
        "notice",
    ] {
        assert_eq!(set(name, "changeme"), 0, "{name}");
    }
    assert_eq!(set("url", "<token>"), 1);
    // Whoever reads this is a person, whatever the parameter is called.
    assert_eq!(
        set(
            "errorMessage",
            "Expected an address like https://api.example.com/v1."
        ),
        0
    );
    assert_eq!(set("errorMessage", "https://api.example.com/v1"), 1);
}

#[test]
fn an_address_of_plain_http_ends_where_its_host_ends() {
    let is_plain = |text: &str| {
        let request = node("A", "n8n-nodes-base.httpRequest", json!({"x": text}));
        !summaries("flow.plain-http", vec![started(request)]).is_empty()
    };
    for (text, expected) in [
        ("http://127.0.0.1.x.test", false),
        ("http://128.0.0.1", true),
        ("http://[2001:db8::1]:80/", true),
        ("http://a.localhost/x", false),
        ("http://a.internal", false),
        ("http://a.internal.test", true),
        ("http://schemas.xmlsoap.org/soap", false),
        ("http://schema.org", false),
        ("http://json-schema.org/x", false),
        ("http://xmlns.x", false),
        ("http://me@localhost:1/x", false),
        ("http://localhost?x", false),
        ("http://localhost#x", false),
        ("http://localhost\" + x", false),
        ("http://localhost' + x", false),
        ("http://localhost` + x", false),
        ("http://localhost,x", false),
        ("http://localhost)x", false),
        ("http://localhost<x", false),
        ("http://localhost x", false),
        ("http://a.test|b", false),
        ("http://$host", false),
        ("http://a*", false),
        ("http://a+b", false),
        ("http://a\\b", false),
        ("http://} x", false),
        ("http://localhost http://a.test", true),
        ("xhttp://a.test", true),
    ] {
        assert_eq!(is_plain(text), expected, "{text}");
    }
}
