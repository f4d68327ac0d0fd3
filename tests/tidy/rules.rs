//! The rules. Each takes files and gives findings.

use std::collections::BTreeSet;
use std::fmt;

use crate::files::File;

/// A broken rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file.
    pub(crate) path: String,
    /// The line, from 1; 0 is the file as a whole.
    pub(crate) line: usize,
    /// What is wrong, and what to do instead.
    pub(crate) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// All rules over all files.
pub(crate) fn all(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        findings.extend(banned_words(file));
        findings.extend(line_shape(file));
        findings.extend(too_long(file));
        findings.extend(imports(file));
    }
    findings.extend(unreferenced_modules(files));
    findings.extend(unreferenced_scenarios(files));
    findings.extend(dead_links(files));
    findings
}

/// Where a ban holds within a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// In code, but not in comments, nor in tests: files of tests, and what is below the first `#[cfg(test)]`.
    Code,
    /// In code including tests, but not in comments.
    CodeAndTests,
    /// Everywhere, whatever the case of its letters.
    AllText,
}

/// A word that must not stand in some files.
struct Ban {
    /// Beginnings of the paths of the files.
    within: &'static [&'static str],
    of: Of,
    word: &'static str,
    instead: &'static str,
}

const LIBRARIES: &[&str] = &["sim/src/", "scenarios/src/", "lab/src/", "reports/src/"];
const OURS: &[&str] = &["src/", "sim/src/", "scenarios/src/", "lab/src/", "reports/src/"];
const SIM: &[&str] = &["sim/src/"];

/// The effect table cites who says what follows from a defect, so it names publishers.
const EFFECT_TABLE: &str = "sim/src/agent/effect.rs";
const RUST: &[&str] = &["src/", "tests/", "sim/", "scenarios/", "lab/", "reports/", "benches/"];

macro_rules! bans {
    ($($within:ident $of:ident [$($word:expr),+ $(,)?] => $instead:literal;)*) => {
        &[$($(Ban { within: $within, of: Of::$of, word: $word, instead: $instead },)+)*]
    };
}

