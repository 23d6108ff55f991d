//! The rows of the outbox, as entries of incidents make and settle them.

use serde_json::{Value, json};

use crate::domain::incident::{Book, Delivered, Dispatch, Entry, Name, Outcome, What};

/// The rows that come with these entries, or are settled by them.
pub(super) fn rows(entries: &[Entry], book: &Book) -> Vec<Value> {
    let mut touched: Vec<(&Name, Dispatch)> = Vec::new();
    for entry in entries {
        let Some(name) = &entry.incident else {
            continue;
        };
        match &entry.what {
            What::Delivered(Delivered { dispatch, .. }) | What::Undelivered(dispatch) => {
                touched.push((name, *dispatch));
            }
            _ => {
                let notice = entry.notice();
                touched.extend(notice.iter().flat_map(|notice| {
                    notice.channels.iter().map(|channel| {
                        let (notice, nth, channel) = (notice.kind, notice.nth, *channel);
                        let dispatch = Dispatch {
                            notice,
                            nth,
                            channel,
                        };
                        (name, dispatch)
                    })
                }));
            }
        }
    }
    touched.sort_unstable();
    touched.dedup();
    let row = |(name, dispatch): (&Name, Dispatch)| {
        let dispatches = &book.incident(name)?.told.dispatches;
        let (due, outcome) = dispatches.standing(dispatch);
        let (sent_at, given_up_at, error) = match outcome {
            None => (None, None, None),
            Some(Outcome::Sent(at)) => (Some(at), None, None),
            Some(Outcome::GivenUp(at, text)) => (None, Some(at), Some(text)),
        };
        Some(json!({
            "id": format!("{name}/{dispatch}"), "incident": name, "kind": dispatch.notice, "nth": dispatch.nth,
            "channel": dispatch.channel, "created_at": due?, "sent_at": sent_at, "given_up_at": given_up_at,
            "error": error,
        }))
    };
    touched.into_iter().filter_map(row).collect()
}
