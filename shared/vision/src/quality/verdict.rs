//! What is said of a field.

use super::measures::Measures;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// Whether the cells of a field may be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldVerdict {
    /// Nothing to remark.
    Good,
    /// Its cells count; the reasons say what would be better.
    Usable,
    /// Its cells do not count; the reasons say what to do.
    Unusable,
}

impl FieldVerdict {
    /// All, from good to bad.
    pub const ALL: [Self; 3] = [Self::Good, Self::Usable, Self::Unusable];

    /// `good`, `usable` or `unusable`, in JSON as in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Usable => "usable",
            Self::Unusable => "unusable",
        }
    }
}

impl Serialize for FieldVerdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What is wrong with a field, with what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QualityReason {
    /// No bare glass, no stain, colours that no smear has.
    NotABloodField,
    /// Hardly any light.
    TooDark,
    /// The sensor is saturated.
    TooBright,
    /// Hardly any cells.
    Blank,
    /// Hardly any background between the cells.
    TooCrowded,
    /// A cast, no colour at all, or red and blue exchanged.
    StrangeColours,
    /// Cells hardly darker than the background.
    LowContrast,
    /// Edges are soft in one direction.
    Moving,
    /// Edges are soft in all directions.
    OutOfFocus,
}

impl QualityReason {
    /// All, in the order in which they are said.
    pub const ALL: [Self; 9] = [
        Self::NotABloodField,
        Self::TooDark,
        Self::TooBright,
        Self::Blank,
        Self::TooCrowded,
        Self::StrangeColours,
        Self::LowContrast,
        Self::Moving,
        Self::OutOfFocus,
    ];

    /// The stable name, such as `out_of_focus`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotABloodField => "not_a_blood_field",
            Self::TooDark => "too_dark",
            Self::TooBright => "too_bright",
            Self::Blank => "blank",
            Self::TooCrowded => "too_crowded",
            Self::StrangeColours => "strange_colours",
            Self::LowContrast => "low_contrast",
            Self::Moving => "moving",
            Self::OutOfFocus => "out_of_focus",
        }
    }

    /// The reason with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

impl Serialize for QualityReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for QualityReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<str>::deserialize(deserializer)?;
        Self::from_code(&code)
            .ok_or_else(|| D::Error::custom(format!("{code:?} is no reason of field quality")))
    }
}

/// Everything that is said of the quality of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldQuality {
    /// Whether its cells count.
    pub verdict: FieldVerdict,
    /// Why, where the verdict is not good.
    pub reasons: Vec<QualityReason>,
    /// The numbers that it rests on.
    pub measures: Measures,
    /// Edge width of the sharper fields of the slide before this one, reduced pixels; `None` while they are few.
    pub usual_edge_width: Option<f32>,
}

impl FieldQuality {
    /// False when the cells of the field do not count.
    pub fn is_usable(&self) -> bool {
        self.verdict != FieldVerdict::Unusable
    }
}
