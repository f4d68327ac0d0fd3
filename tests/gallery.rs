//! The gallery holds the reports of the library's main questions as this version of the program makes them:
//! `cargo test --release --features slow --test gallery`; with `BUGCHECK_BLESS=1`, writes them anew.

#[path = "command/room.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod room;

use std::fs;
use std::path::Path;

use room::Room;

/// Scenarios of the gallery. They are run small: 1 organisation in many, as many replications as a verdict needs.
const SHOWN: [&str; 4] = ["july-2024", "who-was-hit", "key-desk-down", "common-model"];

#[test]
fn the_gallery_is_what_the_program_makes() {
    let gallery = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/gallery");
    let room = Room::new();
    let mut stale = Vec::new();
    for name in SHOWN {
        let ended = room.run(&["run", name, "--profile", "ci", "--replications", "60"]);
        assert!(matches!(ended.code, Some(0 | 10 | 11 | 12)), "{name}:\n{}", ended.whole());
        let made = fs::read(room.run_folder("out", name).join("report.html")).expect("a report");
        assert!(made.len() < 1 << 20, "{name}: {} bytes", made.len());
        let kept = gallery.join(format!("{name}.html"));
        if std::env::var_os("BUGCHECK_BLESS").is_some() {
            fs::write(&kept, &made).expect("the gallery can be written");
        } else if fs::read(&kept).ok() != Some(made) {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "made anew, these differ: {stale:?}; BUGCHECK_BLESS=1 writes them");
    let index = fs::read_to_string(gallery.join("README.md")).expect("the gallery has an index");
    for name in SHOWN {
        assert!(index.contains(&format!("[{name}]({name}.html)")), "the index does not list {name}");
    }
}
