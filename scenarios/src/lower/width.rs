//! How many entries there may be of what a scenario names.

use bugcheck_sim::limits::{MAX_AGENTS, MAX_KINDS, MAX_REGIONS, MAX_RELEASES, MAX_SECTORS};

use crate::problem::{Code, Problem, Problems};
use crate::source::{Node, Value};

/// What is counted: where it stands, what it is, and the limit.
const WIDTHS: [(&[&str], &str, (&str, usize)); 5] = [
    (&["fleet", "regions"], "regions", ("MAX_REGIONS", MAX_REGIONS)),
    (&["fleet", "kinds"], "kinds of PC", ("MAX_KINDS", MAX_KINDS)),
    (&["fleet", "sectors"], "sectors", ("MAX_SECTORS", MAX_SECTORS)),
    (&["agents"], "agents", ("MAX_AGENTS", MAX_AGENTS)),
    (&["releases"], "releases", ("MAX_RELEASES", MAX_RELEASES)),
];

/// What is said of more than a limit allows.
pub(super) fn beyond(what: &str, count: usize, (name, most): (&str, usize)) -> Option<String> {
    (count > most).then(|| format!("{count} {what}, the limit {name} is {most}"))
}

/// Reports more entries than a limit allows in the tree of an arm, at the first that is too many, and takes out all
/// that are: each of them would be looked at in every arm, which takes minutes for what a small file can hold. Says
/// whether any were.
pub(crate) fn narrow(tree: &mut Node, problems: &mut Problems) -> bool {
    let mut is_wide = false;
    for (path, what, limit) in WIDTHS {
        let entries = tree.at(&path.join(".")).and_then(Node::entries).unwrap_or_default();
        let Some(message) = beyond(what, entries.len(), limit) else { continue };
        problems.push(Problem::new(Code::TooMany, message).at(entries[limit.1].0.span));
        truncate(tree, path, limit.1);
        is_wide = true;
    }
    is_wide
}

fn truncate(node: &mut Node, path: &[&str], most: usize) {
    let Value::Map(entries) = &mut node.value else { return };
    match path.split_first() {
        None => entries.truncate(most),
        Some((first, rest)) => {
            let below = entries.iter_mut().filter(|(key, _)| key.name == *first);
            below.for_each(|(_, node)| truncate(node, rest, most));
        }
    }
}
