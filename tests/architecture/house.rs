//! Reads `src` as rooms and the arrows between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// A file below `src`.
pub(crate) struct Room {
    /// Its module, without `crate`.
    module: Vec<String>,
    text: String,
    tree: syn::File,
    /// Compiled for tests only.
    pub(crate) is_test: bool,
}

impl Room {
    pub(crate) fn name(&self) -> String {
        self.module.join("::")
    }

    /// `lib.rs` stands on no floor: it only declares them.
    pub(crate) fn floor(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    /// Lines that hold code, without tests, comments and blank lines.
    pub(crate) fn lines_of_code(&self) -> usize {
        if self.is_test {
            return 0;
        }
        let mut tests = Vec::new();
        for item in &self.tree.items {
            if is_for_tests(attributes(item)) {
                tests.push(item.span().start().line..=item.span().end().line);
            }
        }
        let numbered = (1..).zip(self.text.lines().map(str::trim));
        numbered
            .filter(|(_, line)| !line.is_empty() && !line.starts_with("//"))
            .filter(|(number, _)| !tests.iter().any(|lines| lines.contains(number)))
            .count()
    }
}

/// All rooms.
pub(crate) struct House {
    pub(crate) rooms: Vec<Room>,
    pub(crate) arrows: Vec<Arrow>,
}

/// That one room names something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    /// The room's place in the house.
    pub(crate) from: usize,
    pub(crate) to: Named,
    pub(crate) is_use: bool,
    pub(crate) is_test: bool,
}

/// What is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// Another room.
    Room(usize),
    /// What comes from outside.
    Foreign(String),
}

impl House {
    pub(crate) fn read() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let texts = files(&source).into_iter().map(|file| {
            let text = fs::read_to_string(&file).expect("it is text");
            let within = file.strip_prefix(&source).expect("it is below src");
            (within.to_owned(), text)
        });
        Self::of(texts)
    }

    /// Of files with that path below `src` and that text.
    pub(crate) fn of(texts: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let mut rooms: Vec<Room> = texts.into_iter().map(room).collect();
        let for_tests: Vec<Vec<String>> = rooms.iter().flat_map(modules_for_tests).collect();
        for room in &mut rooms {
            room.is_test = for_tests.iter().any(|test| room.module.starts_with(test));
        }
        let mut arrows = Vec::new();
        for (from, room) in rooms.iter().enumerate() {
            let mut reader = Reader::new(from, &rooms);
            reader.in_test = room.is_test;
            reader.visit_file(&room.tree);
            arrows.append(&mut reader.arrows);
        }
        arrows.sort();
        Self { rooms, arrows }
    }

    pub(crate) fn name(&self, room: usize) -> String {
        self.rooms[room].name()
    }

    /// Rooms that can be reached from each other, and the arrows between them.
    pub(crate) fn circles(&self) -> Vec<Circle> {
        let mut next: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for arrow in &self.arrows {
            if let (Named::Room(to), false) = (&arrow.to, arrow.is_test) {
                next.entry(arrow.from).or_default().insert(*to);
            }
        }
        let reached: Vec<BTreeSet<usize>> = (0..self.rooms.len())
            .map(|room| {
                let mut reached = BTreeSet::new();
                let mut open = vec![room];
                while let Some(at) = open.pop() {
                    let new = next.get(&at).into_iter().flatten();
                    open.extend(new.filter(|to| reached.insert(**to)));
                }
                reached
            })
            .collect();
        let mut circles = Vec::new();
        let mut seen = BTreeSet::new();
        for room in 0..self.rooms.len() {
            let members: BTreeSet<usize> = reached[room]
                .iter()
                .copied()
                .filter(|other| reached[*other].contains(&room))
                .collect();
            if members.len() > 1 && seen.insert(members.clone()) {
                let mut arrows = String::new();
                for (from, to) in next.iter().filter(|(from, _)| members.contains(from)) {
                    for to in to.intersection(&members) {
                        let _ = writeln!(arrows, "    {} -> {}", self.name(*from), self.name(*to));
                    }
                }
                circles.push(Circle {
                    rooms: members.into_iter().map(|room| self.name(room)).collect(),
                    arrows,
                });
            }
        }
        circles
    }
}

/// Rooms that can be reached from each other.
pub(crate) struct Circle {
    pub(crate) rooms: BTreeSet<String>,
    /// One a line.
    pub(crate) arrows: String,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder exists") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn room((file, text): (PathBuf, String)) -> Room {
    let tree = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut module: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    module.pop_if(|last| last == "mod" || last == "lib");
    Room {
        module,
        text,
        tree,
        is_test: false,
    }
}

/// The modules in files of their own that a room declares for tests only.
fn modules_for_tests(room: &Room) -> Vec<Vec<String>> {
    let declared = room.tree.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() && is_for_tests(&module.attrs) => {
            Some(module)
        }
        _ => None,
    });
    declared
        .map(|module| [room.module.clone(), vec![module.ident.to_string()]].concat())
        .collect()
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Where a path leads.
#[derive(Debug, Clone)]
enum Place {
    /// From the root of the crate.
    Here(Vec<String>),
    /// Into another crate.
    Elsewhere(Vec<String>),
}

/// Goes through a room and follows every path.
struct Reader<'a> {
    from: usize,
    rooms: &'a [Room],
    /// The module that is being read, modules inside the file included.
    module: Vec<String>,
    /// What the room calls by a short name.
    names: BTreeMap<String, Place>,
    in_test: bool,
    arrows: Vec<Arrow>,
}

