use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> (Option<Node>, Vec<Problem>, Sources) {
    let (mut sources, mut problems) = (Sources::new(), Problems::new());
    let node = sources.parse("test.yaml", text, &mut problems);
    (node, problems.sorted(), sources)
}

fn good(text: &str) -> Node {
    let (node, problems, _) = parse(text);
    assert_eq!(problems, [], "{text}");
    node.expect("a tree")
}

/// The code of the only problem, and the text it points at.
fn bad(text: &str) -> (Code, String) {
    let (_, problems, sources) = parse(text);
    let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
    let span = problem.span.expect("a place");
    (problem.code, sources.text(span.file)[span.start as usize..span.end as usize].to_owned())
}

#[test]
fn values_know_where_they_stand() {
    let text = "a:\n  b: 90 min\n  c: [1, { d: \"x\" }]\n";
    let root = good(text);
    let at = |path: &str| root.at(path).map(|n| n.span).expect(path);
    assert_eq!((at("a.b").line, at("a.b").column), (2, 6));
    assert_eq!(&text[at("a.b").start as usize..at("a.b").end as usize], "90 min");
    assert_eq!(&text[at("a.c").start as usize..at("a.c").end as usize], "[1, { d: \"x\" }]");
    assert_eq!(&text[at("a.c.1.d").start as usize..at("a.c.1.d").end as usize], "\"x\"");
    assert_eq!(root.at("a.c.2"), None);
    assert_eq!(&text[root.place("a.nothing").start as usize..][..1], "a");
    assert_eq!(root.place("a.c").column, 3, "a list is pointed at by its key");
}

#[test]
fn plain_words_have_their_core_meaning_and_quoted_ones_have_none() {
    let root = good("a: null\nb:\nc: true\nd: 'true'\ne: yes\nf: 1e5\n");
    assert_eq!(root.at("a").map(|n| &n.value), Some(&Value::Null));
    assert_eq!(root.at("b").map(|n| &n.value), Some(&Value::Null));
    assert_eq!(root.at("c").map(|n| &n.value), Some(&Value::Bool(true)));
    assert_eq!(root.at("d").and_then(Node::text), Some("true"));
    assert_eq!(root.at("e").and_then(Node::text), Some("yes"));
    assert_eq!(root.at("f").and_then(Node::text), Some("1e5"));
}

#[test]
fn json_byte_order_marks_and_carriage_returns_are_read() {
    assert_eq!(good("{\"a\": [1, \"2\"]}").at("a.1").and_then(Node::text), Some("2"));
    let root = good("\u{feff}a: 1\r\nb: 2\r\n");
    let (a, b) = (root.at("a").expect("a").span, root.at("b").expect("b").span);
    assert_eq!((a.line, a.column, b.line, b.column), (1, 4, 2, 4));
    assert_eq!(root.at("b").and_then(Node::text), Some("2"));
}

