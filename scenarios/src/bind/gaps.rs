//! What could not be read of a tree, and what stands in for it, so that the rest can be looked at all the same.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::scalar::example;
use crate::problem::{Code, Problem, Problems};
use crate::schema::{Form, Place};
use crate::source::{Key, Node, Span};

/// Sections of a scenario that hold nothing of the simulated world.
const OUTSIDE: &[&str] = &["name", "question", "compare", "expect", "history"];

/// The places at which a value could not be read. What is wrong there has been reported.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps {
    /// The values themselves, and the keys that hold them.
    at: BTreeSet<Span>,
    /// The keys on the way to them.
    above: BTreeSet<Span>,
    /// The other keys and values of all maps that they are in.
    beside: BTreeSet<Span>,
    /// Whether something of the simulated world is among them.
    simulated: bool,
    /// Whether a map is among them, so that entries may be missing that others name.
    names: bool,
}

impl Gaps {
    /// Entries that are named and can't be found; or, if `names`, that others may name.
    pub(crate) fn of_entries(names: bool) -> Gaps {
        Gaps { simulated: true, names, ..Gaps::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at.is_empty() && !self.simulated
    }

    /// Notes a gap at a value or key, below the keys on this way, which begins at the root.
    pub(super) fn note(&mut self, way: &[(Option<&str>, Span)], at: Span, is_map: bool) {
        let section = way.get(1).and_then(|(name, _)| *name).unwrap_or_default();
        self.at.insert(at);
        self.at.extend(way.last().map(|(_, span)| *span));
        self.above.extend(way.iter().map(|(_, span)| *span));
        self.simulated |= !OUTSIDE.contains(&section);
        self.names |= is_map;
    }

    /// How many have been noted, roughly: more when there is one more.
    pub(super) fn count(&self) -> usize {
        self.at.len()
    }

    /// Notes what stands in the same map as a gap, or in one above it.
    pub(super) fn note_beside(&mut self, entries: &[(Key, Node)]) {
        self.beside.extend(entries.iter().flat_map(|(key, value)| [key.span, value.head()]));
    }

    /// The same, of a section that holds nothing of the simulated world.
    pub(crate) fn outside(self) -> Gaps {
        Gaps { simulated: false, names: false, ..self }
    }

    /// Adds those of another tree.
    pub(crate) fn append(&mut self, other: Gaps) {
        self.at.extend(other.at);
        self.above.extend(other.above);
        self.beside.extend(other.beside);
        self.simulated |= other.simulated;
        self.names |= other.names;
    }

    /// Of what was found wrong in spite of the gaps, what is wrong whatever would have stood in them.
    pub(crate) fn without_consequences(&self, found: Problems) -> Problems {
        let mut kept = Problems::new();
        found.into_iter().filter(|problem| !self.may_cause(problem)).for_each(|problem| kept.push(problem));
        kept
    }

    /// Whether a problem may be there only because of what stands in for a gap.
    fn may_cause(&self, problem: &Problem) -> bool {
        let Some(span) = problem.span.filter(|_| !self.is_empty()) else { return !self.is_empty() };
        let hangs_on_others = match problem.code {
            // Of a whole, one part is not known.
            Code::SharesDoNotAddUp => self.above.contains(&span),
            // Of two keys that belong together, one is not known.
            Code::Conflict | Code::MissingKey => self.beside.contains(&span),
            Code::UnknownName => self.names,
            Code::OutsideHorizon | Code::Order | Code::EmptySelection | Code::UnreachableStep => self.simulated,
            Code::BadComparison | Code::Internal => true,
            _ => false,
        };
        hangs_on_others || self.at.contains(&span)
    }

    /// Whether nobody can say any more what an arm has a use for.
    pub(crate) fn leave_doubts(&self) -> bool {
        self.simulated || self.names
    }
}

/// A value that can stand at a place: the simplest that the types allow. Nobody gets to see it.
pub(super) fn stand_in(place: Place<'_>) -> Json {
    match place.forms().first() {
        None | Some(Form::Any) => Json::Null,
        Some(Form::Words(words)) => words.first().cloned().unwrap_or_default(),
        Some(Form::Quantity(_, schema) | Form::Text(schema)) => json!(example(schema).unwrap_or("UTC")),
        Some(Form::Integer(schema)) => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some(Form::Number) => json!(1.0),
        Some(Form::Bool) => json!(false),
        Some(Form::List(list)) => {
            let least = list.keyword("minItems").and_then(Json::as_u64).unwrap_or(0);
            (0..least).filter_map(|i| list.item(i as usize)).map(stand_in).collect()
        }
        Some(Form::Map(map)) => {
            let required = map.names("required").filter_map(|key| Some((key.to_owned(), stand_in(map.under(key)?))));
            Json::Object(required.collect())
        }
    }
}
