//! Markdown: what people wrote stays text in it, whoever renders it.
//!
//! # Design notes
//!
//! What has a meaning in Markdown is escaped. That is not enough where a renderer makes links of what looks
//! like one (`www.`, an address, `@somebody`, `#7`): no escape keeps GitHub from that, but it leaves code
//! alone. So such a word is set as code.

use std::fmt::Write as _;

/// What has a meaning wherever it stands.
const SPECIAL: &str = "\\`*_{}[]<>#|~&!$";
/// What has one at the beginning of a line.
const SPECIAL_FIRST: &str = "-+=:";

/// A text on one line: lines of it become one.
pub(super) fn line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().map(word).collect();
    at_start(&words.join(" "))
}

/// A text of several lines, each indented by so many spaces but the first. Blank lines are left out where it
/// is indented: there it is a part of a list.
pub(super) fn block(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut out = String::new();
    let mut gap = false;
    for text in text.lines() {
        let line = line(text);
        if line.is_empty() {
            gap = !out.is_empty();
            continue;
        }
        if !out.is_empty() {
            let end = if gap && indent == 0 { "\n" } else { "\\" };
            // Writing into a string cannot fail.
            let _ = write!(out, "{end}\n{margin}");
        }
        out.push_str(&line);
        gap = false;
    }
    out
}

/// A text as code: nothing in it has a meaning.
pub(super) fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

fn word(word: &str) -> String {
    if looks_like_link(word) {
        return code(word);
    }
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        if SPECIAL.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn looks_like_link(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    lower.contains('@')
        || lower.contains("www.")
        || lower.contains("://")
        || lower.contains("gh-")
        || lower.starts_with("mailto:")
        || lower
            .split('#')
            .skip(1)
            .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// What would begin a list, underline a heading or rule a table does not.
fn at_start(line: &str) -> String {
    if line.starts_with(|c| SPECIAL_FIRST.contains(c)) {
        return format!("\\{line}");
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match &line[digits..] {
        rest if digits > 0 && rest.starts_with(['.', ')']) => {
            format!("{}\\{rest}", &line[..digits])
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use markdown::{CompileOptions, Constructs, Options, ParseOptions, to_html_with_options};

    use super::*;

    /// As GitHub shows it, with all that is dangerous.
    fn shown(markdown: &str) -> String {
        let constructs = Constructs {
            math_flow: true,
            math_text: true,
            ..Constructs::gfm()
        };
        let options = Options {
            parse: ParseOptions {
                constructs,
                ..ParseOptions::gfm()
            },
            compile: CompileOptions {
                allow_dangerous_html: true,
                allow_dangerous_protocol: true,
                ..CompileOptions::default()
            },
        };
        to_html_with_options(markdown, &options).expect("it is no MDX")
    }

    /// The text of a page that has paragraphs, line breaks and code, and nothing else.
    fn text_of(html: &str) -> Result<String, String> {
        let mut text = html.replace("<br />", "");
        for tag in ["<p>", "</p>", "<code>", "</code>"] {
            text = text.replace(tag, "");
        }
        if text.contains('<') {
            return Err(format!("it is more than text: {html}"));
        }
        for (entity, c) in [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&amp;", "&"),
        ] {
            text = text.replace(entity, c);
        }
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_people_write_is_no_link_no_html_and_no_heading() {
        for text in [
            "# a heading",
            "a heading\n===",
            "a heading\n---",
            "- a\n- list",
            "1. a list",
            "2) another",
            "+ one more",
            "> a quote",
            "\"><script>alert(1)</script>",
            "<b>bold</b> and *italic* and _that_ and ~~gone~~",
            "[a link](https://evil.example) and <https://evil.example>",
            "![](https://evil.example/x.png)",
            "https://evil.example and www.evil.example and http\\://x",
            "me@evil.example @channel @everyone <!channel> #7 o/r#8 GH-9",
            "[x]: https://evil.example\n\n[x]",
            "`code` and ``more`` and ` one",
            "```\na fence\n```",
            "~~~\na fence\n~~~",
            "    indented",
            "a | b\n--|--\n1 | 2",
            ": \\\n:-",
            "&lt;b&gt; &#64; &copy;",
            "a  \nb\\\nc\\",
            "[^1] and $x$ and $$y$$ and $`z`$",
            "***\n___\n* * *",
            "[ ] todo\n- [x] done",
            "> [!NOTE]\n> x",
            "[[a|b]]",
            "mailto:x xmpp:y ftp://z",
        ] {
            let html = shown(&block(text, 0));
            assert_eq!(text_of(&html), Ok(words(text)), "{}", block(text, 0));
        }
    }

    #[test]
    fn what_stands_in_a_list_stays_in_its_place() {
        let text = "first\n\n- second\n# third\n```\nfourth";
        let html = shown(&format!("- **10:00** {}\n- next", block(text, 2)));
        assert_eq!(html.matches("<li>").count(), 2, "{html}");
        assert_eq!(html.matches("<ul>").count(), 1, "{html}");
        assert!(!html.contains("<h1") && !html.contains("<pre"), "{html}");
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_written_stays_text(text in "[-+=#>*_`~|<>&!$@:./()\\[\\]{}\\\\\"'^ a1\\n\\t]{0,40}") {
            let html = shown(&block(&text, 0));
            proptest::prop_assert_eq!(text_of(&html), Ok(words(&text)), "{}", block(&text, 0));
        }
    }
}
