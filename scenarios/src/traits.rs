//! The traits that there are: a scenario, its presets and the library may name them anywhere, and no list holds them.

use std::collections::BTreeSet;

use crate::arms::levels;
use crate::library::{Category, Shelves};
use crate::source::Node;

/// The names of all traits that a kind of PC of the scenario or of the library has, in any arm; and those that the
/// library's steps ask for, which are there for kinds of one's own.
pub(crate) fn traits(root: &Node, shelves: &Shelves) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let parts = |tree| ["fleet.kinds", "presets.kinds", "library.kinds"].map(|path| Node::at(tree, path));
    let own = [root].into_iter().chain(levels(root)).flat_map(parts).flatten();
    for (_, kind) in own.chain([shelves.shelf(Category::Kinds)]).flat_map(|kinds| kinds.entries().unwrap_or_default()) {
        keys(kind.get("traits"), &mut names);
    }
    for (_, step) in shelves.shelf(Category::Steps).entries().unwrap_or_default() {
        of_step(step, &mut names);
        for (_, setting) in step.get("settings").and_then(Node::entries).unwrap_or_default() {
            for (_, fields) in setting.get("choices").and_then(Node::entries).unwrap_or_default() {
                of_step(fields, &mut names);
            }
        }
    }
    names
}

/// The traits that a condition names: `wired or simple_wifi`, `not cloud`. Of each, whether it is asked for or must be
/// lacking.
pub(crate) fn alternatives(condition: &str) -> impl Iterator<Item = (bool, &str)> {
    condition.split(" or ").map(str::trim).map(|alternative| match alternative.strip_prefix("not ") {
        Some(lacking) => (false, lacking.trim()),
        None => (true, alternative),
    })
}

fn of_step(step: &Node, names: &mut BTreeSet<String>) {
    let conditions = step.get("needs").and_then(Node::items).unwrap_or_default().iter().filter_map(Node::text);
    names.extend(conditions.flat_map(alternatives).map(|(_, name)| name.to_owned()));
    let desks = step.get("desks").and_then(Node::entries).unwrap_or_default();
    names.extend(desks.iter().filter_map(|(_, desk)| desk.get("only_if")?.text()).map(str::to_owned));
    keys(step.get("waits"), names);
    keys(step.at("work.retry.works_if"), names);
}

fn keys(map: Option<&Node>, names: &mut BTreeSet<String>) {
    names.extend(map.and_then(Node::entries).unwrap_or_default().iter().map(|(key, _)| key.name.clone()));
}
