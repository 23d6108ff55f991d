//! Traces of Java and of what else runs on its machine.

use super::exception::{Exception, Language};
use super::frames::{Frames, behind_at};
use super::header::{MAX_LINES, MAX_MESSAGE_LINES, append, exception};

/// Packages that are not our own code.
const FOREIGN: &[&str] = &[
    "java.",
    "javax.",
    "jakarta.",
    "jdk.",
    "sun.",
    "com.sun.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "groovy.",
    "org.springframework.",
    "org.apache.",
    "org.hibernate.",
    "org.postgresql.",
    "org.eclipse.",
    "org.jboss.",
    "com.zaxxer.",
    "com.fasterxml.",
    "com.google.",
    "io.netty.",
    "reactor.",
    "io.micrometer.",
    "io.undertow.",
    "okhttp3.",
    "feign.",
    "liquibase.",
    "org.flywaydb.",
    "org.slf4j.",
    "ch.qos.logback.",
];

/// A trace of Java.
#[derive(Debug)]
pub(in crate::reading::records) struct JavaTrace {
    name: String,
    message: String,
    cause: Option<String>,
    frames: Frames,
    lines: usize,
    /// How many lines the message of a cause has gone on for; nothing among frames.
    in_message: Option<usize>,
}

impl JavaTrace {
    pub(super) fn begin(line: &str, previous: &str) -> Option<Self> {
        frame(line)?;
        let (name, message) = exception(previous)?;
        let mut trace = Self {
            name,
            message,
            cause: None,
            frames: Frames::default(),
            lines: 0,
            in_message: None,
        };
        trace.goes_on(line).then_some(trace)
    }

    pub(super) fn goes_on(&mut self, line: &str) -> bool {
        self.lines += 1;
        if self.lines > MAX_LINES {
            return false;
        }
        let text = line.trim_start();
        if let Some((frame, class)) = frame(line) {
            self.in_message = None;
            if self.cause.is_none() {
                self.frames.first_where(frame, is_own(class));
            }
            return true;
        }
        if let Some(cause) = text
            .strip_prefix("Caused by: ")
            .or_else(|| text.strip_prefix("Wrapped by: "))
        {
            self.cause = Some(cause.to_owned());
            self.in_message = Some(0);
            return true;
        }
        if text.starts_with("... ") || text.starts_with("Suppressed: ") {
            return true;
        }
        match (&mut self.in_message, &mut self.cause) {
            (Some(lines), Some(cause))
                if *lines < MAX_MESSAGE_LINES && (line.len() > text.len() || text.is_empty()) =>
            {
                *lines += 1;
                append(cause, text);
                true
            }
            _ => false,
        }
    }

    pub(super) fn end(self) -> Exception {
        Exception {
            language: Language::Java,
            name: self.name,
            message: self.message,
            frame: self.frames.best(),
            cause: self.cause,
        }
    }
}

/// `at app.Jobs.run(Jobs.java:12)`: the frame, and what it is a method of.
pub(super) fn frame(line: &str) -> Option<(&str, &str)> {
    let text = behind_at(line)?;
    let (method, place) = text.split_once('(')?;
    let (place, _) = place.split_once(')')?;
    let is_source = matches!(place, "Native Method" | "Unknown Source" | "<generated>")
        || place.split_once(':').is_some_and(|(file, number)| {
            let is_file = [".java", ".kt", ".scala", ".groovy", ".clj"]
                .iter()
                .any(|end| file.ends_with(end));
            is_file && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
        });
    // The module stands in front: `java.base/java.lang.Thread.run`.
    let class = method.rsplit_once('/').map_or(method, |(_, class)| class);
    let length = method.len() + place.len() + 2;
    (is_source && class.contains('.')).then_some((&text[..length], class))
}

pub(super) fn is_own(class: &str) -> bool {
    !FOREIGN.iter().any(|package| class.starts_with(package))
}
