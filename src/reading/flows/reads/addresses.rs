//! What the addresses of Supabase's REST API name, and the headers that choose the schema.

use serde_json::Value;

use crate::reading::flows::catalogue;
use crate::reading::flows::flow::Node;
use crate::reading::flows::parameters::Leaf;

/// What an address of it has before the name.
const REST: &str = "/rest/v1/";
/// The schema of whatever names none.
pub(super) const PUBLIC: &str = "public";

/// The headers that choose a schema: one for what is read, one for what is written or called.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    accept: Option<String>,
    content: Option<String>,
}

impl Profiles {
    /// Remembers a header.
    pub(super) fn see(&mut self, leaf: &Leaf<'_>) {
        let header = |name: &str| {
            leaf.name
                .eq_ignore_ascii_case(name)
                .then(|| leaf.text.to_owned())
        };
        self.accept = self.accept.take().or_else(|| header("Accept-Profile"));
        self.content = self.content.take().or_else(|| header("Content-Profile"));
        // Headers can also be given as one text of JSON.
        let text = leaf.text.trim_start_matches('=').trim_start();
        if text.starts_with('{')
            && text.contains("-Profile")
            && let Ok(Value::Object(headers)) = serde_json::from_str(text)
        {
            for (name, value) in &headers {
                if let Some(text) = value.as_str() {
                    self.see(&Leaf { name, text });
                }
            }
        }
    }

    /// The schema of a node's requests. Code says neither its method nor its headers, so there any
    /// of them counts.
    pub(super) fn of(&self, node: &Node) -> &str {
        let (accept, content) = (self.accept.as_deref(), self.content.as_deref());
        let chosen = match node.text("method").or_else(|| node.text("requestMethod")) {
            Some(method) if method.starts_with('=') => accept.or(content),
            Some("GET" | "HEAD") => accept,
            Some(_) => content,
            None if catalogue::base_name(&node.kind) == Some("httpRequest") => accept,
            None => accept.or(content),
        };
        chosen.unwrap_or(PUBLIC)
    }
}

/// The names in the addresses of a text, and whether each is a function; nothing where it is an
/// expression.
pub(super) fn addresses(text: &str) -> Vec<Option<(String, bool)>> {
    let mut found = Vec::new();
    for (at, mark) in text.match_indices(REST) {
        let rest = text.get(at + mark.len()..).unwrap_or_default();
        let (rest, is_function) = match rest.strip_prefix("rpc/") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end).unwrap_or_default();
        if goes_on(after) {
            found.push(None);
        } else if !name.is_empty() && name != "rpc" {
            found.push(Some((name.to_owned(), is_function)));
        }
        // Nothing but the root: the description of the API.
    }
    found
}

/// Whether a name can have it.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Whether an expression follows, so that a name is not whole.
fn goes_on(after: &str) -> bool {
    if ["{{", "${", "$", "%", "<", ":"]
        .iter()
        .any(|mark| after.starts_with(mark))
    {
        return true;
    }
    let Some(after) = after.strip_prefix(['"', '\'', '`']) else {
        return false;
    };
    let Some(next) = after.trim_start().strip_prefix('+') else {
        return false;
    };
    // `'/rest/v1/x' + '?select=y'` is whole.
    let next = next.trim_start();
    !next
        .strip_prefix(['"', '\'', '`'])
        .is_some_and(|next| next.starts_with(['?', '/', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_from_an_address() {
        let table = |name: &str| vec![Some((name.to_owned(), false))];
        let function = |name: &str| vec![Some((name.to_owned(), true))];
        for (text, expected) in [
            (
                "https://a.supabase.co/rest/v1/plaintiffs",
                table("plaintiffs"),
            ),
            (
                "https://a.supabase.co/rest/v1/plaintiffs/",
                table("plaintiffs"),
            ),
            (
                "={{$env.SUPABASE_URL}}/rest/v1/x?select=id&id=eq.{{ $json.id }}",
                table("x"),
            ),
            ("={{ $env.URL + '/rest/v1/x' }}", table("x")),
            (
                "={{ $env.URL + '/rest/v1/x' + '?id=eq.' + $json.id }}",
                table("x"),
            ),
            ("fetch(`${url}/rest/v1/x?id=eq.${id}`)", table("x")),
            (
                "{{ $env.URL }}/rest/v1/rpc/close_case",
                function("close_case"),
            ),
            ("https://a.supabase.co/rest/v1/", vec![]),
            ("https://a.supabase.co/rest/v1/rpc", vec![]),
            ("https://a.supabase.co/storage/v1/x", vec![]),
            ("={{ $env.URL }}/rest/v1/{{ $json.table }}", vec![None]),
            ("={{ $env.URL }}/rest/v1/rpc/{{ $json.name }}", vec![None]),
            ("={{ $env.URL }}/rest/v1/case_{{ $json.kind }}", vec![None]),
            ("={{ $env.URL + '/rest/v1/' + $json.table }}", vec![None]),
            (
                "={{ $env.URL + '/rest/v1/case_' + $json.kind }}",
                vec![None],
            ),
            ("fetch(`${url}/rest/v1/${table}`)", vec![None]),
        ] {
            assert_eq!(addresses(text), expected, "{text}");
        }
    }

    #[test]
    fn a_name_is_whole_unless_an_expression_goes_on() {
        for (after, expected) in [
            ("", false),
            ("?x", false),
            ("/", false),
            ("{{ x }}", true),
            ("${x}", true),
            ("$x", true),
            ("%s", true),
            ("<x>", true),
            (":x", true),
            ("{x", false),
            ("'", false),
            ("' x", false),
            ("' + x", true),
            ("'+x", true),
            ("\" + x", true),
            ("` + x", true),
            ("' + '?x'", false),
            ("' + \"/x\"", false),
            ("' + `#x`", false),
            ("' + 'x'", true),
            (" + x", false),
        ] {
            assert_eq!(goes_on(after), expected, "{after}");
        }
    }

    #[test]
    fn each_address_of_a_text_is_read() {
        let found = addresses("'/rest/v1/a_1.b-ü?x' /rest/v1/rpc/f) /rest/v1/?x /rest/v1/rpc");
        let expected = [
            Some(("a_1.b-ü".to_owned(), false)),
            Some(("f".to_owned(), true)),
        ];
        assert_eq!(found, expected);
    }
}
