//! Which functions a service at rest has run, as a script for the linker: `make orderfile`.
//!
//! The kernel maps a program in pieces of 64 kB. A quarter of this one runs where nothing happens, and a bit of it lies in
//! nearly every piece: side by side it is resident, and the rest is not. The script names functions by how their names
//! begin, without what differs from one compiler to the next, and those of the C library, which is a part of the
//! program, and those in assembler by the member of their archive. Where it is out of date, more is resident than need
//! be and nothing else happens.

#![expect(
    clippy::disallowed_methods,
    reason = "it ends with what it spawns, and waits"
)]

mod orderfile {
    pub(crate) mod encrypted;
}

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dragonfly_ops::dev::callgrind::Counted;
use dragonfly_ops::dev::cluster::free_port;
use rustix::process::{Pid, Signal, kill_process};
use url::Url;

use orderfile::encrypted::{Before, Encrypted, Keys};

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
/// What is set once beside what the demo says, and not set once: where nobody answers, as it is told of the demo's
/// incident.
const ALSO: [(&str, &str); 3] = [
    ("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/services/T01/B01/x"),
    ("DISCORD_WEBHOOK_URL", "http://127.0.0.1:9/api/webhooks/1/x"),
    ("HEARTBEAT_URL", "http://127.0.0.1:9/heartbeat"),
];
/// A platform sets as many variables, which are sorted otherwise than a few.
const VARIABLES: usize = 40;
/// What runs only outside of callgrind, whose processor is an old one and whose kernel tells no time, or where a
/// certificate is of a public authority.
const UNSEEN: [&str; 13] = [
    "_dl_new_object",
    "_dl_setup_hash",
    "get_nprocs",
    "7x86_sha8compress",
    "_adx",
    "fe4_c",
    "fe4_sub",
    "fiat_25519_from_bytes",
    "x25519_ge_dbl_4",
    "vaes_avx2",
    "parse_certificatepolicies",
    "parse_authorityinfoaccess",
    "certificate_timestamp",
];
/// How much of what begins alike has to have run, in percent, or it is looked at in smaller parts.
const MOST: u64 = 90;
/// The shortest beginning of a name, in bytes.
const SHORTEST: usize = 16;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments
        .next()
        .expect("the program, with names of version 0, linked to the C library's archives");
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
    let plain = settings(&text);
    let mut encrypted = Encrypted::new();
    let mut all = by_tls(&plain, &mut encrypted);
    all.extend(ALSO.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let port = &plain["PORT"];
    // Twice, as not everything happens each time: one comes to know of the demo's first incident, and one starts with
    // what is kept of it and of the one before, asks by TLS, as in production, and tells somebody.
    let state = folder.path().join("state");
    let mut run = BTreeSet::new();
    for settings in [&plain, &all] {
        let service = Service::start(&binary, settings, &state);
        let began = Instant::now();
        while !ask(port, "/api/v2/summary.json").contains("\"incidents\":[{") {
            assert!(began.elapsed() < OPENED, "the demo opens an incident");
            std::thread::sleep(Duration::from_secs(1));
        }
        run.append(&mut service.rests());
    }
    let symbols = symbols(&binary);
    add_unseen(&mut run, &symbols);
    let demo_id = Pid::from_child(&demo);
    kill_process(demo_id, Signal::TERM).expect("it runs");
    demo.wait().expect("it ends");

    let functions = functions(&symbols, &run);
    let beginnings = Beginnings::of(&functions);
    assert!(
        !beginnings.found.is_empty(),
        "nothing that ran has a name in {binary}"
    );
    let members = members(&archives(Path::new(&binary)), &run);
    let script = script(&beginnings.found, &members);
    std::fs::write(SCRIPT, &script).expect("it is written");
    let sum = |run: bool| -> u64 {
        let functions = functions
            .values()
            .filter(|function| !run || function.has_run);
        functions.map(|function| function.size).sum()
    };
    println!(
        "{SCRIPT}: {} members of archives, and {} beginnings of names for {} kB, of which {} kB have run; {} kB are all",
        members.len(),
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
fn settings(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect()
}

/// The same with everybody asked by TLS.
fn by_tls(plain: &BTreeMap<String, String>, encrypted: &mut Encrypted) -> BTreeMap<String, String> {
    let port = |url: &str| Url::parse(url).expect("a URL").port().expect("a port");
    let mut settings = plain.clone();
    let url = settings.get_mut("DATABASE_URL").expect("it is set");
    let behind = port(url);
    let postgres = encrypted.serve(behind, Keys::Rsa, Before::Question);
    *url = url.replace(
        &format!("127.0.0.1:{behind}"),
        &format!("localhost:{postgres}"),
    ) + "?sslmode=require";
    let url = settings.get_mut("SUPABASE_URL").expect("it is set");
    let behind = port(url);
    let supabase = encrypted.serve(behind, Keys::Ecdsa, Before::Nothing);
    let pages = encrypted.serve(behind, Keys::Rsa, Before::Nothing);
    let address = |port: u16| format!("https://localhost:{port}");
    let behind = url.clone();
    *url = address(supabase);
    let urls = settings.get_mut("STATUS_PAGES").expect("it is set");
    *urls = urls.replace(&behind, &address(pages));
    let roots = encrypted.roots().display().to_string();
    settings.insert("SSL_CERT_FILE".to_owned(), roots);
    settings
}

/// A service whose functions are noted as they run.
struct Service {
    counted: Counted,
    port: String,
}

impl Service {
    /// With these settings, and what it writes in this folder.
    fn start(binary: &str, settings: &BTreeMap<String, String>, state: &Path) -> Self {
        let port = port();
        let mut command = Command::new(binary);
        command
            .envs(settings)
            .envs((0..VARIABLES).map(|nth| (format!("VARIABLE_{nth}"), "1")))
            .env("PORT", &port)
            .env("LOG_FORMAT", "json")
            .env("STATE_DIR", state);
        Self {
            counted: Counted::start(&command).expect("valgrind is installed"),
            port,
        }
    }

    /// Lets it rest, and ends it: the names of the functions that ran.
    fn rests(mut self) -> BTreeSet<String> {
        std::thread::sleep(REST);
        for path in ASKED {
            let answer = ask(&self.port, path);
            assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        }
        self.counted.functions().expect("it says")
    }
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

/// A name of a function: those that do the same have become one, which has the names of all.
struct Symbol {
    address: u64,
    /// In bytes.
    size: u64,
    name: String,
}

/// All names of functions of the program.
fn symbols(binary: &str) -> Vec<Symbol> {
    let listed = Command::new("nm")
        .args(["--print-size", "--defined-only", binary])
        .output()
        .expect("binutils is installed");
    let listed = String::from_utf8(listed.stdout).expect("plain names");
    let function = |line: &str| match line.split(' ').collect::<Vec<_>>()[..] {
        [address, size, "t" | "T" | "w" | "W", name] => Some(Symbol {
            address: u64::from_str_radix(address, 16).ok()?,
            size: u64::from_str_radix(size, 16).ok()?,
            name: name.to_owned(),
        }),
        _ => None,
    };
    listed.lines().filter_map(function).collect()
}

/// Adds what callgrind does not see, and all names of what it has seen under one of them.
fn add_unseen(run: &mut BTreeSet<String>, symbols: &[Symbol]) {
    let unseen = |name: &str| UNSEEN.iter().any(|part| name.contains(part));
    let ran = symbols
        .iter()
        .filter(|symbol| run.contains(&symbol.name) || unseen(&symbol.name));
    let addresses: BTreeSet<_> = ran.map(|symbol| symbol.address).collect();
    let names = symbols
        .iter()
        .filter(|symbol| addresses.contains(&symbol.address));
    run.extend(names.map(|symbol| symbol.name.clone()));
}

/// All functions of the program, by their names without what differs from one compiler to the next.
fn functions(symbols: &[Symbol], run: &BTreeSet<String>) -> BTreeMap<String, Function> {
    let mut functions = BTreeMap::<_, Function>::new();
    for Symbol { name, size, .. } in symbols {
        let function = functions.entry(lasting(name)).or_default();
        function.size += size;
        function.has_run |= run.contains(name);
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

/// What is linked by its members, as it is not made of a section for each function.
struct Archive {
    path: PathBuf,
    /// Which files may be it.
    files: &'static str,
    /// Of the names of its members: `*`, where what stands before a hyphen may differ.
    beginning: &'static str,
    /// Where its functions lie.
    sections: &'static str,
}

/// The C library, and ring. `libm.a` may only say where the archive is.
fn archives(binary: &Path) -> [Archive; 3] {
    let path = |name: &str| {
        let said = Command::new("cc")
            .arg(format!("-print-file-name={name}"))
            .output()
            .expect("a C compiler is installed");
        PathBuf::from(String::from_utf8(said.stdout).expect("a path").trim())
    };
    let given = path("libm.a");
    let group = std::fs::read(&given).expect("it is there");
    let group = String::from_utf8_lossy(&group);
    let is_libm = |word: &&str| word.contains("/libm-");
    let libm = group.split_whitespace().find(is_libm).map(PathBuf::from);
    let of_c = |files, path| Archive {
        path,
        files,
        beginning: "",
        sections: ".text .text.*",
    };
    let built = std::fs::read_dir(binary.with_file_name("deps")).expect("it is built there");
    let is_ring = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with("libring-") && name.ends_with(".rlib"))
    };
    // Builds before this one may have left theirs, which have the same members.
    let rings = built.filter_map(|file| Some(file.ok()?.path()));
    let ring = Archive {
        path: rings.filter(is_ring).max().expect("ring is a part of it"),
        files: "*libring-*.rlib",
        beginning: "*-",
        sections: ".text",
    };
    [
        of_c("*libc*.a", path("libc.a")),
        of_c("*libm*.a", libm.unwrap_or(given)),
        ring,
    ]
}

/// The members of these archives in which something has run, as the script names them.
fn members(archives: &[Archive], run: &BTreeSet<String>) -> BTreeSet<String> {
    let mut members = BTreeSet::new();
    for archive in archives {
        let listed = Command::new("nm")
            .args(["-A", "--defined-only"])
            .arg(&archive.path)
            .output()
            .expect("binutils is installed");
        let listed = String::from_utf8(listed.stdout).expect("plain names");
        let Archive {
            files,
            beginning,
            sections,
            ..
        } = archive;
        let before = members.len();
        for line in listed.lines() {
            let (place, symbol) = line.rsplit_once(':').expect("where it is defined");
            let (_, member) = place.rsplit_once(':').expect("the archive");
            let Some((_, name)) = symbol.rsplit_once(' ') else {
                continue;
            };
            if !run.contains(name) {
                continue;
            }
            let member = match member.split_once('-') {
                Some((_, member)) if !beginning.is_empty() => member,
                _ => member,
            };
            members.insert(format!("{files}:{beginning}{member}({sections})"));
            // Which of those that do the same runs depends on the processor, and callgrind's is an old one.
            let kind = member.find("-avx").or_else(|| member.find("-sse"));
            for newer in ["evex", "avx512"] {
                let same = kind.map(|at| &member[..at]);
                members.extend(
                    same.map(|does| format!("{files}:{beginning}{does}-{newer}*.o({sections})")),
                );
            }
        }
        assert!(
            members.len() > before,
            "nothing of {} has run: is it a part of the program?",
            archive.path.display()
        );
    }
    members
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

fn script(beginnings: &[&str], members: &BTreeSet<String>) -> String {
    let mut script = String::from(
        "/* What a service at rest runs, side by side: made by `make orderfile`, and read by the linker of the image. */\n\
         SECTIONS\n{\n  .text :\n  {\n",
    );
    for beginning in beginnings {
        // What is cold stands in `.text.unlikely`. Writing into a string cannot fail.
        let _ = writeln!(script, "    *(.text*.{beginning}*)");
    }
    for member in members {
        let _ = writeln!(script, "    {member}");
    }
    script.push_str("  }\n}\nINSERT AFTER .eh_frame;\n");
    script
}
