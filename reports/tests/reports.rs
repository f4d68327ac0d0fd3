//! Every output as a reader gets it, held by snapshots of a July 2024 experiment made by plain arithmetic.

mod fixture;

use std::sync::LazyLock;

use bugcheck_lab::Results;
use bugcheck_reports::several::Run;
use bugcheck_reports::terminal::{self, Page, Paint};
use bugcheck_reports::verdict::{Meaning, Status};
use bugcheck_reports::view::May;
use bugcheck_reports::{Comparison, Error, comparison, html, junit, markdown, several, write_all};
use bugcheck_scenarios::experiment::{Arm, Bound, Level, Over, Replications, Versus};
use bugcheck_sim::measure::{CurveOf, Measure, Reading, Segment};

static RESULTS: LazyLock<Results> = LazyLock::new(fixture::results);
static COMPARISON: LazyLock<Comparison> = LazyLock::new(|| comparison::build(&RESULTS).unwrap());

fn printed(width: usize, paint: Paint) -> String {
    terminal::render(&COMPARISON, Page { width, paint })
}

#[test]
fn the_terminal_shows_the_answer_first() {
    insta::assert_snapshot!("terminal_120", printed(120, Paint::Plain));
}

#[test]
fn a_narrow_terminal_shows_the_same_in_more_blocks() {
    let text = printed(80, Paint::Plain);
    let widest = text.lines().map(unicode_width::UnicodeWidthStr::width).max();
    assert!(widest <= Some(80), "{widest:?}");
    insta::assert_snapshot!("terminal_80", text);
}

#[test]
fn colour_only_adds_escape_codes() {
    let coloured = printed(120, Paint::Colour);
    assert!(coloured.contains("\u{1b}[32m✓ holds\u{1b}[0m"));
    let mut plain = String::new();
    let mut escaped = false;
    for letter in coloured.chars() {
        match letter {
            '\u{1b}' => escaped = true,
            'm' if escaped => escaped = false,
            letter if !escaped => plain.push(letter),
            _ => {}
        }
    }
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&plain), trimmed(&printed(120, Paint::Plain)));
}

#[test]
fn markdown_for_pull_requests() {
    insta::assert_snapshot!("markdown", markdown::render(&COMPARISON));
}

#[test]
fn junit_for_continuous_integration() {
    let xml = junit::render(&COMPARISON).unwrap();
    assert!(!xml.contains("timestamp") && !xml.contains("time="), "{xml}");
    insta::assert_snapshot!("junit", xml);
}

