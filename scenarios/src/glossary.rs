//! What the keys and words of the scenario language mean, in the words of the types that they are bound to.

use bugcheck_sim::agent::Defect;
use serde_json::Value;

use crate::bind::takes;
use crate::lower;
use crate::schema::{Place, scenario};

/// A key or a word of the scenario language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As it is written in a file.
    pub word: String,
    /// What it is.
    pub kind: Kind,
    /// What the key belongs to, or what is chosen with the word, in a few words.
    pub of: String,
    /// What it means, with what it is when it is left out.
    pub about: String,
}

/// What a [`Term`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key, and what can stand under it, in words.
    Key(String),
    /// A word, or the only key of a map, that stands for a choice.
    Choice,
}

/// The defects, in the order in which they are written down.
pub fn defects() -> Vec<(Term, Defect)> {
    let Some((_, place)) = scenario().definitions().find(|(name, _)| *name == "Defect") else { return Vec::new() };
    let known = |term: Term| {
        let defect = serde_json::from_value(Value::from(term.word.as_str())).ok()?;
        Some((term, lower::defect(defect)))
    };
    choices(place).into_iter().filter_map(known).collect()
}

/// All keys and words, sorted by word; a word that means the same in several places stands here once.
pub fn terms() -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for (_, place) in scenario().definitions() {
        for term in keys(place).into_iter().chain(choices(place)) {
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
    }
    terms.sort_by(|a, b| a.word.cmp(&b.word));
    terms
}

/// The keys of a map.
fn keys(place: Place<'_>) -> Vec<Term> {
    let of = belongs_to(place);
    let term = |(name, place): (&str, Place<'_>)| {
        let about = text(place)?;
        Some(Term { word: name.to_owned(), kind: Kind::Key(takes(place)), of: of.clone(), about })
    };
    place.properties().filter_map(term).collect()
}

/// The words of a choice.
fn choices(place: Place<'_>) -> Vec<Term> {
    let of = belongs_to(place);
    let term = |place: Place<'_>| {
        let word = place.keyword("const").and_then(Value::as_str).or_else(|| place.choice())?;
        Some(Term { word: word.to_owned(), kind: Kind::Choice, of: of.clone(), about: text(place)? })
    };
    place.alternatives().filter_map(term).collect()
}

/// What a type is, in a few words; `x-about` says it of types that stand under keys which say more.
fn belongs_to(place: Place<'_>) -> String {
    let own = place.keyword("x-about").and_then(Value::as_str).map(str::to_owned);
    own.or_else(|| place.about()).unwrap_or_default()
}

fn text(place: Place<'_>) -> Option<String> {
    let text = place.keyword("description")?.as_str()?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugcheck_sim::agent::ALL_DEFECTS;

    #[test]
    fn every_defect_of_the_simulator_has_a_word() {
        let found: Vec<Defect> = defects().into_iter().map(|(_, defect)| defect).collect();
        assert_eq!(found, ALL_DEFECTS);
    }

    #[test]
    fn keys_and_choices_say_what_they_mean_and_where_they_belong() {
        let terms = terms();
        let of = |word: &str| terms.iter().filter(|t| t.word == word).collect::<Vec<_>>();
        let [cap] = of("cap")[..] else { panic!("one key is called `cap`") };
        assert_eq!((cap.of.as_str(), &cap.kind), ("One ring of a rollout", &Kind::Key("`{ pcs: …, per: … }`".into())));
        let [paused] = of("paused")[..] else { panic!("one choice is called `paused`") };
        assert_eq!((&paused.kind, paused.about.as_str()), (&Kind::Choice, "For good: updates are paused."));
        for term in &terms {
            assert!(!term.of.is_empty(), "nothing says where `{}` belongs", term.word);
        }
    }
}
