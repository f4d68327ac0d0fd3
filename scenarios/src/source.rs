//! YAML text as a tree in which every key and value knows where it stands.
//!
//! This is the only place that knows the YAML library. It takes the strict part of YAML 1.2 that scenarios are written
//! in: one document, no tags, no anchors, no merge keys, no key twice, and nothing that YAML 1.1 would read
//! differently.

mod read;
mod write;

use crate::problem::{Code, Problem, Problems};

/// Limit: bytes of one file.
pub const MAX_FILE_BYTES: usize = 1 << 20;
/// Limit: how deep maps and lists may be nested.
pub const MAX_DEPTH: usize = 32;
/// Limit: keys and values in one file.
pub const MAX_NODES: usize = 200_000;

/// Keys that YAML 1.1 programs read as truth values or as nothing.
pub const RESERVED_KEYS: &[&str] = &["on", "off", "yes", "no", "y", "n", "true", "false", "null", "~"];

/// Which text of [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

impl FileId {
    /// The text that was read first: the scenario itself, before what it extends.
    pub(crate) const FIRST: FileId = FileId(0);
}

/// A stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// In which text.
    pub file: FileId,
    /// First byte, from 0.
    pub start: u32,
    /// Byte after the last one; equal to `start` for a place between two bytes.
    pub end: u32,
    /// Line of the first byte, from 1.
    pub line: u32,
    /// Column of the first byte in characters, from 1.
    pub column: u32,
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bare.
    Plain,
    /// In quotes or as a block of text: certainly text.
    Quoted,
}

/// A single value, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Its text, quotes and escapes resolved.
    pub text: String,
    /// How it was written.
    pub style: Style,
}

/// What stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, or the word `null`.
    Null,
    /// The bare word `true` or `false`.
    Bool(bool),
    /// Any other single value: its meaning depends on what is expected there.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file; every key once.
    Map(Vec<(Key, Node)>),
}

/// A value and where it stands. The span of a map or list runs from its first to its last character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What.
    pub value: Value,
    /// Where.
    pub span: Span,
}

impl Node {
    /// A scalar that stands at `span`.
    pub fn scalar(text: impl Into<String>, style: Style, span: Span) -> Node {
        Node { value: Value::Scalar(Scalar { text: text.into(), style }), span }
    }

    /// The entries, if this is a map.
    pub fn entries(&self) -> Option<&[(Key, Node)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if this is a single value.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, node)| node)
    }

    /// The key and value of this name, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&(Key, Node)> {
        self.entries()?.iter().find(|(k, _)| k.name == key)
    }

    /// Puts a value under a key: in place of the old one, or at the end. On anything but a map, does nothing.
    pub fn insert(&mut self, key: Key, node: Node) {
        let Value::Map(entries) = &mut self.value else { return };
        match entries.iter_mut().find(|(k, _)| k.name == key.name) {
            Some(entry) => *entry = (key, node),
            None => entries.push((key, node)),
        }
    }

    /// Takes a key and its value away, and gives them back.
    pub fn remove(&mut self, key: &str) -> Option<(Key, Node)> {
        let Value::Map(entries) = &mut self.value else { return None };
        let index = entries.iter().position(|(k, _)| k.name == key)?;
        Some(entries.remove(index))
    }

    /// What stands at a dotted path such as `fleet.sectors.airline.share`; items of lists are numbered from 0. The
    /// empty path is the node itself.
    pub fn at(&self, path: &str) -> Option<&Node> {
        segments(path).try_fold(self, |node, segment| node.step(segment).map(|(_, child)| child))
    }

    /// Where to point for a problem with what stands at a dotted path: the value if it is a single one, else the key
    /// that holds it; where there is nothing, the nearest thing above.
    pub fn place(&self, path: &str) -> Span {
        let (mut node, mut place) = (self, self.head());
        for segment in segments(path) {
            let Some((key, child)) = node.step(segment) else { break };
            place = match (&child.value, key) {
                (Value::Map(_) | Value::List(_) | Value::Null, Some(key)) => key.span,
                _ => child.head(),
            };
            node = child;
        }
        place
    }

    /// Where to point for a problem with the key at the end of a dotted path, and not with its value.
    pub fn key_place(&self, path: &str) -> Span {
        let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
        self.at(above).and_then(|node| node.entry(last)).map_or_else(|| self.place(path), |(key, _)| key.span)
    }

    /// Whether nothing at all is written here, not even the word `null`.
    pub fn is_blank(&self) -> bool {
        self.value == Value::Null && self.span.start == self.span.end
    }

    fn step(&self, segment: &str) -> Option<(Option<&Key>, &Node)> {
        match &self.value {
            Value::Map(_) => self.entry(segment).map(|(key, node)| (Some(key), node)),
            Value::List(items) => segment.parse::<usize>().ok().and_then(|i| items.get(i)).map(|node| (None, node)),
            _ => None,
        }
    }

    /// The span, or for a map the span of its first key: what is underlined when the whole is meant.
    pub fn head(&self) -> Span {
        match &self.value {
            Value::Map(entries) => entries.first().map_or(self.span, |(key, _)| key.span),
            _ => self.span,
        }
    }

    /// Whether two trees say the same, wherever they stand and however their scalars are quoted.
    pub fn says_the_same(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Scalar(a), Value::Scalar(b)) => a.text == b.text,
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b)),
            (Value::Map(a), Value::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k.name == l.name && a.says_the_same(b))
            }
            (a, b) => a == b,
        }
    }

    /// The tree as YAML that reads back to the same tree: canonical, so equal trees give equal text.
    pub fn to_yaml(&self) -> String {
        write::to_yaml(self)
    }
}

