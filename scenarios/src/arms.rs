//! Factors and arms: which combinations of levels are compared, and the tree of each.

use crate::experiment::{Arm, Factor};
use crate::file::{Arms, Combination, Compare};
use crate::merge::overlay;
use crate::problem::{Code, Problem, Problems, suggestion};
use crate::source::{Key, Node, Value, join};

/// Limit: arms of one experiment.
pub(crate) const MAX_ARMS: usize = 256;

/// The keys that say what is asked, not what is simulated: levels can't change them.
const QUESTION: &[&str] =
    &["format", "name", "question", "extends", "library", "factors", "compare", "expect", "history"];

/// One factor with its levels: what is laid over the rest.
#[derive(Clone, Debug)]
struct Choice {
    key: Key,
    levels: Vec<(Key, Node)>,
}

/// What is compared.
#[derive(Clone, Debug)]
pub(crate) struct Design {
    choices: Vec<Choice>,
    /// For each arm, the level of each factor.
    arms: Vec<Vec<usize>>,
    /// Index of the baseline among the arms.
    pub(crate) baseline: usize,
}

impl Design {
    /// Reads the factors of a scenario's tree and the arms that it compares.
    pub(crate) fn read(root: &Node, compare: &Compare, problems: &mut Problems) -> Design {
        let mut design = Design { choices: choices(root, problems), arms: Vec::new(), baseline: 0 };
        design.arms = design.arms(root, &compare.arms, problems);
        if let Some(baseline) = &compare.baseline {
            design.baseline = design.baseline(root, baseline, problems);
        }
        design
    }

    pub(crate) fn factors(&self) -> Vec<Factor> {
        let names = |choice: &Choice| choice.levels.iter().map(|(key, _)| key.name.clone()).collect();
        self.choices.iter().map(|c| Factor { name: c.key.name.clone(), levels: names(c) }).collect()
    }

    pub(crate) fn named_arms(&self) -> Vec<Arm> {
        self.arms
            .iter()
            .map(|arm| {
                let levels: Vec<String> = self.levels(arm).map(|(_, (key, _))| key.name.clone()).collect();
                let name = if levels.is_empty() { "all".to_owned() } else { levels.join(" / ") };
                Arm { name, levels }
            })
            .collect()
    }

    /// The tree of each arm: its levels laid over the rest, in the order of the factors.
    pub(crate) fn trees<'a>(&'a self, root: &'a Node) -> impl Iterator<Item = Node> + 'a {
        self.arms.iter().map(|arm| {
            let mut base = root.clone();
            base.remove("factors");
            self.levels(arm).fold(base, |tree, (_, (_, level))| overlay(&tree, level))
        })
    }

    /// The names of the factor and level of an arm, for each factor.
    pub(crate) fn names_of(&self, arm: usize) -> Vec<(&str, &str)> {
        self.levels(&self.arms[arm]).map(|(choice, (key, _))| (choice.key.name.as_str(), key.name.as_str())).collect()
    }

    /// The arm that differs from the baseline in this level only, if it is compared.
    pub(crate) fn only_differing_in(&self, factor: usize, level: usize) -> Option<usize> {
        let mut wanted = self.arms.get(self.baseline)?.clone();
        wanted[factor] = level;
        self.arms
            .iter()
            .position(|arm| *arm == wanted)
            .or_else(|| self.arms.iter().position(|arm| arm[factor] == level))
    }