// Words that are banned from this file, too, are written in two parts.
const BANS: &[Ban] = bans! {
    SIM CodeAndTests ["HashMap", "HashSet"] => "its order differs from run to run; use BTreeMap, BTreeSet or a sorted Vec";
    SIM CodeAndTests ["Instant", "SystemTime"] => "simulated time is time::Millis; measuring belongs in lab";
    SIM Code ["std::fs", "std::env", "std::net", "std::process"] => "the simulator reads nothing but its plan";
    SIM CodeAndTests ["rand_distr", "thread_rng"] => "draws are keyed; use the draw module";
    SIM Code [".ln()", "f64::ln(", ".ln_1p()", ".log10()", ".log2()", ".exp()", ".exp_m1()", ".exp2()", ".powf(", ".powi(", ".sin()",
        ".cos()", ".tan()", ".sinh()", ".cosh()", ".tanh()", ".cbrt()", ".hypot("]
        => "rounds differently per platform; use libm's function";
    SIM AllText ["crowdstrike", "falcon", "csagent", "channel file 291", "channel_file_291", "july 2024", "july-2024", "vanguard",
        "battleye", "ricochet", "javelin", "easyanticheat", "carbon black", "sentinelone"]
        => "the simulator knows no product and no incident; they are data in scenarios/library";
    OURS Code [".unwrap()"] => "handle the error, or use expect(\"why it cannot happen\")";
    RUST CodeAndTests [concat!("dbg", "!("), concat!("to", "do!("), concat!("unimple", "mented!(")]
        => "finish it before it is committed";
    RUST AllText [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")]
        => "finish it, or write down what is missing where its reader looks for it";
    LIBRARIES Code [concat!("print", "ln!("), concat!("eprint", "ln!(")] => "libraries return what they have to say";
    OURS Code [concat!("dyn Err", "or>"), concat!("dyn std::error::Err", "or>")] => "use the crate's error enum";
};

/// Words that are banned where they stand.
pub(crate) fn banned_words(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !is_rust(file) {
        return findings;
    }
    let tests_from = if is_test(file) { 0 } else { start_of_tests(&file.text) };
    for ban in BANS.iter().filter(|b| b.within.iter().any(|w| file.path.starts_with(w))) {
        for (number, line) in file.text.lines().enumerate() {
            let found = match ban.of {
                Of::Code => number < tests_from && has_word(without_comment(line), ban.word),
                Of::CodeAndTests => has_word(without_comment(line), ban.word),
                Of::AllText if ban.word.chars().any(char::is_uppercase) => has_word(line, ban.word),
                Of::AllText => has_word(&line.to_lowercase(), ban.word),
            };
            let cites = ban.of == Of::AllText && ban.within == SIM && file.path == EFFECT_TABLE;
            if found && !cites && !file.path.starts_with("tests/tidy/") {
                findings.push(finding(file, number + 1, format!("`{}`: {}", ban.word, ban.instead)));
            }
        }
    }
    findings
}

/// Longest line of Rust; longer ones are wrapped.
const COLUMNS: usize = 120;

/// Lines of Rust over 120 columns (string literals, which the formatter cannot break, are not counted), spaces at the
/// end of a line, tabs, a missing or doubled last line end.
pub(crate) fn line_shape(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.path.starts_with("scenarios/tests/") && !is_rust(file) {
        return findings; // wrong on purpose
    }
    for (number, line) in file.text.lines().enumerate() {
        if line.ends_with([' ', '\t']) {
            findings.push(finding(file, number + 1, "space at the end of the line".into()));
        }
        if is_rust(file) && line.contains('\t') {
            findings.push(finding(file, number + 1, "a tab; indent with spaces".into()));
        }
    }
    let columns = if is_rust(file) { columns_outside_strings(&file.text) } else { Vec::new() };
    for number in (0..columns.len()).filter(|number| columns[*number] > COLUMNS) {
        findings.push(finding(file, number + 1, format!("over {COLUMNS} columns; wrap it")));
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        findings.push(finding(file, 0, "no line end at the end of the file".into()));
    }
    if file.text.ends_with("\n\n") {
        findings.push(finding(file, 0, "empty lines at the end of the file".into()));
    }
    findings
}

/// Longest file of Rust: a file is one idea.
const LINES: usize = 700;

/// Files of Rust that hold more than one idea, to judge by their length.
pub(crate) fn too_long(file: &File) -> Vec<Finding> {
    let lines = file.text.lines().count();
    if is_rust(file) && lines > LINES {
        return vec![finding(file, 0, format!("{lines} lines; split it along its ideas ({LINES} at most)"))];
    }
    Vec::new()
}

/// Which of our crates each may use. `reports` reads results, whose types are made of those of the crates below.
const MAY_IMPORT: &[(&str, &[&str])] =
    &[("sim", &[]), ("scenarios", &["sim"]), ("lab", &["scenarios", "sim"]), ("reports", &["lab", "scenarios", "sim"])];

/// Imports between crates that do not run downwards, in manifests and in code.
pub(crate) fn imports(file: &File) -> Vec<Finding> {
    let Some((crate_name, allowed)) = MAY_IMPORT.iter().find(|(name, _)| file.path.starts_with(&format!("{name}/")))
    else {
        return Vec::new();
    };
    let in_manifest = file.path == format!("{crate_name}/Cargo.toml");
    let in_code = is_rust(file) && file.path.starts_with(&format!("{crate_name}/src/"));
    let mut findings = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for (other, _) in MAY_IMPORT {
            let name = if in_manifest { format!("bugcheck-{other}") } else { format!("bugcheck_{other}") };
            let uses =
                if in_manifest { line.starts_with(&name) } else { in_code && has_word(without_comment(line), &name) };
            if uses && !allowed.contains(other) && crate_name != other {
                findings.push(finding(
                    file,
                    number + 1,
                    format!("`{crate_name}` may not use `{other}`: imports run downwards"),
                ));
            }
        }
        if *crate_name == "reports" && in_code && has_word(without_comment(line), "simulate") {
            findings.push(finding(file, number + 1, "reports never run a simulation; they read results".into()));
        }
    }
    findings
}

/// Rust files below a `src` that no `mod` declares: the compiler never sees them.
pub(crate) fn unreferenced_modules(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|f| is_rust(f) && OURS.iter().any(|o| f.path.starts_with(o))) {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        let name = name.trim_end_matches(".rs");
        if (folder.ends_with("src") && ["lib", "main"].contains(&name)) || folder.contains("src/bin") {
            continue;
        }
        let (home, module) =
            if name == "mod" { folder.rsplit_once('/').unwrap_or((folder, "")) } else { (folder, name) };
        let parents =
            [format!("{home}/lib.rs"), format!("{home}/main.rs"), format!("{home}/mod.rs"), format!("{home}.rs")];
        let declared = files.iter().filter(|f| parents.contains(&f.path)).any(|f| declares(&f.text, module));
        if !declared {
            findings.push(finding(file, 0, format!("nothing declares `mod {module}`; declare it or delete the file")));
        }
    }
    findings
}

