//! Where settings come from: the environment, then a file.
//!
//! # Design notes
//!
//! The environment is handed in and not read here, so that a test can bring its own and nothing is
//! global. Every lookup either yields a value or records a mistake; nothing stops at the first one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::settings::variables::{ALL, Variable};

/// The settings as they are written, before any is understood.
#[derive(Default)]
pub struct RawSettings {
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

impl RawSettings {
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
    fn get(&self, name: &str) -> Option<&str> {
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

    /// Each of a variable's names that is set, with its text; the one that wins first.
    pub(super) fn each<T>(
        &self,
        variable: &Variable<T>,
    ) -> impl Iterator<Item = (&'static str, &str)> + use<'_, T> {
        variable
            .names()
            .filter_map(|name| Some((name, self.get(name)?)))
    }

    /// The name under which a variable is set, and its text.
    ///
    /// # Errors
    ///
    /// DFE-CFG-001 where it is not set; DFE-CFG-003 or DFE-CFG-002 where it might have stood in a
    /// configuration file that was not found or not understood.
    pub(super) fn find<T>(&self, variable: &Variable<T>) -> Result<(&'static str, &str), Fault> {
        let found = self.each(variable).next();
        found.ok_or_else(|| self.missing(variable))
    }

    /// The value of a variable; nothing where it is not set, whatever its default.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 or DFE-CFG-003 where it cannot be understood.
    pub(super) fn read<T>(&self, variable: &Variable<T>) -> Result<Option<T>, Fault> {
        let value = self
            .each(variable)
            .next()
            .map(|(name, text)| (variable.parse)(text).map_err(|mistake| mistake.fault(name)));
        value.transpose()
    }

    /// The value of a variable, or its default.
    ///
    /// # Errors
    ///
    /// As of [`Self::read`]; as of [`Self::find`] where it is not set and has no default.
    pub(super) fn require<T>(&self, variable: &Variable<T>) -> Result<T, Fault> {
        match self.read(variable)? {
            Some(value) => Ok(value),
            None if variable.default.is_some() => Ok(variable.fallback()),
            None => Err(self.missing(variable)),
        }
    }

    fn missing<T>(&self, variable: &Variable<T>) -> Fault {
        let name = variable.name;
        let aliases = variable.aliases.iter();
        let aliases: String = aliases.flat_map(|alias| [" (or ", alias, ")"]).collect();
        let (code, file) = match &self.file {
            File::NotFound => (
                Code::ConfigFileMissing,
                ", and the file named by --config was not found",
            ),
            File::Unreadable => (
                Code::ConfigInvalid,
                ", and the file named by --config is not readable TOML",
            ),
            File::NotAsked | File::Read(_) => (Code::ConfigMissing, ""),
        };
        Fault::new(code, format!("{name}{aliases} is not set{file}."))
    }

    /// What is wrong with the file itself, if anything.
    pub(super) fn file_fault(&self) -> Option<Fault> {
        match &self.file {
            File::NotAsked => None,
            File::NotFound => Some(Fault::new(
                Code::ConfigFileMissing,
                "The configuration file named by --config was not found.",
            )),
            File::Unreadable => Some(Fault::new(
                Code::ConfigInvalid,
                "The configuration file named by --config is not readable TOML.",
            )),
            File::Read(values) => {
                let known: BTreeSet<_> = ALL.iter().flat_map(Variable::names).collect();
                let unknown = values.keys().filter(|key| !known.contains(key.as_str()));
                match unknown.count() {
                    0 => None,
                    // Not by name: a file of another kind may hold anything.
                    n => Some(Fault::new(
                        Code::ConfigInvalid,
                        format!("The configuration file has {n} keys that mean nothing."),
                    )),
                }
            }
        }
    }
}

impl fmt::Debug for RawSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSettings")
            .field("variables", &self.environment.len())
            .finish_non_exhaustive()
    }
}

/// Takes the values one by one and remembers every mistake; nothing stops at the first.
pub(super) struct SettingsReader<'a> {
    raw: &'a RawSettings,
    /// The mistakes so far.
    pub(super) faults: Vec<Fault>,
}

impl<'a> SettingsReader<'a> {
    /// A reader of `raw`, who knows what is wrong with the file itself.
    pub(super) fn new(raw: &'a RawSettings) -> Self {
        Self {
            raw,
            faults: raw.file_fault().into_iter().collect(),
        }
    }

    /// Passes a result through and remembers its fault.
    pub(super) fn keep<T>(&mut self, result: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(fault) = &result {
            self.faults.push(fault.clone());
        }
        result
    }

    /// The variable's value, or its default where it is not set.
    ///
    /// # Errors
    ///
    /// As of [`RawSettings::require`].
    pub(super) fn require<T>(&mut self, variable: &Variable<T>) -> Result<T, Fault> {
        self.keep(self.raw.require(variable))
    }

    /// The variable's value, or its default where it is not set or cannot be understood.
    pub(super) fn or_default<T>(&mut self, variable: &Variable<T>) -> T {
        self.require(variable)
            .unwrap_or_else(|_| variable.fallback())
    }

    /// The variable's value, or nothing where it is not set.
    ///
    /// # Errors
    ///
    /// As of [`RawSettings::read`].
    pub(super) fn said<T>(&mut self, variable: &Variable<T>) -> Result<Option<T>, Fault> {
        self.keep(self.raw.read(variable))
    }

    /// The variable's value, or nothing where it is not set or cannot be understood.
    pub(super) fn optional<T>(&mut self, variable: &Variable<T>) -> Option<T> {
        self.said(variable).ok().flatten()
    }
}
