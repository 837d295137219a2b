use super::ids::{CellId, FieldId};
use blastscope_shared::class::UNIDENTIFIED;
use blastscope_vision::raster::Rect;
use serde::{Deserialize, Serialize};

/// A label of the model, or none: unknown is never guessed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum CellClass {
    /// A label.
    Label(String),
    /// The model abstains.
    Unidentified,
}

impl CellClass {
    /// The label, or `unidentified`.
    pub fn name(&self) -> &str {
        match self {
            Self::Label(name) => name,
            Self::Unidentified => UNIDENTIFIED,
        }
    }
}

impl From<String> for CellClass {
    fn from(name: String) -> Self {
        if name == UNIDENTIFIED {
            Self::Unidentified
        } else {
            Self::Label(name)
        }
    }
}

impl From<CellClass> for String {
    fn from(class: CellClass) -> Self {
        class.name().to_owned()
    }
}

/// Where a cell lies and what it was taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its box on the field.
    pub bounds: Rect,
    /// Confidence of the finder, 0 to 1.
    pub score: f32,
    /// What it counts as.
    pub class: CellClass,
    /// The label before abstention.
    pub decision: CellClass,
    /// Calibrated probability of the blast, 0 to 1.
    pub probability: f32,
    /// Squared distance from the cells that trained the classifier, in limits, 0 and above: beyond 1 the cell is
    /// unidentified. `None` where that is not measured.
    pub distance: Option<f32>,
}

/// A cell that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptCell {
    /// Its number.
    pub id: CellId,
    /// The field it lies on.
    pub field: FieldId,
    /// Where it lies and what it was taken for.
    pub cell: Cell,
    /// The counted cell that this one is again; `None` for a counted one.
    pub duplicate_of: Option<CellId>,
}