/// Scenarios and presets of the library that the code does not embed: each is named in a string, without its folder
/// `presets/` and its ending.
pub(crate) fn unreferenced_scenarios(files: &[File]) -> Vec<Finding> {
    let code: Vec<&File> = files.iter().filter(|f| is_rust(f) && f.path.starts_with("scenarios/src/")).collect();
    let mut findings = Vec::new();
    for file in files {
        let Some(path) = file.path.strip_prefix("scenarios/library/") else { continue };
        let Some(name) = path.trim_start_matches("presets/").strip_suffix(".yaml") else { continue };
        let quoted = format!("\"{name}\"");
        if !code.iter().any(|f| f.text.contains(&quoted)) {
            findings.push(finding(file, 0, format!("no code embeds {quoted}; embed it or delete it")));
        }
    }
    findings
}

/// Relative links in Markdown that lead to no file.
pub(crate) fn dead_links(files: &[File]) -> Vec<Finding> {
    let known: BTreeSet<&str> = files.iter().map(|f| f.path.as_str()).collect();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut findings = Vec::new();
    for file in files.iter().filter(|f| has_ending(f, "md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (number, line) in file.text.lines().enumerate() {
            for target in link_targets(line) {
                let path = target.split('#').next().unwrap_or_default();
                if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
                    continue;
                }
                let full = resolve(folder, path);
                if !known.contains(full.as_str()) && !root.join(&full).exists() {
                    findings.push(finding(file, number + 1, format!("the link `{target}` leads nowhere")));
                }
            }
        }
    }
    findings
}

fn link_targets(line: &str) -> Vec<&str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target)).collect()
}

fn resolve(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn declares(text: &str, module: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        let line = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
        line.strip_prefix("mod ").is_some_and(|rest| rest.trim_end_matches([';', '{', ' ']) == module)
    })
}

/// Whether a whole file is compiled for tests only.
fn is_test(file: &File) -> bool {
    ["/tests.rs", "/testing.rs"].iter().any(|name| file.path.ends_with(name)) || file.path.contains("/tests/")
}

/// The line at which the tests at the end of a file begin; past its end if there are none. An attribute on a single
/// item or on a module in another file does not count.
fn start_of_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{');
    lines.windows(2).position(opens).unwrap_or(usize::MAX)
}

fn is_rust(file: &File) -> bool {
    has_ending(file, "rs")
}

fn has_ending(file: &File, ending: &str) -> bool {
    std::path::Path::new(&file.path).extension().is_some_and(|found| found == ending)
}

fn finding(file: &File, line: usize, message: String) -> Finding {
    Finding { path: file.path.clone(), line, message }
}

/// Whether `word` stands in `line` and is not a part of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || c == '_';
    let guards_start = word.starts_with(of_name);
    let guards_end = word.ends_with(of_name);
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let within = guards_start && before.is_some_and(of_name) || guards_end && after.is_some_and(of_name);
        !within
    })
}

/// The line up to a `//` that is not within a string.
fn without_comment(line: &str) -> &str {
    let mut in_string = false;
    let bytes = line.as_bytes();
    for i in 0..bytes.len() {
        match bytes[i] {
            b'"' if i == 0 || bytes[i - 1] != b'\\' => in_string = !in_string,
            b'/' if !in_string && bytes.get(i + 1) == Some(&b'/') => return &line[..i],
            _ => {}
        }
    }
    line
}

/// The columns of each line of Rust, without the insides of string literals.
fn columns_outside_strings(text: &str) -> Vec<usize> {
    let mut columns = vec![0];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (taken, counts) = token(rest);
        for c in rest[..taken].chars() {
            if c == '\n' {
                columns.push(0);
            } else if counts && let Some(column) = columns.last_mut() {
                *column += 1;
            }
        }
        rest = &rest[taken.max(c.len_utf8())..];
    }
    columns
}

