//! A terminal of its own for a command.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;

/// Runs a command on a terminal of its own, where that is typed.
pub(crate) async fn typed(
    settings: &[(&str, &str)],
    arguments: &str,
    answer: &str,
) -> (Option<i32>, String) {
    let binary = env!("CARGO_BIN_EXE_dragonfly-ops");
    let mut process = tokio::process::Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{binary} {arguments}"))
        .arg("/dev/null")
        .env_clear()
        .envs(settings.iter().copied())
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("script is a part of every Debian");
    let mut terminal = process.stdin.take().expect("it is piped");
    terminal
        .write_all(answer.as_bytes())
        .await
        .expect("it reads");
    // Kept open: the end of what is typed would end the terminal.
    let output = process.wait_with_output().await.expect("it ends");
    drop(terminal);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}
