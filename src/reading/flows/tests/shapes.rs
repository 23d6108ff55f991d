//! Secrets and placeholders at the borders of their shapes, addresses and names character by
//! character.

use crate::reading::flows::placeholders::{self, HOLE, Sort};
use crate::reading::flows::secrets;

/// Put together here, so that no scanner takes the source for a leak.
fn join(start: &str, rest: &str) -> String {
    format!("{start}{rest}")
}

#[test]
fn each_shape_of_a_secret_has_its_kind_and_its_least_length() {
    for (kind, start, least, digit) in [
        ("a secret key of Supabase", "sb_secret_", 8, false),
        ("an access token of Supabase", "sbp_", 16, true),
        ("a secret key of Stripe", "sk_live_", 16, false),
        ("a webhook secret", "whsec_", 16, false),
        ("an API key", "sk-", 16, true),
        ("a token of GitHub", "ghp_", 20, false),
        ("a token of GitHub", "gho_", 20, false),
        ("a token of GitHub", "ghs_", 20, false),
        ("a token of GitHub", "github_pat_", 20, false),
        ("a token of GitLab", "glpat-", 16, false),
        ("a token of Slack", "xoxb-", 10, true),
        ("a token of Slack", "xoxp-", 10, true),
        ("a token of Slack", "xapp-", 10, true),
        ("an API key of Google", "AIza", 30, false),
        ("an API key of SendGrid", "SG.", 20, true),
        ("a webhook of Slack", "hooks.slack.com/services/", 20, true),
        (
            "a webhook of Discord",
            "discord.com/api/webhooks/",
            30,
            true,
        ),
        (
            "a webhook of Discord",
            "discordapp.com/api/webhooks/",
            30,
            true,
        ),
    ] {
        let letters = "a".repeat(least - 1);
        for (text, expected) in [
            (format!("{start}{letters}1"), Some(kind)),
            (format!("({start}{letters}1)"), Some(kind)),
            (format!("{start}{}1", "a".repeat(least - 2)), None),
            (format!("{start}{letters}a"), (!digit).then_some(kind)),
            (format!("{start}{letters} 1"), None),
            (format!("x{start}{letters}1"), None),
        ] {
            assert_eq!(secrets::kind(&text), expected, "{text}");
        }
    }
}

#[test]
fn a_secret_has_the_kind_of_its_shape() {
    let token = |parts: [usize; 3]| {
        let [a, b, c] = parts.map(|length| "a".repeat(length));
        join("eyJ", &format!("{a}.{b}.{c}"))
    };
    let jwt = Some("a JSON web token");
    let aws = Some("an access key of AWS");
    let key = Some("a private key");
    let url = Some("a URL with a password");
    let header = Some("a literal Authorization header");
    for (text, expected) in [
        (token([8, 8, 8]), jwt),
        (token([7, 8, 8]), None),
        (token([8, 7, 8]), None),
        (token([8, 8, 7]), None),
        (format!("x {}", token([8, 8, 8])), jwt),
        (format!("x{}", token([8, 8, 8])), None),
        (token([8, 8, 8]).replace('.', ","), None),
        (join("AKIA", "ABCDEFGHIJKLMN12"), aws),
        (join("ASIA", "ABCDEFGHIJKLMN12"), aws),
        (join("AKIA", "ABCDEFGHIJKLMN1"), None),
        (join("AKIA", "ABCDEFGHIJKLMN123"), None),
        (join("AKIA", "ABCDEFGHIJKLMn12"), None),
        (join("AKIA", "EXAMPLEHIJKLMN12"), None),
        (join("-----BEGIN ", "PRIVATE KEY-----"), key),
        (join("-----BEGIN ", "CERTIFICATE-----"), None),
        ("PRIVATE KEY-----".to_owned(), None),
        (join("https://u:", "p@h"), url),
        (join("https://u:", "@h"), None),
        (join("https://u:", "p"), None),
        (join("https://u", "p@h"), None),
        (join("https://u:", "$p@h"), None),
        (join("https://u:", "{p}@h"), None),
        (join("https://u:", "[p@h"), None),
        (join("https://u:", "xxx@h"), None),
        (join("https://h/", "u:p@h"), None),
        (join("https://h?", "u:p@h"), None),
        (join("https://u:", "p q@h"), None),
        (join("u:", "p@h"), None),
        (join("Bearer ", "abcdefgh"), header),
        (join("bearer ", "abcdefgh "), header),
        (join("Bearer ", "abcdefg"), None),
        (join("a Bearer ", "abcdefgh"), None),
        (join("Bearer ", "abcdefgh i"), None),
        (join("a Bearer ", "abcdefghijk1"), header),
        (join("a Bearer ", "abcdefghij1"), None),
        (join("a Bearer ", "abcdefghijkl"), None),
        (join("a Basic ", "abcdefghijklmnopqrst"), header),
        (join("a Basic ", "abcdefghijklmnopqrs"), None),
        (join("a Basic ", "a.b~c+d/e=f-g_1"), header),
        (join("Basic ", "********"), None),
    ] {
        assert_eq!(secrets::kind(&text), expected, "{text}");
    }
}

