//! From a tree to canonical YAML.

use std::fmt::Write;

use super::{Key, Node, Scalar, Style, Value};

/// Widest line on which a small map or list is put in one line.
const WIDTH: usize = 100;

/// The tree as block YAML, small values in one line each.
pub(super) fn to_yaml(node: &Node) -> String {
    let mut out = String::new();
    match &node.value {
        Value::Map(entries) if !entries.is_empty() => write_map(&mut out, entries, 0),
        Value::List(items) if !items.is_empty() => write_list(&mut out, items, 0),
        _ => {
            write_inline(&mut out, node);
            out.push('\n');
        }
    }
    out
}

fn write_map(out: &mut String, entries: &[(Key, Node)], indent: usize) {
    for (key, value) in entries {
        push_indent(out, indent);
        out.push_str(&key.name);
        out.push(':');
        write_after(out, value, indent, key.name.len() + 2);
    }
}

fn write_list(out: &mut String, items: &[Node], indent: usize) {
    for item in items {
        push_indent(out, indent);
        out.push('-');
        write_after(out, item, indent, 2);
    }
}

/// A value after its key or dash, which took up `used` columns.
fn write_after(out: &mut String, node: &Node, indent: usize, used: usize) {
    if is_small(node) {
        let mut line = String::new();
        write_inline(&mut line, node);
        if is_leaf(node) || indent + used + line.chars().count() <= WIDTH {
            out.push(' ');
            out.push_str(&line);
            out.push('\n');
            return;
        }
    }
    out.push('\n');
    match &node.value {
        Value::Map(entries) => write_map(out, entries, indent + 2),
        Value::List(items) => write_list(out, items, indent + 2),
        _ => {}
    }
}

fn push_indent(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A scalar, or an empty map or list: there is no other way to write it than in the line.
fn is_leaf(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        _ => true,
    }
}

/// What reads well in one line: maps of leaves, maps with one key, lists of such.
fn is_small(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => items.iter().all(is_small),
        Value::Map(entries) => match entries.as_slice() {
            [(_, only)] => is_small(only),
            many => many.iter().all(|(_, n)| is_leaf(n)),
        },
        _ => true,
    }
}

fn write_inline(out: &mut String, node: &Node) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Scalar(scalar) => write_scalar(out, scalar),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::Map(entries) if entries.is_empty() => out.push_str("{}"),
        Value::List(items) => {
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "[" } else { ", " });
                write_inline(out, item);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            for (i, (key, value)) in entries.iter().enumerate() {
                out.push_str(if i == 0 { "{ " } else { ", " });
                out.push_str(&key.name);
                out.push_str(": ");
                write_inline(out, value);
            }
            out.push_str(" }");
        }
    }
}

fn write_scalar(out: &mut String, scalar: &Scalar) {
    if scalar.style == Style::Plain && stays_plain(&scalar.text) {
        out.push_str(&scalar.text);
    } else {
        write_quoted(out, &scalar.text);
    }
}

/// Whether a text that was read as a plain scalar is one wherever it is written: a small set of characters, and nothing
/// that can be taken for an indicator.
fn stays_plain(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || " _-+.%/()".contains(c) || (c == ':' && !text.contains(": "));
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || "+.(/".contains(c));
    let negative =
        text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
    (first || negative) && !text.ends_with([' ', ':']) && text.chars().all(inside)
}

/// In double quotes, with the escapes that YAML shares with JSON.
fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
