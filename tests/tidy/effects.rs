//! The effect table in the reference is the one in the simulator.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bugcheck_sim::agent::effect::{Contained, EFFECTS};

const BEGIN: &str = "<!-- effects -->\n";
const END: &str = "\n<!-- end of effects -->";

/// The name that scenarios use for a value.
fn word(value: serde_json::Result<serde_json::Value>) -> String {
    let value = value.expect("it is written as a word");
    let mut word = String::new();
    for letter in value.as_str().expect("it is written as a word").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    format!("`{word}`")
}

fn table() -> String {
    let mut out = String::from(
        "\n| defect | runs in | starts | contained | effect | source |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for row in EFFECTS {
        let starts: Vec<String> = row.starts.iter().map(|start| word(serde_json::to_value(start))).collect();
        let contained = match row.contained {
            [Contained::Not] => "no",
            [Contained::ByCounter] => "counts its crashes",
            _ => "either way",
        };
        let (defect, mode) = (word(serde_json::to_value(row.defect)), word(serde_json::to_value(row.mode)));
        let (starts, effect, source) = (starts.join(", "), row.effect.words(), row.source);
        writeln!(out, "| {defect} | {mode} | {starts} | {contained} | {effect} | {source} |")
            .expect("a string takes it");
    }
    out
}

#[test]
fn the_reference_has_the_effect_table_of_the_simulator() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/model.md");
    let text = fs::read_to_string(&path).expect("the reference can be read");
    let (before, rest) = text.split_once(BEGIN).expect("the reference marks where the table begins");
    let (found, after) = rest.split_once(END).expect("the reference marks where the table ends");
    let wanted = table();
    if std::env::var_os("BUGCHECK_BLESS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{wanted}{END}{after}")).expect("the reference can be written");
    } else {
        assert!(found == wanted, "docs/model.md is out of date: run this test with BUGCHECK_BLESS=1");
    }
}
