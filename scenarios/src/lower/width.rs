//! How many entries there may be of what a scenario names.

use bugcheck_sim::limits::{MAX_AGENTS, MAX_KINDS, MAX_REGIONS, MAX_RELEASES, MAX_SECTORS};

use crate::problem::{Code, Problems};
use crate::source::{Node, Value};

/// What is counted: where it stands, what it is, and the limit.
const WIDTHS: [(&[&str], &str, (&str, usize)); 5] = [
    (&["fleet", "regions"], "regions", ("MAX_REGIONS", MAX_REGIONS)),
    (&["fleet", "kinds"], "kinds of PC", ("MAX_KINDS", MAX_KINDS)),
    (&["fleet", "sectors"], "sectors", ("MAX_SECTORS", MAX_SECTORS)),
    (&["agents"], "agents", ("MAX_AGENTS", MAX_AGENTS)),
    (&["releases"], "releases", ("MAX_RELEASES", MAX_RELEASES)),
];

/// Reports more entries than a limit allows in the tree of an arm, and takes those out that are too many: each of them
/// would be looked at in every arm, which takes minutes for what a small file can hold. Says whether any were.
pub(crate) fn narrow(tree: &mut Node, problems: &mut Problems) -> bool {
    let mut is_wide = false;
    for (path, what, (name, most)) in WIDTHS {
        let written = path.join(".");
        let count = tree.at(&written).and_then(Node::entries).map_or(0, <[_]>::len);
        if count > most {
            let message = format!("{count} {what}, the limit {name} is {most}");
            problems.error_at_path(Code::TooMany, tree, &written, message);
            truncate(tree, path, most);
            is_wide = true;
        }
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
