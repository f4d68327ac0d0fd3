//! One sweep over the organisations of a fleet for several arms, on all threads.
//!
//! Arms are a tree: those that have the release under the same conditions share who takes it when; of those, the ones
//! on which the fault does the same share whom it takes down; from there each goes its own way back. Every branch
//! counts on its own, and an arm's result is the sum along its path.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::draw::{Key, Purpose};
use crate::engine::cost::Usage;
use crate::engine::large::{Handed, PART};
use crate::engine::line::is_short;
use crate::engine::log::Log;
use crate::engine::model::Model;
use crate::engine::organisation::Way;
use crate::engine::past::{Hashes, Needs, Past};
use crate::engine::strike::{Drawn, Strike, Struck};
use crate::engine::take::{Course, Scope, Taken};
use crate::engine::whole::Change;
use crate::engine::{Event, Run, Watch};
use crate::fleet::population::{LARGE, Organisation, Piece, Population};
use crate::measure::tally::Tally;
use crate::rollout::signals::Seen;
use crate::time::{Millis, NEVER};

/// What a sweep gave for one arm.
pub(crate) struct Swept {
    pub(crate) tally: Tally,
    /// By release.
    pub(crate) seen: Vec<Seen>,
    pub(crate) digests: Vec<(u64, u64)>,
    pub(crate) trace: Vec<Event>,
}

/// How arms branch: by take, then by strike; arms by their index.
pub(crate) struct Tree {
    pub(crate) takes: Vec<Vec<usize>>,
    /// By strike: its arms.
    pub(crate) strikes: Vec<Vec<usize>>,
    /// Arms to whose PCs more comes than one plain release. They share nothing.
    lives: Vec<usize>,
}

impl Tree {
    /// `every` is how often the vendor of each arm's releases looks.
    fn of(courses: &[Course<'_>], every: &[Vec<Option<Millis>>]) -> Tree {
        let mut strikes: Vec<Vec<usize>> = Vec::new();
        for (arm, course) in courses.iter().enumerate().filter(|(_, course)| course.model.is_plain) {
            // What the vendor sees of those that fail is counted by look.
            let is_same = |other: usize| every[other][0] == every[arm][0] && courses[other].strikes_as(course);
            match strikes.iter_mut().find(|arms| is_same(arms[0])) {
                Some(arms) => arms.push(arm),
                None => strikes.push(vec![arm]),
            }
        }
        let mut takes: Vec<Vec<usize>> = Vec::new();
        for (strike, arms) in strikes.iter().enumerate() {
            let of = |strike: usize| &courses[strikes[strike][0]];
            match takes.iter_mut().find(|take| of(take[0]).is_taken_as(&courses[arms[0]])) {
                Some(take) => take.push(strike),
                None => takes.push(vec![strike]),
            }
        }
        let lives = (0..courses.len()).filter(|&arm| !courses[arm].model.is_plain).collect();
        Tree { takes, strikes, lives }
    }
}

impl<'a> Course<'a> {
    /// Whether each PC takes the release, or has a good version, at the same time in both, if it does.
    fn is_taken_as(&self, other: &Course<'a>) -> bool {
        let (mine, theirs) = (self.model.first().release, other.model.first().release);
        let (a, b) = (self.first().timeline, other.first().timeline);
        self.horizon == other.horizon
            && self.scope == other.scope
            && self.asks_for_good() == other.asks_for_good()
            && mine.delivery == theirs.delivery
            && mine.rollout.rings == theirs.rollout.rings
            && (&a.rings, a.withdrawn, a.fix) == (&b.rings, b.withdrawn, b.fix)
    }

