//! From the YAML library's events to a tree, refusing what scenarios do without.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_saphyr::granit_parser::{self, ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};

use super::{FileId, Key, MAX_DEPTH, MAX_NODES, Node, RESERVED_KEYS, Sources, Span, Style, Value};
use crate::problem::{Code, Problem, Problems};
use crate::quantity::of_clock;

/// Reads a stretch of a text; `None` if it cannot be made sense of.
pub(super) fn read(sources: &Sources, file: FileId, part: Range<usize>, problems: &mut Problems) -> Option<Node> {
    let mut reader =
        Reader { sources, file, base: part.start, problems, open: Vec::new(), root: None, documents: 0, nodes: 0 };
    let text = &sources.text(file)[part.clone()];
    if let Some((at, c)) = text.char_indices().find(|&(at, c)| is_invisible(at, c)) {
        reader.report(
            Code::ControlCharacter,
            at..at + c.len_utf8(),
            format!("the character U+{:04X} is invisible", c as u32),
            "remove it",
        );
        return None;
    }
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        emit_comments: false,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => reader.take(event, &span).ok()?,
            Err(error) => {
                reader.refuse(&error, text);
                return None;
            }
        }
    }
    match reader.root {
        Some(root) if !root.is_blank() => Some(root),
        _ => {
            reader.report(
                Code::Empty,
                0..0,
                "there is no scenario in this file",
                "`bugcheck new` writes one to start from",
            );
            None
        }
    }
}

/// Control and direction characters, and byte-order marks but for the first.
pub(super) fn is_invisible(at: usize, c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{feff}' => at > 0,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

/// Reading cannot go on; the reason has been reported.
struct Stop;

/// A map or list whose end has not been read yet.
struct Open {
    start: usize,
    style: StructureStyle,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map {
        entries: Vec<(Key, Node)>,
        /// The line of each key so far.
        seen: BTreeMap<String, u32>,
        key: Expecting,
    },
}

/// What comes next in a map.
enum Expecting {
    Key,
    Value(Key),
    /// The value of a key that was refused.
    Nothing,
}

struct Reader<'a> {
    sources: &'a Sources,
    file: FileId,
    /// Where the part that is read begins in its text.
    base: usize,
    problems: &'a mut Problems,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
}

