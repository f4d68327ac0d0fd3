//! Values that are varied: each becomes a factor of the scenario, whose levels are the values it takes, before the
//! scenario is read any further. What comes out is an ordinary scenario, and its resolved file says so.

use super::Options;
use crate::expand::MAX_LIKES;
use crate::library::{Category, Shelves};
use crate::merge;
use crate::problem::{Code, Problem, Problems};
use crate::quantity::measure;
use crate::schema::{Form, Place, scenario};
use crate::source::{Key, Node, Sources, Span, Style, Value, join, segments};

/// Limit: values that one factor is varied over.
pub const MAX_VALUES: usize = 64;
/// Values of a range that doesn't say how many.
const USUAL_VALUES: usize = 5;
/// Digits after the decimal point of the values within a range, at most.
const DECIMALS: usize = 4;

/// A value and what it is varied over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vary {
    /// The path of the value, such as `fleet.pcs`.
    pub key: String,
    /// The values it takes, in order; each is YAML, as after the `=` of `--set`.
    pub values: Vec<String>,
    /// Whether they are spaced evenly over a range, so that another count would be others.
    pub is_range: bool,
}

impl Vary {
    /// Reads `KEY=VALUE,VALUE,…` or `KEY=LOW..HIGH` (five values, evenly spaced) or `KEY=LOW..HIGH/COUNT`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Vary, String> {
        let Some((key, values)) = text.split_once('=').map(|(key, values)| (key.trim(), values.trim())) else {
            return Err("write KEY=VALUE,VALUE,… or KEY=LOW..HIGH, such as `fleet.pcs=1M..5M`".into());
        };
        let (values, is_range) = match values.split_once("..") {
            Some((low, high)) if !values.contains([',', '{', '[']) => (range(low.trim(), high.trim())?, true),
            _ => (list(values), false),
        };
        if key.is_empty() || values.iter().any(String::is_empty) {
            return Err("write KEY=VALUE,VALUE,… with nothing left empty".into());
        }
        if values.len() < 2 {
            return Err("one value is no variation: `--set` sets it".into());
        }
        if values.len() > MAX_VALUES {
            return Err(format!("{} values, the limit MAX_VALUES is {MAX_VALUES}", values.len()));
        }
        let names: Vec<String> = values.iter().map(|value| without_groups(value)).collect();
        if let Some((i, _)) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
            return Err(format!("`{}` is there twice", values[i]));
        }
        Ok(Vary { key: key.to_owned(), values, is_range })
    }
}

