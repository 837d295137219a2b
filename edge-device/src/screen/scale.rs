//! How many nanometres a pixel of a field is.

use blastscope_vision::raster::RED_CELL_NM;
use serde::{Serialize, Serializer};

/// Scales that a microscope picture can have, nanometres a pixel.
const PLAUSIBLE: std::ops::RangeInclusive<f32> = 10.0..=2_000.0;
/// Most red-cell measures that are kept for a slide; the later ones change its median no more.
const KEPT: usize = 1_000;

/// Where a scale came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScaleOrigin {
    /// The operator or the camera states it.
    Given,
    /// The red cells of the field itself, taken to be 7.5 µm across.
    RedCells,
    /// The red cells of earlier fields of the slide.
    EarlierFields,
}

impl ScaleOrigin {
    /// All.
    pub const ALL: [Self; 3] = [Self::Given, Self::RedCells, Self::EarlierFields];

    /// `given`, `red-cells` or `earlier-fields`, in JSON as in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::RedCells => "red-cells",
            Self::EarlierFields => "earlier-fields",
        }
    }
}

impl Serialize for ScaleOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The scale of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FieldScale {
    /// Nanometres a pixel.
    pub nanometres_per_pixel: u32,
    /// Where that came from.
    pub origin: ScaleOrigin,
}

/// The scales of one slide's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SlideScale {
    /// `given` or `red-cells`; `None` when no field has a scale.
    pub origin: Option<ScaleOrigin>,
    /// Median over the fields.
    pub nanometres_per_pixel: Option<u32>,
    /// Fields without a scale; their cells are rejected.
    pub fields_without: u64,
}

/// Measures the fields of one slide in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ruler {
    red_cells: Vec<u32>,
    given: Option<u32>,
    fields_without: u64,
}

impl Ruler {
    /// The scale of the next field: given, else from its red cells, whose median diameter in pixels
    /// the finder measures, else from those of the fields before it. `None`: it cannot be known.
    pub fn measure(&self, given: Option<u32>, red_cell_diameter: Option<f32>) -> Option<FieldScale> {
        if let Some(nanometres_per_pixel) = given {
            return Some(FieldScale {
                nanometres_per_pixel,
                origin: ScaleOrigin::Given,
            });
        }
        let own = red_cell_diameter
            .map(|d| RED_CELL_NM / d)
            .filter(|nm| PLAUSIBLE.contains(nm));
        if let Some(nm) = own {
            return Some(FieldScale {
                nanometres_per_pixel: nm.round() as u32,
                origin: ScaleOrigin::RedCells,
            });
        }
        median(&self.red_cells).map(|nanometres_per_pixel| FieldScale {
            nanometres_per_pixel,
            origin: ScaleOrigin::EarlierFields,
        })
    }

    /// Takes note of the scale of a field.
    pub fn note(&mut self, scale: Option<FieldScale>) {
        match scale {
            None => self.fields_without += 1,
            Some(FieldScale {
                nanometres_per_pixel,
                origin,
            }) => match origin {
                ScaleOrigin::Given => self.given = Some(nanometres_per_pixel),
                ScaleOrigin::RedCells if self.red_cells.len() < KEPT => {
                    let at = self.red_cells.partition_point(|nm| *nm < nanometres_per_pixel);
                    self.red_cells.insert(at, nanometres_per_pixel);
                }
                ScaleOrigin::RedCells | ScaleOrigin::EarlierFields => {}
            },
        }
    }

    /// What is said of the whole slide.
    pub fn slide(&self) -> SlideScale {
        let (origin, nanometres_per_pixel) = match (self.given, median(&self.red_cells)) {
            (Some(nm), _) => (Some(ScaleOrigin::Given), Some(nm)),
            (None, Some(nm)) => (Some(ScaleOrigin::RedCells), Some(nm)),
            (None, None) => (None, None),
        };
        SlideScale {
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

    fn scale(nanometres_per_pixel: u32, origin: ScaleOrigin) -> Option<FieldScale> {
        Some(FieldScale {
            nanometres_per_pixel,
            origin,
        })
    }

    #[test]
    fn a_stated_scale_goes_before_red_cells_and_these_before_earlier_fields() {
        let mut ruler = Ruler::default();
        assert_eq!(ruler.measure(None, None), None);
        for diameter in [75.0, 100.0, 150.0] {
            let field = ruler.measure(None, Some(diameter));
            ruler.note(field);
        }
        assert_eq!(ruler.measure(Some(60), Some(75.0)), scale(60, ScaleOrigin::Given));
        assert_eq!(ruler.measure(None, Some(100.0)), scale(75, ScaleOrigin::RedCells));
        assert_eq!(ruler.measure(None, None), scale(75, ScaleOrigin::EarlierFields));
        assert_eq!(ruler.slide().nanometres_per_pixel, Some(75));
    }

    #[test]
    fn impossible_red_cells_are_not_measured_by() {
        let ruler = Ruler::default();
        for diameter in [0.0, 2.0, 10_000.0, f32::NAN] {
            assert_eq!(ruler.measure(None, Some(diameter)), None, "{diameter}");
        }
    }

    #[test]
    fn fields_of_unknown_scale_are_told() {
        let mut ruler = Ruler::default();
        ruler.note(None);
        let slide = ruler.slide();
        assert_eq!((slide.origin, slide.fields_without), (None, 1));
    }
}
