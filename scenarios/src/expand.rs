//! Puts presets in their places: names and `like` become the entries that they stand for.
//!
//! Works on the tree of one arm, after its levels were laid over the rest, so a level can exchange a preset by its
//! name. An entry is looked for among the file's own `presets` first, then in the library; a resolved scenario brings
//! along what it took from there, so that it means the same when the library has changed.

mod steps;

use std::collections::BTreeMap;

use crate::file::Defect;
use crate::library::{Category, Shelves};
use crate::lower::begins_slow;
use crate::merge::overlay_preset;
use crate::problem::{Code, Problem, Problems, suggestion};
use crate::source::{Key, Node, Span, Style, Value};

/// Entries of the library that were looked up, as they stand there.
pub(crate) type Used = BTreeMap<(Category, String), Node>;

/// Limit: entries that one starts from with `like`, one by way of the other.
pub(crate) const MAX_LIKES: usize = 32;

/// The preset that stands for `signals` where a file has none.
const USUAL_SIGNALS: &str = "typical";

/// How long a fault slows PCs down where a file doesn't say: the parameters of a log-normal distribution, assumed.
const USUAL_SLOW_PHASE: [(&str, &str); 2] = [("median", "20 min"), ("p95", "2 h")];

/// Expands the tree of one arm in place, reports what can't be found, and adds what was found to `used`.
pub(crate) fn expand(root: &mut Node, shelves: &Shelves, used: &mut Used, problems: &mut Problems) {
    let own = root.get("presets").cloned();
    let kept = root.remove("library").map(|(_, kept)| kept);
    let mut expander = Expander { own, kept, shelves, used, problems };
    expander.fleet(root);
    each(child(root, "releases"), |_, release| {
        expander.field(Category::Rollouts, release, "rollout");
        child(release, "fault").into_iter().for_each(slow_phase);
    });
    if root.get("signals").is_none() {
        let span = root.head();
        root.insert(Key { name: "signals".into(), span }, Node::scalar(USUAL_SIGNALS, Style::Plain, span));
    }
    expander.field(Category::Signals, root, "signals");
    if let Some(playbook) = child(root, "recovery") {
        expander.playbook(playbook);
    }
    let architectures = expander.architectures(root);
    let span = root.get("presets").map_or_else(|| root.head(), |p| p.span);
    let presets = Value::Map(vec![(Key { name: Category::Architectures.name().into(), span }, architectures)]);
    root.insert(Key { name: "presets".into(), span }, Node { value: presets, span });
}

struct Expander<'a> {
    /// The file's own presets.
    own: Option<Node>,
    /// In a resolved scenario: what it took from the library.
    kept: Option<Node>,
    shelves: &'a Shelves,
    used: &'a mut Used,
    problems: &'a mut Problems,
}