    fn levels<'a>(&'a self, arm: &'a [usize]) -> impl Iterator<Item = (&'a Choice, &'a (Key, Node))> {
        self.choices.iter().zip(arm).map(|(choice, level)| (choice, &choice.levels[*level]))
    }

    fn arms(&self, root: &Node, written: &Arms, problems: &mut Problems) -> Vec<Vec<usize>> {
        let mut arms = match written {
            Arms::All => {
                let count = self.choices.iter().map(|c| c.levels.len()).try_fold(1_usize, usize::checked_mul);
                if count.is_none_or(|count| count > MAX_ARMS) {
                    self.too_many(root, count, problems);
                    return Vec::new();
                }
                self.product(&vec![None; self.choices.len()])
            }
            Arms::These(list) => {
                let mut arms = Vec::new();
                for (i, combination) in list.iter().enumerate() {
                    let path = format!("compare.arms.{i}");
                    let Some(fixed) = self.fixed(root, &path, combination, problems) else { continue };
                    for arm in self.product(&fixed) {
                        if arms.contains(&arm) {
                            problems.error_at_path(Code::BadComparison, root, &path, "this arm is compared already");
                        } else {
                            arms.push(arm);
                        }
                    }
                }
                arms
            }
        };
        if arms.len() > MAX_ARMS {
            self.too_many(root, Some(arms.len()), problems);
            arms.truncate(1);
        }
        if arms.is_empty() {
            problems.error_at_path(Code::BadComparison, root, "compare.arms", "there is no arm to simulate");
        }
        arms
    }

    fn too_many(&self, root: &Node, count: Option<usize>, problems: &mut Problems) {
        let count = count.map_or("too many to count".to_owned(), |count| count.to_string());
        let message = format!("the factors make {count} arms, the limit MAX_ARMS is {MAX_ARMS}");
        let path = self.choices.first().map_or("compare", |_| "factors");
        problems.error_at_path(Code::TooMany, root, path, message);
        problems.help("list the combinations that matter under `compare.arms`");
    }

    /// All arms with these levels; `None` leaves a factor free. The last factor varies fastest.
    fn product(&self, fixed: &[Option<usize>]) -> Vec<Vec<usize>> {
        let mut arms = vec![Vec::new()];
        for (choice, level) in self.choices.iter().zip(fixed) {
            let levels: Vec<usize> = level.map_or_else(|| (0..choice.levels.len()).collect(), |level| vec![level]);
            arms = arms.iter().flat_map(|arm| levels.iter().map(move |l| [arm.as_slice(), &[*l]].concat())).collect();
        }
        arms
    }

    /// The level of each factor that a combination names; names that nothing has are reported.
    fn fixed(
        &self,
        root: &Node,
        path: &str,
        combination: &Combination,
        problems: &mut Problems,
    ) -> Option<Vec<Option<usize>>> {
        let mut fixed = vec![None; self.choices.len()];
        let mut known = true;
        for (factor, level) in combination {
            let place = root.place(&join(path, factor));
            let Some(index) = self.choices.iter().position(|choice| choice.key.name == *factor) else {
                let mut problem = Problem::new(Code::UnknownName, format!("there is no factor called `{factor}`"))
                    .at(root.at(path).and_then(|node| node.entry(factor)).map_or(place, |(key, _)| key.span));
                problem.help = suggestion(factor, self.choices.iter().map(|c| c.key.name.as_str()));
                problems.push(problem);
                known = false;
                continue;
            };
            let levels = &self.choices[index].levels;
            fixed[index] = levels.iter().position(|(key, _)| key.name == *level);
            if fixed[index].is_none() {
                let message = format!("the factor `{factor}` has no level called `{level}`");
                let mut problem = Problem::new(Code::UnknownName, message).at(place);
                problem.help = suggestion(level, levels.iter().map(|(key, _)| key.name.as_str()));
                problems.push(problem);
                known = false;
            }
        }
        known.then_some(fixed)
    }

    fn baseline(&self, root: &Node, combination: &Combination, problems: &mut Problems) -> usize {
        let path = "compare.baseline";
        match self.selected(root, path, combination, problems).as_deref() {
            Some([only]) => *only,
            Some([]) => {
                problems.error_at_path(Code::BadComparison, root, path, "the baseline is not among the arms");
                problems.help("add it to `compare.arms`");
                0
            }
            Some(many) => {
                let message = format!("the baseline names {} arms, not one", many.len());
                problems.error_at_path(Code::BadComparison, root, path, message);
                let free: Vec<&str> = self
                    .choices
                    .iter()
                    .map(|c| c.key.name.as_str())
                    .filter(|name| !combination.contains_key(*name))
                    .collect();
                problems.help(format!("say the level of `{}` too", free.join("` and `")));
                0
            }
            None => 0,
        }
    }

    /// The arms that have all of these levels; `None` if a name is unknown, which is reported.
    pub(crate) fn selected(
        &self,
        root: &Node,
        path: &str,
        combination: &Combination,
        problems: &mut Problems,
    ) -> Option<Vec<usize>> {
        let fixed = self.fixed(root, path, combination, problems)?;
        let matches = |arm: &Vec<usize>| fixed.iter().zip(arm).all(|(f, level)| f.is_none_or(|f| f == *level));
        Some((0..self.arms.len()).filter(|i| matches(&self.arms[*i])).collect())
    }

    /// Reports a factor or level of the command line that nothing has.
    pub(crate) fn holds_level(&self, factor: &str, level: &str, problems: &mut Problems) {
        let choice = self.choices.iter().find(|choice| choice.key.name == factor);
        let (message, help) = match choice {
            None => (
                format!("`--only {factor}={level}`: there is no factor called `{factor}`"),
                suggestion(factor, self.choices.iter().map(|c| c.key.name.as_str())),
            ),
            Some(choice) if choice.levels.iter().all(|(key, _)| key.name != level) => (
                format!("`--only {factor}={level}`: the factor `{factor}` has no level called `{level}`"),
                suggestion(level, choice.levels.iter().map(|(key, _)| key.name.as_str())),
            ),
            Some(_) => return,
        };
        let mut problem = Problem::new(Code::UnknownName, message);
        problem.help = help;
        problems.push(problem);
    }

    /// Takes out of a scenario's tree all levels but these (of the factors that they name), the arms and expectations
    /// that speak of other levels, and, if the baseline is among those, the expectations that are held against it.
    pub(crate) fn keep_only(&self, root: &mut Node, only: &[(String, String)]) {
        let kept = |factor: &str, level: &str| {
            let mut of_factor = only.iter().filter(|(f, _)| f == factor).peekable();
            of_factor.peek().is_none() || of_factor.any(|(_, l)| l == level)
        };
        let combination_kept = |node: &Node| {
            let levels = node.entries().unwrap_or_default();
            levels.iter().all(|(factor, level)| kept(&factor.name, level.text().unwrap_or_default()))
        };
        let baseline_kept = self.names_of(self.baseline).iter().all(|(factor, level)| kept(factor, level));
        for choice in &self.choices {
            let levels = choice.levels.iter().filter(|(key, _)| kept(&choice.key.name, &key.name)).cloned().collect();
            edit(root, "factors", |factors| {
                edit(factors, &choice.key.name, |factor| factor.value = Value::Map(levels));
            });
        }
        edit(root, "compare", |compare| {
            edit(compare, "arms", |arms| {
                if let Value::List(list) = &mut arms.value {
                    list.retain(combination_kept);
                }
            });
            if !baseline_kept {
                compare.remove("baseline");
            }
        });
        edit(root, "expect", |expect| {
            if let Value::Map(expectations) = &mut expect.value {
                expectations.retain(|(_, node)| {
                    let of = node.get("arm");
                    let on_baseline = of.and_then(Node::text) == Some("baseline")
                        || node.get("versus").and_then(Node::text) == Some("baseline");
                    of.is_none_or(combination_kept) && (baseline_kept || !on_baseline)
                });
            }
        });
    }

    /// How many arms there are.
    pub(crate) fn len(&self) -> usize {
        self.arms.len()
    }
}

