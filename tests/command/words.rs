//! Verbs that simulate nothing: help, words, library, starter, schema, completions, manual.

use crate::room::Room;
use crate::shell;

#[test]
fn help_is_short_and_help_of_each_verb_has_its_flags() {
    let room = Room::new();
    insta::assert_snapshot!("help", room.run(&["--help"]).code(0).stdout);
    for verb in ["run", "check", "plan", "test", "report", "drivers", "sweep", "replay", "validate", "verify"] {
        insta::assert_snapshot!(format!("help_{verb}"), room.run(&[verb, "--help"]).code(0).stdout);
    }
}

/// Clap breaks lines that are longer, and the text around them reads as if it were torn.
#[test]
fn what_a_help_says_last_stands_as_it_was_written() {
    use clap::CommandFactory as _;
    for verb in bugcheck::args::Cli::command().get_subcommands() {
        let last = verb.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        let (examples, _) = last.split_once("\n\n").unwrap_or((&last, ""));
        for line in examples.lines() {
            assert!(line.chars().count() <= 100, "{}: {line}", verb.get_name());
        }
    }
}

#[test]
fn without_arguments_the_help_is_shown_and_the_command_line_is_bad() {
    let ended = Room::new().run(&[]).code(2);
    assert!(ended.stderr.contains("Usage: bugcheck"), "{}", ended.stderr);
}

#[test]
fn version_names_the_program_and_its_result_epoch() {
    let ended = Room::new().run(&["--version"]).code(0);
    assert!(ended.stdout.starts_with("bugcheck 0."), "{}", ended.stdout);
    assert!(ended.stdout.contains("result epoch"), "{}", ended.stdout);
}

#[test]
fn a_measure_a_defect_a_word_a_problem_and_a_preset_are_explained() {
    let room = Room::new();
    let words = [
        "pc_hours_lost",
        "invalid_memory_access",
        "replication",
        "E031",
        "exit-codes",
        "effects",
        "cap",
        "behind",
        "drivers",
    ];
    for word in words {
        insta::assert_snapshot!(format!("explain_{word}"), room.run(&["explain", word]).code(0).stdout);
    }
    assert!(room.run(&["explain", "late", "protection"]).code(0).stdout.starts_with("late protection\n"));
    for preset in ["quick_machine_recovery", "kernel_guarded"] {
        let shown = room.run(&["explain", preset]).code(0).stdout;
        assert!(shown.contains("Sources"), "{shown}");
    }
}

#[test]
fn all_words_are_listed() {
    let listed = Room::new().run(&["explain"]).code(0).stdout;
    for word in ["pcs_hit", "hang", "organisation", "E020", "exit-codes", "relies_on", "where_relied_on"] {
        assert!(listed.contains(word), "{word} in\n{listed}");
    }
}

#[test]
fn an_unknown_word_is_refused_with_the_nearest() {
    let ended = Room::new().run(&["explain", "pc_hour_lost"]).code(2);
    insta::assert_snapshot!(ended.whole());
}

#[test]
fn the_library_lists_what_it_can_print() {
    let room = Room::new();
    let listed = room.run(&["library"]).code(0).stdout;
    assert!(listed.contains("july-2024") && listed.contains("kernel_resident"), "{listed}");
    assert!(room.run(&["library", "july-2024"]).code(0).stdout.contains("format: 1"));
    assert!(room.run(&["library", "kernel_resident"]).code(0).stdout.contains("components"));
    assert!(room.run(&["library", "july-2042"]).code(2).stderr.contains("did you mean `july-2024`?"));
}

#[test]
fn the_starter_is_written_is_valid_and_is_never_written_over() {
    let room = Room::new();
    let ended = room.run(&["new", "mine.yaml"]).code(0);
    assert!(ended.stdout.is_empty() && ended.stderr.contains("bugcheck run mine.yaml"), "{}", ended.whole());
    assert_eq!(room.read("mine.yaml"), room.run(&["new"]).code(0).stdout);
    room.run(&["check", "mine.yaml"]).code(0);
    room.write("mine.yaml", "my work");
    assert!(room.run(&["new", "mine.yaml"]).code(2).stderr.contains("exists already"));
    assert_eq!(room.read("mine.yaml"), "my work");
}

/// With one replication, and few PCs, since what the starter asks for takes a while: what it expects is undecided then.
#[cfg(unix)]
#[test]
fn the_next_command_that_new_names_runs_as_it_stands_whatever_the_file_is_called() {
    for file in ["my-fleet.yaml", "fleet", "july-2024", "my fleet.yaml", "it's mine", "-fleet.yaml"] {
        let room = Room::new();
        let said = room.run(&["new", "--", file]).code(0).stderr;
        let (_, next) = said.trim().split_once("next: bugcheck ").expect("a next command is named");
        let line = format!("exec \"$0\" {next} --once --set fleet.pcs=200");
        let ended = shell::run(&room, &line).code(11);
        assert!(ended.stdout.starts_with("my-scenario: 4 arms"), "{file}: {}", ended.whole());
    }
}

#[test]
fn the_schema_is_json() {
    let schema = Room::new().run(&["schema"]).code(0).stdout;
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("the schema is JSON");
    assert_eq!(schema["title"], "bugcheck scenario, format 1");
    assert!(schema["$defs"]["Fleet"]["properties"]["pcs"].is_object());
}

#[test]
fn completions_and_the_manual_know_every_flag_of_run() {
    let room = Room::new();
    let manual = room.run(&["man"]).code(0).stdout.replace("\\-", "-");
    assert!(manual.contains(".TH"));
    for flag in ["--set", "--only", "--replications", "--threads", "--out", "--profile", "--once"] {
        assert!(manual.contains(flag), "{flag} in the manual");
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let script = room.run(&["completions", shell]).code(0).stdout;
            assert!(script.contains(flag.trim_start_matches('-')), "{flag} for {shell}");
        }
    }
}
