//! `peers` and `limit`: bugcheck beside other programs, on the common model.

use serde_json::json;

use crate::Error;
use crate::common::Answer;
use crate::measure::{Effort, Figures, Program, Task};
use crate::page::{Bound, Page, count, memory, seconds, times};
use crate::peers::nexosim::Models;
use crate::peers::scripts::{self, Script};
use crate::subject::{Arms, Subject};

/// The arms of the scenario `common-model`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Hit {
    /// One PC in eighteen.
    Window,
    /// Every PC.
    All,
}

impl Hit {
    fn name(self) -> &'static str {
        match self {
            Hit::Window => "window",
            Hit::All => "all",
        }
    }
}

/// A program beside bugcheck.
struct Peer {
    name: &'static str,
    program: Program,
    /// How many times faster bugcheck is to be at [`JUDGED`] PCs when all are hit.
    target: Option<f64>,
    ties: Ties,
}

/// PCs at which the peers' targets hold.
const JUDGED: u64 = 1_000_000;

/// What a program does with PCs that come to the technicians in the same millisecond.
#[derive(Clone, Copy)]
enum Ties {
    /// Takes them in the order of their numbers, as bugcheck does: the waits are the same to the millisecond.
    InOrder,
    /// Takes them in any order: who is next differs, so the waits differ a little.
    Any,
}

/// How far mean waits may differ where ties are broken in another way. Exchanging two PCs of the same millisecond
/// exchanges their repairs; that is far below what another seed does, some 5 % at 100k PCs and 0.5 % at 10M.
const MONTE_CARLO: f64 = 0.005;

const PEERS: &[Peer] = &[
    Peer { name: "limit, by hand", program: Program::Limit, target: None, ties: Ties::InOrder },
    Peer { name: "binary heap over arrays", program: Program::Heap, target: Some(15.0), ties: Ties::InOrder },
    Peer {
        name: "NumPy + heapq",
        program: Program::Script(Script::NumpyHeapq),
        target: Some(8.0),
        ties: Ties::InOrder,
    },
    Peer { name: "NeXosim, one model", program: Program::Nexosim(Models::One), target: Some(60.0), ties: Ties::Any },
    Peer { name: "NeXosim, model per PC", program: Program::Nexosim(Models::PerPc), target: None, ties: Ties::Any },
    Peer {
        name: "SimPy, tuned",
        program: Program::Script(Script::SimpyTuned),
        target: Some(500.0),
        ties: Ties::InOrder,
    },
];

/// bugcheck beside its peers.
pub(crate) fn peers(pcs: &[u64], hits: &[Hit], effort: Effort) -> Result<Page, Error> {
    let mut page =
        Page::new("The common model in several programs: each in a process of its own, on the same draws.", HEAD);
    let scripts = scripts::prepare();
    if let Err(error) = &scripts {
        page.left_out.push(format!("the Python scripts: {error}"));
    }
    for (&hit, &pcs) in hits.iter().flat_map(|hit| pcs.iter().map(move |pcs| (hit, pcs))) {
        let own = bugcheck(&mut page, hit, pcs, effort)?;
        for peer in PEERS {
            if scripts.is_err() && matches!(peer.program, Program::Script(_)) {
                continue;
            }
            let ratio = beside(&mut page, peer, hit, pcs, &own, effort)?;
            if let (Some(target), Hit::All, JUDGED) = (peer.target, hit, pcs) {
                let what = format!("faster than {}, {} PCs, all hit", peer.name, count(pcs));
                page.target(what, ratio, Bound::AtLeast(target), "times");
            }
        }
    }
    Ok(page)
}

/// How many times the limit's time bugcheck may take when all PCs are hit, of so many.
const WITHIN: (f64, u64) = (5.0, 10_000_000);

/// bugcheck beside the limit.
pub(crate) fn limit(pcs: &[u64], effort: Effort) -> Result<Page, Error> {
    let mut page = Page::new("The common model in bugcheck, and in a loop written for nothing else.", HEAD);
    for (hit, &pcs) in [Hit::Window, Hit::All].into_iter().flat_map(|hit| pcs.iter().map(move |pcs| (hit, pcs))) {
        let own = bugcheck(&mut page, hit, pcs, effort)?;
        let ratio = beside(&mut page, &PEERS[0], hit, pcs, &own, effort)?;
        if hit == Hit::All && pcs == WITHIN.1 {
            let what = format!("the limit's time, {} PCs, all hit", count(pcs));
            page.target(what, 1.0 / ratio, Bound::AtMost(WITHIN.0), "times");
        }
    }
    Ok(page)
}

const HEAD: &[&str] =
    &["program", "hit", "PCs", "median", "fastest", "runs", "memory", "hits", "mean wait", "bugcheck is"];

fn task(program: Program, hit: Hit, pcs: u64, effort: Effort) -> Task {
    let subject = Subject::paper("common-model", Arms::Named(hit.name().to_owned())).set("fleet.pcs", pcs);
    Task { subject, program, effort }
}

fn bugcheck(page: &mut Page, hit: Hit, pcs: u64, effort: Effort) -> Result<Figures, Error> {
    let own = task(Program::Bugcheck, hit, pcs, effort).measure()?;
    row(page, "bugcheck", hit, pcs, &own, None)?;
    Ok(own)
}

/// Measures a peer, holds what it computed against bugcheck's, and returns how many times its time bugcheck is
/// faster.
fn beside(page: &mut Page, peer: &Peer, hit: Hit, pcs: u64, own: &Figures, effort: Effort) -> Result<f64, Error> {
    let figures = task(peer.program, hit, pcs, effort).measure()?;
    let ratio = figures.median() / own.median();
    let (mine, theirs) = (answer(own, "bugcheck")?, answer(&figures, peer.name)?);
    let far = (theirs.mean_wait_h() / mine.mean_wait_h().max(f64::MIN_POSITIVE) - 1.0).abs();
    let agrees = match peer.ties {
        Ties::InOrder => mine == theirs,
        Ties::Any => mine.hits == theirs.hits && (far <= MONTE_CARLO || mine.waited_ms == theirs.waited_ms),
    };
    if !agrees {
        return Err(Error::Peer(format!("{} computed {theirs:?}, and bugcheck {mine:?}", peer.name)));
    }
    row(page, peer.name, hit, pcs, &figures, Some(ratio))?;
    Ok(ratio)
}

fn answer(figures: &Figures, name: &str) -> Result<Answer, Error> {
    figures.answer.ok_or_else(|| Error::Peer(format!("{name} gave no answer")))
}

fn row(page: &mut Page, name: &str, hit: Hit, pcs: u64, figures: &Figures, ratio: Option<f64>) -> Result<(), Error> {
    let answer = answer(figures, name)?;
    let faster = match ratio {
        None => String::new(),
        Some(ratio) if ratio >= 1.0 => format!("{} faster", times(ratio)),
        Some(ratio) => format!("{} slower", times(1.0 / ratio)),
    };
    let cells = vec![
        name.to_owned(),
        hit.name().to_owned(),
        count(pcs),
        seconds(figures.median()),
        seconds(figures.fastest()),
        figures.seconds.len().to_string(),
        memory(figures.peak_bytes),
        answer.hits.to_string(),
        format!("{:.6} h", answer.mean_wait_h()),
        faster,
    ];
    let figures = json!({
        "program": name, "hit": hit.name(), "pcs": pcs, "seconds": figures.seconds, "peak_bytes": figures.peak_bytes,
        "hits": answer.hits, "mean_wait_h": answer.mean_wait_h(), "bugcheck_is_faster": ratio,
    });
    page.row(cells, figures);
    Ok(())
}
