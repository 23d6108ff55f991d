//! Triggers that go by the clock, in the shape of each version.

use super::*;

#[test]
fn a_trigger_has_a_time_that_n8n_takes() {
    let never = "The trigger has no times, so it never starts the flow.";
    let interval = "The interval of the trigger is none that n8n takes.";
    let kind = "A time of the trigger is of no kind that n8n knows.";
    let cron = "The cron expression of the trigger is none.";
    let item = |item: Value| json!({"triggerTimes": {"item": [item]}});
    let rule = |interval: Value| json!({"rule": {"interval": [interval]}});
    for (name, parameters, expected) in [
        ("cron", json!({}), Some(never)),
        ("cron", json!({"triggerTimes": null}), Some(never)),
        ("cron", json!({"triggerTimes": {}}), Some(never)),
        ("cron", json!({"triggerTimes": {"item": []}}), Some(never)),
        ("cron", json!({"triggerTimes": "={{ $json.times }}"}), None),
        ("cron", item(json!({})), None),
        ("cron", item(json!({"hour": 6})), None),
        ("cron", item(json!({"mode": "everyMinute"})), None),
        (
            "cron",
            item(json!({"mode": "everyX", "unit": "hours", "value": 2})),
            None,
        ),
        (
            "cron",
            item(json!({"mode": "everyX", "value": 0})),
            Some(interval),
        ),
        ("cron", item(json!({"mode": "everyYear"})), Some(kind)),
        (
            "cron",
            item(json!({"mode": "custom", "cronExpression": "0 6 * * *"})),
            None,
        ),
        (
            "cron",
            item(json!({"mode": "custom", "cronExpression": "6 o'clock"})),
            Some(cron),
        ),
        ("cron", item(json!({"mode": "custom"})), None),
        ("interval", json!({}), None),
        ("interval", json!({"interval": 5}), None),
        ("interval", json!({"interval": 0}), Some(interval)),
        // Every day, by default.
        ("scheduleTrigger", json!({}), None),
        ("scheduleTrigger", json!({"rule": {}}), Some(never)),
        (
            "scheduleTrigger",
            json!({"rule": {"interval": []}}),
            Some(never),
        ),
        (
            "scheduleTrigger",
            json!({"rule": "={{ $json.rule }}"}),
            None,
        ),
        ("scheduleTrigger", rule(json!({})), None),
        (
            "scheduleTrigger",
            rule(json!({"field": "hours", "hoursInterval": 2})),
            None,
        ),
        (
            "scheduleTrigger",
            rule(json!({"field": "hours", "hoursInterval": 24})),
            Some(interval),
        ),
        (
            "scheduleTrigger",
            rule(json!({"field": "minutes", "minutesInterval": 0})),
            Some(interval),
        ),
        (
            "scheduleTrigger",
            rule(json!({"field": "minutes", "minutesInterval": "={{ 5 }}"})),
            None,
        ),
        (
            "scheduleTrigger",
            rule(json!({"field": "weeks", "weeksInterval": 60})),
            None,
        ),
        (
            "scheduleTrigger",
            rule(json!({"field": "years"})),
            Some(kind),
        ),
        ("scheduleTrigger", rule(json!({"field": "={{ 1 }}"})), None),
        (
            "scheduleTrigger",
            rule(json!({"field": "cronExpression", "expression": "=0 6 * * 1"})),
            None,
        ),
        (
            "scheduleTrigger",
            rule(json!({"field": "cronExpression", "expression": "={{ 1 }}"})),
            None,
        ),
        (
            "scheduleTrigger",
            rule(json!({"field": "cronExpression", "expression": ""})),
            Some(cron),
        ),
        (
            "scheduleTrigger",
            rule(json!({"field": "cronExpression"})),
            Some(cron),
        ),
        ("gmailTrigger", json!({}), None),
        (
            "gmailTrigger",
            json!({"pollTimes": {"item": [{"mode": "everyMinute"}]}}),
            None,
        ),
        (
            "gmailTrigger",
            json!({"pollTimes": {"item": []}}),
            Some(never),
        ),
        ("code", json!({}), None),
    ] {
        let node = node("A", &format!("n8n-nodes-base.{name}"), parameters.clone());
        let node = with(node, json!({"typeVersion": 1.3}));
        let found = summaries("flow.schedule", vec![flow(vec![node], json!({}))]);
        assert_eq!(
            found,
            Vec::from_iter(expected.map(str::to_owned)),
            "{name} {parameters}"
        );
    }
}

#[test]
fn older_versions_take_a_step_that_is_longer_than_the_day() {
    let every = |version: f64, hours: u8| {
        let rule = json!({"rule": {"interval": [{"field": "hours", "hoursInterval": hours}]}});
        let node = node("A", "n8n-nodes-base.scheduleTrigger", rule);
        let node = with(node, json!({"typeVersion": version}));
        summaries("flow.schedule", vec![flow(vec![node], json!({}))]).len()
    };
    assert_eq!([every(1.2, 24), every(1.2, 0), every(1.3, 24)], [0, 1, 1]);
}

#[test]
fn a_trigger_without_a_time_is_grave_unless_it_is_switched_off() {
    let cron = node("A", "n8n-nodes-base.cron", json!({}));
    fires(
        "flow.schedule",
        Verdict::Critical,
        "0.json: A",
        flow(vec![cron.clone()], json!({})),
    );
    let off = with(cron, json!({"disabled": true}));
    fires(
        "flow.schedule",
        Verdict::Warning,
        "0.json: A",
        flow(vec![off], json!({})),
    );
}
