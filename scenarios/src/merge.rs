//! Scenarios laid over each other: levels over the rest, files over what they extend, `--set` over everything.

use crate::problem::{Code, Problem, Problems, suggestion};
use crate::schema::{Place, scenario};
use crate::source::{Key, Node, Sources, Span, Value, join, segments};

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

/// Lays a setting such as `fleet.pcs=2M` over a scenario, as `--set` gives it; the value is YAML. Positions point into
/// the setting, which is added to `sources`. `null` takes a key away. What cannot be
/// set is reported, and changes nothing.
pub fn set(mut root: Node, setting: &str, sources: &mut Sources, problems: &mut Problems) -> Node {
    let file = sources.add("--set", setting);
    let Some((path, _)) = setting.split_once('=') else {
        let span = sources.span(file, 0, setting.len());
        let problem = Problem::new(Code::BadSetting, format!("`{setting}` has no `=`")).at(span);
        problems.push(problem.help("write `--set fleet.pcs=2M`"));
        return root;
    };
    let span = sources.span(file, 0, path.len());
    let start = path.len() + 1;
    let path = path.trim();
    let before = problems.len();
    check_path(&root, path, span, problems);
    if setting[start..].trim().is_empty() {
        let problem =
            Problem::new(Code::BadSetting, "there is no value after the `=`").at(sources.span(file, start, start));
        problems.push(problem.help("`null` takes away what is there"));
        return root;
    }
    let value = sources.parse_part(file, start..setting.len(), problems);
    if let Some(value) = value.filter(|_| problems.len() == before) {
        put(&mut root, path, span, value);
    }
    root
}

/// Reports a path that leads nowhere, at its first wrong segment.
fn check_path(root: &Node, path: &str, span: Span, problems: &mut Problems) {
    let mut walked = String::new();
    for segment in segments(path) {
        let next = join(&walked, segment);
        let named =
            scenario().root().at(root, &walked).map(|place| known_below(place, root.at(&walked))).unwrap_or_default();
        if root.at(&next).is_none() && !named.iter().any(|name| name == segment) {
            let whose = if walked.is_empty() { "the scenario".to_owned() } else { format!("`{walked}`") };
            let mut problem = Problem::new(Code::UnknownPath, format!("{whose} has no `{segment}`")).at(span);
            problem.help = match root.at(&walked).and_then(Node::items) {
                Some(items) => Some(format!("it has {} items, numbered from 0", items.len())),
                None => suggestion(segment, named.iter().map(String::as_str)),
            };
            problems.push(problem);
            return;
        }
        walked = next;
    }
    if walked.is_empty() {
        let problem = Problem::new(Code::BadSetting, "there is no path before the `=`").at(span);
        problems.push(problem.help("write `--set fleet.pcs=2M`"));
    }
}

/// The keys that are or may be below a node at a place.
fn known_below(place: Place<'_>, node: Option<&Node>) -> Vec<String> {
    let maps = node.map_or_else(|| place.maps(), |node| place.maps_of(node));
    let mut names: Vec<String> =
        maps.iter().flat_map(|map| map.properties()).map(|(name, _)| name.to_owned()).collect();
    for (key, _) in node.and_then(Node::entries).unwrap_or_default() {
        if !names.contains(&key.name) {
            names.push(key.name.clone());
        }
    }
    names
}

/// Puts a value at a path, making the maps on the way.
fn put(node: &mut Node, path: &str, span: Span, value: Node) {
    let Some((first, rest)) = path.split_once('.').map(|(a, b)| (a, Some(b))).or(Some((path, None))) else { return };
    if rest.is_none() && value.value == Value::Null {
        node.remove(first);
        return;
    }
    let slot = match &mut node.value {
        Value::List(items) => first.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
        Value::Map(entries) => {
            let index = entries.iter().position(|(k, _)| k.name == first).unwrap_or_else(|| {
                let key = Key { name: first.to_owned(), span };
                entries.push((key, Node { value: Value::Map(Vec::new()), span }));
                entries.len() - 1
            });
            Some(&mut entries[index].1)
        }
        _ => None,
    };
    match (slot, rest) {
        (Some(slot), Some(rest)) => put(slot, rest, span, value),
        (Some(slot), None) => *slot = value,
        (None, _) => {}
    }
}

#[cfg(test)]
mod tests;
