//! When a slide may be spoken of, and when it is done.

use serde::{Deserialize, Serialize};

/// Everything about findings that a laboratory may set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScreenSettings {
    /// Identified cells below which nothing is said of a slide; 100, 200 or 400 are usual.
    pub minimum_cells: u64,
    /// Blasts are likely when the lower bound of their share is above this, percent.
    pub blasts_likely_above_percent: f64,
    /// A slide is poor when more of its fields than this are unusable, percent.
    pub poor_fields_above_percent: f64,
    /// A slide is poor when more of its cells than this are rejected or unidentified, percent.
    pub poor_cells_above_percent: f64,
    /// A slide is not valid when more of its classified cells than this are unlike all that trained the classifier,
    /// percent.
    pub unlike_cells_above_percent: f64,
    /// A slide is not valid when the median distance of its cells from those that trained the classifier is above this, in
    /// the limits of the package.
    pub unlike_median_above: f64,
    /// Cells of measured distance below which a slide is not called so.
    pub unlike_minimum_cells: u64,
    /// A slide on the stage is full as soon as more cells cannot change its finding.
    pub stop_early: bool,
    /// Latest fields that a new one is laid over to know cells again; 0: every field shows other cells.
    pub fields_compared: usize,
}

impl Default for ScreenSettings {
    fn default() -> Self {
        Self {
            minimum_cells: 100,
            blasts_likely_above_percent: 5.0,
            poor_fields_above_percent: 50.0,
            poor_cells_above_percent: 70.0,
            unlike_cells_above_percent: 30.0,
            unlike_median_above: 0.8,
            unlike_minimum_cells: 20,
            stop_early: true,
            fields_compared: 16,
        }
    }
}

impl ScreenSettings {
    /// Most fields that may be compared: each takes about 1.2 MB.
    pub const MOST_COMPARED: usize = 64;

    /// What is wrong with the numbers, if anything is.
    pub fn check(&self) -> Result<(), String> {
        let limit = self.blasts_likely_above_percent;
        if self.minimum_cells == 0 || !(0.0..100.0).contains(&limit) {
            return Err("screen: minimum_cells is 1 or more, blasts_likely_above_percent is 0 to 100".into());
        }
        for (name, percent) in [
            ("poor_fields_above_percent", self.poor_fields_above_percent),
            ("poor_cells_above_percent", self.poor_cells_above_percent),
            ("unlike_cells_above_percent", self.unlike_cells_above_percent),
        ] {
            if !(0.0..=100.0).contains(&percent) {
                return Err(format!("screen: {name} is 0 to 100"));
            }
        }
        if !(self.unlike_median_above > 0.0 && self.unlike_median_above <= 1.0) {
            return Err("screen: unlike_median_above is above 0 and at most 1".into());
        }
        if self.unlike_minimum_cells == 0 {
            return Err("screen: unlike_minimum_cells is 1 or more".into());
        }
        if self.fields_compared > Self::MOST_COMPARED {
            return Err(format!("screen: fields_compared is 0 to {}", Self::MOST_COMPARED));
        }
        Ok(())
    }
}
