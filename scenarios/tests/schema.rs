//! The published JSON Schema is the one that the types say.

use bugcheck_scenarios::schema::scenario_schema;

#[test]
fn the_published_schema_is_current() {
    let mut text = serde_json::to_string_pretty(&scenario_schema()).expect("a schema is JSON");
    text.push('\n');
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/scenario-1.json");
    if std::env::var_os("BUGCHECK_BLESS").is_some() {
        std::fs::write(path, &text).expect("the schema can be written");
    }
    let published = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(published == text, "schema/scenario-1.json is out of date: run this test with BUGCHECK_BLESS=1");
}
