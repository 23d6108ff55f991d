//! Triggers that go by the clock: whether they have a time at all, and one that n8n takes.
//!
//! # Design notes
//!
//! A trigger without times is active and never starts anything, and n8n says nothing. A time that
//! cannot be (99 minutes, a cron expression of three fields) is refused when the flow is activated.
//! Each version has its own shape: `cron` a list of trigger times, `interval` a number, those that
//! poll the trigger times of `cron`, `scheduleTrigger` a rule with intervals.

use serde_json::Value;

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::reading::flows::catalogue;
use crate::reading::flows::flow::{Flow, Node};

/// The ways of a trigger time.
const MODES: &[&str] = &[
    "everyMinute",
    "everyHour",
    "everyDay",
    "everyWeek",
    "everyMonth",
    "everyX",
    "custom",
];

/// The fields of an interval, the parameter of each, and its largest value.
const FIELDS: &[(&str, &str, f64)] = &[
    ("seconds", "secondsInterval", 59.0),
    ("minutes", "minutesInterval", 59.0),
    ("hours", "hoursInterval", 23.0),
    ("days", "daysInterval", 31.0),
    ("weeks", "weeksInterval", f64::MAX),
    ("months", "monthsInterval", f64::MAX),
];

/// The least and the greatest of each field of a cron expression, the seconds first.
const RANGES: [(u32, u32); 6] = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Judges the triggers of a flow.
pub(super) fn judge(flow: &Flow, checks: &mut Vec<Check>) {
    for node in &flow.nodes {
        if let Some((summary, advice)) = wrong(node) {
            checks.push(
                flow.about(node, "flow.schedule", node.gravity(), summary)
                    .code(Code::VendorN8n)
                    .advice(advice),
            );
        }
    }
}

type Wrong = Option<(&'static str, &'static str)>;

const NEVER: Wrong = Some((
    "The trigger has no times, so it never starts the flow.",
    "Add a time to it.",
));
const NO_INTERVAL: Wrong = Some((
    "The interval of the trigger is none that n8n takes.",
    "Choose 1 to 59 seconds or minutes, 1 to 23 hours, 1 to 31 days.",
));
const NO_MODE: Wrong = Some((
    "A time of the trigger is of no kind that n8n knows.",
    "Choose the time again in n8n.",
));
const NO_CRON: Wrong = Some((
    "The cron expression of the trigger is none.",
    "Write five fields (minute, hour, day, month, weekday), or six with the seconds before them.",
));

fn wrong(node: &Node) -> Wrong {
    let parameters = &node.parameters;
    match catalogue::base_name(&node.kind)? {
        "cron" => trigger_times(parameters.get("triggerTimes")),
        "interval" => match number(parameters.get("interval")) {
            Some(every) if every <= 0.0 => NO_INTERVAL,
            _ => None,
        },
        "scheduleTrigger" => {
            // Older versions take any step, even one that is longer than the hour.
            let is_strict = node.version.is_none_or(|version| version > 1.25);
            rule(parameters.get("rule")?, is_strict)
        }
        // By default a node that polls does so every minute.
        _ => trigger_times(Some(parameters.get("pollTimes")?)),
    }
}

/// `{"item": [{"mode": "everyDay", "hour": 6}]}`.
fn trigger_times(times: Option<&Value>) -> Wrong {
    let items = match times {
        None | Some(Value::Null) => return NEVER,
        Some(Value::String(text)) if text.starts_with('=') => return None,
        Some(times) => times.get("item").and_then(Value::as_array),
    };
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        return NEVER;
    };
    items.iter().find_map(|item| {
        let mode = item
            .get("mode")
            .and_then(Value::as_str)
            .unwrap_or("everyDay");
        match mode {
            "custom" => expression(item.get("cronExpression")?),
            "everyX" if number(item.get("value")).is_some_and(|every| every <= 0.0) => NO_INTERVAL,
            mode if MODES.contains(&mode) || mode.starts_with('=') => None,
            _ => NO_MODE,
        }
    })
}

/// `{"interval": [{"field": "hours", "hoursInterval": 2}]}`.
fn rule(rule: &Value, is_strict: bool) -> Wrong {
    let items = match rule {
        Value::String(text) if text.starts_with('=') => return None,
        rule => rule.get("interval").and_then(Value::as_array),
    };
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        return NEVER;
    };
    items.iter().find_map(|item| {
        let field = item.get("field").and_then(Value::as_str).unwrap_or("days");
        if field.starts_with('=') {
            return None;
        }
        if field == "cronExpression" {
            return item.get("expression").map_or(NO_CRON, expression);
        }
        let Some((_, parameter, most)) = FIELDS.iter().find(|(name, ..)| *name == field) else {
            return NO_MODE;
        };
        match number(item.get(*parameter)) {
            Some(every) if every < 1.0 || (is_strict && every > *most) => NO_INTERVAL,
            _ => None,
        }
    })
}

fn number(value: Option<&Value>) -> Option<f64> {
    let value = value?;
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn expression(value: &Value) -> Wrong {
    match value.as_str() {
        // The sign is also how somebody writes a plain expression as a text of n8n.
        Some(text) if text.contains("{{") => None,
        Some(text) if is_cron(text.strip_prefix('=').unwrap_or(text)) => None,
        _ => NO_CRON,
    }
}

fn is_cron(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let ranges = match fields.len() {
        5 => RANGES.get(1..),
        6 => RANGES.get(..),
        _ => return text.trim().starts_with('@'),
    };
    let ranges = ranges.into_iter().flatten();
    fields
        .iter()
        .zip(ranges)
        .all(|(field, range)| field.split(',').all(|part| is_part(part, *range)))
}

/// `*`, `5`, `1-5`, each with a step behind it, or a name.
fn is_part(part: &str, (least, most): (u32, u32)) -> bool {
    let (what, step) = match part.split_once('/') {
        Some((what, step)) => (what, Some(step)),
        None => (part, None),
    };
    let is_step = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
    let is_one = |text: &str| match text.parse::<u32>() {
        Ok(number) => (least..=most).contains(&number),
        Err(_) => {
            let text = text.to_ascii_lowercase();
            let names = match most {
                12 => MONTHS,
                7 => DAYS,
                _ => return false,
            };
            names.iter().any(|name| text.starts_with(name))
        }
    };
    let is_what = match what.split_once('-') {
        _ if what == "*" || what == "?" => true,
        Some((from, to)) => is_one(from) && is_one(to),
        // `L` is the last day of a month or week in the dialects that have it.
        None => is_one(what) || what.eq_ignore_ascii_case("l"),
    };
    is_step && is_what
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cron_expression_has_five_or_six_fields_in_their_ranges() {
        for text in [
            "0 6 * * *",
            "*/15 * * * *",
            "0 0 6 * * 1-5",
            "0 9 1,15 * MON-FRI",
            "0 9 * JAN sun",
            "5/10 0-23/2 ? * *",
            "@daily",
            " 0  6 * * * ",
            "59 23 31 12 7",
        ] {
            assert!(is_cron(text), "{text}");
        }
        for text in [
            "",
            "daily",
            "0 6 * *",
            "0 0 0 6 * * *",
            "60 6 * * *",
            "0 24 * * *",
            "0 6 0 * *",
            "0 6 * 13 *",
            "0 6 * * 8",
            "*/0 * * * *",
            "*/x * * * *",
            "a b c d e",
            "0 6 * * JAN",
        ] {
            assert!(!is_cron(text), "{text}");
        }
    }
}
