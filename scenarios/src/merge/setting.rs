//! `--set`: one value, laid over a scenario at a dotted path.

use super::overlay;
use crate::expand::{Used, expand};
use crate::library::{Category, Shelves};
use crate::problem::{Code, Problem, Problems, nearest, suggestion};
use crate::schema::{Place, scenario};
use crate::source::{Key, Node, Sources, Span, Style, Value, join, segments};

/// Lays a setting such as `fleet.pcs=2M` over a scenario, as `--set` gives it; the value is YAML. Positions point into
/// the setting, which is added to `sources`. `null` takes a key away, or an item of a list.
///
/// The path may run into what a preset gives: a preset that is named by a bare word is then started from with `like`,
/// and a step of a playbook gets settings. What cannot be set is reported, and changes nothing.
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
    let path: Vec<&str> = segments(path.trim()).collect();
    let before = problems.len();
    if path.is_empty() {
        let problem = Problem::new(Code::BadSetting, "there is no path before the `=`").at(span);
        problems.push(problem.help("write `--set fleet.pcs=2M`"));
    }
    if let Some(first @ ("extends" | "format" | "library")) = path.first().copied() {
        let problem = Problem::new(Code::BadSetting, format!("`{first}` is read before anything is set")).at(span);
        problems.push(problem.help(format!("write `{first}` into the file")));
        return root;
    }
    if setting[start..].trim().is_empty() {
        let problem =
            Problem::new(Code::BadSetting, "there is no value after the `=`").at(sources.span(file, start, start));
        problems.push(problem.help("`null` takes away what is there"));
        return root;
    }
    let value = sources.parse_part(file, start..setting.len(), problems);
    let Some(value) = value.filter(|_| problems.len() == before) else { return root };
    let shelves = Shelves::open(&mut Sources::new());
    let within = Within::of(&root, &path, &shelves);
    if let Err(problem) = within.check(&value) {
        problems.push(problem.at(span));
        return root;
    }
    if value.value == Value::Null && within.take_away(&mut root, &shelves) == Left::Nothing {
        return root;
    }
    let tree = within.tree;
    if let Some(local) = below_mut(&mut root, within.prefix) {
        put(local, Some(&tree), Some(scenario().root()), within.path, &Put { value, span });
    }
    root
}

/// Whether something is still there after a key was taken away.
#[derive(PartialEq, Eq)]
enum Left {
    Nothing,
    /// It is from a preset, or from what a level is laid over: `null` has to say that it goes.
    Inherited,
}

/// The scenario or the level of a factor that a path runs into, and what it inherits.
struct Within<'a> {
    /// The path to the level; empty for the scenario itself.
    prefix: &'a [&'a str],
    /// The rest of the path.
    path: &'a [&'a str],
    /// What is written there.
    local: Node,
    /// The same, with what it is laid over.
    tree: Node,
    /// The same, with presets in their places.
    full: Node,
}

impl<'a> Within<'a> {
    fn of(root: &Node, path: &'a [&'a str], shelves: &Shelves) -> Within<'a> {
        let level = match path {
            ["factors", _, _, _, ..] => root.at(&path[..3].join(".")).filter(|level| level.entries().is_some()),
            _ => None,
        };
        let (prefix, path) = path.split_at(if level.is_some() { 3 } else { 0 });
        let tree = level.map_or_else(|| root.clone(), |level| overlay(root, level));
        let mut full = tree.clone();
        // What is wrong with the presets is reported when the arms are expanded.
        expand(&mut full, shelves, &mut Used::new(), &mut Problems::new());
        Within { prefix, path, local: level.unwrap_or(root).clone(), tree, full }
    }

    /// Refuses a path that leads nowhere, at its first wrong segment.
    fn check(&self, value: &Node) -> Result<(), Problem> {
        let nothing = Node::scalar("", Style::Plain, value.span);
        let mut place = Some(scenario().root());
        let mut nodes = [Some(&self.full), Some(&self.tree), Some(&self.local)];
        let mut walked = self.prefix.join(".");
        for segment in self.path {
            let node = nodes.into_iter().flatten().next();
            let [_, _, local] = nodes;
            if node.is_some_and(|n| n.items().is_some()) && local.is_none_or(|n| n.items().is_none()) {
                let message =
                    format!("the list `{walked}` is not written here, so its items can't be changed one by one");
                return Err(Problem::new(Code::UnknownPath, message).help(format!("set it whole: `{walked}=[…]`")));
            }
            let known = known_below(place, &nodes);
            let is_there = nodes.into_iter().flatten().any(|n| n.at(segment).is_some());
            let may_be = known.iter().any(|name| name == segment) || (takes_names(place) && is_given(value));
            if !is_there && !may_be {
                let takes_any = place.is_some_and(|place| {
                    place.maps().iter().any(|map| map.is_open() && map.keyword("maxProperties").is_none())
                });
                return Err(self.unknown(segment, &walked, node, &known, takes_any));
            }
            place = place.and_then(|place| place.below(node.unwrap_or(&nothing), segment));
            nodes = nodes.map(|node| node.and_then(|n| n.at(segment)));
            walked = join(&walked, segment);
        }
        Ok(())
    }

    /// `takes_any` is whether entries have names of their own there.
    fn unknown(&self, segment: &str, walked: &str, node: Option<&Node>, known: &[String], takes_any: bool) -> Problem {
        let whose = if walked.is_empty() { "the scenario".to_owned() } else { format!("`{walked}`") };
        let architecture =
            |name: &str| self.full.at(&format!("presets.{}.{name}", Category::Architectures.name())).is_some();
        let mut problem = Problem::new(Code::UnknownPath, format!("{whose} has no `{segment}`"));
        problem.help = match node.map(|n| (n.items(), n.text())) {
            Some((Some(items), _)) => Some(format!("it has {} items, numbered from 0", items.len())),
            Some((_, Some(name))) if walked.ends_with(".architecture") && architecture(name) => Some(format!(
                "it takes a name: write an architecture with `like: {name}` under `presets.architectures`, and name that"
            )),
            Some((_, Some(text))) => Some(format!("it is the single value `{text}`")),
            _ => suggestion(segment, known.iter().map(String::as_str)),
        };
        if takes_any && nearest(segment, known.iter().map(String::as_str)).is_none() {
            const NEW: &str = "a new entry is written into the file";
            problem.help = Some(problem.help.map_or(NEW.to_owned(), |help| format!("{help}; {NEW}")));
        }
        problem
    }

    /// Takes away what is written at the path, and says whether anything is inherited there.
    fn take_away(&self, root: &mut Node, shelves: &Shelves) -> Left {
        let whole = [self.prefix, self.path].concat();
        let Some((last, above)) = whole.split_last() else { return Left::Nothing };
        if let Some(above) = below_mut(root, above) {
            if let (Value::List(items), Ok(index)) = (&mut above.value, last.parse::<usize>()) {
                if index < items.len() {
                    items.remove(index);
                }
                return Left::Nothing;
            }
            above.remove(last);
        }
        let after = Within::of(root, &whole, shelves);
        let path = after.path.join(".");
        // Presets give nothing at the top; what stands for itself there when it is left out is not inherited.
        let is_inherited = match (after.prefix, after.path) {
            ([], [_]) => false,
            (_, [_]) => after.tree.at(&path).is_some(),
            _ => after.full.at(&path).is_some(),
        };
        if is_inherited { Left::Inherited } else { Left::Nothing }
    }
}

