//! Leaves the reports in a folder of a run.

use std::io::Write as _;
use std::path::Path;

use bugcheck_lab::Results;
use bugcheck_lab::atomic::{self, Turn};

use crate::{Comparison, Error, comparison, data, html, junit, markdown};

/// Name of the page.
pub const HTML: &str = "report.html";
/// Name of the summary for pull requests.
pub const MARKDOWN: &str = "report.md";
/// Name of the file for continuous integration.
pub const JUNIT: &str = "junit.xml";

/// Stands for the right to write reports into a folder.
const REPORTING: &str = ".reporting";

/// Reads the results, builds the comparison and writes all reports into `folder`, each file whole or not at all. The
/// same results give the same bytes. Waits while another process reports into the same folder, and reads only then:
/// what was read of a run under way must not be written over the reports of the finished one.
///
/// # Errors
/// If the results cannot be read or compared (see [`comparison::build`]), or a file cannot be written.
pub fn write_all(
    folder: &Path,
    read: impl FnOnce() -> Result<Results, bugcheck_lab::Error>,
) -> Result<(Results, Comparison), Error> {
    let _turn = Turn::wait(folder, REPORTING)?;
    let results = read()?;
    let comparison = comparison::build(&results)?;
    let mut files = vec![
        (folder.join(HTML), html::render(&comparison)?),
        (folder.join(MARKDOWN), markdown::render(&comparison)),
        (folder.join(JUNIT), junit::render(&comparison)?),
    ];
    let figures = folder.join(data::FOLDER);
    files.extend(data::files(&comparison)?.into_iter().map(|(name, text)| (figures.join(name), text)));

    std::fs::create_dir_all(&figures).map_err(|source| Error::Folder { path: figures.clone(), source })?;
    for (path, text) in files {
        atomic::write(&path, |out| out.write_all(text.as_bytes()))?;
    }
    Ok((results, comparison))
}
