//! A scenario as it is written, before anything is put in its place: what no arm comes to use is checked here, too.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Owner};
use crate::arms::levels;
use crate::library::{Category, Shelves};
use crate::problem::{Code, Problem, Problems, suggestion};
use crate::schema::{Place, scenario};
use crate::source::{Node, Span};

/// What names can stand in a scenario where it takes presets.
#[derive(Debug)]
pub(super) struct Written {
    /// The entries that there are, by category: the library's, and those that the scenario has anywhere.
    entries: BTreeMap<&'static str, Vec<String>>,
    /// The settings that any recovery step has. A playbook writes them among the step's own keys.
    settings: BTreeSet<String>,
}

/// Checks everything that is written in a scenario, used or not: every key has to be known, and every value to fit its
/// key. What is missing, and what `null` takes away, shows only in the arms. Gives back the keys for which misspelt
/// ones were taken.
pub(crate) fn check_written(root: &Node, shelves: &Shelves, problems: &mut Problems) -> BTreeSet<String> {
    let written = Written::of(root, shelves);
    let mut checker = Checker { written: Some(&written), ..Checker::new(problems) };
    let mut whole = root.clone();
    whole.remove("factors");
    let owner = Owner { name: None, span: root.head() };
    for tree in [&whole].into_iter().chain(levels(root)).filter(|tree| tree.entries().is_some()) {
        checker.check(tree, scenario().root(), owner);
    }
    checker.meant
}

impl Written {
    fn of(root: &Node, shelves: &Shelves) -> Written {
        let own = [root].into_iter().chain(levels(root)).flat_map(|tree| [tree.get("presets"), tree.get("library")]);
        let own: Vec<&Node> = own.flatten().collect();
        let mut entries = BTreeMap::new();
        let mut settings = BTreeSet::new();
        for &category in Category::ALL {
            let shelves =
                own.iter().filter_map(|presets| presets.get(category.name())).chain([shelves.shelf(category)]);
            let mut names = Vec::new();
            for (key, entry) in shelves.flat_map(|shelf| shelf.entries().unwrap_or_default()) {
                names.push(key.name.clone());
                let of_entry = entry.get("settings").and_then(Node::entries).unwrap_or_default();
                settings.extend(of_entry.iter().map(|(setting, _)| setting.name.clone()));
            }
            entries.insert(category.name(), names);
        }
        Written { entries, settings }
    }

    /// The settings that may stand in a map among its own keys: those of all steps, if it is one.
    pub(super) fn settings(&self, map: Place<'_>) -> impl Iterator<Item = &str> {
        let is_step = map.keyword("x-preset").is_some_and(|category| category == Category::Steps.name());
        self.settings.iter().map(String::as_str).filter(move |name| is_step && map.under(name).is_none())
    }

    /// What is wrong with the name of an entry at a place, if entries are taken there by name.
    pub(super) fn unknown(&self, name: &str, place: Place<'_>, at: Span, code: Code) -> Option<Problem> {
        let named = || place.maps().into_iter().find_map(|map| map.under("")?.preset_category());
        let category = place.preset_category().or_else(named)?;
        let category = *Category::ALL.iter().find(|known| known.name() == category)?;
        let known = self.entries.get(category.name())?;
        if known.iter().any(|entry| entry == name) {
            return None;
        }
        let mut problem = Problem::new(code, format!("there is no {} called `{name}`", category.one())).at(at);
        problem.help = suggestion(name, known.iter().map(String::as_str));
        Some(problem)
    }
}