#[test]
fn a_value_of_a_secret_name_is_a_secret_unless_it_stands_for_one() {
    for name in [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "client_secret",
        "Secret-Key",
        "secret access key",
        "apiKey",
        "X-API-Key",
        "api_token",
        "accessToken",
        "refresh_token",
        "bearerToken",
        "auth-token",
        "privateKey",
        "service_role",
        "serviceRoleKey",
    ] {
        assert!(secrets::is_named(name, " hunter2 "), "{name}");
    }
    for value in [
        "true",
        "false",
        "none",
        "null",
        "",
        "  ",
        "=x",
        "a{b",
        "a$b",
        "a<b",
        "a b",
        "your-key",
        "EXAMPLE",
        "placeholder",
        "a...",
        "changeme",
        "***",
        "xXx",
        "•••",
    ] {
        assert!(!secrets::is_named("password", value), "{value}");
    }
    for value in ["truer", "x*y", "xxy"] {
        assert!(secrets::is_named("password", value), "{value}");
    }
    assert!(!secrets::is_named("passwordless", "hunter2"));
}

fn placeholder(text: &str, sort: Sort) -> Option<&'static str> {
    placeholders::kind(&placeholders::literal(text), sort)
}

#[test]
fn each_word_of_a_placeholder_is_known_and_no_part_of_another() {
    for word in ["replace_me", "replace-me", "REPLACEME"] {
        assert_eq!(placeholder(word, Sort::Prose), Some("REPLACE_ME"), "{word}");
    }
    for word in ["changeme", "change_me", "Change-Me"] {
        assert_eq!(placeholder(word, Sort::Prose), Some("changeme"), "{word}");
    }
    for own in [
        "api",
        "key",
        "token",
        "secret",
        "password",
        "project",
        "ref",
        "domain",
        "host",
        "server",
        "url",
        "webhook",
        "instance",
        "supabase",
        "n8n",
        "org",
        "email",
        "account",
        "credential",
        "id",
    ] {
        for text in [
            format!("your_{own}"),
            format!("a-your-{own}/b"),
            format!("1your_{own}_x"),
        ] {
            assert_eq!(placeholder(&text, Sort::Prose), Some("YOUR_..."), "{text}");
        }
        for text in [
            format!("your{own}"),
            format!("your {own}"),
            format!("ayour_{own}"),
            format!("your_{own}x"),
        ] {
            assert_eq!(placeholder(&text, Sort::Prose), None, "{text}");
        }
    }
    for (text, expected) in [
        ("YOUR_THING", Some("YOUR_...")),
        ("YOUR-", Some("YOUR_...")),
        ("your_thing", None),
        ("Your_thing", None),
        ("AYOUR_THING", None),
        ("your order, YOUR_X", Some("YOUR_...")),
    ] {
        assert_eq!(placeholder(text, Sort::Prose), expected, "{text}");
    }
}

