use indexmap::IndexMap;
use serde::Deserialize;

use super::*;
use crate::given::{Distribution, Given};
use crate::problem::Problems;
use crate::quantity::{Count, Duration, Share};
use crate::render::{Style, render};
use crate::source::Sources;

/// A small language with one of everything.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Zoo {
    /// How many animals live here. The second sentence is not shown.
    animals: Given<Count>,
    /// How long a feeding takes.
    feeding: Given<Distribution<Duration>>,
    /// Part of them by kind.
    #[serde(default)]
    parts: IndexMap<String, Given<Share>>,
    #[serde(default)]
    gate: Option<Gate>,
    #[serde(default)]
    keepers: Vec<Keeper>,
    #[serde(default)]
    hours: Option<(Duration, Duration)>,
    #[serde(default)]
    seed: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Gate {
    /// Always.
    Open,
    /// Never.
    Closed,
    /// For some.
    Guarded(Guard),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Guard {
    name: String,
    after: Given<Duration>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Keeper {
    name: String,
}

const GOOD: &str = "animals: 900\nfeeding: { lognormal: { median: 12 min, p95: 55 min } }\n";

fn read(text: &str) -> (Option<Zoo>, Problems, Sources) {
    let (mut sources, mut problems) = (Sources::new(), Problems::new());
    let zoo = sources.parse("zoo.yaml", text, &mut problems).and_then(|node| bind(&node, &mut problems));
    (zoo, problems, sources)
}

fn good(text: &str) -> Zoo {
    let (zoo, problems, sources) = read(text);
    assert!(problems.is_empty(), "{}", render(&problems, &sources, Style::Plain));
    zoo.expect("a zoo")
}

/// Code, underlined text, message and help of each problem.
fn bad(text: &str) -> Vec<String> {
    let (zoo, problems, sources) = read(text);
    assert!(zoo.is_none());
    let told = |p: crate::problem::Problem| {
        let span = p.span.expect("a place");
        let under = &sources.text(span.file)[span.start as usize..span.end as usize];
        format!("{} `{under}` {} | {}", p.code.id(), p.message, p.help.unwrap_or_default())
    };
    problems.sorted().into_iter().map(told).collect()
}

#[test]
fn good_trees_become_values() {
    let text = "animals: { value: 8.5M, source: count }\nfeeding: 5 min\nparts: { lion: 35%, owl: { uncertain: { low: 1%, likely: 2%, high: 3% } } }\n\
                gate: { guarded: { name: 007, after: 0 } }\nkeepers: [{ name: \"true\" }]\nhours: [8 h, 17 h]\nseed: 20_240_719\n";
    let zoo = good(text);
    assert_eq!(zoo.animals.likely().get(), 8_500_000);
    assert!(matches!(zoo.feeding.certain(), Some(Distribution::Constant(_))));
    assert_eq!(zoo.parts.keys().collect::<Vec<_>>(), ["lion", "owl"]);
    assert!(matches!(&zoo.gate, Some(Gate::Guarded(guard)) if guard.name == "007" && guard.after.likely().ms() == 0));
    assert_eq!(zoo.keepers[0].name, "true");
    assert_eq!(zoo.hours.map(|h| h.1.ms()), Some(61_200_000));
    assert_eq!(zoo.seed, Some(20_240_719));
    assert!(matches!(good(&format!("{GOOD}gate: open")).gate, Some(Gate::Open)));
    assert!(matches!(good(&format!("{GOOD}gate: closed")).gate, Some(Gate::Closed)));
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = "animals: 900 min\nfeding: 5 min\nparts: { lion: 0.35, owl: 101% }\ngate: opn\nkeepers: { name: x }\nseed: \"7\"\n";
    insta::assert_snapshot!(bad(text).join("\n"), @r#"
    E031 `900 min` `min` does not stand behind a count | a count may end in `k`, `M` or `bn`, and has no other unit
    E020 `feding` unknown key `feding` | did you mean `feeding`?
    E033 `0.35` `0.35` is a share without `%` | write `35%`; if you mean 0.35 percent, `0.35%`
    E026 `101%` `101%` is more than the whole | a share is 0 % to 100 %
    E023 `opn` `opn` is not known here | did you mean `open`?
    E022 `name` `keepers` is a map | write a list of maps (`- key: value`)
    E022 `"7"` a whole number is expected here, and this is a text | remove the quotes
    "#);
}

#[test]
fn choices_say_what_can_be_chosen() {
    let feeding = |value: &str| bad(&format!("animals: 1\nfeeding: {value}\n")).join("\n");
    let texts = [
        "{ lognorml: { median: 1 s, p95: 2 s } }",
        "{ normal: { mean: 1 s, sd: 1 s }, uniform: { low: 1 s, high: 2 s } }",
        "{}",
        "exponential",
        "{ lognormal: { median: 2 s, p95: 1 s } }",
        "{ lognormal: { median: 0, p95: 1 s } }",
        "{ uncertain: { low: 3 s, likely: 2 s, high: 4 s } }",
        "{ value: 3 s }",
        "{ source: x }",
        "{ lognormal: { median: 1 s, p95: 2 s }, source: x }",
        "{ lognormal: { median: 1 s } }",
        "[1 s, 2 s]",
        "null",
        "{ uniform: { low: { value: 2 s, source: x }, high: 1 s } }",
    ];
    let told: Vec<String> = texts.iter().map(|t| format!("{t}\n  {}", feeding(t))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_misspelt_key_is_not_also_missing() {
    assert_eq!(bad("animals: 1\nfeding: 5 min"), ["E020 `feding` unknown key `feding` | did you mean `feeding`?"]);
    assert_eq!(
        bad("{ feeding: 5 min }"),
        ["E021 `feeding` the scenario lacks the key `animals` | `animals`: How many animals live here"]
    );
    assert_eq!(
        bad(&format!("{GOOD}gate: {{ guarded: {{ name: x }} }}")),
        [
            "E021 `guarded` `guarded` lacks the key `after` | `after`: write a duration such as `90 min`, `{ value: …, source: … }` or `{ uncertain: … }`"
        ]
    );
}

#[test]
fn wrong_shapes_are_named() {
    assert_eq!(bad("[1]"), ["E022 `[1]` this is a list | write `{ animals: …, feeding: … }`"]);
    assert_eq!(bad(&format!("{GOOD}seed: -1")), ["E026 `-1` `-1` is outside 0 to 4294967295 | "]);
    assert_eq!(
        bad(&format!("{GOOD}seed: 4294967296")),
        ["E026 `4294967296` `4294967296` is outside 0 to 4294967295 | "]
    );
    assert_eq!(
        bad(&format!("{GOOD}seed: 1.5")),
        ["E022 `1.5` `1.5` is not a whole number | write a whole number without a unit, such as `60`"]
    );
    assert_eq!(bad(&format!("{GOOD}hours: [8 h]")), ["E027 `hours` `hours` has 1 items, and 2 are expected | "]);
    assert_eq!(
        bad(&format!("{GOOD}gate:")),
        ["E025 `gate` `gate` has no value | write `open`, `closed` or `{ guarded: … }`"]
    );
    assert_eq!(
        bad(&format!("{GOOD}gate: guarded")),
        ["E022 `guarded` `guarded` needs its parameters | write `{ guarded: { name: …, after: … } }`"]
    );
    assert_eq!(
        bad(&format!("{GOOD}gate: {{ on: 1 }}")),
        [
            "E012 `on` no key may be called `on`, which some YAML readers take for a truth value | choose another name; where an agent is installed is written under `installed`"
        ]
    );
}
