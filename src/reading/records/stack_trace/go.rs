//! Panics of Go: the goroutine that panicked, and those beside it.

use super::exception::{Exception, Language};
use super::frames::Frames;
use super::header::MAX_LINES;

/// A panic of Go.
#[derive(Debug)]
pub(in crate::reading::records) struct GoTrace {
    message: String,
    frames: Frames,
    /// The line before the place of a frame names its function.
    function: String,
    lines: usize,
    goroutines: usize,
}

impl GoTrace {
    /// `panic: text` and `fatal error: text`; also the goroutine behind what a server has recovered.
    pub(super) fn begin(line: &str, previous: &str) -> Option<Self> {
        let text = line
            .strip_prefix("panic: ")
            .or_else(|| line.strip_prefix("fatal error: "));
        let (message, goroutines) = match text {
            Some(message) => (message, 0),
            None if is_goroutine(line) => {
                let (_, message) = previous.split_once("panic")?;
                // `http: panic serving 10.0.0.7:4711: text`
                let message = message.strip_prefix(" serving ").map_or(message, |rest| {
                    rest.split_once(": ").map_or(rest, |(_, text)| text)
                });
                (message.trim_start_matches([':', ' ']), 1)
            }
            None => return None,
        };
        Some(Self {
            message: message.to_owned(),
            frames: Frames::default(),
            function: String::new(),
            lines: 0,
            goroutines,
        })
    }

    pub(super) fn goes_on(&mut self, line: &str) -> bool {
        self.lines += 1;
        if self.lines > MAX_LINES {
            return false;
        }
        if is_goroutine(line) {
            self.goroutines += 1;
            return true;
        }
        if let Some((path, place)) = place(line) {
            // The others only stood there.
            if self.goroutines == 1 {
                self.frames.first(&frame(&self.function, place), path);
            }
            return true;
        }
        let is_function = self.goroutines > 0
            && (line.ends_with(')') || line.starts_with("created by "))
            && line.contains(['.', '(']);
        if is_function {
            line.clone_into(&mut self.function);
        }
        is_function
            || line.is_empty()
            || line.starts_with("[signal ")
            || line.starts_with("exit status ")
            || line.starts_with("\tpanic: ")
            || line.starts_with("runtime stack:")
            || line.starts_with("...additional frames elided")
    }

    pub(super) fn end(self) -> Exception {
        Exception {
            language: Language::Go,
            name: "panic".to_owned(),
            message: self.message,
            frame: self.frames.best(),
            cause: None,
        }
    }
}

fn is_goroutine(line: &str) -> bool {
    line.strip_prefix("goroutine ")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.ends_with("]:"))
}

/// `\t/app/main.go:12 +0x1d`: the path, and the path with its line.
pub(super) fn place(line: &str) -> Option<(&str, &str)> {
    let place = line.strip_prefix('\t')?.split(' ').next()?;
    let (path, number) = place.rsplit_once(':')?;
    let is_place = path.strip_suffix(".go").is_some()
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit());
    is_place.then_some((path, place))
}

/// A frame, from its two lines. The arguments are addresses.
pub(super) fn frame(function: &str, place: &str) -> String {
    let name = function
        .rsplit_once('(')
        .map_or(function, |(name, _)| name)
        .trim_start_matches("created by ")
        .trim();
    if name.is_empty() {
        place.to_owned()
    } else {
        format!("{place} in {name}")
    }
}
