//! Leaves the reports in a folder of a run.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use bugcheck_lab::Results;

use crate::{Comparison, Error, comparison, data, html, junit, markdown};

/// Name of the page.
pub const HTML: &str = "report.html";
/// Name of the summary for pull requests.
pub const MARKDOWN: &str = "report.md";
/// Name of the file for continuous integration.
pub const JUNIT: &str = "junit.xml";

/// Builds the comparison and writes all reports into `folder`, each file whole or not at all. The same results give the
/// same bytes.
///
/// # Errors
/// If the results cannot be compared (see [`comparison::build`]), or a file cannot be written.
pub fn write_all(results: &Results, folder: &Path) -> Result<Comparison, Error> {
    let comparison = comparison::build(results)?;
    write(folder, HTML, &html::render(&comparison)?)?;
    write(folder, MARKDOWN, &markdown::render(&comparison))?;
    write(folder, JUNIT, &junit::render(&comparison)?)?;
    let figures = folder.join(data::FOLDER);
    std::fs::create_dir_all(&figures).map_err(|source| Error::Write { path: figures.clone(), source })?;
    for (name, text) in data::files(&comparison)? {
        write(&figures, name, &text)?;
    }
    Ok(comparison)
}

/// Writes beside the file and renames: a reader, or a crash, never meets half of it.
fn write(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = folder.join(name);
    // The process's number keeps two reports of one folder, made at the same time, apart.
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let written = || -> std::io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)
    };
    written().map_err(|source| {
        // What is left of it would only lie about; that it cannot be removed is no second error.
        let _ = std::fs::remove_file(&beside);
        Error::Write { path: path.clone(), source }
    })
}
