//! Connections that read, beside the one that writes.

use super::failed;
use super::rows::{CellId, CellRow, FieldId, FieldRow, SlideId, SlideRow};
use super::writer::origin_of;
use crate::classify::ModelName;
use crate::screen::{FieldScale, ScreenSettings, Summary, Tally};
use crate::{Error, ErrorKind, Result};
use blastscope_shared::class::LabelSet;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, ToSql, params};
use std::path::Path;

/// Reads slides and cells.
#[derive(Debug)]
pub struct StoreReader {
    connection: Connection,
}

const SLIDE: &str = "SELECT id, name, started, ended, source, model_name, model_version, precision,
    (SELECT count(*) FROM fields WHERE slide = slides.id), (SELECT count(*) FROM cells WHERE slide = slides.id)
    FROM slides";
const CELL: &str = "SELECT id, field, x, y, width, height, score, class, decision, probability FROM cells";

impl StoreReader {
    pub(super) fn open(database: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(database, flags).map_err(failed("it was opened for reading"))?;
        Ok(Self { connection })
    }

    /// The newest slides, at most `limit` of them, older than `before`.
    pub fn slides(&self, before: Option<SlideId>, limit: u32) -> Result<Vec<SlideRow>> {
        let sql = format!("{SLIDE} WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
        let before = before.unwrap_or(SlideId(i64::MAX));
        self.list(&sql, &[&before, &limit], slide_row)
    }

    /// One slide, and everything that is said of it.
    pub fn slide(&self, id: SlideId, settings: &ScreenSettings) -> Result<(SlideRow, Summary)> {
        let sql = format!("{SLIDE} WHERE id = ?1");
        let slide = self
            .one(&sql, id, slide_row)?
            .ok_or_else(|| absent("slide", id))?;
        Ok((slide, self.tally(id, settings)?.summary()))
    }

    fn tally(&self, slide: SlideId, settings: &ScreenSettings) -> Result<Tally> {
        let sql = "SELECT labels FROM slides WHERE id = ?1";
        let labels: String = self
            .one(sql, slide, |r| r.get(0))?
            .ok_or_else(|| absent("slide", slide))?;
        let labels: LabelSet = serde_json::from_str(&labels).map_err(|e| {
            Error::new(
                ErrorKind::Store,
                format!("slide {slide} has damaged labels: restore a backup"),
            )
            .because(e)
        })?;
        let mut tally = Tally::new(labels.clone(), settings.clone());
        let sql = "SELECT scale_nm, scale_origin, rejected FROM fields WHERE slide = ?1 ORDER BY id";
        let fields = self.list(sql, &[&slide], |row| {
            let (nm, origin): (Option<u32>, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok((
                nm.zip(origin.as_deref().and_then(origin_of)),
                row.get::<_, u64>(2)?,
            ))
        })?;
        for (scale, rejected) in fields {
            let scale = scale.map(|(nanometres_per_pixel, origin)| FieldScale {
                nanometres_per_pixel,
                origin,
            });
            tally.add_field(scale, [], rejected);
        }
        let sql = "SELECT class, count(*) FROM cells WHERE slide = ?1 GROUP BY class";
        for (class, count) in self.list(sql, &[&slide], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?))
        })? {
            tally.add_cells(labels.index_of(&class), count);
        }
        Ok(tally)
    }

    /// The newest cells of a slide, of one class if it is given, older than `before`.
    pub fn cells(
        &self,
        slide: SlideId,
        class: Option<&str>,
        before: Option<CellId>,
        limit: u32,
    ) -> Result<Vec<CellRow>> {
        let before = before.unwrap_or(CellId(i64::MAX));
        match class {
            Some(class) => {
                let sql =
                    format!("{CELL} WHERE slide = ?1 AND class = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4");
                self.list(&sql, &[&slide, &class, &before, &limit], cell_row)
            }
            None => {
                let sql = format!("{CELL} WHERE slide = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
                self.list(&sql, &[&slide, &before, &limit], cell_row)
            }
        }
    }

    /// The crop of a cell, PNG.
    pub fn crop(&self, cell: CellId) -> Result<Vec<u8>> {
        let sql = "SELECT crop FROM cells WHERE id = ?1";
        self.one(sql, cell, |r| r.get(0))?
            .ok_or_else(|| absent("cell", cell))
    }

    /// A field.
    pub fn field(&self, id: FieldId) -> Result<FieldRow> {
        let sql = "SELECT id, slide, name, taken, width, height, scale_nm FROM fields WHERE id = ?1";
        let field = self.one(sql, id, |row| {
            Ok(FieldRow {
                id: row.get(0)?,
                slide: row.get(1)?,
                name: row.get(2)?,
                taken: row.get(3)?,
                width: row.get(4)?,
                height: row.get(5)?,
                scale_nm: row.get(6)?,
            })
        })?;
        field.ok_or_else(|| absent("field", id))
    }

    /// The cells of a field.
    pub fn cells_of_field(&self, id: FieldId) -> Result<Vec<CellRow>> {
        self.list(&format!("{CELL} WHERE field = ?1 ORDER BY id"), &[&id], cell_row)
    }

    /// The picture of a field, JPEG.
    pub fn field_picture(&self, id: FieldId) -> Result<Vec<u8>> {
        let sql = "SELECT picture FROM fields WHERE id = ?1";
        self.one(sql, id, |r| r.get(0))?
            .ok_or_else(|| absent("field", id))
    }

    /// The mask of a cell: one bit a pixel of its box, row-major, high bit first.
    pub fn mask(&self, cell: CellId) -> Result<Vec<u8>> {
        let sql = "SELECT mask FROM cells WHERE id = ?1";
        self.one(sql, cell, |r| r.get(0))?
            .ok_or_else(|| absent("cell", cell))
    }

    fn one<T>(
        &self,
        sql: &str,
        id: impl ToSql,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let row = |c: &Connection| c.prepare_cached(sql)?.query_row(params![id], read).optional();
        row(&self.connection).map_err(failed("it was read"))
    }

    fn list<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let rows = |c: &Connection| {
            c.prepare_cached(sql)?
                .query_map(parameters, read)?
                .collect::<rusqlite::Result<_>>()
        };
        rows(&self.connection).map_err(failed("it was read"))
    }
}

fn slide_row(row: &Row<'_>) -> rusqlite::Result<SlideRow> {
    Ok(SlideRow {
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
    })
}

fn cell_row(row: &Row<'_>) -> rusqlite::Result<CellRow> {
    Ok(CellRow {
        id: row.get(0)?,
        field: row.get(1)?,
        x: row.get(2)?,
        y: row.get(3)?,
        width: row.get(4)?,
        height: row.get(5)?,
        score: row.get(6)?,
        class: row.get(7)?,
        decision: row.get(8)?,
        probability: row.get(9)?,
    })
}

fn absent(what: &str, id: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Absent,
        format!("there is no {what} {id}: it may be a link to another device"),
    )
}
