//! Time of the finder and of field quality alone: pictures are decoded first, then looked at round after round on
//! one thread. Printed are milliseconds of processor time a megapixel, the median of the rounds, and the same as JSON.
//!
//! `cargo run --release --example find_speed -- [--rounds N] [--what find|quality|both] [--serve] PATH...`
//!
//! `--rounds 0` only decodes: what is left when decoding is taken off a count of instructions. With `--serve` one
//! round is run for every line of standard input and answered by one line, so that a script can alternate contenders.

#[path = "support/processor_time.rs"]
mod processor_time;

use anyhow::{Context, bail};
use blastscope_vision::find::{FinderSettings, find_cells};
use blastscope_vision::picture::{list_pictures, read_picture};
use blastscope_vision::quality::measure;
use blastscope_vision::raster::PreparedField;
use image::RgbImage;
use processor_time::processor_seconds;
use std::hint::black_box;
use std::io::BufRead;
use std::path::PathBuf;

/// What a round looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Find,
    Quality,
    Both,
}

struct Options {
    rounds: usize,
    what: What,
    serve: bool,
    paths: Vec<PathBuf>,
}

impl Options {
    fn read() -> anyhow::Result<Self> {
        let mut options = Self {
            rounds: 5,
            what: What::Both,
            serve: false,
            paths: Vec::new(),
        };
        let mut arguments = std::env::args_os().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().and_then(|v| v.into_string().ok());
            match argument.to_str() {
                Some("--rounds") => {
                    let rounds = value().context("--rounds needs a number")?;
                    options.rounds = rounds.parse().with_context(|| format!("--rounds {rounds}"))?;
                }
                Some("--what") => {
                    options.what = match value().as_deref() {
                        Some("find") => What::Find,
                        Some("quality") => What::Quality,
                        Some("both") => What::Both,
                        _ => bail!("--what is find, quality or both"),
                    };
                }
                Some("--serve") => options.serve = true,
                _ => options.paths.push(argument.into()),
            }
        }
        if options.paths.is_empty() {
            bail!("give pictures, or folders with pictures");
        }
        Ok(options)
    }
}

/// Times of one round over all pictures, seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Round {
    find: f64,
    quality: f64,
    cells: usize,
}

fn main() -> anyhow::Result<()> {
    let options = Options::read()?;
    let mut pictures = Vec::new();
    for path in list_pictures(&options.paths) {
        pictures.push(read_picture(&path?)?);
    }
    let pixels: f64 = pictures
        .iter()
        .map(|p| f64::from(p.width()) * f64::from(p.height()))
        .sum();
    let megapixels = pixels / 1e6;
    if options.serve {
        println!(
            "{}",
            serde_json::json!({"pictures": pictures.len(), "megapixels": megapixels})
        );
        for line in std::io::stdin().lock().lines() {
            line.context("standard input cannot be read")?;
            println!("{}", told(&[round(&pictures, options.what)], megapixels));
        }
        return Ok(());
    }
    let rounds: Vec<Round> = (0..options.rounds)
        .map(|_| round(&pictures, options.what))
        .collect();
    let answer = told(&rounds, megapixels);
    println!(
        "{} pictures, {megapixels:.2} megapixels, {} rounds",
        pictures.len(),
        rounds.len()
    );
    for name in ["find", "quality"] {
        if let Some(ms) = answer[format!("{name}_ms_per_megapixel")].as_f64() {
            println!("{name}: {ms:.2} ms a megapixel, one thread");
        }
    }
    println!("{answer}");
    println!("{}", blastscope_shared::DISCLAIMER);
    Ok(())
}

/// Finds and judges in every picture once.
fn round(pictures: &[RgbImage], what: What) -> Round {
    let settings = FinderSettings::default();
    let mut round = Round::default();
    if what != What::Quality {
        let started = processor_seconds();
        for picture in pictures {
            round.cells += black_box(find_cells(&PreparedField::new(black_box(picture)), &settings))
                .cells
                .len();
        }
        round.find = processor_seconds() - started;
    }
    if what != What::Find {
        let started = processor_seconds();
        for picture in pictures {
            black_box(measure(&PreparedField::new(black_box(picture))));
        }
        round.quality = processor_seconds() - started;
    }
    round
}

fn told(rounds: &[Round], megapixels: f64) -> serde_json::Value {
    let median = |of: fn(&Round) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).filter(|v| *v > 0.0).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.get(values.len() / 2).copied();
        middle.map(|seconds| 1e3 * seconds / megapixels.max(1e-9))
    };
    serde_json::json!({
        "find_ms_per_megapixel": median(|r| r.find),
        "quality_ms_per_megapixel": median(|r| r.quality),
        "cells": rounds.first().map(|r| r.cells),
        "megapixels": megapixels,
        "rounds": rounds.len(),
    })
}
