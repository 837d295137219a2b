//! What stopping early costs and saves: how often slides of a true share of blasts are called "blasts likely"
//! when all cells are counted, when counting stops as `blastscope` stops, and when it stops at the first 100, 200 or
//! 400 cells whose plain 95 % interval says so.
//!
//! `cargo run --example stopping_early [-- SLIDES]`

use blastscope::domain::Finding;
use blastscope::screen::{ClassifierFacts, ScreenSettings, Tally};
use blastscope_shared::class::LabelSet;
use blastscope_shared::metrics::{MeasuredShare, Performance};
use blastscope_shared::random::SplitMix64;

const MOST: u64 = 500;
const ON_A_FIELD: u64 = 10;

fn main() -> anyhow::Result<()> {
    let slides: u64 = std::env::args().nth(1).map_or(Ok(400), |n| n.parse())?;
    println!(
        "most {MOST} cells, limit 5 %, {slides} slides: called \"blasts likely\", percent, and mean cells looked at"
    );
    for (name, sensitivity, specificity) in [
        ("error unknown, calls all true", None, None),
        (
            "sensitivity 0.95, specificity 0.97",
            Some((0.95, 300)),
            Some((0.97, 300)),
        ),
        (
            "sensitivity 0.90, specificity 0.60",
            Some((0.90, 150)),
            Some((0.60, 60)),
        ),
    ] {
        println!("{name}");
        println!("  share of blasts   all cells   stopped early   stopped at a look   cells   at looks");
        for share in [0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8] {
            let f = screened(share, sensitivity.zip(specificity), slides);
            println!(
                "  {share:15} {:11.1} {:15.1} {:19.1} {:7.0} {:10.0}",
                f[0], f[1], f[2], f[3], f[4]
            );
        }
    }
    Ok(())
}

type Errors = ((f64, u64), (f64, u64));

fn screened(share: f64, errors: Option<Errors>, slides: u64) -> [f64; 5] {
    let mut sums = [0u64; 5];
    for slide in 0..slides {
        let mut random = SplitMix64::keyed(&[slide, (share * 1000.0) as u64]);
        let mut measured = |(probability, cells): (f64, u64)| {
            let right = (0..cells)
                .filter(|_| f64::from(random.unit()) < probability)
                .count() as f64;
            let share = right / cells as f64;
            let standard_error = (share * (1.0 - share) / cells as f64).sqrt();
            MeasuredShare {
                share,
                standard_error,
                cells,
                subjects: 1_000_000,
            }
        };
        let performance = errors.map(|(sensitivity, specificity)| Performance {
            sensitivity: measured(sensitivity),
            specificity: measured(specificity),
        });
        let called = errors.map_or(share, |(a, b)| share * a.0 + (1.0 - share) * (1.0 - b.0));
        let facts = ClassifierFacts {
            performance,
            ..ClassifierFacts::of_labels(LabelSet::lymphoblast())
        };
        let mut tally = Tally::new(facts, ScreenSettings::default());
        let likely = |tally: &Tally| matches!(tally.summary().finding, Finding::BlastsLikely { .. });
        let (mut stopped, mut at_look) = (None, None);
        while tally.cells() < MOST {
            for _ in 0..ON_A_FIELD {
                let blast = f64::from(random.unit()) < called;
                tally.add_cells(Some(usize::from(!blast)), 1);
            }
            let cells = tally.cells();
            if stopped.is_none() && tally.is_settled(MOST) {
                stopped = Some((cells, likely(&tally)));
            }
            if at_look.is_none() && [100, 200, 400].contains(&cells) && likely(&tally) {
                at_look = Some((cells, true));
            }
        }
        let end = (MOST, likely(&tally));
        let (stopped, at_look) = (stopped.unwrap_or(end), at_look.unwrap_or(end));
        for (sum, part) in sums.iter_mut().zip([
            u64::from(end.1),
            u64::from(stopped.1),
            u64::from(at_look.1),
            stopped.0,
            at_look.0,
        ]) {
            *sum += part;
        }
    }
    let per = |sum: u64| sum as f64 / slides as f64;
    [
        per(sums[0]) * 100.0,
        per(sums[1]) * 100.0,
        per(sums[2]) * 100.0,
        per(sums[3]),
        per(sums[4]),
    ]
}
