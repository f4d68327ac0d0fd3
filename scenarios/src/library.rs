//! The library that is embedded in the program: whole scenarios, and presets that scenarios take by name.
//!
//! All of it is data under `library/`. A new scenario or preset is a new file or entry there; nothing here knows any of
//! them but by its name.

use crate::problem::Problems;
use crate::source::{Key, Node, Sources, Value};

/// A scenario of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, as `bugcheck run` takes it.
    pub name: &'static str,
    /// The file as it is shipped.
    pub text: &'static str,
}

macro_rules! scenarios {
    ($($name:literal)*) => {
        const SCENARIOS: &[Entry] =
            &[$(Entry { name: $name, text: include_str!(concat!("../library/", $name, ".yaml")) }),*];
    };
}

scenarios! {
    "july-2024"
    "cmu-2024"
    "salem-health-2024"
    "texas-am-2024"
    "who-was-hit"
    "key-desk-down"
    "starter"
    "closed-form/batch"
    "closed-form/batch-exponential"
    "closed-form/waiting-line"
    "closed-form/machine-repair"
    "common-model"
    "world"
    "policies"
    "healthy-release"
    "shared-sensor"
    "adoption"
    "two-faults"
    "quarantine"
    "anti-cheat"
    "expired-certificate"
    "os-update-key-prompt"
    "protection"
    "who-helps"
}

macro_rules! categories {
    ($($variant:ident $name:literal $one:literal)*) => {
        /// What a preset is a preset of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "name() says what each one is")]
        pub enum Category { $($variant),* }

        impl Category {
            /// All categories, in the order in which they are listed.
            pub const ALL: &[Category] = &[$(Category::$variant),*];

            /// Its key under `presets` in a scenario, such as `steps`.
            pub const fn name(self) -> &'static str {
                match self { $(Category::$variant => $name),* }
            }

            /// One of them in words, such as `recovery step`.
            pub const fn one(self) -> &'static str {
                match self { $(Category::$variant => $one),* }
            }

            const fn text(self) -> &'static str {
                match self {
                    $(Category::$variant => include_str!(concat!("../library/presets/", $name, ".yaml"))),*
                }
            }
        }
    };
}

categories! {
    Architectures "architectures" "architecture"
    Kinds "kinds" "kind of PC"
    Schedules "schedules" "schedule"
    Sectors "sectors" "sector"
    Means "means" "means of recovery"
    Shifts "shifts" "shift"
    Rollouts "rollouts" "rollout"
    Signals "signals" "set of signals"
    Steps "steps" "recovery step"
}

/// A named part that scenarios take by name or with `like`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What it is a preset of.
    pub category: Category,
    /// Its name.
    pub name: String,
    /// What it is, in one line.
    pub about: String,
    /// Its text as YAML.
    pub text: String,
    /// What is usually changed in it; only recovery steps have such settings.
    pub settings: Vec<Setting>,
    /// The sources that its numbers name, each once, in the order of the text; then those of what it starts from.
    pub sources: Vec<String>,
}

/// A short name for something that is usually changed in a preset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What it decides, in one line.
    pub about: String,
    /// What holds without it, as YAML in one line; for a choice between words, those words.
    pub default: String,
}

/// The scenarios of the library, in the order in which they are listed.
pub fn scenarios() -> &'static [Entry] {
    SCENARIOS
}

/// The scenario of this name.
pub fn scenario(name: &str) -> Option<&'static Entry> {
    SCENARIOS.iter().find(|entry| entry.name == name)
}

impl Entry {
    /// The question that it asks.
    pub fn question(&self) -> String {
        self.tree().get("question").and_then(Node::text).unwrap_or_default().to_owned()
    }

    /// The sources that its own numbers name, each once, in the order of the text.
    pub fn sources(&self) -> Vec<String> {
        sources(&self.tree())
    }

    fn tree(&self) -> Node {
        parse(&mut Sources::new(), &self.file_name(), self.text)
    }

