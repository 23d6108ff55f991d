//! Vendors' status pages, as programs read them.

use std::time::Duration;

use reqwest::header::ACCEPT;
use url::Url;

use crate::adapters::peer::{Peer, Profile, TransportError, rate_limited};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::vendor_page::VendorStatus;
use crate::reading::redact::Redactor;
use crate::reading::vendor_page::understand;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// More than any such page is long.
const MAX_BODY: usize = 2 * 1024 * 1024;
/// How long to wait after a 429 that does not say, and at most.
const RATE_WAIT: Duration = Duration::from_secs(300);
const LONGEST_RATE_WAIT: Duration = Duration::from_secs(3_600);
/// What to do where a page says nothing that is understood.
const LOOK: &str = "The page itself, in a browser; its address is in STATUS_PAGES";

pub(super) const PROFILE: Profile = Profile {
    name: "The status page",
    is_behind_proxy: true,
    not_http: Code::NetRefused,
    own_words: &[
        (
            TransportError::Dns,
            "The host name of the status page could not be resolved.",
            None,
        ),
        (
            TransportError::NotHttp,
            "What answers in place of the status page does not speak HTTP.",
            None,
        ),
    ],
};

/// Reads status pages.
#[derive(Debug)]
pub(crate) struct VendorPages {
    peer: Peer,
}

impl VendorPages {
    /// Nothing is connected.
    ///
    /// # Errors
    ///
    /// DFE-INT-001 where no client can be made, which is not foreseen.
    pub(crate) fn new(redactor: Redactor) -> Result<Self, Fault> {
        let peer = Peer::new(&PROFILE, Some(TIMEOUT), redactor, |client| client)?;
        Ok(Self { peer })
    }

    /// What the page at this address says.
    ///
    /// # Errors
    ///
    /// DFE-VAL-003 where it cannot be understood; else the classified cause.
    pub(crate) async fn read(&self, url: &Url) -> Result<VendorStatus, Fault> {
        let request = self.peer.client.get(url.clone());
        let request = request.header(ACCEPT, "application/json");
        let mut response = self.peer.send(request).await.map_err(unread)?;
        let status = response.status().as_u16();
        if status == 429 {
            let headers = response.headers();
            return Err(rate_limited(
                PROFILE.name,
                headers,
                RATE_WAIT,
                LONGEST_RATE_WAIT,
            ));
        }
        let body = self
            .peer
            .read(&mut response, MAX_BODY)
            .await
            .map_err(unread)?;
        if status != 200 {
            return Err(unreadable(&format!("it answered HTTP {status}")));
        }
        if !body.is_whole {
            return Err(unreadable("its answer is too long"));
        }
        understand(&body.bytes).map_err(unreadable)
    }
}

fn unread(fault: Fault) -> Fault {
    fault.check_first(LOOK)
}

fn unreadable(why: &str) -> Fault {
    let detail = format!("The status page is unreadable: {why}.");
    Fault::new(Code::ValData, detail).check_first(LOOK)
}
