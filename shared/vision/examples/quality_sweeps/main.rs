//! Where the verdict on a field flips: real fields, blurred, moved, lit and thickened step by step.
//!
//!     BLASTSCOPE_DATA=… cargo run --example quality_sweeps -- [train|val] [CURVE.svg]
//!
//! Prints the verdicts on the fields of `txl-pbc` as they are, and for `train` the sweeps and their picture.
//! Fields of one size are of one microscope and are judged as one slide.

mod chart;
mod sweeps;

use anyhow::{Context, bail};
use blastscope_vision::picture::{list_pictures, read_picture};
use blastscope_vision::quality::{FieldQuality, FieldVerdict, QualityReference, QualitySettings, measure};
use blastscope_vision::raster::PreparedField;
use image::RgbImage;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Fields of a microscope that are swept, and those that its reference is made of before.
const SWEPT: usize = 12;
const SEEN_BEFORE: usize = 20;
/// Microscopes with fewer fields tell nothing.
const LEAST_FIELDS: usize = 20;

type Sources = BTreeMap<String, Vec<RgbImage>>;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let split = arguments.next().unwrap_or_else(|| "train".to_owned());
    let Some(data) = std::env::var_os("BLASTSCOPE_DATA").map(PathBuf::from) else {
        bail!("BLASTSCOPE_DATA is not set: name the folder that holds txl-pbc");
    };
    let folder = data.join("txl-pbc/images").join(&split);
    let sources = read(&folder)?;
    verdicts_as_they_are(&sources);
    if split != "train" {
        return Ok(());
    }
    let curves = sweeps::all()
        .into_iter()
        .map(|sweep| {
            println!("\n{} ({})", sweep.name, sweep.unit);
            println!(
                "| source | {} |",
                join(sweep.steps.iter().map(|s| format!("{s}")))
            );
            let lines = sources.iter().filter(|(_, f)| f.len() >= LEAST_FIELDS);
            let lines = lines.map(|(name, fields)| {
                let line = sweep_source(&sweep, fields);
                println!(
                    "| {name} | {} |",
                    join(line.iter().map(|s| format!("{:.0}/{:.0}", s.good, s.counted)))
                );
                (name.clone(), line)
            });
            let lines: Vec<_> = lines.collect();
            (sweep, lines)
        })
        .collect::<Vec<_>>();
    println!("\nEvery entry: percent good / percent counted (good or usable).");
    if let Some(path) = arguments.next() {
        std::fs::write(&path, chart::draw(&curves)).with_context(|| format!("{path}: cannot be written"))?;
    }
    Ok(())
}

/// A microscope with its shares, step by step.
pub type Line = (String, Vec<Shares>);

/// Percent of the fields of one step.
pub struct Shares {
    /// FieldVerdict good.
    pub good: f64,
    /// Good or usable.
    pub counted: f64,
}

fn join(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(" | ")
}

fn read(folder: &std::path::Path) -> anyhow::Result<Sources> {
    let mut sources = Sources::new();
    for path in list_pictures(&[folder.to_owned()]) {
        let field = read_picture(&path?)?;
        let name = format!("{}x{}", field.width(), field.height());
        sources.entry(name).or_default().push(field);
    }
    Ok(sources)
}

fn verdicts_as_they_are(sources: &Sources) {
    let settings = QualitySettings::default();
    println!("| source | fields | good | usable | unusable | reasons |\n|---|---|---|---|---|---|");
    let mut total = [0usize; 3];
    let started = std::time::Instant::now();
    for (name, fields) in sources {
        let mut reference = QualityReference::default();
        let judged: Vec<FieldQuality> = fields
            .iter()
            .map(|f| reference.judge(measure(&PreparedField::new(f)), &settings))
            .collect();
        let counts = FieldVerdict::ALL.map(|v| judged.iter().filter(|q| q.verdict == v).count());
        total.iter_mut().zip(counts).for_each(|(t, c)| *t += c);
        let mut reasons = BTreeMap::new();
        for quality in &judged {
            for reason in &quality.reasons {
                let grave = if quality.is_usable() { "" } else { "!" };
                let word = reason.code();
                *reasons.entry(format!("{word}{grave}")).or_insert(0) += 1;
            }
        }
        let [good, usable, unusable] = counts;
        println!(
            "| {name} | {} | {good} | {usable} | {unusable} | {reasons:?} |",
            fields.len()
        );
    }
    let pixels: u64 = sources
        .values()
        .flatten()
        .map(|f| u64::from(f.width()) * u64::from(f.height()))
        .sum();
    let milliseconds = started.elapsed().as_secs_f64() * 1e3;
    println!(
        "{:.2} ms a megapixel, one thread",
        milliseconds / (pixels as f64 / 1e6)
    );
    let all: usize = total.iter().sum();
    let percent = |n: usize| 100.0 * n as f64 / all.max(1) as f64;
    let [good, usable, unusable] = total;
    println!(
        "all {all} fields: good {:.2} %, usable {:.2} %, unusable {:.2} %",
        percent(good),
        percent(usable),
        percent(unusable)
    );
}

/// Evenly spread fields of one microscope through all steps of a sweep.
fn sweep_source(sweep: &sweeps::Sweep, fields: &[RgbImage]) -> Vec<Shares> {
    let settings = QualitySettings::default();
    let mut reference = QualityReference::default();
    for field in fields.iter().take(SEEN_BEFORE) {
        reference.judge(measure(&PreparedField::new(field)), &settings);
    }
    let chosen: Vec<&RgbImage> = (0..SWEPT).map(|i| &fields[i * fields.len() / SWEPT]).collect();
    let step = |step: &f32| {
        let verdicts = chosen.iter().enumerate().map(|(i, field)| {
            let changed = (sweep.change)(field, *step, i);
            reference
                .clone()
                .judge(measure(&PreparedField::new(&changed)), &settings)
                .verdict
        });
        let verdicts: Vec<FieldVerdict> = verdicts.collect();
        let percent = |up_to: FieldVerdict| {
            100.0 * verdicts.iter().filter(|v| **v <= up_to).count() as f64 / verdicts.len() as f64
        };
        Shares {
            good: percent(FieldVerdict::Good),
            counted: percent(FieldVerdict::Usable),
        }
    };
    sweep.steps.iter().map(step).collect()
}
