//! How long looks took over a day, drawn as a line.

use std::fmt::Write as _;

use maud::{Markup, html};

use crate::domain::status::Point;
use crate::domain::verdict::Verdict;
use crate::http::html::time::millis;

/// How high a chart is, in its own units; it is as wide as it has points.
const HEIGHT: f64 = 40.0;
/// What is at the bottom: a millisecond. Each tenfold is as high as the one before, so that a day with one
/// slow look still shows the others, and charts can be compared.
const BOTTOM_MS: f64 = 1.0;
/// How many tenfolds there are: up to ten seconds, which no look exceeds.
const TENFOLDS: f64 = 4.0;

/// The chart of a day, with what it shows in words.
pub(super) fn chart(points: &[Point], class: &str) -> Markup {
    let mut seen: Vec<_> = points.iter().filter_map(|point| point.mean_ms).collect();
    seen.sort_by(f64::total_cmp);
    let longest = points.iter().filter_map(|point| point.max_ms);
    let Some((middle, longest)) = seen.get(seen.len() / 2).zip(longest.reduce(f64::max)) else {
        return html! { div class={ "chart empty " (class) } { "No look within 24 h" } };
    };
    let told = format!(
        "Latency within 24 h: {} in the middle, {} at most",
        millis(*middle),
        millis(longest)
    );
    html! {
        svg class={ "chart " (class) } role="img" aria-label=(told) preserveAspectRatio="none"
            viewBox={ "0 0 " (points.len()) " " (HEIGHT) } {
            title { (told) }
            @for (nth, point) in points.iter().enumerate() {
                @match point.worst {
                    Some(Verdict::Critical) => rect.critical x=(nth) y="0" width="1" height=(HEIGHT) {},
                    Some(Verdict::Unknown) => rect.unknown x=(nth) y="0" width="1" height=(HEIGHT) {},
                    Some(Verdict::Warning) => rect.warning x=(nth) y=(HEIGHT - 4.0) width="1" height="4" {},
                    Some(Verdict::Ok) | None => {}
                }
            }
            path.grid d={ "M0 " (height(10.0)) "H" (points.len()) "M0 " (height(100.0)) "H" (points.len())
                "M0 " (height(1_000.0)) "H" (points.len()) } {}
            path.line d=(line(points)) {}
        }
    }
}

/// Where so many milliseconds are.
fn height(milliseconds: f64) -> f64 {
    let tenfolds = (milliseconds / BOTTOM_MS).max(1.0).log10();
    HEIGHT * (1.0 - (tenfolds / TENFOLDS).min(1.0))
}

/// A line through what was seen; a gap stays one.
fn line(points: &[Point]) -> String {
    let mut line = String::with_capacity(points.len() * 12);
    let mut is_drawing = false;
    for (nth, point) in points.iter().enumerate() {
        let Some(mean) = point.mean_ms else {
            is_drawing = false;
            continue;
        };
        // The stroke at the very bottom would be cut in half.
        let y = height(mean).min(HEIGHT - 0.5);
        // Writing into a string cannot fail.
        let _ = if is_drawing {
            write!(line, "L{nth}.5 {y:.1}")
        } else {
            // One that stands alone is a dash.
            write!(line, "M{nth} {y:.1}h.5")
        };
        is_drawing = true;
    }
    line
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn point(mean_ms: Option<f64>) -> Point {
        Point {
            start: Timestamp::UNIX_EPOCH,
            mean_ms,
            max_ms: mean_ms.map(|mean| mean * 2.0),
            worst: mean_ms.map(|_| Verdict::Ok),
        }
    }

    #[test]
    fn a_gap_stays_one_and_a_tenfold_is_a_quarter() {
        let points = [Some(10.0), Some(100.0), None, Some(0.1), Some(1e9)].map(point);
        assert_eq!(line(&points), "M0 30.0h.5L1.5 20.0M3 39.5h.5L4.5 0.0");
        let drawn = chart(&points, "small").into_string();
        assert!(drawn.contains("in the middle"), "{drawn}");
        let empty = chart(&[point(None)], "small").into_string();
        assert!(empty.contains("No look within 24 h"), "{empty}");
    }
}
