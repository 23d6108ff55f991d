//! What judges a page: axe-core and html-validate, from npm.

use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

use super::driver::Browser;
use crate::harness::npm_install;

/// Where both are installed, once for all tests.
static TOOLS: LazyLock<TempDir> = LazyLock::new(|| {
    let files = ["package.json", "package-lock.json", ".htmlvalidate.json"];
    npm_install("tests/page-tools", &files)
});

/// Asserts that axe-core has nothing to say against the page that is open.
pub(crate) async fn assert_accessible(browser: &Browser, what: &str) {
    let axe = TOOLS.path().join("node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("it is installed");
    // By the driver, which no policy of a page binds.
    browser.run(&axe).await;
    let found = browser
        .run_async(
            "const done = arguments[arguments.length - 1];
             axe.run(document, { resultTypes: ['violations'] }).then(
               (found) => done(found.violations.map((one) => ({
                 rule: one.id, help: one.help, nodes: one.nodes.slice(0, 3).map((node) => [node.html, node.failureSummary]),
               }))),
               (error) => done(String(error)));",
        )
        .await;
    assert_eq!(found, Value::Array(Vec::new()), "{what}: {found:#}");
}

/// Asserts that these pages, by their names, are valid HTML.
pub(crate) fn assert_valid(pages: &[(String, String)]) {
    let folder = TOOLS.path().join("pages");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, text) in pages {
        std::fs::write(folder.join(format!("{name}.html")), text).expect("it is written");
    }
    let output = Command::new("node")
        .args(["node_modules/html-validate/bin/html-validate.mjs", "pages"])
        .current_dir(TOOLS.path())
        .output()
        .expect("node is installed");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
}
