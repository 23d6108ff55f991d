//! `dragonfly-ops completions`

use std::process::ExitCode;

use clap::Command;
use clap_complete::Shell;

use crate::cli::render;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
Where a shell looks for it:
  bash  ~/.local/share/bash-completion/completions/dragonfly-ops
  fish  ~/.config/fish/completions/dragonfly-ops.fish
  zsh   a file called _dragonfly-ops in a folder of $fpath";

/// Prints what the shell has to read.
pub(super) fn run(program: Command, shell: Shell) -> ExitCode {
    render::print(&script(program, shell));
    ExitCode::SUCCESS
}

fn script(mut program: Command, shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "dragonfly-ops", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_learns_the_commands() {
        let queue = Command::new("queue").subcommand(Command::new("pause"));
        for shell in Shell::value_variants() {
            let program = Command::new("dragonfly-ops").subcommand(queue.clone());
            let script = script(program, *shell);
            for word in ["dragonfly-ops", "queue", "pause"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
