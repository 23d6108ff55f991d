use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

const MARKER: &str = "zqcanary7";

/// Enough of the marker to know it again where the text was cut.
const MARKER_START: &str = "zqc";

/// Whatever opens, closes or disturbs something.
const SHREDS: &[&str] = &[
    "'", "''", "\"", "\\", "\\'", "$", "$$", "$t$", "$1", "--", "/*", "*/", "\n", "\r", " ",
    "\u{b}", "\u{7f}", "\0", "e'", "E'", "U&'", "u&\"", "U&", "N'", "x'", "b", "0x", "1", "1e",
    ".", "..", "_", "a", "é", "’", "\u{a0}", "\u{202e}", "٣", "`", "{", "?", ";", "&", "(", "…",
];

/// Whole pieces, so that nothing is open behind them.
const FRAGMENTS: &[&str] = &[
    "SELECT",
    "a.b",
    "t1",
    "é",
    "v$x",
    "$1",
    "(",
    ")",
    ",",
    "::",
    "#>>",
    "'it''s'",
    "'a'\n'b'",
    "E'\\''",
    "e'a'\n'\\''",
    "U&'\\0027'",
    "N'-- '",
    "B'01'",
    "X'1F'",
    "$$ ' $$",
    "$q$ $$ \" $q$",
    "1.5e-3",
    "0x1F",
    "1_000",
    ".5",
    "-- it's\n",
    "/* ' /* \" */ $$ */",
    "\"Name\"",
    "\"odd \"\" '\"",
    "U&\"d\\0022\"",
];

/// What stands right before a literal. None of it ends with a string constant, since that would
/// be one constant together with the next.
const GLUES: &[&str] = &[
    "(", "= ", ",\n", "*", "-- '\r= ", "/**/=", "select", "select ", "e ", "1", "1e", "$1",
];

type Quoting = fn(&str) -> String;

const QUOTINGS: &[(&str, Quoting)] = &[
    ("plain", |body| in_quotes("'", body)),
    ("escapes by setting", |body| format!("'{}'", escape(body))),
    ("E", |body| format!("E'{}'", escape(body))),
    ("e, doubled", |body| in_quotes("e'", &double(body, '\\'))),
    ("U&", |body| in_quotes("U&'", &double(body, '\\'))),
    ("N", |body| in_quotes("N'", body)),
    ("B", |body| in_quotes("b'", body)),
    ("X", |body| in_quotes("X'", body)),
    ("dollar", |body| format!("$${}$$", body.replace('$', ""))),
    ("dollar tag", |body| format!("$töst_1${body}$töst_1$")),
    ("continued", |body| in_quotes("'a' \n '", body)),
    ("E continued", |body| {
        format!("E'\\'' -- it's\r\n '{}'", escape(body))
    }),
    ("line comment", |body| {
        format!("-- {}\n", body.replace(is_line_break, ""))
    }),
    ("block comment", |body| {
        format!("/* /**/ {} */", body.replace(['*', '/'], ""))
    }),
    ("name", |body| format!("\"{} \"", double(body, '"'))),
    ("U& name", |body| format!("u&\"{} \"", double(body, '"'))),
];

fn in_quotes(opening: &str, body: &str) -> String {
    format!("{opening}{}'", double(body, '\''))
}

fn double(body: &str, quote: char) -> String {
    body.replace(quote, &format!("{quote}{quote}"))
}

fn escape(body: &str) -> String {
    double(body, '\\').replace('\'', "\\'")
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (query, expected) in cases {
        assert_eq!(mask(query, usize::MAX), *expected, "{query:?}");
    }
}

