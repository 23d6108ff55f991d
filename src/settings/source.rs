//! Where settings come from: the environment, then a file, then the default.
//!
//! # Design notes
//!
//! The environment is handed in and not read here, so that a test can bring its own and nothing is
//! global. Every lookup either yields a value or records a mistake; nothing stops at the first one,
//! and no mistake holds a value: a password pasted into the wrong variable must not end up in a
//! log.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::settings::variables::Variable;

/// The raw settings, before any is understood.
#[derive(Default)]
pub struct Source {
    environment: BTreeMap<String, String>,
    file: File,
}

#[derive(Default)]
enum File {
    #[default]
    NotAsked,
    NotFound,
    Unreadable,
    Read(BTreeMap<String, String>),
}

/// A value and the variable that it came from.
#[derive(Clone)]
pub struct Found {
    /// The name under which it was found.
    pub name: &'static str,
    /// The value, without white space around it; never empty.
    pub value: String,
}

impl Source {
    /// The settings of an environment.
    #[must_use]
    pub fn new(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            environment: environment.into_iter().collect(),
            file: File::NotAsked,
        }
    }

    /// Adds a TOML file, whose keys are the variables' names in lower case. The environment wins. A
    /// file that is missing or malformed is remembered as such and reported with everything else.
    #[must_use]
    pub fn with_file(mut self, path: &Path) -> Self {
        self.file = match std::fs::read_to_string(path) {
            Ok(text) => match text.parse::<toml::Table>() {
                Ok(table) => File::Read(
                    table
                        .into_iter()
                        .map(|(key, value)| {
                            let value = match value {
                                toml::Value::String(text) => text,
                                other => other.to_string(),
                            };
                            (key.to_ascii_uppercase(), value)
                        })
                        .collect(),
                ),
                Err(_) => File::Unreadable,
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => File::NotFound,
            Err(_) => File::Unreadable,
        };
        self
    }

    /// A value as it is, or nothing where it is not set or empty.
    ///
    /// White space around a value is dropped: it comes from copying, is never meant, and would be
    /// invisible in whatever complains about it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let from_file = match &self.file {
            File::Read(values) => values.get(name),
            File::NotAsked | File::NotFound | File::Unreadable => None,
        };
        [self.environment.get(name), from_file]
            .into_iter()
            .flatten()
            .map(|value| value.trim())
            .find(|value| !value.is_empty())
    }

    /// The first of a variable's names that is set.
    #[must_use]
    pub fn find(&self, variable: &Variable) -> Option<Found> {
        std::iter::once(&variable.name)
            .chain(variable.aliases)
            .find_map(|name| {
                self.get(name).map(|value| Found {
                    name,
                    value: value.to_owned(),
                })
            })
    }

    /// The value of a variable that has to be set.
    ///
    /// # Errors
    ///
    /// DFE-CFG-001 where it is not; DFE-CFG-003 or DFE-CFG-002 where it might have stood in a
    /// configuration file that was not found or not understood.
    pub fn require(&self, variable: &Variable) -> Result<Found, Fault> {
        self.find(variable).ok_or_else(|| {
            let mut names = variable.name.to_owned();
            for alias in variable.aliases {
                names.push_str(" (or ");
                names.push_str(alias);
                names.push(')');
            }
            match &self.file {
                File::NotFound => Fault::new(
                    Code::ConfigFileMissing,
                    format!("{names} is not set, and the file named by --config was not found."),
                ),
                File::Unreadable => Fault::new(
                    Code::ConfigInvalid,
                    format!(
                        "{names} is not set, and the file named by --config is not readable TOML."
                    ),
                ),
                File::NotAsked | File::Read(_) => {
                    Fault::new(Code::ConfigMissing, format!("{names} is not set."))
                }
            }
        })
    }

    /// What is wrong with the file itself, if anything; `known` are the keys that mean something.
    #[must_use]
    pub fn file_faults(&self, known: &[&str]) -> Vec<Fault> {
        match &self.file {
            File::NotAsked => Vec::new(),
            File::NotFound => vec![Fault::new(
                Code::ConfigFileMissing,
                "The configuration file named by --config was not found.",
            )],
            File::Unreadable => vec![Fault::new(
                Code::ConfigInvalid,
                "The configuration file named by --config is not readable TOML.",
            )],
            File::Read(values) => {
                let unknown = values
                    .keys()
                    .filter(|key| !known.contains(&key.as_str()))
                    .count();
                match unknown {
                    0 => Vec::new(),
                    // Not by name: a file of another kind may hold anything.
                    n => vec![Fault::new(
                        Code::ConfigInvalid,
                        format!("The configuration file has {n} keys that mean nothing."),
                    )],
                }
            }
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("variables", &self.environment.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Reads optional settings and keeps count of the mistakes.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    source: &'a Source,
    /// The mistakes so far.
    pub faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// A reader of `source`.
    #[must_use]
    pub(super) fn new(source: &'a Source) -> Self {
        Self {
            source,
            faults: Vec::new(),
        }
    }

    /// Passes a result through and remembers its fault.
    pub(super) fn keep<T>(&mut self, result: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(fault) = &result {
            self.faults.push(fault.clone());
        }
        result
    }

    /// The variable's value, or `default` where it is not set or cannot be understood; the latter
    /// is a mistake.
    pub(super) fn or<T>(
        &mut self,
        variable: &Variable,
        default: T,
        parse: impl FnOnce(&str) -> Option<T>,
        expected: &str,
    ) -> T {
        match self.try_or(variable, default, parse, expected) {
            Ok(value) => value,
            Err((default, fault)) => {
                self.faults.push(fault);
                default
            }
        }
    }

    /// A length of time in seconds, with a fraction if need be.
    pub(super) fn seconds(
        &mut self,
        variable: &Variable,
        allowed: RangeInclusive<f64>,
    ) -> (Duration, Option<Fault>) {
        let default = Duration::from_secs_f64(variable.default.parse().unwrap_or(1.0));
        let expected = format!(
            "a number of seconds from {} to {}",
            allowed.start(),
            allowed.end()
        );
        let parse = |text: &str| {
            text.parse::<f64>()
                .ok()
                .filter(|n| allowed.contains(n))
                .map(Duration::from_secs_f64)
        };
        match self.try_or(variable, default, parse, &expected) {
            Ok(value) => (value, None),
            Err((default, fault)) => {
                self.faults.push(fault.clone());
                (default, Some(fault))
            }
        }
    }

    /// The same, with the mistake left to the caller.
    ///
    /// # Errors
    ///
    /// The default and the mistake, where the value cannot be understood.
    pub(super) fn try_or<T>(
        &self,
        variable: &Variable,
        default: T,
        parse: impl FnOnce(&str) -> Option<T>,
        expected: &str,
    ) -> Result<T, (T, Fault)> {
        let Some(found) = self.source.find(variable) else {
            return Ok(default);
        };
        match parse(&found.value) {
            Some(value) => Ok(value),
            None => Err((
                default,
                invalid(found.name, &format!("it has to be {expected}")),
            )),
        }
    }
}

/// DFE-CFG-002 for a variable, saying what it has to be and never what it is.
#[must_use]
pub(super) fn invalid(name: &str, reason: &str) -> Fault {
    Fault::new(
        Code::ConfigInvalid,
        format!("{name} is not valid: {reason}."),
    )
}