#[test]
fn the_page_as_it_was_reviewed() {
    insta::assert_snapshot!("page", html::render(&COMPARISON).unwrap());
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = html::render(&COMPARISON).unwrap();
    let without_namespace = page.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http:", "https:", "<script ", "<link", "@import", "url(", "src=", "fetch(", "import("] {
        assert!(!without_namespace.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"), "a browser refuses what the page should not ask for");
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
}

#[test]
fn every_plot_has_words_and_every_table_its_headings() {
    let page = html::render(&COMPARISON).unwrap();
    for svg in page.split("<svg ").skip(1) {
        let tag = svg.split('>').next().unwrap();
        assert!(
            tag.contains("aria-label=\"") && !tag.contains("aria-label=\"\"") || tag.contains("aria-hidden"),
            "{tag}"
        );
    }
    assert!(!page.contains("aria-label=\"\""), "a region has a name");
    for table in page.split("<table").skip(1) {
        let table = table.split("</table>").next().unwrap();
        assert!(table.contains("<caption>") && !table.contains("<caption></caption>"), "{table}");
        assert!(table.contains("<th scope=\"col\">") && table.contains("<th scope=\"row\">"));
    }
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let again = comparison::build(&fixture::results()).unwrap();
    assert_eq!(html::render(&again).unwrap(), html::render(&COMPARISON).unwrap());
    assert_eq!(markdown::render(&again), markdown::render(&COMPARISON));
    assert_eq!(junit::render(&again).unwrap(), junit::render(&COMPARISON).unwrap());
}

#[test]
fn text_from_a_scenario_cannot_become_markup() {
    let mut results = fixture::results();
    results.experiment.question = "<script>alert(1)</script>".into();
    results.experiment.arms[1].name = "\"><img src=x>".into();
    results.experiment.factors[1].levels[1] = "<b>".into();
    results.experiment.arms[1].levels[1] = "<b>".into();
    results.experiment.history[0].label = "<i>".into();
    let page = html::render(&comparison::build(&results).unwrap()).unwrap();
    for markup in ["<script>alert", "<img", "<b>", "<i>"] {
        assert!(!page.contains(markup), "{markup}");
    }
}

#[test]
fn each_expectation_gets_the_verdict_that_its_interval_gives() {
    let statuses: Vec<(&str, Status)> = COMPARISON.verdicts.iter().map(|v| (v.name.as_str(), v.status)).collect();
    assert_eq!(
        statuses,
        [
            // A 95 % quantile has no upper limit with 60 replications at a level shared between four looks.
            ("platform_stays_up", Status::Undecided),
            ("qmr_pays_off", Status::Holds),
            ("as_it_was", Status::Holds),
            ("tool_is_faster", Status::Undecided),
            ("last_pc_back_in_a_week", Status::Broken),
        ]
    );
    assert_eq!(COMPARISON.meaning, Meaning::Undecided);
}

#[test]
fn the_answer_names_the_arm_the_size_the_certainty_and_whether_to_quote_it() {
    let answer = &COMPARISON.answer;
    assert_eq!(answer.arm, "architecture: platform");
    assert_eq!(answer.much.split(':').next(), Some("−100 % PC-hours lost against the baseline"));
    assert!(answer.price.starts_with("unprotected +") && answer.price.contains("protected late +"), "{}", answer.price);
    assert!(
        answer.sure.contains("each of 60 replications") && answer.sure.contains("at most 7.0 %"),
        "{}",
        answer.sure
    );
    // The fixture's recovery is made up, and too fast for one of the points.
    let because: Vec<&str> = answer.quote.because.iter().map(String::as_str).collect();
    assert_eq!((answer.quote.may, because), (May::WithCare, vec!["1 of 2 published points are missed"]));
    for part in ["`july-2024`", "platform", "−100 %", "3f9a1c5be2d4", "20240719"] {
        assert!(answer.quote.words.contains(part), "{part}: {}", answer.quote.words);
    }
}

#[test]
fn what_stands_against_quoting_an_answer_is_said() {
    let quote = |change: &dyn Fn(&mut Results)| {
        let mut results = fixture::results();
        results.experiment.history.iter_mut().for_each(|point| point.down = (0.0, 1.0));
        change(&mut results);
        comparison::build(&results).unwrap().answer.quote
    };
    let nothing = quote(&|_| {});
    assert_eq!((nothing.may, nothing.because.len()), (May::Yes, 0));
    let interrupted = quote(&|results| results.manifest.stopped = "interrupted".into());
    assert_eq!((interrupted.may, interrupted.because[0].as_str()), (May::No, "the run was interrupted"));
    let few = quote(&|results| results.arms.iter_mut().for_each(|arm| arm.truncate(29)));
    assert_eq!(few.may, May::No);
    let coarse = quote(&|results| results.manifest.stopped = "max".into());
    assert_eq!((coarse.may, coarse.because.len()), (May::WithCare, 1));
    let missed = quote(&|results| results.experiment.history[0].down = (0.9, 0.95));
    assert_eq!((missed.may, missed.because[0].as_str()), (May::WithCare, "1 of 2 published points are missed"));
    let unheld = quote(&|results| {
        results.experiment.history.clear();
        results.experiment.expectations.iter_mut().for_each(|expectation| expectation.source = None);
    });
    assert_eq!((unheld.may, unheld.because.len()), (May::WithCare, 1));
}

#[test]
fn where_no_arm_is_better_the_answer_is_none() {
    let mut results = fixture::results();
    results.arms.truncate(2);
    results.arms[1] = results.arms[0].clone();
    results.experiment.arms.truncate(2);
    results.experiment.expectations.clear();
    let answer = comparison::build(&results).unwrap().answer;
    assert!(answer.arm.starts_with("none: no arm can be shown"), "{}", answer.arm);
    assert!(answer.much.contains("n = 60"), "{}", answer.much);
}

#[test]
fn tiles_are_hours_lost_for_each_pc_of_a_sector_in_a_region() {
    let tiles = COMPARISON.tiles.as_ref().unwrap();
    assert_eq!(tiles.sectors, ["airline", "health", "other"]);
    assert_eq!(
        tiles.regions.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(),
        ["us_east", "europe", "japan"]
    );
    let value = |figure: &bugcheck_reports::view::Figure| match figure.estimate.value {
        bugcheck_lab::estimate::Point::Value(value) => value,
        other => panic!("{other:?}"),
    };
    // The fixture loses twice as much in Japan's hospitals as elsewhere.
    let (_, japan, _) = &tiles.regions[2];
    assert!((value(&japan[1]) / value(&japan[0]) - 2.0).abs() < 1e-9);
    assert_eq!(japan[1].estimate.n, 60);
    let one_region = {
        let mut results = fixture::results();
        for replication in results.arms.iter_mut().flatten() {
            replication.record.measured.retain(|m| !matches!(m.segment, Segment::Place { .. }));
        }
        comparison::build(&results).unwrap()
    };
    assert_eq!(one_region.tiles, None);
    assert!(!html::render(&one_region).unwrap().contains("class=\"tiles\""));
}

#[test]
fn a_broken_expectation_breaks_the_run_unless_it_only_warns() {
    let mut results = fixture::results();
    results.experiment.expectations[4].level = Level::Fail;
    assert_eq!(comparison::build(&results).unwrap().meaning, Meaning::Broken);
    results.experiment.expectations.clear();
    assert_eq!(comparison::build(&results).unwrap().meaning, Meaning::NothingExpected);
}

#[test]
fn arms_that_are_alike_share_a_letter_and_others_do_not() {
    let letters: Vec<&str> = COMPARISON.arms.iter().map(|arm| arm.letters.as_str()).collect();
    assert_eq!(letters[0], letters[1], "by hand and the tool");
    for other in [2, 3, 4, 5] {
        assert_ne!(letters[0], letters[other]);
    }
}

#[test]
fn results_without_replications_or_with_a_misfit_are_refused() {
    let mut empty = fixture::results();
    empty.arms.iter_mut().for_each(Vec::clear);
    assert!(matches!(comparison::build(&empty), Err(Error::NoReplications(_))));
    let mut misfit = fixture::results();
    misfit.experiment.expectations[0].arms = vec![17];
    assert!(matches!(comparison::build(&misfit), Err(Error::Misfit(..))));
}

#[test]
fn an_interrupted_run_is_reported_as_far_as_it_got() {
    let mut results = fixture::results();
    for (arm, replications) in results.arms.iter_mut().enumerate() {
        replications.truncate(usize::from(arm != 5));
    }
    results.manifest.stopped = "interrupted".into();
    let comparison = comparison::build(&results).unwrap();
    insta::assert_snapshot!("interrupted", terminal::render(&comparison, Page { width: 160, paint: Paint::Plain }));
    assert!(html::render(&comparison).is_ok());
}

#[test]
fn times_beyond_the_horizon_count_from_the_release() {
    let mut results = fixture::results();
    results.experiment.release_ms = 12 * 3_600_000;
    for measured in results.arms.iter_mut().flatten().flat_map(|replication| &mut replication.record.measured) {
        if measured.measure == Measure::TimeTo99 {
            measured.reading = Reading::NotWithinHorizon;
        }
    }
    let comparison = comparison::build(&results).unwrap();
    let text = terminal::render(&comparison, Page { width: 160, paint: Paint::Plain });
    assert!(text.contains("watched for 27.5 d after the release at 2024-07-19 16:00 UTC."), "{text}");
    assert!(text.contains("not within the 27.5 d that are watched"), "{text}");
    for shown in [text, markdown::render(&comparison), html::render(&comparison).unwrap()] {
        assert!(
            shown.contains("> 27.5 d") || shown.contains("&gt; 27.5 d") || shown.contains("&#62; 27.5 d"),
            "{shown}"
        );
        assert!(!shown.contains("28 d"), "{shown}");
    }
}

#[test]
fn a_single_arm_without_factors_is_reported_too() {
    let mut results = fixture::results();
    results.arms.truncate(1);
    results.experiment.arms.truncate(1);
    results.experiment.arms[0].name = "all".into();
    results.experiment.arms[0].levels.clear();
    results.experiment.factors.clear();
    results.experiment.expectations.clear();
    let comparison = comparison::build(&results).unwrap();
    insta::assert_snapshot!("single_arm", terminal::render(&comparison, Page { width: 100, paint: Paint::Plain }));
    assert!(html::render(&comparison).is_ok());
}

#[test]
fn the_checklist_names_the_looks_and_the_precision_that_were_asked_for() {
    let mut results = fixture::results();
    results.experiment.replications.max = 100;
    results.experiment.replications.until.as_mut().unwrap().half_width = 0.033;
    let checklist = comparison::build(&results).unwrap().checklist;
    let estimation = checklist.iter().find(|item| item.what == "estimation").unwrap();
    assert!(estimation.answer.starts_with("looks at 60 and 100 replications, "), "{}", estimation.answer);
    assert!(estimation.answer.contains("is known to ±3.3 %;"), "{}", estimation.answer);
}

/// The last 52 of the 60 replications of the staged arm, without an outage.
fn rare() -> Results {
    let mut results = fixture::results();
    for replication in &mut results.arms[5][8..] {
        let record = &mut replication.record;
        record
            .measured
            .iter_mut()
            .filter(|m| m.measure == Measure::PcsDown)
            .for_each(|m| m.reading = Reading::Value(0.0));
        for curve in &mut record.curves {
            // As the simulator leaves them where nothing is at risk.
            let filler = if curve.of == CurveOf::StillDownSinceFailure { 1.0 } else { 0.0 };
            curve.values.fill(filler);
        }
    }
    results
}

#[test]
fn replications_without_an_outage_are_in_no_curve_of_those_that_went_down() {
    let results = rare();
    let comparison = comparison::build(&results).unwrap();
    let curves = &comparison.curves;
    for panel in [&curves.survival, &curves.organisations] {
        let line = panel.lines.iter().find(|line| line.arm == 5).unwrap();
        assert_eq!(line.n, 8, "{}", panel.title);
        assert!(line.mean[0] > 0.9 && line.mean.last().unwrap() < &0.01, "{}: {:?}", panel.title, line.mean);
    }
    // In each replication its own curve times its own PCs that went down, which the other 52 share.
    let at_a_day = curves.at_risk.at_ms.iter().position(|at| *at == 86_400_000).unwrap();
    let (_, left) = curves.at_risk.rows.iter().find(|(name, _)| name == "staged").unwrap();
    let own = results.arms[5][..8].iter().map(|replication| {
        let curve = replication.record.curves.iter().find(|c| c.of == CurveOf::StillDownSinceFailure).unwrap();
        let here = curve.at.iter().rposition(|at| *at <= 86_400_000).unwrap();
        let down = replication.record.reading(&Segment::Fleet, Measure::PcsDown);
        let Some(Reading::Value(down)) = down else { panic!("{down:?}") };
        down * curve.values[here]
    });
    assert!((left[at_a_day] - own.sum::<f64>() / 60.0).abs() < 1e-6, "{left:?}");
    let page = html::render(&comparison).unwrap();
    assert!(page.contains("Replications in which no PC went down have no such curve. n = 60 of 60 for baseline"));
    assert!(page.contains("8 of 60 for staged"));
    assert!(html::render(&COMPARISON).unwrap().contains(" n = 60. "));
}

#[test]
fn one_replication_has_no_edges_in_the_data_of_a_figure() {
    let mut results = fixture::results();
    results.arms.iter_mut().for_each(|replications| replications.truncate(1));
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path(), || Ok(results)).unwrap();
    for name in ["recovery.csv", "survival.csv", "organisations.csv", "history.csv"] {
        let text = std::fs::read_to_string(folder.path().join("figures").join(name)).unwrap();
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        let place = csv.headers().unwrap().iter().position(|name| name == "n").unwrap();
        let first = csv.records().next().unwrap().unwrap();
        assert_eq!((&first[place - 2], &first[place - 1], &first[place]), ("", "", "1"), "{name}");
    }
}

/// Four architectures x three recoveries x two rollouts, the arms of the fixture in turn.
fn factorial() -> Results {
    let mut results = fixture::results();
    let (arms, names) = (results.arms.clone(), ["kernel", "guarded", "split", "platform"]);
    results.experiment.factors[0].levels = names.map(String::from).into();
    results.arms.clear();
    let mut named = Vec::new();
    for architecture in names {
        for recovery in ["by_hand", "usb_tool", "qmr"] {
            for rollout in ["at_once", "staged"] {
                let levels = [architecture, recovery, rollout];
                results.arms.push(arms[named.len() % arms.len()].clone());
                named.push(Arm { name: levels.join(" / "), levels: levels.map(String::from).into() });
            }
        }
    }
    results.experiment.arms = named;
    results
}

#[test]
fn a_factorial_of_24_arms_is_drawn_apart_and_stays_small() {
    let comparison = comparison::build(&factorial()).unwrap();
    let drawn: Vec<(&str, usize)> =
        comparison.curves.down.iter().map(|panel| (panel.title.as_str(), panel.lines.len())).collect();
    assert_eq!(drawn[0].0, "The baseline, and arms that change one choice");
    assert_eq!(drawn[1..].iter().map(|d| d.0).collect::<Vec<_>>(), ["kernel", "guarded", "split", "platform"]);
    assert!(drawn.iter().all(|(_, lines)| (1..=8).contains(lines)), "{drawn:?}");
    let single = comparison.differences.iter().take_while(|row| row.changes.len() == 1).count();
    assert_eq!((single, comparison.differences.len()), (6, 23));
    let page = html::render(&comparison).unwrap();
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
}

#[test]
fn several_runs_say_first_what_differs() {
    let mut other = fixture::results();
    other.experiment.seed = 7;
    other.experiment.inputs[5].value = "1 per 40".into();
    other.manifest.scenario_digest = "b".repeat(64);
    other.experiment.arms.truncate(2);
    other.arms.truncate(2);
    other.experiment.expectations.clear();
    let locks = [
        "format: 1\nfleet: { pcs: 32M }\nrecovery: [reboot_race, safe_mode_by_hand]\ncompare: { seed: 20240719 }\n",
        "format: 1\nfleet: { pcs: 32M }\nrecovery: [safe_mode_by_hand]\nagents: { edr: { on: {} } }\ncompare: { seed: 7 }\n",
    ];
    let runs = [Run { results: &RESULTS, lock: locks[0] }, Run { results: &other, lock: locks[1] }];
    let several = several::build(&runs).unwrap();
    let differs: Vec<(&str, Vec<&str>)> =
        several.differs.iter().map(|d| (d.what.as_str(), d.values.iter().map(String::as_str).collect())).collect();
    assert_eq!(
        differs,
        [
            ("recovery", vec!["[reboot_race, safe_mode_by_hand]", "[safe_mode_by_hand]"]),
            ("compare.seed", vec!["20240719", "7"]),
            ("agents.edr.on", vec!["–", "{}"]),
        ]
    );
    let text = terminal::render_several(&several, Page { width: 120, paint: Paint::Plain });
    insta::assert_snapshot!("several", text);
}

#[test]
fn all_files_are_left_in_the_folder_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path(), || Ok(fixture::results())).unwrap();
    write_all(folder.path(), || Ok(fixture::results())).unwrap();
    let names = |folder: &std::path::Path| {
        let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(folder.path()), [".reporting", "figures", "junit.xml", "report.html", "report.md"]);
    let figures = folder.path().join("figures");
    let wanted = [
        "arms.csv",
        "at_risk.csv",
        "differences.csv",
        "drivers.csv",
        "history.csv",
        "organisations.csv",
        "places.csv",
        "recovery.csv",
        "steps.csv",
        "survival.csv",
        "timeline.csv",
        "trade.csv",
    ];
    assert_eq!(names(&figures), wanted);
    let mut shown = String::new();
    for name in wanted {
        let text = std::fs::read_to_string(figures.join(name)).unwrap();
        let columns = text.lines().next().unwrap().split(',').count();
        assert!(text.lines().count() > 1 && columns > 2, "{name} says nothing");
        // The head and the first rows say what a table is; the numbers are those of the page.
        shown.extend([name, "\n", &text.lines().take(4).collect::<Vec<_>>().join("\n"), "\n\n"]);
    }
    insta::assert_snapshot!("figures", shown);
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert_eq!(page, html::render(&COMPARISON).unwrap());
}

#[test]
fn results_are_read_only_once_nobody_else_reports_into_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let read = || {
        let turn = std::fs::File::open(folder.path().join(".reporting")).expect("its turn has come");
        assert!(turn.try_lock().is_err(), "the turn is this report's own while it reads");
        Ok(fixture::results())
    };
    write_all(folder.path(), read).unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_an_error_with_its_path() {
    let missing = std::path::Path::new("/nonexistent/run");
    let error = write_all(missing, || Ok(fixture::results())).unwrap_err();
    assert!(error.to_string().starts_with("cannot write /nonexistent/run/.reporting: "), "{error}");
}

/// Gives the fleet's readings of a measure in one arm anew, from the number of the replication.
fn set(results: &mut Results, arm: usize, measure: Measure, of: impl Fn(u32) -> Reading) {
    for replication in &mut results.arms[arm] {
        let mut all = replication.record.measured.iter_mut();
        let found = all.find(|found| found.segment == Segment::Fleet && found.measure == measure);
        found.expect("measured").reading = of(replication.number);
    }
}

/// With as many replications as there are, and one look at them.
fn looked_at_once() -> Results {
    let mut results = fixture::results();
    results.experiment.replications = Replications { min: 60, max: 60, until: None };
    results
}

/// By itself each arm is worse with p = 0.025; of five such arms the table says that none can be told apart.
#[test]
fn a_verdict_over_several_arms_does_not_break_where_their_differences_are_not_apart() {
    let mut results = looked_at_once();
    set(&mut results, 0, Measure::PcsHit, |_| Reading::Value(100.0));
    for arm in 1..6 {
        let reading = |number: u32| Reading::Value(if number.is_multiple_of(2) { 101.3 } else { 99.3 });
        set(&mut results, arm, Measure::PcsHit, reading);
    }
    let mut expectation = results.experiment.expectations[3].clone();
    (expectation.measure, expectation.versus, expectation.bound) =
        (Measure::PcsHit, Versus::Baseline, Bound::AtMost(0.0));
    let mut judged = |arms: &[usize]| {
        expectation.arms = arms.to_vec();
        results.experiment.expectations = vec![expectation.clone()];
        let made = comparison::build(&results).unwrap();
        (made.verdicts[0].status, made.meaning, made.verdicts[0].reason.clone())
    };
    let (status, meaning, reason) = judged(&[1]);
    assert_eq!((status, meaning), (Status::Broken, Meaning::WorseThanBaseline), "{reason}");
    let (status, meaning, reason) = judged(&[1, 2, 3, 4, 5]);
    assert_eq!((status, meaning), (Status::Undecided, Meaning::Undecided), "{reason}");
    assert!(reason.contains("divided among 5 arms"), "{reason}");
}

#[test]
fn growth_from_zero_is_not_called_beyond_the_horizon() {
    let mut results = looked_at_once();
    set(&mut results, 0, Measure::PcsHit, |number| Reading::Value(if number < 31 { 0.0 } else { 10.0 }));
    set(&mut results, 1, Measure::PcsHit, |_| Reading::Value(10.0));
    let mut expectation = results.experiment.expectations[3].clone();
    (expectation.measure, expectation.over) = (Measure::PcsHit, Over::Quantile(0.5));
    results.experiment.expectations = vec![expectation];
    let reason = comparison::build(&results).unwrap().verdicts[0].reason.clone();
    assert!(!reason.contains("beyond the horizon"), "{reason}");
    assert!(reason.contains("in 31 of them the baseline is 0 and the arm is not"), "{reason}");
}

#[test]
fn one_pc_was_hit_and_several_were() {
    let mut results = looked_at_once();
    for (pcs, said) in [(1.0, "1 PC (same in 60; ≤ 4.9 %) was hit"), (2.0, "2 PCs (same in 60; ≤ 4.9 %) were hit")]
    {
        set(&mut results, 0, Measure::PcsHit, |_| Reading::Value(pcs));
        let made = comparison::build(&results).unwrap();
        assert!(made.sentence.contains(said), "{}", made.sentence);
    }
}

#[test]
fn how_often_an_outage_happens_stands_beside_the_mean_of_a_rare_one() {
    let mut results = looked_at_once();
    let rare = |number: u32| Reading::Value(if number < 8 { 100.0 } else { 0.0 });
    for measure in [Measure::PcsDown, Measure::PcHoursLost] {
        set(&mut results, 0, measure, rare);
    }
    let made = comparison::build(&results).unwrap();
    let said = "an outage in 8 of 60 replications (6.9 % to 24 %)";
    assert!(made.sentence.contains(said), "{}", made.sentence);
    let of_some = "−100 % in each of the 8 of 60 replications in which the baseline loses any";
    assert!(made.sentence.contains(of_some), "{}", made.sentence);
    let legend = bugcheck_reports::wording::legend(&made);
    let capital = said.replacen("an", "An", 1);
    assert!(legend.contains(&format!("{capital}: kernel / by_hand / at_once.")), "{legend}");
    assert!(
        !bugcheck_reports::wording::legend(&COMPARISON).contains("An outage"),
        "where it is certain, it is not said"
    );
}
