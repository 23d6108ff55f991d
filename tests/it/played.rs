//! The ten incidents of a night, each from its first sign to its closed report: made for real, on the parts of
//! `make run`, and ended by nothing but what is printed.
//!
//! Whoever is woken knows `check`, `doctor` and `incident list` by heart. What they type beside these was
//! printed before, and is run as it was printed, by a shell.

mod expired_key;
mod idle_workers;
mod lock_pile_up;
mod missing_variable;
mod rejected_key;
mod scene;
mod server_killed;
mod server_stopped;
mod slots_used_up;
mod stale_schema_cache;
mod stale_worker;

use std::path::Path;

use serde_json::Value;

use self::scene::Scene;
use crate::harness::{Instance, OPERATOR};
use crate::outage::{all_is_well, until};
use crate::outage_commands::{Said, address, flat, said};
use crate::railway::Railway;

const DRY_RUN: &str = "--dry-run";

/// An incident that is played.
struct Played {
    scene: Scene,
    service: Instance,
    state: tempfile::TempDir,
    /// What it is called, once it is opened.
    name: String,
    /// What all commands so far have printed, the last first: people scroll back.
    printed: Vec<String>,
}

impl Played {
    /// The service on a scene, with its watch on.
    fn start(scene: Scene) -> Self {
        let state = tempfile::tempdir().expect("a folder");
        let service = serve(&scene, state.path());
        Self {
            scene,
            service,
            state,
            name: String::new(),
            printed: Vec::new(),
        }
    }

    /// The same, once the watch has seen that all is well.
    async fn well(scene: Scene) -> Self {
        let played = Self::start(scene);
        all_is_well(&played.service).await;
        played
    }

    /// As after a redeploy, with what is set by now.
    fn redeploy(&mut self) {
        // On the one disk that there is, one process at a time.
        self.service.signal(rustix::process::Signal::TERM);
        self.service.wait();
        let before = self.url();
        self.service = serve(&self.scene, self.state.path());
        // Its address is the one that it had.
        let after = self.url();
        for text in &mut self.printed {
            *text = text.replace(&before, &after);
        }
    }

    fn url(&self) -> String {
        address(&self.service)
    }

