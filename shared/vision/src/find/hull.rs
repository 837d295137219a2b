//! Convex hull of an outline (Andrew 1979), and how much of it the outline fills.

use crate::raster::Point;

/// Area of a closed polygon, square pixels (the shoelace formula).
pub(super) fn area(points: &[Point]) -> f32 {
    let next = points.iter().skip(1).chain(points.first());
    let doubled: f32 = points.iter().zip(next).map(|(a, b)| a.x * b.y - b.x * a.y).sum();
    doubled.abs() / 2.0
}

/// Share of its convex hull that a closed polygon covers, 0..1; 1 for a convex one, and for one without area.
pub(super) fn solidity(points: &[Point]) -> f32 {
    let hull = area(&convex_hull(points));
    if hull > 0.0 {
        (area(points) / hull).min(1.0)
    } else {
        1.0
    }
}

fn convex_hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let mut hull = half(sorted.iter());
    hull.pop();
    let mut upper = half(sorted.iter().rev());
    upper.pop();
    hull.append(&mut upper);
    hull
}

/// One side of the hull of points in order.
fn half<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<Point> {
    let mut side: Vec<Point> = Vec::new();
    for &p in points {
        while let [.., a, b] = side[..] {
            if (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) > 0.0 {
                break;
            }
            side.pop();
        }
        side.push(p);
    }
    side
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_fills_its_hull_and_an_l_does_not() {
        let square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)].map(|(x, y)| Point::new(x, y));
        assert_eq!((area(&square), solidity(&square)), (16.0, 1.0));
        let l = [
            (0.0, 0.0),
            (4.0, 0.0),
            (4.0, 2.0),
            (2.0, 2.0),
            (2.0, 4.0),
            (0.0, 4.0),
        ]
        .map(|(x, y)| Point::new(x, y));
        assert!((solidity(&l) - 12.0 / 14.0).abs() < 1e-6);
        assert_eq!(solidity(&[Point::new(1.0, 1.0)]), 1.0);
        assert_eq!(solidity(&[]), 1.0);
    }
}