impl Reader<'_> {
    fn span(&self, bytes: Range<usize>) -> Span {
        self.sources.span(self.file, self.base + bytes.start, self.base + bytes.end)
    }

    fn report(&mut self, code: Code, bytes: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let span = self.span(bytes);
        self.problems.push(Problem::new(code, message).at(span).help(help));
    }

    fn take(&mut self, event: Event<'_>, span: &granit_parser::Span) -> Result<(), Stop> {
        let bytes = bytes(span);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.report(
                        Code::SecondDocument,
                        bytes,
                        "a second document begins here",
                        "one file holds one scenario",
                    );
                    return Err(Stop);
                }
            }
            Event::Scalar(text, style, _, tag) => {
                if tag.is_some() {
                    self.refuse_tag(span);
                }
                self.count(bytes.clone())?;
                // An escape in double quotes can mean what must not stand in the file itself.
                if let Some(c) = text.chars().find(|c| is_invisible(1, *c)) {
                    let message = format!("this text has the invisible character U+{:04X}", c as u32);
                    self.report(Code::ControlCharacter, bytes, message, "remove its escape");
                    return Err(Stop);
                }
                let style = if style == ScalarStyle::Plain { Style::Plain } else { Style::Quoted };
                self.place(Node::scalar(text, style, self.span(bytes)));
            }
            Event::SequenceStart(style, _, tag) => {
                self.begin(span, style, tag.is_some(), Inside::List(Vec::new()))?;
            }
            Event::MappingStart(style, _, tag) => {
                let inside = Inside::Map { entries: Vec::new(), seen: BTreeMap::new(), key: Expecting::Key };
                self.begin(span, style, tag.is_some(), inside)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.finish(bytes.end),
            Event::Anchor(_, name) => {
                let help = format!("write the value where it is needed, or use `like` in place of `*{name}`");
                self.report(Code::Anchor, bytes, format!("`&{name}` is a YAML anchor"), help);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.report(Code::Anchor, bytes, "this is a YAML alias", "write the value out, or use `like: NAME`");
                return Err(Stop);
            }
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, bytes: Range<usize>) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("more than {MAX_NODES} keys and values, which is the limit MAX_NODES");
        self.report(Code::TooManyNodes, bytes, message, "is this the scenario, or a file of data?");
        Err(Stop)
    }

    fn begin(
        &mut self,
        span: &granit_parser::Span,
        style: StructureStyle,
        tagged: bool,
        inside: Inside,
    ) -> Result<(), Stop> {
        let bytes = bytes(span);
        if tagged {
            self.refuse_tag(span);
        }
        self.count(bytes.clone())?;
        if self.open.len() == MAX_DEPTH {
            self.refuse_depth(bytes);
            return Err(Stop);
        }
        self.open.push(Open { start: bytes.start, style, inside });
        Ok(())
    }

    fn refuse_depth(&mut self, bytes: Range<usize>) {
        let message = format!("maps and lists are nested more than {MAX_DEPTH} deep, which is the limit MAX_DEPTH");
        self.report(Code::TooDeep, bytes, message, "is a bracket missing?");
    }

    fn refuse_tag(&mut self, span: &granit_parser::Span) {
        let bytes = span.tag_span().map_or_else(|| bytes(span), |tag| bytes(&tag));
        let span = self.span(bytes.clone());
        let tag = &self.sources.text(self.file)[span.start as usize..span.end as usize];
        if tag == "!=" {
            self.refuse_operator(bytes, "!=");
        } else {
            let message = format!("`{tag}` is a YAML tag");
            self.report(Code::Tag, bytes, message, "remove it; put text in quotes if it looks like something else");
        }
    }

    fn refuse_operator(&mut self, bytes: Range<usize>, operator: &str) {
        let key = match operator.chars().next() {
            Some('<') => "write the bound as a key: `at_most: …`",
            Some('>') => "write the bound as a key: `at_least: …`",
            _ => "write the value alone; a range is `within: [low, high]`",
        };
        self.report(Code::Operator, bytes, format!("`{operator}` is not part of a value"), key);
    }

    fn finish(&mut self, end: usize) {
        let Some(Open { start, style, inside }) = self.open.pop() else { return };
        let (value, last) = match inside {
            Inside::List(items) => {
                let last = items.last().map(|n| n.span.end);
                (Value::List(items), last)
            }
            Inside::Map { entries, .. } => {
                let last = entries.last().map(|(k, n)| n.span.end.max(k.span.end));
                (Value::Map(entries), last)
            }
        };
        // The end of a block is only noticed at the next thing that stands further left.
        let end = match (style, last) {
            (StructureStyle::Block, Some(last)) => last as usize - self.base,
            _ => end,
        };
        self.place(Node { value, span: self.span(start..end) });
    }

    /// Puts a finished node where it belongs: as the root, an item, a key or a value.
    fn place(&mut self, node: Node) {
        let Some(mut open) = self.open.pop() else {
            self.root = Some(self.resolve(node));
            return;
        };
        match &mut open.inside {
            Inside::List(items) => items.push(self.resolve(node)),
            Inside::Map { entries, seen, key } => match std::mem::replace(key, Expecting::Key) {
                Expecting::Key => *key = self.key(node, seen),
                Expecting::Value(name) => entries.push((name, self.resolve(node))),
                Expecting::Nothing => {}
            },
        }
        self.open.push(open);
    }

    fn key(&mut self, node: Node, seen: &mut BTreeMap<String, u32>) -> Expecting {
        let span = node.span;
        let mut refuse = |code, message: String, help: &str| {
            self.problems.push(Problem::new(code, message).at(span).help(help));
        };
        let Value::Scalar(scalar) = node.value else {
            refuse(Code::BadKey, "a map or list is no key".into(), "is a quote or a `-` missing?");
            return Expecting::Nothing;
        };
        let name = scalar.text;
        if name == "<<" {
            refuse(Code::MergeKey, "`<<` is a YAML merge key".into(), "use `like: NAME` to start from another entry");
            return Expecting::Nothing;
        }
        if RESERVED_KEYS.contains(&name.to_lowercase().as_str()) {
            let message = format!("no key may be called `{name}`, which some YAML readers take for a truth value");
            refuse(
                Code::ReservedKey,
                message,
                "choose another name; where an agent is installed is written under `installed`",
            );
        } else if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            let message = format!("`{}` is not a name", name.escape_debug());
            refuse(Code::BadKey, message, "names are made of letters, digits, `_` and `-`");
            return Expecting::Nothing;
        }
        if let Some(line) = seen.get(&name) {
            let help = format!("it was first written on line {line}; remove one of the two");
            refuse(Code::DuplicateKey, format!("`{name}` is written twice in this map"), &help);
            return Expecting::Nothing;
        }
        seen.insert(name.clone(), span.line);
        Expecting::Value(Key { name, span })
    }

    /// A plain scalar's meaning in the YAML 1.2 core schema, as far as it does not depend on what is expected.
    fn resolve(&mut self, node: Node) -> Node {
        let Value::Scalar(scalar) = &node.value else { return node };
        if scalar.style == Style::Quoted {
            return node;
        }
        let value = match scalar.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            text => {
                self.check_plain(text, node.span);
                return node;
            }
        };
        Node { value, span: node.span }
    }

    fn check_plain(&mut self, text: &str, span: Span) {
        let bytes = span.start as usize - self.base..span.end as usize - self.base;
        if let Some(right) = of_clock(text) {
            let help = format!("write `{right}`; only where a text is meant, put it in quotes");
            self.report(
                Code::BareTime,
                bytes,
                format!("`{text}` is read as a number of base sixty by some YAML readers"),
                help,
            );
        } else if matches!(text.trim_start_matches(['+', '-']).to_lowercase().as_str(), ".nan" | ".inf") {
            let message = format!("`{text}` is not a finite number");
            self.report(Code::NotFinite, bytes, message, "write a number; where \"never\" is meant, leave the key out");
        } else if let Some(operator) = ["<=", ">=", "==", "<", ">", "="].into_iter().find(|o| text.starts_with(o)) {
            let rest = text[operator.len()..].trim_start();
            if rest.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
                self.refuse_operator(bytes, operator);
            }
        }
    }

    fn refuse(&mut self, error: &ScanError, text: &str) {
        let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
        let at = text.floor_char_boundary(at);
        let next = text[at..].chars().next().filter(|c| *c != '\n' && *c != '\r');
        let bytes = at..at + next.map_or(0, char::len_utf8);
        let line = text[..at].rfind('\n').map_or(0, |i| i + 1);
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => self.refuse_depth(bytes),
            ErrorKind::InvalidBlockScalarHeader if text[line..bytes.end].contains('>') => {
                let start = line + text[line..bytes.end].rfind('>').unwrap_or(0);
                let operator = if text[start..].starts_with(">=") { ">=" } else { ">" };
                self.refuse_operator(start..start + operator.len(), operator);
            }
            ErrorKind::DirectiveDisallowed => {
                self.report(Code::Directive, bytes, "lines that begin with `%` are YAML directives", "remove the line");
            }
            kind => {
                let (message, help) = words(kind);
                let span = self.span(bytes);
                let mut problem = Problem::new(Code::NotYaml, message).at(span);
                problem.help = help.map(str::to_owned);
                self.problems.push(problem);
            }
        }
    }
}

