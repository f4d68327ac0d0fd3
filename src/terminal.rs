//! What the command says and where: results on stdout, progress and problems on stderr, colour only where it is wanted.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use bugcheck_reports::terminal::{Page, Paint};
use bugcheck_scenarios::render::Style;

use crate::args::Colour;

/// The two streams of the command.
///
/// A reader that goes away (`bugcheck library | head -1`) is no error: what is written to it from then on is dropped,
/// and the verb goes on to its own exit code, so that a simulation is not lost with its pipe.
pub(crate) struct Terminal {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    reader: Reader,
}

/// Whether somebody still reads stdout.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Listens,
    Gone,
}

impl Terminal {
    /// The process's own streams.
    pub(crate) fn new(colour: Colour) -> Terminal {
        let choice = match colour {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        };
        Terminal {
            out: AutoStream::new(io::stdout(), choice),
            err: AutoStream::new(io::stderr(), choice),
            reader: Reader::Listens,
        }
    }

    /// Writes a result, as it is, to stdout.
    ///
    /// # Errors
    /// If stdout refuses for another reason than that nobody reads it any more.
    pub(crate) fn print(&mut self, text: &str) -> io::Result<()> {
        if self.reader == Reader::Gone {
            return Ok(());
        }
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.reader = Reader::Gone;
                Ok(())
            }
            other => other,
        }
    }

    /// Writes a line about the work to stderr. A stderr that refuses cannot be told to anybody, so it is left at that.
    pub(crate) fn note(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }

    /// How a comparison is printed on stdout.
    pub(crate) fn page(&self) -> Page {
        let paint = if self.out.current_choice() == ColorChoice::Never { Paint::Plain } else { Paint::Colour };
        Page { width: width(), paint }
    }

    /// How problems of a scenario are shown on stderr.
    pub(crate) fn problems(&self) -> Style {
        if self.err.current_choice() == ColorChoice::Never { Style::Plain } else { Style::Colour }
    }
}

/// The columns of the terminal that results go to; 120 where there is none.
fn width() -> usize {
    if !io::stdout().is_terminal() {
        return 120;
    }
    let (_, columns) = console::Term::stdout().size();
    usize::from(columns)
}
