use serde::{Deserialize, Serialize};

/// What comes in from outside a crop that was moved, turned or shrunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Fill {
    /// Black, as outside a masked cell.
    #[default]
    Black,
    /// The nearest pixel of the edge; on masked cells the edge is black as well.
    Nearest,
}

impl Fill {
    /// The place in 0..side that stands for `at`, if any does.
    pub(crate) fn place(self, at: i64, side: i64) -> Option<usize> {
        match self {
            Self::Black => (0..side).contains(&at).then_some(at as usize),
            Self::Nearest => Some(at.clamp(0, side - 1) as usize),
        }
    }
}

/// From an offset to the centre of the result to that in the crop: rows x and y.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placement([[f32; 2]; 2]);

impl Placement {
    /// Turned by an angle and magnified.
    pub(crate) fn turned(angle: f32, magnified: f32) -> Self {
        let (sin, cos) = (angle.sin() / magnified, angle.cos() / magnified);
        Self([[cos, sin], [-sin, cos]])
    }

    /// Turned by quarters, to the bit.
    pub(crate) fn of_quarters(turns: usize) -> Self {
        Self(match turns {
            0 => [[1.0, 0.0], [0.0, 1.0]],
            1 => [[0.0, 1.0], [-1.0, 0.0]],
            2 => [[-1.0, 0.0], [0.0, -1.0]],
            _ => [[0.0, -1.0], [1.0, 0.0]],
        })
    }

    /// The rows x and y.
    pub(crate) fn rows(self) -> [[f32; 2]; 2] {
        self.0
    }

    /// This after another map.
    pub(crate) fn then(self, [[a, b], [c, d]]: [[f32; 2]; 2]) -> Self {
        Self(self.0.map(|[x, y]| [x * a + y * c, x * b + y * d]))
    }

    /// Left and right, top and bottom of the crop swapped.
    pub(crate) fn mirrored(self, [across, down]: [bool; 2]) -> Self {
        let sign = |swap: bool| if swap { -1.0 } else { 1.0 };
        let [x, y] = self.0;
        Self([x.map(|v| sign(across) * v), y.map(|v| sign(down) * v)])
    }
}

