//! How sure it is that an outline is a nucleated white cell.

/// What the score is computed from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    /// Diameter of the nucleus, red-cell diameters.
    pub(super) nucleus: f32,
    /// Diameter of the cell, red-cell diameters.
    pub(super) cell: f32,
    /// Mean purpleness of the nucleus, 0 at red cells, 1 at the nuclei of this field.
    pub(super) purple: f32,
    /// Mean log odds over the cell.
    pub(super) odds: f32,
    /// Touches the border of the field.
    pub(super) border: bool,
}

impl Features {
    /// Score 0..1.
    pub(super) fn score(&self) -> f32 {
        let x = 8.0 * (self.nucleus - 0.55) + 4.0 * (self.purple - 0.6);
        logistic(x)
    }
}

/// 1 / (1 + e^-x) in plain arithmetic: e^x as (1 + x/256)^256.
fn logistic(x: f32) -> f32 {
    let mut power = 1.0 - x.clamp(-20.0, 20.0) / 256.0;
    for _ in 0..8 {
        power *= power;
    }
    1.0 / (1.0 + power)
}
