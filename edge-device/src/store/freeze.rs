//! What is said of a slide, from its rows, and kept with it.

use super::columns::{json, json_if_any, unreadable, verdict};
use super::failed;
use crate::domain::FieldVerdict;
use crate::domain::{CellClass, FieldPixelSize, PixelSizeOrigin, SlideId, Summary};
use crate::screen::{ClassifierFacts, CountingSettings, Tally};
use crate::{Error, ErrorKind, Result};
use blastscope_shared::class::Roles;
use blastscope_shared::metrics::MeasuredErrors;
use blastscope_vision::raster::PixelSize;
use rusqlite::{Connection, Row, params};

/// What the counts of a slide say so far, under the settings that it is counted under.
pub(super) fn summary_so_far(connection: &Connection, slide: SlideId) -> Result<Summary> {
    let read = || -> rusqlite::Result<Summary> {
        let sql = "SELECT labels, performance, roles, errors, settings FROM slides WHERE id = ?1";
        let (facts, settings) = connection.query_row(sql, [slide], |row| {
            let settings: CountingSettings = json(row, 4)?;
            Ok((classifier_facts(row)?, settings))
        })?;
        let tally = Tally::new(facts, settings.screen);
        Ok(counted(connection, slide, tally)?.summary())
    };
    read().map_err(|e| match e {
        rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..) => {
            let message = format!("slide {slide} has a damaged row: restore a backup");
            Error::new(ErrorKind::Store, message).with_source(e)
        }
        e => failed("it was read")(e),
    })
}

/// What the row of a slide says of its classifier: labels, performance, roles and errors in the first columns.
fn classifier_facts(row: &Row<'_>) -> rusqlite::Result<ClassifierFacts> {
    let mut facts = ClassifierFacts::of_labels(json(row, 0)?);
    facts.performance = json_if_any(row, 1)?;
    if let Some(stated) = json_if_any(row, 2)? {
        facts.roles = Roles::new(&facts.labels, &stated).map_err(|e| unreadable(2, e.into()))?;
    }
    facts.errors = json_if_any::<MeasuredErrors>(row, 3)?;
    if let Some(errors) = &facts.errors {
        let labels = facts.labels.len();
        errors.check(labels).map_err(|e| unreadable(3, e.into()))?;
    }
    Ok(facts)
}

/// The counts of all fields and cells of a slide.
fn counted(connection: &Connection, slide: SlideId, mut tally: Tally) -> rusqlite::Result<Tally> {
    let sql =
        "SELECT scale_nm, scale_origin, rejected, resolved, verdict FROM fields WHERE slide = ?1 ORDER BY id";
    let mut fields = connection.prepare_cached(sql)?;
    let mut rows = fields.query([slide])?;
    while let Some(row) = rows.next()? {
        let (nm, origin): (Option<u32>, Option<PixelSizeOrigin>) = (row.get(0)?, row.get(1)?);
        let pixel_size = nm.zip(origin).map(|(nm, origin)| FieldPixelSize {
            size: PixelSize::new(nm),
            origin,
        });
        match verdict(row, 4)? {
            Some(FieldVerdict::Unusable) => tally.add_unusable_field(),
            _ => tally.add_field(pixel_size, [], row.get(2)?),
        }
        tally.add_seen_again(0, row.get(3)?);
    }
    let sql = "SELECT count(*) FROM cells WHERE slide = ?1 AND duplicate_of IS NOT NULL";
    tally.add_seen_again(connection.query_row(sql, [slide], |row| row.get(0))?, 0);
    let sql = "SELECT class, count(*) FROM cells WHERE slide = ?1 AND duplicate_of IS NULL GROUP BY class";
    let mut classes = connection.prepare_cached(sql)?;
    let mut rows = classes.query([slide])?;
    while let Some(row) = rows.next()? {
        let class: CellClass = row.get(0)?;
        let label = tally.labels().index_of(class.name());
        tally.add_cells(label, row.get(1)?);
    }
    let sql = "SELECT distance FROM cells WHERE slide = ?1 AND duplicate_of IS NULL AND distance IS NOT NULL";
    let mut distances = connection.prepare_cached(sql)?;
    let distances = distances.query_map([slide], |row| row.get::<_, f32>(0))?;
    tally.note_distances(distances.collect::<rusqlite::Result<Vec<_>>>()?);
    Ok(tally)
}

/// Keeps what is said of a slide with it, once.
pub(super) fn freeze(connection: &Connection, slide: SlideId, summary: &Summary) -> Result<()> {
    let sql = "UPDATE slides SET summary = ?2 WHERE id = ?1 AND summary IS NULL";
    let row = params![slide, as_json(summary)?];
    connection
        .execute(sql, row)
        .map_err(failed("a slide was ended"))?;
    Ok(())
}

/// Slides of versions that did not keep their settings take those of today, under which they were shown until now. Ended
/// slides without a summary get theirs.
pub(super) fn freeze_ended(connection: &Connection, settings: &CountingSettings) -> Result<()> {
    let doing = "it was opened";
    let sql = "UPDATE slides SET settings = ?1 WHERE settings IS NULL";
    let today = as_json(settings)?;
    connection.execute(sql, [today]).map_err(failed(doing))?;
    let ended = || -> rusqlite::Result<Vec<SlideId>> {
        let sql = "SELECT id FROM slides WHERE summary IS NULL AND ended IS NOT NULL";
        connection
            .prepare(sql)?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    for slide in ended().map_err(failed(doing))? {
        freeze(connection, slide, &summary_so_far(connection, slide)?)?;
    }
    Ok(())
}

/// As JSON for a column.
pub(super) fn as_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| {
        Error::new(
            ErrorKind::Internal,
            "what is known of a slide cannot be written as JSON",
        )
        .with_source(e)
    })
}
