//! `arms`: what arms that share a past cost together.

use serde_json::json;

use crate::Error;
use crate::measure::{Effort, Figures, Program, Task};
use crate::page::{Bound, Page, memory, seconds, times};
use crate::subject::{Arms, Sample, Subject};

/// How many times one arm's time the 24 of July 2024 may take together.
const AT_MOST: f64 = 8.0;

/// One replication of all arms of July 2024: together, alone, and the baseline.
pub(crate) fn arms(pcs: Option<u64>, effort: Effort) -> Result<Page, Error> {
    let measure = |arms: Arms, program: Program| -> Result<Figures, Error> {
        let mut subject = Subject { scenario: "july-2024".into(), set: Vec::new(), sample: Sample::Standard, arms };
        if let Some(pcs) = pcs {
            subject = subject.set("fleet.pcs", pcs);
        }
        Task { subject, program, effort }.measure()
    };
    let baseline = measure(Arms::Baseline, Program::Bugcheck)?;
    let alone = measure(Arms::All, Program::Bugcheck)?;
    let together = measure(Arms::All, Program::BugcheckArms)?;
    if alone.digests != together.digests {
        return Err(Error::Peer("an arm's digest differs when it is carried out with the others".into()));
    }
    let title = "One replication of July 2024, profile standard; each arm's digest is the same together and alone.";
    let mut page =
        Page::new(title, &["arms", "number", "median", "fastest", "runs", "memory", "of the baseline's time"]);
    for (name, figures) in [("baseline", &baseline), ("all, one by one", &alone), ("all, together", &together)] {
        let ratio = figures.median() / baseline.median();
        let cells = vec![
            name.to_owned(),
            figures.digests.len().to_string(),
            seconds(figures.median()),
            seconds(figures.fastest()),
            figures.seconds.len().to_string(),
            memory(figures.peak_bytes),
            times(ratio),
        ];
        let row = json!({
            "arms": name, "number": figures.digests.len(), "seconds": figures.seconds,
            "peak_bytes": figures.peak_bytes, "of_baseline": ratio,
        });
        page.row(cells, row);
    }
    let what = format!("{} arms together, of the baseline's time", together.digests.len());
    page.target(what, together.median() / baseline.median(), Bound::AtMost(AT_MOST), "times");
    Ok(page)
}