    /// Whether the release does the same to each PC in both, up to its first failure.
    fn strikes_as(&self, other: &Course<'a>) -> bool {
        let (mine, theirs) = (self.model, other.model);
        let agent = |model: &Model<'_>| model.plan.agents[model.agents[0]].architectures.clone();
        let first = |model: &Model<'a>| model.first().release;
        let traits = |model: &Model<'_>| model.plan.fleet.kinds.iter().map(|k| k.traits.clone()).collect::<Vec<_>>();
        self.is_taken_as(other)
            && first(mine).fault == first(theirs).fault
            && first(mine).channel == first(theirs).channel
            && mine.plan.architectures == theirs.plan.architectures
            && mine.plan.signals == theirs.plan.signals
            && mine.plan.fleet.traits == theirs.plan.fleet.traits
            && mine.plan.fleet.kinds.iter().map(|k| k.criticality).eq(theirs
                .plan
                .fleet
                .kinds
                .iter()
                .map(|k| k.criticality))
            && agent(mine) == agent(theirs)
            && traits(mine) == traits(theirs)
    }
}

/// A thread's part of a sweep.
pub(crate) struct Worker<'a> {
    pub(crate) past: Past,
    pub(crate) taken: Taken,
    pub(crate) strikes: Vec<Strike<'a>>,
    pub(crate) ways: Vec<Way<'a>>,
    /// Of a part of a large organisation.
    pub(crate) drawn: Drawn,
    pub(crate) usage: Usage,
    pub(crate) struck: Vec<Struck>,
    pub(crate) changes: Vec<Change>,
    /// By arm.
    digests: Vec<Vec<(u64, u64)>>,
    trace: Vec<Vec<Event>>,
    one: Vec<Organisation>,
}

/// What all threads work on.
pub(crate) struct Work<'a> {
    pub(crate) courses: &'a [Course<'a>],
    pub(crate) tree: Tree,
    pub(crate) population: &'a Population<'a>,
    run: &'a Run,
    watched: Option<u64>,
}

/// A part of a sweep that one thread takes at a time.
#[derive(Clone, Copy)]
enum Task {
    Piece(usize),
    /// Of a large organisation: which, by its piece, and the part of its PCs.
    Part {
        piece: usize,
        number: u64,
    },
}

/// Sweeps over all organisations once. `every` is how often the vendor of each arm's releases looks.
pub(crate) fn sweep(
    courses: &[Course<'_>],
    every: &[Vec<Option<Millis>>],
    population: &Population<'_>,
    run: &Run,
) -> Vec<Swept> {
    let work =
        Work { courses, tree: Tree::of(courses, every), population, run, watched: watched(population, run.watch) };
    let tasks = work.tasks();
    #[allow(clippy::disallowed_methods, reason = "how the work is cut; all that is counted are integers that add up")]
    let threads = rayon::current_num_threads().min(tasks.len()).max(1);
    let mut workers: Vec<Worker<'_>> = (0..threads).map(|_| work.worker(every)).collect();
    let handed: Mutex<Vec<Handed>> = Mutex::new(Vec::new());
    each(&mut workers, &tasks, |worker, &task| match task {
        Task::Piece(piece) => work.piece(worker, &population.pieces[piece]),
        Task::Part { piece, number } => {
            let part = work.part(worker, piece, number);
            handed.lock().expect("no thread panicked").extend(part);
        }
    });
    work.large(&mut workers, handed.into_inner().expect("no thread panicked"));
    work.add_up(workers)
}

/// The organisation of which all is written down.
fn watched(population: &Population<'_>, watch: Watch) -> Option<u64> {
    match watch {
        Watch::Nothing | Watch::Digests => None,
        Watch::Organisation(number) => Some(number),
        Watch::Pc(pc) => population.of_pc(pc).map(|organisation| organisation.number),
    }
}

/// Carries out tasks on as many threads as there are workers.
pub(crate) fn each<'a, T: Sync>(workers: &mut [Worker<'a>], tasks: &[T], work: impl Fn(&mut Worker<'a>, &T) + Sync) {
    let next = AtomicUsize::new(0);
    let (next, work) = (&next, &work);
    rayon::scope(|scope| {
        for worker in workers {
            scope.spawn(move |_| {
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(worker, task);
                }
            });
        }
    });
}