/// The parts between commas that are not within brackets.
fn list(values: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_i32;
    for c in values.chars() {
        depth += i32::from(matches!(c, '{' | '[')) - i32::from(matches!(c, '}' | ']'));
        match (c, depth, parts.last_mut()) {
            (',', 0, _) => parts.push(String::new()),
            (_, _, Some(part)) => part.push(c),
            (_, _, None) => {}
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// Evenly spaced values from `low` to what `high` says before a `/COUNT`.
fn range(low: &str, high: &str) -> Result<Vec<String>, String> {
    let (high, count) = match high.split_once('/') {
        None => (high, USUAL_VALUES),
        Some((high, count)) => match count.trim().parse() {
            Ok(count) if (2..=MAX_VALUES).contains(&count) => (high.trim(), count),
            _ => {
                let of = "behind the `/` of a range stands how many values it has";
                return Err(format!("{of}, 2 to MAX_VALUES ({MAX_VALUES}), and not `{}`", count.trim()));
            }
        },
    };
    spaced(low, high, count)
}

/// So many evenly spaced values from `low` to `high`.
fn spaced(low: &str, high: &str, count: usize) -> Result<Vec<String>, String> {
    let (Some((from, unit)), Some((to, other))) = (number(low), number(high)) else {
        return Err(format!("`{low}` and `{high}` are no numbers to go between; list the values instead"));
    };
    // A zero needs no unit.
    let unit = if unit.is_empty() && from == 0.0 { other } else { unit };
    if unit.trim() != other.trim() {
        return Err(format!("a range has one unit, not `{}` and `{}`", unit.trim(), other.trim()));
    }
    let step = (to - from) / (count - 1) as f64;
    let written = |value: f64| {
        let text = format!("{value:.DECIMALS$}");
        format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
    };
    Ok((0..count).map(|i| written(from + step * i as f64)).collect())
}

/// A text without the `_` that group the digits of a number: `8_000` is `8000`.
fn without_groups(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let groups = |at: usize, c: char| c == '_' && is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
    text.char_indices().filter(|(at, c)| !groups(*at, *c)).map(|(_, c)| c).collect()
}

/// A number and what follows it.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Makes a factor of each value that is varied. It comes after the scenario's own factors, so that its values stand
/// whatever those set; factors that have one level only become part of the rest first, so that what they set can be
/// varied. What the scenario expects is taken out: it was written for its own values.
pub(super) fn apply(mut root: Node, options: &Options, sources: &mut Sources, problems: &mut Problems) -> Node {
    if options.vary.is_empty() {
        return root;
    }
    root.remove("expect");
    fold_single_levels(&mut root);
    for (i, vary) in options.vary.iter().enumerate() {
        if options.vary[..i].iter().any(|earlier| segments(&earlier.key).eq(segments(&vary.key))) {
            let problem = Problem::new(Code::BadSetting, format!("`--vary {}` is there twice", vary.key));
            problems.push(problem.help("give all values at once: `KEY=VALUE,VALUE,…`"));
            continue;
        }
        root = one(root, vary, sources, problems);
    }
    root
}

fn one(mut root: Node, vary: &Vary, sources: &mut Sources, problems: &mut Problems) -> Node {
    let Vary { key, values, .. } = vary;
    let before = problems.len();
    if segments(key).next() == Some("factors") {
        let problem = Problem::new(Code::BadSetting, format!("`--vary {key}`: a level of a factor can't be varied"));
        problems.push(problem.help("keep that level with `--only`, and vary the value by its path without the factor"));
        return root;
    }
    if let Some(problem) = misses(&root, vary) {
        problems.push(problem);
        return root;
    }
    let span = root.head();
    let name = factor_name(&root, key);
    let names = level_names(values);
    let level = Node { value: Value::Map(list_on_the_way(&root, key, span)), span };
    let levels = names.iter().map(|name| (plain(name, span), level.clone())).collect();
    let mut factors = root.get("factors").cloned().unwrap_or(Node { value: Value::Map(Vec::new()), span });
    factors.insert(plain(&name, span), Node { value: Value::Map(levels), span });
    root.insert(plain("factors", span), factors);
    for (level, value) in names.iter().zip(values) {
        root = merge::set(root, &format!("factors.{name}.{level}.{key}={value}"), sources, problems);
        if problems.len() > before {
            return root;
        }
    }
    edit(&mut root, "compare", |compare| {
        edit(compare, "baseline", |baseline| {
            baseline.insert(plain(&name, span), Node::scalar(&names[0], Style::Plain, span));
        });
    });
    root
}

/// What is wrong with a range that has values between its ends which can't stand there, such as half a PC: the nearest
/// count of values that can is told.
fn misses(root: &Node, Vary { key, values, is_range }: &Vary) -> Option<Problem> {
    let (first, last) = (values.first()?, values.last()?);
    let quantity = quantity_at(root, key).filter(|_| *is_range)?;
    let fits = |value: &String| measure(quantity, value).is_none_or(|read| read.is_ok());
    let wrong = values.iter().find(|value| !fits(value))?;
    if !fits(first) || !fits(last) {
        // No count helps; what is wrong with the end is told where it is set.
        return None;
    }
    let sound = |count: &usize| spaced(first, last, *count).is_ok_and(|values| values.iter().all(fits));
    let nearest = (2..=MAX_VALUES).filter(sound).min_by_key(|count| count.abs_diff(values.len()))?;
    let message = format!("`--vary {key}`: {} values from {first} to {last} would hold `{wrong}`", values.len());
    let help = format!("`{key}={first}..{last}/{nearest}` works; or list the values: `{key}=VALUE,VALUE,…`");
    Some(Problem::new(Code::TooFine, message).help(help))
}

/// The name of the quantity that can stand at a path, as far as the types alone tell; of a step's setting, the quantity
/// of the field that it sets.
fn quantity_at(root: &Node, key: &str) -> Option<&'static str> {
    let nothing = Node::scalar("", Style::Plain, root.head());
    let mut node = Some(root);
    let mut place = scenario().root();
    let mut above = "";
    for segment in segments(key) {
        let Some(below) = place.below(node.unwrap_or(&nothing), segment) else {
            let field = field_of_setting(root, above, segment).filter(|_| place.preset_category().is_some())?;
            let down = |place: Place<'static>, segment| place.below(&nothing, segment);
            return segments(&field).try_fold(place, down).and_then(quantity_of);
        };
        place = below;
        node = node.and_then(|node| node.at(segment));
        above = segment;
    }
    quantity_of(place)
}

fn quantity_of(place: Place<'static>) -> Option<&'static str> {
    place.forms().into_iter().find_map(|form| if let Form::Quantity(name, _) = form { Some(name) } else { None })
}

/// The path of the field that a step's setting sets.
fn field_of_setting(root: &Node, step: &str, setting: &str) -> Option<String> {
    let shelves = Shelves::open(&mut Sources::new());
    let steps = [root.at("presets.steps"), Some(shelves.shelf(Category::Steps))];
    let named = |name: &str| steps.into_iter().flatten().find_map(|shelf| shelf.get(name));
    let chain = std::iter::successors(named(step), |step| named(step.get("like")?.text()?)).take(MAX_LIKES);
    let sets = |step: &Node| step.get("settings")?.get(setting)?.get("sets")?.text().map(str::to_owned);
    chain.into_iter().find_map(sets)
}

/// The values as names of levels: `1.5 h` is `1_5h`, `25%` is `25pct`; [`value_of_level`] reads them back.
fn level_names(values: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for value in values {
        let spelt = without_groups(value).replace('%', "pct").replace('.', "_");
        let name: String = spelt.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
        // What is the same but for its brackets is told apart by its number.
        let unique = !name.is_empty() && !names.contains(&name);
        names.push(if unique { name } else { format!("value-{}", names.len() + 1) });
    }
    names
}

/// The value that a level is named after, as `--vary` names it: `1_5h` is `1.5 h`. A name that begins with no number is
/// given back as it is.
pub fn value_of_level(level: &str) -> String {
    let text = level.replace("pct", "%").replace('_', ".");
    match number(&text) {
        Some((_, unit)) if unit.is_empty() || unit == "%" => text,
        Some((_, unit)) if unit.chars().all(|c| c.is_ascii_alphabetic()) => match unit {
            "k" | "M" | "G" | "B" => text,
            unit => format!("{} {unit}", &text[..text.len() - unit.len()]),
        },
        _ => level.to_owned(),
    }
}

/// The last part of the path, or, where a factor is called so already, all of it.
fn factor_name(root: &Node, key: &str) -> String {
    let last = segments(key).last().unwrap_or(key).to_owned();
    let taken = root.get("factors").and_then(|factors| factors.get(&last)).is_some();
    if taken { segments(key).collect::<Vec<_>>().join("_") } else { last }
}

/// What a level must have for itself so that the value can be set: the first list on the way, whole, since levels
/// replace lists.
fn list_on_the_way(root: &Node, key: &str, span: Span) -> Vec<(Key, Node)> {
    let mut walked = String::new();
    for segment in segments(key) {
        walked = join(&walked, segment);
        let Some(list) = root.at(&walked).filter(|node| node.items().is_some()) else { continue };
        let mut above = segments(&walked).collect::<Vec<_>>();
        above.reverse();
        let nested = above
            .into_iter()
            .fold(list.clone(), |inner, segment| Node { value: Value::Map(vec![(plain(segment, span), inner)]), span });
        return nested.entries().unwrap_or_default().to_vec();
    }
    Vec::new()
}

/// Lays the only level of a factor over the rest, and forgets the factor.
fn fold_single_levels(root: &mut Node) {
    let factors: Vec<(Key, Node)> = root.get("factors").and_then(Node::entries).unwrap_or_default().to_vec();
    for (factor, levels) in factors {
        let Some([(_, level)]) = levels.entries() else { continue };
        let mut folded = merge::overlay(root, level);
        edit(&mut folded, "factors", |factors| drop(factors.remove(&factor.name)));
        edit(&mut folded, "compare", |compare| {
            edit(compare, "baseline", |baseline| drop(baseline.remove(&factor.name)));
            edit(compare, "arms", |arms| {
                if let Value::List(list) = &mut arms.value {
                    for combination in list {
                        combination.remove(&factor.name);
                    }
                }
            });
        });
        *root = folded;
    }
}

fn plain(name: &str, span: Span) -> Key {
    Key { name: name.to_owned(), span }
}

/// Changes the value of a key, if the map has it.
fn edit(map: &mut Node, key: &str, change: impl FnOnce(&mut Node)) {
    if let Value::Map(entries) = &mut map.value
        && let Some((_, node)) = entries.iter_mut().find(|(k, _)| k.name == key)
    {
        change(node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Result<Vec<String>, String> {
        Vary::parse(text).map(|vary| vary.values)
    }

    #[test]
    fn values_are_listed_or_spaced_evenly() {
        assert_eq!(values("fleet.pcs=1M, 2M,5M").unwrap(), ["1M", "2M", "5M"]);
        assert_eq!(values("x=0..100%").unwrap(), ["0%", "25%", "50%", "75%", "100%"]);
        assert_eq!(values("x=1 h..2 h/3").unwrap(), ["1 h", "1.5 h", "2 h"]);
        assert_eq!(values("x=0..1/4").unwrap(), ["0", "0.3333", "0.6667", "1"]);
        let brackets = values("x=[a, b], { c: 1, d: [2, 3] }").unwrap();
        assert_eq!(brackets, ["[a, b]", "{ c: 1, d: [2, 3] }"]);
    }

    #[test]
    fn what_is_no_variation_is_refused() {
        for wrong in ["x", "x=", "=1,2", "x=1", "x=1,,2", "x=1 h..2 min", "x=a..b", "x=1..2/1", "x=1..2/99", "x=1,2,1"]
            .into_iter()
            .chain(["x=8_000,8000"])
        {
            assert!(values(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn levels_are_named_after_their_values_and_read_back() {
        let values = ["1.5 h", "25%", "2M", "30 min", "{ a: 1 }", "[a, 1]"].map(str::to_owned);
        assert_eq!(level_names(&values), ["1_5h", "25pct", "2M", "30min", "a1", "value-6"]);
        let grouped = level_names(&["8_000", "1_200.5 h", "at_once"].map(str::to_owned));
        assert_eq!(grouped, ["8000", "1200_5h", "at_once"]);
        assert_eq!(
            grouped.iter().map(|name| value_of_level(name)).collect::<Vec<_>>(),
            ["8000", "1200.5 h", "at_once"]
        );
        for value in &values[..4] {
            assert_eq!(value_of_level(&level_names(std::slice::from_ref(value))[0]), *value);
        }
        assert_eq!(value_of_level("by_hand"), "by_hand");
    }
}