/// The levels of all factors of a scenario's tree, whether an arm has them or not: partial scenarios.
pub(crate) fn levels(root: &Node) -> impl Iterator<Item = &Node> {
    let factors = root.get("factors").and_then(Node::entries).unwrap_or_default();
    factors.iter().flat_map(|(_, factor)| factor.entries().unwrap_or_default()).map(|(_, level)| level)
}

fn choices(root: &Node, problems: &mut Problems) -> Vec<Choice> {
    let mut choices = Vec::new();
    for (key, node) in root.get("factors").and_then(Node::entries).unwrap_or_default() {
        let levels: Vec<(Key, Node)> = match &node.value {
            Value::Map(levels) if !levels.is_empty() => levels.clone(),
            _ => {
                problems.error(Code::WrongShape, key.span, format!("the factor `{}` has no levels", key.name));
                problems.help("write a map from the names of its levels to partial scenarios; `{}` changes nothing");
                continue;
            }
        };
        for (level, tree) in &levels {
            let Some(entries) = tree.entries() else {
                problems.error(Code::WrongShape, level.span, format!("the level `{}` is not a map", level.name));
                problems.help("write a partial scenario; `{}` changes nothing");
                continue;
            };
            for (inner, _) in entries.iter().filter(|(inner, _)| QUESTION.contains(&inner.name.as_str())) {
                let message = format!("a level can't change `{}`", inner.name);
                problems.error(Code::Conflict, inner.span, message);
                problems.help("levels change what is simulated, not what is asked");
            }
        }
        choices.push(Choice { key: key.clone(), levels });
    }
    choices
}

/// Changes the value of a key, if the map has it.
fn edit(map: &mut Node, key: &str, change: impl FnOnce(&mut Node)) {
    if let Value::Map(entries) = &mut map.value
        && let Some((_, node)) = entries.iter_mut().find(|(k, _)| k.name == key)
    {
        change(node);
    }
}
