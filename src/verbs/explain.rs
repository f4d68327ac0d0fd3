//! `bugcheck explain`: what a word means, from the tables that the libraries themselves use.

use std::fmt::Write as _;

use bugcheck_scenarios::glossary::{self, Kind, Term};
use bugcheck_scenarios::library;
use bugcheck_scenarios::problem::Code;
use bugcheck_sim::agent::effect::{ALL_EFFECTS, Burden, EFFECTS};
use bugcheck_sim::agent::{Defect, Mode};
use bugcheck_sim::measure::{Additive, Definition, MEASURES};

use crate::args::Explain;
use crate::exit::{EXITS, Exit};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::text::nearest;
use crate::verbs::library::preset;

/// The word that lists the exit codes.
const EXIT_CODES: &str = "exit-codes";

/// The word that lists what PCs suffer.
const EFFECTS_OF_DEFECTS: &str = "effects";

/// Columns of a list of words.
const COLUMNS: usize = 100;

/// Words of the model that are no entry of another table.
const WORDS: &[(&str, &str)] = &[
    ("agent", "An installed security product: endpoint protection, or a game's anti-cheat."),
    ("architecture", "How an agent is put together from components, and what contains a failure."),
    ("arm", "One combination of choices under comparison. All arms of one replication share the same dice."),
    ("baseline", "The arm that the others are compared with."),
    ("bugcheck", "The crash of Windows as a whole, seen as a blue or black screen."),
    ("channel", "A stream of releases of one kind: content, engine, driver, os."),
    ("component", "A part of an agent: where its code runs, when it starts, which channels it parses."),
    ("drivers", "The uncertain inputs that an outcome follows. `bugcheck drivers` ranks them."),
    (
        "elementary effect",
        "By how much an outcome changes as one input moves through its range, all else as it was (Morris).",
    ),
    ("expectation", "What a scenario says must hold. Its verdict is one of three: holds, broken, undecided."),
    ("factor", "A choice under comparison, such as `recovery`; its levels are laid over the rest of the scenario."),
    ("front", "The arms that no other arm beats in one of outage and late protection without losing in the other."),
    (
        "late protection",
        "What caution costs: time for which PCs wait for what a release was to bring (`stale_pc_hours`).",
    ),
    ("like", "Starts an entry from a named one of the library or the file; what stands beside it is laid over that."),
    (
        "margin",
        "How far the nearer end of an interval lies within a bound (the expectation holds) or beyond it (it is broken).",
    ),
    (
        "organisation",
        "The PCs that share recovery means. Organisations touch each other only through the vendor cloud.",
    ),
    (
        "paired difference",
        "An arm less the baseline, replication by replication on the same dice; far sharper than two means.",
    ),
    ("playbook", "The recovery steps that an organisation uses, in order."),
    ("precision", "How well the replications pin down an estimate; its interval shrinks with more replications."),
    (
        "range of outcomes",
        "How much single replications differ (5 to 95 %), by luck and by uncertain inputs; it does not shrink.",
    ),
    (
        "rank correlation",
        "How closely an outcome follows an input, -1 to 1, whatever the shape, as long as it goes one way (Spearman).",
    ),
    ("replication", "One throw of all dice. All arms of a replication meet the same fleet and the same luck."),
    ("rollout", "Who may take a release when: everyone at once, or rings with bake times and gates."),
    ("sampling", "1 in N organisations is simulated, each whole; totals are scaled up and carry the sampling error."),
    (
        "sobol index",
        "The share of the variance that an input makes alone (first order) or together with others (total).",
    ),
    ("sweep", "A scenario run over values of one of its numbers, with a curve as the result."),
    ("undecided", "There are too few replications to say it, or the interval lies on both sides of the bound."),
];

/// Explains a word, or lists all words.
pub(crate) fn explain(args: &Explain, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let text = if args.words.is_empty() { list() } else { meaning(&args.words.join(" "))? };
    terminal.print(&text)?;
    Ok(Exit::Holds)
}

fn meaning(word: &str) -> Result<String, Failure> {
    let defects = glossary::defects();
    let terms = glossary::terms();
    let is_defect = |term: &&Term| defects.iter().any(|(defect, _)| defect == *term);
    let found: Vec<String> = [
        MEASURES.iter().find(|m| m.name == word).map(measure),
        defects.iter().find(|(term, _)| term.word == word).map(defect),
        Code::named(word).map(|code| format!("{}: {}\n\n{}\n", code.id(), code.title(), code.explanation())),
        WORDS.iter().find(|(name, _)| *name == word).map(|(name, meaning)| format!("{name}\n{meaning}\n")),
        (word == EXIT_CODES).then(exit_codes),
        (word == EFFECTS_OF_DEFECTS).then(effects),
    ]
    .into_iter()
    .flatten()
    .chain(terms.iter().filter(|t| t.word == word && !is_defect(t)).map(term))
    .chain(library::presets().iter().filter(|p| p.name == word).map(preset))
    .collect();
    if found.is_empty() {
        let presets = library::presets();
        let mut known: Vec<&str> = words().collect();
        known.extend(terms.iter().map(|term| term.word.as_str()));
        known.extend(presets.iter().map(|preset| preset.name.as_str()));
        let near = nearest(word, known);
        return Err(Failure::Usage(format!("no explanation of `{word}`{near} (`bugcheck explain` lists all words)")));
    }
    Ok(found.join("\n"))
}

