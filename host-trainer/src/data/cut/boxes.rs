//! Boxes that people drew on a field, and which found cell each stands around.

use blastscope_vision::raster::Rect;

/// A box of a YOLO file, in pixels of its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LabelledBox {
    /// Number of its class.
    pub class: u32,
    /// Its place.
    pub place: Rect,
}

/// Least overlap of a found cell and the box that labels it, intersection over union.
const LEAST_OVERLAP: f64 = 0.4;

/// Reads the lines `class x y width height`, of which the middle and the size are shares of the picture.
pub(super) fn read_boxes(text: &str, width: u32, height: u32) -> Result<Vec<LabelledBox>, String> {
    let line = |(number, line): (usize, &str)| {
        let refuse =
            || format!("line {number}: give `class x y width height` in shares of the picture: {line:?}");
        let (class, rest) = line.trim().split_once(' ').ok_or_else(refuse)?;
        let shares = rest.split_whitespace().map(str::parse::<f64>);
        let shares: Vec<f64> = shares.collect::<Result<_, _>>().map_err(|_| refuse())?;
        let [x, y, w, h] = shares[..] else {
            return Err(refuse());
        };
        if !shares.iter().all(|s| (0.0..=1.0).contains(s)) {
            return Err(refuse());
        }
        let span = |middle: f64, side: f64, whole: u32| {
            let whole = f64::from(whole);
            let from = ((middle - side / 2.0) * whole).round().clamp(0.0, whole);
            let to = ((middle + side / 2.0) * whole).round().clamp(0.0, whole);
            (from as u32, (to - from) as u32)
        };
        let ((left, width), (top, height)) = (span(x, w, width), span(y, h, height));
        Ok(LabelledBox {
            class: class.parse().map_err(|_| refuse())?,
            place: Rect {
                left,
                top,
                width,
                height,
            },
        })
    };
    (1..)
        .zip(text.lines())
        .filter(|(_, l)| !l.trim().is_empty())
        .map(line)
        .filter(|b| !matches!(b, Ok(b) if b.place.width == 0 || b.place.height == 0))
        .collect()
}

/// Pixels that two boxes share.
pub(super) fn shared_area(a: &Rect, b: &Rect) -> u64 {
    let (across, down) = a.gap(b);
    let side = |gap: f32| if gap < 0.0 { (-gap) as u64 } else { 0 };
    side(across) * side(down)
}

/// Intersection over union of two boxes, 0 to 1.
pub(super) fn overlap(a: &Rect, b: &Rect) -> f64 {
    let area = |r: &Rect| u64::from(r.width) * u64::from(r.height);
    let shared = shared_area(a, b);
    shared as f64 / (area(a) + area(b) - shared).max(1) as f64
}

/// For each found cell the box that it belongs to: the largest overlaps first, each box and each cell once, none
/// under 0.4.
pub(super) fn matched(cells: &[Rect], boxes: &[Rect]) -> Vec<Option<usize>> {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (c, cell) in cells.iter().enumerate() {
        for (b, place) in boxes.iter().enumerate() {
            let overlap = overlap(cell, place);
            if overlap >= LEAST_OVERLAP {
                pairs.push((overlap, c, b));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut of_cell, mut taken) = (vec![None; cells.len()], vec![false; boxes.len()]);
    for (_, c, b) in pairs {
        if of_cell[c].is_none() && !taken[b] {
            of_cell[c] = Some(b);
            taken[b] = true;
        }
    }
    of_cell
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(left: u32, top: u32, width: u32, height: u32) -> Rect {
        Rect {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn boxes_are_read_in_pixels_and_bad_lines_are_named() {
        let boxes = read_boxes("0 0.5 0.25 0.5 0.1\n\n2 1 1 0.1 0.1\n", 100, 200).unwrap();
        assert_eq!(boxes[0].place, rect(25, 40, 50, 20));
        assert_eq!((boxes[1].class, boxes[1].place), (2, rect(95, 190, 5, 10)));
        for bad in [
            "0 0.5 0.5 0.5",
            "x 0.1 0.1 0.1 0.1",
            "0 0.1 0.1 1.5 0.1",
            "0 a b c d",
        ] {
            let text = format!("0 0.5 0.5 0.1 0.1\n{bad}");
            assert!(
                read_boxes(&text, 9, 9).unwrap_err().starts_with("line 2"),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_cell_takes_the_box_that_it_overlaps_most_and_each_box_serves_once() {
        let boxes = [rect(0, 0, 10, 10), rect(100, 100, 10, 10)];
        let cells = [rect(3, 0, 10, 10), rect(1, 0, 10, 10), rect(106, 106, 10, 10)];
        assert_eq!(matched(&cells, &boxes), [None, Some(0), None]);
        assert_eq!(shared_area(&cells[2], &boxes[1]), 16);
        assert_eq!(shared_area(&cells[0], &boxes[1]), 0);
    }
}
