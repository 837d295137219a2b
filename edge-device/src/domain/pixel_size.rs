use blastscope_vision::raster::PixelSize;
use serde::{Deserialize, Serialize};

/// Where a pixel size came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PixelSizeOrigin {
    /// The operator or the camera states it.
    Given,
    /// The red cells of the field itself, taken to be 7.5 µm across.
    RedCells,
    /// The red cells of earlier fields of the slide.
    EarlierFields,
}

impl PixelSizeOrigin {
    /// All.
    pub const ALL: [Self; 3] = [Self::Given, Self::RedCells, Self::EarlierFields];

    /// `given`, `red-cells` or `earlier-fields`, in JSON as in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::RedCells => "red-cells",
            Self::EarlierFields => "earlier-fields",
        }
    }
}

/// The pixel size of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldPixelSize {
    /// The size.
    pub size: PixelSize,
    /// Where that came from.
    pub origin: PixelSizeOrigin,
}

/// The pixel sizes of one slide's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlidePixelSize {
    /// `given` or `red-cells`; `None` when no field has a pixel size.
    pub origin: Option<PixelSizeOrigin>,
    /// Median over the fields.
    pub nanometres_per_pixel: Option<PixelSize>,
    /// Fields without one; their cells are rejected.
    pub fields_without: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_an_origin_is_its_json() {
        for origin in PixelSizeOrigin::ALL {
            assert_eq!(serde_json::to_value(origin).unwrap(), origin.code());
        }
    }
}
