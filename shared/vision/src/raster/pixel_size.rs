use serde::{Deserialize, Serialize};

/// Median diameter of a red cell on a smear, nanometres: the middle of the 7 to 8 µm of haematology text books.
pub const RED_CELL_NM: f32 = 7_500.0;

/// Side of a pixel on the specimen, nanometres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PixelSize(u32);

impl PixelSize {
    /// So many nanometres a pixel.
    pub const fn new(nanometres: u32) -> Self {
        Self(nanometres)
    }

    /// Nanometres a pixel.
    pub const fn nanometres(self) -> u32 {
        self.0
    }
}
