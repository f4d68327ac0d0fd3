//! Maps that stand for a choice: which of the possible maps is meant.

use serde_json::Value as Json;

use super::scalar::choices_of;
use super::{Checker, Owner, expected};
use crate::problem::{Code, suggestion};
use crate::schema::{Form, Place};
use crate::source::{Node, RESERVED_KEYS};

impl<'p> Checker<'p> {
    /// Checks a map at a place.
    pub(super) fn check_map(&mut self, node: &'p Node, place: Place<'_>, forms: &[Form<'_>], owner: Owner<'p>) -> Json {
        let maps = place.maps();
        match (maps.as_slice(), place.maps_of(node).as_slice()) {
            ([], _) => {
                let message = format!("{} is a map", owner.words());
                self.report(Code::WrongShape, node.head(), message, Some(expected(forms)));
                Json::Null
            }
            (_, [map]) => self.check_entries(node, *map, owner),
            (_, []) => self.refuse_choice(node, forms, owner),
            (_, chosen) => self.refuse_many(node, chosen),
        }
    }

    /// No key says what is chosen.
    fn refuse_choice(&mut self, node: &Node, forms: &[Form<'_>], owner: Owner<'_>) -> Json {
        let Some((key, _)) = node.entries().unwrap_or_default().first() else {
            if self.written.is_some() {
                // Laid over something, it changes nothing.
                return Json::Null;
            }
            let message = format!("{} is empty: nothing is chosen", owner.words());
            self.report(Code::OneKey, node.span, message, Some(expected(forms)));
            return Json::Null;
        };
        // A reserved key was reported when the text was read.
        if !RESERVED_KEYS.contains(&key.name.to_lowercase().as_str()) {
            let help = suggestion(&key.name, choices_of(forms));
            self.report(Code::UnknownWord, key.span, format!("`{}` is not known here", key.name), help);
        }
        Json::Null
    }

    /// Several keys speak for different choices.
    fn refuse_many(&mut self, node: &Node, chosen: &[Place<'_>]) -> Json {
        let keys: Vec<_> = node.entries().unwrap_or_default().iter().map(|(key, _)| key).collect();
        let speaks = |name: &str| chosen.iter().any(|map| map.choice() == Some(name));
        let speaking: Vec<_> = keys.into_iter().filter(|key| speaks(&key.name)).collect();
        let names: Vec<String> = speaking.iter().map(|key| format!("`{}`", key.name)).collect();
        let at = speaking.get(1).or(speaking.first()).map_or(node.span, |key| key.span);
        let message = format!("{} exclude each other", names.join(" and "));
        self.report(Code::OneKey, at, message, Some("keep one of them".to_owned()));
        Json::Null
    }
}
