//! From frames to judged fields with their cells and pixel sizes.

use super::field::FoundFrame;
use crate::Result;
use crate::capture::Frame;
use crate::in_order::in_order;
use crate::screen::{CountingSettings, PixelSizeEstimator};
use crate::session::InBand;
use blastscope_vision::find::{FoundField, find_cells};
use blastscope_vision::quality::{Measures, QualityReference, measure};
use blastscope_vision::raster::PreparedField;
use blastscope_vision::stain::StainNormaliser;
use std::ops::ControlFlow;

/// Judges frames and finds their cells on `workers` threads, and hands them on in their order, each with its pixel size:
/// that of the settings, else the frame's own, else that of its red cells. An unusable frame has no cells.
pub(super) fn find_in_order(
    frames: impl Iterator<Item = InBand<Frame>> + Send,
    workers: usize,
    settings: &CountingSettings,
    stain: StainNormaliser,
    mut sink: impl FnMut(InBand<FoundFrame>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut slide = SlideSoFar::new(stain);
    in_order(
        workers,
        frames,
        || Ok(()),
        |(), passing| match passing {
            InBand::Slide(change) => InBand::Slide(change),
            InBand::Field(frame) => {
                let prepared = PreparedField::new(&frame.image);
                let measures = measure(&prepared);
                // What is unusable on any slide needs no search; the slide's other fields may tell more later.
                let alone = QualityReference::default().judge(measures, &settings.quality);
                let found = if alone.is_usable() {
                    find_cells(&prepared, &settings.finder)
                } else {
                    FoundField::default()
                };
                InBand::Field((frame, alone.measures, found))
            }
        },
        |passing| {
            sink(match passing {
                InBand::Slide(change) => {
                    slide.changed();
                    InBand::Slide(change)
                }
                InBand::Field((frame, measures, found)) => {
                    InBand::Field(slide.next(frame, measures, found, settings))
                }
            })
        },
    )
}

/// What the fields of a slide have shown, for those that follow.
struct SlideSoFar {
    pixel_size: PixelSizeEstimator,
    reference: QualityReference,
    stain: StainNormaliser,
}

impl SlideSoFar {
    fn new(stain: StainNormaliser) -> Self {
        Self {
            pixel_size: PixelSizeEstimator::default(),
            reference: QualityReference::default(),
            stain,
        }
    }

    fn changed(&mut self) {
        self.pixel_size = PixelSizeEstimator::default();
        self.reference = QualityReference::default();
        self.stain.slide_changed();
    }

    fn next(
        &mut self,
        frame: Frame,
        measures: Measures,
        found: FoundField,
        settings: &CountingSettings,
    ) -> FoundFrame {
        let quality = self.reference.judge(measures, &settings.quality);
        let found = if quality.is_usable() {
            found
        } else {
            FoundField::default()
        };
        let given = settings.scale_nm.or(frame.pixel_size);
        let pixel_size = self.pixel_size.measure(given, found.red_cell_diameter);
        let mut stain = None;
        if quality.is_usable() {
            self.pixel_size.note(pixel_size);
            stain = self.stain.next(&frame.image, &quality.measures, &found);
        }
        if pixel_size.is_none() && !found.cells.is_empty() {
            tracing::warn!(
                "{}: its pixel size cannot be known (too few red cells lie alone), its {} cells are rejected: give \
                 --scale-nm",
                frame.name,
                found.cells.len()
            );
        }
        FoundFrame {
            frame,
            quality,
            found,
            pixel_size,
            stain,
        }
    }
}
