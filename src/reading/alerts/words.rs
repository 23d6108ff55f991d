//! The words in which senders say how an alert stands, and how bad it is.

use crate::domain::incident::Severity;

/// How an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is there.
    Firing,
    /// It is over.
    Over,
    /// It may come: nobody is to be told yet.
    Pending,
}

/// What has to stand where a word is not known.
pub(super) const NEEDED: &str =
    "one of firing, alerting, triggered, open, down, critical, warning, resolved, ok, up or closed";

const FIRING: &[&str] = &[
    "firing",
    "fire",
    "fired",
    "alerting",
    "alert",
    "alarm",
    "in_alarm",
    "triggered",
    "trigger",
    "retriggered",
    "open",
    "opened",
    "reopened",
    "active",
    "activated",
    "problem",
    "down",
    "offline",
    "unreachable",
    "unhealthy",
    "degraded",
    "failing",
    "failed",
    "failure",
    "fail",
    "error",
    "errored",
    "err",
    "critical",
    "crit",
    "fatal",
    "major",
    "high",
    "warning",
    "warn",
    "bad",
    "broken",
    "crashed",
    "unresolved",
    "created",
    "started",
    "new",
    "ongoing",
    "investigating",
    "identified",
    "acknowledged",
    "acknowledge",
    "acked",
    "ack",
    "no_data",
    "nodata",
    "unknown",
    "timeout",
    "missed",
    "late",
];

const OVER: &[&str] = &[
    "resolved",
    "resolve",
    "ok",
    "okay",
    "up",
    "online",
    "close",
    "closed",
    "recovered",
    "recovery",
    "recover",
    "healthy",
    "normal",
    "operational",
    "inactive",
    "success",
    "successful",
    "succeeded",
    "clear",
    "cleared",
    "end",
    "ended",
    "expired",
    "done",
    "fixed",
    "green",
    "good",
    "pass",
    "passed",
    "passing",
    "completed",
];

const PENDING: &[&str] = &[
    "pending",
    "unconfirmed",
    "maintenance",
    "paused",
    "suppressed",
];

/// Lower case, with one kind of space.
fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace(['-', ' '], "_")
}

/// How an alert stands by this word.
pub(super) fn standing(word: &str) -> Option<Standing> {
    let word = plain(word);
    let word = word.as_str();
    match () {
        () if FIRING.contains(&word) => Some(Standing::Firing),
        () if OVER.contains(&word) => Some(Standing::Over),
        () if PENDING.contains(&word) => Some(Standing::Pending),
        () => None,
    }
}

/// How bad it is by this word, or by a number of which 1 is the worst. What is lower than low is low.
pub(super) fn severity(word: &str) -> Option<Severity> {
    let word = plain(word);
    // `2`, `P2`, `sev_2`
    let number = ["severity", "priority", "sev", "p", "s"]
        .iter()
        .find_map(|start| word.strip_prefix(start))
        .map_or(word.as_str(), |rest| rest.trim_start_matches('_'))
        .parse::<u8>()
        .ok();
    Some(match (word.as_str(), number) {
        (_, Some(0 | 1))
        | (
            "critical" | "crit" | "page" | "emergency" | "emerg" | "fatal" | "panic" | "disaster"
            | "blocker" | "urgent" | "highest" | "alert",
            _,
        ) => Severity::P1,
        (_, Some(2)) | ("error" | "err" | "high" | "major" | "severe", _) => Severity::P2,
        (_, Some(3))
        | ("warning" | "warn" | "medium" | "moderate" | "average" | "minor" | "ticket", _) => {
            Severity::P3
        }
        (_, Some(4 | 5))
        | (
            "info" | "information" | "informational" | "notice" | "low" | "lowest" | "trivial"
            | "debug",
            _,
        ) => Severity::P4,
        _ => return None,
    })
}

/// What an alert is about: its name without the words that say how it stands, so that `[FIRING:1] api is
/// down` and `[RESOLVED] api is up` are one. The whole name where nothing else is left.
pub(super) fn subject(name: &str) -> String {
    let lower = name.to_lowercase();
    let trimmed = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        // `[FIRING:1]`
        let (said, count) = word.split_once(':').unwrap_or((word, "0"));
        let is_counted = count.bytes().all(|b| b.is_ascii_digit());
        let said = if is_counted { said } else { word };
        said.to_owned()
    };
    let left: Vec<String> = lower
        .split_whitespace()
        .map(trimmed)
        .filter(|word| !word.is_empty() && word != "is" && standing(word).is_none())
        .collect();
    if left.is_empty() {
        lower.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        left.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_words_say_how_bad_it_is() {
        for (severity_of, words) in [
            (
                Severity::P1,
                "critical CRITICAL crit page fatal P1 p0 sev1 SEV-1 sev_0 severity1 1 urgent disaster emergency",
            ),
            (Severity::P2, "error err high major P2 sev2 Sev-2 2"),
            (Severity::P3, "warning Warn medium P3 sev3 3 average minor"),
            (
                Severity::P4,
                "info Informational low P4 P5 sev4 sev5 5 notice debug",
            ),
        ] {
            for word in words.split(' ') {
                assert_eq!(severity(word), Some(severity_of), "{word}");
            }
        }
        for word in [
            "", "p", "P9", "6", "-1", "none", "purple", "sev", "1e0", "p1.5",
        ] {
            assert_eq!(severity(word), None, "{word}");
        }
    }

    #[test]
    fn the_usual_words_say_how_it_stands() {
        for (is, words) in [
            (
                Standing::Firing,
                "firing ALERTING Triggered trigger down open no-data acknowledged",
            ),
            (
                Standing::Over,
                "resolved OK ok up Closed RESOLVE recovered healthy",
            ),
            (Standing::Pending, "pending Unconfirmed maintenance"),
        ] {
            for word in words.split(' ') {
                assert_eq!(standing(word), Some(is), "{word}");
            }
        }
        assert_eq!(standing("No Data"), Some(Standing::Firing));
        assert_eq!(standing("simmering"), None);
        let all = [FIRING, OVER, PENDING].concat();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "a word says two things");
    }

    #[test]
    fn what_it_is_about_stays_when_how_it_stands_changes() {
        for (before, after) in [
            ("[FIRING:1] Api latency", "[RESOLVED] Api latency"),
            ("api is DOWN", "api is up"),
            ("🔴 api: down", "✅ api: up"),
            ("Backup failed", "backup success"),
        ] {
            assert_eq!(subject(before), subject(after), "{before}");
        }
        assert_ne!(subject("worker-1 down"), subject("worker-2 down"));
        assert_eq!(subject("Down!"), "down!");
        assert_eq!(subject(""), "");
    }
}
