//! Drawn cells whose outputs a package carries: a package holds nobody's pictures.

use crate::Error;
use blastscope_shared::preprocess::{
    CNMC_NANOMETRES_PER_PIXEL, CellCrop, CellMask, Framing, InputSpec, RgbView, crop_cell, whole_picture,
};
use blastscope_shared::random::SplitMix64;

/// Side of a drawn picture, pixels, as in C-NMC.
const SIDE: u32 = 450;

/// `count` cells that never change: round to lobed, 8 to 15 µm across, with grainy purple nuclei, brought
/// to the network's input on the one pixel path; on a pale ground where whole pictures are judged.
pub(crate) fn golden_cells(spec: &InputSpec, count: usize) -> Result<Vec<CellCrop>, Error> {
    (0..count)
        .map(|i| draw(&mut SplitMix64::keyed(&[0x60_1d, i as u64]), spec))
        .collect()
}

fn draw(random: &mut SplitMix64, spec: &InputSpec) -> Result<CellCrop, Error> {
    let radius = random.range(75.0, 135.0);
    let centre = [random.range(200.0, 250.0), random.range(200.0, 250.0)];
    let (bend, phase) = (random.range(0.0, 0.1), random.range(0.0, 6.0));
    let colour = [
        random.range(70.0, 130.0),
        random.range(30.0, 80.0),
        random.range(100.0, 150.0),
    ];
    let grain = random.range(4.0, 20.0);
    let ground = match spec.framing {
        Framing::MaskedCell => [0.0; 3],
        Framing::WholePicture => [226.0, 208.0, 222.0],
    };
    let (mut pixels, mut mask) = (Vec::new(), Vec::new());
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (dx, dy) = (x as f32 - centre[0], y as f32 - centre[1]);
            let edge = radius * (1.0 + bend * (3.0 * dy.atan2(dx) + phase).sin());
            let inside = dx.hypot(dy) <= edge;
            mask.push(u8::from(inside));
            let noise =
                grain * random.range(-1.0, 1.0) + grain * (0.15 * dx).sin() * (0.13 * dy + phase).cos();
            pixels.extend(colour.iter().zip(ground).map(|(c, ground)| {
                if inside {
                    (c + noise).clamp(30.0, 255.0) as u8
                } else {
                    ground as u8
                }
            }));
        }
    }
    let picture = RgbView::new(SIDE, SIDE, &pixels)?;
    if spec.framing == Framing::WholePicture {
        return Ok(whole_picture(picture, spec)?);
    }
    let mask = CellMask::new(SIDE, SIDE, mask)?;
    Ok(crop_cell(picture, &mask, CNMC_NANOMETRES_PER_PIXEL, spec)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_cells_are_the_same_every_time_and_unlike_each_other() {
        for spec in [InputSpec::masked_cell(96, 220), InputSpec::whole_picture(96, 220)] {
            let cells = golden_cells(&spec, 16).unwrap();
            assert_eq!(cells, golden_cells(&spec, 16).unwrap());
            for (i, cell) in cells.iter().enumerate() {
                let lit = cell.planes().iter().filter(|v| **v > 0).count();
                assert!(lit > 2_000, "cell {i}: {lit}");
                assert_eq!(lit == 3 * 96 * 96, spec.framing == Framing::WholePicture);
                assert!(cells[..i].iter().all(|other| other != cell));
            }
        }
    }
}
