//! Pages that the program's own data write: held to be what they would be, or written anew on demand.

use std::fs;
use std::path::Path;

/// Holds a file of the repository to a text, or writes it where `BUGCHECK_BLESS` is set.
pub(crate) fn hold(path: &str, wanted: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BUGCHECK_BLESS").is_some() {
        fs::write(&place, wanted).expect("the page can be written");
    } else {
        let found = fs::read_to_string(&place).unwrap_or_default();
        assert!(found == wanted, "{path} is out of date: run this test with BUGCHECK_BLESS=1, and read what changed");
    }
}