#[test]
fn what_is_a_placeholder_depends_on_what_the_text_is() {
    let (value, code, prose) = (Sort::Value, Sort::Code, Sort::Prose);
    for (text, expected) in [
        ("a@example.com", [Some("example.com"), None, None]),
        ("x.example.org/", [Some("example.com"), None, None]),
        ("example.net", [Some("example.com"), None, None]),
        ("xexample.com", [None, None, None]),
        ("example.comx", [None, None, None]),
        ("example.com1", [None, None, None]),
        (
            "xexample.com example.com",
            [Some("example.com"), None, None],
        ),
        (
            "url = 'example.net'",
            [Some("example.com"), Some("example.com"), None],
        ),
        ("a-XXX", [Some("xxx"), None, None]),
        ("token: 'XXX'", [Some("xxx"), Some("xxx"), None]),
        ("xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx", [None, None, None]),
        ("email replacement", [None, None, None]),
        ("email_replacement", [None, None, None]),
        ("changement", [None, None, None]),
        (
            "API_KEY_HERE",
            [Some("..._HERE"), Some("..._HERE"), Some("..._HERE")],
        ),
        (
            "REPLACE_WITH_KEY",
            [Some("..._HERE"), Some("..._HERE"), Some("..._HERE")],
        ),
        ("GO_THERE", [None, None, None]),
        ("xx", [None, None, None]),
        ("xxxy", [None, None, None]),
        ("<token>", [Some("<...>"), None, None]),
        ("<token></x>", [None, None, None]),
        (
            "YOUR_KEY",
            [Some("YOUR_..."), Some("YOUR_..."), Some("YOUR_...")],
        ),
    ] {
        let found = [value, code, prose].map(|sort| placeholder(text, sort));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn between_angle_brackets_stands_a_name_or_something_else() {
    for (text, expected) in [
        ("<token>", true),
        ("<Key>", true),
        ("<thing>", false),
        ("<my thing>", true),
        ("<my_thing>", true),
        ("<my-thing>", true),
        ("<yourthing>", true),
        ("<ABC>", true),
        ("<A1B>", false),
        ("<AB>", false),
        ("<ABc>", false),
        ("<1ABC>", false),
        ("<my.thing>", false),
        ("<ÄBC>", false),
        ("<>", false),
        ("<token", false),
        ("a<token>", false),
        ("1<token>", false),
        ("-<token>", true),
        ("a<b> <token>", true),
    ] {
        assert_eq!(placeholder(text, Sort::Value).is_some(), expected, "{text}");
    }
    for (length, expected) in [(59, true), (60, false)] {
        let text = format!("<{}>", "A".repeat(length));
        assert_eq!(
            placeholder(&text, Sort::Value).is_some(),
            expected,
            "{length}"
        );
    }
}

#[test]
fn each_expression_leaves_one_hole() {
    for (text, expected) in [
        ("={{ a }}", "#"),
        ("a{{ b }}c{{ d }}e", "a#c#e"),
        ("a{{ b", "a#"),
        ("a }} b", "a }} b"),
        ("==a", "=a"),
    ] {
        let expected = expected.replace('#', &HOLE.to_string());
        assert_eq!(placeholders::literal(text), expected, "{text}");
    }
}

#[test]
fn a_name_from_a_file_is_shown_if_it_is_short_and_no_secret() {
    use crate::reading::flows::flow::shown;
    let eighty = "é".repeat(80);
    assert_eq!(shown(&eighty), eighty);
    assert_eq!(shown(&format!("{eighty}x")), format!("{eighty}…"));
    assert_eq!(shown(&join("sb_secret_", "abcdefgh")), "[redacted]");
}
