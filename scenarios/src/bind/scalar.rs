//! Single values: words, quantities, texts, numbers.

use bugcheck_sim::time::Zone;
use jiff::tz::TimeZoneDatabase;
use serde_json::{Number, Value as Json};

use super::{Checker, expected};
use crate::file::TIME_ZONE;
use crate::problem::{Code, nearest, suggestion};
use crate::quantity;
use crate::schema::Form;
use crate::source::{Node, Scalar, Style, Value};

impl Checker<'_> {
    pub(super) fn check_scalar(&mut self, node: &Node, forms: &[Form<'_>]) -> Json {
        let text = node.text().unwrap_or_default();
        let words: Vec<&str> = forms.iter().flat_map(words_of).collect();
        if words.contains(&text) {
            return text.into();
        }
        let mut last = Json::Null;
        for form in forms {
            last = match form {
                Form::Quantity(name, _) => return self.check_quantity(node, name, text, forms, &words),
                Form::Text(schema) => return self.check_text(node, text, schema),
                Form::Integer(schema) => return self.check_integer(node, schema),
                Form::Number => return self.check_number(node),
                Form::Bool => return self.check_bool(node),
                _ => last,
            };
        }
        self.refuse_word(node, text, forms, &words);
        last
    }

    fn check_quantity(&mut self, node: &Node, name: &str, text: &str, forms: &[Form<'_>], words: &[&str]) -> Json {
        let Some(Err(misfit)) = quantity::measure(name, text) else { return text.into() };
        let choices = choices_of(forms);
        if let Some(choice) = nearest(text, choices.iter().copied().filter(|c| !["value", "uncertain"].contains(c))) {
            let message = format!("`{text}` needs its parameters");
            self.report(Code::WrongShape, node.span, message, Some(choice_words(choice, forms)));
        } else if let Some(word) = nearest(text, words.iter().copied()) {
            let message = format!("`{text}` is not known here");
            self.report(Code::UnknownWord, node.span, message, Some(format!("did you mean `{word}`?")));
        } else {
            self.report(misfit.code, node.span, misfit.message, misfit.help);
        }
        Json::Null
    }

    fn check_text(&mut self, node: &Node, text: &str, schema: &Json) -> Json {
        if schema.get("x-text").and_then(Json::as_str) == Some(TIME_ZONE) {
            return self.check_zone(node, text);
        }
        let pattern = schema.get("pattern").and_then(Json::as_str);
        let fits = pattern.and_then(|p| regex_lite::Regex::new(p).ok()).is_none_or(|r| r.is_match(text));
        if fits {
            return text.into();
        }
        let examples: Vec<String> = examples(schema).map(|e| format!("`{e}`")).collect();
        let help = (!examples.is_empty()).then(|| format!("for example {}", examples.join(" or ")));
        self.report(
            Code::UnknownWord,
            node.span,
            format!("`{text}` does not have the form that is expected here"),
            help,
        );
        Json::Null
    }

    fn check_zone(&mut self, node: &Node, text: &str) -> Json {
        let Err(unknown) = Zone::load(text, 0, 0) else { return text.into() };
        let known: Vec<String> = TimeZoneDatabase::bundled().available().map(|zone| zone.as_str().to_owned()).collect();
        let help = nearest(text, known.iter().map(String::as_str)).map_or_else(
            || "zones are named as in the IANA database, such as `Europe/Berlin`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.report(Code::UnknownZone, node.span, unknown.to_string(), Some(help));
        Json::Null
    }

    fn check_integer(&mut self, node: &Node, schema: &Json) -> Json {
        let Some(text) = self.number_text(node, "a whole number") else { return Json::Null };
        let Ok(number) = text.replace('_', "").parse::<i128>() else {
            let help = "write a whole number without a unit, such as `60`".to_owned();
            self.report(Code::WrongShape, node.span, format!("`{text}` is not a whole number"), Some(help));
            return Json::Null;
        };
        let bound = |keyword: &str| schema.get(keyword).and_then(Json::as_i64).map(i128::from);
        let format = schema.get("format").and_then(Json::as_str).unwrap_or_default();
        let widest = match format {
            "uint8" => i128::from(u8::MAX),
            "uint16" => i128::from(u16::MAX),
            "uint32" => i128::from(u32::MAX),
            "int64" => i128::from(i64::MAX),
            _ => i128::from(u64::MAX),
        };
        let least = bound("minimum").unwrap_or(if format.starts_with("uint") { 0 } else { i128::from(i64::MIN) });
        let most = bound("maximum").unwrap_or(widest).min(widest);
        if !(least..=most).contains(&number) {
            self.report(Code::OutOfRange, node.span, format!("`{text}` is outside {least} to {most}"), None);
            return Json::Null;
        }
        u64::try_from(number).map(Json::from).or_else(|_| i64::try_from(number).map(Json::from)).unwrap_or_default()
    }

    fn check_number(&mut self, node: &Node) -> Json {
        let Some(text) = self.number_text(node, "a number") else { return Json::Null };
        if let Some(number) = text.replace('_', "").parse().ok().and_then(Number::from_f64) {
            return Json::Number(number);
        }
        let help = "write a number without a unit, such as `1.5`".to_owned();
        self.report(Code::WrongShape, node.span, format!("`{text}` is not a number"), Some(help));
        Json::Null
    }

    /// The text of a scalar that is to be a plain number; numbers in quotes are texts.
    fn number_text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.value {
            Value::Scalar(Scalar { text, style: Style::Quoted }) => {
                let help = text.parse::<f64>().is_ok().then(|| "remove the quotes".to_owned());
                self.report(Code::WrongShape, node.span, format!("{what} is expected here, and this is a text"), help);
                None
            }
            _ => node.text(),
        }
    }

    fn check_bool(&mut self, node: &Node) -> Json {
        if let Value::Bool(word) = node.value {
            return word.into();
        }
        let message = format!("`{}` is neither true nor false", node.text().unwrap_or_default());
        self.report(Code::UnknownWord, node.span, message, Some("write `true` or `false`".to_owned()));
        Json::Null
    }

    fn refuse_word(&mut self, node: &Node, text: &str, forms: &[Form<'_>], words: &[&str]) {
        let choices = choices_of(forms);
        if choices.contains(&text) {
            let message = format!("`{text}` needs its parameters");
            self.report(Code::WrongShape, node.span, message, Some(choice_words(text, forms)));
        } else if words.is_empty() {
            let message = format!("`{text}` is a single value");
            self.report(Code::WrongShape, node.span, message, Some(expected(forms)));
        } else {
            let help = suggestion(text, words.iter().copied().chain(choices));
            self.report(Code::UnknownWord, node.span, format!("`{text}` is not known here"), help);
        }
    }
}

fn words_of<'a>(form: &Form<'a>) -> Vec<&'a str> {
    match form {
        Form::Words(words) => words.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The names of one-key maps among the forms.
pub(super) fn choices_of<'a>(forms: &[Form<'a>]) -> Vec<&'a str> {
    let name = |form: &Form<'a>| if let Form::Map(map) = form { map.choice().filter(|_| !map.is_open()) } else { None };
    forms.iter().filter_map(name).collect()
}

/// How a choice is written in full.
fn choice_words(name: &str, forms: &[Form<'_>]) -> String {
    let body = forms.iter().find_map(|form| match form {
        Form::Map(map) if map.choice() == Some(name) => map.under(name),
        _ => None,
    });
    let keys: Vec<String> = body
        .and_then(|place| place.maps().into_iter().next())
        .map(|map| map.names("required").map(|key| format!("{key}: …")).collect())
        .unwrap_or_default();
    if keys.is_empty() {
        format!("write `{{ {name}: … }}`")
    } else {
        format!("write `{{ {name}: {{ {} }} }}`", keys.join(", "))
    }
}

fn examples(schema: &Json) -> impl Iterator<Item = &str> {
    schema.get("examples").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}

/// The first example of what is expected.
pub(super) fn example(schema: &Json) -> Option<&str> {
    examples(schema).next()
}

/// A quantity in words: `a duration such as 90 min`.
pub(super) fn quantity_words(name: &str, schema: &Json) -> String {
    let article = if name.starts_with(['a', 'i']) { "an" } else { "a" };
    let name = name.replace('_', " ");
    example(schema).map_or_else(|| format!("{article} {name}"), |e| format!("{article} {name} such as `{e}`"))
}