#[test]
fn what_yaml_readers_disagree_on_is_refused() {
    assert_eq!(bad("a: !!str 1"), (Code::Tag, "!!str".into()));
    assert_eq!(bad("a: &x 1"), (Code::Anchor, "&x".into()));
    assert_eq!(bad("a: *x"), (Code::Anchor, "*x".into()));
    assert_eq!(bad("a: { <<: b }"), (Code::MergeKey, "<<".into()));
    assert_eq!(bad("a: 1\n---\nb: 2"), (Code::SecondDocument, "---".into()));
    assert_eq!(bad("a: 1\nb: 2\na: 3"), (Code::DuplicateKey, "a".into()));
    assert_eq!(bad("on: 1"), (Code::ReservedKey, "on".into()));
    assert_eq!(bad("a: 8:30"), (Code::BareTime, "8:30".into()));
    assert_eq!(bad("a: -.inf"), (Code::NotFinite, "-.inf".into()));
    assert_eq!(bad("a: <= 3"), (Code::Operator, "<= 3".into()));
    assert_eq!(bad("a: >= 3"), (Code::Operator, ">=".into()));
    assert_eq!(bad("a: != 3"), (Code::Operator, "!=".into()));
    assert_eq!(bad("a.b: 3"), (Code::BadKey, "a.b".into()));
    assert_eq!(bad("[a]: 3"), (Code::BadKey, "[a]".into()));
    assert_eq!(bad("%YAML 1.1\n---\na: 1").0, Code::Directive);
    assert_eq!(bad("a: b\u{202e}c"), (Code::ControlCharacter, "\u{202e}".into()));
    for escaped in [r#""\e]0;t\a""#, r#""b\u202e""#, r#""\u200b""#, r#""\x9b""#, r#""\P""#] {
        assert_eq!(bad(&format!("a: {escaped}\nb: 1")), (Code::ControlCharacter, escaped.into()), "{escaped}");
        assert_eq!(bad(&format!("{escaped}: 1")), (Code::ControlCharacter, escaped.into()), "{escaped} as a key");
    }
    assert_eq!(good(r#"a: "b\n\tc""#).at("a").and_then(Node::text), Some("b\n\tc"));
    assert_eq!(bad("a:\n\tb: 1").0, Code::NotYaml);
    assert_eq!(bad("").0, Code::Empty);
    assert_eq!(bad("# nothing\n").0, Code::Empty);
}

#[test]
fn texts_that_only_look_like_trouble_are_read() {
    for text in ["a: '8:30'", "a: \"<= 3\"", "a: 2024-07-19T04:00:00Z", "a: <b>", "a: Europe/Berlin", "a: \"&x\""] {
        good(text);
    }
}

#[test]
fn limits_have_names() {
    assert_eq!(bad(&format!("a: {}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH))).0, Code::TooDeep);
    good(&format!("a: {}{}", "[".repeat(MAX_DEPTH - 1), "]".repeat(MAX_DEPTH - 1)));
    assert_eq!(bad(&"[".repeat(100_000)).0, Code::TooDeep);
    assert_eq!(bad(&format!("a: [{}]", "1,".repeat(MAX_NODES))).0, Code::TooManyNodes);
    assert_eq!(bad(&"a".repeat(MAX_FILE_BYTES + 1)).0, Code::TooLarge);
}

#[test]
fn bytes_that_are_not_utf8_are_pointed_at() {
    let (mut sources, mut problems) = (Sources::new(), Problems::new());
    assert_eq!(sources.parse_bytes("x", b"a: 1\nb: \xff\xfe\n", &mut problems), None);
    let problem = &problems.sorted()[0];
    assert_eq!((problem.code, problem.span.map(|s| (s.line, s.column))), (Code::Unreadable, Some((2, 4))));
}

#[test]
fn small_values_are_written_in_a_line() {
    let text = "a: { lognormal: { median: 12 min, p95: 55 min } }\nb:\n  c: 35%\n  d: { value: 40 s, source: \"x: y\" }\n\
                  e: [reboot_race, { recovery_usb: { available: 40 h } }]\n";
    let root = good(&text.replace("  e:", "e:"));
    insta::assert_snapshot!(root.to_yaml(), @r#"
    a: { lognormal: { median: 12 min, p95: 55 min } }
    b:
      c: 35%
      d: { value: 40 s, source: "x: y" }
    e: [reboot_race, { recovery_usb: { available: 40 h } }]
    "#);
}

fn tree() -> impl Strategy<Value = Node> {
    let span = Span { file: FileId(0), start: 0, end: 0, line: 1, column: 1 };
    let plain =
        prop_oneof!["[a-z][a-z0-9 ]{0,8}[a-z0-9]", "-?[0-9]{1,4}( min|%|M)?", "[0-9]{4}-0[1-9]-1[0-9]T04:00:00Z"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<String>().prop_map(|text| {
            let text = text.chars().filter(|c| !read::is_invisible(1, *c)).collect();
            Value::Scalar(Scalar { text, style: Style::Quoted })
        }),
        plain
            .prop_filter("words with a meaning", |t| !["null", "true", "false"].contains(&t.as_str()))
            .prop_map(|text| Value::Scalar(Scalar { text, style: Style::Plain })),
    ];
    let leaf = leaf.prop_map(move |value| Node { value, span });
    leaf.prop_recursive(5, 64, 6, move |inner| {
        let key = "[a-mz][a-z0-9_-]{2,8}".prop_filter("reserved", |k| !RESERVED_KEYS.contains(&k.as_str()));
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(move |items| Node { value: Value::List(items), span }),
            prop::collection::btree_map(key, inner, 0..6).prop_map(move |map| {
                let entries = map.into_iter().map(|(name, node)| (Key { name, span }, node)).collect();
                Node { value: Value::Map(entries), span }
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*|[-a-c:\\[\\]{},#&*!|>'\"%@` \t\r\n0-9.<~]*") {
        parse(&text);
    }

    #[test]
    fn what_is_written_reads_back(node in tree()) {
        let text = node.to_yaml();
        let (read, problems, _) = parse(&text);
        prop_assert_eq!(&problems, &[], "{}", text);
        let read = read.expect("a tree");
        prop_assert!(read.says_the_same(&node), "{}", text);
        prop_assert_eq!(read.to_yaml(), text);
    }
}
