use super::cell::CellClass;
use super::finding::{Explanation, Finding};
use super::pixel_size::SlidePixelSize;
use blastscope_shared::metrics::Performance;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Cells of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassCount {
    /// The class.
    pub class: CellClass,
    /// Cells that count as it.
    pub cells: u64,
}

/// The share of one label among the white cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DifferentialShare {
    /// The label.
    pub label: String,
    /// Cells that count as it.
    pub cells: u64,
    /// Their share of the white cells, percent; `None` without white cells, or when the classifier has no say here.
    pub percent: Option<f64>,
    /// 95 % interval of the same share (Wilson 1927), percent.
    pub interval: [f64; 2],
    /// The share corrected for the errors of the classifier, percent; `None` when they are unknown, or the classifier
    /// cannot tell.
    pub corrected_percent: Option<f64>,
    /// Its 95 % interval, percent; `None` when the errors are unknown.
    pub corrected_interval: Option<[f64; 2]>,
}

/// Cells of one label that is reported beside the white cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PerHundredWhiteCells {
    /// The label.
    pub label: String,
    /// Cells that count as it.
    pub cells: u64,
    /// Cells for each 100 white cells; `None` without white cells, or when the classifier has no say here.
    pub per_hundred: Option<f64>,
    /// Its 95 % interval, from that of the share among both (Wilson 1927).
    pub interval: Option<[f64; 2]>,
}

/// Everything that is said of a slide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Fields looked at.
    pub fields: u64,
    /// Those among them that were unfit; their cells are not counted.
    pub fields_unusable: u64,
    /// Cells classified: the sum of the counts.
    pub cells: u64,
    /// Cells of each label in the order of the network's outputs, then the unidentified.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub counts: Vec<ClassCount>,
    /// The white cells by label, in the order of the labels; empty in what versions before this said.
    #[serde(default)]
    pub differential: Vec<DifferentialShare>,
    /// Labels reported beside the white cells.
    #[serde(default)]
    pub beside: Vec<PerHundredWhiteCells>,
    /// Blasts per white cell in percent; `None` without white cells, or when the classifier has no say here.
    pub blast_percent: Option<f64>,
    /// 95 % interval of the same share (Wilson 1927), percent.
    pub interval: [f64; 2],
    /// Share of blasts corrected for the errors of the classifier (Rogan and Gladen 1978), percent; `None` when
    /// they are unknown, or the classifier cannot tell or has no say here.
    pub corrected_percent: Option<f64>,
    /// Its 95 % interval, which carries the uncertainty of those errors too, percent; `None` when they are
    /// unknown.
    pub corrected_interval: Option<[f64; 2]>,
    /// How often the classifier errs; `None` when its package does not say.
    pub performance: Option<Performance>,
    /// What that gives a person to do.
    pub finding: Finding,
    /// Why it is that finding.
    pub explanation: Explanation,
    /// Cells found but not classified, and never seen whole: cut by the border of their field, or on a field of
    /// unknown pixel size.
    pub rejected: u64,
    /// Classified cells that an earlier field has shown already; they have no part in the counts.
    pub duplicates: u64,
    /// Where the pixel size of the fields came from.
    pub scale: SlidePixelSize,
}

fn as_map<S: Serializer>(counts: &[ClassCount], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(counts.len()))?;
    for count in counts {
        map.serialize_entry(count.class.name(), &count.cells)?;
    }
    map.end()
}

fn from_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ClassCount>, D::Error> {
    struct InOrder;
    impl<'de> Visitor<'de> for InOrder {
        type Value = Vec<ClassCount>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("counts by class")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut counts = Vec::new();
            while let Some((class, cells)) = map.next_entry()? {
                counts.push(ClassCount { class, cells });
            }
            Ok(counts)
        }
    }
    deserializer.deserialize_map(InOrder)
}
