//! Smooth random patterns.

/// Value noise over the plane: smooth, 0 to 1, the same for the same seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texture {
    seed: u64,
}

impl Texture {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The pattern at a point; features are about one unit across.
    pub(super) fn at(self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = (ease(x - left), ease(y - top));
        let corner = |dx: i64, dy: i64| self.lattice(left as i64 + dx, top as i64 + dy);
        let upper = corner(0, 0) + fx * (corner(1, 0) - corner(0, 0));
        let lower = corner(0, 1) + fx * (corner(1, 1) - corner(0, 1));
        upper + fy * (lower - upper)
    }

    fn lattice(self, x: i64, y: i64) -> f32 {
        let mut z = self.seed
            ^ (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ (y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        z = (z ^ (z >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 32)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 24) as f32
    }
}

/// From 0 to 1 with level ends.
pub(super) fn ease(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
