//! Holds the dependency rule of the layers, and that each of them is there.

use std::fs;
use std::path::{Path, PathBuf};

/// A layer, and what it must not name.
const RULES: &[(&str, &[&str])] = &[
    (
        "src/domain",
        &[
            "crate::reading",
            "crate::adapters",
            "crate::app",
            "crate::cli",
            "crate::dev",
            "crate::http",
            "crate::settings",
            "axum",
            "sqlx::",
            "reqwest",
            "clap",
            "std::env",
        ],
    ),
    (
        "src/reading",
        &[
            "crate::adapters",
            "crate::app",
            "crate::cli",
            "crate::dev",
            "crate::http",
            "crate::settings",
            "axum",
            "sqlx::",
            "reqwest",
            "clap",
            "std::env",
        ],
    ),
    (
        "src/settings",
        &[
            "crate::adapters",
            "crate::app",
            "crate::cli",
            "crate::dev",
            "crate::http",
            "axum",
            "sqlx::",
            "reqwest",
            "std::env::var",
        ],
    ),
    (
        "src/adapters",
        &[
            "crate::app",
            "crate::cli",
            "crate::dev",
            "crate::http",
            "axum",
            "clap",
            "std::env::var",
        ],
    ),
    (
        "src/http",
        &[
            "crate::adapters",
            "crate::app",
            "crate::cli",
            "crate::dev",
            "crate::settings",
            "sqlx::",
            "reqwest",
            "std::env::var",
        ],
    ),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the layer exists") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn arrows_point_down_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut breaches = Vec::new();
    for (layer, forbidden) in RULES {
        let files = sources(&root.join(layer));
        assert!(!files.is_empty(), "{layer} is empty");
        for file in files {
            let text = fs::read_to_string(&file).expect("it is text");
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            for (number, line) in code.enumerate() {
                breaches.extend(
                    forbidden
                        .iter()
                        .filter(|name| line.contains(**name))
                        .map(|name| {
                            format!("{} names {name} (code line {number})", file.display())
                        }),
                );
            }
        }
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn the_readme_names_every_variable_and_every_code() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))
        .expect("a README");
    for variable in dragonfly_ops::settings::variables::ALL {
        assert!(
            readme.contains(&format!("`{}`", variable.name)),
            "the README does not explain {}",
            variable.name
        );
    }
    for code in dragonfly_ops::domain::taxonomy::Code::ALL {
        assert!(
            readme.contains(code.id()),
            "the README does not list {code}"
        );
    }
    for path in dragonfly_ops::http::ROUTES
        .iter()
        .flat_map(|route| route.paths)
    {
        assert!(readme.contains(path), "the README does not list {path}");
    }
}
