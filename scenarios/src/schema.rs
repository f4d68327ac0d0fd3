//! The structure of scenario files as data: what may stand where, derived from the types in [`crate::file`].
//!
//! [`Grammar`] is the JSON Schema of a type. Checking ([`crate::bind`]), laying scenarios over each other
//! ([`crate::merge`]) and the schema for editors ([`scenario_schema`]) all read the same one, so that none of them can
//! say anything else than the types do.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::file;
use crate::source::Node;

/// The name of the schema of the current format.
pub const SCHEMA_ID: &str = "urn:bugcheck:schema:scenario-1";

/// What a type of the scenario language looks like in a file.
#[derive(Clone, Debug)]
pub struct Grammar {
    root: Value,
}

impl Grammar {
    /// The grammar of a type. It is made once and kept: every arm of a scenario is checked against the same.
    pub fn of<T: JsonSchema>() -> &'static Grammar {
        static MADE: Mutex<BTreeMap<String, &'static Grammar>> = Mutex::new(BTreeMap::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(T::schema_id().into_owned()).or_insert_with(|| {
            let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
            let mut root = schema.to_value();
            without_null(&mut root);
            Box::leak(Box::new(Grammar { root }))
        })
    }

    /// The place of the whole.
    pub fn root(&self) -> Place<'_> {
        Place { grammar: self, schema: &self.root }
    }

    /// The types of the grammar by name, each with the place of one of them; the whole first, under no name.
    pub(crate) fn definitions(&self) -> impl Iterator<Item = (&str, Place<'_>)> {
        let definitions = self.root.get("$defs").and_then(Value::as_object).into_iter().flatten();
        let place = |schema| Place { grammar: self, schema };
        [("", self.root())].into_iter().chain(definitions.map(move |(name, schema)| (name.as_str(), place(schema))))
    }

    /// The place of an entry of this category of presets, such as `kinds`: anywhere such an entry stands.
    pub fn preset(&self, category: &str) -> Option<Place<'_>> {
        let definitions = self.root.get("$defs")?.as_object()?;
        let schema = definitions.values().find(|d| d.get("x-preset").and_then(Value::as_str) == Some(category))?;
        Some(Place { grammar: self, schema })
    }
}

/// The grammar of scenario files.
pub fn scenario() -> &'static Grammar {
    Grammar::of::<file::File>()
}

/// A place in a file, and what may stand there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    grammar: &'a Grammar,
    schema: &'a Value,
}

