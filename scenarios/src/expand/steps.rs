//! Playbooks: names of steps, settings laid over them, and fields changed in place.

use schemars::schema_for;

use super::{Expander, child};
use crate::file::Step;
use crate::library::Category;
use crate::merge::overlay_preset;
use crate::problem::{Code, Problem, nearest, suggestion};
use crate::quantity::{Duration, Quantity};
use crate::source::{Key, Node, Style, Value, segments};

impl Expander<'_> {
    /// Makes every item of a playbook a map from the step's name to its fields.
    pub(super) fn playbook(&mut self, playbook: &mut Node) {
        let Value::List(items) = &mut playbook.value else { return };
        let mut seen: Vec<String> = Vec::new();
        for item in items {
            let Some((key, over)) = self.item(item) else { continue };
            if seen.contains(&key.name) {
                let message = format!("`{}` stands in this playbook twice", key.name);
                self.problems.error(Code::Conflict, key.span, message);
                self.problems.help("give the second one a name of its own under `presets.steps`, with `like`");
            }
            seen.push(key.name.clone());
            if let Some(step) = self.step(&key, over.as_ref()) {
                item.value = Value::Map(vec![(key, step)]);
            }
        }
    }

    /// The name of an item, and what is laid over that step.
    fn item(&mut self, item: &Node) -> Option<(Key, Option<Node>)> {
        if let Some(name) = item.text() {
            return Some((Key { name: name.to_owned(), span: item.span }, None));
        }
        match item.entries() {
            Some([(key, body)]) => Some((key.clone(), (body.value != Value::Null).then(|| body.clone()))),
            Some(entries) => {
                let message = format!("a step has one name, and here are {} keys", entries.len());
                self.problems.error(Code::OneKey, item.head(), message);
                self.problems.help("write `- name`, or `- name: { setting: value }`");
                None
            }
            None => {
                self.problems.error_at(Code::WrongShape, item, "a step is a name, or a name with settings");
                None
            }
        }
    }

    fn step(&mut self, key: &Key, over: Option<&Node>) -> Option<Node> {
        let name = Node::scalar(&key.name, Style::Plain, key.span);
        let mut step = self.resolve(Category::Steps, &name, &mut Vec::new())?;
        let settings = step.remove("settings").map(|(_, settings)| settings);
        let Some(over) = over else { return Some(step) };
        let Some(entries) = over.entries() else {
            self.problems.error_at(Code::WrongShape, over, format!("settings of `{}` are a map", key.name));
            return Some(step);
        };
        let mut fields = Vec::new();
        for (name, value) in entries {
            match settings.as_ref().and_then(|all| all.get(&name.name)) {
                Some(setting) => self.set(&mut step, name, value, setting),
                None if self.is_field(name, key, settings.as_ref()) => fields.push((name.clone(), value.clone())),
                None => {}
            }
        }
        Some(overlay_preset(&step, &Node { value: Value::Map(fields), span: over.span }, Category::Steps.name()))
    }

    /// Whether a key is a field of steps; if not, reports it.
    fn is_field(&mut self, name: &Key, step: &Key, settings: Option<&Node>) -> bool {
        let schema = schema_for!(Step);
        let mut known: Vec<&str> =
            settings.and_then(Node::entries).unwrap_or_default().iter().map(|(k, _)| k.name.as_str()).collect();
        let fields = schema.get("properties").and_then(|p| p.as_object());
        known.extend(fields.into_iter().flat_map(|f| f.keys()).map(String::as_str).filter(|f| *f != "settings"));
        if known.contains(&name.name.as_str()) {
            return true;
        }
        let message = format!("`{}` has no setting or field `{}`", step.name, name.name);
        let mut problem = Problem::new(Code::UnknownKey, message).at(name.span);
        problem.help = suggestion(&name.name, known);
        self.problems.push(problem);
        false
    }

    /// Applies one setting.
    fn set(&mut self, step: &mut Node, name: &Key, value: &Node, setting: &Node) {
        if let Some(path) = setting.get("sets").and_then(Node::text) {
            if let Some(limits) = setting.get("between") {
                self.within(name, value, limits);
            }
            put(step, path, name, value);
            return;
        }
        let choices = setting.get("choices").and_then(Node::entries).unwrap_or_default();
        let word = value.text().unwrap_or_default();
        if let Some((_, fields)) = choices.iter().find(|(choice, _)| choice.name == word) {
            *step = overlay_preset(step, fields, Category::Steps.name());
            return;
        }
        let words: Vec<&str> = choices.iter().map(|(choice, _)| choice.name.as_str()).collect();
        let mut problem =
            Problem::new(Code::UnknownWord, format!("`{}` is not a choice of `{}`", word, name.name)).at(value.head());
        problem.help = match nearest(word, words.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => Some(format!("one of: {}", words.join(", "))),
        };
        self.problems.push(problem);
    }

    /// Holds a span against the limits of its setting.
    fn within(&mut self, name: &Key, value: &Node, limits: &Node) {
        let span = |node: &Node| node.text().and_then(|text| Duration::parse(text).ok());
        let plain = value.get("value").unwrap_or(value);
        let [low, high] = limits.items().unwrap_or_default() else { return };
        if let (Some(given), Some(least), Some(most)) = (span(plain), span(low), span(high))
            && !(least.ms()..=most.ms()).contains(&given.ms())
        {
            let (least, most) = (low.text().unwrap_or_default(), high.text().unwrap_or_default());
            let message = format!("`{}` runs from {least} to {most}", name.name);
            self.problems.error_at(Code::OutOfRange, plain, message);
        }
    }
}

/// Puts a value at a dotted path in place of whatever is there, making the maps on the way.
fn put(root: &mut Node, path: &str, key: &Key, value: &Node) {
    let mut node = root;
    let mut rest: Vec<&str> = segments(path).collect();
    let last = rest.pop().unwrap_or_default();
    for segment in rest {
        if node.get(segment).is_none_or(|child| child.entries().is_none()) {
            let empty = Node { value: Value::Map(Vec::new()), span: key.span };
            node.insert(Key { name: segment.to_owned(), span: key.span }, empty);
        }
        match child(node, segment) {
            Some(child) => node = child,
            None => return,
        }
    }
    node.insert(Key { name: last.to_owned(), span: key.span }, value.clone());
}
