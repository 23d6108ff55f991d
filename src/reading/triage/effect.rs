//! What only followed from something else, as its own sentence says.
//!
//! # Design notes
//!
//! "Cancelled because it exceeded its timeout" speaks of two things, and its writer says which one was first. That
//! something was called off or gave up is where most things end; so it yields to what is named behind the
//! word that asks why.

use crate::domain::taxonomy::Code;
use crate::reading::triage::sign::{BROKE, CLEAR, Sign};

/// What stands between an effect and its cause.
const LINKS: &[&str] = &[
    " because ",
    " due to ",
    " since it ",
    " caused by ",
    "; reason: ",
];

/// Leaves less of what ended or gave up where the same line says why.
pub(super) fn yield_to_causes(said: &str, signs: &mut [Sign]) {
    let mut start = 0;
    for line in said.split('\n') {
        let end = start + line.len();
        let link = LINKS.iter().filter_map(|link| line.find(link)).min();
        if let Some(link) = link.map(|at| start + at) {
            let is_cause = |sign: &Sign| {
                (link..end).contains(&sign.at) && sign.weight >= CLEAR && !is_end(sign.code)
            };
            if signs.iter().any(is_cause) {
                signs
                    .iter_mut()
                    .filter(|sign| is_end(sign.code) && (start..link).contains(&sign.at))
                    .for_each(|sign| sign.weight = sign.weight.min(BROKE));
            }
        }
        start = end + 1;
    }
}

/// Whether a code says that something ended, and not what ended it.
const fn is_end(code: Code) -> bool {
    matches!(code, Code::Cancelled | Code::Internal)
}
