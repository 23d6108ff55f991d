//! Times of incidents, in words.

use jiff::Timestamp;

use crate::cli::render::span;
use crate::domain::incident::Budget;

/// A time in UTC.
pub(super) fn utc(at: Timestamp, format: &str) -> String {
    at.strftime(format).to_string()
}

/// How a budget stands that is not done yet.
pub(super) fn budget_left(budget: &Budget, now: Timestamp) -> String {
    let left = budget.due.duration_since(now).as_secs_f64();
    match budget.is_late {
        true => format!("LATE by {}", span(Some(left.abs()))),
        false => format!("{} left", span(Some(left.max(0.0)))),
    }
}
