//! A line that is a JSON object, whoever's names its members go by.
//!
//! # Design notes
//!
//! Members are known by their names, in capitals or not, at the top or in one of the objects that
//! loggers put theirs into (`fields`, `attributes`, `metadata`, ...). The line is not built up as a
//! `serde_json::Value`: that would take most of the time of a log, for members nobody looks at.

mod body;
mod exception;
mod tree;

use std::borrow::Cow;

use jiff::Timestamp;

use self::exception::Found;
use self::tree::Tree;
use crate::reading::records::envelope;
use crate::reading::records::level::Level;
use crate::reading::records::line::{Form, Line, code_in};
use crate::reading::records::record::{Field, is_telling};
use crate::reading::records::time;

/// How deep objects are looked into.
const MAX_DEPTH: usize = 3;
/// The longest name that is looked up.
const MAX_NAME: usize = 32;

/// What a member says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Time,
    Level,
    /// A level as Python counts them.
    PythonLevel,
    Message,
    Logger,
    Trace,
    Exception,
    /// The name or the message of an exception, where they stand apart.
    ExceptionName,
    ExceptionMessage,
    Code,
    /// An object with further members.
    Container,
    /// The line of a program, in the object of who carried it.
    Carried,
}

/// The role of a member, and its rank among those of the same role; the lowest wins.
fn role(name: &str) -> Option<(Role, u8)> {
    use Role::{
        Carried, Code, Container, Exception, ExceptionMessage, ExceptionName, Level, Logger,
        Message, PythonLevel, Time, Trace,
    };
    Some(match name {
        "timestamp" => (Time, 0),
        "time" => (Time, 1),
        "ts" => (Time, 2),
        "@timestamp" => (Time, 3),
        "asctime" => (Time, 4),
        "datetime" => (Time, 5),
        "instant" => (Time, 6),
        "timemillis" | "@t" | "date" | "eventtime" | "created" | "log_time" => (Time, 7),
        "__realtime_timestamp" | "observedtimestamp" | "timeunixnano" => (Time, 8),
        "level" => (Level, 0),
        "severity" => (Level, 1),
        "levelname" => (Level, 2),
        "lvl" => (Level, 3),
        "log.level" | "loglevel" | "log_level" | "error_severity" | "severitytext"
        | "severity_text" | "level_name" | "@l" => (Level, 4),
        "priority" => (Level, 5),
        "levelno" => (PythonLevel, 0),
        "message" => (Message, 0),
        "msg" => (Message, 1),
        "event" => (Message, 2),
        "short_message" | "textpayload" | "@m" | "@mt" | "body" | "text" => (Message, 3),
        "error" => (Exception, 0),
        "err" => (Exception, 1),
        "exception" => (Exception, 2),
        "thrown" | "exc" | "throwable" => (Exception, 3),
        "stack" => (Trace, 0),
        "stack_trace" => (Trace, 1),
        "traceback" => (Trace, 2),
        "exc_info" => (Trace, 3),
        "exc_text"
        | "stacktrace"
        | "stacktraces"
        | "error.stack_trace"
        | "error.stack"
        | "exception.stacktrace"
        | "@x" => (Trace, 4),
        "backtrace" => (Trace, 5),
        "error.type" | "exception.type" | "error.kind" | "exception_type" | "exc_type"
        | "error_type" => (ExceptionName, 0),
        "error.message" | "exception.message" | "exception_message" | "exc_value"
        | "error_message" => (ExceptionMessage, 0),
        "logger" | "logger_name" | "loggername" | "log.logger" | "target" => (Logger, 0),
        "name" | "component" | "module" | "syslog_identifier" | "caller" => (Logger, 1),
        "code" => (Code, 0),
        "error_code" | "errorcode" | "errcode" => (Code, 1),
        "fields" | "attributes" | "metadata" | "record" | "jsonpayload" | "extra" | "meta"
        | "context" | "labels" | "response" | "res" => (Container, 0),
        "log" => (Carried, 0),
        _ => return None,
    })
}

/// What was found in an object and in those within.
#[derive(Default)]
struct Members<'t, 'a> {
    time: Option<(u8, &'t Tree<'a>)>,
    level: Option<(u8, &'t Tree<'a>)>,
    python_level: Option<&'t Tree<'a>>,
    message: Option<(u8, &'t Tree<'a>)>,
    logger: Option<(u8, &'t Tree<'a>)>,
    trace: Option<(u8, &'t Tree<'a>)>,
    exception: Option<(u8, &'t Tree<'a>)>,
    exception_name: Option<&'t Tree<'a>>,
    exception_message: Option<&'t Tree<'a>>,
    code: Option<(u8, &'t Tree<'a>)>,
    carried: Option<&'t Tree<'a>>,
    fields: Vec<Field>,
}