    /// The incident of this name, once it is so.
    async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let is_it = |one: &Value| one["name"] == *self.name && is_so(one);
        until(&self.service, OPERATOR, what, is_it).await
    }

    /// Waits until the watch has opened an incident whose name begins so. The number behind that follows who writes
    /// the history, and whether that was known by then.
    async fn opened(&mut self, prefix: &str) -> Value {
        let opened = until(&self.service, OPERATOR, "it is opened", |one| {
            let name = one["name"].as_str().expect("a name");
            one["state"] == "open" && name.starts_with(prefix)
        })
        .await;
        let name = opened["name"].as_str().expect("a name");
        name.clone_into(&mut self.name);
        opened
    }

    /// Runs a line as a shell of whoever was woken takes it.
    async fn shell(&mut self, line: &str, stdin: &str) -> Said {
        let home = Path::new(env!("CARGO_BIN_EXE_dragonfly-ops")).parent();
        let mut command = tokio::process::Command::new("/bin/sh");
        command
            .args(["-c", line])
            .env_clear()
            .env("PATH", home.expect("its folder"))
            .env("STATUS_PAGES", "off")
            .env("DRAGONFLY_TOKEN", OPERATOR)
            .envs(self.scene.settings());
        let said = said(command, stdin).await;
        println!("$ {line}\n{}{}", said.stdout, said.stderr);
        self.printed
            .insert(0, format!("{}{}", said.stdout, said.stderr));
        said
    }

    /// What somebody knows by heart.
    async fn types(&mut self, words: &str) -> Said {
        self.shell(&format!("dragonfly-ops {words}"), "").await
    }

    /// The first thing that anybody runs.
    async fn checks(&mut self) -> Said {
        let url = self.url();
        self.types(&format!("check {url}")).await
    }

    /// The command that was printed last of those that have this in them. What only shows what it would do is meant
    /// where that is said.
    fn printed(&self, what: &str) -> String {
        let is_meant = |command: &String| {
            command.contains(what) && command.contains(DRY_RUN) == what.contains(DRY_RUN)
        };
        let found = self.printed.iter().find_map(|text| {
            let mut commands = commands(text).into_iter();
            commands.find(is_meant)
        });
        found.unwrap_or_else(|| panic!("{what} is not printed: {:#?}", self.printed))
    }

    /// Runs what was printed.
    async fn follows(&mut self, what: &str) -> Said {
        let line = self.printed(what);
        self.shell(&line, "").await
    }

    /// Runs what was printed, and says yes.
    async fn agrees(&mut self, what: &str) -> Said {
        let line = format!("{} --yes", self.printed(what));
        self.shell(&line, "").await
    }

    /// Restarts the service of the workers as it was printed: looks first at what that would change.
    async fn restarts_intake(&mut self, railway: &Railway) {
        let restart = "restart intake --reason \"its workers do not work, ";
        let name = self.name.clone();
        self.follows(&format!("{restart}{name}\" --dry-run"))
            .await
            .is(0, &["nothing was changed; it would be so"]);
        assert_eq!(railway.restarts(), 0);
        self.agrees(restart)
            .await
            .is(0, &["done, and seen to have had its effect"]);
        assert_eq!(railway.restarts(), 1);
    }

    /// Runs what was printed, and writes this.
    async fn writes(&mut self, what: &str, text: &str) -> Said {
        let line = self.printed(what);
        self.shell(&line, text).await
    }

    /// What goes on is listed, shown, acknowledged, and written down; shown, it says this.
    async fn somebody_has_it(&mut self, says: &[&str]) {
        let (name, url) = (self.name.clone(), self.url());
        let listed = self.types(&format!("incident list --via {url}")).await;
        assert!(listed.stdout.contains(&name), "{}", listed.stdout);
        let shown = self.follows(&format!("incident show {name}")).await;
        shown.is(0, &[&["NOBODY HAS IT"], says].concat());
        self.follows(&format!("incident ack {name}"))
            .await
            .is(0, &["acknowledged", "has it"]);
        self.writes(&format!("incident note {name}"), "it is looked into")
            .await
            .is(0, &["acknowledged"]);
    }

    /// It is seen to be good by itself, declared over, and written up with this as its cause.
    async fn ends(mut self, cause: &str) -> Said {
        let name = self.name.clone();
        self.until("it is good, and every box is green", |one| {
            let boxes = one["all_clear"]["boxes"].as_array();
            let mut boxes = boxes.into_iter().flatten();
            one["state"] == "mitigated"
                && boxes.clone().count() == 9
                && boxes.all(|one| one["verdict"] == "ok" || one["verdict"] == "warning")
        })
        .await;
        let shown = self.follows(&format!("incident show {name}")).await;
        shown.is(0, &["mitigated", "good for "]);
        // It has to stay good before it is over, or somebody says why not.
        let refused = self.follows(&format!("incident resolve {name}")).await;
        refused.is(1, &["DFE-VAL-003", "all of it is good for ", " min."]);
        let line = self
            .printed("--reason \"why\"")
            .replace("\"why\"", "'seen by hand'");
        let over = self.shell(&line, "").await;
        let over = over.is(0, &["resolved, from "]);
        let close = format!("incident close {name}");
        if flat(&over.stdout).contains("once its report is complete") {
            self.follows(&close).await.is(1, &["it lacks"]);
            let action = self.printed(&format!("incident action {name}"));
            let action = action.replace("\"what\"", "'alert earlier'");
            let action = action.replace("\"who\"", "ada");
            let action = action.replace("\"link\"", "https://example.com/1");
            self.shell(&action, "").await.is(0, &["resolved"]);
            for (heading, text) in [
                ("impact", "some were served late"),
                ("root-cause", cause),
                ("what-worked", "it was named at once"),
            ] {
                let write = format!("incident write {name} {heading}");
                self.writes(&write, text).await.is(0, &["resolved"]);
            }
        }
        self.follows(&close).await.is(0, &["closed"]);
        let url = self.url();
        let line = match over.stdout.contains("incident report") {
            true => self.printed(&format!("incident report {name}")),
            false => format!("dragonfly-ops incident report {name} --via {url}"),
        };
        let report = self.shell(&line, "").await;
        let says = [
            "Time to detect",
            "Time to acknowledge",
            "Time to resolve",
            "seen by hand",
            "it is looked into",
        ];
        self.scene.demo.stop().await;
        report.is(0, &says)
    }
}

fn serve(scene: &Scene, state: &Path) -> Instance {
    let state = state.to_string_lossy();
    let watch = [
        ("WATCH_INTERVAL", "1"),
        ("HEALTH_DB_TIMEOUT", "2"),
        ("HEALTH_OPS_TIMEOUT", "2"),
        ("HEALTH_SUPABASE_TIMEOUT", "2"),
        ("STATE_DIR", &*state),
    ];
    Instance::start(&[&scene.settings()[..], &watch].concat())
}

/// The commands in what was printed: on one line first, and then those that are broken.
fn commands(text: &str) -> Vec<String> {
    const NAME: &str = "dragonfly-ops ";
    let flat = flat(text);
    let lines = text.lines().chain([&*flat]);
    let parts = lines.flat_map(|text| text.match_indices(NAME).map(|(at, _)| part(&text[at..])));
    parts.collect()
}

/// A command up to the end of its part of the sentence.
fn part(text: &str) -> String {
    let mut quote = None;
    let mut before = ' ';
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let ends = rest.peek().is_none_or(|(_, next)| next.is_whitespace());
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || (c == '\'' && before == ' ') => quote = Some(c),
            None if ";()|".contains(c) || (":,.".contains(c) && ends) => {
                return text[..at].trim().to_owned();
            }
            _ => {}
        }
        before = c;
    }
    text.trim().to_owned()
}
