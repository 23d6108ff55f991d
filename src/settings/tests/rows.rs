//! What holds for every row of the table.

use super::*;

#[test]
fn every_row_has_names_of_its_own_and_understands_its_default() {
    let mut names: Vec<_> = variables::ALL.iter().flat_map(Variable::names).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a name stands twice");
    for variable in variables::ALL {
        let understood = variable.default.map_or(Ok(()), variable.parse);
        assert_eq!(understood, Ok(()), "{}", variable.name);
    }
}

#[test]
fn what_a_row_does_not_understand_somebody_reads_and_reports() {
    const WRONG: &str = "zq canary\u{e9}";
    for variable in variables::ALL {
        if (variable.parse)(WRONG).is_ok() {
            continue;
        }
        // Railway's account token counts only where there is no project token, its address only
        // where there is a token.
        let mut pairs = complete();
        pairs.push((variable.name, WRONG));
        let alone = read(&pairs);
        pairs.insert(0, ("RAILWAY_TOKEN", "token"));
        let faults = [alone.faults, read(&pairs).faults].concat();
        let details: Vec<_> = faults.iter().map(|fault| fault.detail.as_ref()).collect();
        assert!(
            details
                .iter()
                .any(|detail| detail.starts_with(variable.name)),
            "{}: {details:?}",
            variable.name
        );
        assert!(!format!("{details:?}").contains("zq"), "{details:?}");
    }
}

#[test]
fn every_secret_is_known_to_the_redactor_and_stands_in_no_debug() {
    const SECRET: &str = "zqcanary-0123456789";
    for variable in variables::ALL.iter().filter(|variable| variable.is_secret) {
        for name in variable.names() {
            let raw = RawSettings::new([(name.to_owned(), SECRET.to_owned())]);
            let settings = Settings::read(&raw);
            assert!(!settings.redactor.redact(SECRET).contains("zq"), "{name}");
            assert!(!format!("{raw:?}{settings:?}").contains("zq"), "{name}");
        }
    }
}

#[test]
fn a_variable_means_the_same_in_a_file() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    let pairs: Vec<(&str, &str)> = variables::ALL
        .iter()
        .map(|variable| (variable.name, variable.default.unwrap_or("zq canary\u{e9}")))
        .collect();
    for (name, text) in &pairs {
        writeln!(file, "{} = {text:?}", name.to_ascii_lowercase()).expect("it is written");
    }
    let from_file = Settings::read(&RawSettings::new([]).with_file(file.path()));
    let details = |settings: &Settings| -> Vec<String> {
        settings.faults.iter().map(ToString::to_string).collect()
    };
    assert_eq!(details(&from_file), details(&read(&pairs)));
    assert!(!details(&from_file).is_empty());
}
