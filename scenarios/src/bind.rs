//! From a tree to typed values: everything that does not fit the types' grammar is reported at once, with its place.

mod choice;
mod gaps;
mod map;
mod scalar;
mod written;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::problem::{Code, Problem, Problems};
use crate::schema::{Form, Grammar, Place};
use crate::source::{Node, Span, Value};

use gaps::stand_in;
use written::Written;

pub(crate) use gaps::Gaps;
pub(crate) use written::check_written;

/// Reads a tree as a value of type `T`; `None` if there are problems, all of which have been reported.
pub fn bind<T: DeserializeOwned + JsonSchema>(node: &Node, problems: &mut Problems) -> Option<T> {
    let (value, gaps) = bind_around_gaps(node, &BTreeSet::new(), problems);
    value.filter(|_| gaps.is_empty())
}

/// Reads a tree as a value of type `T`. What could not be read has been reported, and something stands in for it, so
/// that the rest can be looked at; `None` if that is in vain. `meant` are keys that are misspelt elsewhere, in what
/// this was laid over: nobody knows what lacks below them.
pub(crate) fn bind_around_gaps<T: DeserializeOwned + JsonSchema>(
    node: &Node,
    meant: &BTreeSet<String>,
    problems: &mut Problems,
) -> (Option<T>, Gaps) {
    let owner = Owner { name: None, span: node.head() };
    let mut checker = Checker::new(problems);
    checker.meant.clone_from(meant);
    let json = checker.check(node, Grammar::of::<T>().root(), owner);
    let gaps = checker.gaps;
    if !gaps.is_empty() && problems.is_empty() {
        problems.error(Code::Internal, owner.span, "an entry that is named here was not put in its place");
    }
    match serde_path_to_error::deserialize(json) {
        Ok(value) => (Some(value), gaps),
        Err(_) if !gaps.is_empty() => (None, gaps),
        Err(error) => {
            let path = error.path().to_string().replace('[', ".").replace(']', "");
            problems.error_at_path(Code::Internal, node, &path, error.into_inner().to_string());
            (None, gaps)
        }
    }
}

/// What a value belongs to: the key that holds it, for what can't be pointed at itself.
#[derive(Clone, Copy)]
struct Owner<'a> {
    name: Option<&'a str>,
    span: Span,
}

impl Owner<'_> {
    /// In words, to begin a sentence.
    fn words(self) -> String {
        self.name.map_or_else(|| "this".to_owned(), |name| format!("`{name}`"))
    }
}

struct Checker<'p> {
    problems: &'p mut Problems,
    /// What could not be read, here or before.
    gaps: Gaps,
    /// The keys that lead to what is looked at, from the root on.
    way: Vec<(Option<&'p str>, Span)>,
    /// Whether what is looked at stands beside or below a misspelt `like`, so that nobody knows what it lacks.
    lacks_start: bool,
    /// The keys for which misspelt ones were taken.
    meant: BTreeSet<String>,
    /// Where a scenario is looked at as it is written: the names that can stand in it.
    written: Option<&'p Written>,
}

impl<'p> Checker<'p> {
    fn new(problems: &'p mut Problems) -> Checker<'p> {
        Checker {
            problems,
            gaps: Gaps::default(),
            way: Vec::new(),
            lacks_start: false,
            meant: BTreeSet::new(),
            written: None,
        }
    }

    /// Whether what is looked at may lack something only because of a misspelt key.
    fn may_lack(&self) -> bool {
        let is_meant = |name: Option<&str>| name.is_some_and(|name| self.meant.contains(name));
        self.lacks_start || self.way.iter().any(|(name, _)| is_meant(*name))
    }

    fn report(&mut self, code: Code, span: Span, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem { code, message: message.into(), span: Some(span), help });
    }

    /// Reports the name of an entry that there is not, in a scenario as it is written.
    fn find(&mut self, name: &str, place: Place<'_>, at: Span, code: Code) {
        if let Some(problem) = self.written.and_then(|written| written.unknown(name, place, at, code)) {
            self.problems.push(problem);
        }
    }

    /// Notes that something at or below what is looked at could not be read.
    fn gap(&mut self, at: Span, is_map: bool) {
        self.gaps.note(&self.way, at, is_map);
    }

    /// Checks a node against what may stand at a place, and gives it as serde takes it. What is wrong is reported, and
    /// something else stands in for it.
    fn check(&mut self, node: &'p Node, place: Place<'_>, owner: Owner<'p>) -> Json {
        self.way.push((owner.name, owner.span));
        let mut json = self.checked(node, place, owner);
        if json.is_null() && self.written.is_none() {
            json = stand_in(place);
            self.gap(node.head(), json.is_object());
        }
        self.way.pop();
        json
    }

