//! From found cells to classified ones.

use super::field::{FoundFrame, RejectedCell, ScreenedCell, ScreenedField};
use crate::domain::{Cell, CellClass};
use crate::{Error, ErrorKind, Result};
use blastscope_inference::ClassifierWorker;
use blastscope_vision::crop::crop_found;
use blastscope_vision::find::FoundCell;
use blastscope_vision::register::{FieldLook, SeenCell};
use image::RgbImage;
use std::sync::Arc;

/// Classifies the cells of one field. Cells that its border cuts, and all cells of a field of unknown pixel size, are
/// rejected. `compared`: the field will be compared with others of its slide.
pub fn screen_field(
    worker: &mut ClassifierWorker,
    found: FoundFrame,
    compared: bool,
) -> Result<ScreenedField> {
    let frame = &found.frame;
    let (mut cells, mut rejected) = (Vec::new(), Vec::new());
    for cell in &found.found.cells {
        let screened = match found.pixel_size.filter(|_| !cell.touches_border) {
            None => None,
            Some(size) => match screen_cell(worker, &found, cell, size.nanometres_per_pixel) {
                Ok(screened) => Some(screened),
                // A failing network ends the device, a strange cell does not.
                Err(e) if e.kind() == ErrorKind::Network => return Err(e),
                Err(e) => {
                    tracing::warn!("{}: cell at {},{} rejected: {e}", frame.name, cell.x, cell.y);
                    None
                }
            },
        };
        match screened {
            Some(screened) => cells.push(screened),
            None => rejected.push(RejectedCell {
                corner: (cell.x, cell.y),
                mask: cell.mask.clone(),
                seen: seen(cell, false),
            }),
        }
    }
    let stage = frame.stage_um.zip(found.pixel_size).filter(|_| compared);
    let at_stage = stage.map(|([x, y], size)| {
        let pixels = |um: f64| (um * 1000.0 / f64::from(size.nanometres_per_pixel.max(1))) as f32;
        (pixels(x), pixels(y))
    });
    let look = if compared && at_stage.is_none() {
        FieldLook::new(&frame.image).map(Arc::new)
    } else {
        None
    };
    Ok(ScreenedField {
        look,
        at_stage,
        cells,
        rejected,
        quality: found.quality,
        pixel_size: found.pixel_size,
        stain: found.stain,
        resolved: 0,
        frame: found.frame,
    })
}

fn screen_cell(
    worker: &mut ClassifierWorker,
    found: &FoundFrame,
    cell: &FoundCell,
    nanometres_per_pixel: u32,
) -> Result<ScreenedCell> {
    let field: &RgbImage = &found.frame.image;
    let mut crop = crop_found(field, cell, nanometres_per_pixel, worker.classifier().input())?;
    if let Some(stain) = &found.stain {
        let refused =
            |e: blastscope_shared::Error| Error::new(ErrorKind::Picture, e.to_string()).with_source(e);
        crop = stain.apply(&crop).map_err(refused)?;
    }
    let verdict = worker.classify(&crop)?;
    let classifier = worker.classifier();
    Ok(ScreenedCell {
        class: verdict.class,
        mask: cell.mask.clone(),
        seen: seen(cell, true),
        again: None,
        cell: Cell {
            x: cell.x,
            y: cell.y,
            width: cell.width,
            height: cell.height,
            score: cell.score,
            class: CellClass::from(classifier.class_name(&verdict).to_owned()),
            decision: CellClass::from(classifier.decision_name(&verdict).to_owned()),
            probability: verdict.probabilities.first().copied().unwrap_or(0.0),
        },
    })
}

/// A cell as cells seen before are compared with it. `whole`: it was seen whole, and classified.
fn seen(cell: &FoundCell, whole: bool) -> SeenCell {
    let (x, y) = (cell.x as f32, cell.y as f32);
    let centre = cell.mask.centroid();
    SeenCell {
        centre: (x + centre.0, y + centre.1),
        bounds: [x, y, cell.width as f32, cell.height as f32],
        whole,
    }
}
