//! What each file of the corpus means, on one line for each alert.

use super::*;

/// What a file means: its alerts, then what is set aside, then how many are left out.
fn meaning(name: &str) -> Vec<String> {
    let read = match sent(name) {
        Ok(read) => read,
        Err(fault) => return vec![fault.to_string()],
    };
    let alerts = read.alerts.iter().map(line);
    let aside = read
        .set_aside
        .iter()
        .map(|aside| format!("{}: {}", aside.place, aside.why));
    let left_out = (read.left_out > 0).then(|| format!("{} left out", read.left_out));
    alerts.chain(aside).chain(left_out).collect()
}

const CORPUS: &[(&str, &[&str])] = &[
    (
        "alertmanager.json",
        &[
            "alertmanager:a1b2c3d4e5f60718 | firing | P1 | DFE-DB-002 | The queue of documents is stuck | No job was finished for 12 minutes. | https://prometheus.example.com/graph?g0.expr=jobs | 2026-11-24T09:58:00.123Z | ends",
            "alertmanager:18070f6e5d4c3b2a | over | P3 | - | QueueStuck |  | https://alertmanager.example.com/ | 2026-11-24T08:30:00.000Z | ends",
            "3 left out",
        ],
    ),
    (
        "alertmanager_templated.json",
        &[
            "alertmanager:eb8e87834ff783e8 | firing | P1 | - | DiskFull |  | - | - | ends",
            "alertmanager:eb8e87834ff783e8 | over | P1 | - | DiskFull |  | - | - | ends",
        ],
    ),
    (
        "better_stack.json",
        &[
            "better-stack:90210 | firing | - | - | portal.example.com | Status 502 | https://portal.example.com/ | 2026-11-24T09:21:00.000Z | ends",
        ],
    ),
    (
        "better_stack_resolved.json",
        &[
            "better-stack:90210 | over | - | - | portal.example.com | Status 502 | https://portal.example.com/ | 2026-11-24T09:21:00.000Z | ends",
        ],
    ),
    (
        "gatus.json",
        &[
            "gatus:website/core/website | firing | - | - | core/website | healthcheck failed 3 times in a row | https://website.example.com/health | - | ends",
        ],
    ),
    (
        "gatus_backslash.json",
        &["DFE-VAL-001: The alert is not JSON: invalid escape at line 4, column 29."],
    ),
    (
        "gatus_newline.json",
        &[
            "DFE-VAL-001: The alert is not JSON: control character (\\u0000-\\u001F) found while parsing a string at line 4, column 38.",
        ],
    ),
    (
        "generic.json",
        &[
            "cron:billing/invoices | firing | P2 | - | billing: Invoices are not sent | SMTP answers 421 since ten minutes | https://runbooks.example.com/invoices | 2026-11-24T09:49:00.000Z | ends",
        ],
    ),
    (
        "grafana.json",
        &[
            "grafana:00112233aabbccdd | over | P2 | - | p99 is above 2 s |  | https://grafana.example.com/d/abc?orgId=1&viewPanel=2 | 2026-11-24T09:40:00.000Z | ends",
            "grafana:ddccbbaa33221100 | firing | P2 | - | Memory of the workers |  | - | 2026-11-24T09:50:00.000Z | ends",
        ],
    ),
    (
        "grafana_test.json",
        &["alerts[0]: It is a test of its sender, and was understood."],
    ),
    (
        "n8n_execution.json",
        &[
            "n8n:9/Store documents | firing | - | DFE-NET-002 | Workflow Documents failed at Store documents | connect ECONNREFUSED 10.0.0.7:5432 | https://n8n.example.com/workflow/9/executions/4711 | - | stays",
        ],
    ),
    (
        "n8n_trigger.json",
        &[
            "n8n:12/Every hour | firing | - | - | Workflow Nightly failed at Every hour | Password authentication failed: [redacted] | - | 2026-11-24T09:57:00.123Z | stays",
        ],
    ),
    (
        "oncall_formatted.json",
        &[
            "webhook:librenms-1204 | firing | - | - | Portal does not answer | Three probes failed | https://monitor.example.com/1 | - | ends",
        ],
    ),
    (
        "oncall_outgoing.json",
        &[
            "oncall:IAAAA1111BBBB | over | - | - | Replication lags | 12 s behind | https://oncall.example.com/a/alert-groups/IAAAA1111BBBB | 2026-11-24T09:53:00.250Z | ends",
        ],
    ),
    (
        "pagerduty_event.json",
        &["webhook:srv01/HTTP | over | P3 | - | nginx: HTTP of srv01 is slow |  | - | - | ends"],
    ),
    (
        "railway_building.json",
        &["the body: It is a deployment that is under way, or was replaced."],
    ),
    (
        "railway_crashed.json",
        &[
            "railway:p1/e1/s1/deployment | firing | P1 | - | worker: deployment crashed in production | Branch main. Commit: Less memory | - | 2026-11-24T09:58:42.311Z | ends",
        ],
    ),
    (
        "railway_example.json",
        &[
            "railway:p1/e1/s1/deployment | over | P3 | - | worker: deployment runs in production | Branch main. Commit: Less memory | - | - | ends",
        ],
    ),
    (
        "railway_pull_request.json",
        &["the body: It is of an environment that is made for a pull request."],
    ),
    (
        "railway_volume.json",
        &[
            "railway:p1/e1/s2/volumealert | firing | P3 | - | postgres: VolumeAlert triggered in production |  | - | 2026-11-24T09:58:42.311Z | ends",
        ],
    ),
    (
        "uptime_kuma.form",
        &[
            "uptime-kuma:7 | over | - | - | Portal is up | 200 - OK | https://portal.example.com/ | 2026-11-24T09:57:00.250Z | ends",
        ],
    ),
    (
        "uptime_kuma.json",
        &[
            "uptime-kuma:7 | firing | - | DFE-NET-002 | Portal is down | connect ECONNREFUSED 10.0.0.7:443 | https://portal.example.com/ | 2026-11-24T09:57:00.250Z | ends",
        ],
    ),
    (
        "uptime_kuma.multipart",
        &[
            "uptime-kuma:7 | firing | - | DFE-NET-002 | Portal is down | connect ECONNREFUSED 10.0.0.7:443 | https://portal.example.com/ | 2026-11-24T09:57:00.250Z | ends",
        ],
    ),
    (
        "uptime_kuma.query",
        &[
            "uptime-kuma:7 | firing | - | - | Portal is down | timeout | https://portal.example.com/ | 2026-11-24T09:57:00.250Z | ends",
        ],
    ),
    (
        "uptime_kuma_certificate.json",
        &[
            "uptime-kuma:[Portal][https://portal.example.com] server certificate portal.example.com will expire in days | firing | - | - | [Portal][https://portal.example.com] server certificate portal.example.com will expire in 7 days |  | - | - | stays",
        ],
    ),
    (
        "uptime_kuma_local.json",
        &[
            "uptime-kuma:8 | firing | - | - | Port is down | timeout | - | 2026-11-24T09:57:00.000Z | ends",
        ],
    ),
    (
        "uptime_kuma_maintenance.json",
        &["the body: Its monitor is under maintenance."],
    ),
    (
        "uptime_kuma_test.json",
        &["the body: It is a test of its sender, and was understood."],
    ),
    (
        "uptime_kuma_up.json",
        &[
            "uptime-kuma:7 | over | - | - | Portal is up | 200 - OK | https://portal.example.com/ | 2026-11-24T09:57:00.250Z | ends",
        ],
    ),
    (
        "uptimerobot.form",
        &[
            "uptimerobot:800100200/certificate | firing | - | - | Portal has a certificate that expires | expires in 7 days | https://portal.example.com/ | 2026-11-24T09:57:00.000Z | stays",
        ],
    ),
    (
        "uptimerobot.json",
        &[
            "uptimerobot:800100200 | firing | - | - | Portal is down | Connection Timeout | https://portal.example.com/ | 2026-11-24T09:57:00.000Z | ends",
        ],
    ),
    (
        "uptimerobot.query",
        &[
            "uptimerobot:800100200 | over | - | - | Portal is up | HTTP 200 | https://portal.example.com/ | - | ends",
        ],
    ),
];

#[test]
fn each_body_of_the_corpus_means_what_its_sender_means() {
    let mut wrong = String::new();
    for (name, expected) in CORPUS {
        let meant = meaning(name);
        if meant != *expected {
            wrong.extend([name, " means ", format!("{meant:#?}").as_str(), "\n"]);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_file_of_the_corpus_is_in_the_table() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .expect("a folder")
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.sort();
    let named: Vec<&str> = CORPUS.iter().map(|(name, _)| *name).collect();
    assert_eq!(files, named);
}
