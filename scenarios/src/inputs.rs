//! Every number of a scenario, with where it is from: what a report lists as sourced, uncertain and assumed.

use crate::experiment::{Input, Origin};
use crate::lower::by_name;
use crate::quantity::{Instant, Quantity};
use crate::source::{Node, Value, join};

/// Parts of an expanded tree that hold no inputs of the simulated world.
const OUTSIDE: &[&str] = &["format", "name", "question", "extends", "clock", "factors", "compare", "expect", "history"];

/// The keys that distributions are told apart by.
const DISTRIBUTIONS: &[&str] = &["constant", "uniform", "exponential", "lognormal", "normal", "triangular"];

/// All numbers in the expanded tree of an arm, in the order of the tree.
pub(crate) fn inputs(tree: &Node) -> Vec<Input> {
    let mut list = Vec::new();
    for (key, node) in tree.entries().unwrap_or_default() {
        if !OUTSIDE.contains(&key.name.as_str()) {
            walk(&key.name, node, &mut list);
        }
    }
    list
}

fn walk(path: &str, node: &Node, list: &mut Vec<Input>) {
    let mut add = |value: String, origin| list.push(Input { path: by_name(path), value, origin });
    let source = || node.get("source").and_then(Node::text).map(str::to_owned);
    if let Some(range) = node.get("uncertain") {
        let part = |key: &str| range.get(key).and_then(Node::text).unwrap_or_default();
        let value = format!("{} to {}, likely {}", part("low"), part("high"), part("likely"));
        return add(value, Origin::Uncertain(source()));
    }
    if let (Some(value), Some(source)) = (node.get("value"), source()) {
        // A sourced distribution may still have an uncertain parameter, which is listed beside it.
        add(flow(value), Origin::Sourced(source));
        return uncertain_parts(path, value, list);
    }
    match &node.value {
        Value::Map(entries) => match entries.as_slice() {
            [(key, body)] if DISTRIBUTIONS.contains(&key.name.as_str()) && is_plain(body) => {
                add(flow(node), Origin::Assumed);
            }
            entries => entries.iter().for_each(|(key, child)| walk(&join(path, &key.name), child, list)),
        },
        Value::List(items) => {
            items.iter().enumerate().for_each(|(i, item)| walk(&join(path, &i.to_string()), item, list));
        }
        Value::Scalar(scalar) if scalar.text.starts_with(|c: char| c.is_ascii_digit()) && !is_instant(&scalar.text) => {
            add(scalar.text.clone(), Origin::Assumed);
        }
        _ => {}
    }
}

fn uncertain_parts(path: &str, node: &Node, list: &mut Vec<Input>) {
    let mut parts = Vec::new();
    walk(path, node, &mut parts);
    list.extend(parts.into_iter().filter(|input| matches!(input.origin, Origin::Uncertain(_))));
}

/// Whether a map holds nothing but single values.
fn is_plain(node: &Node) -> bool {
    node.entries().map_or(node.text().is_some(), |entries| entries.iter().all(|(_, value)| value.text().is_some()))
}

/// Instants are settings, not numbers that someone has estimated.
fn is_instant(text: &str) -> bool {
    text.contains('T') && Instant::parse(text).is_ok()
}

/// A node in one line, as a file would write it.
fn flow(node: &Node) -> String {
    match &node.value {
        Value::Map(entries) => {
            let inner: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", key.name, flow(value))).collect();
            format!("{{ {} }}", inner.join(", "))
        }
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        _ => node.text().unwrap_or("null").to_owned(),
    }
}
