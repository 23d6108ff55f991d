//! How it stands with what is kept of incidents.

use maud::{Markup, html};

use crate::app::incidents::IncidentKeeping;

/// Whether what is known of incidents is kept, and whole: said only where it is not.
pub(super) fn kept(keeping: &IncidentKeeping) -> Markup {
    html! {
        @if let Some(fault) = &keeping.unread {
            p.banner { "What the database knows of incidents cannot be read: " (fault.detail) }
        } @else if !keeping.has_read {
            p.banner { "What the database knows of earlier incidents has not been read yet." }
        }
        @if let Some(fault) = &keeping.unkept {
            p.banner { "What happens is not kept in the database: " (fault.detail) " " (keeping.pending) " entries wait." }
        }
        @if let Some(fault) = &keeping.evidence {
            p.banner { "Evidence is kept on this machine alone, and not in the database: " (fault.detail) }
        }
        @if let Some(fault) = &keeping.disk { p.banner { (fault.detail) } }
    }
}
