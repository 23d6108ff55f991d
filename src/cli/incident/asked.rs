//! Which instance is asked, and how it is answered.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use crate::app::neighbour::Neighbour;
use crate::app::neighbour::incidents::Told;
use crate::cli::answer::{Answer, Output};
use crate::cli::suffix::Suffix;
use crate::cli::via;
use crate::settings::Settings;

/// Whom to ask.
#[derive(Debug, Args)]
pub(in crate::cli) struct InstanceArgs {
    /// The instance that is asked, and shown DRAGONFLY_TOKEN; the one on this machine (HOST, PORT) where it is left out
    #[arg(long, value_name = "URL")]
    via: Option<String>,
    /// The environment that the instance has to be of, such as prod
    #[arg(long, value_name = "ENV")]
    env: Option<String>,
}

/// Whom to ask, and how to answer.
#[derive(Debug, Args)]
pub(in crate::cli) struct Asked {
    #[command(flatten)]
    instance: InstanceArgs,
    /// How to answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

impl InstanceArgs {
    /// The instance; says on stderr which one it is, or why it cannot be asked.
    pub(in crate::cli) async fn instance(
        &self,
        answer: &mut Answer,
        settings: &Settings,
    ) -> Result<Neighbour, ExitCode> {
        match &self.via {
            Some(url) => via::at(answer, settings, url, self.env.as_deref()).await,
            None => {
                let url = Neighbour::url_here(settings);
                let found = via::at(answer, settings, &url, self.env.as_deref()).await;
                found.inspect_err(|_| {
                    eprintln!("  asked: {url}, as HOST and PORT say; --via URL asks another one");
                })
            }
        }
    }

    /// What a command has to say, too, so that it asks the same instance.
    fn suffix(&self, neighbour: &Neighbour) -> Suffix {
        let address = neighbour.address();
        let via = self.via.as_ref().map(|_| address.as_str());
        Suffix::new(via, self.env.as_deref()).checking(&address)
    }
}

impl Asked {
    /// An answer in the form that is asked for.
    pub(in crate::cli) fn answer(&self) -> Answer {
        Answer::new(self.output)
    }

    /// As of [`InstanceArgs::instance`].
    pub(in crate::cli) async fn instance(
        &self,
        answer: &mut Answer,
        settings: &Settings,
    ) -> Result<Neighbour, ExitCode> {
        self.instance.instance(answer, settings).await
    }

    /// What a command has to say, too, so that it asks the same instance.
    pub(in crate::cli) fn suffix(&self, neighbour: &Neighbour) -> Suffix {
        self.instance.suffix(neighbour)
    }

    /// Prints what it has answered: as it was sent, or as this page.
    pub(in crate::cli) fn show<T>(
        &self,
        answer: &Answer,
        neighbour: &Neighbour,
        told: &Told<T>,
        page: impl FnOnce(&T, &Suffix, Timestamp) -> String,
    ) {
        answer.give(&told.document, || {
            page(&told.told, &self.suffix(neighbour), Timestamp::now())
        });
    }
}