#[test]
fn the_shape_of_a_statement_stays() {
    check(&[
        ("", ""),
        (" \t\r\n\u{b}\u{c} ", ""),
        ("SELECT 1", "SELECT ?"),
        (
            "  SELECT a.*,\n\tb :: text\x0cFROM t1 AS \"T2\";\n",
            "SELECT a.*, b :: text FROM t1 AS \"T2\";",
        ),
        (
            "select $1, $2::int, x->>'k' from t where a[1:2] @> array['x','y'] and b <> $10",
            "select $1, $2::int, x->>? from t where a[?:?] @> array[?,?] and b <> $10",
        ),
        (
            "ALTER ROLE app WITH LOGIN PASSWORD 's3cr3t' VALID UNTIL '2030-01-01'",
            "ALTER ROLE app WITH LOGIN PASSWORD ? VALID UNTIL ?",
        ),
        (
            "autovacuum: VACUUM public.jobs (to prevent wraparound)",
            "autovacuum: VACUUM public.jobs (to prevent wraparound)",
        ),
        ("<insufficient privilege>", "<insufficient privilege>"),
    ]);
}

#[test]
fn constants_are_hidden() {
    check(&[
        ("a='x'::b", "a=?::b"),
        ("'it''s' x", "? x"),
        ("''''", "?"),
        ("'' x", "? x"),
        ("'a' 'b' x", "? ? x"),
        ("'a'\n'b' x", "? x"),
        ("'a' -- c\r\n 'b' x", "? x"),
        ("'a' -- c", "?"),
        ("'a' /* c\n */ 'b' x", "? ? x"),
        ("E'\\'secret\\\\' x", "? x"),
        ("e'a''b\\'c' x", "? x"),
        // The second part inherits the escapes, and only if it is one.
        ("E'a'\n'\\'secret' x", "? x"),
        ("E'a' -- '\n\n '\\'secret' x", "? x"),
        ("E'a' '\\'secret' x", "? ?"),
        ("U&'d\\0061t' UESCAPE '!' x", "? UESCAPE ? x"),
        ("U&'\\\\x' u&'a''b' x", "? ? x"),
        ("U & 'a'", "U & ?"),
        ("B'01' X'1F' N'n' b'' x'' n'' x", "? ? ? ? ? ? x"),
        ("$$it's$$ x", "? x"),
        ("$t$ $$ $T$ $tt$ $ $t$ x", "? x"),
        ("$$ $a$$ x", "? x"),
        ("$$a$$$$b$$ x", "?? x"),
        ("$é_1$a$é_1$ x", "? x"),
        ("'x\0\u{202e}' x", "? x"),
        ("true 'true'", "true ?"),
    ]);
}

#[test]
fn numbers_are_hidden_unless_they_belong_to_a_name_or_parameter() {
    check(&[
        ("0 1 42 007", "? ? ? ?"),
        ("1.5 1. .5 1.5e10 1e-5 1.E+5", "? ? ? ? ? ?"),
        ("0x1F 0XfF 0o17 0b01 1_000.000_1 0x_ff", "? ? ? ? ? ?"),
        ("-1+2*3", "-?+?*?"),
        ("1..10 a.5", "?? a?"),
        ("2024-01-31 127.0.0.1", "?-?-? ???"),
        ("1::int,(2)", "?::int,(?)"),
        ("1'x'", "??"),
        ("table1 t_2 a1b2 é3", "table1 t_2 a1b2 é3"),
        ("$1 $12345", "$1 $12345"),
    ]);
}

#[test]
fn comments_are_dropped() {
    check(&[
        ("a/* secret */b", "a b"),
        ("a /* x */ /* y */ b", "a b"),
        ("a /* 'x /* \" */ $$ */ b", "a b"),
        ("a /*/ secret /*/**/*/ */ b", "a b"),
        ("a /***/ b /* **/ c", "a b c"),
        ("a -- it's\nb", "a b"),
        ("a -- it's\rb", "a b"),
        ("a--b\n-c - -d", "a -c - -d"),
        ("a */* x */ b", "a * b"),
        ("a +-- x", "a +"),
        ("a /*traceparent='00-1'*/", "a"),
        ("/* tag */ a", "a"),
    ]);
}

