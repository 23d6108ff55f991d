//! What the status page shows, from memory: nobody is asked, so it is there when nobody answers.

use jiff::Timestamp;

use crate::app::App;
use crate::domain::access::Role;
use crate::domain::status::{Frame, Status};

impl App {
    /// Everything at a glance, as `role` may see it.
    #[must_use]
    pub fn status(&self, role: Role) -> Status {
        let look = self.looks.borrow().clone();
        let frame = Frame {
            now: Timestamp::now(),
            interval: u32::try_from(self.settings.watch_interval.as_secs()).unwrap_or(u32::MAX),
            role,
        };
        let incidents = self.shown_incidents(role, frame.now);
        let quiet = self.incidents.known().quiet_now(role, frame.now);
        let status = Status::of(&self.history.memory(), look.as_deref(), frame);
        status
            .after(incidents, self.knows_all_incidents(), quiet)
            .beside(self.vendor_pages.all(), (&self.history.keeping()).into())
    }
}