fn bytes(span: &granit_parser::Span) -> Range<usize> {
    span.start.byte_offset().unwrap_or(0)..span.end.byte_offset().unwrap_or(0)
}

/// What a scanner error means in plain words, and what usually helps.
fn words(kind: &ErrorKind) -> (String, Option<&'static str>) {
    let (message, help) = match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => ("a tab where YAML wants spaces", "indent with spaces"),
        ErrorKind::UnclosedQuotedScalar => ("the quote is never closed", "close it, or remove the opening one"),
        ErrorKind::UnclosedFlowCollection { open } => {
            return (format!("the bracket `{open}` is never closed"), Some("close it, or remove the opening one"));
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("`{open}` is closed by `{close}`"), Some("use brackets of one kind for one value"));
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            ("a `:` where no key can stand", "put text that holds a `: ` in quotes; a map in a line needs braces")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            ("a `key: value` is expected here", "is the `:` missing, or is the line indented less than its neighbours?")
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            ("this line fits neither the map nor the list above it", "check how far it is indented")
        }
        ErrorKind::ExpectedFlowMappingSeparator => ("`,` or `}` is expected here", "separate the entries by commas"),
        ErrorKind::ExpectedFlowSequenceSeparator => ("`,` or `]` is expected here", "separate the items by commas"),
        ErrorKind::UnexpectedCharacter { character } => {
            let message = format!("a value cannot begin with `{}`", character.escape_default());
            return (message, Some("put the text in quotes"));
        }
        other => return (format!("this is not YAML: {other}"), None),
    };
    (message.to_owned(), Some(help))
}