    /// The name under which messages show it.
    pub(crate) fn file_name(&self) -> String {
        format!("library/{}.yaml", self.name)
    }
}

/// The presets of the library, by category and name in the order of their files.
pub fn presets() -> Vec<Preset> {
    let mut list = Vec::new();
    let shelves = Shelves::open(&mut Sources::new());
    for &category in Category::ALL {
        let shelf = shelves.shelf(category);
        for (key, node) in shelf.entries().unwrap_or_default() {
            let chain = chain(shelf, node);
            let mut sources = Vec::new();
            for node in &chain {
                collect(node, &mut sources);
            }
            list.push(Preset {
                category,
                name: key.name.clone(),
                about: node.get("about").and_then(Node::text).unwrap_or_default().to_owned(),
                text: node.to_yaml(),
                settings: settings(&chain),
                sources,
            });
        }
    }
    list
}

/// An entry, what it starts from, what that starts from, and so on.
fn chain<'a>(shelf: &'a Node, node: &'a Node) -> Vec<&'a Node> {
    std::iter::successors(Some(node), |node| shelf.get(node.get("like")?.text()?)).collect()
}

/// The settings of an entry with what it starts from, and what holds without them.
fn settings(chain: &[&Node]) -> Vec<Setting> {
    let entries = chain.iter().find_map(|node| node.get("settings")).and_then(Node::entries).unwrap_or_default();
    let setting = |(key, node): &(Key, Node)| {
        let default = if let Some(path) = node.get("sets").and_then(Node::text) {
            chain.iter().find_map(|node| node.at(path)).map_or("none".to_owned(), inline)
        } else {
            let words = node.get("choices").and_then(Node::entries).unwrap_or_default();
            words.iter().map(|(word, _)| word.name.as_str()).collect::<Vec<_>>().join(" or ")
        };
        let about = node.get("about").and_then(Node::text).unwrap_or_default().to_owned();
        Setting { name: key.name.clone(), about, default }
    };
    entries.iter().map(setting).collect()
}

/// A value as YAML in one line, without its source.
fn inline(node: &Node) -> String {
    let mut bare = node.clone();
    bare.remove("source");
    match (bare.get("value"), &bare.value) {
        (Some(value), _) => inline(value),
        (None, Value::Map(entries)) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", key.name, inline(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        _ => bare.to_yaml().trim_end().to_owned(),
    }
}

/// The presets of the library as trees, with positions in its files.
#[derive(Clone, Debug)]
pub(crate) struct Shelves(Vec<Node>);

impl Shelves {
    /// Reads the presets and adds their files to `sources`.
    pub(crate) fn open(sources: &mut Sources) -> Shelves {
        let read =
            |category: &Category| parse(sources, &format!("library/presets/{}.yaml", category.name()), category.text());
        Shelves(Category::ALL.iter().map(read).collect())
    }

    /// All entries of a category.
    pub(crate) fn shelf(&self, category: Category) -> &Node {
        &self.0[category as usize]
    }
}

/// Reads a file of the library.
///
/// # Panics
/// If the file is not sound; a test reads them all.
fn parse(sources: &mut Sources, name: &str, text: &str) -> Node {
    let mut problems = Problems::new();
    let node = sources.parse(name, text, &mut problems);
    assert!(problems.is_empty(), "{}", crate::render::render(&problems, sources, crate::render::Style::Plain));
    node.expect("a file without problems is a tree")
}

/// All texts under keys called `source`, each once, in the order of the tree.
fn sources(node: &Node) -> Vec<String> {
    let mut found = Vec::new();
    collect(node, &mut found);
    found
}

fn collect(node: &Node, found: &mut Vec<String>) {
    match &node.value {
        Value::Map(entries) => {
            for (key, child) in entries {
                match child.text() {
                    Some(text) if key.name == "source" => {
                        if !found.iter().any(|f| f == text) {
                            found.push(text.to_owned());
                        }
                    }
                    _ => collect(child, found),
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
