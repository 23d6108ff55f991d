//! Holds the arrows between the floors and the rooms of `src`, by the syntax tree.
//!
//! A room is a file; a floor is what stands directly below `src`. An arrow is any path from one room
//! into another: in a `use`, in an expression, a type or a pattern, among the tokens of a macro, in
//! an attribute. A room that only declares those below it and hands their names on has no arrow to
//! them; one that calls them has, and if they use its types in turn, that is a circle.
//!
//! What only the tests inside `src` name counts for the floors, as a test that reaches up holds its
//! floor in place just as well. It does not count for circles and figures.

#[path = "architecture/house.rs"]
mod house;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use house::{Arrow, House, Named, Room};

/// From the top to the bottom: a floor may name its own rooms and the floors in the rows below.
const FLOORS: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["http"],
    &["app", "dev"],
    &["adapters"],
    &["telemetry"],
    &["settings"],
    &["reading"],
    &["domain"],
];

/// Floors that only these may name: the default of `make run` is the command line's business.
const ONLY_FOR: &[(&str, &[&str])] = &[("dev", &["cli"])];

/// What comes from outside, and the floors that may name it.
const FOREIGN: &[(&str, &[&str])] = &[
    ("axum", &["http", "dev"]),
    ("clap", &["cli", "main"]),
    ("hyper", &["http", "adapters"]),
    ("hyper_util", &["http"]),
    ("maud", &["http"]),
    ("prometheus", &["telemetry"]),
    ("reqwest", &["adapters"]),
    ("sqlx", &["adapters", "dev"]),
    // Of the settings it is the folder for what is temporary; variables are read in one place (`clippy.toml`).
    ("std::env", &["cli", "settings"]),
    ("toml", &["settings"]),
    ("tower", &["http", "adapters"]),
    ("tower_http", &["http"]),
    ("tracing_subscriber", &["cli", "settings", "telemetry"]),
];

fn may_name(from: &str, to: &str) -> bool {
    let row = |floor: &str| FLOORS.iter().position(|row| row.contains(&floor));
    let is_allowed = ONLY_FOR
        .iter()
        .all(|(floor, only)| *floor != to || only.contains(&from));
    from == to || (is_allowed && row(from) < row(to))
}

/// What the room names and must not.
fn breach(house: &House, arrow: &Arrow) -> Option<(String, String)> {
    let from = house.rooms[arrow.from].floor()?;
    let (is_allowed, to) = match &arrow.to {
        Named::Room(to) => (may_name(from, house.rooms[*to].floor()?), house.name(*to)),
        Named::Foreign(name) => {
            let (outside, floors) = FOREIGN.iter().find(|(outside, _)| {
                let rest = name.strip_prefix(outside);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            })?;
            (floors.contains(&from), (*outside).to_owned())
        }
    };
    (!is_allowed).then(|| (house.name(arrow.from), to))
}

#[test]
fn every_floor_is_there_and_there_is_no_other() {
    let house = House::read();
    let built: BTreeSet<_> = house.rooms.iter().filter_map(Room::floor).collect();
    let planned: BTreeSet<_> = FLOORS.iter().flat_map(|row| *row).copied().collect();
    assert_eq!(built, planned);
}

#[test]
fn arrows_point_down_only() {
    let house = House::read();
    let breaches = house
        .arrows
        .iter()
        .filter_map(|arrow| breach(&house, arrow));
    let breaches: BTreeSet<_> = breaches.collect();
    assert!(
        breaches.is_empty(),
        "these name what they must not: {breaches:#?}"
    );
}

#[test]
fn no_rooms_need_each_other_in_a_circle() {
    let circles = House::read().circles();
    let circles: Vec<_> = circles
        .iter()
        .map(|circle| circle.arrows.as_str())
        .collect();
    assert!(
        circles.is_empty(),
        "a circle:\n{}",
        circles.join("\na circle:\n")
    );
}

