//! Slides mixed of blasts and of other white cells of subjects that a package was not trained on, called as its `errors`
//! say: how often the interval of the corrected share holds the truth, and how often the finding is wrong. The subjects of a
//! slide are taken out of the errors before the slide is judged.
//!
//! `cargo run --release --example slide_mixtures [-- SLIDES [PACKAGE KEY]]`

use anyhow::{Context, ensure};
use blastscope::domain::Finding;
use blastscope::screen::{ClassifierFacts, ScreenSettings, Tally};
use blastscope_inference::{Classifier, ModelSource, NumberFormatChoice};
use blastscope_shared::metrics::{MeasuredErrors, SubjectCalls};
use blastscope_shared::random::SplitMix64;
use std::collections::BTreeMap;
use std::path::PathBuf;

const CELLS: usize = 200;
/// Fewest identified or unidentified cells of a subject that can stand for a slide's.
const FEWEST: u64 = 40;
const SHARES: [f64; 5] = [0.0, 0.02, 0.05, 0.2, 0.6];

/// What cells of one subject that are blasts, or are not, are called.
type Person<'a> = ((&'a str, &'a str), Vec<u64>);

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let slides: u64 = arguments.next().map_or(Ok(1000), |n| n.parse())?;
    let package = arguments.next().map(PathBuf::from);
    let keys: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let source = ModelSource::resolve(package.as_deref(), &keys)?;
    let classifier = Classifier::load(&source, NumberFormatChoice::F32)?;
    let facts = ClassifierFacts::of(&classifier, "slides")?;
    let errors = facts.errors.clone().context("the package states no errors")?;
    let blasts = people(&errors, |label| label == facts.roles.blast());
    let others = people(&errors, |label| {
        label != facts.roles.blast() && facts.roles.role(label).is_some_and(|r| r.is_counted())
    });
    ensure!(
        !blasts.is_empty() && !others.is_empty(),
        "no subject of {FEWEST} cells"
    );
    println!(
        "{slides} slides of {CELLS} cells; {} subjects with blasts, {} with other white cells",
        blasts.len(),
        others.len()
    );
    println!(
        "share %   interval holds %   mean width   likely %   within error %   none seen %   undecided %   other %   wrong %"
    );
    for share in SHARES {
        let mut of = [0u64; 7];
        let mut width = 0.0;
        for slide in 0..slides {
            let mut random = SplitMix64::keyed(&[slide, (share * 1000.0) as u64]);
            let (sick, well) = (
                &blasts[random.below(blasts.len())],
                &others[random.below(others.len())],
            );
            let mixed: Vec<f64> = (0..=facts.labels.len())
                .map(|l| share * part(&sick.1, l) + (1.0 - share) * part(&well.1, l))
                .collect();
            let kept = |row: &&SubjectCalls| {
                let who = (row.source.as_str(), row.subject.as_str());
                who != well.0 && (share == 0.0 || who != sick.0)
            };
            let left = errors.rows().iter().filter(kept).cloned().collect();
            let facts = ClassifierFacts {
                errors: Some(MeasuredErrors::new(left, facts.labels.len())?),
                ..facts.clone()
            };
            let mut tally = Tally::new(facts, ScreenSettings::default());
            for _ in 0..CELLS {
                tally.add_cells(draw(&mixed, &mut random), 1);
            }
            let summary = tally.summary();
            let limit = ScreenSettings::default().blasts_likely_above_percent;
            let interval = summary.corrected_interval.unwrap_or([0.0, 100.0]);
            let truth = 100.0 * share;
            of[0] += u64::from(interval[0] <= truth + 1e-9 && truth - 1e-9 <= interval[1]);
            width += interval[1] - interval[0];
            let (place, wrong) = match summary.finding {
                Finding::BlastsLikely { .. } => (1, truth <= limit),
                Finding::WithinError { .. } => (2, false),
                Finding::NoBlastsSeen { .. } => (3, truth > limit),
                Finding::Undecided => (4, false),
                _ => (5, false),
            };
            of[place] += 1;
            of[6] += u64::from(wrong);
        }
        let percent = of.map(|n| 100.0 * n as f64 / slides as f64);
        println!(
            "{:7} {:18.1} {:12.1} {:10.1} {:16.1} {:13.1} {:13.1} {:9.1} {:9.1}",
            100.0 * share,
            percent[0],
            width / slides as f64,
            percent[1],
            percent[2],
            percent[3],
            percent[4],
            percent[5],
            percent[6]
        );
    }
    Ok(())
}

/// Subjects with enough cells of the labels that are wanted.
fn people(errors: &MeasuredErrors, wanted: impl Fn(usize) -> bool) -> Vec<Person<'_>> {
    let mut people: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for row in errors.rows().iter().filter(|row| wanted(row.label)) {
        let of = people.entry((&row.source, &row.subject)).or_default();
        of.resize(row.called.len(), 0);
        of.iter_mut().zip(&row.called).for_each(|(sum, n)| *sum += n);
    }
    let enough = |(_, called): &Person<'_>| called.iter().sum::<u64>() >= FEWEST;
    people.into_iter().filter(enough).collect()
}

fn part(called: &[u64], label: usize) -> f64 {
    called.get(label).copied().unwrap_or(0) as f64 / called.iter().sum::<u64>().max(1) as f64
}

/// A label, or `None` for the unidentified, which stand last.
fn draw(parts: &[f64], random: &mut SplitMix64) -> Option<usize> {
    let mut at = f64::from(random.unit());
    for (label, part) in parts.iter().enumerate() {
        at -= part;
        if at < 0.0 {
            return (label + 1 < parts.len()).then_some(label);
        }
    }
    None
}
