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
            @for (nth, width, worst) in stretches(points) {
                @match worst {
                    Some(Verdict::Critical) => rect.critical x=(nth) y="0" width=(width) height=(HEIGHT) {},
                    Some(Verdict::Unknown) => rect.unknown x=(nth) y="0" width=(width) height=(HEIGHT) {},
                    Some(Verdict::Warning) => rect.warning x=(nth) y=(HEIGHT - 4.0) width=(width) height="4" {},
                    Some(Verdict::Ok) | None => {}
                }
            }
            path.grid d={ "M0 " (height(10.0)) "H" (points.len()) "M0 " (height(100.0)) "H" (points.len())
                "M0 " (height(1_000.0)) "H" (points.len()) } {}
            path.line d=(line(points)) {}
        }
    }
}

/// What is alike side by side is one: where it begins, how many points it has, and what was seen.
fn stretches(points: &[Point]) -> Vec<(usize, usize, Option<Verdict>)> {
    let mut nth = 0;
    let alike = points.chunk_by(|one, next| one.worst == next.worst);
    let stretch = |chunk: &[Point]| {
        let begins = nth;
        nth += chunk.len();
        (begins, chunk.len(), chunk[0].worst)
    };
    alike.map(stretch).collect()
}

/// Where so many milliseconds are.
fn height(milliseconds: f64) -> f64 {
    let tenfolds = (milliseconds / BOTTOM_MS).max(1.0).log10();
    HEIGHT * (1.0 - (tenfolds / TENFOLDS).min(1.0))
}

/// A line through what was seen; a gap stays one. Each point is told from the one before, in tenths: that
/// is half as long.
fn line(points: &[Point]) -> String {
    let mut line = String::with_capacity(points.len() * 6);
    let mut last = None;
    for (nth, point) in points.iter().enumerate() {
        // The stroke at the very bottom would be cut in half.
        let y = point
            .mean_ms
            .map(|mean| tenths(height(mean).min(HEIGHT - 0.5)));
        // Writing into a string cannot fail.
        let _ = match (last, y) {
            (_, None) => Ok(()),
            // One that stands alone is a dash.
            (None, Some(y)) => write!(line, "M{nth} {}h.5", decimal(y)),
            (Some(last), Some(y)) if last == y => write!(line, "h1"),
            (Some(last), Some(y)) if last > y => write!(line, "l1{}", decimal(y - last)),
            (Some(last), Some(y)) => write!(line, "l1 {}", decimal(y - last)),
        };
        last = y;
    }
    line
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "no more than a chart is high"
)]
fn tenths(number: f64) -> i32 {
    (number * 10.0).round() as i32
}

/// A number of tenths as SVG takes it at its shortest.
fn decimal(tenths: i32) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.abs() / 10, tenths.abs() % 10);
    match (whole, rest) {
        (whole, 0) => format!("{sign}{whole}"),
        (0, rest) => format!("{sign}.{rest}"),
        (whole, rest) => format!("{sign}{whole}.{rest}"),
    }
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
        assert_eq!(line(&points), "M0 30h.5l1-10M3 39.5h.5l1-39.5");
        let points = [Some(1.05), Some(1.05), Some(1.0)].map(point);
        assert_eq!(line(&points), "M0 39.5h.5h1h1");
        let drawn = chart(&points, "small").into_string();
        assert!(drawn.contains("in the middle"), "{drawn}");
        for (tenths, text) in [(0, "0"), (-3, "-.3"), (12, "1.2"), (-120, "-12")] {
            assert_eq!(decimal(tenths), text);
        }
        let empty = chart(&[point(None)], "small").into_string();
        assert!(empty.contains("No look within 24 h"), "{empty}");
    }

    #[test]
    fn what_is_alike_side_by_side_is_drawn_once() {
        let seen = [Some(Verdict::Critical), None, Some(Verdict::Warning)];
        let points: Vec<_> = seen
            .iter()
            .flat_map(|worst| {
                vec![
                    Point {
                        worst: *worst,
                        ..point(Some(1.0))
                    };
                    100
                ]
            })
            .collect();
        let drawn = chart(&points, "small").into_string();
        assert_eq!(drawn.matches("<rect").count(), 2, "{drawn}");
        assert!(drawn.contains(r#"class="critical" x="0" y="0" width="100" height="40""#));
        assert!(drawn.contains(r#"class="warning" x="200" y="36" width="100" height="4""#));
    }
}
