//! Maps: known keys, missing keys, and rules between their values.

use serde_json::{Map, Value as Json};

use super::written::Written;
use super::{Checker, Owner, expected, stand_in};
use crate::problem::{Code, nearest, suggestion};
use crate::quantity::{self, Quantity};
use crate::schema::{Form, Place};
use crate::source::{Key, Node, RESERVED_KEYS};

impl<'p> Checker<'p> {
    /// Checks a map against one form of map.
    pub(super) fn check_entries(&mut self, node: &'p Node, map: Place<'_>, owner: Owner<'p>) -> Json {
        let entries = node.entries().unwrap_or_default();
        let is_preset = map.keyword("x-preset").is_some();
        if self.written.is_none() && is_preset && node.get("like").is_some() {
            // The entry that it starts from could not be found, which has been reported.
            return Json::Null;
        }
        if self.written.is_none() && !self.has_good_size(entries.len(), map, owner) {
            return Json::Null;
        }
        // The rest is in what it was to start from.
        let (lacked_start, gaps) = (self.lacks_start, self.gaps.count());
        self.lacks_start |= is_preset && entries.iter().any(|(key, _)| is_like_misspelt(&key.name, map));
        let mut out = Map::new();
        let mut meant: Vec<&str> = Vec::new();
        let mut reserved = false;
        for (key, child) in entries {
            if RESERVED_KEYS.contains(&key.name.to_lowercase().as_str()) {
                reserved = true;
                self.gap(key.span, true);
                continue;
            }
            if self.written.is_some() && self.is_read_by_then(key, child, map) {
                continue;
            }
            if let Some(place) = map.under(&key.name) {
                let json = self.check(child, place, Owner { name: Some(&key.name), span: key.span });
                out.insert(key.name.clone(), json);
                continue;
            }
            let absent = map.properties().map(|(name, _)| name).filter(|name| node.get(name).is_none());
            let like = is_preset.then_some("like");
            let near = nearest(&key.name, absent.chain(like).chain(settings(self.written, map)));
            meant.extend(near);
            if self.written.is_some() {
                self.meant.extend(near.map(str::to_owned));
            }
            let help = match near {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None => help_for_unknown(&key.name, map),
            };
            let holder = owner.name.map_or_else(String::new, |name| format!(" in `{name}`"));
            self.report(Code::UnknownKey, key.span, format!("unknown key `{}`{holder}", key.name), help);
            self.gap(key.span, true);
        }
        if !reserved && self.written.is_none() && !self.may_lack() {
            self.check_missing(node, map, owner, &meant);
        }
        self.lacks_start = lacked_start;
        if !self.check_order(node, map) {
            return Json::Null;
        }
        if self.written.is_none() {
            self.fill(&mut out, map);
        }
        if self.gaps.count() > gaps {
            self.gaps.note_beside(entries);
        }
        Json::Object(out)
    }

    /// Lets something stand in for what is required and not there.
    fn fill(&mut self, out: &mut Map<String, Json>, map: Place<'_>) {
        for (name, place) in map.names("required").filter_map(|name| Some((name, map.under(name)?))) {
            if !out.contains_key(name) {
                let json = stand_in(place);
                if let Some(&(_, holder)) = self.way.last() {
                    self.gap(holder, json.is_object());
                }
                out.insert(name.to_owned(), json);
            }
        }
    }

    /// Whether a key of a scenario as it is written is gone once its types are bound: `like`, and the settings of a
    /// step. Reports an entry that is named here and that there is not.
    fn is_read_by_then(&mut self, key: &Key, value: &Node, map: Place<'_>) -> bool {
        if map.keyword("x-preset").is_some() {
            let is_like = key.name == "like";
            if let Some(name) = value.text().filter(|_| is_like) {
                self.find(name, map, value.span, Code::UnknownEntry);
            }
            return is_like || settings(self.written, map).any(|name| name == key.name);
        }
        // An item of a playbook: its key is the name of a step.
        if map.keyword("maxProperties").is_some() && map.takes_presets() {
            self.find(&key.name, map, key.span, Code::UnknownName);
        }
        false
    }

