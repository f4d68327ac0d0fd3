//! Scenarios laid over each other: levels over the rest, files over what they extend, `--set` over everything.

mod setting;

use crate::schema::{Place, scenario};
use crate::source::{Key, Node, Value};

pub use setting::set;

/// Lays a scenario, whole or partial, over another.
///
/// Maps are merged key by key; lists and single values replace. A map that stands for a choice (`{ lognormal: … }`,
/// `{ value: …, source: … }`) replaces another choice as a whole, so that no source is left beside another value, and
/// merges only with the same one-key choice. Maps whose entries are the parts of a whole (`mix`, `needs`) replace as a
/// whole. A map with `like` starts afresh. The word `null` takes away what was there; where there was
/// nothing it stays, so that it is reported.
pub fn overlay(base: &Node, over: &Node) -> Node {
    overlay_at(base, over, scenario().root())
}

/// Lays an entry of a category of presets, whole or partial, over another, as [`overlay`] does.
pub fn overlay_preset(base: &Node, over: &Node, category: &str) -> Node {
    match scenario().preset(category) {
        Some(place) => overlay_at(base, over, place),
        None => over.clone(),
    }
}

fn overlay_at(base: &Node, over: &Node, at: Place<'_>) -> Node {
    let (Value::Map(old), Value::Map(new)) = (&base.value, &over.value) else { return over.clone() };
    if replaces(base, over, at) {
        return over.clone();
    }
    let mut merged: Vec<(Key, Node)> = old.clone();
    for (key, node) in new {
        let Some(index) = merged.iter().position(|(k, _)| k.name == key.name) else {
            merged.push((key.clone(), node.clone()));
            continue;
        };
        if node.value == Value::Null && !node.is_blank() {
            merged.remove(index);
            continue;
        }
        let (kept, was) = &merged[index];
        merged[index] = match at.below(base, &key.name) {
            Some(below) if !replaces(was, node, below) => (kept.clone(), overlay_at(was, node, below)),
            _ => (key.clone(), node.clone()),
        };
    }
    Node { value: Value::Map(merged), span: base.span }
}

/// Whether what is laid over takes the place of what was there, as a whole.
fn replaces(base: &Node, over: &Node, at: Place<'_>) -> bool {
    base.entries().is_none()
        || over.entries().is_none()
        || over.get("like").is_some()
        || at.keyword("x-whole").is_some()
        || is_another_choice(base, over, at)
}

fn is_another_choice(base: &Node, over: &Node, at: Place<'_>) -> bool {
    if at.maps().len() < 2 {
        return false;
    }
    match (base.entries(), over.entries()) {
        (Some([(a, _)]), Some([(b, _)])) => a.name != b.name,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