/// Reads an object; nothing where the text is none.
pub(super) fn read(text: &str, newest: Option<Timestamp>) -> Option<Line<'static>> {
    let tree = tree::parse(text)?;
    let Tree::Object(members) = &tree else {
        return None;
    };
    let mut found = Members::default();
    found.collect(members, 0, true);
    let is_body = found.time.is_none() && found.level.is_none() && found.python_level.is_none();
    let mut line = found.into_line(newest);
    if is_body && line.carried.is_none() {
        line.fields = body::fields(members, &line.message);
    }
    Some(line)
}

/// Reads a list of objects, which no line of a log is.
pub(super) fn read_list(text: &str) -> Option<Line<'static>> {
    let tree = tree::parse(text)?;
    Some(Line {
        fields: body::fields_of(&tree),
        form: Form::Structured,
        ..Line::default()
    })
}

impl<'t, 'a> Members<'t, 'a> {
    fn collect(&mut self, members: &'t [(Cow<'a, str>, Tree<'a>)], depth: usize, keeps: bool) {
        for (name, value) in members {
            let mut lower = [0; MAX_NAME];
            let Some(lower) = lower.get_mut(..name.len()) else {
                continue;
            };
            lower.copy_from_slice(name.as_bytes());
            lower.make_ascii_lowercase();
            let Ok(lower) = std::str::from_utf8(lower) else {
                continue;
            };
            if keeps && is_telling(lower) {
                self.field(lower, value);
            }
            if let Some((role, rank)) = role(lower) {
                // What stands deeper is not what the line itself says.
                let rank = rank + 10 * u8::try_from(depth).unwrap_or(9);
                self.take(role, rank, value, depth);
            }
        }
    }

    fn take(&mut self, role: Role, rank: u8, value: &'t Tree<'a>, depth: usize) {
        let better = |slot: &mut Option<(u8, &'t Tree<'a>)>| {
            if slot.is_none_or(|(known, _)| rank < known) {
                *slot = Some((rank, value));
            }
        };
        match role {
            Role::Time if !matches!(value, Tree::Nothing) => better(&mut self.time),
            Role::Level if !matches!(value, Tree::Nothing) => better(&mut self.level),
            Role::PythonLevel => self.python_level = self.python_level.or(Some(value)),
            Role::Message => match value {
                Tree::Text(text) if !text.is_empty() => better(&mut self.message),
                _ => {}
            },
            Role::Logger => better(&mut self.logger),
            Role::Trace => match value {
                Tree::Text(text) if text.is_empty() || text.starts_with("NoneType") => {}
                Tree::Text(_) | Tree::List(_) => better(&mut self.trace),
                Tree::Object(_) => better(&mut self.exception),
                _ => {}
            },
            Role::Exception => match value {
                Tree::Text(text) if text.is_empty() => {}
                Tree::Text(_) | Tree::Object(_) | Tree::List(_) => better(&mut self.exception),
                _ => {}
            },
            Role::ExceptionName => self.exception_name = self.exception_name.or(Some(value)),
            Role::ExceptionMessage => {
                self.exception_message = self.exception_message.or(Some(value));
            }
            Role::Code => better(&mut self.code),
            Role::Container | Role::Carried if depth < MAX_DEPTH => match value {
                Tree::Object(members) => self.collect(members, depth + 1, true),
                // Railway's API has a list of names and values.
                Tree::List(list) => self.collect_list(list, depth + 1),
                Tree::Text(_) if role == Role::Carried => self.carried = Some(value),
                _ => {}
            },
            _ => {}
        }
    }

