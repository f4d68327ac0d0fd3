//! Scenarios with something wrong in them: what people are told, in full.

use std::path::{Path, PathBuf};

use bugcheck_scenarios::load::{Options, Source, load};
use bugcheck_scenarios::problem::{Code, Problem};
use proptest::prelude::*;

/// What is told about a source.
fn told(source: &Source, options: &Options) -> String {
    match load(source, options) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(failure) => failure.to_string(),
    }
}

/// A file beside this test, by a path that is the same on every machine.
fn file(name: &str) -> Source {
    Source::Path(Path::new("tests").join("wrong").join(name))
}

fn text(name: &str, text: String) -> Source {
    Source::Text { name: name.to_owned(), text }
}

#[test]
fn the_scenario_they_start_from_is_sound() {
    if let Err(failure) = load(&file("base.yaml"), &Options::default()) {
        panic!("{failure}");
    }
}

#[test]
fn every_wrong_scenario_is_told_what_is_wrong() {
    let mut names: Vec<PathBuf> = std::fs::read_dir("tests/wrong")
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml") && !path.ends_with("base.yaml"))
        .collect();
    names.sort();
    assert!(names.len() >= 45, "{} wrong scenarios", names.len());
    let mut sound = Vec::new();
    for path in names {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let told = told(&Source::Path(path.clone()), &Options::default());
        if !told.contains("bugcheck explain E") {
            sound.push(name.to_owned());
        }
        insta::with_settings!({ snapshot_path => "wrong", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, told);
        });
    }
    assert!(sound.is_empty(), "nothing is wrong with {sound:?}");
}

/// What is put into a scenario to break it.
fn splinter() -> impl Strategy<Value = String> {
    let words = [
        "null",
        "{}",
        "[]",
        "{",
        "}",
        "[",
        "]",
        ":",
        "- ",
        "\n",
        "  ",
        "\t",
        "-1",
        "0",
        "1e9",
        "900%",
        "5 min",
        "10M",
        "&a ",
        "*a",
        "!x ",
        "like: server",
        "extends: x",
        "\"",
        "'",
        "all",
        "kernel",
        "share: 50%",
        "uncertain: ",
        "value: ",
        "at_most: ",
        "|",
        "\u{0}",
        "ß",
    ];
    prop_oneof![prop::sample::select(words.to_vec()).prop_map(str::to_owned), "\\PC{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever is done to a scenario, it loads or it is told what is wrong: nothing panics, and no failure is silent.
    #[test]
    fn a_broken_scenario_is_told_what_is_wrong(
        whole in prop::sample::select(vec!["tests/wrong/base.yaml", "tests/catalogue/everything.yaml"]),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, splinter()), 1..4),
    ) {
        let mut scenario = std::fs::read_to_string(whole).expect("the scenario is there");
        for (at, len, splinter) in cuts {
            let start = scenario.floor_char_boundary(at.index(scenario.len().max(1)));
            let end = scenario.ceil_char_boundary((start + len).min(scenario.len()));
            scenario.replace_range(start..end, &splinter);
        }
        if let Err(failure) = load(&text("broken.yaml", scenario), &Options::default()) {
            prop_assert!(failure.to_string().contains("bugcheck explain E"));
        }
    }
}

