//! From a file, a name or a text to a checked scenario.
//!
//! The order: read, `extends`, `--set`, the profile, `--only`, `--vary`; then for each arm: its levels laid over the
//! rest, presets put in their places, types bound, lowered once as a check. All problems of all arms are reported
//! together.

mod profile;
mod vary;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::arms::Design;
use crate::bind::{Gaps, bind_around_gaps, check_written};
use crate::expand::{Used, expand};
use crate::experiment::Experiment;
use crate::file::{Compare, FORMAT, File};
use crate::inputs::inputs;
use crate::library::{self, Shelves};
use crate::lower::{self, Doubts, Values};
use crate::merge;
use crate::problem::{Code, Problem, Problems, suggestion};
use crate::question::Question;
use crate::scenario::Scenario;
use crate::source::{MAX_FILE_BYTES, Node, Sources, join};
use crate::traits::traits;

pub use profile::Profile;
pub use vary::{MAX_VALUES, Vary, value_of_level};

/// Where a scenario is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The library, by name.
    Library(String),
    /// A file. What it extends is looked for in the library, then beside it.
    Path(PathBuf),
    /// A text, under the name that messages show.
    Text {
        /// Shown in messages.
        name: String,
        /// The scenario.
        text: String,
    },
}

/// What the command line changes in a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Values to set, such as `fleet.pcs=2M`.
    pub set: Vec<String>,
    /// Levels to keep of a factor, as (factor, level); a factor that is not named keeps all.
    pub only: Vec<(String, String)>,
    /// How much work to put in.
    pub profile: Profile,
    /// Exactly so many replications, whatever the file and the profile say.
    pub replications: Option<u32>,
    /// Values to vary: each becomes a factor, and what the file expects is left out.
    pub vary: Vec<Vary>,
}

/// A scenario that can't be used: what is wrong with it, and the texts that positions point into.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What is wrong.
    pub problems: Problems,
    /// All texts that were read.
    pub sources: Sources,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::render::render(&self.problems, &self.sources, crate::render::Style::Plain))
    }
}

impl std::error::Error for Failure {}

/// Reads and checks a scenario.
///
/// # Errors
/// If anything is wrong with it: all of that, with positions.
pub fn load(source: &Source, options: &Options) -> Result<Scenario, Box<Failure>> {
    let mut loading = Loading {
        sources: Sources::new(),
        problems: Problems::new(),
        doubts: Doubts::default(),
        gaps: Gaps::default(),
        meant: BTreeSet::new(),
    };
    let scenario = loading.scenario(source, options);
    match scenario {
        Some(scenario) if loading.problems.is_empty() => Ok(scenario),
        _ => Err(Box::new(Failure { problems: loading.problems, sources: loading.sources })),
    }
}

struct Loading {
    sources: Sources,
    problems: Problems,
    /// What some arm has no use for.
    doubts: Doubts,
    /// What could not be read.
    gaps: Gaps,
    /// The keys for which misspelt ones were taken.
    meant: BTreeSet<String>,
}

impl Loading {
    fn scenario(&mut self, source: &Source, options: &Options) -> Option<Scenario> {
        let mut root = self.read(source, None, &mut Vec::new())?;
        self.format(&root)?;
        // What is set goes before what the profile says, which goes before what the file says.
        let (after, before): (Vec<_>, Vec<_>) = options.set.iter().partition(|setting| profile::writes(setting));
        for setting in before {
            root = merge::set(root, setting, &mut self.sources, &mut self.problems);
        }
        // The profile takes out what the file says of others, and arms what no arm uses: all of that is checked before.
        self.meant = check_written(&root, &Shelves::open(&mut Sources::new()), &mut self.problems);
        profile::apply(&mut root, options, &mut self.sources, &mut self.problems);
        for setting in after {
            root = merge::set(root, setting, &mut self.sources, &mut self.problems);
        }
        let root = self.only(root, &options.only);
        let root = vary::apply(root, options, &mut self.sources, &mut self.problems);
        let scenario = self.check(&root);
        // Where arms were left out, here or before the scenario was resolved, nobody can say what they have a use for.
        let all_arms = options.only.is_empty() && root.get("library").is_none();
        if all_arms && !self.gaps.leave_doubts() {
            std::mem::take(&mut self.doubts).report(&mut self.problems);
        }
        scenario
    }

