//! What the taxonomy says, as a page shows it: addresses are links, commands are code.

use maud::{Markup, html};

use crate::http::link;

/// What a part of a sentence is that is more than text begins with.
const BEGIN: &[&str] = &["https://", "dragonfly-ops ", "/api/"];

/// The sentence, its addresses as links and its commands as code.
pub(in crate::http) fn prose(text: &str) -> Markup {
    let Some(at) = BEGIN.iter().filter_map(|begin| text.find(begin)).min() else {
        return html! { (text) };
    };
    let (before, from) = text.split_at(at);
    let (part, after) = from.split_at(end(from));
    html! {
        (before)
        @if part.starts_with("dragonfly-ops") { code { (part) } }
        @else { a href=(link::to(part)) { (part) } }
        (prose(after))
    }
}

/// Where it ends. An address ends before a space; a command goes on, and what stands in quotes is of it.
fn end(from: &str) -> usize {
    let is_command = from.starts_with("dragonfly-ops");
    let mut is_quoted = false;
    let mut chars = from.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_last = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        match c {
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            ' ' if is_command => {}
            c if c.is_whitespace() => return at,
            ',' | ';' | ')' => return at,
            '.' | ':' if is_last => return at,
            _ => {}
        }
    }
    from.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::taxonomy::Code;

    #[test]
    fn addresses_are_links_and_commands_are_code() {
        for (text, expected) in [
            ("Plain <text>.", "Plain &lt;text&gt;."),
            (
                "See https://a.example.com/; or wait.",
                "See <a href=\"https://a.example.com/\">https://a.example.com/</a>; or wait.",
            ),
            (
                "Lock trees in /api/health/ops",
                "Lock trees in <a href=\"/api/health/ops\">/api/health/ops</a>",
            ),
            (
                "Run dragonfly-ops migrate. End it (dragonfly-ops restart X --reason \"a, b.\"); then",
                "Run <code>dragonfly-ops migrate</code>. End it \
                 (<code>dragonfly-ops restart X --reason &quot;a, b.&quot;</code>); then",
            ),
        ] {
            assert_eq!(prose(text).into_string(), expected);
        }
    }

    #[test]
    fn nothing_of_the_taxonomy_is_lost() {
        for code in Code::ALL {
            for text in [code.entry().fix, code.entry().first_check] {
                let page = prose(text).into_string();
                let mut shown = String::new();
                for part in page.split('<') {
                    shown += part.split_once('>').map_or(part, |(_, text)| text);
                }
                let shown = shown.replace("&quot;", "\"").replace("&amp;", "&");
                assert_eq!(shown, text);
                assert_eq!(
                    page.matches("<code>").count(),
                    text.matches("dragonfly-ops ").count()
                );
            }
        }
    }
}
