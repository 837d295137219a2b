//! From found cells to classified ones.

use super::field::{FoundFrame, RejectedCell, ScreenedCell, ScreenedField};
use crate::domain::{Cell, CellClass};
use crate::{Error, ErrorKind, Result};
use blastscope_inference::ClassifierWorker;
use blastscope_vision::crop::crop_found;
use blastscope_vision::find::FoundCell;
use blastscope_vision::raster::{PixelSize, Point, Rect};
use blastscope_vision::register::{RegistrationImage, SeenCell};
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
        let screened = match found.pixel_size.filter(|_| !cell.cut_by_border) {
            None => None,
            Some(size) => match screen_cell(worker, &found, cell, size.size) {
                Ok(screened) => Some(screened),
                // A failing network ends the device, a strange cell does not.
                Err(e) if e.kind() == ErrorKind::Network => return Err(e),
                Err(e) => {
                    let Rect { left, top, .. } = cell.bounds;
                    tracing::warn!("{}: cell at {left},{top} rejected: {e}", frame.name);
                    None
                }
            },
        };
        match screened {
            Some(screened) => cells.push(screened),
            None => rejected.push(RejectedCell {
                bounds: cell.bounds,
                mask: cell.mask.clone(),
                seen: seen(cell, false),
            }),
        }
    }
    let stage = frame.stage.zip(found.pixel_size).filter(|_| compared);
    let at_stage = stage.map(|(stage, known)| {
        let pixels = |um: f64| (um * 1000.0 / f64::from(known.size.nanometres().max(1))) as f32;
        Point::new(pixels(stage.x_um), pixels(stage.y_um))
    });
    let registration = if compared && at_stage.is_none() {
        RegistrationImage::new(&frame.image).map(Arc::new)
    } else {
        None
    };
    Ok(ScreenedField {
        registration,
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
    pixel_size: PixelSize,
) -> Result<ScreenedCell> {
    let field: &RgbImage = &found.frame.image;
    let mut crop = crop_found(field, cell, pixel_size, worker.classifier().input())?;
    if let Some(stain) = &found.stain {
        let refused = |e: blastscope_shared::Error| Error::new(ErrorKind::Picture, e.to_string());
        crop = stain.apply(&crop).map_err(refused)?;
    }
    let verdict = worker.classify(&crop)?;
    let classifier = worker.classifier();
    let reported = verdict.probabilities.get(classifier.reported_label());
    Ok(ScreenedCell {
        class: verdict.class,
        mask: cell.mask.clone(),
        seen: seen(cell, true),
        again: None,
        cell: Cell {
            bounds: cell.bounds,
            score: cell.score,
            class: CellClass::from(classifier.class_name(&verdict).to_owned()),
            decision: CellClass::from(classifier.decision_name(&verdict).to_owned()),
            probability: reported.copied().unwrap_or(0.0),
            distance: verdict.distance.map(|d| d.min(f32::MAX)),
        },
    })
}

/// A cell as cells seen before are compared with it.
fn seen(cell: &FoundCell, classified: bool) -> SeenCell {
    SeenCell {
        classified,
        ..SeenCell::of(cell)
    }
}
