//! What stands in front of a line's message: time, level, process, and the line of an access log.
//!
//! # Design notes
//!
//! Only two things are asked of a head: whether there is one, since it begins an event, and whether
//! its writer calls the line evidence at all. So times are recognised and not read.

/// What the writer of a line says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// All is as it should be: no evidence.
    Quiet,
    /// It does not say.
    Unknown,
    /// What Postgres and its poolers call `LOG`: mostly nothing, now and then all there is.
    Log,
    /// Something is wrong.
    Bad,
}

/// The head of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// What the writer says of the line.
    pub(super) level: Level,
    /// Where the message begins, in bytes.
    pub(super) message: usize,
    /// The line goes on with the event before, as `DETAIL` of Postgres does.
    pub(super) goes_on: bool,
    /// The line repeats a statement.
    pub(super) is_statement: bool,
}

/// How many words a head may take.
const MAX_WORDS: usize = 12;

impl Level {
    /// The level that a word names.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "trace" | "trce" | "trc" | "debug" | "debu" | "dbug" | "dbg" | "debug1" | "debug2"
            | "debug3" | "debug4" | "debug5" | "verbose" | "silly" | "fine" | "finer"
            | "finest" | "info" | "inf" | "information" | "informational" | "notice"
            | "success" => Self::Quiet,
            "log" => Self::Log,
            "warn" | "warning" | "wrn" | "error" | "err" | "erro" | "eror" | "severe"
            | "critical" | "crit" | "fatal" | "fata" | "ftl" | "panic" | "emerg" | "emergency"
            | "alert" => Self::Bad,
            _ => return None,
        })
    }

    /// The level that a number stands for in pino, bunyan and Python.
    pub(super) fn of_number(number: i64) -> Self {
        match number {
            10..=39 => Self::Quiet,
            _ => Self::Bad,
        }
    }
}

/// The head of a line; nothing where it has none.
pub(super) fn of(line: &str) -> Option<Head> {
    let plain = |level, message| Head {
        level,
        message,
        goes_on: false,
        is_statement: false,
    };
    if let Some(level) = access(line) {
        return Some(plain(level, 0));
    }
    let start = carried(line);
    if let Some(level) = logfmt(&line[start..]) {
        return Some(plain(level, start));
    }
    if let Some((level, message)) = lettered(&line[start..]) {
        return Some(plain(level, start + message));
    }
    let mut has_time = false;
    let mut in_front = true;
    let mut message = start;
    for (index, word) in words(&line[start..]).take(MAX_WORDS).enumerate() {
        let at = start + word.0;
        let bare = word.1.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let name = bare.split(['/', ':']).next().unwrap_or(bare);
        let is_marked = word.1 != bare && !word.1.starts_with(['"', '\'', '(']);
        let is_shouted = name.len() > 2 && name.bytes().all(|b| !b.is_ascii_lowercase());
        if let Some((goes_on, is_statement)) = beside(name, word.1, index == 0 || has_time) {
            return Some(Head {
                level: Level::Unknown,
                message: at,
                goes_on,
                is_statement,
            });
        }
        let may_be_level = if index == 0 {
            (is_shouted && (is_marked || word.1 == name)) || (is_marked && word.1.starts_with('['))
        } else {
            has_time && (is_shouted || is_marked || stands_between_bars(line, at, word.1))
        };
        if may_be_level
            && let Some(level) = Level::of_word(name)
            && (index > 0 || is_marked || is_alone_in_front(&line[at + word.1.len()..]))
        {
            return Some(plain(level, at));
        }
        let is_time = is_time(word.1);
        has_time |= is_time && in_front;
        if !has_time {
            break;
        }
        in_front &= is_time || is_filler(word.1);
        if in_front {
            message = at + word.1.len();
        }
    }
    has_time.then(|| plain(redis(&line[message..]), message))
}

/// The words of a text and where they stand.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split([' ', '\t'])
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// `WARN message`: a level that is followed by words, and not the whole line.
fn is_alone_in_front(behind: &str) -> bool {
    behind.starts_with([' ', '\t'])
}

/// `| error |`.
fn stands_between_bars(line: &str, at: usize, word: &str) -> bool {
    line[..at].trim_end().ends_with('|') && line[at + word.len()..].trim_start().starts_with('|')
}

/// What Postgres says beside a message: whether it goes on, and whether it is a statement.
fn beside(name: &str, word: &str, may_be: bool) -> Option<(bool, bool)> {
    if !may_be || !word.ends_with(':') {
        return None;
    }
    match name {
        "DETAIL" | "HINT" | "CONTEXT" | "LOCATION" | "WHERE" => Some((true, false)),
        "STATEMENT" | "QUERY" => Some((true, true)),
        _ => None,
    }
}