    fn check_missing(&mut self, node: &Node, map: Place<'_>, owner: Owner<'_>, meant: &[&str]) {
        let missing: Vec<&str> =
            map.names("required").filter(|name| node.get(name).is_none() && !meant.contains(name)).collect();
        let Some(first) = missing.first() else { return };
        let keys = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let whose = owner.name.map_or_else(|| "the scenario".to_owned(), |name| format!("`{name}`"));
        let plural = if missing.len() == 1 { "the key" } else { "the keys" };
        let help = map.under(first).map(|place| {
            let about = place.about().unwrap_or_else(|| expected(&place.forms()));
            format!("`{first}`: {about}")
        });
        self.report(Code::MissingKey, owner.span, format!("{whose} lacks {plural} {keys}"), help);
    }

    fn has_good_size(&mut self, size: usize, map: Place<'_>, owner: Owner<'_>) -> bool {
        let limit = |keyword: &str| map.keyword(keyword).and_then(Json::as_u64);
        let (least, most) = (limit("minProperties").unwrap_or(0), limit("maxProperties").unwrap_or(u64::MAX));
        let good = (least..=most).contains(&(size as u64));
        if !good {
            let count = if most == 1 { "exactly one key" } else { "at least one entry" };
            let message = format!("{} needs {count}, and has {size}", owner.words());
            self.report(Code::OneKey, owner.span, message, None);
        }
        good
    }

    /// Rules that the schema gives between the values of a map; whether they are kept.
    fn check_order(&mut self, node: &Node, map: Place<'_>) -> bool {
        let before = self.problems.len();
        let value = |name: &str| {
            let child = node.get(name)?;
            Some((child, base(child, map.under(name)?)?))
        };
        for name in map.names("x-positive") {
            if let Some((child, size)) = value(name)
                && size <= 0.0
            {
                self.report(Code::OutOfRange, child.head(), format!("`{name}` must be more than 0"), None);
            }
        }
        let names: Vec<&str> = map.names("x-ascending").collect();
        for pair in names.windows(2) {
            if let (Some((low_node, low)), Some((high_node, high))) = (value(pair[0]), value(pair[1]))
                && low > high
            {
                let text = |node: &Node| {
                    let node = node.get("value").or_else(|| node.at("uncertain.likely")).unwrap_or(node);
                    node.text().map_or_else(String::new, |text| format!(" ({text})"))
                };
                // The more there are for one, the fewer there are: 1 per 200 is the larger ratio, and fewer hands.
                let (is_less, by) = if map.under(pair[1]).is_some_and(is_ratio) {
                    ("comes before", ", by the number after `per`: `1 per 50` comes before `1 per 200`")
                } else {
                    ("is less than", "")
                };
                let message = format!("`{}`{} {is_less} `{}`{}", pair[1], text(high_node), pair[0], text(low_node));
                let help = format!("the order is {}{by}", names.join(" <= "));
                self.report(Code::Order, high_node.head(), message, Some(help));
            }
        }
        self.problems.len() == before
    }
}

/// Whether a key is nearly `like`, and nothing that is known in a map.
fn is_like_misspelt(key: &str, map: Place<'_>) -> bool {
    map.under(key).is_none() && nearest(key, map.properties().map(|(name, _)| name).chain(["like"])) == Some("like")
}

/// The settings that may stand in a map, where a scenario is looked at as it is written.
fn settings<'a>(written: Option<&'a Written>, map: Place<'a>) -> impl Iterator<Item = &'a str> {
    written.into_iter().flat_map(move |written| written.settings(map))
}

/// What could stand in place of an unknown key; a source beside a choice is told its place.
fn help_for_unknown(key: &str, map: Place<'_>) -> Option<String> {
    let known: Vec<&str> = map.properties().map(|(name, _)| name).collect();
    match (key, known.as_slice()) {
        ("source", [choice]) => Some(format!("write `{{ value: {{ {choice}: … }}, source: … }}`")),
        _ => suggestion(key, known),
    }
}

fn is_ratio(place: Place<'_>) -> bool {
    place.forms().iter().any(|form| matches!(form, Form::Quantity(name, _) if *name == quantity::Ratio::NAME))
}

/// The size of a quantity that may be plain, sourced or uncertain (then: what is likely).
fn base(node: &Node, place: Place<'_>) -> Option<f64> {
    if let Some(inner) = node.get("value").or_else(|| node.at("uncertain.likely")) {
        return base(inner, place);
    }
    let text = node.text()?;
    place.forms().iter().find_map(|form| match form {
        Form::Quantity(name, _) => quantity::measure(name, text)?.ok(),
        _ => None,
    })
}
