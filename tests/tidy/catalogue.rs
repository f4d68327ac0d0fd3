//! The list of the library's presets and scenarios in the documentation is the library.

use std::fmt::Write as _;

use bugcheck_scenarios::library::{self, Category};

use crate::blessed;

const INTRODUCTION: &str = "# Catalogue

What the library holds: all presets by what they are presets of, and all scenarios. This page is written from the library
itself, and a test (`tests/tidy/catalogue.rs`) holds it to that.

A scenario takes a preset by its name, or starts from it with `like` and lays its own over it. `bugcheck library NAME` prints
one with all its numbers. A number without a source is an assumption, and says so in the library; a range is drawn once per
replication. What each defect does in each architecture is in [the matrix](matrix.md).
";

/// Text that doesn't end a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn page() -> String {
    let mut out = String::from(INTRODUCTION);
    let presets = library::presets();
    for &category in Category::ALL {
        write!(
            out,
            "\n## {}\n\n| name | what it is | settings | sources |\n| --- | --- | --- | --- |\n",
            category.name()
        )
        .expect("a string takes it");
        for preset in presets.iter().filter(|preset| preset.category == category) {
            let settings: Vec<String> =
                preset.settings.iter().map(|s| format!("`{}`: {} (`{}`)", s.name, cell(&s.about), s.default)).collect();
            let sources: Vec<String> = preset.sources.iter().map(|source| cell(source)).collect();
            let sources = if sources.is_empty() { "assumption".to_owned() } else { sources.join("<br>") };
            let (name, about) = (&preset.name, cell(&preset.about));
            writeln!(out, "| `{name}` | {about} | {} | {sources} |", settings.join("<br>")).expect("a string takes it");
        }
    }
    out.push_str("\n## scenarios\n\n| name | question |\n| --- | --- |\n");
    for entry in library::scenarios() {
        writeln!(out, "| `{}` | {} |", entry.name, cell(&entry.question())).expect("a string takes it");
    }
    out
}

#[test]
fn the_catalogue_lists_what_the_library_holds() {
    blessed::hold("docs/catalogue.md", &page());
}