/// Each number of a scenario in turn is no number, and each key a misspelt one: that is told, and nothing that may only
/// follow from it.
#[test]
fn what_cannot_be_read_is_the_only_problem() {
    let (numbers, keys) = (r"(?m)[:\[] ([0-9][^,}\]\n#]*)", "([a-z_0-9]+):");
    let number: fn(&str) -> String = |_| "much".to_owned();
    let key: fn(&str) -> String = |key| format!("{key}q");
    let (base, everything) = ("tests/wrong/base.yaml", "tests/catalogue/everything.yaml");
    // Below a misspelt key of `base.yaml` its levels would lay something over nothing.
    let ways = [(numbers, number, base), (numbers, number, everything), (keys, key, everything)];
    for (what, other, whole) in ways {
        let what = regex_lite::Regex::new(what).expect("a pattern");
        let mut broken = 0;
        let scenario = std::fs::read_to_string(whole).expect("the scenario is there");
        // All of them take a minute; some of each kind are among these.
        for found in what.captures_iter(&scenario).step_by(4).filter_map(|found| found.get(1)) {
            let mut text = scenario.clone();
            text.replace_range(found.range(), &other(found.as_str()));
            let source = Source::Text { name: "broken.yaml".to_owned(), text };
            let Err(failure) = load(&source, &Options::default()) else { continue };
            let problems = failure.problems.sorted();
            let is_read = |problem: &Problem| problem.code < Code::UnknownKey || problem.code > Code::TooFine;
            if problems.iter().all(is_read) {
                // It was no number, or the name of an entry, which others may name.
                continue;
            }
            broken += 1;
            // Names of what stands below a misspelt key are names of nothing, and told as that.
            let names = |problem: &&Problem| matches!(problem.code, Code::UnknownName | Code::UnknownEntry);
            let others = problems.len() - problems.iter().filter(names).count();
            assert!(others == 1, "`{}`:\n{failure}", found.as_str());
        }
        assert!(broken > 3, "{broken} in {whole}");
    }
}

macro_rules! told {
    ($($test:ident: $source:expr, $options:expr;)*) => {
        $(#[test]
        fn $test() {
            insta::with_settings!({
                snapshot_path => "wrong", prepend_module_to_snapshot => false, omit_expression => true
            }, {
                insta::assert_snapshot!(stringify!($test), told(&$source, &$options));
            });
        })*
    };
}

/// The starter with so many kinds of PC more.
fn kinds(count: usize) -> String {
    let kinds: Vec<String> = (0..count).map(|i| format!("    k{i}: {{ like: office_desktop }}\n")).collect();
    format!("extends: starter\nformat: 1\nfleet:\n  kinds:\n{}", kinds.concat())
}

fn set(setting: &str) -> Options {
    Options { set: vec![setting.to_owned()], ..Options::default() }
}

fn only(factor: &str, level: &str) -> Options {
    Options { only: vec![(factor.to_owned(), level.to_owned())], ..Options::default() }
}

told! {
    empty_text: text("empty.yaml", String::new()), Options::default();
    ten_megabytes: text("large.yaml", "a: 1\n".repeat(2 << 20)), Options::default();
    deep_nesting: text("deep.yaml", format!("a: {}", "[".repeat(5_000))), Options::default();
    too_many_nodes: text("many.yaml", format!("a: [{}]", "1,".repeat(300_000))), Options::default();
    // Each of them used to be looked at in every arm, for most of a minute.
    eight_thousand_kinds: text("kinds.yaml", kinds(8_000)), Options::default();
    missing_file: file("not-there.yaml"), Options::default();
    unknown_scenario: Source::Library("july-2042".to_owned()), Options::default();
    set_on_an_unknown_path: file("base.yaml"), set("fleet.sectors.arline.share=2%");
    set_without_a_value: file("base.yaml"), set("fleet.pcs");
    set_of_one_more_kind: file("base.yaml"), set("fleet.kinds.kiosk=server");
    set_to_a_wrong_unit: file("base.yaml"), set("clock.horizon=3 months");
    only_an_unknown_factor: file("base.yaml"), only("architectur", "split");
    only_an_unknown_level: file("base.yaml"), only("architecture", "splitt");
}

#[test]
fn bytes_that_are_not_utf8() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("latin1.yaml");
    std::fs::write(&path, b"format: 1\nname: caf\xe9\n").expect("the file can be written");
    let shown = told(&Source::Path(path.clone()), &Options::default());
    insta::with_settings!({ snapshot_path => "wrong", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("bytes_that_are_not_utf8", shown.replace(&path.display().to_string(), "latin1.yaml"));
    });
}