    /// Reads a text and what it extends. `beside` is the file that extends it.
    fn read(&mut self, source: &Source, beside: Option<&Path>, chain: &mut Vec<String>) -> Option<Node> {
        let (name, folder, root) = match source {
            Source::Library(name) => {
                let Some(entry) = library::scenario(name) else {
                    let mut problem =
                        Problem::new(Code::UnknownScenario, format!("the library has no scenario called `{name}`"));
                    problem.help = suggestion(name, library::scenarios().iter().map(|entry| entry.name));
                    self.problems.push(problem);
                    return None;
                };
                (entry.file_name(), None, self.sources.parse(&entry.file_name(), entry.text, &mut self.problems))
            }
            Source::Path(path) => {
                let shown = beside.map_or_else(|| path.clone(), |folder| folder.join(path));
                let name = shown.display().to_string();
                let bytes = self.bytes(&shown)?;
                let root = self.sources.parse_bytes(&name, &bytes, &mut self.problems);
                (name, shown.parent().map(Path::to_path_buf), root)
            }
            Source::Text { name, text } => (name.clone(), None, self.sources.parse(name, text, &mut self.problems)),
        };
        chain.push(name);
        let root = self.extended(root?, folder.as_deref(), chain);
        chain.pop();
        root
    }

    /// The bytes of a file, not more than are needed to see that it is too large.
    fn bytes(&mut self, path: &Path) -> Option<Vec<u8>> {
        use std::io::Read;
        let mut bytes = Vec::new();
        let limit = MAX_FILE_BYTES as u64 + 1;
        match std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
            Ok(_) => Some(bytes),
            Err(error) => {
                let message = format!("{} can't be read: {error}", path.display());
                let mut problem = Problem::new(Code::Unreadable, message);
                problem.help = path
                    .to_str()
                    .and_then(|name| crate::problem::nearest(name, library::scenarios().iter().map(|entry| entry.name)))
                    .map(|near| format!("the library has `{near}`"));
                self.problems.push(problem);
                None
            }
        }
    }

    /// Lays a tree over the scenario that it extends, if it extends one.
    fn extended(&mut self, mut root: Node, folder: Option<&Path>, chain: &mut Vec<String>) -> Option<Node> {
        let Some((_, extends)) = root.remove("extends") else { return Some(root) };
        let Some(name) = extends.text() else {
            self.problems.error_at(Code::WrongShape, &extends, "`extends` takes the name of one scenario");
            return None;
        };
        let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
        let (source, shown) = match library::scenario(name) {
            Some(entry) => (Source::Library(name.to_owned()), entry.file_name()),
            None => (Source::Path(PathBuf::from(name)), path.display().to_string()),
        };
        if chain.contains(&shown) {
            let message = format!("`extends` goes round in a circle: {} -> {shown}", chain.join(" -> "));
            self.problems.error_at(Code::CyclicExtends, &extends, message);
            return None;
        }
        if matches!(source, Source::Path(_)) && !path.is_file() {
            let mut problem =
                Problem::new(Code::UnknownScenario, format!("there is no scenario `{name}`")).at(extends.span);
            problem.help = suggestion(name, library::scenarios().iter().map(|entry| entry.name));
            self.problems.push(problem);
            return None;
        }
        let base = self.read(&source, folder, chain)?;
        Some(merge::overlay(&base, &root))
    }

    /// Holds the version of the format, before anything is read in the sense of this one.
    fn format(&mut self, root: &Node) -> Option<()> {
        if root.entries().is_none() {
            self.problems.error_at(Code::WrongShape, root, "a scenario is a map of keys and values");
            self.problems.help("`bugcheck new` writes a commented one to start from");
            return None;
        }
        match root.get("format").map(|node| (node, node.text())) {
            Some((_, Some(text))) if text == FORMAT.to_string() => Some(()),
            Some((node, _)) => {
                let message = format!("this program reads format {FORMAT}");
                self.problems.error_at(Code::WrongFormat, node, message);
                self.problems.help(format!("write `format: {FORMAT}`, or use a program of the file's time"));
                None
            }
            None => {
                self.problems.error(Code::WrongFormat, root.head(), "the scenario doesn't say its format");
                self.problems.help(format!("begin with `format: {FORMAT}`"));
                None
            }
        }
    }

    /// Removes all levels that `--only` doesn't keep, and what speaks of them.
    fn only(&mut self, mut root: Node, only: &[(String, String)]) -> Node {
        if only.is_empty() {
            return root;
        }
        let before = self.problems.len();
        let compare = self.compare(&root);
        let full = self.looked(|this| Design::read(&root, &compare, &mut this.problems));
        for (factor, level) in only {
            full.holds_level(factor, level, &mut self.problems);
        }
        if self.problems.len() == before {
            full.keep_only(&mut root, only);
        }
        root
    }

    fn compare(&mut self, root: &Node) -> Compare {
        let Some(node) = root.get("compare") else { return Compare::default() };
        let (compare, gaps) = bind_around_gaps(node, &self.meant, &mut self.problems);
        self.gaps.append(gaps.outside());
        compare.unwrap_or_default()
    }

    /// What a look finds, without what may be wrong only because of what could not be read.
    fn looked<T>(&mut self, look: impl FnOnce(&mut Loading) -> T) -> T {
        let before = std::mem::take(&mut self.problems);
        let seen = look(self);
        let found = std::mem::replace(&mut self.problems, before);
        self.problems.append(self.gaps.without_consequences(found));
        seen
    }

    fn check(&mut self, root: &Node) -> Option<Scenario> {
        let shelves = Shelves::open(&mut self.sources);
        let compare = self.compare(root);
        let design = self.looked(|this| Design::read(root, &compare, &mut this.problems));
        let known_traits = Arc::new(traits(root, &shelves));
        let mut used = Used::new();
        let mut arms = Vec::new();
        let sample = compare.sample.map_or(1, |sample| sample.one_in);
        for mut tree in design.trees(root) {
            if lower::narrow(&mut tree, &mut self.problems) {
                self.gaps.append(Gaps::of_entries(true));
            }
            let before = self.problems.len();
            expand(&mut tree, &shelves, &mut used, &mut self.problems);
            if self.problems.len() > before {
                self.gaps.append(Gaps::of_entries(false));
            }
            if let Some(arm) = self.arm(tree, sample, &known_traits) {
                arms.push(arm);
            }
        }
        let baseline = arms.get(design.baseline).or(arms.first())?;
        let others = design.named_arms();
        let have_one_size = arms.iter().all(|arm| arm.file.fleet.pcs == baseline.file.fleet.pcs);
        let experiment = self.looked(|this| {
            this.are_watched_alike(root, baseline, others.iter().map(|arm| &arm.name[..]).zip(&arms));
            this.experiment(root, &design, baseline, &arms, have_one_size)
        })?;
        if !self.problems.is_empty() {
            return None;
        }
        let mut experiment = experiment;
        experiment.inputs = all_inputs(&design, &arms);
        Some(Scenario::new(experiment, arms, root, &used))
    }

    /// One arm, bound and checked as far as it could be bound.
    fn arm(&mut self, tree: Node, one_in: u32, known_traits: &Arc<BTreeSet<String>>) -> Option<lower::Arm> {
        let (file, gaps) = bind_around_gaps::<File>(&tree, &self.meant, &mut self.problems);
        self.gaps.append(gaps);
        let file = file?;
        self.looked(|this| {
            let zones = lower::zones(&file, &tree, &mut this.problems);
            let sample = bugcheck_sim::plan::Sample { one_in };
            let arm = lower::Arm { file, tree, zones, sample, known_traits: known_traits.clone() };
            this.doubts.append(lower::lower(&arm, Values::likeliest(), &mut this.problems).doubts);
            Some(arm)
        })
    }

    /// Reports an arm that is watched for another span after its release than the baseline: a time that lies beyond the
    /// one can lie within the other.
    fn are_watched_alike<'a>(
        &mut self,
        root: &Node,
        baseline: &lower::Arm,
        arms: impl Iterator<Item = (&'a str, &'a lower::Arm)>,
    ) {
        let watched = |arm: &lower::Arm| Some(arm.file.clock.horizon.ms() - released(&arm.file)?);
        let Some(wanted) = watched(baseline) else { return };
        let other = arms.filter_map(|(name, arm)| Some((name, watched(arm)?))).find(|(_, span)| *span != wanted);
        if let Some((name, span)) = other {
            let days = |ms: i64| format!("{:.2} d", ms as f64 / 86.4e6);
            let message = format!(
                "the arm `{name}` is watched for {} from its first release on, and the baseline for {}",
                days(span),
                days(wanted)
            );
            self.problems.error_at_path(Code::BadComparison, root, "clock.horizon", message);
            self.problems.help("let the level that moves the release or the start move `clock.horizon` by as much");
        }
    }

    /// What is asked, but for the inputs, which need all arms. `have_one_size` is whether the fleets of all arms have
    /// as many PCs.
    fn experiment(
        &mut self,
        root: &Node,
        design: &Design,
        baseline: &lower::Arm,
        all: &[lower::Arm],
        have_one_size: bool,
    ) -> Option<Experiment> {
        let file = &baseline.file;
        let release_ms = released(file);
        let mut question = Question { file, root, design, all, have_one_size, problems: &mut self.problems };
        let seed = file.compare.seed.unwrap_or(1);
        Some(Experiment {
            name: question.name(),
            question: question.question(),
            factors: design.factors(),
            arms: design.named_arms(),
            baseline: design.baseline,
            seed,
            population_seed: file.compare.population_seed.unwrap_or(seed),
            replications: question.replications(),
            one_in: baseline.sample.one_in,
            pcs: lower::likeliest_pcs(&file.fleet.pcs).round() as u64,
            start_unix_ms: file.clock.start.unix_ms(),
            horizon_ms: file.clock.horizon.ms(),
            release_ms: release_ms?,
            expectations: question.expectations(),
            inputs: Vec::new(),
            history: question.history(),
        })
    }
}

/// When the first release comes out, in milliseconds after the start.
fn released(file: &File) -> Option<i64> {
    let at = file.releases.values().next()?.at.as_ref()?;
    Some(at.unix_ms() - file.clock.start.unix_ms())
}

/// The inputs of the baseline, then what each other level adds or changes.
fn all_inputs(design: &Design, arms: &[lower::Arm]) -> Vec<crate::experiment::Input> {
    let mut list = arms.get(design.baseline).map(|arm| inputs(&arm.tree)).unwrap_or_default();
    let base = list.clone();
    for (f, factor) in design.factors().iter().enumerate() {
        for (l, level) in factor.levels.iter().enumerate() {
            let Some(arm) = design.only_differing_in(f, l).filter(|arm| *arm != design.baseline) else { continue };
            let prefix = format!("factors.{}.{level}", factor.name);
            for mut input in inputs(&arms[arm].tree) {
                if !base.contains(&input) {
                    input.path = join(&prefix, &input.path);
                    list.push(input);
                }
            }
        }
    }
    list
}