/// What carried the line here: a container's name, the number of syslog.
fn carried(line: &str) -> usize {
    if line.starts_with("[pod/") {
        return line.find("] ").map_or(0, |end| end + 2);
    }
    let name = line
        .bytes()
        .take(64)
        .take_while(|b| b.is_ascii_alphanumeric() || b"_.-".contains(b))
        .count();
    let behind = line[name..].trim_start_matches(' ');
    let is_name = name > 1 && line[..name].contains(|c: char| c.is_ascii_alphabetic());
    if is_name && behind.starts_with("| ") && Level::of_word(&line[..name]).is_none() {
        return line.len() - behind.len() + 2;
    }
    if line.starts_with('<')
        && let Some(end) = line[..line.floor_char_boundary(5)].find('>')
        && line[1..end].bytes().all(|b| b.is_ascii_digit())
    {
        return end + 1;
    }
    0
}

/// `level=info msg="..."`.
fn logfmt(line: &str) -> Option<Level> {
    let front = &line[..line.floor_char_boundary(240)];
    ["level=", "lvl=", "severity="].iter().find_map(|key| {
        let at = front.find(key)?;
        let is_key = at == 0 || front[..at].ends_with([' ', '\t']);
        let word = front[at + key.len()..].trim_start_matches('"');
        let end = word
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(word.len());
        is_key.then(|| Level::of_word(&word[..end]))?
    })
}

/// `E1124 03:00:00` of klog, `E, [2026-...` of Ruby.
fn lettered(line: &str) -> Option<(Level, usize)> {
    let bytes = line.as_bytes();
    let level = match bytes.first()? {
        b'D' | b'I' => Level::Quiet,
        b'W' | b'E' | b'F' => Level::Bad,
        _ => return None,
    };
    if line[1..].starts_with(", [") {
        return Some((level, 4));
    }
    let is_klog = bytes.len() > 8
        && bytes[1..5].iter().all(u8::is_ascii_digit)
        && bytes[5] == b' '
        && bytes[6].is_ascii_digit();
    is_klog.then(|| (level, line.find("] ").map_or(5, |end| end + 2)))
}

/// `* message`, `# message`: how Redis says how bad it is.
fn redis(message: &str) -> Level {
    match message.trim_start().as_bytes() {
        [b'*' | b'-' | b'.', b' ', ..] => Level::Quiet,
        [b'#', b' ', ..] => Level::Bad,
        _ => Level::Unknown,
    }
}

/// Whether a word is a time or a date, or part of one.
fn is_time(word: &str) -> bool {
    let word = word.trim_matches(['[', ']', '(', ')', ',', '|']);
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_of_time = |b: u8| b.is_ascii_digit() || b":.,-/+TZ".contains(&b);
    let parts = word.split([':', '-', '/']).count();
    let has_month = MONTHS
        .iter()
        .any(|month| word == *month || word.contains(&format!("/{month}/")));
    has_month
        || (digits >= 4 && parts >= 3 && word.bytes().all(is_of_time) && !is_address(word))
        // `1:M`, as Redis begins.
        || word.split_once(':').is_some_and(|(process, role)| {
            role.len() == 1
                && role.bytes().all(|b| b.is_ascii_uppercase())
                && !process.is_empty()
                && process.bytes().all(|b| b.is_ascii_digit())
        })
        || word.starts_with("time=") || word.starts_with("ts=")
}

/// Whether it is an address of IPv6 rather than a time.
fn is_address(word: &str) -> bool {
    word.contains("::")
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// What may stand between the time and the message: zones, processes, numbers.
fn is_filler(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    // What Redis says of the level is no separator.
    (bare.is_empty() && !matches!(word, "*" | "#" | "."))
        || (!bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()))
        || matches!(
            bare,
            "UTC" | "GMT" | "CET" | "CEST" | "AM" | "PM" | "EST" | "PST" | "Z"
        )
}

/// The line of an access log, by the status of the answer.
fn access(line: &str) -> Option<Level> {
    let status = if let Some(at) = line.find(" HTTP/") {
        let quoted = line[..at].rfind(['"', '\''])?;
        let begins = line[quoted + 1..].trim_start();
        if !METHODS.iter().any(|method| begins.starts_with(method)) {
            return None;
        }
        let behind = &line[at + 6..];
        behind.split_once(['"', '\''])?.1.trim_start()
    } else {
        let front = line.trim_start_matches(|c: char| !c.is_ascii_uppercase());
        let (method, rest) = front.split_once(' ')?;
        let is_begin = line.len() - front.len() < 40;
        if !is_begin || !METHODS.contains(&method) {
            return None;
        }
        let (target, behind) = rest.split_once(' ')?;
        if !target.starts_with('/') {
            return None;
        }
        behind.trim_start_matches(|c: char| !c.is_ascii_digit())
    };
    let digits: String = status.chars().take_while(char::is_ascii_digit).collect();
    if digits.len() != 3 {
        return None;
    }
    match digits.parse::<u16>().ok()? {
        // What a caller did wrong is no failure of whoever keeps the log.
        100..=499 => Some(Level::Quiet),
        500..=599 => Some(Level::Unknown),
        _ => None,
    }
}

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
