//! A field with what was found drawn on it, to be looked at.

use super::found::{FoundCell, FoundField};
use crate::raster::{Mask, Rect};
use image::{Rgb, RgbImage};

/// Around a whole cell.
const CELL: Rgb<u8> = Rgb([0, 110, 0]);
/// Around a cell that the border of the field cuts; broken, so that it is told without its colour.
const CUT: Rgb<u8> = Rgb([200, 70, 0]);
/// Around a nucleus; thin.
const NUCLEUS: Rgb<u8> = Rgb([0, 60, 255]);
const PAPER: Rgb<u8> = Rgb([255, 255, 255]);
/// Lines are this share of the longer side of the field wide.
const WIDTH: f32 = 1.0 / 320.0;
/// Length of the strokes and gaps of a broken line, line widths.
const DASH: u32 = 4;

/// Digits, three columns by five rows, the top row in the high bits.
const DIGITS: [u16; 10] = [
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_111_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_001_001_001,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
];

/// The field with an outline around every cell, broken where the border of the field cuts the cell, a thin one
/// around its nucleus, and at its top left its number, from 1 in the order of `found`.
pub fn annotated(field: &RgbImage, found: &FoundField) -> RgbImage {
    let mut picture = field.clone();
    let width = ((field.width().max(field.height()) as f32 * WIDTH) as u32).max(1);
    for cell in &found.cells {
        outline(&mut picture, cell, &cell.nucleus, 1, NUCLEUS, false);
        let colour = if cell.cut_by_border { CUT } else { CELL };
        outline(&mut picture, cell, &cell.mask, width, colour, cell.cut_by_border);
    }
    for (number, cell) in (1..).zip(&found.cells) {
        write_number(&mut picture, number, &cell.bounds, width);
    }
    picture
}

/// Draws the inner edge of a mask that lies in the box of a cell.
fn outline(picture: &mut RgbImage, cell: &FoundCell, mask: &Mask, width: u32, colour: Rgb<u8>, broken: bool) {
    let reach = width as i32;
    let inside = |x: i32, y: i32| {
        let (x, y) = (u32::try_from(x), u32::try_from(y));
        let (Ok(x), Ok(y)) = (x, y) else { return false };
        x < mask.width && y < mask.height && mask.data[y as usize * mask.width as usize + x as usize] != 0
    };
    for y in 0..mask.height as i32 {
        for x in 0..mask.width as i32 {
            let gap = broken && ((x + y) as u32 / (DASH * width)) % 2 == 1;
            if gap || !inside(x, y) {
                continue;
            }
            let edge = [(reach, 0), (-reach, 0), (0, reach), (0, -reach)]
                .iter()
                .any(|(dx, dy)| !inside(x + dx, y + dy));
            if edge {
                put(
                    picture,
                    cell.bounds.left + x as u32,
                    cell.bounds.top + y as u32,
                    colour,
                );
            }
        }
    }
}

fn write_number(picture: &mut RgbImage, number: u32, bounds: &Rect, width: u32) {
    let size = width + 1;
    for (place, digit) in number.to_string().bytes().enumerate() {
        let shape = DIGITS[usize::from(digit - b'0') % DIGITS.len()];
        let left = bounds.left + place as u32 * 4 * size;
        for row in 0..7 * size {
            for column in 0..5 * size {
                let (c, r) = ((column / size).checked_sub(1), (row / size).checked_sub(1));
                let ink = match (c, r) {
                    (Some(c @ 0..3), Some(r @ 0..5)) => shape >> (14 - (r * 3 + c)) & 1 == 1,
                    _ => false,
                };
                let colour = if ink { Rgb([0, 0, 0]) } else { PAPER };
                put(picture, left + column, bounds.top + row, colour);
            }
        }
    }
}

fn put(picture: &mut RgbImage, x: u32, y: u32, colour: Rgb<u8>) {
    if x < picture.width() && y < picture.height() {
        picture.put_pixel(x, y, colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(left: u32, top: u32, side: u32, cut_by_border: bool) -> FoundCell {
        let mask = Mask {
            width: side,
            height: side,
            data: vec![1; (side * side) as usize],
        };
        FoundCell {
            bounds: Rect {
                left,
                top,
                width: side,
                height: side,
            },
            score: 1.0,
            nucleus: Mask {
                data: vec![0; mask.data.len()],
                ..mask.clone()
            },
            mask,
            cut_by_border,
        }
    }

    #[test]
    fn whole_and_cut_cells_are_outlined_in_their_own_way() {
        let field = RgbImage::from_pixel(90, 60, PAPER);
        let found = FoundField {
            cells: vec![block(10, 10, 30, false), block(60, 30, 30, true)],
            red_cell_diameter: None,
        };
        let drawn = annotated(&field, &found);
        let count = |colour: Rgb<u8>| drawn.pixels().filter(|p| **p == colour).count();
        // The number hides the corner of an outline.
        assert!(count(CELL) > 80 && count(CELL) <= 4 * 29, "{}", count(CELL));
        assert!(count(CUT) > 30 && count(CUT) < 80, "{}", count(CUT));
        assert_eq!(drawn.get_pixel(25, 25), field.get_pixel(25, 25));
        // A number that does not fit is cut, not a panic.
        annotated(
            &RgbImage::new(1, 1),
            &FoundField {
                cells: vec![block(0, 0, 1, true)],
                red_cell_diameter: None,
            },
        );
    }
}
