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
    /// Mean log odds of being white cell inside the outline.
    pub(super) odds: f32,
    /// Whether the cell reaches the border of the field.
    pub(super) cut_by_border: bool,
}

impl Features {
    /// Score 0..1, from a logistic regression on the training split of TXL-PBC and on cuttings of it in other
    /// light; 0.5 stands for a probability of 0.25: a cell that is missed weighs as much as three wrong ones.
    pub(super) fn score(&self) -> f32 {
        let log = |v: f32| natural_log(v.max(0.01));
        let whole = 4.65 * log(self.nucleus) + 1.92 * log(self.cell) - 1.07 * log(self.longest)
            + 1.57 * self.contrast.min(1.5)
            + 0.77 * self.odds
            - 0.75;
        // Of a cell that is cut by the border any part may be seen.
        let cut = 3.6 * log(self.longest) - 1.59 * log(self.nucleus) - 2.36 * log(self.cell) - 0.32;
        logistic(if self.cut_by_border { whole + cut } else { whole })
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
