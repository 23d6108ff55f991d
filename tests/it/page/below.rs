//! The pages behind a proxy that serves them below a path of its own.

use dragonfly_ops::dev::scene::Scene;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::driver::Browser;
use super::stage::Stage;
use crate::harness::OPERATOR;

const BELOW: &str = "/ops";

/// Serves what is at an address below a path, and nothing beside it; where that is.
async fn proxy(to: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.expect("somebody");
            tokio::spawn(pass_on(client, to.clone()));
        }
    });
    format!("http://127.0.0.1:{port}")
}

/// One request, as the connection ends with it. Who goes away is no failure of this test.
async fn pass_on(mut client: TcpStream, to: String) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&head);
    let (line, rest) = text.split_once("\r\n").expect("a line");
    let prefix = format!(" {BELOW}/");
    if !line.contains(&prefix) {
        let nothing = b"HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        return client.write_all(nothing).await;
    }
    let line = line.replacen(&prefix, " /", 1);
    let rest = rest.replace("Connection: keep-alive\r\n", "");
    let head = format!("{line}\r\nX-Forwarded-Prefix: {BELOW}\r\nConnection: close\r\n{rest}");
    let mut service = TcpStream::connect(to).await?;
    service.write_all(head.as_bytes()).await?;
    copy_bidirectional(&mut client, &mut service).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_serve_the_pages_below_a_path_of_its_own() {
    let stage = Stage::set(Scene::AllRed, &[]);
    let address = stage.url.trim_start_matches("http://").to_owned();
    let outside = proxy(address).await;
    let browser = Browser::start().await;
    browser.asked().await;
    let home = format!("{outside}{BELOW}/");
    browser.go(&home).await;
    browser.shows("Act now").await;
    browser
        .click(".cause a[href='/ops/errors/DFE-DB-001']")
        .await;
    browser.shows("Database pooler status").await;
    browser.click("header a[href='/ops/incidents']").await;
    browser.shows("Sign in").await;
    browser.click("header a[href='/ops/sign-in']").await;
    browser.fill("input[name=token]", OPERATOR).await;
    browser.click("main form button").await;
    browser.shows("Sign out operator").await;
    let at = browser.run("return location.pathname").await;
    // Whoever signs in is led back to where they were.
    assert_eq!(at, "/ops/incidents");
    // The cookie goes to where it came from, and is taken away there.
    browser.click("header form button").await;
    browser.shows("Sign in").await;
    let asked = browser.asked().await;
    let elsewhere: Vec<_> = asked
        .iter()
        .filter(|url| url.starts_with("http") && !url.starts_with(&home))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    let events = format!("{home}status/events");
    assert!(asked.contains(&events), "{asked:?}");
}
