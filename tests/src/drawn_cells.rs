//! Small procedural cells on black for tests: discs with texture, larger and redder in the first class.
//! Trained on by the trainer's own tests and end to end.

#![allow(clippy::unwrap_used)] // a test stops where it cannot go on

use blastscope_shared::random::SplitMix64;
use image::{Rgb, RgbImage};
use std::fs;
use std::path::{Path, PathBuf};

/// Subject ids of a drawn set: `A` or `H` and a number, with the number of cells of each.
pub type Subjects<'a> = &'a [(&'a str, usize)];

/// Four subjects of each class, of uneven size.
pub const EIGHT: Subjects<'static> = &[
    ("A1", 9),
    ("A2", 6),
    ("A3", 4),
    ("A10", 5),
    ("H1", 8),
    ("H2", 5),
    ("H3", 4),
    ("H10", 3),
];

/// One cell of a subject, 120 x 120.
pub fn draw_cell(subject: &str, number: usize) -> RgbImage {
    let first = subject.starts_with('A');
    let id: u64 = subject[1..].parse().unwrap();
    let mut random = SplitMix64::keyed(&[u64::from(first), id, number as u64]);
    let radius = if first { 33.0 } else { 26.0 } + random.range(-3.0, 3.0);
    let (cx, cy) = (random.range(50.0, 70.0), random.range(50.0, 70.0));
    let red = if first { 150.0 } else { 110.0 };
    RgbImage::from_fn(120, 120, |x, y| {
        let d = (x as f32 - cx).hypot(y as f32 - cy);
        if d > radius {
            return Rgb([0, 0, 0]);
        }
        let grain = random.range(-12.0, 12.0);
        let v = |base: f32| (base + grain - d * 0.5) as u8;
        Rgb([v(red), v(80.0), v(150.0)])
    })
}

/// `fold_0/{all,hem}/UID_….<extension>` for each subject. Returns the files of the cells.
pub fn draw_folders(root: &Path, subjects: Subjects<'_>, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (subject, count) in subjects {
        for number in 0..*count {
            let path = root.join(official_name(subject, number, extension));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            draw_cell(subject, number).save(&path).unwrap();
            files.push(path);
        }
    }
    files
}

/// `fold_0/all/UID_1_1_4_all.bmp`.
pub fn official_name(subject: &str, number: usize, extension: &str) -> String {
    let (label, id) = match subject.strip_prefix('A') {
        Some(id) => ("all", id),
        None => ("hem", subject),
    };
    format!("fold_0/{label}/UID_{id}_1_{number}_{label}.{extension}")
}
