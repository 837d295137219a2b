//! From frames to cells and scales.

use super::field::{CapturedFrame, FoundFrame};
use crate::Result;
use crate::classify::in_order;
use crate::find::{FinderSettings, find_cells};
use crate::screen::Ruler;
use std::ops::ControlFlow;

/// Finds the cells of frames on `workers` threads and hands them on in their order, each with its scale:
/// `given_nm`, else the frame's own, else that of its red cells.
pub fn find_in_order(
    frames: impl Iterator<Item = CapturedFrame> + Send,
    workers: usize,
    finder: &FinderSettings,
    given_nm: Option<u32>,
    mut sink: impl FnMut(FoundFrame) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut slide = 0;
    let mut ruler = Ruler::default();
    in_order(
        workers,
        frames,
        || Ok(()),
        |(), captured| {
            let found = find_cells(&captured.frame.image, finder);
            (captured, found)
        },
        |(captured, found)| {
            if captured.slide != slide {
                slide = captured.slide;
                ruler = Ruler::default();
            }
            let scale = ruler.measure(given_nm.or(captured.frame.scale_nm), found.red_cell_diameter);
            ruler.note(scale);
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
                found,
                scale,
            })
        },
    )
}
