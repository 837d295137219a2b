//! The outline of a mask as a closed line.

use super::{Mask, Point};

/// Most points that an outline is drawn with.
const POINTS: usize = 48;

/// Middle points of the pixel edges around the part of the mask that its first pixel belongs to, thinned
/// evenly to at most 48. Empty for an empty mask.
pub fn contour(mask: &Mask) -> Vec<Point> {
    let (w, h) = (i64::from(mask.width), i64::from(mask.height));
    let inside = |x: i64, y: i64| {
        (0..w).contains(&x)
            && (0..h).contains(&y)
            && mask.data.get((y * w + x) as usize).is_some_and(|m| *m != 0)
    };
    let Some(first) = mask.data.iter().position(|m| *m != 0) else {
        return Vec::new();
    };
    let start = (first as i64 % w, first as i64 / w);
    // Walk along pixel edges with the inside to the right: east, south, west, north.
    const STEPS: [(i64, i64); 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];
    // The pixel ahead to the left of each direction, relative to the corner that is stood on.
    const LEFT: [(i64, i64); 4] = [(0, -1), (0, 0), (-1, 0), (-1, -1)];
    let (mut at, mut heading) = (start, 0);
    let mut edges = Vec::new();
    loop {
        let step = STEPS[heading];
        edges.push(Point::new(
            at.0 as f32 + step.0 as f32 / 2.0,
            at.1 as f32 + step.1 as f32 / 2.0,
        ));
        at = (at.0 + step.0, at.1 + step.1);
        let (left, right) = (LEFT[heading], LEFT[(heading + 1) % 4]);
        heading = match (
            inside(at.0 + left.0, at.1 + left.1),
            inside(at.0 + right.0, at.1 + right.1),
        ) {
            (true, _) => (heading + 3) % 4,
            (false, true) => heading,
            (false, false) => (heading + 1) % 4,
        };
        if at == start && heading == 0 {
            break;
        }
    }
    let count = edges.len().min(POINTS);
    (0..count).map(|i| edges[i * edges.len() / count]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(points: &[Point]) -> f32 {
        let next = points.iter().cycle().skip(1);
        points
            .iter()
            .zip(next)
            .map(|(a, b)| a.x * b.y - b.x * a.y)
            .sum::<f32>()
            / 2.0
    }

    #[test]
    fn one_pixel_has_four_edges() {
        let mask = Mask {
            width: 1,
            height: 1,
            data: vec![1],
        };
        let edges = [(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)];
        assert_eq!(contour(&mask), edges.map(|(x, y)| Point::new(x, y)));
        assert!(
            contour(&Mask {
                width: 1,
                height: 1,
                data: vec![0]
            })
            .is_empty()
        );
    }

    #[test]
    fn the_outline_of_a_disc_has_the_area_of_the_disc() {
        let inside = |i: u32| (i % 61).abs_diff(30).pow(2) + (i / 61).abs_diff(30).pow(2) <= 28 * 28;
        let data: Vec<u8> = (0..61 * 61).map(|i| u8::from(inside(i))).collect();
        let points = contour(&Mask {
            width: 61,
            height: 61,
            data: data.clone(),
        });
        let pixels: f32 = data.iter().map(|m| f32::from(*m)).sum();
        assert!(points.len() <= POINTS);
        assert!(
            (area(&points) / pixels - 1.0).abs() < 0.03,
            "{} for {pixels}",
            area(&points)
        );
    }

    #[test]
    fn pixels_that_touch_by_a_corner_do_not_trap_the_walk() {
        let mask = Mask {
            width: 3,
            height: 3,
            data: vec![1, 0, 1, 0, 1, 0, 1, 0, 1],
        };
        assert!(!contour(&mask).is_empty());
    }
}