/// One of the forms that a value can take at a place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form<'a> {
    /// Anything; it is checked elsewhere.
    Any,
    /// One of these words.
    Words(&'a [Value]),
    /// The quantity of this name.
    Quantity(&'a str, &'a Value),
    /// Any text, or one of a certain form.
    Text(&'a Value),
    /// A whole number.
    Integer(&'a Value),
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A list.
    List(Place<'a>),
    /// A map.
    Map(Place<'a>),
}

impl<'a> Place<'a> {
    fn with(self, schema: &'a Value) -> Place<'a> {
        Place { schema, ..self }
    }

    /// A keyword of the schema here.
    pub(crate) fn keyword(self, name: &str) -> Option<&'a Value> {
        self.schema.get(name)
    }

    /// The names in a keyword that lists names.
    pub(crate) fn names(self, keyword: &str) -> impl Iterator<Item = &'a str> {
        self.keyword(keyword).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// The named keys of a map here, if they are written down.
    pub(crate) fn properties(self) -> impl Iterator<Item = (&'a str, Place<'a>)> {
        let properties = self.keyword("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(move |(name, schema)| (name.as_str(), self.with(schema)))
    }

    /// What stands under a key of a map here: what is written down for it, or what all other keys hold.
    pub(crate) fn under(self, key: &str) -> Option<Place<'a>> {
        if let Some(schema) = self.keyword("properties").and_then(|p| p.get(key)) {
            return Some(self.with(schema));
        }
        match self.keyword("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(schema) => Some(self.with(schema)),
            None => Some(self.with(&Value::Bool(true))),
        }
    }

    /// Whether a map here takes keys that are not written down.
    pub(crate) fn is_open(self) -> bool {
        self.keyword("additionalProperties") != Some(&Value::Bool(false))
    }

    /// What an item of a list here is.
    pub(crate) fn item(self, index: usize) -> Option<Place<'a>> {
        let listed = self.keyword("prefixItems").and_then(|items| items.get(index));
        listed.or_else(|| self.keyword("items")).map(|schema| self.with(schema))
    }

    /// What it is, in the first sentence of its description.
    pub(crate) fn about(self) -> Option<String> {
        let text = match (self.keyword("description"), self.keyword("$ref")) {
            (Some(text), _) => text.as_str()?,
            (None, Some(_)) => return self.target().and_then(Place::about),
            _ => return None,
        };
        let paragraph = text.split("\n\n").next().unwrap_or(text).replace('\n', " ");
        let sentence = paragraph.split_inclusive(". ").next().unwrap_or(&paragraph);
        Some(sentence.trim_end().trim_end_matches('.').to_owned())
    }

    /// What it is when it is left out, as its own description says it: `never`.
    pub(crate) fn default_words(self) -> Option<String> {
        let (_, words) = self.keyword("description")?.as_str()?.split_once("Default: ")?;
        let words = words.replace('\n', " ");
        let sentence = words.split(". ").next().unwrap_or(&words);
        Some(sentence.trim_end_matches('.').to_owned())
    }

    /// The category of presets of which a whole entry stands here.
    pub(crate) fn preset_category(self) -> Option<&'a str> {
        self.maps().into_iter().find_map(|map| map.keyword("x-preset")).and_then(Value::as_str)
    }

    fn target(self) -> Option<Place<'a>> {
        let name = self.keyword("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
        self.grammar.root.get("$defs")?.get(name).map(|schema| self.with(schema))
    }

    /// Whether entries of the library are taken here, by name or with `like`, or in a map under their names.
    pub(crate) fn takes_presets(self) -> bool {
        self.maps().into_iter().any(|map| {
            let named = |map: Place<'_>| {
                map.keyword("maxProperties").is_some() && map.under("").is_some_and(Place::takes_presets)
            };
            map.keyword("x-preset").is_some() || named(map)
        })
    }

    /// The alternatives here, where there is a choice.
    pub(crate) fn alternatives(self) -> impl Iterator<Item = Place<'a>> {
        let listed = ["anyOf", "oneOf"].into_iter().filter_map(move |keyword| self.keyword(keyword)?.as_array());
        listed.flatten().map(move |schema| self.with(schema))
    }

    /// All forms that a value can take here.
    pub(crate) fn forms(self) -> Vec<Form<'a>> {
        let mut forms = Vec::new();
        self.collect(&mut forms);
        forms
    }

    fn collect(self, forms: &mut Vec<Form<'a>>) {
        if let Some(target) = self.target() {
            return target.collect(forms);
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            if let Some(alternatives) = self.keyword(keyword).and_then(Value::as_array) {
                for schema in alternatives {
                    self.with(schema).collect(forms);
                }
                return;
            }
        }
        if let Some(word) = self.keyword("const") {
            return forms.push(Form::Words(std::slice::from_ref(word)));
        }
        if let Some(words) = self.keyword("enum").and_then(Value::as_array) {
            return forms.push(Form::Words(words));
        }
        if let Some(quantity) = self.keyword("x-quantity").and_then(Value::as_str) {
            return forms.push(Form::Quantity(quantity, self.schema));
        }
        forms.push(match self.keyword("type").and_then(Value::as_str) {
            Some("string") => Form::Text(self.schema),
            Some("integer") => Form::Integer(self.schema),
            Some("number") => Form::Number,
            Some("boolean") => Form::Bool,
            Some("array") => Form::List(self),
            Some("object") => Form::Map(self),
            _ => Form::Any,
        });
    }

    /// The key that speaks for this map where there are others: the first that it requires.
    pub(crate) fn choice(self) -> Option<&'a str> {
        self.names("required").next()
    }

    /// The maps that can stand here.
    pub(crate) fn maps(self) -> Vec<Place<'a>> {
        let map = |form: &Form<'a>| if let Form::Map(place) = form { Some(*place) } else { None };
        self.forms().iter().filter_map(map).collect()
    }

    /// Of the maps that can stand here, those that the keys of `node` speak for.
    pub(crate) fn maps_of(self, node: &Node) -> Vec<Place<'a>> {
        let maps = self.maps();
        if maps.len() < 2 {
            return maps;
        }
        let has = |name: &str| node.get(name).is_some();
        let chosen: Vec<Place> = maps.iter().copied().filter(|m| m.choice().is_some_and(has)).collect();
        if !chosen.is_empty() {
            return chosen;
        }
        let open = maps.iter().copied().filter(|m| m.is_open());
        let known = maps.iter().copied().filter(|m| m.properties().any(|(name, _)| has(name)));
        known.chain(open).take(1).collect()
    }

    /// What may stand below a node here, under a key or at an index.
    pub(crate) fn below(self, node: &Node, segment: &str) -> Option<Place<'a>> {
        if node.items().is_some() {
            let index = segment.parse().ok()?;
            return self
                .forms()
                .iter()
                .find_map(|form| if let Form::List(list) = form { list.item(index) } else { None });
        }
        let anything = self.forms().iter().any(|form| matches!(form, Form::Any));
        let maps = self.maps_of(node);
        let maps = if maps.is_empty() { self.maps() } else { maps };
        maps.into_iter().find_map(|m| m.under(segment)).or_else(|| anything.then_some(self))
    }
}

/// Options are left out of a file, never written as `null`: takes that alternative away everywhere.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|t| t != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(alternatives)) = map.get_mut("anyOf") {
                alternatives.retain(|a| a.get("type").and_then(Value::as_str) != Some("null"));
                if let [Value::Object(only)] = alternatives.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    for (key, value) in only {
                        map.entry(key).or_insert(value);
                    }
                }
            }
            if map.get("default") == Some(&Value::Null) {
                map.remove("default");
            }
            map.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// The JSON Schema of scenario files as they are written: where an entry can be taken from the library, its name or a
