//! From found cells to classified ones, with everything that is kept and shown of them.

use super::field::{FoundFrame, RejectedCell, ScreenedCell, ScreenedField};
use super::shown::{shown, unencoded};
use crate::in_order::in_order;
use crate::store::{ClassifiedCell, NewCell, NewField};
use crate::{Error, ErrorKind, Result};
use blastscope_inference::{Classifier, ClassifierWorker};
use blastscope_vision::crop::crop_found;
use blastscope_vision::find::FoundCell;
use blastscope_vision::raster::{Mask, PixelSize, Point, contour};
use blastscope_vision::register::{RegistrationImage, SeenCell};
use crossbeam_channel::{Receiver, Sender};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage, imageops};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Surroundings kept around a cell, share of its larger side.
const MARGIN: f32 = 0.25;

pub(super) fn run(
    found: Receiver<FoundFrame>,
    workers: usize,
    classifier: &Arc<Classifier>,
    compared: bool,
    screened: &Sender<ScreenedField>,
) -> Result<()> {
    in_order(
        workers,
        found.into_iter(),
        || Ok(classifier.worker()?),
        |worker, frame| screen_field(worker, &frame, compared),
        |field| {
            Ok(match screened.send(field?) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
        },
    )
}

/// Classifies the cells of one field. Cells that its border cuts, and all cells of a field of unknown
/// scale, are rejected. `compared`: the field will be compared with others of its slide.
pub fn screen_field(
    worker: &mut ClassifierWorker,
    found: &FoundFrame,
    compared: bool,
) -> Result<ScreenedField> {
    let frame = &found.captured.frame;
    let (mut cells, mut rejected) = (Vec::new(), Vec::new());
    for cell in &found.found.cells {
        let screened = match found.scale.filter(|_| !cell.cut_by_border) {
            None => None,
            Some(scale) => match screen_cell(worker, found, cell, PixelSize::new(scale.nanometres_per_pixel))
            {
                Ok(screened) => Some(screened),
                // A failing network ends the device, a strange cell does not.
                Err(e) if e.kind() == ErrorKind::Network => return Err(e),
                Err(e) => {
                    let Point { x, y } = cell.bounds.origin();
                    tracing::warn!("{}: cell at {x},{y} rejected: {e}", frame.name);
                    None
                }
            },
        };
        match screened {
            Some(screened) => cells.push(screened),
            None => rejected.push(RejectedCell {
                outline: contour_on_field(cell),
                seen: SeenCell {
                    classified: false,
                    ..SeenCell::of(cell)
                },
            }),
        }
    }
    let stage = frame.stage_um.zip(found.scale).filter(|_| compared);
    let at_stage = stage.map(|([x, y], scale)| {
        let pixels = |um: f64| (um * 1000.0 / f64::from(scale.nanometres_per_pixel.max(1))) as f32;
        Point::new(pixels(x), pixels(y))
    });
    let row = NewField {
        number: frame.number,
        name: frame.name.clone(),
        taken: frame.time,
        width: frame.image.width(),
        height: frame.image.height(),
        scale: found.scale,
        rejected: rejected.len() as u64,
        quality: found.quality.clone(),
        stain: found.stain,
        resolved: 0,
        picture: shown(&frame.image)?,
    };
    Ok(ScreenedField {
        slide: found.captured.slide,
        row,
        look: (compared && at_stage.is_none())
            .then(|| RegistrationImage::new(&frame.image))
            .flatten()
            .map(Arc::new),
        at_stage,
        cells,
        rejected,
    })
}

fn screen_cell(
    worker: &mut ClassifierWorker,
    found: &FoundFrame,
    cell: &FoundCell,
    pixel_size: PixelSize,
) -> Result<ScreenedCell> {
    let field = &found.captured.frame.image;
    let mut crop = crop_found(field, cell, pixel_size, worker.classifier().input())?;
    if let Some(stain) = &found.stain {
        let refused = |e: blastscope_shared::Error| Error::new(ErrorKind::Picture, e.to_string());
        crop = stain.apply(&crop).map_err(refused)?;
    }
    let verdict = worker.classify(&crop)?;
    let bounds = cell.bounds;
    let margin = (bounds.width.max(bounds.height) as f32 * MARGIN) as u32;
    let (left, top) = (
        bounds.left.saturating_sub(margin),
        bounds.top.saturating_sub(margin),
    );
    let right = (bounds.right() + margin).min(field.width());
    let bottom = (bounds.bottom() + margin).min(field.height());
    let around = imageops::crop_imm(field, left, top, right - left, bottom - top).to_image();
    Ok(ScreenedCell {
        class: verdict.class,
        outline: contour_on_field(cell),
        seen: SeenCell {
            classified: true,
            ..SeenCell::of(cell)
        },
        again: None,
        row: NewCell {
            cell: ClassifiedCell {
                x: bounds.left,
                y: bounds.top,
                width: bounds.width,
                height: bounds.height,
                score: cell.score,
                class: worker.classifier().class_name(&verdict).to_owned(),
                decision: worker.classifier().decision_name(&verdict).to_owned(),
                probability: verdict.probabilities.first().copied().unwrap_or(0.0),
            },
            mask: packed(&cell.mask),
            crop_x: left,
            crop_y: top,
            crop: png(&around)?,
            duplicate_of: None,
        },
    })
}

fn contour_on_field(cell: &FoundCell) -> Vec<Point> {
    let origin = cell.bounds.origin();
    contour(&cell.mask).into_iter().map(|p| p + origin).collect()
}

/// One bit a pixel, row-major, high bit first.
fn packed(mask: &Mask) -> Vec<u8> {
    let byte = |bits: &[u8]| {
        (0u8..)
            .zip(bits)
            .fold(0, |b, (i, m)| b | (u8::from(*m != 0) << (7 - i)))
    };
    mask.data.chunks(8).map(byte).collect()
}

fn png(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(
            picture.as_raw(),
            picture.width(),
            picture.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(unencoded)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_packed_row_by_row() {
        let mask = Mask {
            width: 5,
            height: 2,
            data: vec![1, 0, 0, 0, 1, 0, 1, 1, 1, 0],
        };
        assert_eq!(packed(&mask), [0b1000_1011, 0b1000_0000]);
    }
}
