//! What is wrong with a scenario: problems with a stable code, a position and a way out, collected so that all of them
//! are reported at once.

use crate::source::{Node, Span};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $id:literal $title:literal: $explanation:literal;)*) => {
        /// What kind of problem it is. Codes are stable: a script may rely on them, and `bugcheck explain E020` tells
        /// more.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "title() and explanation() describe each one")]
        pub enum Code { $($variant),* }

        impl Code {
            /// All codes, in the order of their numbers.
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// The stable name, such as `E020`.
            pub fn id(self) -> &'static str {
                match self { $(Code::$variant => $id),* }
            }

            /// What is wrong, in a line.
            pub fn title(self) -> &'static str {
                match self { $(Code::$variant => $title),* }
            }

            /// Why it is an error, and what to do about it.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$variant => $explanation),* }
            }
        }
    };
}

codes! {
    Unreadable "E001" "a file cannot be read":
        "The file does not exist, may not be opened, or is not UTF-8 text. Scenarios are UTF-8.";
    TooLarge "E002" "a file is larger than MAX_FILE_BYTES":
        "A scenario is written by people; one of more than 1 MiB is a mistake, such as the name of a data file. The limit keeps a wrong file from taking the machine's memory.";
    NotYaml "E003" "the text is not YAML":
        "The text cannot be read as YAML 1.2 at the place shown. Often a bracket or quote is not closed, or a line is indented less than its neighbours.";
    Empty "E004" "the file is empty":
        "There is no scenario in the file. `bugcheck new` writes a commented one to start from.";
    TooDeep "E005" "values are nested deeper than MAX_DEPTH":
        "Maps and lists may be nested 32 deep; no scenario needs more than a dozen.";
    TooManyNodes "E006" "the file has more values than MAX_NODES":
        "A file may hold 200,000 keys and values. The limit keeps a small file that expands to a large tree from taking the machine's memory.";
    Tag "E007" "a YAML tag":
        "Tags such as `!include` or `!!str` change what a value means depending on the program that reads it, so scenarios do without. A text that looks like something else can be put in quotes.";
    Anchor "E008" "a YAML anchor or alias":
        "`&name` and `*name` hide where a value comes from. Use `like: NAME` to start from another entry, or `extends: FILE` to start from another scenario.";
    MergeKey "E009" "a YAML merge key":
        "`<<` is not part of YAML 1.2. Use `like: NAME` to start from another entry.";
    SecondDocument "E010" "more than one document in a file":
        "One file is one experiment. Put the second document in a file of its own; it may start from the first with `extends`.";
    DuplicateKey "E011" "a key is written twice":
        "YAML readers disagree on which of the two counts, so neither does. Remove one.";
    ReservedKey "E012" "a key that other YAML readers take for true or false":
        "`on`, `off`, `yes`, `no`, `y`, `n`, `true`, `false` and `null` as keys are read as text by some YAML programs and as truth values by others, so no key is called that.";
    BareTime "E013" "a time written as hh:mm":
        "YAML 1.1 reads 8:30 as the number 510 (base sixty), YAML 1.2 as text. Times of day are written as the time after midnight, `8 h 30 min`; spans likewise.";
    NotFinite "E014" "not a finite number":
        "Infinity and not-a-number cannot be simulated. For \"never\", leave the key out where it may be left out.";
    Operator "E015" "an operator as a value":
        "Comparisons are written as keys: `at_most: 3`, `at_least: 3`, `within: [3, 5]`.";
    BadKey "E016" "a key that is not a name":
        "Keys are names: letters, digits, `_` and `-`. Other characters would make paths such as `fleet.kinds.office` ambiguous.";
    Directive "E017" "a YAML directive":
        "Lines that begin with `%` at the top of a file switch the YAML version or declare tags. Scenarios are YAML 1.2 without tags, so there is nothing to declare.";
    ControlCharacter "E018" "an invisible control character":
        "The text holds a character that cannot be seen, usually left over from copying. It would make two names that look alike differ.";

    UnknownKey "E020" "an unknown key":
        "Nothing of this name can stand here. Unknown keys are errors, because a misspelt key would silently change nothing.";
    MissingKey "E021" "a required key is missing":
        "This map is not complete without the key.";
    WrongShape "E022" "a value of the wrong shape":
        "A map, a list or a single value stands where another of the three is expected.";
    UnknownWord "E023" "an unknown word":
        "Only certain words can stand here.";
    OneKey "E024" "a choice needs exactly one key":
        "Choices are maps with one key that names the choice, such as `{ lognormal: { median: 12 min, p95: 55 min } }`. Without a key nothing is chosen, with two it is not clear which.";
    NoValue "E025" "a key without a value":
        "The key is there, its value is not. In a factor's level or after `like`, an explicit `null` takes away what was inherited; elsewhere, write the value or remove the key.";
    OutOfRange "E026" "a value outside its range":
        "The value has the right form, and makes no sense here: it is too small or too large.";
    WrongLength "E027" "a list of the wrong length":
        "The list has more or fewer items than can stand here.";

    MissingUnit "E030" "a quantity without its unit":
        "Numbers carry their unit, so that nobody has to guess whether 90 is minutes or seconds.";
    WrongUnit "E031" "a wrong unit":
        "The quantity is written in a unit that does not belong to it, or that is not known.";
    NotAQuantity "E032" "not a quantity":
        "The text cannot be read as the quantity that is expected here.";
    PlainShare "E033" "a share without its percent sign":
        "A plain 0.35 may be 35 % or 0.35 %, and people mean either, so shares always carry `%` or `ppm`.";
    Negative "E034" "a negative quantity":
        "Time, counts and shares do not run below zero.";
    Order "E035" "values in the wrong order":
        "These values must not decrease: low <= likely <= high, median <= p95.";
    TooFine "E036" "a value finer than the simulation":
        "Time is counted in whole milliseconds and PCs in whole PCs.";

    UnknownEntry "E040" "`like` names an unknown entry":
        "`like: NAME` starts from a named entry of the same file or of the library. `bugcheck library` lists what there is.";
    CyclicLike "E041" "`like` goes round in a circle":
        "An entry starts, by way of others, from itself. Write one of them out.";
    UnknownScenario "E042" "`extends` names an unknown scenario":
        "`extends` takes the name of a scenario of the library or the path of a file, relative to the file that says it.";
    CyclicExtends "E043" "`extends` goes round in a circle":
        "A scenario starts, by way of others, from itself.";
    BadSetting "E044" "a setting that is not `key=value`":
        "`--set` takes the dotted path of a value and its new value, such as `--set fleet.pcs=2M`.";
    UnknownPath "E045" "a setting of something that does not exist":
        "`--set` changes a value that the scenario has, or adds a key that it may have. It makes no entries with names of their own, such as one more kind of PC: those are written into the file.";

    WrongFormat "E050" "a wrong format number":
        "`format: 1` says which version of the scenario language the file is written in. This program reads format 1.";
    SharesDoNotAddUp "E051" "shares that do not add up":
        "These shares are the parts of a whole, so they add up to 100 %; or parts of it, so they add up to 100 % at most.";
    UnknownName "E052" "a name that nothing has":
        "The name refers to an entry that neither the scenario nor the library has.";
    UnknownZone "E053" "an unknown time zone":
        "Time zones are named as in the IANA database, such as `Europe/Berlin`. Abbreviations such as CET are not places and mean different things in summer and winter.";
    UnknownMeasure "E054" "an unknown measure":
        "Measures are named as in the results. `bugcheck explain` lists them.";
    EmptySelection "E055" "a selection that matches nothing":
        "No PC of the fleet can match these conditions, so what hangs on them would never happen.";
    UnreachableStep "E056" "a recovery step that can never start":
        "The step needs something that never comes or that nobody has, so the playbook would carry it for show.";
    TooMany "E057" "more than a limit allows":
        "The count of entries has a limit, whose name stands in the message. It keeps memory and run time within reach.";
    OutsideHorizon "E058" "a time outside the simulated span":
        "It would happen before the scenario starts or after its horizon, and so never.";
    BadExpectation "E059" "an expectation that cannot be judged":
        "An expectation names a measure and exactly one bound: `at_most`, `at_least` or `within`, in the measure's unit.";
    BadComparison "E060" "arms that cannot be compared":
        "The arms or the baseline do not name one combination of the factors' levels each.";
    BadReplications "E061" "a number of replications that makes no sense":
        "At least 1 replication, and at most as many as `max` says.";
    Conflict "E062" "two statements that contradict each other":
        "Both cannot hold at once; remove one of them.";

    Internal "E099" "a value passed the checks and was refused all the same":
        "This is a defect of bugcheck: its rules and its types disagree. Please report it with the scenario.";
}