/// map with `like` may stand; the levels of factors, and scenarios that extend others, are partial.
pub fn scenario_schema() -> Value {
    let mut whole = scenario().root.clone();
    let mut definitions = match whole["$defs"].take() {
        Value::Object(definitions) => definitions,
        _ => Map::new(),
    };
    if let Value::Object(root) = &mut whole {
        root.retain(|key, _| !["$defs", "$schema", "title"].contains(&key.as_str()));
    }
    // What stands for itself when it is left out is there once a scenario is expanded, so the types require it.
    let usual = |name: &str| whole["properties"][name].get("x-usual").is_some();
    let required: Vec<&str> = scenario().root().names("required").filter(|name| !usual(name)).collect();
    whole["required"] = json!(required);
    whole["properties"]["factors"]["additionalProperties"]["additionalProperties"] = reference("PartialScenario");
    let about = whole.get("description").cloned().unwrap_or_default();
    definitions.insert("Scenario".into(), whole);
    let mut partial = Value::Object(definitions.clone());
    relax(&mut partial);
    if let Value::Object(partial) = partial {
        definitions.extend(partial.into_iter().map(|(name, schema)| (format!("Partial{name}"), schema)));
    }
    open_presets(&mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "bugcheck scenario, format 1",
        "description": about,
        "type": "object",
        "if": { "required": ["extends"] },
        "then": reference("PartialScenario"),
        "else": reference("Scenario"),
        "$defs": in_use(definitions, ["Scenario", "PartialScenario"]),
    })
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

/// In a partial scenario nothing is required, and `null` takes away what was there.
fn relax(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref")
                && !target.contains("/Partial")
            {
                *target = target.replace("#/$defs/", "#/$defs/Partial");
            }
            if let Some(alternatives) = map.remove("oneOf") {
                map.insert("anyOf".into(), alternatives);
            }
            map.values_mut().for_each(relax);
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                for property in properties.values_mut() {
                    *property = json!({ "anyOf": [property.take(), { "type": "null" }] });
                }
                map.remove("required");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(relax),
        _ => {}
    }
}

/// Where a preset can be taken, lets its name stand, or a map that starts from one with `like`; where a preset is named
/// by the only key of a map, lets what is under it be laid over the preset.
fn open_presets(definitions: &mut Map<String, Value>) {
    let presets: Vec<(String, String)> = definitions
        .iter()
        .filter(|(name, _)| !name.starts_with("Partial"))
        .filter_map(|(name, d)| Some((name.clone(), d.get("x-preset")?.as_str()?.to_owned())))
        .collect();
    definitions.values_mut().for_each(name_items);
    for (name, category) in presets {
        let (full, partial) = (definitions[&name].take(), definitions[&format!("Partial{name}")].take());
        let by_name = json!({ "type": "string", "description": format!("Name of an entry of `{category}`.") });
        let body = format!("{name}Over");
        let mut like = reference(&body);
        like["required"] = json!(["like"]);
        definitions.insert(name.clone(), json!({ "anyOf": [by_name, like, full] }));
        definitions.insert(format!("Partial{name}"), json!({ "anyOf": [by_name, reference(&body)] }));
        definitions.insert(body, laid_over(partial, &category));
    }
}

/// What can be laid over a preset of a category, from a partial entry of it.
fn laid_over(mut partial: Value, category: &str) -> Value {
    let start = format!("Name of an entry of `{category}` to start from; what stands beside it is laid over it.");
    partial["properties"]["like"] = json!({ "type": "string", "description": start });
    if partial["properties"].get("settings").is_some() {
        // An entry's own settings can be written beside its fields.
        partial["additionalProperties"] = true.into();
    }
    partial
}

/// Where a map with one key holds a preset under its name, lets the name alone stand too.
fn name_items(schema: &mut Value) {
    let target = schema.get("additionalProperties").and_then(|a| a.get("$ref")).and_then(Value::as_str);
    match (schema.get("maxProperties"), target.map(str::to_owned)) {
        (Some(_), Some(target)) => {
            let mut item = schema.take();
            item["additionalProperties"] =
                reference(&format!("{}Over", target.trim_start_matches("#/$defs/").trim_start_matches("Partial")));
            *schema = json!({ "anyOf": [{ "type": "string" }, item] });
        }
        _ => match schema {
            Value::Object(map) => map.values_mut().for_each(name_items),
            Value::Array(items) => items.iter_mut().for_each(name_items),
            _ => {}
        },
    }
}

/// The definitions that these need, by name.
fn in_use(mut definitions: Map<String, Value>, roots: [&str; 2]) -> Value {
    let mut fresh: Vec<String> = roots.map(str::to_owned).into();
    let mut used = BTreeMap::new();
    while let Some(name) = fresh.pop() {
        if let Some(definition) = definitions.remove(&name) {
            fresh.extend(references(&definition));
            used.insert(name, definition);
        }
    }
    Value::Object(used.into_iter().collect())
}

fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(map) => {
            let own =
                map.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/")).map(str::to_owned);
            own.into_iter().chain(map.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
