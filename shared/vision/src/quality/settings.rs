//! When a field is unfit. Remarks begin earlier, see [`super::reference`].

use serde::{Deserialize, Serialize};

/// Limits beyond which a field is unusable. Widths are in pixels of the reduced picture, whose longest side has at
/// most 1024. How they were found stands in `docs/design/quality.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualitySettings {
    /// Edge width that is out of focus on any slide, 0.5 to 10 pixels.
    pub largest_blur: f32,
    /// Edge width that is out of focus, against that of the slide's sharper fields, 1.1 to 10.
    pub relative_blur: f32,
    /// Edge width that is in focus however much sharper the slide's other fields are, 0.1 to 10 pixels.
    pub harmless_blur: f32,
    /// Path of the stage during the exposure, 1 to 100 pixels.
    pub largest_motion: f32,
    /// Share of pixels at the upper end of all channels, 0 to 1.
    pub largest_clipped: f32,
    /// Green value of the background, 1 to 255.
    #[serde(rename = "darkest_glass")]
    pub darkest_background: f32,
    /// Share of pixels that are not background below which a field is blank, 0 to 1.
    pub least_tissue: f32,
    /// Share of background below which a field is crowded, 0 to 1.
    #[serde(rename = "least_glass")]
    pub least_background: f32,
    /// Range of the natural logarithms of the background's channels, 0.1 to 5.
    pub largest_cast: f32,
    /// How far the dense parts lean to red instead of blue; in a true smear below 0. -1 to 2.
    pub largest_tint: f32,
    /// Share of pixels whose colours no smear has, 0 to 1.
    pub largest_foreign: f32,
}

impl Default for QualitySettings {
    fn default() -> Self {
        Self {
            largest_blur: 3.6,
            relative_blur: 1.8,
            harmless_blur: 1.6,
            largest_motion: 5.0,
            largest_clipped: 0.8,
            darkest_background: 45.0,
            least_tissue: 0.01,
            least_background: 0.08,
            largest_cast: 1.0,
            largest_tint: 0.25,
            largest_foreign: 0.15,
        }
    }
}

impl QualitySettings {
    /// What is wrong with the numbers, if anything is.
    pub fn check(&self) -> Result<(), String> {
        for (name, value, least, most) in [
            ("largest_blur", self.largest_blur, 0.5, 10.0),
            ("relative_blur", self.relative_blur, 1.1, 10.0),
            ("harmless_blur", self.harmless_blur, 0.1, 10.0),
            ("largest_motion", self.largest_motion, 1.0, 100.0),
            ("largest_clipped", self.largest_clipped, 0.0, 1.0),
            ("darkest_glass", self.darkest_background, 1.0, 255.0),
            ("least_tissue", self.least_tissue, 0.0, 1.0),
            ("least_glass", self.least_background, 0.0, 1.0),
            ("largest_cast", self.largest_cast, 0.1, 5.0),
            ("largest_tint", self.largest_tint, -1.0, 2.0),
            ("largest_foreign", self.largest_foreign, 0.0, 1.0),
        ] {
            if !(least..=most).contains(&value) {
                return Err(format!("quality.{name}: give {least} to {most}"));
            }
        }
        Ok(())
    }
}