#[test]
fn no_way_to_name_a_room_slips_through() {
    let other_rooms = [
        "lib.rs",
        "domain/mod.rs",
        "domain/fault.rs",
        "http/mod.rs",
        "http/edge.rs",
    ];
    for (text, expected) in [
        (
            "use crate::{domain::fault::{self, Kind}, http::edge as e};",
            "domain::fault http::edge",
        ),
        (
            "use crate::http; fn f() { http::edge::g() }",
            "http http::edge",
        ),
        ("use super::http::edge::*;", "http::edge"),
        ("fn f() { crate::http::edge::g() }", "http::edge"),
        (
            "type F = Vec<crate::domain::fault::Fault>;",
            "domain::fault",
        ),
        ("fn f() { assert!(matches!(1, crate::http::X)) }", "http"),
        (
            "macro_rules! m { () => { use $crate::{domain::fault}; $crate::http::g() } }",
            "domain::fault http",
        ),
        (
            "#[serde(with = \"crate::http::edge\")] struct S;",
            "http::edge",
        ),
        (
            "#[derive(crate::http::D)] struct S { a: [u8; crate::domain::N] }",
            "domain http",
        ),
        ("mod inner { fn f() { super::super::http::g() } }", "http"),
        (
            "mod inner { use super::*; } fn f(http: u8) -> u8 { self::g(http) }",
            "",
        ),
        (
            "use sqlx::query as q; fn f() { q::g(); ::axum::h() }",
            "axum::h sqlx::query sqlx::query::g",
        ),
        ("pub(in crate::http) fn f() {} /* crate::http::g() */", ""),
    ] {
        let room = |name: &str, text: &str| (name.into(), text.to_owned());
        let mut texts: Vec<_> = other_rooms.iter().map(|name| room(name, "")).collect();
        texts.push(room("app.rs", text));
        let house = House::of(texts);
        let named = house.arrows.iter().map(|arrow| match &arrow.to {
            Named::Room(to) => house.name(*to),
            Named::Foreign(name) => name.clone(),
        });
        let named: Vec<_> = named.collect::<BTreeSet<_>>().into_iter().collect();
        assert_eq!(named.join(" "), expected, "{text}");
    }
}

#[test]
fn a_room_that_hands_on_what_is_below_it_is_in_no_circle() {
    let circles = |parent: &str| {
        let texts = [
            ("lib.rs", "pub mod a;"),
            ("a/mod.rs", parent),
            (
                "a/b.rs",
                "use super::T; fn f(_: T) {} #[cfg(test)] mod tests { use crate::c::d; }",
            ),
            ("c.rs", "pub fn d() { crate::a::f() }"),
        ];
        let house = House::of(texts.map(|(name, text)| (name.into(), text.to_owned())));
        let circles = house.circles().into_iter();
        circles.map(|circle| circle.rooms).collect::<Vec<_>>()
    };
    assert!(circles("mod b; pub use self::b::f; pub struct T;").is_empty());
    let both = ["a".to_owned(), "a::b".to_owned()];
    assert_eq!(
        circles("mod b; fn g() { b::f() } pub struct T;"),
        [both.into()]
    );
}

/// `make arrows`
#[test]
#[ignore = "prints figures and holds nothing"]
fn figures() {
    let house = House::read();
    let mut lines: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for room in &house.rooms {
        let (rooms, lines) = lines.entry(room.floor().unwrap_or("lib")).or_default();
        *rooms += usize::from(!room.is_test);
        *lines += room.lines_of_code();
    }
    let mut uses: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for arrow in house
        .arrows
        .iter()
        .filter(|arrow| arrow.is_use && !arrow.is_test)
    {
        let from = house.rooms[arrow.from].floor();
        let to = match arrow.to {
            Named::Room(to) => house.rooms[to].floor(),
            Named::Foreign(_) => None,
        };
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            *uses.entry((from, to)).or_default() += 1;
        }
    }
    println!("floor      rooms  lines  names what is in");
    for floor in FLOORS.iter().flat_map(|row| *row) {
        let (rooms, lines) = lines.get(floor).copied().unwrap_or_default();
        let mut text = String::new();
        for ((_, to), count) in uses.iter().filter(|((from, _), _)| from == floor) {
            let _ = write!(text, " {to} {count}");
        }
        println!("{floor:10} {rooms:5}  {lines:5} {text}");
    }
    let (rooms, all) = lines
        .values()
        .fold((0, 0), |sum, (rooms, lines)| (sum.0 + rooms, sum.1 + lines));
    println!(
        "{:10} {rooms:5}  {all:5}  {} in all",
        "",
        uses.values().sum::<usize>()
    );
    for circle in house.circles() {
        println!("a circle of {}: {:?}", circle.rooms.len(), circle.rooms);
    }
}
