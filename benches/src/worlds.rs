//! `july` and `world`: one replication of large fleets, every PC.

use serde_json::json;

use crate::Error;
use crate::measure::{Effort, Figures, Program, Task};
use crate::page::{Bound, Page, count, memory, seconds};
use crate::subject::{Arms, Subject, is_in_library};

const GIB: f64 = (1_u64 << 30) as f64;

/// An arm and what it may cost.
struct Asked {
    arm: String,
    seconds: f64,
    gib: Option<f64>,
}

/// July 2024 with a fleet of this size.
pub(crate) fn july(pcs: u64, effort: Effort) -> Result<Page, Error> {
    let arms = [("kernel", 3.0, Some(1.0)), ("split", 1.5, None), ("platform", 1.5, None)]
        .map(|(arm, seconds, gib)| Asked { arm: format!("{arm} / by_hand / at_once"), seconds, gib });
    let title = format!("July 2024 with {} PCs: one replication, every PC, 28 days.", count(pcs));
    replications("july-2024", Some(pcs), &arms, title, effort)
}

/// Every Windows PC there is: all arms of the library's scenario `world`.
pub(crate) fn world(pcs: Option<u64>, effort: Effort) -> Result<Page, Error> {
    const NAME: &str = "world";
    if !is_in_library(NAME) {
        return Err(Error::NoScenario(NAME));
    }
    let scenario = Subject::paper(NAME, Arms::Baseline).load()?;
    // Staged, about one PC in a hundred is hit; in any other arm it may be every one.
    let limit = |arm: &str| if arm.contains("staged") { 45.0 } else { 240.0 };
    let asked = |arm: &bugcheck_scenarios::experiment::Arm| Asked {
        arm: arm.name.clone(),
        seconds: limit(&arm.name),
        gib: Some(12.0),
    };
    let arms: Vec<Asked> = scenario.experiment.arms.iter().map(asked).collect();
    replications(NAME, pcs, &arms, "All the world's Windows PCs: one replication, every PC.".into(), effort)
}

fn replications(
    scenario: &str,
    pcs: Option<u64>,
    arms: &[Asked],
    title: String,
    effort: Effort,
) -> Result<Page, Error> {
    let mut page = Page::new(title, &["arm", "median", "fastest", "runs", "memory", "organisations", "PCs hit"]);
    for Asked { arm, seconds: most, gib } in arms {
        let mut subject = Subject::paper(scenario, Arms::Named(arm.clone()));
        if let Some(pcs) = pcs {
            subject = subject.set("fleet.pcs", pcs);
        }
        let figures = Task { subject, program: Program::Bugcheck, effort }.measure()?;
        row(&mut page, arm, &figures);
        page.target(arm, figures.median(), Bound::AtMost(*most), "s");
        if let Some(gib) = gib {
            page.target(arm, figures.peak_bytes as f64 / GIB, Bound::AtMost(*gib), "GiB");
        }
    }
    Ok(page)
}

fn row(page: &mut Page, arm: &str, figures: &Figures) {
    let cells = vec![
        arm.to_owned(),
        seconds(figures.median()),
        seconds(figures.fastest()),
        figures.seconds.len().to_string(),
        memory(figures.peak_bytes),
        count(figures.organisations),
        count(figures.hit as u64),
    ];
    let figures = json!({
        "arm": arm, "seconds": figures.seconds, "peak_bytes": figures.peak_bytes,
        "organisations": figures.organisations, "pcs_hit": figures.hit, "digests": figures.digests,
    });
    page.row(cells, figures);
}
