//! What an answer costs, in user instructions: they do not depend on what else the machine does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use dragonfly_ops::dev::callgrind::Counted;
use dragonfly_ops::dev::cluster::free_port;

use crate::harness::{KEY, Manner, NO_ROWS, Peer, World, command};

/// Each endpoint, and the instructions of an answer as they were last measured. What is built for the tests is not
/// optimised: `make bench` prints what an answer costs where it is deployed.
const LAST: [(&str, u64); 3] = [
    ("/api/health", 52_300),
    ("/api/health/db", 57_700),
    ("/api/health/ready", 66_100),
];
/// How much more it may be, in percent.
const MORE: u64 = 5;
/// How many answers are counted.
const ANSWERS: u64 = 300;

/// Asks again and again, on one connection.
fn ask(connection: &mut BufReader<TcpStream>, path: &str, times: u64) {
    for _ in 0..times {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let stream = connection.get_mut();
        stream.write_all(request.as_bytes()).expect("it is sent");
        let mut length = 0;
        let mut line = String::new();
        connection.read_line(&mut line).expect("it answers");
        assert!(line.starts_with("HTTP/1.1 200 "), "{path}: {line}");
        while line != "\r\n" {
            line.clear();
            connection.read_line(&mut line).expect("a header");
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.trim().parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body).expect("a body");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_costs_no_more_than_it_did() {
    let world = World::with_postgres(&[]);
    let peer = Peer::start(NO_ROWS.to_owned(), Manner::Answer).await;
    let port = free_port().expect("a free port");
    let (text, supabase) = (port.to_string(), format!("http://127.0.0.1:{}", peer.port));
    let settings = [
        ("PORT", text.as_str()),
        ("HOST", "127.0.0.1"),
        ("WATCH_INTERVAL", "0"),
        ("DATABASE_URL", &world.url),
        ("SUPABASE_URL", &supabase),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        // The answers share one check, and what that takes is not theirs.
        ("HEALTH_FRESHNESS_MS", "600000"),
        ("HEALTH_DB_TIMEOUT", "60"),
        ("HEALTH_SUPABASE_TIMEOUT", "60"),
    ];
    let mut counted = Counted::start(&command(&settings)).expect("valgrind is installed");
    let stream = loop {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            break stream;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let mut connection = BufReader::new(stream);
    for (path, _) in LAST {
        ask(&mut connection, path, 20);
    }
    counted.instructions().expect("it says");
    let mut figures = Vec::new();
    for (path, last) in LAST {
        ask(&mut connection, path, ANSWERS);
        let answer = counted.instructions().expect("it says") / ANSWERS;
        figures.push((path, last, answer));
    }
    for (path, last, answer) in &figures {
        assert!(
            *answer <= last * (100 + MORE) / 100,
            "an answer of {path} costs {answer} instructions, and {last} before: {figures:?}"
        );
    }
}
