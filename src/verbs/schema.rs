//! `bugcheck schema`: the JSON Schema of scenario files.

use bugcheck_scenarios::schema;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Prints the schema.
pub(crate) fn schema(terminal: &mut Terminal) -> Result<Exit, Failure> {
    let schema = serde_json::to_string_pretty(&schema::scenario_schema()).map_err(std::io::Error::from)?;
    terminal.print(&format!("{schema}\n"))?;
    Ok(Exit::Holds)
}
