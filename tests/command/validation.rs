//! The model beside what was published.

use crate::room::Room;

#[test]
fn the_validation_is_a_document_and_the_same_twice() {
    let room = Room::new();
    let line = ["validate", "--profile", "quick", "--replications", "1"];
    let first = room.run(&line).code(0);
    for part in ["# Validation", "Microsoft, Helping our customers", "BSI and Bitkom", "## Where the model misses"] {
        assert!(first.stdout.contains(part), "{part} in\n{}", first.stdout);
    }
    assert!(!first.stdout.contains("{{"), "every table is there:\n{}", first.stdout);
    assert_eq!(room.run(&[&line[..], &["--threads", "1", "--out", "again"]].concat()).code(0).stdout, first.stdout);
}
