//! What a file says of itself, in full: summaries, advice, codes.

use super::*;

/// What was found of one id: verdict, subject, summary.
fn said(id: &str, flow: Value) -> Vec<(Verdict, String, String)> {
    findings([flow])
        .into_iter()
        .filter(|check| check.id == id)
        .map(|check| {
            (
                check.verdict,
                check.subject.unwrap_or_default(),
                check.summary,
            )
        })
        .collect()
}

fn row(verdict: Verdict, subject: &str, summary: &str) -> (Verdict, String, String) {
    (verdict, subject.to_owned(), summary.to_owned())
}

#[test]
fn a_file_that_is_no_json_says_where_and_one_that_is_no_text_says_so() {
    for (bytes, summary) in [
        (
            b"{\n\"nodes\": x".as_slice(),
            "It is not valid JSON: line 2, column 10.",
        ),
        (
            b"\xff".as_slice(),
            "It is not UTF-8, so n8n cannot read it.",
        ),
    ] {
        let mut judge = Flows::default();
        judge.judge("a.json", bytes);
        let checks = judge.finish(&DatabaseRelations::NotSet);
        assert_eq!(
            (checks[0].id, checks[0].summary.as_str()),
            ("flow.unreadable", summary)
        );
        assert_eq!(checks[0].code, Some(Code::ValInput));
        assert_eq!(of("flow.none", &checks).len(), 1);
    }
}

#[test]
fn each_flow_of_a_file_has_its_number() {
    let checks = findings([json!([sound(), sound()])]);
    let expected = ["0.json #1", "0.json #2"].map(|place| (Verdict::Ok, place.to_owned()));
    assert_eq!(of("flow.valid", &checks), expected);
}

#[test]
fn a_flow_without_a_finding_is_said_to_be_well() {
    let valid = |flow| said("flow.valid", flow).swap_remove(0).2;
    assert_eq!(valid(sound()), "2 nodes, nothing wrong in itself.");
    let one = flow(vec![trigger()], json!({}));
    assert_eq!(valid(one), "One node, nothing wrong in itself.");
}

#[test]
fn each_wrong_form_is_said() {
    let (critical, subject) = (Verdict::Critical, "0.json");
    let mut loose = sound();
    loose["connections"] = Value::Null;
    let mut absent = sound();
    absent
        .as_object_mut()
        .expect("an object")
        .remove("connections");
    let mut mixed = sound();
    mixed["nodes"]
        .as_array_mut()
        .expect("a list")
        .push(json!(7));
    let connections = "It has no object of connections.";
    for (flow, summary) in [
        (
            json!({"nodes": 7, "connections": {}}),
            "It is JSON, but no flow: it has no list of nodes.",
        ),
        (loose, connections),
        (absent, connections),
        (mixed, "One of its nodes is not an object."),
    ] {
        assert_eq!(said("flow.shape", flow), [row(critical, subject, summary)]);
    }
    assert_eq!(
        said("flow.shape", json!([7, sound()])),
        [row(
            critical,
            "0.json #1",
            "It is JSON, but no flow: not an object."
        )]
    );
    let mut alone = flow(vec![trigger()], json!({}));
    alone
        .as_object_mut()
        .expect("an object")
        .remove("connections");
    assert_eq!(said("flow.shape", alone), []);
}

#[test]
fn each_mistake_of_a_connection_is_said() {
    let (critical, id) = (Verdict::Critical, "flow.connection");
    let to = |name: &str| json!({"main": [[{"node": name}]]});
    for (connections, expected) in [
        (
            json!({"Gone": to("Go")}),
            vec![row(
                critical,
                "0.json: Gone",
                "It is connected to others, but there is no such node.",
            )],
        ),
        (
            json!({"Go": 7}),
            vec![row(
                critical,
                "0.json: Go",
                "Its connections are not an object.",
            )],
        ),
        (
            json!({"Go": {"main": [[{"type": "main"}]]}}),
            vec![row(
                critical,
                "0.json: Go",
                "One of its connections names no node.",
            )],
        ),
        (
            json!({"Go": to("Lost")}),
            vec![row(
                critical,
                "0.json: Go",
                "It is connected to Lost, which does not exist.",
            )],
        ),
        (
            json!({"Gone": to("Lost")}),
            vec![
                row(
                    critical,
                    "0.json: Gone",
                    "It is connected to others, but there is no such node.",
                ),
                row(
                    critical,
                    "0.json: Gone",
                    "It is connected to Lost, which does not exist.",
                ),
            ],
        ),
        (json!({"Gone": {"main": []}}), vec![]),
        (
            json!({"Gone": 7}),
            vec![row(
                critical,
                "0.json: Gone",
                "Its connections are not an object.",
            )],
        ),
    ] {
        assert_eq!(
            said(id, flow(vec![trigger()], connections.clone())),
            expected,
            "{connections}"
        );
    }
}

#[test]
fn each_mistake_of_a_node_is_said() {
    let twice = flow(vec![trigger(), trigger()], json!({}));
    assert_eq!(
        said("flow.node-name", twice.clone()),
        [row(
            Verdict::Critical,
            "0.json: Go",
            "Another node of the flow has the same name: connections cannot tell them apart."
        )]
    );
    assert_eq!(
        said("flow.node-id", twice),
        [row(
            Verdict::Critical,
            "0.json: Go",
            "Another node of the flow has the same id."
        )]
    );
    let nameless = with(code("A"), json!({"name": " ", "id": ""}));
    let nameless = flow(vec![trigger(), nameless], json!({}));
    assert_eq!(
        said("flow.node-name", nameless.clone()),
        [row(
            Verdict::Critical,
            "0.json: node 2",
            "The node has no name, so nothing can be connected to it."
        )]
    );
    assert_eq!(
        said("flow.node-id", nameless),
        [row(
            Verdict::Warning,
            "0.json: node 2",
            "The node has no id."
        )]
    );
}