/// Mirrors, turns by quarters and moves by whole pixels.
pub(crate) fn rearrange(
    planes: &[u8],
    size: usize,
    mirror: [bool; 2],
    turns: usize,
    shift: [i64; 2],
    fill: Fill,
    out: &mut [u8],
) {
    let (n, last) = (size * size, size as i64 - 1);
    for y in 0..size {
        for x in 0..size {
            let place = |at: usize, shift: i64| fill.place(at as i64 - shift, size as i64);
            let source = place(x, shift[0]).zip(place(y, shift[1])).map(|(u, v)| {
                let (u, v) = (u as i64, v as i64);
                let (u, v) = match turns {
                    0 => (u, v),
                    1 => (v, last - u),
                    2 => (last - u, last - v),
                    _ => (last - v, u),
                };
                let u = if mirror[0] { last - u } else { u };
                let v = if mirror[1] { last - v } else { v };
                v as usize * size + u as usize
            });
            for c in 0..3 {
                out[c * n + y * size + x] = source.map_or(0, |i| planes[c * n + i]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::augment::Augmentation;
    use blastscope_shared::random::SplitMix64;

    const SIDE: usize = 32;

    /// A ramp along x in R and along y in G; nowhere black.
    fn ramp() -> Vec<u8> {
        let plane =
            |value: fn(usize, usize) -> usize| (0..SIDE * SIDE).map(move |i| value(i % SIDE, i / SIDE) as u8);
        plane(|x, _| 40 + 4 * x)
            .chain(plane(|_, y| 40 + 4 * y))
            .chain(plane(|_, _| 90))
            .collect()
    }

    fn apply(augmentation: &Augmentation, seed: u64) -> Vec<u8> {
        let mut out = vec![0; 3 * SIDE * SIDE];
        augmentation.apply(&ramp(), SIDE, &mut SplitMix64::new(seed), &mut out);
        out
    }

    /// How much a plane rises a pixel along x and along y about the middle, and its value there.
    fn slopes(planes: &[u8], plane: usize) -> [f32; 3] {
        let at = |x: usize, y: usize| f32::from(planes[plane * SIDE * SIDE + y * SIDE + x]);
        [
            (at(19, 16) - at(12, 16)) / 7.0,
            (at(16, 19) - at(16, 12)) / 7.0,
            at(16, 16),
        ]
    }

    #[test]
    fn mirrors_along_each_axis_are_apart() {
        let across = Augmentation {
            flip_horizontal: true,
            ..Default::default()
        };
        let down = Augmentation {
            flip_vertical: true,
            ..Default::default()
        };
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..40 {
            let (a, d) = (apply(&across, seed), apply(&down, seed));
            let [x, y, _] = slopes(&a, 0);
            assert_eq!((x.abs(), y), (4.0, 0.0));
            assert_eq!(slopes(&a, 1)[1], 4.0, "up stays up");
            assert_eq!(slopes(&d, 0)[0], 4.0, "left stays left");
            seen.insert((a == ramp(), d == ramp()));
        }
        assert!(seen.contains(&(true, true)) && seen.contains(&(false, false)));
    }

    #[test]
    fn a_turn_stays_within_its_degrees_and_reaches_them() {
        let turn = Augmentation {
            rotation_degrees: 30.0,
            ..Default::default()
        };
        let angles: Vec<f32> = (0..200)
            .map(|seed| {
                let [x, y, _] = slopes(&apply(&turn, seed), 0);
                y.atan2(x).to_degrees()
            })
            .collect();
        assert!(angles.iter().all(|a| a.abs() < 33.0), "{angles:?}");
        assert!(angles.iter().any(|a| *a > 25.0) && angles.iter().any(|a| *a < -25.0));
    }

    #[test]
    fn each_axis_is_moved_and_zoomed_by_its_own_share() {
        let moved = Augmentation {
            shift_x: 0.25,
            ..Default::default()
        };
        let zoomed = Augmentation {
            zoom: 0.3,
            ..Default::default()
        };
        let (mut widest, mut apart) = (0.0f32, 0.0f32);
        for seed in 0..200 {
            let out = apply(&moved, seed);
            let [x, y] = [0, 1].map(|plane| slopes(&out, plane)[2] - slopes(&ramp(), plane)[2]);
            assert!(y.abs() <= 1.0 && x.abs() <= 4.0 * 8.0 + 1.0, "{x} {y}");
            widest = widest.max(x.abs());
            let out = apply(&zoomed, seed);
            let (x, y) = (slopes(&out, 0)[0] / 4.0, slopes(&out, 1)[1] / 4.0);
            assert!((0.64..1.36).contains(&x) && (0.64..1.36).contains(&y), "{x} {y}");
            apart = apart.max((x - y).abs());
        }
        assert!(widest > 25.0 && apart > 0.3, "{widest} {apart}");
    }

    #[test]
    fn shear_slants_columns_and_leaves_rows() {
        let shear = Augmentation {
            shear_degrees: 20.0,
            ..Default::default()
        };
        let mut widest = 0.0f32;
        for seed in 0..100 {
            let out = apply(&shear, seed);
            let [x, y, _] = slopes(&out, 0);
            assert!((x - 4.0).abs() < 0.3, "{x}");
            widest = widest.max((y / x).atan().to_degrees().abs());
            assert_eq!(slopes(&out, 1)[0], 0.0);
        }
        assert!((15.0..22.0).contains(&widest), "{widest}");
    }

    #[test]
    fn outside_is_the_nearest_edge_or_black() {
        for (fill, wanted) in [(Fill::Nearest, 0), (Fill::Black, 1)] {
            for rotation_degrees in [0.0, 10.0] {
                let moved = Augmentation {
                    shift_x: 0.5,
                    rotation_degrees,
                    fill,
                    ..Default::default()
                };
                let black = |seed| usize::from(apply(&moved, seed)[2 * SIDE * SIDE..].contains(&0));
                assert_eq!((0..20).map(black).max(), Some(wanted), "{fill:?}");
            }
            // Whole pixels go another way.
            let whole = Augmentation {
                shift: 6.0,
                fill,
                ..Default::default()
            };
            let black = |seed| usize::from(apply(&whole, seed)[2 * SIDE * SIDE..].contains(&0));
            assert_eq!((0..20).map(black).max(), Some(wanted), "{fill:?}");
        }
    }

    #[test]
    fn a_channel_shift_moves_all_channels_alike_and_leaves_black_alone() {
        let shift = Augmentation {
            channel_shift: 10.0,
            ..Default::default()
        };
        let mut planes = ramp();
        for plane in planes.chunks_exact_mut(SIDE * SIDE) {
            plane[0] = 0;
        }
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let mut out = vec![0; planes.len()];
            shift.apply(&planes, SIDE, &mut SplitMix64::new(seed), &mut out);
            let changes: std::collections::BTreeSet<i32> = (0..planes.len())
                .filter(|i| i % (SIDE * SIDE) != 0)
                .map(|i| i32::from(out[i]) - i32::from(planes[i]))
                .collect();
            assert_eq!(changes.len(), 1);
            assert!((0..3).all(|c| out[c * SIDE * SIDE] == 0));
            seen.extend(changes);
        }
        assert_eq!((seen.first(), seen.last()), (Some(&-10), Some(&10)));
    }
}