    /// The same, with `null` for what is wrong.
    fn checked(&mut self, node: &'p Node, place: Place<'_>, owner: Owner<'p>) -> Json {
        let forms = place.forms();
        if forms.iter().any(|form| matches!(form, Form::Any)) {
            return plain(node);
        }
        match &node.value {
            Value::Null if self.written.is_some() || self.may_lack() => Json::Null,
            Value::Null => {
                let message = format!("{} has no value", owner.words());
                let mut help = expected(&forms);
                if let Some(usual) = place.default_words() {
                    help = format!("{help}, or leave the key out (default: {usual})");
                }
                self.report(Code::NoValue, owner.span, message, Some(help));
                Json::Null
            }
            Value::Scalar(_) if place.takes_presets() => {
                // A name that could not be found, which has been reported; or nobody has looked for it yet.
                self.find(node.text().unwrap_or_default(), place, node.span, Code::UnknownName);
                Json::Null
            }
            Value::Bool(_) | Value::Scalar(_) => self.check_scalar(node, &forms),
            Value::List(items) => self.check_list(node, items, &forms, owner),
            Value::Map(_) => self.check_map(node, place, &forms, owner),
        }
    }

    fn check_list(&mut self, node: &'p Node, items: &'p [Node], forms: &[Form<'_>], owner: Owner<'p>) -> Json {
        let Some(list) = forms.iter().find_map(|form| if let Form::List(list) = form { Some(*list) } else { None })
        else {
            let message = format!("{} is a list", owner.words());
            self.report(Code::WrongShape, node.span, message, Some(expected(forms)));
            return Json::Null;
        };
        let limit = |keyword: &str| list.keyword(keyword).and_then(Json::as_u64);
        let (least, most) = (limit("minItems").unwrap_or(0), limit("maxItems").unwrap_or(u64::MAX));
        let fits = (least..=most).contains(&(items.len() as u64));
        if !fits {
            let count = if least == most { least.to_string() } else { format!("at least {least}") };
            let message = format!("{} has {} items, and {count} are expected", owner.words(), items.len());
            self.report(Code::WrongLength, owner.span, message, None);
        }
        let mut out = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let Some(place) = list.item(i) else { break };
            out.push(self.check(item, place, Owner { name: owner.name, span: item.head() }));
        }
        if fits { Json::Array(out) } else { Json::Null }
    }
}

/// A tree that is not looked at, as serde takes it: scalars as text.
fn plain(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(word) => Json::Bool(*word),
        Value::Scalar(scalar) => Json::String(scalar.text.clone()),
        Value::List(items) => Json::Array(items.iter().map(plain).collect()),
        Value::Map(entries) => Json::Object(entries.iter().map(|(k, n)| (k.name.clone(), plain(n))).collect()),
    }
}

/// More choices than this are listed by their keys only.
const MOST_CHOICES: usize = 3;

/// What can stand at a place, in words.
pub(crate) fn takes(place: Place<'_>) -> String {
    listed(&place.forms()).unwrap_or_else(|| "nothing".into())
}

/// What is expected, in a sentence for the help line.
fn expected(forms: &[Form<'_>]) -> String {
    listed(forms).map_or_else(|| "nothing can stand here".into(), |listed| format!("write {listed}"))
}

/// The forms in words, if there are any.
fn listed(forms: &[Form<'_>]) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let mut say = |what: String| {
        if !words.contains(&what) {
            words.push(what);
        }
    };
    let choices = scalar::choices_of(forms);
    for form in forms {
        match form {
            Form::Map(_) if choices.len() > MOST_CHOICES => {
                say(format!("a map with one of the keys `{}`", choices.join("`, `")));
            }
            Form::Any => say("a value".into()),
            Form::Words(list) => list.iter().filter_map(Json::as_str).for_each(|word| say(format!("`{word}`"))),
            Form::Quantity(name, schema) => say(scalar::quantity_words(name, schema)),
            Form::Text(schema) => {
                say(scalar::example(schema).map_or("a text".into(), |e| format!("a text such as `{e}`")));
            }
            Form::Integer(_) => say("a whole number".into()),
            Form::Number => say("a number".into()),
            Form::Bool => say("`true` or `false`".into()),
            Form::List(list) => say(match list.item(0).map(Place::forms).as_deref() {
                Some([Form::Map(map)]) if map.takes_presets() => {
                    "a list of names (`- name`, `- name: { key: value }`)".into()
                }
                Some([Form::Map(_)]) => "a list of maps (`- key: value`)".into(),
                _ => "a list (`[…, …]`)".into(),
            }),
            Form::Map(map) => say(map_words(*map, choices.len())),
        }
    }
    match words.split_last()? {
        (last, []) => Some(last.clone()),
        (last, others) => Some(format!("{} or {last}", others.join(", "))),
    }
}

/// A map in words: by its required keys where there is a choice, so that it can be told apart.
fn map_words(map: Place<'_>, choices: usize) -> String {
    let required: Vec<&str> = map.names("required").collect();
    match required.as_slice() {
        [] => "a map (`key: value`)".into(),
        keys if choices > 1 || keys.len() <= 4 => {
            let keys: Vec<String> = keys.iter().map(|k| format!("{k}: …")).collect();
            format!("`{{ {} }}`", keys.join(", "))
        }
        keys => format!("a map with `{}`", keys.join("`, `")),
    }
}

#[cfg(test)]
mod tests;
