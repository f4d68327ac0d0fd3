//! What the command says and where: results on stdout, progress and problems on stderr, colour only where it is wanted.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use crate::args::Colour;

/// The two streams of the command.
///
/// A reader that goes away (`bugcheck library | head -1`) is no error: what is written to it from then on is dropped,
/// and the verb goes on to its own exit code, so that a simulation is not lost with its pipe.
pub struct Terminal {
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
    pub fn new(colour: Colour) -> Terminal {
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
    pub fn print(&mut self, text: &str) -> io::Result<()> {
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
    pub fn note(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }

    /// Whether results are shown in colour.
    pub fn colours_results(&self) -> bool {
        self.out.current_choice() != ColorChoice::Never
    }

    /// Whether problems are shown in colour.
    pub fn colours_notes(&self) -> bool {
        self.err.current_choice() != ColorChoice::Never
    }

    /// The width for tables on stdout: the terminal's, kept within 80 to 160 columns; 120 where there is none.
    pub fn width(&self) -> usize {
        if !io::stdout().is_terminal() {
            return 120;
        }
        let (_, columns) = console::Term::stdout().size();
        usize::from(columns).clamp(80, 160)
    }
}
