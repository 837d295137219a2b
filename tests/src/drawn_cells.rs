//! A small data set in the official layout of C-NMC, drawn: discs on black, larger and redder in the
//! first class.

use anyhow::Result;
use blastscope_shared::random::SplitMix64;
use image::{Rgb, RgbImage};
use std::path::{Path, PathBuf};

/// One drawn cell, 450 x 450, as C-NMC has them.
pub fn draw_cell(blast: bool, random: &mut SplitMix64) -> RgbImage {
    let radius = random.range(-8.0, 8.0) + if blast { 108.0 } else { 84.0 };
    let (cx, cy) = (random.range(190.0, 260.0), random.range(190.0, 260.0));
    let (phase, bend) = (random.range(0.0, 6.0), random.range(0.0, 0.08));
    RgbImage::from_fn(450, 450, |x, y| {
        let (dx, dy) = (x as f32 - cx, y as f32 - cy);
        let edge = radius * (1.0 + bend * (3.0 * dy.atan2(dx) + phase).sin());
        if dx.hypot(dy) > edge {
            return Rgb([0, 0, 0]);
        }
        let grain = 14.0 * ((x as f32 * 0.21 + phase).sin() * (y as f32 * 0.17).cos());
        let value = |base: f32| (base + grain) as u8;
        Rgb([value(if blast { 120.0 } else { 95.0 }), value(60.0), value(130.0)])
    })
}

/// `fold_0/all/UID_1_1_4_all.png` and so on: `subjects` of each class with `cells` cells each.
/// Returns the files of the cells.
pub fn draw_data_set(folder: &Path, subjects: usize, cells: usize) -> Result<Vec<PathBuf>> {
    let mut random = SplitMix64::new(20);
    let mut files = Vec::new();
    for (label, prefix) in [("all", ""), ("hem", "H")] {
        let class = folder.join("fold_0").join(label);
        std::fs::create_dir_all(&class)?;
        for subject in 1..=subjects {
            for cell in 1..=cells {
                let file = class.join(format!("UID_{prefix}{subject}_1_{cell}_{label}.png"));
                draw_cell(label == "all", &mut random).save(&file)?;
                files.push(file);
            }
        }
    }
    Ok(files)
}
