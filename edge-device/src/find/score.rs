//! How sure it is that an outline is a nucleated white cell.

use super::stain::natural_log;

/// What the score is computed from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    /// Diameter of the nucleus, red-cell diameters.
    pub(super) nucleus: f32,
    /// Diameter of the cell, red-cell diameters.
    pub(super) cell: f32,
    /// Mean purpleness of the nucleus above that of red cells, optical density.
    pub(super) contrast: f32,
    /// The same, 1 for the typical nucleus of the field.
    pub(super) typical_contrast: f32,
    /// Mean log odds of being white cell inside the outline.
    pub(super) odds: f32,
    /// Whether the cell reaches the border of the field.
    pub(super) touches_border: bool,
}

impl Features {
    /// Score 0..1, from a logistic regression on the training split of TXL-PBC.
    pub(super) fn score(&self) -> f32 {
        let border = f32::from(u8::from(self.touches_border));
        logistic(
            2.89 * natural_log(self.nucleus.max(0.01))
                + 1.24 * natural_log(self.cell.max(0.01))
                + 0.98 * self.typical_contrast
                + 1.84 * self.contrast.min(1.5)
                + 0.58 * self.odds
                + 0.7 * border
                - 3.25,
        )
    }
}

/// 1 / (1 + e^-x) in plain arithmetic, the same on every processor: e^-x as (1 - x/256)^256.
fn logistic(x: f32) -> f32 {
    let mut power = 1.0 - x.clamp(-20.0, 20.0) / 256.0;
    for _ in 0..8 {
        power *= power;
    }
    1.0 / (1.0 + power)
}
