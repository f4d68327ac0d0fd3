//! What a scenario asks: replications, expectations and published points, resolved against its arms and measures.

use bugcheck_sim::measure::{Definition, MEASURES, Segment};

use crate::arms::Design;
use crate::experiment::{Bound, Expectation, History, Level, Over, Replications, Until, Versus};
use crate::file::{self, ArmOf, File, SegmentOf};
use crate::lower::{self, is_present};
use crate::problem::{Code, Problem, Problems, suggestion};
use crate::quantity::{Amount, Quantity, Reckoned};
use crate::source::{Node, join};

/// Replications where a file says nothing.
const USUAL_REPLICATIONS: u32 = 60;
/// Limit: replications of one arm.
pub(crate) const MAX_REPLICATIONS: u64 = 1_000_000;

/// Resolves the parts of a scenario that are the same in all arms.
pub(crate) struct Question<'a> {
    pub(crate) file: &'a File,
    /// The scenario's tree, with the positions in its file.
    pub(crate) root: &'a Node,
    pub(crate) design: &'a Design,
    /// Whether the fleets of all arms have as many PCs.
    pub(crate) have_one_size: bool,
    /// All arms, in the order of the design.
    pub(crate) all: &'a [lower::Arm],
    pub(crate) problems: &'a mut Problems,
}

