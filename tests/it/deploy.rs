//! Holds the two descriptions of the deployment together.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use dragonfly_ops::settings::variables::{
    self, DRAIN_DELAY, DRAIN_TIMEOUT, RAILWAY_API_TOKEN, RAILWAY_API_URL, RAILWAY_TOKEN, Variable,
};
use serde_json::Value;

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program} is not installed: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {stdout}{stderr}"
    );
    stdout
}

/// Whether Railway itself sets a variable.
fn is_given(name: &str) -> bool {
    let is_set_by_people = [
        RAILWAY_TOKEN.name,
        RAILWAY_API_TOKEN.name,
        RAILWAY_API_URL.name,
    ];
    name.starts_with("RAILWAY_") && !is_set_by_people.contains(&name)
}

#[test]
fn both_railway_files_type_check_and_say_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    for file in [
        "railway.ts",
        "evaluate.mjs",
        "package.json",
        "package-lock.json",
        "tsconfig.json",
    ] {
        std::fs::copy(root.join(".railway").join(file), folder.path().join(file))
            .expect("it is there");
    }
    let install = [
        "ci",
        "--ignore-scripts",
        "--omit=optional",
        "--no-audit",
        "--no-fund",
    ];
    run(folder.path(), "npm", &install);
    run(
        folder.path(),
        "npx",
        &[
            "tsc",
            "-p",
            "tsconfig.json",
            "--noEmit",
            "false",
            "--outDir",
            "out",
        ],
    );
    let evaluated: Value =
        serde_json::from_str(&run(folder.path(), "node", &["evaluate.mjs", "out"]))
            .expect("it prints JSON");
    let text = std::fs::read_to_string(root.join("railway.toml")).expect("it is there");
    let toml: toml::Table = text.parse().expect("it is TOML");
    for section in ["build", "deploy"] {
        let described = serde_json::to_value(&toml[section]).expect("it is plain data");
        assert_eq!(described, evaluated[section], "{section}");
    }
    let named = evaluated["variables"].as_array().expect("names");
    let settings = variables::ALL.iter().flat_map(Variable::names);
    let unnamed: Vec<_> = settings
        .filter(|name| !is_given(name) && !named.contains(&Value::from(*name)))
        .collect();
    assert_eq!(unnamed, [""; 0], "a plan may propose to remove them");
    assert_eq!(evaluated["deploy"]["healthcheckPath"], "/api/health");
    let drain = evaluated["deploy"]["drainingSeconds"]
        .as_f64()
        .expect("a number");
    let [delay, timeout] = [DRAIN_DELAY, DRAIN_TIMEOUT].map(|variable| -> f64 {
        let default = variable.default.expect("it has a default");
        default.parse().expect("a number")
    });
    assert!(delay + timeout < drain, "the drain has to fit in");
}

#[test]
fn every_target_names_its_path_as_the_image_is_built_without_tests() {
    let manifest = include_str!("../../Cargo.toml");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    for kind in ["test", "bench"] {
        for target in manifest[kind].as_array().expect("targets") {
            let path = target.get("path").and_then(toml::Value::as_str);
            assert!(path.is_some(), "{kind} {target}");
        }
    }
}

/// The linker says nothing where its script names functions that are gone: so this looks at the modules that it names.
#[test]
fn what_the_image_is_linked_with_is_copied_into_it_and_knows_our_modules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let image = std::fs::read_to_string(root.join("Dockerfile")).expect("it is there");
    for base in image.lines().filter(|line| line.starts_with("FROM ")) {
        assert!(base.contains("@sha256:"), "{base}: which one is it?");
    }
    let how = std::fs::read_to_string(root.join(".cargo/image.toml")).expect("it is there");
    let (_, script) = how.split_once("-Wl,-T,").expect("a script for the linker");
    let script = script.split('"').next().expect("its path");
    assert!(
        image.contains(&format!("COPY .cargo/image.toml {script} .cargo/\n"))
            && image
                .matches("cargo build --release --config .cargo/image.toml ")
                .count()
                == 2
            && image.matches("cargo build").count() == 2,
        "{script}"
    );
    let script = std::fs::read_to_string(root.join(script)).expect("it is there");
    assert!(
        script.contains("*libc*.a:malloc.o("),
        "it knows the C library"
    );
    let (mut known, mut unknown) = (0, BTreeSet::new());
    for behind in script.split("_13dragonfly_ops").skip(1) {
        let Some((floor, (module, _))) =
            name(behind).and_then(|(floor, behind)| Some((floor, name(behind)?)))
        else {
            continue;
        };
        let path = root.join("src").join(floor).join(module);
        if path.is_dir() || path.with_extension("rs").exists() {
            known += 1;
        } else {
            unknown.insert((floor, module));
        }
    }
    assert!(
        known > 100 && unknown.len() < known / 10,
        "`make orderfile` makes it anew: {known} are known, and not {unknown:?}"
    );
}

/// The first name of a mangled path, which stands behind its length, and what follows.
fn name(mangled: &str) -> Option<(&str, &str)> {
    let digits = mangled.bytes().take_while(u8::is_ascii_digit).count();
    let (length, name) = mangled.split_at(digits);
    name.split_at_checked(length.parse().ok()?)
}
