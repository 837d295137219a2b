//! Towards the colours that the network was trained on: fields are balanced by their background, then their cells by what
//! the cells of the slide, and of the device before it, look like. Only what the network sees is changed; pictures are kept
//! as they were taken.

use crate::find::FoundField;
use crate::quality::Measures;
use blastscope_shared::stain::{StainReference, StainStatistics, StainTransform, glass_gain};
use image::RgbImage;
use serde::{Deserialize, Serialize};

/// Cells for which what was known before a slide counts.
const PRIOR_CELLS: f32 = 20.0;
/// Cells that a slide needs to teach the device, and for which the device's memory counts at most.
const LEAST_TO_TEACH: u64 = 20;
const MEMORY_CELLS: u64 = 500;
/// Share of background on a field from which its colour is taken.
const LEAST_BACKGROUND: f32 = 0.02;
/// Pixels of a cell that are looked at.
const SAMPLE: usize = 2_000;

/// How colours are brought to those of the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StainMethod {
    /// Background to neutral, then means and deviations of the cells (Reinhard et al. 2001), where the package has a
    /// reference.
    #[default]
    Reinhard,
    /// Colours stay as they are.
    Off,
}

/// Settings of the normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StainSettings {
    /// `reinhard` or `off`.
    pub method: StainMethod,
}

/// Learns the colours of a device's slides, field by field in their order.
#[derive(Debug, Clone)]
pub struct StainNormaliser {
    reference: Option<StainReference>,
    device: Option<StainReference>,
    slide: StainStatistics,
    gain: [f32; 3],
}

impl StainNormaliser {
    /// Towards the reference of a package; without one, or switched off, nothing is changed.
    pub fn new(settings: &StainSettings, reference: Option<&StainReference>) -> Self {
        Self {
            reference: reference
                .filter(|_| settings.method == StainMethod::Reinhard)
                .cloned(),
            device: None,
            slide: StainStatistics::default(),
            gain: [1.0; 3],
        }
    }

    /// A new slide lies on the stage: what the last one showed becomes part of what is known of the device.
    pub fn slide_changed(&mut self) {
        let slide = std::mem::take(&mut self.slide);
        let taught = slide.reference().filter(|s| s.cells >= LEAST_TO_TEACH);
        if let Some(taught) = taught {
            self.device = Some(match self.device.take() {
                None => taught,
                Some(device) => blended(&taught, &device, device.cells as f32),
            });
            if let Some(device) = &mut self.device {
                device.cells = device.cells.min(MEMORY_CELLS);
            }
        }
    }

    /// Learns the next field, and tells how the colours of its cells are changed; `None`: not at all.
    pub fn next(
        &mut self,
        field: &RgbImage,
        measures: &Measures,
        found: &FoundField,
    ) -> Option<StainTransform> {
        let reference = self.reference.as_ref()?;
        if measures.colours.background_share >= LEAST_BACKGROUND {
            self.gain = glass_gain(measures.colours.background);
        }
        for cell in found.cells.iter().filter(|c| !c.cut_by_border) {
            let area = cell.mask.data.iter().filter(|m| **m != 0).count();
            let inside = cell.mask.data.iter().enumerate().filter(|(_, m)| **m != 0);
            let width = cell.mask.width.max(1);
            let pixels = inside.step_by((area / SAMPLE).max(1)).filter_map(|(at, _)| {
                let at = u32::try_from(at).ok()?;
                let pixel =
                    field.get_pixel_checked(cell.bounds.left + at % width, cell.bounds.top + at / width)?;
                Some(pixel.0)
            });
            self.slide.add_cell(pixels, self.gain);
        }
        let prior = self.device.as_ref().unwrap_or(reference);
        let own = match self.slide.reference() {
            Some(slide) => blended(&slide, prior, PRIOR_CELLS),
            None => prior.clone(),
        };
        Some(StainTransform::new(self.gain, &own, reference))
    }
}

/// What was seen, drawn towards what was known before as if that were `weight` cells.
fn blended(seen: &StainReference, known: &StainReference, weight: f32) -> StainReference {
    let share = seen.cells as f32 / (seen.cells as f32 + weight);
    let mixed = |a: [f32; 3], b: [f32; 3]| std::array::from_fn(|i| share * a[i] + (1.0 - share) * b[i]);
    StainReference {
        mean: mixed(seen.mean, known.mean),
        deviation: mixed(seen.deviation, known.deviation),
        cells: seen.cells.saturating_add(known.cells),
    }
}

#[cfg(test)]
mod tests;
