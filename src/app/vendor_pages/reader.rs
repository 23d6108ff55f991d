//! Reads vendors' status pages every few minutes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::adapters::vendor_page::VendorPages;
use crate::app::App;
use crate::domain::doctor::{Look, Missed};
use crate::domain::vendor_page::VendorPage;

/// How often they are read.
const EVERY: Duration = Duration::from_secs(300);

impl App {
    /// Reads the pages until the process is on its way out; not at all where there are none to read.
    pub async fn keep_reading_vendor_pages(self: Arc<Self>) {
        if self.settings.status_pages.as_ref().is_ok_and(Vec::is_empty) {
            return;
        }
        loop {
            let look = async {
                if let Ok(pages) = self.look_at_vendor_pages().await.found {
                    self.vendor_pages.replace(pages);
                }
                tokio::time::sleep(EVERY).await;
            };
            tokio::select! {
                () = look => {}
                () = self.lifecycle.draining() => return,
            }
        }
    }

    /// Reads the pages now.
    pub(in crate::app) async fn look_at_vendor_pages(&self) -> Look<Vec<VendorPage>> {
        let began = Instant::now();
        let Ok(wanted) = &self.settings.status_pages else {
            return Look::after("settings.valid");
        };
        if wanted.is_empty() {
            return Look::of(Ok(Vec::new()));
        }
        let pages = match VendorPages::new(self.settings.redactor.clone()) {
            Ok(pages) => pages,
            Err(fault) => return Look::of(Err(Missed::Failed(fault))),
        };
        let reads = wanted.iter().map(|(name, url)| {
            let pages = &pages;
            async move {
                VendorPage {
                    name: name.clone(),
                    found: pages.read(url).await,
                    read_at: Timestamp::now(),
                }
            }
        });
        Look {
            found: Ok(join_all(reads).await),
            took: began.elapsed(),
        }
    }
}
