use super::*;
use crate::problem::Problems;
use crate::source::Sources;

fn parse(text: &str) -> Node {
    let mut problems = Problems::new();
    let node = Sources::new().parse("test", text, &mut problems);
    assert!(problems.is_empty(), "{text}: {problems:?}");
    node.expect("a tree")
}

fn laid(base: &str, over: &str) -> String {
    overlay(&parse(base), &parse(over)).to_yaml()
}

const RELEASE: &str = "releases: { r: { delivery: { exponential: { mean: 9 min } }, response: { scripted: { withdrawn: 1 h, fixed: 2 h } } } }";

#[test]
fn maps_merge_and_everything_else_replaces() {
    insta::assert_snapshot!(laid("fleet: { pcs: 1M, regions: { a: { share: 100%, zone: UTC } } }\nrecovery: [x, y]", "fleet: { pcs: 2M, regions: { b: { share: 5%, zone: UTC } } }\nrecovery: [z]"), @r"
    fleet:
      pcs: 2M
      regions:
        a: { share: 100%, zone: UTC }
        b: { share: 5%, zone: UTC }
    recovery: [z]
    ");
}

#[test]
fn another_choice_replaces_and_the_same_choice_merges() {
    insta::assert_snapshot!(laid(RELEASE, "releases: { r: { delivery: { lognormal: { median: 1 s, p95: 2 s } }, response: { scripted: { fixed: 5 h } } } }"), @r"
    releases:
      r:
        delivery: { lognormal: { median: 1 s, p95: 2 s } }
        response: { scripted: { withdrawn: 1 h, fixed: 5 h } }
    ");
}

#[test]
fn a_source_never_stays_beside_another_value() {
    let base = "fleet: { pcs: { value: 24M, source: census } }";
    assert_eq!(laid(base, "fleet: { pcs: { value: 30M } }"), "fleet: { pcs: { value: 30M } }\n");
    assert_eq!(laid(base, "fleet: { pcs: 30M }"), "fleet: { pcs: 30M }\n");
    assert_eq!(
        laid(base, "fleet: { pcs: { uncertain: { low: 1, likely: 2, high: 3 } } }"),
        "fleet: { pcs: { uncertain: { low: 1, likely: 2, high: 3 } } }\n"
    );
}

#[test]
fn the_parts_of_a_whole_are_replaced_together() {
    assert_eq!(
        overlay_preset(&parse("mix: { office: 50%, kiosk: 50% }"), &parse("mix: { server: 100% }"), "sectors")
            .to_yaml(),
        "mix: { server: 100% }\n"
    );
}

#[test]
fn null_takes_away_what_was_there_and_stays_where_nothing_was() {
    assert_eq!(
        laid(RELEASE, "releases: { r: { delivery: null, response: { scripted: { fixed: null } } } }"),
        "releases: { r: { response: { scripted: { withdrawn: 1 h } } } }\n"
    );
    assert_eq!(laid("fleet: { pcs: 1 }", "recovry: null"), "fleet: { pcs: 1 }\nrecovry: null\n");
    assert_eq!(
        laid("fleet: { pcs: 1 }", "fleet: { pcs: }"),
        "fleet: { pcs: null }\n",
        "a value that was forgotten is no wish"
    );
}

#[test]
fn a_map_with_like_starts_afresh() {
    let base = "fleet: { kinds: { office: { connected: 80%, criticality: 2 } } }";
    assert_eq!(
        laid(base, "fleet: { kinds: { office: { like: kiosk } } }"),
        "fleet: { kinds: { office: { like: kiosk } } }\n"
    );
}

#[test]
fn positions_stay_with_the_text_that_says_it() {
    let (mut sources, mut problems) = (Sources::new(), Problems::new());
    let base = sources.parse("base", "fleet: { pcs: 1M }", &mut problems).expect("base");
    let over = sources.parse("over", "fleet: { pcs: 2M }", &mut problems).expect("over");
    let merged = overlay(&base, &over);
    assert_eq!(sources.name(merged.at("fleet.pcs").expect("pcs").span.file), "over");
}

/// The tree after the setting, or the problems' messages and help.
fn setting(text: &str) -> Result<String, String> {
    let (mut sources, mut problems) = (Sources::new(), Problems::new());
    let base = "fleet: { pcs: 1M, sectors: { airline: { share: 2%, first: [a, b] } } }\nrecovery: [x]";
    let root = sources.parse("test", base, &mut problems).expect("a tree");
    let root = set(root, text, &mut sources, &mut problems);
    let told: Vec<String> = problems
        .sorted()
        .into_iter()
        .map(|p| format!("{} {} | {}", p.code.id(), p.message, p.help.unwrap_or_default()))
        .collect();
    if told.is_empty() { Ok(root.to_yaml()) } else { Err(told.join("\n")) }
}

#[test]
fn settings_change_and_add_values() {
    assert!(setting("fleet.pcs=2M").is_ok_and(|t| t.contains("pcs: 2M")));
    assert!(
        setting("recovery=[y, { z: { available: 1 h } }]").is_ok_and(|t| t.contains("[y, { z: { available: 1 h } }]"))
    );
    assert!(setting("recovery.0=y").is_ok_and(|t| t.contains("recovery: [y]")));
    assert!(setting("clock.horizon=3 d").is_ok_and(|t| t.contains("clock: { horizon: 3 d }")));
    assert!(setting("fleet.sectors.airline.size={ constant: 5 }").is_ok_and(|t| t.contains("size: { constant: 5 }")));
    assert!(setting("fleet.sectors.airline.first=null").is_ok_and(|t| !t.contains("first")));
    assert!(setting("compare.seed = 7").is_ok_and(|t| t.contains("compare: { seed: 7 }")));
}

#[test]
fn settings_of_what_does_not_exist_are_refused() {
    let told: Vec<String> = [
        "fleet.pc=2M",
        "flet.pcs=2M",
        "fleet.sectors.arline.share=2%",
        "fleet.pcs",
        "=3",
        "recovery.7=x",
        "fleet.pcs=[",
        "fleet.pcs=",
    ]
    .iter()
    .map(|s| format!("{s}\n  {}", setting(s).expect_err(s)))
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}