    /// `[{"key": "level", "value": "\"error\""}]`
    fn collect_list(&mut self, list: &'t [Tree<'a>], depth: usize) {
        for item in list {
            let (Some(Tree::Text(name)), Some(value)) = (item.member("key"), item.member("value"))
            else {
                continue;
            };
            let lower = name.to_ascii_lowercase();
            if is_telling(&lower) {
                self.field(&lower, value);
            }
            if let Some((role, rank)) = role(&lower) {
                self.take(role, rank + 10, value, depth);
            }
        }
    }

    fn field(&mut self, name: &str, value: &Tree<'_>) {
        match value {
            Tree::Text(text) if !text.is_empty() => {
                self.fields.push(Field::new(name, text.trim_matches('"')));
            }
            Tree::Number(number) => self.fields.push(Field::new(name, &number.to_string())),
            _ => {}
        }
    }

    fn into_line(mut self, newest: Option<Timestamp>) -> Line<'static> {
        let text = |found: Option<(u8, &Tree<'_>)>| match found {
            Some((_, Tree::Text(text))) => Some(envelope::plain(text).into_owned()),
            _ => None,
        };
        let mut line = Line {
            timestamp: self.time.and_then(|(_, time)| time_of(time, newest)),
            level: self.level.and_then(|(_, level)| level_of(level)),
            is_server_log: matches!(self.level, Some((_, Tree::Text(word))) if word == "LOG"),
            logger: text(self.logger).map(Cow::Owned),
            form: Form::Structured,
            has_time: self.time.is_some(),
            ..Line::default()
        };
        if let (None, Some(Tree::Number(number))) = (line.level, self.python_level) {
            #[expect(clippy::cast_possible_truncation, reason = "levels are small")]
            let number = *number as i64;
            line.level = Level::of_python(number);
        }
        // The error of zerolog and slog is a text beside the message.
        let mut message = text(self.message).unwrap_or_default();
        let mut exception = Found::default();
        match self.exception {
            Some((_, Tree::Text(said))) if !said.contains('\n') => {
                if message.is_empty() {
                    message = said.clone().into_owned();
                } else if !message.contains(&**said) && self.exception_name.is_none() {
                    message = format!("{message}: {said}");
                }
            }
            Some((_, tree)) => exception = exception::read(tree, &mut self.fields),
            None => {}
        }
        if let Some(Tree::Text(name)) = self.exception_name {
            exception
                .name
                .get_or_insert_with(|| name.clone().into_owned());
        }
        if let Some(Tree::Text(said)) = self.exception_message {
            exception
                .message
                .get_or_insert_with(|| said.clone().into_owned());
        }
        if let Some((_, tree)) = self.trace {
            exception.trace = exception::lines(tree);
        }
        // What carried a line says when, and the line itself says the rest.
        if message.is_empty()
            && let Some(Tree::Text(inside)) = self.carried
        {
            line.carried = Some(inside.clone().into_owned());
            return line;
        }
        if message.is_empty() {
            let beside = self.fields.iter().find(|field| field.name == "detail");
            message = beside.map_or_else(String::new, |field| field.value.clone());
        }
        let said = exception.message.clone().unwrap_or_default();
        (line.exception, line.trace) = exception.finish(&message);
        // What went wrong, under no name.
        if line.exception.is_none() && !said.is_empty() && !message.contains(&said) {
            if !message.is_empty() {
                message.push_str(": ");
            }
            message.push_str(&said);
        }
        line.code = match self.code {
            Some((_, Tree::Text(code))) => code.trim_matches('"').parse().ok(),
            _ => None,
        }
        .or_else(|| code_in(&message));
        line.fields = self.fields;
        line.inner = message.clone().into();
        line.message = message.into();
        line
    }
}

fn level_of(tree: &Tree<'_>) -> Option<Level> {
    match tree {
        Tree::Text(text) => {
            let word = text.trim_matches(['"', ' ']);
            let number = || word.parse().ok().and_then(Level::of_number);
            Level::of_word(&envelope::plain(word)).or_else(number)
        }
        #[expect(clippy::cast_possible_truncation, reason = "levels are small")]
        Tree::Number(number) => Level::of_number(*number as i64),
        // loguru has an object.
        Tree::Object(_) => level_of(tree.member("name")?),
        _ => None,
    }
}

fn time_of(tree: &Tree<'_>, newest: Option<Timestamp>) -> Option<Timestamp> {
    match tree {
        Tree::Text(text) => time::of_text(text.trim_matches('"'), newest),
        Tree::Number(number) => time::of_number(*number),
        // log4j has seconds and their fraction apart, loguru a text beside a number.
        Tree::Object(_) => tree
            .member("epochSecond")
            .or_else(|| tree.member("timestamp"))
            .and_then(|seconds| time_of(seconds, newest))
            .map(|at| {
                let nanos = match tree.member("nanoOfSecond") {
                    #[expect(clippy::cast_possible_truncation, reason = "below a thousand million")]
                    Some(Tree::Number(nanos)) => *nanos as i64,
                    _ => 0,
                };
                at.checked_add(jiff::SignedDuration::from_nanos(nanos))
                    .unwrap_or(at)
            }),
        _ => None,
    }
}
