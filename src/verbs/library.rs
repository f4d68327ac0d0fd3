//! `bugcheck library`: what ships inside the program.

use std::fmt::Write as _;

use bugcheck_scenarios::library::{self, Category, Preset, Setting};

use crate::args::Library;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::text::{nearest, sources_of};

/// Lists the library, or prints one of its entries.
pub(crate) fn library(args: &Library, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let text = match &args.name {
        None => list(),
        Some(name) => entry(name)?,
    };
    terminal.print(&text)?;
    Ok(Exit::Holds)
}

fn list() -> String {
    let mut out = String::from("Scenarios (bugcheck run NAME)\n");
    for scenario in library::scenarios() {
        let _ = writeln!(out, "  {:<28} {}", scenario.name, scenario.question());
    }
    let presets = library::presets();
    for category in Category::ALL {
        let _ = writeln!(out, "\nPresets: {}", category.name());
        for preset in presets.iter().filter(|preset| preset.category == *category) {
            let _ = writeln!(out, "  {:<28} {}", preset.name, preset.about);
        }
    }
    out.push_str("\n`bugcheck library NAME` prints an entry with its sources.\n");
    out
}

fn entry(name: &str) -> Result<String, Failure> {
    if let Some(scenario) = library::scenario(name) {
        return Ok(scenario.text.to_owned());
    }
    let presets = library::presets();
    let found: Vec<&Preset> = presets.iter().filter(|preset| preset.name == name).collect();
    if found.is_empty() {
        let names = library::scenarios().iter().map(|s| s.name).chain(presets.iter().map(|p| p.name.as_str()));
        let near = nearest(name, names);
        return Err(Failure::Usage(format!(
            "the library has no `{name}`{near} (`bugcheck library` lists what it has)"
        )));
    }
    let shown: Vec<String> = found.into_iter().map(preset).collect();
    Ok(shown.join("\n"))
}

/// A preset as its text with a heading, its settings and its sources.
pub(crate) fn preset(preset: &Preset) -> String {
    let mut out = format!("{} ({})\n{}\n\n{}", preset.name, preset.category.one(), preset.about, preset.text);
    if !preset.settings.is_empty() {
        out.push_str("\nSettings, and what holds without them:\n");
    }
    for Setting { name, about, default } in &preset.settings {
        let _ = writeln!(out, "  {name:<20} {about} [{default}]");
    }
    out + &sources_of(&preset.sources)
}