impl<'a> Work<'a> {
    fn worker(&self, every: &[Vec<Option<Millis>>]) -> Worker<'a> {
        let log = || Log::new(self.run.watch);
        let strike = |arms: &Vec<usize>| Strike::new(self.courses[arms[0]], every[arms[0]][0], log());
        let arms = self.courses.iter().zip(every);
        Worker {
            past: Past::default(),
            taken: Taken::default(),
            strikes: self.tree.strikes.iter().map(strike).collect(),
            ways: arms.map(|(&course, every)| Way::new(course, every, log())).collect(),
            drawn: Drawn::default(),
            usage: Usage::default(),
            struck: Vec::new(),
            changes: Vec::new(),
            digests: vec![Vec::new(); self.courses.len()],
            trace: vec![Vec::new(); self.courses.len()],
            one: Vec::new(),
        }
    }

    /// Parts of large organisations first, so that no thread is left with one at the end.
    fn tasks(&self) -> Vec<Task> {
        let pieces = &self.population.pieces;
        let is_shared = |piece: &Piece| {
            piece.organisations == 1
                && piece.pcs >= LARGE
                && self.run.watch == Watch::Nothing
                && self.tree.lives.is_empty()
                && self.courses.iter().all(|course| is_short(course.model))
        };
        let shared = pieces.iter().enumerate().filter(|(_, piece)| is_shared(piece));
        let parts =
            shared.flat_map(|(piece, of)| (0..of.pcs.div_ceil(PART)).map(move |number| Task::Part { piece, number }));
        let whole = pieces.iter().enumerate().filter(|(_, piece)| !is_shared(piece)).map(|(i, _)| Task::Piece(i));
        let mut tasks: Vec<Task> = parts.chain(whole).collect();
        if let Some(seed) = self.run.shuffle {
            tasks.sort_by_cached_key(|task| {
                let (piece, number) = match *task {
                    Task::Piece(piece) => (piece, 0),
                    Task::Part { piece, number } => (piece, number),
                };
                Key::new(seed, 0).block(piece as u64, Purpose::Sampled, number as u32)
            });
        }
        tasks
    }

    /// Until when all PCs are of interest to an arm: until they can have a good version.
    pub(crate) fn upto(&self) -> Millis {
        let fixes = self.courses.iter().map(|course| course.first().timeline.fix).filter(|&fix| fix < NEVER);
        fixes.max().unwrap_or(0).max(self.courses[0].first().timeline.release)
    }

    /// Which numbers drawn for PCs decide something.
    pub(crate) fn needs(&self) -> Needs {
        Needs::of(&self.courses.iter().map(|course| course.model))
    }

    /// Which hashes of rings are of interest to any arm, by organisation and kind, if not all are.
    pub(crate) fn wanted(&self) -> Option<impl Fn(&Organisation, usize) -> Hashes> {
        let are_all = self.courses.iter().any(|course| course.scope == Scope::Everything);
        let opens = |organisation: &Organisation, kind| {
            let mut hashes: Hashes = self.courses.iter().flat_map(|course| course.opens(organisation, kind)).collect();
            hashes.dedup();
            hashes
        };
        (!are_all).then_some(opens)
    }

    /// Carries out the organisations of a piece, one by one where each is written down on its own.
    fn piece(&self, worker: &mut Worker<'_>, piece: &Piece) {
        self.population.organisations(piece, &mut worker.past.organisations);
        let is_watched = |o: &Organisation| self.run.watch == Watch::Digests || self.watched == Some(o.number);
        if !worker.past.organisations.iter().any(is_watched) {
            self.organisations(worker);
            return;
        }
        let mut all = std::mem::take(&mut worker.one);
        std::mem::swap(&mut all, &mut worker.past.organisations);
        for organisation in all.drain(..) {
            worker.past.organisations.clear();
            worker.past.organisations.push(organisation);
            worker.strikes.iter_mut().for_each(|strike| strike.log.open(&organisation));
            worker.ways.iter_mut().for_each(|way| way.log.open(&organisation));
            self.organisations(worker);
            if is_watched(&organisation) {
                self.write_down(worker, &organisation);
            }
        }
        worker.one = all;
    }

    fn organisations(&self, worker: &mut Worker<'_>) {
        for &arm in &self.tree.lives {
            for organisation in &worker.past.organisations {
                worker.ways[arm].live(organisation, self.run.shuffle);
            }
            worker.ways[arm].tally.settle_sums();
        }
        if self.tree.takes.is_empty() {
            return;
        }
        let Worker { past, taken, strikes, ways, .. } = worker;
        past.draw(self.courses[0].model, 0..u64::MAX, self.upto(), self.needs(), self.wanted().as_ref());
        for take in &self.tree.takes {
            taken.find(self.courses[self.tree.strikes[take[0]][0]], past);
            for &strike in take {
                let arms = &self.tree.strikes[strike];
                let strike = &mut strikes[strike];
                strike.carry_out(past, taken);
                self.shuffle(past, &mut strike.struck);
                if strike.struck.is_empty() {
                    continue;
                }
                let model = self.courses[arms[0]].model;
                strike.drawn.draw(model, &mut strike.struck);
                strike.usage.pick(self.courses[arms[0]], past, &strike.struck);
                for &arm in arms {
                    ways[arm].carry_out(&past.organisations, &strike.struck, &strike.drawn, &mut strike.usage);
                    ways[arm].tally.settle_sums();
                }
            }
        }
    }

    /// Turns the order of PCs around in half of the organisations, where the order must not matter.
    fn shuffle(&self, past: &Past, struck: &mut [Struck]) {
        let Some(seed) = self.run.shuffle else { return };
        for struck in struck.chunk_by_mut(|a, b| a.organisation == b.organisation) {
            let number = past.organisations[struck[0].organisation as usize].number;
            if (seed ^ number) & 1 == 1 {
                struck.reverse();
            }
        }
    }

    fn write_down(&self, worker: &mut Worker<'_>, organisation: &Organisation) {
        for (strike, arms) in self.tree.strikes.iter().enumerate() {
            for &arm in arms {
                worker.ways[arm].log.append(&worker.strikes[strike].log);
            }
        }
        for (arm, course) in self.courses.iter().enumerate() {
            let log = &mut worker.ways[arm].log;
            if self.run.watch == Watch::Digests {
                worker.digests[arm].push((organisation.number, log.digest()));
                continue;
            }
            let plan = course.model.plan;
            let sector = &plan.fleet.sectors[usize::from(organisation.sector)];
            let releases: Vec<String> = plan.releases.iter().map(|r| r.name.clone()).collect();
            let steps: Vec<String> = sector.playbook.iter().map(|s| s.name.clone()).collect();
            let means: Vec<String> = sector.means.iter().map(|m| m.name.clone()).collect();
            worker.trace[arm] = log.events(organisation, &releases, &steps, &means);
        }
    }

    /// Adds up what all threads counted: for each arm what its strike and its own way back gave.
    fn add_up(&self, mut workers: Vec<Worker<'_>>) -> Vec<Swept> {
        for worker in &mut workers {
            worker.strikes.iter_mut().for_each(|strike| strike.tally.settle());
            worker.ways.iter_mut().for_each(|way| way.tally.settle());
        }
        let mut workers = workers.into_iter();
        let first = workers.next().expect("at least one thread worked");
        let Worker { mut strikes, mut ways, mut digests, mut trace, .. } = first;
        for other in workers {
            for (mine, theirs) in strikes.iter_mut().zip(&other.strikes) {
                mine.tally.add(&theirs.tally);
                mine.seen.add(&theirs.seen);
            }
            for (mine, theirs) in ways.iter_mut().zip(&other.ways) {
                mine.tally.add(&theirs.tally);
                mine.seen.iter_mut().zip(&theirs.seen).for_each(|(a, b)| a.add(b));
            }
            for (mine, theirs) in digests.iter_mut().zip(other.digests) {
                mine.extend(theirs);
            }
            for (mine, theirs) in trace.iter_mut().zip(other.trace) {
                mine.extend(theirs);
            }
        }
        let mut strike_of = vec![None; ways.len()];
        for (strike, arms) in self.tree.strikes.iter().enumerate() {
            for &arm in arms {
                strike_of[arm] = Some(strike);
            }
        }
        ways.into_iter()
            .enumerate()
            .zip(digests.into_iter().zip(trace))
            .map(|((arm, way), (mut digests, trace))| {
                let (mut tally, mut seen) = (way.tally, way.seen);
                if let Some(strike) = strike_of[arm] {
                    tally.add(&strikes[strike].tally);
                    seen[0].add(&strikes[strike].seen);
                }
                digests.sort_unstable();
                Swept { tally, seen, digests, trace }
            })
            .collect()
    }
}