#[test]
fn names_are_shown_if_short_and_plain() {
    check(&[
        ("a \"B_1\".\"é\" c", "a \"B_1\".\"é\" c"),
        ("\"a b\" \"a-b\" \"a$b\" c", "\"?\" \"?\" \"?\" c"),
        (
            "\"\" \"a\"\"b\" \"'\" \"\\\" c",
            "\"?\" \"?\" \"?\" \"?\" c",
        ),
        ("U&\"d\\0061t\" u&\"plain\" c", "\"?\" \"?\" c"),
        (
            "a.U&\"b\" \"a\"U&\"b\" U&U&\"b\"",
            "a.\"?\" \"a\" \"?\" U& \"?\"",
        ),
        ("straße 名前 имя v$session", "straße 名前 имя v$session"),
    ]);
    let longest = "n".repeat(MAX_NAME_BYTES);
    let too_many_bytes = "é".repeat(32);
    check(&[
        (&format!("a {longest} b"), &format!("a {longest} b")),
        (&format!("a \"{longest}\" b"), &format!("a \"{longest}\" b")),
        (&format!("a {longest}n b"), "a ? b"),
        (&format!("a \"{longest}n\" b"), "a \"?\" b"),
        (&format!("a {too_many_bytes} b"), "a ? b"),
        (&format!("a \"{too_many_bytes}\" b"), "a \"?\" b"),
    ]);
}

#[test]
fn uncertainty_hides_the_rest() {
    for uncertain in [
        // Constants that end elsewhere for another server.
        "'x\\' secret",
        "'x\\y' secret",
        "'x'\n'\\y' secret",
        "N'x\\' secret",
        "B'1\\' secret",
        "X'1\\' secret",
        "U&'x\\' secret",
        // A quote that was meant as a letter.
        "'Kathleen O'Brien secret', 'x'",
        "'O'Brien.secret', 1, 'it's'",
        "'5'3\" secret', 'x'",
        "E'O'Brien secret'",
        "N'O'Brien secret'",
        "'d'$secret",
        "'d'.secret",
        "'d'(secret)",
        "'d'[secret]",
        "'d'\"secret\"",
        "$$d$$secret",
        // What has no end.
        "'secret",
        "'secret''",
        "'a'\n'secret",
        "E'secret\\'",
        "E'secret\\",
        "U&'secret",
        "$$secret$",
        "$t$secret$$",
        "$t$secret$T$",
        "/* secret",
        "/* /* */ secret",
        "\"secret",
        "\"secret\"\"",
        "U&\"secret",
        // Numbers and parameters that run into something else.
        "1a secret",
        "1e'\\'secret'",
        "1e+ secret",
        "1é secret",
        "1$$secret$$",
        "0xg secret",
        "0x1Fu&'secret'",
        "1.5x'secret'",
        "$1a secret",
        "$1$$secret$$",
        "$123456 secret",
        "$1234567890123456",
        // Dollar signs that are neither.
        "$ secret",
        "$secret",
        "$t-$secret$t-$",
        "a$$secret$$",
        "a$t$secret$t$",
        // What does not belong outside of literals.
        "\\secret",
        "\\'secret'",
        "\0secret",
        "\u{1}secret",
        "\u{7f}secret",
        "\u{85}secret",
        "\u{a0}secret",
        "\u{2028}secret",
        "\u{202e}secret",
        "\u{200b}secret",
        "\u{fffd}secret",
        "‘secret’",
        "٣٤٥ secret",
        "😀 secret",
        "`secret`",
        "{secret}",
    ] {
        check(&[
            (uncertain, "?"),
            (&format!("SELECT a, {uncertain}"), "SELECT a, ?"),
        ]);
    }
    check(&[("a\u{a0}secret", "a?"), ("x = 'a'\\", "x = ??")]);
}

#[test]
fn long_results_are_cut() {
    for (max_chars, expected) in [
        (0, ""),
        (1, "…"),
        (2, "é…"),
        (9, "é = ? AN…"),
        (15, "é = ? AND é <>…"),
        (16, "é = ? AND é <> ?"),
        (17, "é = ? AND é <> ?"),
        (usize::MAX, "é = ? AND é <> ?"),
    ] {
        assert_eq!(mask("é = 'a' AND é <> 'b' ", max_chars), expected);
    }
}

