//! What is written and read; the columns that a row is read from stand beside it.

use crate::screen::{FieldScale, ScaleOrigin};
use blastscope_inference::ModelName;
use blastscope_shared::class::LabelSet;
use blastscope_shared::stain::StainTransform;
use blastscope_vision::quality::{FieldQuality, FieldVerdict};

use blastscope_shared::metrics::Performance;
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::column_result(value).map(Self)
            }
        }
    };
}

row_id!(
    /// A slide.
    SlideId
);
row_id!(
    /// A field of a slide.
    FieldId
);
row_id!(
    /// A cell of a field.
    CellId
);

impl ToSql for ScaleOrigin {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.name()))
    }
}

impl FromSql for ScaleOrigin {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        let known = Self::ALL.into_iter().find(|o| o.name() == name);
        known.ok_or_else(|| FromSqlError::Other(format!("no origin of a scale: {name:?}").into()))
    }
}

/// The word for a verdict in the table `fields`.
pub(super) fn verdict_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<FieldVerdict>> {
    let Some(name) = row.get::<_, Option<String>>(column)? else {
        return Ok(None);
    };
    let known = FieldVerdict::ALL.into_iter().find(|v| v.name() == name);
    let refused = || {
        let why = format!("no verdict: {name:?}").into();
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why)
    };
    known.map(Some).ok_or_else(refused)
}

/// A slide to begin.
#[derive(Debug, Clone)]
pub struct NewSlide {
    /// Name given by the operator, 1 to 120 characters.
    pub name: String,
    /// Now.
    pub started: Timestamp,
    /// The camera.
    pub source: String,
    /// The model that classifies its cells.
    pub model: ModelName,
    /// Its labels.
    pub labels: LabelSet,
    /// How often it errs, if known.
    pub performance: Option<Performance>,
}

/// A field to keep.
#[derive(Debug, Clone)]
pub struct NewField {
    /// Of the frame, from its source.
    pub number: u64,
    /// What the source calls it.
    pub name: String,
    /// When it was taken.
    pub taken: Timestamp,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Scale, if known.
    pub scale: Option<FieldScale>,
    /// Cells found but not classified.
    pub rejected: u64,
    /// Whether its cells count.
    pub quality: FieldQuality,
    /// How the colours of its cells were changed for the network; kept with the slide, the latest.
    pub stain: Option<StainTransform>,
    /// Rejected cells, of this field or earlier ones, that are now known to be seen whole or rejected before.
    pub resolved: u64,
    /// JPEG.
    pub picture: Vec<u8>,
}

/// Where a cell lies and what it was taken for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassifiedCell {
    /// Left edge of its box on the field, pixels.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width of the box.
    pub width: u32,
    /// Height of the box.
    pub height: u32,
    /// Confidence of the finder, 0 to 1.
    pub score: f32,
    /// Label, or `unidentified`.
    pub class: String,
    /// Label before abstention.
    pub decision: String,
    /// Calibrated probability of the first label.
    pub probability: f32,
}

/// A classified cell to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCell {
    /// Where it lies and what it was taken for.
    pub cell: ClassifiedCell,
    /// One bit a pixel of the box, row-major, high bit first.
    pub mask: Vec<u8>,
    /// Left edge of the crop on the field.
    pub crop_x: u32,
    /// Top edge of the crop.
    pub crop_y: u32,
    /// PNG of the cell with its surroundings, at the scale of the field.
    pub crop: Vec<u8>,
    /// The counted cell that this one is again.
    pub duplicate_of: Option<CellId>,
}

/// A slide as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlideRow {
    /// Its number.
    pub id: SlideId,
    /// Name given by the operator.
    pub name: String,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339; `None` while it is screened.
    pub ended: Option<String>,
    /// The camera.
    pub source: String,
    /// The model that classified its cells.
    pub model: ModelName,
    /// Fields kept.
    pub fields: u64,
    /// Cells counted.
    pub cells: u64,
    /// How the colours of its latest cells were changed for the network; `None`: not at all.
    pub stain: Option<serde_json::Value>,
}

impl SlideRow {
    pub(super) const SELECT: &str = "SELECT id, name, started, ended, source, model_name, model_version,
        precision, (SELECT count(*) FROM fields WHERE slide = slides.id),
        (SELECT count(*) FROM cells WHERE slide = slides.id AND duplicate_of IS NULL), stain FROM slides";

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            started: row.get(2)?,
            ended: row.get(3)?,
            source: row.get(4)?,
            model: ModelName {
                name: row.get(5)?,
                version: row.get(6)?,
                precision: row.get(7)?,
            },
            fields: row.get(8)?,
            cells: row.get(9)?,
            stain: row
                .get::<_, Option<String>>(10)?
                .map(|text| json(10, &text))
                .transpose()?,
        })
    }
}

/// A cell as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellRow {
    /// Its number; grows with time.
    pub id: CellId,
    /// The field it lies on.
    pub field: FieldId,
    /// Where it lies and what it was taken for.
    #[serde(flatten)]
    pub cell: ClassifiedCell,
    /// The counted cell that this one is again; `None` for a counted one.
    pub duplicate_of: Option<CellId>,
}

impl CellRow {
    pub(super) const SELECT: &str =
        "SELECT id, field, x, y, width, height, score, class, decision, probability, duplicate_of FROM cells";

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            field: row.get(1)?,
            cell: ClassifiedCell {
                x: row.get(2)?,
                y: row.get(3)?,
                width: row.get(4)?,
                height: row.get(5)?,
                score: row.get(6)?,
                class: row.get(7)?,
                decision: row.get(8)?,
                probability: row.get(9)?,
            },
            duplicate_of: row.get(10)?,
        })
    }
}

/// A field as it is read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldRow {
    /// Its number.
    pub id: FieldId,
    /// Its slide.
    pub slide: SlideId,
    /// What the source calls it.
    pub name: String,
    /// RFC 3339.
    pub taken: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Nanometres a pixel, if known.
    pub scale_nm: Option<u32>,
    /// What was said of its quality; `None` where it was kept by a version that did not look.
    pub quality: Option<KeptQuality>,
}

/// What was said of a field, in the words and numbers of the version that said it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptQuality {
    /// Whether its cells count.
    pub verdict: FieldVerdict,
    /// Why, where the verdict is not good: a list of sentences.
    pub reasons: serde_json::Value,
    /// The numbers that it rests on.
    pub measures: serde_json::Value,
}

impl FieldRow {
    pub(super) const SELECT: &str =
        "SELECT id, slide, name, taken, width, height, scale_nm, verdict, reasons, measures FROM fields";

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            slide: row.get(1)?,
            name: row.get(2)?,
            taken: row.get(3)?,
            width: row.get(4)?,
            height: row.get(5)?,
            scale_nm: row.get(6)?,
            quality: KeptQuality::read(row)?,
        })
    }
}

impl KeptQuality {
    fn read(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let verdict = verdict_of(row, 7)?;
        verdict
            .map(|verdict| {
                Ok(Self {
                    verdict,
                    reasons: json(8, &row.get::<_, String>(8)?)?,
                    measures: json(9, &row.get::<_, String>(9)?)?,
                })
            })
            .transpose()
    }
}

/// The JSON in a column.
fn json(column: usize, text: &str) -> rusqlite::Result<serde_json::Value> {
    let damaged = |e: serde_json::Error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, e.into())
    };
    serde_json::from_str(text).map_err(damaged)
}