impl<'a> Reader<'a> {
    fn new(from: usize, rooms: &'a [Room]) -> Self {
        Self {
            from,
            rooms,
            module: rooms[from].module.clone(),
            names: BTreeMap::new(),
            in_test: false,
            arrows: Vec::new(),
        }
    }

    fn is_room(&self, module: &[String]) -> bool {
        self.rooms.iter().any(|room| room.module == module)
    }

    fn resolve(&self, path: &[String]) -> Option<Place> {
        let (first, rest) = path.split_first()?;
        let below = |module: &[String], rest: &[String]| [module, rest].concat();
        match first.as_str() {
            "crate" | "dragonfly_ops" => Some(Place::Here(rest.to_vec())),
            "self" => Some(Place::Here(below(&self.module, rest))),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let module = &self.module[..self.module.len().checked_sub(ups)?];
                Some(Place::Here(below(module, &path[ups..])))
            }
            name => Some(match self.names.get(name) {
                Some(Place::Here(path)) => Place::Here(below(path, rest)),
                Some(Place::Elsewhere(path)) => Place::Elsewhere(below(path, rest)),
                None if self.is_room(&below(&self.module, &path[..1])) => {
                    Place::Here(below(&self.module, path))
                }
                None => Place::Elsewhere(path.to_vec()),
            }),
        }
    }

    fn follow(&mut self, path: &[String], is_use: bool, is_reexport: bool) {
        let to = match self.resolve(path) {
            None => return,
            Some(Place::Elsewhere(path)) => Named::Foreign(path.join("::")),
            Some(Place::Here(path)) => {
                let Some(to) = (0..=path.len()).rev().find_map(|length| {
                    let module = &path[..length];
                    self.rooms.iter().position(|room| room.module == module)
                }) else {
                    return;
                };
                let own = &self.rooms[self.from].module;
                let is_below = self.rooms[to].module.starts_with(own);
                // Whoever hands a room below on declares it, and does not need it.
                if to == self.from || (is_reexport && is_below) {
                    return;
                }
                Named::Room(to)
            }
        };
        self.arrows.push(Arrow {
            from: self.from,
            to,
            is_use,
            is_test: self.in_test,
        });
    }

    /// Paths among tokens that are no syntax of Rust yet, and in strings such as serde's.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end(&mut path);
                    }
                    path.push(ident.to_string());
                }
                TokenTree::Group(group) if colons == 2 && group.delimiter() == Delimiter::Brace => {
                    let braced: TokenStream = TokenTree::Group(group).into();
                    if let Ok(tree) = syn::parse2::<UseTree>(braced) {
                        for (_, leaf) in leaves(&tree, &path) {
                            self.follow(&leaf, false, false);
                        }
                    }
                    path.clear();
                }
                TokenTree::Group(group) => {
                    self.end(&mut path);
                    self.scan(group.stream());
                }
                TokenTree::Literal(literal) => {
                    self.end(&mut path);
                    let text = literal.to_string();
                    let text = text.trim_matches('"');
                    if text.starts_with("crate::") {
                        let parts: Vec<_> = text.split("::").map(str::to_owned).collect();
                        self.follow(&parts, false, false);
                    }
                }
                TokenTree::Punct(_) => self.end(&mut path),
            }
            colons = 0;
        }
        self.end(&mut path);
    }

    fn end(&mut self, path: &mut Vec<String>) {
        if path.len() > 1 {
            self.follow(path, false, false);
        }
        path.clear();
    }

    fn within_test(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let before = self.in_test;
        self.in_test |= is_for_tests(attributes);
        visit(self);
        self.in_test = before;
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        self.within_test(attributes(item), |reader| visit::visit_item(reader, item));
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let outer = self.names.clone();
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
        self.names = outer;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        for (name, path) in leaves(&item.tree, &[]) {
            self.follow(&path, true, is_reexport);
            if let Some(place) = self.resolve(&path) {
                self.names.insert(name, place);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if parts.len() > 1 {
            self.follow(&parts, false, false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.scan(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Ok(list) = attribute.meta.require_list() {
            self.scan(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    // `pub(in path)` says who may look, not who is needed.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

/// What a `use` brings in: the name that it goes by, and the whole path.
fn leaves(tree: &UseTree, before: &[String]) -> Vec<(String, Vec<String>)> {
    let with = |name: String| [before, &[name][..]].concat();
    match tree {
        UseTree::Path(path) => leaves(&path.tree, &with(path.ident.to_string())),
        UseTree::Name(name) if name.ident == "self" => {
            let last = before.last().cloned().unwrap_or_default();
            vec![(last, before.to_vec())]
        }
        UseTree::Name(name) => vec![(name.ident.to_string(), with(name.ident.to_string()))],
        UseTree::Rename(rename) if rename.ident == "self" => {
            vec![(rename.rename.to_string(), before.to_vec())]
        }
        UseTree::Rename(rename) => {
            vec![(rename.rename.to_string(), with(rename.ident.to_string()))]
        }
        UseTree::Glob(_) => vec![("*".to_owned(), before.to_vec())],
        UseTree::Group(group) => group
            .items
            .iter()
            .flat_map(|tree| leaves(tree, before))
            .collect(),
    }
}
