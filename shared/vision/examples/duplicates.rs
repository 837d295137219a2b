//! How often a cell on overlapping fields is counted twice, and how often two cells are taken for one.
//!
//! Real fields of one size (`txl-pbc`, the training part) are blended into one large mosaic; windows wander over
//! it, half as long again as the fields, each overlapping the one before by 10 to 70 %, a little brighter or darker and with noise of their own.
//! Cells are what the finder finds; where each window lies is known, so that the same place is known too.
//!
//! `BLASTSCOPE_DATA=... cargo run --example duplicates [-- WALKS]`

use blastscope_shared::random::SplitMix64;
use blastscope_vision::find::{FinderSettings, find_cells};
use blastscope_vision::picture::{list_pictures, read_picture};
use blastscope_vision::raster::{Point, PreparedField};
use blastscope_vision::register::{Mosaics, RegistrationImage, SeenCell};
use image::{Rgb, RgbImage, imageops};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Fields across and down a mosaic.
const ACROSS: u32 = 6;
/// Pixels over which neighbours are blended.
const BLEND: u32 = 40;
/// Windows of a walk.
const WINDOWS: usize = 40;

fn main() -> anyhow::Result<()> {
    let Some(data) = std::env::var_os("BLASTSCOPE_DATA") else {
        println!("skipped: BLASTSCOPE_DATA not found");
        return Ok(());
    };
    let walks: u64 = std::env::args().nth(1).map_or(Ok(6), |n| n.parse())?;
    let folder = Path::new(&data).join("txl-pbc/images/train");
    let mut pictures = Vec::new();
    for path in list_pictures(&[folder]) {
        pictures.push(read_picture(&path?)?);
    }
    let mut total = Figures::default();
    for size in [(640, 480), (575, 575)] {
        let of_size: Vec<&RgbImage> = pictures.iter().filter(|p| p.dimensions() == size).collect();
        let mut figures = Figures::default();
        for walk in 0..walks {
            let mut random = SplitMix64::keyed(&[walk, u64::from(size.0)]);
            // Windows are larger than these fields, which show few cells whole.
            let window = (size.0 * 3 / 2, size.1 * 3 / 2);
            figures.add(&walk_over(
                &mosaic(&of_size, size, &mut random),
                window,
                &mut random,
            ));
        }
        println!(
            "windows on fields of {} x {} px: {}",
            size.0,
            size.1,
            figures.told()
        );
        total.add(&figures);
    }
    println!("all: {}", total.told());
    for size in [(640, 480), (575, 575), (360, 363), (416, 416)] {
        apart(&pictures, size);
    }
    println!("{}", blastscope_shared::DISCLAIMER);
    Ok(())
}

/// Fields of other places, one after the other: none should be laid over another, unless the collection itself
/// shows a place twice.
fn apart(pictures: &[RgbImage], size: (u32, u32)) {
    let mut register = Mosaics::new(16);
    let of_size = || pictures.iter().filter(|p| p.dimensions() == size);
    for picture in of_size() {
        let image = RegistrationImage::new(picture).map(Arc::new);
        register.see(None, image.as_ref(), &[]);
    }
    println!(
        "{} separate fields of {} x {} px, each against 16: {} laid over another",
        of_size().count(),
        size.0,
        size.1,
        register.overlapping()
    );
}

/// What happened to the cells of some walks.
#[derive(Debug, Default)]
struct Figures {
    windows: u64,
    /// Whole cells seen.
    seen: u64,
    /// Of them, those that an earlier window of the walk showed whole.
    seen_again: u64,
    /// Of these, those that were counted again.
    counted_twice: u64,
    /// Cells that no earlier window showed, and that were taken for a counted one.
    merged: u64,
    time: Duration,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        self.windows += other.windows;
        self.seen += other.seen;
        self.seen_again += other.seen_again;
        self.counted_twice += other.counted_twice;
        self.merged += other.merged;
        self.time += other.time;
    }

    fn told(&self) -> String {
        let percent = |part: u64, of: u64| 100.0 * part as f64 / of.max(1) as f64;
        format!(
            "{} windows, {} cells, {} of them seen before: {} counted twice ({:.2} %); {} others taken for one counted \
             before ({:.2} %); {:.1} ms a window",
            self.windows,
            self.seen,
            self.seen_again,
            self.counted_twice,
            percent(self.counted_twice, self.seen_again),
            self.merged,
            percent(self.merged, self.seen - self.seen_again),
            self.time.as_secs_f64() * 1e3 / self.windows.max(1) as f64
        )
    }
}