impl Question<'_> {
    /// Holds the name against what can be the name of a folder.
    pub(crate) fn name(&mut self) -> String {
        let name = &self.file.name;
        let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 64 || name.starts_with('-') || !name.chars().all(sound) {
            self.error(Code::OutOfRange, "name", "a name is 1 to 64 lower-case letters, digits and hyphens");
        }
        name.clone()
    }

    /// The question, which is one line wherever it is shown.
    pub(crate) fn question(&mut self) -> String {
        let file = self.file;
        self.one_line("question", &file.question)
    }

    /// A text that stands in one line, without the line end that a block of YAML may leave behind it.
    fn one_line(&mut self, path: &str, text: &str) -> String {
        let text = text.trim_end();
        if text.contains(['\n', '\r']) {
            let problem = Problem::new(Code::OutOfRange, "this text is shown in one line, and has a line break")
                .at(self.root.place(path))
                .help("write it in one line; after `>`, YAML joins the lines below to one");
            self.problems.push(problem);
        }
        text.to_owned()
    }

    pub(crate) fn replications(&mut self) -> Replications {
        let Some(written) = &self.file.compare.replications else {
            return Replications { min: USUAL_REPLICATIONS, max: USUAL_REPLICATIONS, until: None };
        };
        let path = "compare.replications";
        let min = written.min.get();
        let max = written.max.as_ref().map_or(min, crate::quantity::Count::get);
        if !(1..=MAX_REPLICATIONS).contains(&min) || max > MAX_REPLICATIONS {
            let message = "replications run from 1 to MAX_REPLICATIONS, 1,000,000";
            let which = if (1..=MAX_REPLICATIONS).contains(&min) { "max" } else { "min" };
            self.error(Code::BadReplications, &format!("{path}.{which}"), message);
        }
        if max < min {
            let message = format!("at least {min} and at most {max} replications");
            self.error(Code::BadReplications, &format!("{path}.max"), message);
        }
        let until = written.until.as_ref().and_then(|until| self.until(&format!("{path}.until"), until));
        Replications { min: min as u32, max: max as u32, until }
    }

    fn until(&mut self, path: &str, until: &file::Until) -> Option<Until> {
        let measure = self.measure(&format!("{path}.measure"), &until.measure)?.measure;
        let half_width = until.half_width.part();
        let confidence = until.confidence.as_ref().map_or(0.95, crate::quantity::Share::part);
        if half_width <= 0.0 {
            self.error(
                Code::OutOfRange,
                &format!("{path}.half_width"),
                "no number of replications gives a half-width of 0",
            );
        }
        if confidence <= 0.0 || confidence >= 1.0 {
            self.error(Code::OutOfRange, &format!("{path}.confidence"), "a confidence lies between 0 % and 100 %");
        }
        Some(Until { measure, half_width, confidence })
    }

    fn measure(&mut self, path: &str, name: &str) -> Option<&'static Definition> {
        let found = MEASURES.iter().find(|definition| definition.name == name);
        if found.is_none() {
            let mut problem = Problem::new(Code::UnknownMeasure, format!("there is no measure called `{name}`"))
                .at(self.root.place(path));
            problem.help = suggestion(name, MEASURES.iter().map(|definition| definition.name));
            self.problems.push(problem);
        }
        found
    }

    pub(crate) fn expectations(&mut self) -> Vec<Expectation> {
        let file = self.file;
        file.expect.iter().filter_map(|(name, expectation)| self.expectation(name, expectation)).collect()
    }

    fn expectation(&mut self, name: &str, given: &file::Expectation) -> Option<Expectation> {
        let path = join("expect", name);
        let measure = self.measure(&join(&path, "measure"), &given.measure);
        let segment = self.segment(&join(&path, "segment"), given.segment.as_ref());
        let arms = self.arms(&join(&path, "arm"), given);
        if let (Some(segment), Some(arms)) = (&segment, &arms) {
            self.is_in_all(&join(&path, "segment"), segment, arms, given.versus);
        }
        let bound = self.bound(&path, given, measure?);
        let (bound, versus, written) = bound?;
        Some(Expectation {
            name: name.to_owned(),
            measure: measure?.measure,
            segment: segment?,
            arms: arms?,
            over: match given.over_replications {
                file::Over::Mean => Over::Mean,
                file::Over::Percentile(percent) => Over::Quantile(f64::from(percent) / 100.0),
            },
            versus,
            bound,
            written,
            level: match given.level {
                file::Level::Fail => Level::Fail,
                file::Level::Warn => Level::Warn,
            },
            source: given.source.clone(),
        })
    }

    fn segment(&mut self, path: &str, segment: Option<&SegmentOf>) -> Option<Segment> {
        let Some(segment) = segment else { return Some(Segment::Fleet) };
        let fleet = &self.file.fleet;
        let (key, what, name, known): (_, _, _, Vec<&String>) = match segment {
            SegmentOf::Region(name) => ("region", "region", name, fleet.regions.keys().collect()),
            SegmentOf::Sector(name) => ("sector", "sector", name, fleet.sectors.keys().collect()),
            SegmentOf::Kind(name) => ("kind", "kind of PC", name, fleet.kinds.keys().collect()),
            SegmentOf::Architecture(name) => {
                // An arm may lack an architecture that others have; which do is asked later.
                let all = self.all.iter().flat_map(|arm| arm.file.presets.architectures.keys());
                ("architecture", "architecture", name, all.collect())
            }
        };
        if !known.contains(&name) {
            let place = self.root.place(&join(path, key));
            let mut problem = Problem::new(Code::UnknownName, format!("there is no {what} called `{name}`")).at(place);
            problem.help = suggestion(name, known.into_iter().map(String::as_str));
            self.problems.push(problem);
            return None;
        }
        Some(match segment {
            SegmentOf::Region(name) => Segment::Region(name.clone()),
            SegmentOf::Sector(name) => Segment::Sector(name.clone()),
            SegmentOf::Kind(name) => Segment::Kind(name.clone()),
            SegmentOf::Architecture(name) => Segment::Architecture(name.clone()),
        })
    }

    /// Reports a segment that one of these arms has no PC of: an expectation holds where it holds in each, so that it
    /// would be undecided for ever. What is held against the baseline needs it there, too.
    fn is_in_all(&mut self, path: &str, segment: &Segment, arms: &[usize], versus: file::Versus) {
        if self.all.len() != self.design.len() {
            // An arm could not be read, which has been reported.
            return;
        }
        let lacks = |arm: &&usize| self.all.get(**arm).is_some_and(|of| !is_present(&of.file, segment));
        let lacking: Vec<usize> = arms.iter().filter(lacks).copied().collect();
        let baseline = [self.design.baseline];
        let of_baseline = versus == file::Versus::Baseline && baseline.iter().any(|arm| lacks(&arm));
        let named = |arm: usize| format!("the arm `{}`", self.design.named_arms()[arm].name);
        let (whose, help) = match lacking.as_slice() {
            [] if of_baseline => ("the baseline".to_owned(), "hold it against a bound of its own instead"),
            [] => return,
            all if all.len() == arms.len() => ("its arms".to_owned(), "ask for PCs that there are"),
            [some, ..] => (named(*some), "name the arms that have such PCs under `arm`"),
        };
        let message = format!("no PC of {whose} belongs to this segment, so that this can never be decided");
        self.error(Code::EmptySelection, path, message);
        self.problems.help(help);
    }

    fn arms(&mut self, path: &str, given: &file::Expectation) -> Option<Vec<usize>> {
        let mut arms = match &given.arm {
            ArmOf::All => (0..self.design.len()).collect(),
            ArmOf::Baseline => vec![self.design.baseline],
            ArmOf::With(levels) => self.design.selected(self.root, path, levels, self.problems)?,
        };
        if given.versus == file::Versus::Baseline {
            arms.retain(|arm| *arm != self.design.baseline);
        }
        if arms.is_empty() {
            let message = match given.versus {
                file::Versus::Itself => "no arm has these levels",
                file::Versus::Baseline => "no arm but the baseline itself is held against the baseline",
            };
            self.error(Code::EmptySelection, path, message);
            return None;
        }
        Some(arms)
    }

    fn bound(
        &mut self,
        path: &str,
        given: &file::Expectation,
        measure: &Definition,
    ) -> Option<(Bound, Versus, String)> {
        let (key, amounts): (&str, Vec<&Amount>) = match (&given.at_most, &given.at_least, &given.within) {
            (Some(most), None, None) => ("at_most", vec![most]),
            (None, Some(least), None) => ("at_least", vec![least]),
            (None, None, Some(both)) => ("within", both.iter().collect()),
            (None, None, None) => {
                self.error(Code::BadExpectation, path, "this expectation has no bound");
                self.problems.help("add one of `at_most`, `at_least` and `within`");
                return None;
            }
            _ => {
                self.error(Code::BadExpectation, path, "this expectation has more than one bound");
                self.problems.help("keep one of `at_most`, `at_least` and `within: [from, to]`");
                return None;
            }
        };
        let at = join(path, key);
        let resolved: Option<Vec<(f64, Versus)>> =
            amounts.iter().map(|amount| self.amount(&at, amount, given.versus, measure)).collect();
        let resolved = resolved?;
        let written = |list: &[&Amount]| list.iter().map(|a| a.written()).collect::<Vec<_>>().join(", ");
        match (key, resolved.as_slice()) {
            ("at_most", [(most, versus)]) => {
                Some((Bound::AtMost(*most), *versus, format!("at_most: {}", written(&amounts))))
            }
            ("at_least", [(least, versus)]) => {
                Some((Bound::AtLeast(*least), *versus, format!("at_least: {}", written(&amounts))))
            }
            ("within", [(low, versus), (high, other)]) if versus == other && low <= high => {
                Some((Bound::Within(*low, *high), *versus, format!("within: [{}]", written(&amounts))))
            }
            ("within", [(low, _), (high, _)]) if low > high => {
                self.error(Code::Order, &at, "`within` runs from the smaller value to the larger one");
                None
            }
            _ => {
                self.error(
                    Code::BadExpectation,
                    &at,
                    "`within` takes two values in the same unit, from the smaller to the larger",
                );
                None
            }
        }
    }

    /// A bound in the unit of its measure.
    fn amount(
        &mut self,
        path: &str,
        amount: &Amount,
        versus: file::Versus,
        measure: &Definition,
    ) -> Option<(f64, Versus)> {
        let plain = match versus {
            file::Versus::Itself => Versus::Itself,
            file::Versus::Baseline => Versus::Baseline,
        };
        let hours = measure.unit == "h";
        let (message, help) = match amount.reckoned() {
            Reckoned::Number(number) if !hours => return Some((number, plain)),
            Reckoned::PartOfFleet(_) if measure.unit == "PCs" && !self.have_one_size => (
                "a share of which fleet? The arms have different numbers of PCs".to_owned(),
                "write a number of PCs, or ask each size in a scenario of its own".to_owned(),
            ),
            Reckoned::PartOfFleet(part) if measure.unit == "PCs" => {
                return Some((part * lower::likeliest_pcs(&self.file.fleet.pcs), plain));
            }
            Reckoned::Time(ms) if hours => return Some((ms as f64 / 3.6e6, plain)),
            Reckoned::Part(part) if versus == file::Versus::Baseline => return Some((part, Versus::BaselinePercent)),
            Reckoned::Part(_) => (
                format!("`{}` of what?", amount.written()),
                "write a share `of fleet`, or add `versus: baseline` for a change".to_owned(),
            ),
            Reckoned::PartOfFleet(_) => (
                format!("a share of the fleet's PCs is no bound on {}", measure.unit),
                format!("`{}` is measured in {}", measure.name, measure.unit),
            ),
            Reckoned::Number(_) => (
                format!("`{}` has no unit", amount.written()),
                format!("`{}` is a time: write `{} h`", measure.name, amount.written()),
            ),
            Reckoned::Time(_) => (
                format!("`{}` is a span of time", amount.written()),
                format!("`{}` is measured in {}: write a plain number of them", measure.name, measure.unit),
            ),
        };
        self.error(Code::BadExpectation, path, message);
        self.problems.help(help);
        None
    }

    pub(crate) fn history(&mut self) -> Vec<History> {
        let file = self.file;
        let mut list = Vec::new();
        for (i, point) in file.history.iter().enumerate() {
            let (low, high) = (point.down.low.part(), point.down.high.part());
            if low > high {
                self.error(Code::Order, &format!("history.{i}.down"), "`low` is larger than `high`");
            }
            let kind = point.kind.clone().map(SegmentOf::Kind);
            let Some(segment) = self.segment(&format!("history.{i}"), kind.as_ref()) else { continue };
            list.push(History {
                label: self.one_line(&format!("history.{i}.label"), &point.label),
                at_ms: point.at.ms(),
                segment,
                down: (low, high),
                source: point.source.clone(),
            });
        }
        list
    }

    fn error(&mut self, code: Code, path: &str, message: impl Into<String>) {
        self.problems.error_at_path(code, self.root, path, message);
    }
}
