//! Small pieces of the command's text.

use bugcheck_scenarios::{Experiment, problem};
use bugcheck_sim::measure::{MEASURES, Measure};

use crate::failure::Failure;

/// The end of a sentence on a misspelt word: the nearest word that is known, if one is near.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    problem::nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The index of an arm by its name, its number from 1, or as the baseline.
pub(crate) fn arm_named(experiment: &Experiment, word: &str) -> Result<usize, Failure> {
    if let Some(arm) = experiment.arms.iter().position(|arm| arm.name == word) {
        return Ok(arm);
    }
    if word == "baseline" {
        return Ok(experiment.baseline);
    }
    match word.parse::<usize>() {
        Ok(number) if (1..=experiment.arms.len()).contains(&number) => Ok(number - 1),
        _ => {
            let near = nearest(word, experiment.arms.iter().map(|arm| arm.name.as_str()));
            let arms = experiment.arms.len();
            Err(Failure::Usage(format!("no arm `{word}`{near} (name one, or give a number from 1 to {arms})")))
        }
    }
}

/// A measure by its name.
pub(crate) fn measure_named(word: &str) -> Result<Measure, Failure> {
    Measure::named(word).ok_or_else(|| {
        let near = nearest(word, MEASURES.iter().map(|definition| definition.name));
        Failure::Usage(format!("no measure `{word}`{near} (`bugcheck explain` lists them)"))
    })
}

/// A list of sources, or that there are none.
pub(crate) fn sources_of(sources: &[String]) -> String {
    if sources.is_empty() {
        return "Sources: none; the numbers are assumptions.\n".into();
    }
    let lines: Vec<String> = sources.iter().map(|source| format!("  - {source}\n")).collect();
    format!("Sources:\n{}", lines.concat())
}
