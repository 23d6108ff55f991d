//! Holds the README to what the program says of itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dragonfly_ops::domain::taxonomy::Code;
use dragonfly_ops::http::ROUTES;
use dragonfly_ops::settings::variables::{self, Variable};
use dragonfly_ops::telemetry::alert_rules::{self, Setup};
use dragonfly_ops::telemetry::selector::Selector;

const BEGIN: &str = "<!-- variables: begin -->\n\n";
const END: &str = "\n<!-- variables: end -->";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

fn readme() -> String {
    fs::read_to_string(path()).expect("a README")
}

fn row(variable: &Variable) -> String {
    let aliases = variable.aliases.iter();
    let aliases: String = aliases.flat_map(|alias| [" (or `", alias, "`)"]).collect();
    let default = match variable.default {
        Some(default) => format!("`{default}`"),
        None => "none".to_owned(),
    };
    let Variable { name, meaning, .. } = variable;
    format!("| `{name}`{aliases} | {default} | {meaning} |\n")
}

#[test]
fn the_table_of_variables_is_that_of_the_settings() {
    let readme = readme();
    let (before, rest) = readme.split_once(BEGIN).expect("the table begins");
    let (table, after) = rest.split_once(END).expect("the table ends");
    let mut expected = "| variable | default | meaning |\n| --- | --- | --- |\n".to_owned();
    expected.extend(variables::ALL.iter().map(row));
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the test asks for it"
    )]
    let is_asked_for = std::env::var_os("UPDATE_README").is_some();
    if is_asked_for {
        let updated = [before, BEGIN, &expected, END, after].concat();
        return fs::write(path(), updated).expect("it is written");
    }
    let (found, expected): (Vec<_>, Vec<_>) = (table.lines().collect(), expected.lines().collect());
    let wrong: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
    let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
    assert!(
        found == expected,
        "to write the table anew: UPDATE_README=1 cargo test --test readme\nnot so: {wrong:#?}\nmissing: {missing:#?}"
    );
}

#[test]
fn every_code_is_listed() {
    let readme = readme();
    for code in Code::ALL {
        assert!(readme.contains(code.id()), "{code}");
    }
}

#[test]
fn every_path_is_listed() {
    let readme = readme();
    for path in ROUTES.iter().flat_map(|route| route.paths) {
        assert!(readme.contains(path), "{path}");
    }
}

#[test]
fn the_rule_that_is_shown_is_the_first_one() {
    let readme = readme();
    let (_, rest) = readme.split_once("```yaml\n").expect("an excerpt");
    let (excerpt, _) = rest.split_once("```").expect("it ends");
    let rules = alert_rules::yaml(&Setup {
        watch_interval: Duration::from_secs(30),
        look_takes: Duration::from_secs(8),
        selector: Selector::default(),
        base: String::new(),
    });
    let (_, rules) = rules.split_once("rules:\n").expect("rules");
    let lines = rules.lines().map(|line| line.strip_prefix("      "));
    let shown = excerpt.lines().count();
    let first: Vec<_> = lines.take(shown).flatten().collect();
    assert_eq!(excerpt.lines().collect::<Vec<_>>(), first);
}