/// Whether names can stand here that are checked only when the arms are expanded: settings, which only the step itself
/// knows, and names of presets.
fn takes_names(place: Option<Place<'_>>) -> bool {
    place.is_some_and(|place| {
        place.preset_category() == Some(Category::Steps.name()) || place.keyword("x-names").is_some()
    })
}

fn is_given(value: &Node) -> bool {
    value.value != Value::Null
}

/// The keys that are or may be below the nodes at a place.
fn known_below(place: Option<Place<'_>>, nodes: &[Option<&Node>]) -> Vec<String> {
    let node = nodes.iter().copied().flatten().next();
    let maps = place.map(|place| node.map_or_else(|| place.maps(), |node| place.maps_of(node))).unwrap_or_default();
    let mut names: Vec<String> =
        maps.iter().flat_map(|map| map.properties()).map(|(name, _)| name.to_owned()).collect();
    for (key, _) in nodes.iter().copied().flatten().flat_map(|node| node.entries().unwrap_or_default()) {
        if !names.contains(&key.name) {
            names.push(key.name.clone());
        }
    }
    names
}

/// What is put, and where the path to it stands.
struct Put {
    value: Node,
    span: Span,
}

/// Puts a value at a path, making the maps on the way. `tree` is what stands at the same place with what the node is
/// laid over.
fn put(node: &mut Node, tree: Option<&Node>, place: Option<Place<'_>>, path: &[&str], what: &Put) {
    let Some((first, rest)) = path.split_first() else {
        *node = what.value.clone();
        return;
    };
    let tree = tree.and_then(|tree| tree.at(first));
    let below = place.and_then(|place| place.below(node, first));
    let slot = match &mut node.value {
        Value::List(items) => first.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
        Value::Map(entries) => {
            let index = entries.iter().position(|(k, _)| k.name == *first).unwrap_or_else(|| {
                let key = Key { name: (*first).to_owned(), span: what.span };
                entries.push((key, opened(tree, below, what.span)));
                entries.len() - 1
            });
            Some(&mut entries[index].1)
        }
        _ => None,
    };
    let Some(slot) = slot else { return };
    if !rest.is_empty() && slot.entries().is_none() && slot.items().is_none() {
        *slot = opened(Some(slot), below, what.span);
    }
    put(slot, tree, below, rest, what);
}

/// The map that takes the place of a single value, or of nothing: a preset that is named there is started from.
fn opened(node: Option<&Node>, place: Option<Place<'_>>, span: Span) -> Node {
    let empty = Node { value: Value::Map(Vec::new()), span };
    let Some(place) = place.filter(|place| place.takes_presets()) else { return empty };
    let usual = || Some(Node::scalar(place.keyword("x-usual")?.as_str()?, Style::Plain, span));
    let Some(name) = node.filter(|n| n.text().is_some()).cloned().or_else(|| node.is_none().then(usual).flatten())
    else {
        return empty;
    };
    let mut map = empty.clone();
    if place.preset_category().is_some() {
        map.insert(Key { name: "like".into(), span: name.span }, name);
    } else if let Some(step) = name.text() {
        map.insert(Key { name: step.to_owned(), span: name.span }, empty);
    }
    map
}

/// What stands at a path, to be changed.
fn below_mut<'a>(node: &'a mut Node, path: &[&str]) -> Option<&'a mut Node> {
    path.iter().try_fold(node, |node, segment| match &mut node.value {
        Value::Map(entries) => entries.iter_mut().find(|(k, _)| k.name == *segment).map(|(_, node)| node),
        Value::List(items) => segment.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
        _ => None,
    })
}
