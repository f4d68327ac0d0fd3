//! Finds and reads the files that the rules look at.

use std::fs;
use std::path::Path;

/// A text file of the repository.
pub(crate) struct File {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) text: String,
}

/// Folders that are made, not written, by their paths from the root.
const MADE: &[&str] = &["target", "benches/target", "out", ".git", "node_modules"];

/// Names of text files.
const TEXT: &[&str] = &[".rs", ".toml", ".md", ".yaml", ".yml", ".json", ".html", ".css", ".sh", ".ci/run"];

/// Reads every text file under `root`, in the order of their paths.
pub(crate) fn read_all(root: &Path) -> Vec<File> {
    let mut files = Vec::new();
    walk(root, "", &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository can be read") {
        let entry = entry.expect("an entry can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let kind = entry.file_type().expect("an entry has a type");
        if kind.is_dir() {
            if !MADE.contains(&path.as_str()) {
                walk(&entry.path(), &path, files);
            }
        } else if kind.is_file() && TEXT.iter().any(|ending| path.ends_with(ending)) {
            // Wrong scenarios of the tests include one that is not UTF-8.
            if let Ok(text) = fs::read_to_string(entry.path()) {
                files.push(File { path, text });
            }
        }
    }
}
