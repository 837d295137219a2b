//! From frames to judged fields with their cells and scales.

use super::field::{CapturedFrame, FoundFrame};
use crate::Result;
use crate::in_order::in_order;
use crate::screen::Ruler;
use blastscope_vision::find::{FinderSettings, FoundField, find_cells};
use blastscope_vision::quality::{QualityReference, QualitySettings, measure};
use blastscope_vision::raster::PreparedField;
use blastscope_vision::stain::StainNormaliser;
use std::ops::ControlFlow;

/// Judges frames and finds their cells on `workers` threads, and hands them on in their order, each with its
/// scale: `given_nm`, else the frame's own, else that of its red cells. An unusable frame has no cells.
pub fn find_in_order(
    frames: impl Iterator<Item = CapturedFrame> + Send,
    workers: usize,
    finder: &FinderSettings,
    quality: &QualitySettings,
    given_nm: Option<u32>,
    mut stain: StainNormaliser,
    mut sink: impl FnMut(FoundFrame) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut slide = 0;
    let mut ruler = Ruler::default();
    let mut reference = QualityReference::default();
    in_order(
        workers,
        frames,
        || Ok(()),
        |(), captured| {
            let prepared = PreparedField::new(&captured.frame.image);
            let measures = measure(&prepared);
            // What is unusable on any slide needs no search; the slide's other fields may tell more later.
            let alone = QualityReference::default().judge(measures, quality);
            let found = match alone.is_usable() {
                true => find_cells(&prepared, finder),
                false => FoundField::default(),
            };
            (captured, alone.measures, found)
        },
        |(captured, measures, mut found)| {
            if captured.slide != slide {
                slide = captured.slide;
                ruler = Ruler::default();
                reference = QualityReference::default();
                stain.slide_changed();
            }
            let quality = reference.judge(measures, quality);
            if !quality.is_usable() {
                found = FoundField::default();
            }
            let scale = ruler.measure(given_nm.or(captured.frame.scale_nm), found.red_cell_diameter);
            if quality.is_usable() {
                ruler.note(scale);
            }
            let stain = match quality.is_usable() {
                true => stain.next(&captured.frame.image, &quality.measures, &found),
                false => None,
            };
            if scale.is_none() && !found.cells.is_empty() {
                tracing::warn!(
                    "{}: its scale cannot be known (too few red cells lie alone), its {} cells are rejected: \
                     give --scale-nm",
                    captured.frame.name,
                    found.cells.len()
                );
            }
            sink(FoundFrame {
                captured,
                quality,
                found,
                scale,
                stain,
            })
        },
    )
}
