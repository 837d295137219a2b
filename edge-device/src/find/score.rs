//! How sure it is that an outline is a nucleated white cell.

use super::stain::natural_log;

/// What the score is computed from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    /// Diameter of the nucleus, red-cell diameters.
    pub(super) nucleus: f32,
    /// Diameter of the cell, red-cell diameters.
    pub(super) cell: f32,
    /// Longer side of the box, red-cell diameters.
    pub(super) longest: f32,
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
    /// Score 0..1, from a logistic regression on the training split of TXL-PBC and on cuttings of it in other
    /// light; 0.5 lies where one wrong cell is accepted for two found ones.
    pub(super) fn score(&self) -> f32 {
        let log = |v: f32| natural_log(v.max(0.01));
        let whole = 3.92 * log(self.nucleus) + 3.01 * log(self.cell) - 1.41 * log(self.longest)
            + 7.34 * self.typical_contrast
            + 0.76 * self.contrast.min(1.5)
            + 0.65 * self.odds
            - 7.17;
        // Of a cell that is cut by the border any part may be seen.
        let cut = 2.85 * log(self.longest) - 1.98 * log(self.nucleus) - 1.58 * log(self.cell) - 0.21;
        logistic(if self.touches_border { whole + cut } else { whole })
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