fn words() -> impl Iterator<Item = &'static str> {
    let measures = MEASURES.iter().map(|m| m.name);
    let model = WORDS.iter().map(|(name, _)| *name);
    let codes = Code::ALL.iter().map(|code| code.id());
    measures.chain(model).chain(codes).chain([EXIT_CODES, EFFECTS_OF_DEFECTS])
}

fn measure(definition: &Definition) -> String {
    let adds_up = match definition.additive {
        Additive::Yes => "adds up over the parts of the fleet",
        Additive::No => "does not add up over the parts of the fleet",
    };
    format!(
        "{} (measure)\n{}.\n\nunit:     {}\nformula:  {}\nsegments: {adds_up}\n",
        definition.name, definition.meaning, definition.unit, definition.formula
    )
}

fn term(term: &Term) -> String {
    let Term { word, of, about, .. } = term;
    match &term.kind {
        Kind::Key(takes) => format!("{word} (key)\n{about}\n\nstands in: {of}\ntakes:     {takes}\n"),
        Kind::Choice => format!("{word} (choice)\n{about}\n\nchosen for: {of}\n"),
    }
}

fn effects() -> String {
    let mut out =
        String::from("effects\nWhat a PC suffers when a fault shows, and what it is worth to its user meanwhile.\n\n");
    for effect in ALL_EFFECTS {
        let burden = match effect.burden() {
            Burden::Down => "it can't be used",
            Burden::Degraded => "it can be used, but is slow or has no network",
            Burden::Unprotected => "it can be used, and its agent does not run",
        };
        let passes = if effect.passes() { "; gets over it alone" } else { "" };
        let _ = writeln!(out, "  {}: {burden}{passes}", effect.words());
    }
    out.push_str("\n`bugcheck explain` with the name of a defect says which of them it has, where, and who says so.\n");
    out
}

fn defect((term, defect): &(Term, Defect)) -> String {
    let Term { word, about, .. } = term;
    let mut out =
        format!("{word} (defect)\n{about}\n\nWhat follows, by where the component runs and when it starts:\n");
    for row in EFFECTS.iter().filter(|row| row.defect == *defect) {
        let mode = match row.mode {
            Mode::Kernel => "kernel",
            Mode::User => "user",
        };
        let starts: Vec<String> = row.starts.iter().map(|start| format!("{start:?}").to_lowercase()).collect();
        let _ = writeln!(out, "  {mode}, start {}: {}", starts.join("/"), row.effect.words());
        let _ = writeln!(out, "      source: {}", row.source);
    }
    out
}

/// The words of terms, each once, in lines.
fn listed(terms: Vec<Term>) -> String {
    let mut words: Vec<String> = terms.into_iter().map(|term| term.word).collect();
    words.dedup();
    let mut out = String::new();
    let mut line = String::from(" ");
    for word in words {
        if line.len() + 1 + word.len() > COLUMNS {
            let _ = writeln!(out, "{line}");
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(&word);
    }
    let _ = writeln!(out, "{line}");
    out
}

fn exit_codes() -> String {
    let mut out = String::from("exit codes\n");
    for (exit, meaning) in EXITS {
        let _ = writeln!(out, "  {:>3}  {meaning}", exit.code());
    }
    out
}

fn list() -> String {
    let mut out = String::from("Measures\n");
    for definition in MEASURES {
        let _ = writeln!(out, "  {:<28} {} [{}]", definition.name, definition.meaning, definition.unit);
    }
    out.push_str("\nDefects\n");
    for (term, _) in glossary::defects() {
        let _ = writeln!(out, "  {:<28} {}", term.word, term.about);
    }
    out.push_str("\nWords\n");
    for (name, meaning) in WORDS {
        let _ = writeln!(out, "  {name:<28} {meaning}");
    }
    let _ = writeln!(out, "  {EXIT_CODES:<28} How the command ends.");
    let _ = writeln!(out, "  {EFFECTS_OF_DEFECTS:<28} What PCs suffer from defects.");
    out.push_str("\nKeys and choices of scenarios\n");
    out.push_str(&listed(glossary::terms()));
    out.push_str("\nProblems of scenarios\n");
    for code in Code::ALL {
        let _ = writeln!(out, "  {:<28} {}", code.id(), code.title());
    }
    out.push_str("\nThe presets that `bugcheck library` lists can be explained, too.\n");
    out
}