/// The segments of a dotted path; none for the empty path.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|s| !s.is_empty())
}

/// Joins a path and a segment.
pub(crate) fn join(path: &str, segment: &str) -> String {
    if path.is_empty() { segment.to_owned() } else { format!("{path}.{segment}") }
}

/// All texts that a scenario is made of, so that a [`Span`] can be shown.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    text: String,
    /// The byte at which each line starts.
    lines: Vec<u32>,
}

impl Sources {
    /// None yet.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Adds a text under the name that messages show. Of a text over [`MAX_FILE_BYTES`] only that much is kept.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let mut text = text.into();
        text.truncate(text.floor_char_boundary(MAX_FILE_BYTES));
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i as u32 + 1)).collect();
        self.files.push(File { name: name.into(), text, lines });
        FileId(self.files.len() as u32 - 1)
    }

    /// The name of a text.
    pub fn name(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].name
    }

    /// A text.
    pub fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].text
    }

    /// The bytes from `start` to `end` of a text, as a span. Bytes beyond the text or inside a character are moved
    /// back.
    pub fn span(&self, file: FileId, start: usize, end: usize) -> Span {
        let File { text, lines, .. } = &self.files[file.0 as usize];
        let start = text.floor_char_boundary(start);
        let end = text.floor_char_boundary(end).max(start);
        let line = lines.partition_point(|&l| l as usize <= start) - 1;
        let column = text[lines[line] as usize..start].trim_start_matches('\u{feff}').chars().count() + 1;
        Span { file, start: start as u32, end: end as u32, line: line as u32 + 1, column: column as u32 }
    }

    /// Reads a text as a tree. What is not allowed is reported; the tree is there unless the text cannot be made sense
    /// of.
    pub fn parse(&mut self, name: &str, text: &str, problems: &mut Problems) -> Option<Node> {
        let file = self.add(name, text);
        if text.len() > MAX_FILE_BYTES {
            let size = text.len() as f64 / f64::from(1 << 20);
            problems.push(
                Problem::new(Code::TooLarge, format!("the file has {size:.1} MiB, the limit MAX_FILE_BYTES is 1 MiB"))
                    .at(self.span(file, 0, 0))
                    .help("is this the scenario, or a file of data?"),
            );
            return None;
        }
        read::read(self, file, 0..text.len(), problems)
    }

    /// Reads the bytes of a file as a tree, as [`Sources::parse`] does; bytes that are not UTF-8 are reported.
    pub fn parse_bytes(&mut self, name: &str, bytes: &[u8], problems: &mut Problems) -> Option<Node> {
        match str::from_utf8(bytes) {
            Ok(text) => self.parse(name, text, problems),
            Err(error) => {
                let good = error.valid_up_to();
                let file = self.add(name, String::from_utf8_lossy(bytes));
                problems.push(
                    Problem::new(Code::Unreadable, format!("byte {good} of the file is not UTF-8"))
                        .at(self.span(file, good, good + '\u{fffd}'.len_utf8()))
                        .help("save the file as UTF-8"),
                );
                None
            }
        }
    }

    /// Reads a stretch of a text that is already there as a tree, with positions in the whole text.
    pub(crate) fn parse_part(
        &self,
        file: FileId,
        part: std::ops::Range<usize>,
        problems: &mut Problems,
    ) -> Option<Node> {
        read::read(self, file, part, problems)
    }
}

#[cfg(test)]
mod tests;
