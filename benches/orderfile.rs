//! Which functions a service at rest has run, as a script for the linker: `make orderfile`.
//!
//! The kernel maps a program in pieces of 64 kB. A fifth of this one runs where nothing happens, and a bit of it lies in
//! nearly every piece: side by side it is resident, and the rest is not. The script names functions by how their names
//! begin, without what differs from one compiler to the next. Where it is out of date, more is resident than need be
//! and nothing else happens.

#![expect(
    clippy::disallowed_methods,
    reason = "it ends with what it spawns, and waits"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dragonfly_ops::dev::callgrind::Counted;
use dragonfly_ops::dev::cluster::free_port;
use rustix::process::{Pid, Signal, kill_process};

/// What the service finds around it is brought by this.
const DEMO: &str = env!("CARGO_BIN_EXE_dragonfly-ops");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.cargo/orderfile.ld");

/// For how long it rests: some looks of the watch and what they cause, as slow as callgrind makes them.
const REST: Duration = Duration::from_secs(120);
/// Until then the demo has opened an incident.
const OPENED: Duration = Duration::from_secs(300);
/// What it is asked.
const ASKED: [&str; 6] = [
    "/api/health",
    "/api/health/db",
    "/api/health/ready",
    "/status.json",
    "/status",
    "/metrics",
];
/// How much of what begins alike has to have run, in percent, or it is looked at in smaller parts.
const MOST: u64 = 65;
/// The shortest beginning of a name, in bytes.
const SHORTEST: usize = 16;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments
        .next()
        .expect("the program, with names of version 0");
    let folder = tempfile::tempdir().expect("a folder");
    let environment = folder.path().join("environment");
    let mut demo = Command::new(DEMO)
        .args(["dev", "--env-file"])
        .arg(&environment)
        .env("PORT", port())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let text = loop {
        if let Ok(text) = std::fs::read_to_string(&environment)
            && !text.is_empty()
        {
            break text;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let settings = settings(&text);
    let (_, port) = settings
        .iter()
        .find(|(name, _)| *name == "PORT")
        .expect("where the demo listens");
    // What is kept of an incident is read by every start after it.
    let began = Instant::now();
    while !ask(port, "/api/v2/summary.json").contains("\"incidents\":[{") {
        assert!(began.elapsed() < OPENED, "the demo opens an incident");
        std::thread::sleep(Duration::from_secs(1));
    }
    let run = functions_run(&binary, &settings, folder.path());
    let demo_id = Pid::from_child(&demo);
    kill_process(demo_id, Signal::TERM).expect("it runs");
    demo.wait().expect("it ends");

    let functions = functions(&binary, &run);
    let beginnings = Beginnings::of(&functions);
    assert!(
        !beginnings.found.is_empty(),
        "nothing that ran has a name in {binary}"
    );
    let script = script(&beginnings.found);
    std::fs::write(SCRIPT, &script).expect("it is written");
    let sum = |run: bool| -> u64 {
        let functions = functions
            .values()
            .filter(|function| !run || function.has_run);
        functions.map(|function| function.size).sum()
    };
    println!(
        "{SCRIPT}: {} beginnings of names for {} kB, of which {} kB have run; {} kB are all",
        beginnings.found.len(),
        beginnings.size / 1024,
        sum(true) / 1024,
        sum(false) / 1024,
    );
}

fn port() -> String {
    free_port().expect("a free port").to_string()
}

/// What a shell would set of a file with an environment.
fn settings(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines
        .map(|(name, value)| (name, value.trim_matches('\'')))
        .collect()
}

/// Starts a service and lets it rest: the names of the functions that ran.
fn functions_run(binary: &str, settings: &[(&str, &str)], state: &Path) -> BTreeSet<String> {
    let mut command = Command::new(binary);
    let port = port();
    command
        .envs(settings.iter().copied())
        .env("PORT", &port)
        .env("LOG_FORMAT", "json")
        .env("STATE_DIR", state.join("state"));
    let mut counted = Counted::start(&command).expect("valgrind is installed");
    std::thread::sleep(REST);
    for path in ASKED {
        let answer = ask(&port, path);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    }
    counted.functions().expect("it says")
}

/// What is answered, with its headers.
fn ask(port: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// What is known of the functions of one name.
#[derive(Debug, Default)]
struct Function {
    /// In bytes.
    size: u64,
    has_run: bool,
}

/// All functions of the program, by their names without what differs from one compiler to the next.
fn functions(binary: &str, run: &BTreeSet<String>) -> BTreeMap<String, Function> {
    let listed = Command::new("nm")
        .args(["--print-size", "--defined-only", binary])
        .output()
        .expect("binutils is installed");
    let listed = String::from_utf8(listed.stdout).expect("plain names");
    let mut functions = BTreeMap::<_, Function>::new();
    for line in listed.lines() {
        let columns: Vec<_> = line.split(' ').collect();
        if let [_, size, "t" | "T" | "w" | "W", name] = columns[..]
            && let Ok(size) = u64::from_str_radix(size, 16)
        {
            let function = functions.entry(lasting(name)).or_default();
            function.size += size;
            function.has_run |= run.contains(name);
        }
    }
    functions
}

/// A mangled name without what the optimiser puts behind it, and with stars for what differs from one compiler to the
/// next: the hash of each crate (`Cs...._`), and with its length the places that are referred to (`B.._`).
fn lasting(name: &str) -> String {
    let name = name.split(".llvm.").next().unwrap_or(name);
    let mut lasting = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find(['B', 'C']) {
        // A letter like them may stand in any name, but with no such digits behind it.
        let (mark, most) = match &rest.as_bytes()[at..] {
            [b'C', b's', ..] => (2, 13),
            [b'C', ..] => (1, 0),
            _ => (1, 3),
        };
        let (before, behind) = rest.split_at(at + mark);
        let digits = behind.bytes().take_while(u8::is_ascii_alphanumeric).count();
        lasting.push_str(before);
        rest = behind;
        if most > 0 && digits <= most && behind[digits..].starts_with('_') {
            lasting.push('*');
            rest = &behind[digits..];
        }
    }
    lasting.push_str(rest);
    lasting
}

/// How the names begin of what has run.
struct Beginnings<'a> {
    names: Vec<(&'a str, &'a Function)>,
    found: Vec<&'a str>,
    /// Of all that begins so, in bytes.
    size: u64,
}

impl<'a> Beginnings<'a> {
    fn of(functions: &'a BTreeMap<String, Function>) -> Self {
        let names = functions
            .iter()
            .map(|(name, function)| (name.as_str(), function));
        let mut beginnings = Self {
            names: names.collect(),
            found: Vec::new(),
            size: 0,
        };
        beginnings.look(0, beginnings.names.len());
        beginnings
    }

    /// Takes all of these names where most of them have run, or looks at them in smaller parts.
    fn look(&mut self, start: usize, end: usize) {
        let functions = || self.names[start..end].iter().map(|(_, function)| *function);
        let size: u64 = functions().map(|function| function.size).sum();
        let run = functions().filter(|function| function.has_run);
        let run: u64 = run.map(|function| function.size).sum();
        if run == 0 {
            return;
        }
        let common = common(self.names[start].0, self.names[end - 1].0);
        if end - start == 1 || common >= SHORTEST && run * 100 >= size * MOST {
            self.found.push(&self.names[start].0[..common]);
            self.size += size;
            return;
        }
        let mut from = start;
        while from < end {
            let next = self.names[from].0.as_bytes().get(common);
            let same = self.names[from..end]
                .iter()
                .take_while(|(name, _)| name.as_bytes().get(common) == next);
            let to = from + same.count();
            self.look(from, to);
            from = to;
        }
    }
}

/// How many bytes two names begin with alike.
fn common(one: &str, other: &str) -> usize {
    let pairs = one.bytes().zip(other.bytes());
    pairs.take_while(|(a, b)| a == b).count()
}

fn script(beginnings: &[&str]) -> String {
    let mut script = String::from(
        "/* What a service at rest runs, side by side: made by `make orderfile`, and read by the linker of the image. */\n\
         SECTIONS\n{\n  .text :\n  {\n",
    );
    for beginning in beginnings {
        // What is cold stands in `.text.unlikely`. Writing into a string cannot fail.
        let _ = writeln!(script, "    *(.text*.{beginning}*)");
    }
    script.push_str("  }\n}\nINSERT AFTER .eh_frame;\n");
    script
}
