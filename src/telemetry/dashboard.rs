//! The dashboard for Grafana, by the table of the metrics.
//!
//! It is of the classic model, which every Grafana from 9 on imports. Nothing in it is of a certain
//! Grafana: the source of the data is a variable, and Grafana itself gives it an id.

use serde_json::{Value, json};

use crate::telemetry::metrics::table::{
    BUILD_INFO, CAUSE, CERTIFICATE_EXPIRY, CHECK_RUN_DURATION, CONNECTIONS_RATIO, HISTORY_PENDING,
    HISTORY_SHIPPED, HISTORY_WRITER, JOBS, KEY_EXPIRY, LONGEST_LOCK_WAIT, Metric,
    OLDEST_PENDING_JOB, VERDICT, WATCH_LAST_LOOK, WORKERS,
};
use crate::telemetry::selector::Selector;

/// How wide a dashboard is, in Grafana's columns.
const COLUMNS: u32 = 24;
/// How high a panel is, in Grafana's rows.
const HEIGHT: u32 = 8;

/// How a panel looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// A band of time for each series, in the colours of verdicts.
    Verdicts,
    /// A band of time for each series.
    States,
    /// Lines.
    Lines,
    /// The last value, as a number.
    Number,
}

/// One panel.
#[derive(Debug)]
pub struct Panel {
    /// What it is called.
    pub title: &'static str,
    look: Look,
    /// How its numbers are written, by Grafana's names.
    unit: &'static str,
    width: u32,
    /// What it shows, in PromQL, and what each is called.
    pub queries: Vec<(String, &'static str)>,
}

/// The jobs that are chosen.
const CHOSEN: &str = "job=~\"$job\"";

/// Every panel, in the order in which they are shown.
#[must_use]
pub fn panels(selector: &Selector) -> Vec<Panel> {
    let of = |metric: Metric| selector.of(metric, CHOSEN);
    let panel = |title, look, unit, width, queries| Panel {
        title,
        look,
        unit,
        width,
        queries,
    };
    let seconds_since = |metric| format!("time() - {}", of(metric));
    let seconds_until = |metric| format!("{} - time()", of(metric));
    let buckets = selector.of(format_args!("{CHECK_RUN_DURATION}_bucket"), CHOSEN);
    let duration = |quantile: &str| {
        format!(
            "histogram_quantile({quantile}, sum by (le, check) (rate({buckets}[$__rate_interval])))"
        )
    };
    vec![
        panel(
            "Verdicts",
            Look::Verdicts,
            "none",
            16,
            vec![(format!("max by (check) ({})", of(VERDICT)), "{{check}}")],
        ),
        panel(
            "Causes",
            Look::States,
            "none",
            8,
            vec![(
                format!("max by (check, code) ({})", of(CAUSE)),
                "{{check}} {{code}}",
            )],
        ),
        panel(
            "Latency of the checks",
            Look::Lines,
            "s",
            12,
            vec![
                (duration("0.5"), "{{check}} p50"),
                (duration("0.99"), "{{check}} p99"),
            ],
        ),
        panel(
            "Workers by state",
            Look::Lines,
            "none",
            12,
            vec![(format!("max by (state) ({})", of(WORKERS)), "{{state}}")],
        ),
        panel(
            "Oldest pending job",
            Look::Lines,
            "s",
            12,
            vec![(format!("max({})", of(OLDEST_PENDING_JOB)), "oldest")],
        ),
        panel(
            "Backlog",
            Look::Lines,
            "none",
            12,
            vec![(format!("max by (state) ({})", of(JOBS)), "{{state}}")],
        ),
        panel(
            "Connections in use",
            Look::Lines,
            "percentunit",
            12,
            vec![(format!("max({})", of(CONNECTIONS_RATIO)), "in use")],
        ),
        panel(
            "Longest wait for a lock",
            Look::Lines,
            "s",
            12,
            vec![(format!("max({})", of(LONGEST_LOCK_WAIT)), "longest")],
        ),
        panel(
            "Key expires in",
            Look::Number,
            "s",
            6,
            vec![(format!("min({})", seconds_until(KEY_EXPIRY)), "key")],
        ),
        panel(
            "Certificate expires in",
            Look::Number,
            "s",
            6,
            vec![(
                format!("min({})", seconds_until(CERTIFICATE_EXPIRY)),
                "certificate",
            )],
        ),
        panel(
            "What runs",
            Look::Number,
            "none",
            12,
            vec![(
                format!(
                    "count by (environment, version, git_sha) ({})",
                    of(BUILD_INFO)
                ),
                "{{environment}} {{version}} {{git_sha}}",
            )],
        ),
        panel(
            "Since the watch last looked",
            Look::Lines,
            "s",
            8,
            vec![(seconds_since(WATCH_LAST_LOOK), "{{instance}}")],
        ),
        panel(
            "Since the history was last shipped",
            Look::Lines,
            "s",
            8,
            // By whoever ships: one that did before shows when it last has.
            vec![(
                format!("time() - max by (job) ({})", of(HISTORY_SHIPPED)),
                "{{job}}",
            )],
        ),
        panel(
            "Samples that wait to be shipped",
            Look::Lines,
            "none",
            8,
            vec![(of(HISTORY_PENDING), "{{instance}}")],
        ),
        panel(
            "Who writes the history",
            Look::States,
            "none",
            24,
            vec![(of(HISTORY_WRITER), "{{instance}}")],
        ),
    ]
}

/// The dashboard, as Grafana imports it.
#[must_use]
pub fn json(selector: &Selector) -> Value {
    let jobs = format!("label_values({}, job)", selector.of(BUILD_INFO, ""));
    let (mut x, mut y) = (0, 0);
    let mut placed = Vec::new();
    for (panel, id) in panels(selector).iter().zip(1..) {
        if x + panel.width > COLUMNS {
            (x, y) = (0, y + HEIGHT);
        }
        placed.push(panel.json(id, (x, y)));
        x += panel.width;
    }
    json!({
        "id": null,
        "title": "dragonfly-ops",
        "tags": ["dragonfly-ops"],
        "timezone": "browser",
        "editable": true,
        "graphTooltip": 1,
        "time": { "from": "now-6h", "to": "now" },
        "timepicker": {},
        "refresh": "30s",
        "schemaVersion": 39,
        "version": 0,
        "links": [],
        "annotations": { "list": [] },
        "templating": { "list": [
            {
                "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
                "hide": 0, "includeAll": false, "multi": false, "options": [], "refresh": 1, "regex": "",
            },
            {
                "name": "job", "label": "Job", "type": "query", "datasource": source(),
                "query": { "query": jobs, "refId": "jobs" }, "definition": jobs,
                "hide": 0, "includeAll": true, "allValue": ".*", "multi": true, "options": [], "refresh": 2,
                "regex": "", "sort": 1, "current": { "selected": true, "text": ["All"], "value": ["$__all"] },
            },
        ] },
        "panels": placed,
    })
}

/// Where the data is, by the variable.
fn source() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}