impl Code {
    /// The code of this name, in either case.
    pub fn named(id: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|c| c.id().eq_ignore_ascii_case(id))
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem.
    pub code: Code,
    /// What is wrong here: lower-case, without a full stop.
    pub message: String,
    /// Where; `None` if it is in no text, such as a file that does not exist.
    pub span: Option<Span>,
    /// What would be right.
    pub help: Option<String>,
}

impl Problem {
    /// A problem without a position.
    pub fn new(code: Code, message: impl Into<String>) -> Problem {
        Problem { code, message: message.into(), span: None, help: None }
    }

    /// The same problem at a place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Problem {
        self.span = Some(span);
        self
    }

    /// The same problem with a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

/// All problems that were found so far. Reporting never stops the check that reports: the point is to find them all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// None yet.
    pub fn new() -> Problems {
        Problems::default()
    }

    /// Adds a problem.
    pub fn push(&mut self, problem: Problem) {
        self.list.push(problem);
    }

    /// Adds a problem at a place.
    pub fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.push(Problem::new(code, message).at(span));
    }

    /// Adds a problem at a node.
    pub fn error_at(&mut self, code: Code, node: &Node, message: impl Into<String>) {
        self.error(code, node.span, message);
    }

    /// Adds a problem at a dotted path below `root`: at the value if it is a single one, else at the key that holds it;
    /// if there is nothing at the path, at the nearest thing above it.
    pub fn error_at_path(&mut self, code: Code, root: &Node, path: &str, message: impl Into<String>) {
        self.error(code, root.place(path), message);
    }

    /// Gives the problem that was added last a way out. Without a problem, does nothing.
    pub fn help(&mut self, help: impl Into<String>) {
        if let Some(last) = self.list.last_mut() {
            last.help = Some(help.into());
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are, repetitions included.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Moves all problems of `other` here.
    pub fn append(&mut self, other: Problems) {
        self.list.extend(other.list);
    }

    /// The problems in the order of files and places, those without a place first. A problem that several arms have is
    /// one: of the same code at the same place only one is told. What is wrong with a text makes it wrong as a value
    /// too; that is not told.
    pub fn sorted(&self) -> Vec<Problem> {
        let mut list = self.list.clone();
        let key = |p: &Problem| (p.span, p.code, p.help.is_none(), p.message.clone());
        list.sort_by_cached_key(key);
        list.dedup_by(|a, b| (a.span, a.code) == (b.span, b.code) && (a.span.is_some() || a.message == b.message));
        let texts: Vec<Option<Span>> = list.iter().filter(|p| p.code < Code::UnknownKey).map(|p| p.span).collect();
        list.retain(|p| p.span.is_none() || p.code < Code::UnknownKey || !texts.contains(&p.span));
        list
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

/// The candidate that is most like a misspelt word, if any is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |s: &str| s.to_lowercase().replace('-', "_");
    let word = plain(word);
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|c| {
            let candidate = plain(c);
            let distance = strsim::damerau_levenshtein(&word, &candidate);
            let shortened = word.len() >= 3 && (candidate.starts_with(&word) || word.starts_with(&candidate));
            (if shortened { distance.min(allowed) } else { distance }, c)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

/// The help for a misspelt word: the nearest candidate, or all of them where none is near.
pub fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const MOST: usize = 24;
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(near) = nearest(word, candidates.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    match candidates.as_slice() {
        [] => None,
        [only] => Some(format!("only `{only}` can stand here")),
        many => {
            let list: Vec<String> = many.iter().take(MOST).map(|c| format!("`{c}`")).collect();
            let more = if many.len() > MOST { format!(" and {} more", many.len() - MOST) } else { String::new() };
            Some(format!("known here: {}{more}", list.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_ascending_and_found_by_name() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.id() < b.id()));
        for code in Code::ALL {
            assert_eq!(Code::named(&code.id().to_lowercase()), Some(*code));
        }
        assert_eq!(Code::named("E000"), None);
    }

    #[test]
    fn the_nearest_word_is_found_and_far_ones_are_not() {
        let words = ["lognormal", "normal", "exponential", "uniform"];
        assert_eq!(nearest("lognorml", words), Some("lognormal"));
        assert_eq!(nearest("Log-Normal", ["log_normal"]), Some("log_normal"));
        assert_eq!(nearest("expo", words), Some("exponential"));
        assert_eq!(nearest("zzz", words), None);
    }

    #[test]
    fn problems_are_sorted_and_each_told_once() {
        let mut problems = Problems::new();
        let span = |start| Span { file: crate::source::FileId(0), start, end: start + 1, line: 1, column: start + 1 };
        problems.error(Code::UnknownKey, span(9), "late");
        problems.error(Code::UnknownKey, span(2), "early");
        problems.error(Code::UnknownKey, span(9), "late");
        problems.push(Problem::new(Code::Unreadable, "nowhere"));
        let told: Vec<String> = problems.sorted().into_iter().map(|p| p.message).collect();
        assert_eq!(told, ["nowhere", "early", "late"]);
    }
}