impl Expander<'_> {
    fn fleet(&mut self, root: &mut Node) {
        let Some(fleet) = child(root, "fleet") else { return };
        each(child(fleet, "kinds"), |_, kind| self.entry(Category::Kinds, kind));
        each(child(fleet, "sectors"), |_, sector| {
            self.entry(Category::Sectors, sector);
            if let Some(playbook) = child(sector, "recovery") {
                self.playbook(playbook);
            }
        });
    }

    /// The architectures that agents name, as a map.
    fn architectures(&mut self, root: &Node) -> Node {
        let mut named: Vec<(String, Span)> = Vec::new();
        for (_, agent) in root.get("agents").and_then(Node::entries).unwrap_or_default() {
            let segments = agent.get("segments").and_then(Node::entries).unwrap_or_default();
            for adopters in [agent].into_iter().chain(segments.iter().map(|(_, segment)| segment)) {
                if let Some((node, name)) = adopters.get("architecture").and_then(|n| Some((n, n.text()?))) {
                    named.push((name.to_owned(), node.span));
                }
                for path in ["adoption", "growth.to"] {
                    let parts = adopters.at(path).and_then(Node::entries).unwrap_or_default();
                    named.extend(parts.iter().map(|(key, _)| (key.name.clone(), key.span)));
                }
            }
        }
        let mut entries: Vec<(Key, Node)> = Vec::new();
        for (name, span) in named {
            if entries.iter().all(|(key, _)| key.name != name) {
                let mut node = Node::scalar(&name, Style::Plain, span);
                self.entry(Category::Architectures, &mut node);
                if node.entries().is_some() {
                    entries.push((Key { name, span }, node));
                }
            }
        }
        Node { value: Value::Map(entries), span: root.head() }
    }

    /// Puts the entry in place of a name, or under a map that starts from one with `like`.
    fn entry(&mut self, category: Category, node: &mut Node) {
        if let Some(found) = self.resolve(category, node, &mut Vec::new()) {
            *node = found;
            self.inner(category, node);
        }
    }

    /// Expands the entries inside an entry. This comes before anything is laid over it, so that `null` takes away a
    /// field wherever it is from.
    fn inner(&mut self, category: Category, node: &mut Node) {
        match category {
            Category::Kinds => self.field(Category::Schedules, node, "schedule"),
            Category::Means => self.field(Category::Shifts, node, "shift"),
            Category::Sectors => each(child(node, "means"), |_, means| self.entry(Category::Means, means)),
            _ => {}
        }
    }

    fn field(&mut self, category: Category, node: &mut Node, key: &str) {
        if let Some(field) = child(node, key) {
            self.entry(category, field);
        }
    }

    /// What `node` stands for; `None` if it can't be found, which is reported. `chain` holds the names on the way here.
    fn resolve(&mut self, category: Category, node: &Node, chain: &mut Vec<String>) -> Option<Node> {
        if let Some(name) = node.text() {
            return self.named(category, name, node.span, Code::UnknownName, chain);
        }
        let Some(like) = node.get("like") else { return Some(node.clone()) };
        let mut over = node.clone();
        over.remove("like");
        let Some(name) = like.text() else {
            self.problems.error_at(Code::WrongShape, like, "`like` takes the name of one entry");
            return Some(over);
        };
        let base = self.named(category, name, like.span, Code::UnknownEntry, chain)?;
        Some(overlay_preset(&base, &over, category.name()))
    }

    fn named(
        &mut self,
        category: Category,
        name: &str,
        at: Span,
        unknown: Code,
        chain: &mut Vec<String>,
    ) -> Option<Node> {
        if chain.iter().any(|seen| seen == name) {
            let round = chain.join("` -> `");
            let message = format!("`like` goes round in a circle: `{round}` -> `{name}`");
            self.problems.push(Problem::new(Code::CyclicLike, message).at(at).help("write one of them out"));
            return None;
        }
        if chain.len() > MAX_LIKES {
            let message = format!("`like` leads on through more entries than MAX_LIKES, {MAX_LIKES}");
            self.problems.push(Problem::new(Code::TooMany, message).at(at).help("write one of them out"));
            return None;
        }
        let on = |shelves: &Option<Node>| shelves.as_ref()?.get(category.name())?.get(name).cloned();
        let own = on(&self.own);
        let from_library = || on(&self.kept).or_else(|| self.shelves.shelf(category).get(name).cloned());
        let is_own = own.is_some();
        let Some(found) = own.or_else(from_library) else {
            let mut problem = Problem::new(unknown, format!("there is no {} called `{name}`", category.one())).at(at);
            problem.help = suggestion(name, self.names(category).iter().map(String::as_str));
            self.problems.push(problem);
            return None;
        };
        if !is_own {
            self.used.insert((category, name.to_owned()), found.clone());
        }
        chain.push(name.to_owned());
        let resolved = self.resolve(category, &found, chain);
        chain.pop();
        let mut resolved = resolved?;
        self.inner(category, &mut resolved);
        Some(resolved)
    }

    /// All names of a category, the file's own first.
    fn names(&self, category: Category) -> Vec<String> {
        let own = self.own.as_ref().and_then(|own| own.get(category.name()));
        let shelves = own.into_iter().chain([self.shelves.shelf(category)]);
        shelves.flat_map(|s| s.entries().unwrap_or_default()).map(|(key, _)| key.name.clone()).collect()
    }
}

/// Writes out how long a fault slows PCs down where it does and its text leaves it open, so that this is listed among
/// what is assumed.
fn slow_phase(fault: &mut Node) {
    let defect = fault.get("defect").and_then(Node::text).map(serde_json::Value::from);
    let defect = defect.and_then(|word| serde_json::from_value::<Defect>(word).ok());
    if !defect.is_some_and(begins_slow) || fault.get("slow_for").is_some() {
        return;
    }
    let span = fault.head();
    let key = |name: &str| Key { name: name.to_owned(), span };
    let map = |entries| Node { value: Value::Map(entries), span };
    let [(median, m), (p95, p)] =
        USUAL_SLOW_PHASE.map(|(name, text)| (key(name), Node::scalar(text, Style::Plain, span)));
    fault.insert(key("slow_for"), map(vec![(key("lognormal"), map(vec![(median, m), (p95, p)]))]));
}

/// Calls `visit` for every entry of a map.
fn each(map: Option<&mut Node>, mut visit: impl FnMut(&Key, &mut Node)) {
    if let Some(Value::Map(entries)) = map.map(|node| &mut node.value) {
        for (key, node) in entries {
            visit(key, node);
        }
    }
}

/// The value of a key, to be changed, if `map` is a map that has it.
fn child<'a>(map: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut map.value {
        Value::Map(entries) => entries.iter_mut().find(|(k, _)| k.name == key).map(|(_, node)| node),
        _ => None,
    }
}