/// The next piece of Rust: how many bytes it has, and whether it counts. Strings of all kinds are one piece and do not;
/// comments and character literals are one piece each, so that a quote in them opens nothing.
fn token(text: &str) -> (usize, bool) {
    let end_of = |from: usize, end: &str| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        return (text.find('\n').unwrap_or(text.len()), true);
    }
    if let Some(hashes) = text.strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len())
        && text[1 + hashes..].starts_with('"')
    {
        return (end_of(hashes + 2, &format!("\"{}", "#".repeat(hashes))), false);
    }
    if text.starts_with('"') {
        let mut escaped = false;
        let close = |(_, c): &(usize, char)| {
            let closes = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        };
        return (text.char_indices().skip(1).find(close).map_or(text.len(), |(at, _)| at + 1), false);
    }
    let word = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    if word > 0 {
        return (word, true);
    }
    let character = ["'\"'", "'\\\"'", "'\\\\'", "'\\''"].iter().find(|literal| text.starts_with(**literal));
    (character.map_or_else(|| text.chars().next().map_or(0, char::len_utf8), |literal| literal.len()), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.into(), text: text.into() }
    }

    fn messages(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_banned_word_is_found_with_its_replacement() {
        let findings = banned_words(&file("sim/src/engine.rs", "use std::collections::HashMap;\n"));
        assert_eq!(
            messages(&findings),
            [
                "sim/src/engine.rs:1: `HashMap`: its order differs from run to run; use BTreeMap, BTreeSet or a sorted Vec"
            ]
        );
    }

    #[test]
    fn a_banned_word_may_stand_elsewhere() {
        assert!(banned_words(&file("lab/src/run.rs", "use std::collections::HashMap;\n")).is_empty());
        assert!(banned_words(&file("sim/src/engine.rs", "// not a HashMap, whose order differs\n")).is_empty());
        assert!(banned_words(&file("sim/src/engine.rs", "struct MyHashMapLike;\nlet instant = 3;\n")).is_empty());
    }

    #[test]
    fn platform_floats_are_banned_in_the_simulator() {
        for call in ["x.ln()", "x.exp()", "x.powf(2.0)", "x.sin()"] {
            assert_eq!(banned_words(&file("sim/src/draw.rs", &format!("let y = {call};\n"))).len(), 1, "{call}");
        }
        assert!(banned_words(&file("sim/src/draw.rs", "let y = libm::log(x);\n")).is_empty());
    }

    #[test]
    fn unwrap_is_for_tests() {
        let text = "fn a() { b().unwrap(); }\n#[cfg(test)]\nmod tests {\n    fn c() { d().unwrap(); }\n}\n";
        assert_eq!(messages(&banned_words(&file("lab/src/a.rs", text))).len(), 1);
        let elsewhere = "#[cfg(test)]\nmod testing;\nfn a() { b().unwrap(); }\n";
        assert_eq!(messages(&banned_words(&file("lab/src/a.rs", elsewhere))).len(), 1);
        for path in ["tests/command.rs", "lab/src/run/tests.rs", "lab/src/testing.rs"] {
            assert!(banned_words(&file(path, "fn a() { b().unwrap(); }\n")).is_empty(), "{path}");
        }
    }

    #[test]
    fn products_are_banned_in_the_simulator_even_in_comments() {
        assert_eq!(banned_words(&file("sim/src/agent.rs", "// as CrowdStrike does\n")).len(), 1);
        assert!(banned_words(&file("scenarios/src/library.rs", "// as CrowdStrike does\n")).is_empty());
        assert!(banned_words(&file(EFFECT_TABLE, "source: \"CrowdStrike, Technical details\",\n")).is_empty());
    }

    #[test]
    fn unfinished_work_is_found() {
        let later = concat!("// TO", "DO later\n");
        assert_eq!(banned_words(&file("reports/src/html.rs", later)).len(), 1);
        assert_eq!(banned_words(&file("src/run.rs", concat!("fn a() { to", "do!() }\n"))).len(), 1);
    }

    #[test]
    fn libraries_do_not_print() {
        let text = concat!("fn a() { print", "ln!(\"x\"); }\n");
        assert_eq!(banned_words(&file("reports/src/html.rs", text)).len(), 1);
    }

    #[test]
    fn long_lines_are_found_and_long_strings_are_not() {
        let long = format!("let x = {};\n", "a + ".repeat(40));
        assert_eq!(line_shape(&file("src/a.rs", &long)).len(), 1);
        let string = format!("let x = \"{}\";\n", "a \\\" ".repeat(40));
        assert!(line_shape(&file("src/a.rs", &string)).is_empty());
        let raw = format!("let x = r#\"{}\"#;\n", "a \"quoted\" ".repeat(20));
        assert!(line_shape(&file("src/a.rs", &raw)).is_empty());
        let over_lines = format!("let x = \"a \\\n{}\";\n", "b ".repeat(80));
        assert!(line_shape(&file("src/a.rs", &over_lines)).is_empty());
        let quote = format!("let x = '\"'; {}b\n", "a + ".repeat(40));
        assert_eq!(line_shape(&file("src/a.rs", &quote)).len(), 1);
        let comment = format!("// don't say \"{}\"\n", "no ".repeat(50));
        assert_eq!(line_shape(&file("src/a.rs", &comment)).len(), 1);
        assert!(line_shape(&file("docs/a.md", &long)).is_empty());
    }

    #[test]
    fn the_ends_of_lines_and_files_are_clean() {
        assert_eq!(line_shape(&file("docs/a.md", "a \nb\n")).len(), 1);
        assert_eq!(line_shape(&file("docs/a.md", "a")).len(), 1);
        assert_eq!(line_shape(&file("docs/a.md", "a\n\n")).len(), 1);
        assert_eq!(line_shape(&file("src/a.rs", "\tlet a = 1;\n")).len(), 1);
        assert!(line_shape(&file("docs/a.md", "a\n\nb\n")).is_empty());
    }

    #[test]
    fn long_files_are_found() {
        assert_eq!(too_long(&file("src/a.rs", &"\n".repeat(701))).len(), 1);
        assert!(too_long(&file("src/a.rs", &"\n".repeat(700))).is_empty());
    }

    #[test]
    fn imports_run_downwards() {
        assert_eq!(imports(&file("sim/Cargo.toml", "[dependencies]\nbugcheck-lab.workspace = true\n")).len(), 1);
        assert_eq!(imports(&file("sim/src/a.rs", "use bugcheck_scenarios::load;\n")).len(), 1);
        assert_eq!(imports(&file("lab/src/a.rs", "use bugcheck_reports::html;\n")).len(), 1);
        assert_eq!(imports(&file("reports/src/a.rs", "let r = bugcheck_sim::simulate(plan);\n")).len(), 1);
        assert!(imports(&file("lab/src/a.rs", "use bugcheck_sim::Plan;\n")).is_empty());
    }

    #[test]
    fn a_file_that_nothing_declares_is_found() {
        let files = [
            file("lab/src/lib.rs", "pub mod run;\n"),
            file("lab/src/run.rs", "mod parts;\n"),
            file("lab/src/old.rs", ""),
        ];
        assert_eq!(
            messages(&unreferenced_modules(&files)),
            ["lab/src/old.rs:0: nothing declares `mod old`; declare it or delete the file"]
        );
        let nested = [
            file("lab/src/lib.rs", "mod run;"),
            file("lab/src/run.rs", "mod parts;"),
            file("lab/src/run/parts.rs", ""),
        ];
        assert!(unreferenced_modules(&nested).is_empty());
        let folder = [
            file("lab/src/lib.rs", "mod run;"),
            file("lab/src/run/mod.rs", "mod parts;"),
            file("lab/src/run/parts.rs", ""),
        ];
        assert!(unreferenced_modules(&folder).is_empty());
    }

    #[test]
    fn a_scenario_that_nothing_embeds_is_found() {
        let code = file("scenarios/src/library.rs", "scenarios! { \"a\" \"closed-form/b\" } categories! { \"kinds\" }");
        let shipped = ["a.yaml", "closed-form/b.yaml", "presets/kinds.yaml", "lost.yaml"];
        let mut files: Vec<File> = shipped.iter().map(|path| file(&format!("scenarios/library/{path}"), "")).collect();
        files.push(code);
        assert_eq!(
            messages(&unreferenced_scenarios(&files)),
            ["scenarios/library/lost.yaml:0: no code embeds `lost`; embed it or delete it".replace('`', "\"")]
        );
    }

    #[test]
    fn dead_links_are_found() {
        let files = [
            file("docs/guide.md", "[a](model.md#x) [b](../README.md) [c](gone.md) [d](https://example.org)\n"),
            file("docs/model.md", ""),
            file("README.md", ""),
        ];
        assert_eq!(messages(&dead_links(&files)), ["docs/guide.md:1: the link `gone.md` leads nowhere"]);
    }
}
