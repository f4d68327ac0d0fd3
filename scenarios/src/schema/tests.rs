use super::*;

#[test]
fn every_reference_leads_somewhere() {
    let schema = scenario_schema();
    let definitions = schema["$defs"].as_object().expect("definitions");
    for name in references(&schema) {
        assert!(definitions.contains_key(&name), "{name}");
    }
}

#[test]
fn nothing_may_be_null_but_in_partial_scenarios() {
    fn nulls(schema: &Value) -> bool {
        match schema {
            Value::Object(map) => map.get("type").is_some_and(|t| t == "null") || map.values().any(nulls),
            Value::Array(items) => items.iter().any(|i| i == "null" || nulls(i)),
            _ => false,
        }
    }
    assert!(!nulls(&scenario().root));
}

#[test]
fn every_category_of_presets_has_its_place() {
    for category in
        ["architectures", "kinds", "schedules", "sectors", "means", "shifts", "rollouts", "signals", "steps"]
    {
        assert!(scenario().preset(category).is_some(), "{category}");
    }
}

#[test]
fn every_quantity_that_the_grammar_names_is_known() {
    fn each(schema: &Value) {
        if let Some(name) = schema.get("x-quantity").and_then(Value::as_str) {
            assert!(crate::quantity::measure(name, "").is_some(), "{name}");
        }
        match schema {
            Value::Object(map) => map.values().for_each(each),
            Value::Array(items) => items.iter().for_each(each),
            _ => {}
        }
    }
    each(&scenario().root);
}