/// Fields side by side, each once, brought to one mean colour and blended at the seams.
fn mosaic(fields: &[&RgbImage], (w, h): (u32, u32), random: &mut SplitMix64) -> RgbImage {
    let mut order: Vec<&RgbImage> = fields.to_vec();
    random.shuffle(&mut order);
    let (step_x, step_y) = (w - BLEND, h - BLEND);
    let (width, height) = (ACROSS * step_x + BLEND, ACROSS * step_y + BLEND);
    let mut sums = vec![[0f32; 4]; (width * height) as usize];
    for (i, field) in (0..ACROSS * ACROSS).zip(&order) {
        let (left, top) = (i % ACROSS * step_x, i / ACROSS * step_y);
        let mut mean = [0f64; 3];
        field
            .pixels()
            .for_each(|p| (0..3).for_each(|c| mean[c] += f64::from(p[c])));
        let mean = mean.map(|m| (m / f64::from(w * h)) as f32);
        for (x, y, pixel) in field.enumerate_pixels() {
            let edge = (x + 1).min(w - x).min(y + 1).min(h - y).min(BLEND) as f32;
            let sum = &mut sums[((top + y) * width + left + x) as usize];
            for c in 0..3 {
                sum[c] += edge * (f32::from(pixel[c]) - mean[c] + [205.0, 190.0, 200.0][c]);
            }
            sum[3] += edge;
        }
    }
    RgbImage::from_fn(width, height, |x, y| {
        let sum = sums[(y * width + x) as usize];
        Rgb(std::array::from_fn(|c| {
            (sum[c] / sum[3].max(1.0)).clamp(0.0, 255.0) as u8
        }))
    })
}

/// A window somewhere that overlaps the one before by 10 to 70 % of its area.
fn next_window(at: (i64, i64), size: (u32, u32), of: &RgbImage, random: &mut SplitMix64) -> (i64, i64) {
    let (w, h) = (i64::from(size.0), i64::from(size.1));
    loop {
        let step = |random: &mut SplitMix64, side: i64| random.below(2 * side as usize + 1) as i64 - side;
        let (dx, dy) = (step(random, w), step(random, h));
        let overlap = (w - dx.abs()) as f64 * (h - dy.abs()) as f64 / (w * h) as f64;
        let (x, y) = (at.0 + dx, at.1 + dy);
        let inside =
            (0..=i64::from(of.width()) - w).contains(&x) && (0..=i64::from(of.height()) - h).contains(&y);
        if inside && (0.1..=0.7).contains(&overlap) {
            return (x, y);
        }
    }
}

fn walk_over(mosaic: &RgbImage, size: (u32, u32), random: &mut SplitMix64) -> Figures {
    let mut register = Mosaics::new(16);
    let mut figures = Figures::default();
    // Centre on the mosaic and diameter of every whole cell seen so far.
    let mut before: Vec<(Point, f32)> = Vec::new();
    let mut at = (
        i64::from(mosaic.width() / 2 - size.0 / 2),
        i64::from(mosaic.height() / 2 - size.1 / 2),
    );
    for _ in 0..WINDOWS {
        at = next_window(at, size, mosaic, random);
        let picture = shot(mosaic, at, size, random);
        let cells = cells_of(&picture);
        let started = Instant::now();
        let image = RegistrationImage::new(&picture).map(Arc::new);
        let seen = register.see(None, image.as_ref(), &cells);
        figures.time += started.elapsed();
        figures.windows += 1;
        let whole: Vec<(Point, f32)> = cells
            .iter()
            .filter(|c| c.classified)
            .map(|c| (c.centre + Point::new(at.0 as f32, at.1 as f32), c.diameter()))
            .collect();
        for ((centre, diameter), again) in whole.iter().zip(&seen.again) {
            let nearest = before
                .iter()
                .map(|(other, d)| centre.distance(*other) / ((diameter + d) / 2.0));
            let nearest = nearest.fold(f32::INFINITY, f32::min);
            figures.seen += 1;
            figures.seen_again += u64::from(nearest < 0.5);
            figures.counted_twice += u64::from(nearest < 0.5 && again.is_none());
            figures.merged += u64::from(nearest >= 0.5 && again.is_some());
        }
        before.extend(whole);
    }
    figures
}

/// The window as a camera sees it.
fn shot(mosaic: &RgbImage, at: (i64, i64), size: (u32, u32), random: &mut SplitMix64) -> RgbImage {
    let mut picture = imageops::crop_imm(mosaic, at.0 as u32, at.1 as u32, size.0, size.1).to_image();
    let gain = random.range(0.95, 1.05);
    for value in picture.iter_mut() {
        *value = (f32::from(*value) * gain + 2.0 * random.normal())
            .round()
            .clamp(0.0, 255.0) as u8;
    }
    picture
}

/// As the pipeline takes them: cells that the border cuts are rejected.
fn cells_of(picture: &RgbImage) -> Vec<SeenCell> {
    let found = find_cells(&PreparedField::new(picture), &FinderSettings::default());
    found.cells.iter().map(SeenCell::of).collect()
}
