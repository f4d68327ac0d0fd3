//! `bugcheck man`: the manual page, all verbs on one page.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::args::Cli;
use crate::exit::{EXITS, Exit};
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Prints the page in roff.
pub(crate) fn man(terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.print(&page()?)?;
    Ok(Exit::Holds)
}

fn page() -> io::Result<String> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    let man = Man::new(command.clone()).manual("bugcheck").date("");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        render_verb(verb, &mut page)?;
    }
    exit_status().to_writer(&mut page)?;
    man.render_extra_section(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// A verb as a section of its own: clap's sections of its page, one level down.
fn render_verb(verb: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(verb.clone());
    let mut parts = Vec::new();
    man.render_synopsis_section(&mut parts)?;
    man.render_description_section(&mut parts)?;
    man.render_options_section(&mut parts)?;
    man.render_extra_section(&mut parts)?;
    Roff::new().control("SH", [verb.get_name().to_uppercase().as_str()]).to_writer(page)?;
    let parts = String::from_utf8_lossy(&parts);
    page.extend(parts.lines().flat_map(|line| {
        let line = line.strip_prefix(".SH ").map_or_else(|| line.to_owned(), |title| format!(".SS {title}"));
        [line.into_bytes(), b"\n".to_vec()].concat()
    }));
    Ok(())
}

fn exit_status() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (exit, meaning) in EXITS {
        roff.control("TP", []).text([bold(exit.code().to_string())]).text([roman(*meaning)]);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_has_every_verb_and_every_exit_code() {
        let page = page().unwrap();
        for verb in Cli::command().get_subcommands() {
            assert!(page.contains(&verb.get_name().to_uppercase()), "{}", verb.get_name());
        }
        for (exit, meaning) in EXITS {
            assert!(page.contains(meaning), "{exit:?}");
        }
    }
}
