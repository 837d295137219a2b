//! How many nanometres a pixel of a field is.

use crate::domain::{FieldPixelSize, PixelSizeOrigin, SlidePixelSize};

/// Diameter of a red cell on a smear, nanometres: the middle of the 7 to 8 µm of haematology text books.
const RED_CELL_NM: f32 = 7_500.0;
/// Scales that a microscope picture can have, nanometres a pixel.
const PLAUSIBLE: std::ops::RangeInclusive<f32> = 10.0..=2_000.0;
/// Most red-cell measures that are kept for a slide; the later ones change its median no more.
const KEPT: usize = 1_000;

/// Measures the fields of one slide in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PixelSizeEstimator {
    red_cells: Vec<u32>,
    given: Option<u32>,
    fields_without: u64,
}

impl PixelSizeEstimator {
    /// The scale of the next field: given, else from its red cells, whose median diameter in pixels
    /// the finder measures, else from those of the fields before it. `None`: it cannot be known.
    pub fn measure(&self, given: Option<u32>, red_cell_diameter: Option<f32>) -> Option<FieldPixelSize> {
        if let Some(nanometres_per_pixel) = given {
            return Some(FieldPixelSize {
                nanometres_per_pixel,
                origin: PixelSizeOrigin::Given,
            });
        }
        let own = red_cell_diameter
            .map(|d| RED_CELL_NM / d)
            .filter(|nm| PLAUSIBLE.contains(nm));
        if let Some(nm) = own {
            return Some(FieldPixelSize {
                nanometres_per_pixel: nm.round() as u32,
                origin: PixelSizeOrigin::RedCells,
            });
        }
        median(&self.red_cells).map(|nanometres_per_pixel| FieldPixelSize {
            nanometres_per_pixel,
            origin: PixelSizeOrigin::EarlierFields,
        })
    }

    /// Takes note of the scale of a field.
    pub fn note(&mut self, scale: Option<FieldPixelSize>) {
        match scale {
            None => self.fields_without += 1,
            Some(FieldPixelSize {
                nanometres_per_pixel,
                origin,
            }) => match origin {
                PixelSizeOrigin::Given => self.given = Some(nanometres_per_pixel),
                PixelSizeOrigin::RedCells if self.red_cells.len() < KEPT => {
                    let at = self.red_cells.partition_point(|nm| *nm < nanometres_per_pixel);
                    self.red_cells.insert(at, nanometres_per_pixel);
                }
                PixelSizeOrigin::RedCells | PixelSizeOrigin::EarlierFields => {}
            },
        }
    }

    /// What is said of the whole slide.
    pub fn slide(&self) -> SlidePixelSize {
        let (origin, nanometres_per_pixel) = match (self.given, median(&self.red_cells)) {
            (Some(nm), _) => (Some(PixelSizeOrigin::Given), Some(nm)),
            (None, Some(nm)) => (Some(PixelSizeOrigin::RedCells), Some(nm)),
            (None, None) => (None, None),
        };
        SlidePixelSize {
            origin,
            nanometres_per_pixel,
            fields_without: self.fields_without,
        }
    }
}

fn median(sorted: &[u32]) -> Option<u32> {
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(nanometres_per_pixel: u32, origin: PixelSizeOrigin) -> Option<FieldPixelSize> {
        Some(FieldPixelSize {
            nanometres_per_pixel,
            origin,
        })
    }

    #[test]
    fn a_stated_scale_goes_before_red_cells_and_these_before_earlier_fields() {
        let mut ruler = PixelSizeEstimator::default();
        assert_eq!(ruler.measure(None, None), None);
        for diameter in [75.0, 100.0, 150.0] {
            let field = ruler.measure(None, Some(diameter));
            ruler.note(field);
        }
        assert_eq!(
            ruler.measure(Some(60), Some(75.0)),
            scale(60, PixelSizeOrigin::Given)
        );
        assert_eq!(
            ruler.measure(None, Some(100.0)),
            scale(75, PixelSizeOrigin::RedCells)
        );
        assert_eq!(
            ruler.measure(None, None),
            scale(75, PixelSizeOrigin::EarlierFields)
        );
        assert_eq!(ruler.slide().nanometres_per_pixel, Some(75));
    }

    #[test]
    fn impossible_red_cells_are_not_measured_by() {
        let ruler = PixelSizeEstimator::default();
        for diameter in [0.0, 2.0, 10_000.0, f32::NAN] {
            assert_eq!(ruler.measure(None, Some(diameter)), None, "{diameter}");
        }
    }

    #[test]
    fn fields_of_unknown_scale_are_told() {
        let mut ruler = PixelSizeEstimator::default();
        ruler.note(None);
        let slide = ruler.slide();
        assert_eq!((slide.origin, slide.fields_without), (None, 1));
    }
}
