//! How often the 95 % intervals of a slide hold the truth: Wilson's for the share of cells called blasts, exactly;
//! the one corrected for the errors of the classifier, by simulation of cells and of the classifier's measurement.
//!
//! `cargo run --example interval_coverage [-- SLIDES]`

use blastscope_shared::metrics::{MeasuredShare, Performance, prevalence, wilson};
use blastscope_shared::random::SplitMix64;

const CELLS: [u64; 4] = [50, 100, 200, 400];
const SHARES: [f64; 12] = [0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

fn main() -> anyhow::Result<()> {
    let slides: u64 = std::env::args().nth(1).map_or(Ok(1000), |n| n.parse())?;
    println!("Wilson, exactly, percent");
    header();
    for n in CELLS {
        row(&format!("{n} cells, at the share"), SHARES.map(|p| exact(n, p)));
        let around = SHARES.map(|p| {
            let near = (-50..=50).map(|i| p + f64::from(i) / 1000.0).filter(|p| *p > 0.0);
            mean(&near.map(|p| exact(n, p)).collect::<Vec<_>>())
        });
        row(&format!("{n} cells, mean within 0.05"), around);
    }
    for (sensitivity, specificity) in [
        ((0.90, 150), (0.60, 60)),
        ((0.85, 60), (0.80, 30)),
        ((0.80, 25), (0.70, 12)),
        ((0.97, 200), (0.97, 100)),
    ] {
        println!(
            "corrected: sensitivity {} of {} independent cells, specificity {} of {}; {slides} slides, percent",
            sensitivity.0, sensitivity.1, specificity.0, specificity.1
        );
        header();
        for n in CELLS {
            let held = SHARES.map(|p| simulated(n, p, sensitivity, specificity, slides));
            row(&format!("{n} cells"), held);
        }
    }
    Ok(())
}

fn header() {
    let shares = SHARES.map(|p| format!("{p:6}"));
    println!("{:30}{}   mean", "share", shares.concat());
}

fn row(name: &str, held: [f64; 12]) {
    let cells = held.map(|h| format!("{:6.1}", 100.0 * h));
    println!("{name:30}{} {:6.1}", cells.concat(), 100.0 * mean(&held));
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Probability that Wilson's interval holds the share, over all counts.
fn exact(n: u64, share: f64) -> f64 {
    // The interval is the same from either end, and the first term must not vanish.
    let share = share.min(1.0 - share);
    let odds = share / (1.0 - share);
    let (mut probability, mut held) = ((1.0 - share).powf(n as f64), 0.0);
    for hits in 0..=n {
        let i = wilson(hits, n);
        if i.low <= share && share <= i.high {
            held += probability;
        }
        probability *= odds * (n - hits) as f64 / (hits + 1) as f64;
    }
    held
}

/// A share measured on so many independent cells.
fn measured(right: u64, cells: u64) -> MeasuredShare {
    let share = right as f64 / cells as f64;
    MeasuredShare {
        share,
        standard_error: (share * (1.0 - share) / cells as f64).sqrt(),
        cells,
        subjects: 1_000_000,
    }
}

fn simulated(n: u64, share: f64, sensitivity: (f64, u64), specificity: (f64, u64), slides: u64) -> f64 {
    let mut random = SplitMix64::keyed(&[n, (share * 1000.0) as u64, sensitivity.1, specificity.1]);
    let mut count =
        |probability: f64, of: u64| (0..of).filter(|_| f64::from(random.unit()) < probability).count() as u64;
    let called = share * sensitivity.0 + (1.0 - share) * (1.0 - specificity.0);
    let mut held = 0u64;
    for _ in 0..slides {
        let performance = Performance {
            sensitivity: measured(count(sensitivity.0, sensitivity.1), sensitivity.1),
            specificity: measured(count(specificity.0, specificity.1), specificity.1),
        };
        let i = prevalence(count(called, n), n, &performance).interval;
        held += u64::from(i.low <= share && share <= i.high);
    }
    held as f64 / slides as f64
}
