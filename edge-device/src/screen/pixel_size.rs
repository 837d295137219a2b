//! How many nanometres a pixel of a field is.

use crate::domain::{FieldPixelSize, PixelSizeOrigin, SlidePixelSize};
use blastscope_vision::raster::{PixelSize, RED_CELL_NM};

/// Pixel sizes that a microscope picture can have, nanometres a pixel.
const PLAUSIBLE: std::ops::RangeInclusive<f32> = 10.0..=2_000.0;
/// Most red-cell measures that are kept for a slide; the later ones change its median no more.
const KEPT: usize = 1_000;

/// Measures the fields of one slide in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PixelSizeEstimator {
    red_cells: Vec<PixelSize>,
    given: Option<PixelSize>,
    fields_without: u64,
}

impl PixelSizeEstimator {
    /// The pixel size of the next field: given, else from its red cells, whose median diameter in pixels
    /// the finder measures, else from those of the fields before it. `None`: it cannot be known.
    pub fn measure(
        &self,
        given: Option<PixelSize>,
        red_cell_diameter: Option<f32>,
    ) -> Option<FieldPixelSize> {
        if let Some(size) = given {
            return Some(FieldPixelSize {
                size,
                origin: PixelSizeOrigin::Given,
            });
        }
        let own = red_cell_diameter
            .map(|d| RED_CELL_NM / d)
            .filter(|nm| PLAUSIBLE.contains(nm));
        if let Some(nm) = own {
            return Some(FieldPixelSize {
                size: PixelSize::new(nm.round() as u32),
                origin: PixelSizeOrigin::RedCells,
            });
        }
        median(&self.red_cells).map(|size| FieldPixelSize {
            size,
            origin: PixelSizeOrigin::EarlierFields,
        })
    }

    /// Takes note of the pixel size of a field.
    pub fn note(&mut self, pixel_size: Option<FieldPixelSize>) {
        match pixel_size {
            None => self.fields_without += 1,
            Some(FieldPixelSize { size, origin }) => match origin {
                PixelSizeOrigin::Given => self.given = Some(size),
                PixelSizeOrigin::RedCells if self.red_cells.len() < KEPT => {
                    let at = self.red_cells.partition_point(|known| *known < size);
                    self.red_cells.insert(at, size);
                }
                PixelSizeOrigin::RedCells | PixelSizeOrigin::EarlierFields => {}
            },
        }
    }

    /// What is said of the whole slide.
    pub fn slide(&self) -> SlidePixelSize {
        let (origin, nanometres_per_pixel) = match (self.given, median(&self.red_cells)) {
            (Some(size), _) => (Some(PixelSizeOrigin::Given), Some(size)),
            (None, Some(size)) => (Some(PixelSizeOrigin::RedCells), Some(size)),
            (None, None) => (None, None),
        };
        SlidePixelSize {
            origin,
            nanometres_per_pixel,
            fields_without: self.fields_without,
        }
    }
}

fn median(sorted: &[PixelSize]) -> Option<PixelSize> {
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(nanometres: u32, origin: PixelSizeOrigin) -> Option<FieldPixelSize> {
        let size = PixelSize::new(nanometres);
        Some(FieldPixelSize { size, origin })
    }

    #[test]
    fn a_stated_scale_goes_before_red_cells_and_these_before_earlier_fields() {
        let mut estimator = PixelSizeEstimator::default();
        assert_eq!(estimator.measure(None, None), None);
        for diameter in [75.0, 100.0, 150.0] {
            let field = estimator.measure(None, Some(diameter));
            estimator.note(field);
        }
        assert_eq!(
            estimator.measure(Some(PixelSize::new(60)), Some(75.0)),
            of(60, PixelSizeOrigin::Given)
        );
        assert_eq!(
            estimator.measure(None, Some(100.0)),
            of(75, PixelSizeOrigin::RedCells)
        );
        assert_eq!(
            estimator.measure(None, None),
            of(75, PixelSizeOrigin::EarlierFields)
        );
        assert_eq!(estimator.slide().nanometres_per_pixel, Some(PixelSize::new(75)));
    }

    #[test]
    fn impossible_red_cells_are_not_measured_by() {
        let estimator = PixelSizeEstimator::default();
        for diameter in [0.0, 2.0, 10_000.0, f32::NAN] {
            assert_eq!(estimator.measure(None, Some(diameter)), None, "{diameter}");
        }
    }

    #[test]
    fn fields_of_unknown_scale_are_told() {
        let mut estimator = PixelSizeEstimator::default();
        estimator.note(None);
        let slide = estimator.slide();
        assert_eq!((slide.origin, slide.fields_without), (None, 1));
    }
}
