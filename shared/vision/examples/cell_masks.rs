//! Overlap of the outlined cell and of its nucleus with masks drawn by hand: Dice's coefficient over
//! `wbc-masks` (one cell a picture), mean, median and 10th percentile. A cell that is not found counts as 0.
//!
//! `BLASTSCOPE_DATA=... cargo run --release --example cell_masks [-- --each]`
//!
//! `NNN.image.png` is the picture, `NNN.mask.png` its mask: 0 background, 128 cytoplasm, 255 nucleus.

use anyhow::{Context, ensure};
use blastscope_vision::find::{FinderSettings, FoundCell, central_cell};
use blastscope_vision::picture::{list_pictures, read_picture};
use blastscope_vision::raster::Mask;
use image::RgbImage;
use std::path::Path;

/// Least grey value of cytoplasm and of nucleus on a mask.
const CYTOPLASM: u8 = 64;
const NUCLEUS: u8 = 192;

fn main() -> anyhow::Result<()> {
    let Some(data) = std::env::var_os("BLASTSCOPE_DATA") else {
        println!("skipped: BLASTSCOPE_DATA not found");
        return Ok(());
    };
    let each = std::env::args().any(|a| a == "--each");
    let (mut whole, mut nuclei, mut missed) = (Vec::new(), Vec::new(), 0);
    for path in list_pictures(&[Path::new(&data).join("wbc-masks")]) {
        let path = path?;
        let name = path.to_string_lossy();
        let Some(number) = name.strip_suffix(".image.png") else {
            continue;
        };
        let (picture, drawn) = (
            read_picture(&path)?,
            read_picture(Path::new(&format!("{number}.mask.png")))?,
        );
        ensure!(
            picture.dimensions() == drawn.dimensions(),
            "{name}: its mask has another size"
        );
        let cell = central_cell(&picture, &FinderSettings::default());
        missed += usize::from(cell.is_none());
        let of = |mask: fn(&FoundCell) -> &Mask, least: u8| {
            dice(cell.as_ref().map(|c| (c, mask(c))), &drawn, least)
        };
        whole.push(of(|c| &c.mask, CYTOPLASM));
        nuclei.push(of(|c| &c.nucleus, NUCLEUS));
        if let (true, Some(cell), Some(nucleus)) = (each, whole.last(), nuclei.last()) {
            println!("{name}: whole cell {cell:.3}, nucleus {nucleus:.3}");
        }
    }
    ensure!(!whole.is_empty(), "wbc-masks holds no NNN.image.png");
    println!("{} pictures, {missed} without a cell", whole.len());
    let cell = figures("whole cell", whole).context("no cells")?;
    let nucleus = figures("nucleus", nuclei).context("no nuclei")?;
    println!(
        "{}",
        serde_json::json!({"whole_cell_dice": cell, "nucleus_dice": nucleus})
    );
    println!("{}", blastscope_shared::DISCLAIMER);
    Ok(())
}

/// 2 |A and B| / (|A| + |B|) of a found mask, placed by the box of its cell, and the drawn pixels of at least `least`.
fn dice(found: Option<(&FoundCell, &Mask)>, drawn: &RgbImage, least: u8) -> f64 {
    let inside = |x: u32, y: u32| {
        found.is_some_and(|(cell, mask)| {
            let from = cell.bounds;
            let (Some(x), Some(y)) = (x.checked_sub(from.left), y.checked_sub(from.top)) else {
                return false;
            };
            x < mask.width && y < mask.height && mask.data[(y * mask.width + x) as usize] != 0
        })
    };
    let (mut both, mut sum) = (0u64, 0u64);
    for (x, y, pixel) in drawn.enumerate_pixels() {
        let (a, b) = (inside(x, y), pixel[0] >= least);
        both += u64::from(a && b);
        sum += u64::from(a) + u64::from(b);
    }
    if sum == 0 {
        return 1.0;
    }
    2.0 * both as f64 / sum as f64
}

/// Prints mean, median and 10th percentile; the mean. `None` of nothing.
fn figures(name: &str, mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let at = |share: f64| values.get((share * values.len() as f64) as usize).copied();
    let (median, low) = (at(0.5)?, at(0.1)?);
    println!("{name}: Dice {mean:.4} in the mean, median {median:.4}, 10th percentile {low:.4}");
    Some(mean)
}