impl Panel {
    fn json(&self, id: u32, (x, y): (u32, u32)) -> Value {
        let targets = self.queries.iter().zip('A'..);
        let targets: Vec<_> = targets
            .map(|((expr, legend), name)| {
                json!({
                    "refId": name.to_string(), "datasource": source(), "expr": expr, "legendFormat": legend,
                    "editorMode": "code", "range": true, "instant": false,
                })
            })
            .collect();
        let mut defaults = json!({ "unit": self.unit, "custom": {} });
        let (kind, options) = match self.look {
            Look::Verdicts | Look::States => {
                if self.look == Look::Verdicts {
                    defaults["mappings"] = verdicts();
                }
                defaults["custom"] = json!({ "fillOpacity": 80, "lineWidth": 0 });
                let options = json!({ "mergeValues": true, "showValue": "never", "rowHeight": 0.8,
                    "legend": { "showLegend": true, "displayMode": "list", "placement": "bottom" } });
                ("state-timeline", options)
            }
            Look::Lines => {
                // What is absent was not seen: no line goes over it.
                defaults["custom"] =
                    json!({ "spanNulls": false, "lineWidth": 1, "fillOpacity": 10 });
                defaults["min"] = json!(0);
                let options = json!({ "tooltip": { "mode": "multi", "sort": "desc" },
                    "legend": { "showLegend": true, "displayMode": "list", "placement": "bottom" } });
                ("timeseries", options)
            }
            Look::Number => {
                let options = json!({ "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
                    "colorMode": "none", "graphMode": "none", "textMode": "auto" });
                ("stat", options)
            }
        };
        json!({
            "id": id, "type": kind, "title": self.title, "datasource": source(), "targets": targets,
            "gridPos": { "x": x, "y": y, "w": self.width, "h": HEIGHT },
            "fieldConfig": { "defaults": defaults, "overrides": [] },
            "options": options,
        })
    }
}

/// What the numbers of verdicts mean.
fn verdicts() -> Value {
    let words = [
        ("ok", "green"),
        ("warning", "yellow"),
        ("unknown", "purple"),
        ("critical", "red"),
    ];
    let named = words.iter().zip(0..).map(|((word, colour), number)| {
        (
            number.to_string(),
            json!({ "text": word, "color": colour, "index": number }),
        )
    });
    json!([{ "type": "value", "options": Value::Object(named.collect()) }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::table::unknown_names;

    #[test]
    fn panels_stand_side_by_side_and_show_what_there_is() {
        let selector = "environment=\"production\"".parse().expect("matchers");
        for panel in panels(&selector) {
            for (expr, legend) in &panel.queries {
                assert_eq!(unknown_names(expr), Vec::<String>::new(), "{}", panel.title);
                let chosen = "{job=~\"$job\",environment=\"production\"}";
                assert!(expr.contains(chosen), "{expr}");
                assert!(!legend.is_empty());
            }
        }
        let dashboard = json(&selector);
        let panels = dashboard["panels"].as_array().expect("panels");
        let number = |panel: &Value, name: &str| panel["gridPos"][name].as_u64().expect("a number");
        for (at, one) in panels.iter().enumerate() {
            assert!(
                number(one, "x") + number(one, "w") <= COLUMNS.into(),
                "{one}"
            );
            for other in &panels[..at] {
                let beside = number(one, "x") >= number(other, "x") + number(other, "w")
                    || number(other, "x") >= number(one, "x") + number(one, "w");
                let is_apart = beside || number(one, "y") != number(other, "y");
                assert!(is_apart, "{one} lies on {other}");
                assert_ne!(one["id"], other["id"]);
            }
        }
    }
}
