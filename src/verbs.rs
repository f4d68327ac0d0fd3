//! The verbs, one small file each.

mod check;
mod completions;
mod drivers;
mod explain;
mod library;
mod man;
mod new;
mod plan;
mod replay;
mod report;
mod run;
mod schema;
mod sweep;
mod test;
mod validate;
mod verify;

use crate::args::Verb;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Carries out a verb.
pub(crate) fn carry_out(verb: &Verb, terminal: &mut Terminal) -> Result<Exit, Failure> {
    match verb {
        Verb::Run(args) => run::run(args, terminal),
        Verb::Check(args) => check::check(args, terminal),
        Verb::Plan(args) => plan::plan(args, terminal),
        Verb::Test(args) => test::test(args, terminal),
        Verb::Report(args) => report::report(args, terminal),
        Verb::Drivers(args) => drivers::drivers(args, terminal),
        Verb::Sweep(args) => sweep::sweep(args, terminal),
        Verb::Replay(args) => replay::replay(args, terminal),
        Verb::Validate(args) => validate::validate(args, terminal),
        Verb::Verify(args) => verify::verify(args, terminal),
        Verb::Library(args) => library::library(args, terminal),
        Verb::Explain(args) => explain::explain(args, terminal),
        Verb::New(args) => new::new(args, terminal),
        Verb::Schema => schema::schema(terminal),
        Verb::Completions(args) => completions::completions(args, terminal),
        Verb::Man => man::man(terminal),
    }
}
