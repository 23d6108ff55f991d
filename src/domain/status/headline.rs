//! The first line: is it well now, and since when.

use jiff::Timestamp;

use crate::domain::activity::span_of;
use crate::domain::status::check::CheckStatus;
use crate::domain::status::watch::{Watch, WatchState};
use crate::domain::verdict::Verdict;

/// The first line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Headline {
    /// The worst of all.
    pub(super) verdict: Verdict,
    /// The same in a few words.
    pub(super) text: String,
    /// Since when it is so.
    pub(super) since: Option<Timestamp>,
    /// Whether it was seen to begin then.
    pub(super) is_exact: bool,
}

/// The first line over these checks.
pub(super) fn of(checks: &[CheckStatus], watch: &Watch) -> Headline {
    let blind = |text: String| Headline {
        verdict: Verdict::Unknown,
        text,
        since: None,
        is_exact: false,
    };
    match watch.state {
        WatchState::Off => return blind("Not known: the watch is off".to_owned()),
        WatchState::Starting => return blind("Not known yet: the first look is due".to_owned()),
        WatchState::Late => {
            let ago = watch.age_seconds.map(span_of).unwrap_or_default();
            return blind(format!("Not known: nobody has looked for {ago}"));
        }
        WatchState::OnTime => {}
    }
    let verdict = checks.iter().map(|check| check.verdict).max();
    let verdict = verdict.unwrap_or(Verdict::Unknown);
    let such: Vec<_> = checks
        .iter()
        .filter(|check| check.verdict == verdict)
        .collect();
    let text = match (verdict, named(&such)) {
        (Verdict::Ok, _) => "All is well".to_owned(),
        (Verdict::Warning, names) => format!("Look soon: {names}"),
        (Verdict::Unknown, names) => format!("Not known: {names}"),
        (Verdict::Critical, names) => format!("Act now: {names}"),
    };
    // All is well since the last of them became so; it is bad since the first of them did.
    let since = such.iter().filter_map(|check| check.since);
    let since = match verdict {
        Verdict::Ok => since.max(),
        Verdict::Warning | Verdict::Unknown | Verdict::Critical => since.min(),
    };
    let decides = |check: &&&CheckStatus| check.since == since;
    Headline {
        verdict,
        text,
        since,
        is_exact: such
            .iter()
            .filter(decides)
            .any(|check| check.since_is_exact),
    }
}

/// Two names, and how many more there are.
fn named(checks: &[&CheckStatus]) -> String {
    let titles: Vec<_> = checks.iter().map(|check| check.title).collect();
    match titles.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}
