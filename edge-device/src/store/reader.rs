//! Connections that read, beside the one that writes.

use super::failed;
use super::rows::verdict_of;
use super::rows::{CellId, CellRow, FieldId, FieldRow, SlideId, SlideRow};
use crate::screen::{FieldScale, ScaleOrigin, ScreenSettings, Summary, Tally};
use crate::{Error, ErrorKind, Result};
use blastscope_shared::class::LabelSet;
use blastscope_vision::quality::FieldVerdict;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, ToSql, params};
use std::fmt::Display;
use std::path::Path;

/// Reads slides and cells.
#[derive(Debug)]
pub struct StoreReader {
    connection: Connection,
}

impl StoreReader {
    pub(super) fn open(database: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(database, flags).map_err(failed("it was opened for reading"))?;
        Ok(Self { connection })
    }

    /// The newest slides, at most `limit` of them, older than `before`.
    pub fn slides(&self, before: Option<SlideId>, limit: u32) -> Result<Vec<SlideRow>> {
        let sql = format!("{} WHERE id < ?1 ORDER BY id DESC LIMIT ?2", SlideRow::SELECT);
        let before = before.unwrap_or(SlideId(i64::MAX));
        self.list(&sql, &[&before, &limit], SlideRow::read)
    }

    /// One slide, and everything that is said of it.
    pub fn slide(&self, id: SlideId, settings: &ScreenSettings) -> Result<(SlideRow, Summary)> {
        let sql = format!("{} WHERE id = ?1", SlideRow::SELECT);
        let slide = self.one("slide", &sql, id, SlideRow::read)?;
        Ok((slide, self.tally(id, settings)?.summary()))
    }

    fn tally(&self, slide: SlideId, settings: &ScreenSettings) -> Result<Tally> {
        let sql = "SELECT labels, performance FROM slides WHERE id = ?1";
        let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
        let (labels, performance) = self.one("slide", sql, slide, read)?;
        let damaged = |e| {
            let message = format!("slide {slide} has damaged labels or performance: restore a backup");
            Error::new(ErrorKind::Store, message).with_source(e)
        };
        let labels: LabelSet = serde_json::from_str(&labels).map_err(damaged)?;
        let performance = performance
            .map(|p| serde_json::from_str(&p))
            .transpose()
            .map_err(damaged)?;
        let mut tally = Tally::new(labels.clone(), settings.clone()).with_performance(performance);
        let sql = "SELECT scale_nm, scale_origin, rejected, resolved, verdict FROM fields WHERE slide = ?1
            ORDER BY id";
        let fields = self.list(sql, &[&slide], |row| {
            let (nm, origin): (Option<u32>, Option<ScaleOrigin>) = (row.get(0)?, row.get(1)?);
            let scale = nm.zip(origin).map(|(nanometres_per_pixel, origin)| FieldScale {
                nanometres_per_pixel,
                origin,
            });
            let verdict = verdict_of(row, 4)?;
            Ok((scale, row.get::<_, u64>(2)?, row.get::<_, u64>(3)?, verdict))
        })?;
        for (scale, rejected, resolved, verdict) in fields {
            match verdict {
                Some(FieldVerdict::Unusable) => tally.add_unusable_field(),
                _ => tally.add_field(scale, [], rejected),
            }
            tally.add_seen_again(0, resolved);
        }
        let sql = "SELECT count(*) FROM cells WHERE slide = ?1 AND duplicate_of IS NOT NULL";
        tally.add_seen_again(self.single("slide", sql, slide)?, 0);
        let sql =
            "SELECT class, count(*) FROM cells WHERE slide = ?1 AND duplicate_of IS NULL GROUP BY class";
        for (class, count) in self.list(sql, &[&slide], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?))
        })? {
            tally.add_cells(labels.index_of(&class), count);
        }
        Ok(tally)
    }

    /// The newest counted cells of a slide, of one class if it is given, older than `before`.
    pub fn cells(
        &self,
        slide: SlideId,
        class: Option<&str>,
        before: Option<CellId>,
        limit: u32,
    ) -> Result<Vec<CellRow>> {
        let before = before.unwrap_or(CellId(i64::MAX));
        let newest = |chosen: &str| {
            format!(
                "{} WHERE slide = ?1 AND duplicate_of IS NULL AND id < ?2{chosen} ORDER BY id DESC LIMIT ?3",
                CellRow::SELECT
            )
        };
        match class {
            Some(class) => {
                let parameters: [&dyn ToSql; 4] = [&slide, &before, &limit, &class];
                self.list(&newest(" AND class = ?4"), &parameters, CellRow::read)
            }
            None => self.list(&newest(""), &[&slide, &before, &limit], CellRow::read),
        }
    }

    /// The crop of a cell, PNG.
    pub fn crop(&self, cell: CellId) -> Result<Vec<u8>> {
        self.single("cell", "SELECT crop FROM cells WHERE id = ?1", cell)
    }

    /// A field.
    pub fn field(&self, id: FieldId) -> Result<FieldRow> {
        let sql = format!("{} WHERE id = ?1", FieldRow::SELECT);
        self.one("field", &sql, id, FieldRow::read)
    }

    /// The cells of a field.
    pub fn cells_of_field(&self, id: FieldId) -> Result<Vec<CellRow>> {
        let sql = format!("{} WHERE field = ?1 ORDER BY id", CellRow::SELECT);
        self.list(&sql, &[&id], CellRow::read)
    }

    /// The picture of a field, JPEG.
    pub fn field_picture(&self, id: FieldId) -> Result<Vec<u8>> {
        self.single("field", "SELECT picture FROM fields WHERE id = ?1", id)
    }

    /// The mask of a cell: one bit a pixel of its box, row-major, high bit first.
    pub fn mask(&self, cell: CellId) -> Result<Vec<u8>> {
        self.single("cell", "SELECT mask FROM cells WHERE id = ?1", cell)
    }

    /// One row by its number; an error that names `what` when there is none.
    fn one<T>(
        &self,
        what: &str,
        sql: &str,
        id: impl ToSql + Display,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let row = |c: &Connection| c.prepare_cached(sql)?.query_row(params![id], read).optional();
        let found = row(&self.connection).map_err(failed("it was read"))?;
        found.ok_or_else(|| {
            Error::new(
                ErrorKind::Absent,
                format!("there is no {what} {id}: it may be a link to another device"),
            )
        })
    }

    /// The only column of one row.
    fn single<T: FromSql>(&self, what: &str, sql: &str, id: impl ToSql + Display) -> Result<T> {
        self.one(what, sql, id, |row| row.get(0))
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
