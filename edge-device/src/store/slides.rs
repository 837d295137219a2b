//! The table `slides`.

use super::columns::{json_if_any, time, time_if_any};
use crate::domain::Slide;
use crate::screen::{ClassifierFacts, CountingSettings};
use blastscope_inference::ModelName;
use jiff::Timestamp;
use rusqlite::Row;

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
    /// What is known of it.
    pub classifier: ClassifierFacts,
    /// What its cells are found, classified and counted under.
    pub settings: CountingSettings,
}

pub(super) const SELECT: &str =
    "SELECT id, name, started, ended, source, model_name, model_version, precision,
    review_state, (SELECT count(*) FROM fields WHERE slide = slides.id),
    (SELECT count(*) FROM cells WHERE slide = slides.id AND duplicate_of IS NULL), stain,
    json_extract(settings, '$.screen.blasts_likely_above_percent') FROM slides";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Slide> {
    Ok(Slide {
        id: row.get(0)?,
        name: row.get(1)?,
        started: time(row, 2)?,
        ended: time_if_any(row, 3)?,
        source: row.get(4)?,
        model: ModelName {
            name: row.get(5)?,
            version: row.get(6)?,
            precision: row.get(7)?,
        },
        review_state: row.get(8)?,
        fields: row.get(9)?,
        cells: row.get(10)?,
        stain: json_if_any(row, 11)?,
        blasts_likely_above_percent: row.get(12)?,
    })
}