#[test]
fn each_judgement_of_a_type_is_said() {
    for (kind, id, verdict, summary, advice) in [
        (
            "n8n-nodes-pdf.convert",
            "flow.community-node",
            Verdict::Warning,
            "The type n8n-nodes-pdf.convert cannot be judged: it is none of n8n's own.",
            "Make sure that this package is installed in production's n8n.",
        ),
        (
            "n8n-nodes-base.Code",
            "flow.unknown-node",
            Verdict::Critical,
            "n8n has no node of the type n8n-nodes-base.Code.",
            "Capitals matter: code exists.",
        ),
        (
            "n8n-nodes-base.teleport",
            "flow.unknown-node",
            Verdict::Critical,
            "n8n has no node of the type n8n-nodes-base.teleport.",
            "Correct the type. If the node came after n8n 2.41, which the list is from, make sure that \
             production's n8n has it.",
        ),
        (
            ".code",
            "flow.unknown-node",
            Verdict::Critical,
            "n8n has no node of the type .code.",
            "Correct the type. If the node came after n8n 2.41, which the list is from, make sure that \
             production's n8n has it.",
        ),
        (
            "",
            "flow.unknown-node",
            Verdict::Critical,
            "The node has no type.",
            "Correct the type. If the node came after n8n 2.41, which the list is from, make sure that \
             production's n8n has it.",
        ),
        (
            "n8n-nodes-base.function",
            "flow.deprecated-node",
            Verdict::Warning,
            "The type n8n-nodes-base.function is deprecated.",
            "Replace it by code.",
        ),
        (
            "n8n-nodes-base.start",
            "flow.deprecated-node",
            Verdict::Critical,
            "The type n8n-nodes-base.start has been removed from n8n.",
            "Replace it by manualTrigger.",
        ),
    ] {
        let checks = findings([started(node("A", kind, json!({})))]);
        let found: Vec<_> = checks.iter().filter(|check| check.id == id).collect();
        assert_eq!(found.len(), 1, "{kind}");
        assert_eq!(
            (
                found[0].verdict,
                found[0].summary.as_str(),
                found[0].advice.as_deref()
            ),
            (verdict, summary, Some(advice))
        );
    }
    let off = with(
        node("A", "n8n-nodes-base.start", json!({})),
        json!({"disabled": true}),
    );
    fires(
        "flow.deprecated-node",
        Verdict::Warning,
        "0.json: A",
        started(off),
    );
}

#[test]
fn what_was_not_looked_at_is_said_with_its_limit() {
    let mut judge = Flows::default();
    judge.judge_json("a.json", sound());
    judge.too_large("b.json", 10);
    judge.too_many(1_000);
    judge.skipped("c.json");
    judge.unreadable("d.json", "No.", "Do.");
    let checks = judge.finish(&database());
    let said = |id: &str| {
        let row = checks.iter().find(|check| check.id == id);
        row.map_or("", |check| check.summary.as_str())
    };
    for (id, summary) in [
        (
            "flow.too-large",
            "It is larger than 10 MiB and was not checked.",
        ),
        (
            "flow.too-many",
            "There are more than 1000 files; the others were not checked.",
        ),
        (
            "flow.skipped",
            "It is a link or no regular file, and was not checked.",
        ),
        ("flow.unreadable", "No."),
    ] {
        assert_eq!(said(id), summary);
    }
}

#[test]
fn how_much_was_compared_is_said() {
    let supabase =
        |name: &str, table: &str| node(name, "n8n-nodes-base.supabase", json!({"tableId": table}));
    let compared = |flow| said("flow.database", flow).swap_remove(0).2;
    assert_eq!(
        compared(sound()),
        "The flows name no table and no function."
    );
    let one = flow(
        vec![
            trigger(),
            supabase("A", "plaintiffs"),
            supabase("B", "plaintiffs"),
        ],
        chain(&["Go", "A", "B"]),
    );
    assert_eq!(
        compared(one),
        "The database has the one thing that the flows name."
    );
    let call = node(
        "B",
        "n8n-nodes-base.httpRequest",
        json!({"url": "https://a.test/rest/v1/rpc/close_case", "method": "POST"}),
    );
    let two = flow(
        vec![trigger(), supabase("A", "plaintiffs"), call],
        chain(&["Go", "A", "B"]),
    );
    assert_eq!(
        compared(two),
        "The database has all 2 things that the flows name."
    );
    for (flow, expected) in [(sound(), false), (started(supabase("A", "x")), true)] {
        let mut judge = Flows::default();
        judge.judge_json("a.json", flow);
        assert_eq!(judge.need_database(), expected);
    }
}

#[test]
fn a_flow_that_nothing_starts_is_said_to_be_idle_or_empty() {
    let idle = |nodes, active| {
        let mut flow = flow(nodes, json!({}));
        flow["active"] = json!(active);
        said("flow.no-trigger", flow).swap_remove(0)
    };
    let note = || node("Note", "n8n-nodes-base.stickyNote", json!({"content": "x"}));
    let empty = "The flow has no nodes, so it does nothing.";
    for (nodes, active, verdict, summary) in [
        (vec![], true, Verdict::Warning, empty),
        (vec![note()], true, Verdict::Warning, empty),
        (
            vec![code("A"), note()],
            true,
            Verdict::Critical,
            "The flow is active, but no enabled trigger starts it: it never runs.",
        ),
        (
            vec![code("A")],
            false,
            Verdict::Warning,
            "No enabled trigger starts the flow: it never runs by itself.",
        ),
    ] {
        assert_eq!(idle(nodes, active), row(verdict, "0.json", summary));
    }
}