/// Nothing is measured: with a quadratic step it would not come to an end in time.
#[test]
fn hostile_texts_take_linear_time() {
    for shred in [
        "/*", "/**/", "*/", "--\n", "'a'\n", "'a' ", "E'a'--\n", "''", "\"\"", "\"a\" ", "$a$ ",
        "$$ $$", "$a", "$1 ", "a$", "1 ", "1_", ".", "1e5 ", " ", "U&", "U&\"a\"", "a",
    ] {
        let repeated = shred.repeat(100_000);
        for opening in ["", "'", "E'", "$$", "$a$", "/*", "\"", "'a'"] {
            assert!(mask(&format!("{opening}{repeated}"), 100).chars().count() <= 100);
        }
    }
}

fn noise() -> impl Strategy<Value = String> {
    let shred = prop_oneof![
        9 => select(SHREDS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(shred, 0..24).prop_map(|shreds| shreds.concat())
}

fn statement() -> impl Strategy<Value = String> {
    prop::collection::vec(select(FRAGMENTS), 0..8).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_panics(text in any::<String>(), max_chars in any::<usize>()) {
        prop_assert!(mask(&text, max_chars).chars().count() <= max_chars);
    }

    #[test]
    fn planted_literals_do_not_survive(
        before in statement(),
        glue in select(GLUES),
        (style, quote) in select(QUOTINGS),
        (head, tail) in (noise(), noise()),
        behind in noise(),
        cut in any::<Index>(),
    ) {
        let literal = quote(&format!("{head}{MARKER}{tail}"));
        let text = format!("{before} {glue}{literal}{behind}");
        let chars = text.chars().count();
        let cut_text: String = text.chars().take(cut.index(chars + 1)).collect();
        // Cut between two doubled quotes, a name is another whole name, and names are shown.
        let is_a_name = style.ends_with("name") && cut_text.ends_with('"');
        for text in std::iter::once(&text).chain((!is_a_name).then_some(&cut_text)) {
            let masked = mask(text, usize::MAX);
            prop_assert!(!masked.contains(MARKER_START), "{style}: {text:?} -> {masked:?}");
        }
    }

    #[test]
    fn complete_pieces_hide_nothing_behind_them(before in statement()) {
        let masked = mask(&format!("{before} = shown"), usize::MAX);
        prop_assert!(masked.ends_with("= shown"), "{before:?} -> {masked:?}");
    }

    #[test]
    fn numbers_do_not_survive(
        number in "[0-9]{1,20}(\\.[0-9]{0,9})?([eE][+-]?[0-9]{1,3})?|\\.[0-9]{1,9}\
                   |0[xX][0-9a-fA-F]{1,16}|0[oO][0-7]{1,9}|0[bB][01]{1,9}\
                   |[0-9]{1,3}(_[0-9]{3}){1,4}",
        (before, shown) in select(&[("a = ", "a = "), ("(", "("), ("-", "-"), ("'x' ", "? ")][..]),
        behind in select(&["", " b", ")", "::int", ";"][..]),
    ) {
        let masked = mask(&format!("{before}{number}{behind}"), usize::MAX);
        prop_assert_eq!(masked, format!("{shown}?{behind}"));
    }

    #[test]
    fn results_are_harmless_and_stable(text in noise()) {
        let masked = mask(&text, usize::MAX);
        let is_harmless =
            |c: char| is_plain(c) || " $\"".contains(c) || PUNCTUATION.contains(c);
        prop_assert!(masked.chars().all(is_harmless), "{text:?} -> {masked:?}");
        prop_assert_eq!(mask(&masked, usize::MAX), masked);
    }

    #[test]
    fn results_fit(text in noise(), max_chars in 0_usize..40) {
        let whole = mask(&text, usize::MAX);
        let masked = mask(&text, max_chars);
        if whole.chars().count() <= max_chars {
            prop_assert_eq!(masked, whole);
        } else {
            prop_assert_eq!(masked.chars().count(), max_chars);
            prop_assert!(max_chars == 0 || masked.ends_with(ELLIPSIS));
        }
    }
}
