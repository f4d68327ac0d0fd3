//! The repository held to its own rules: words that are banned and what to use instead, lines too long, files that
//! nothing refers to, links that lead nowhere, crates that import the wrong way round.
//!
//! The rules are plain functions from a file to findings ([`rules`]), so that each has a test that it can fail.

mod blessed;
mod catalogue;
mod effects;
mod files;
mod matrix;
mod rules;

use std::path::Path;

#[test]
fn repository_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = files::read_all(root);
    assert!(files.iter().any(|f| f.path == "tests/tidy/main.rs"), "the walk found the repository");
    let findings = rules::all(&files);
    let report: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(report.is_empty(), "{} findings:\n{}", report.len(), report.join("\n"));
}
