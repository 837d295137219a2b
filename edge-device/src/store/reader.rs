//! Connections that read, beside the one that writes.

use super::columns::json_if_any;
use super::encode::unpacked_mask;
use super::{cells, failed, fields, freeze, slides};
use crate::domain::{CellId, Field, FieldId, KeptCell, Slide, SlideId, Summary};
use crate::{Error, ErrorKind, Result};
use blastscope_vision::raster::Mask;
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
    pub fn slides(&self, before: Option<SlideId>, limit: u32) -> Result<Vec<Slide>> {
        let sql = format!("{} WHERE id < ?1 ORDER BY id DESC LIMIT ?2", slides::SELECT);
        let before = before.unwrap_or(SlideId(i64::MAX));
        self.list(&sql, &[&before, &limit], slides::read)
    }

    /// One slide, and everything that is said of it: what was said when it ended, or what its counts so far say under the
    /// settings that it is counted under.
    pub fn slide(&self, id: SlideId) -> Result<(Slide, Summary)> {
        let sql = format!("{} WHERE id = ?1", slides::SELECT);
        let slide = self.one("slide", &sql, id, slides::read)?;
        let sql = "SELECT summary FROM slides WHERE id = ?1";
        let said = self.one("slide", sql, id, |row| json_if_any(row, 0))?;
        let summary = match said {
            Some(said) => said,
            None => freeze::summary_so_far(&self.connection, id)?,
        };
        Ok((slide, summary))
    }

    /// The newest counted cells of a slide, of one class if it is given, older than `before`.
    pub fn cells(
        &self,
        slide: SlideId,
        class: Option<&str>,
        before: Option<CellId>,
        limit: u32,
    ) -> Result<Vec<KeptCell>> {
        let before = before.unwrap_or(CellId(i64::MAX));
        let newest = |chosen: &str| {
            format!(
                "{} WHERE slide = ?1 AND duplicate_of IS NULL AND id < ?2{chosen} ORDER BY id DESC LIMIT ?3",
                cells::SELECT
            )
        };
        match class {
            Some(class) => {
                let parameters: [&dyn ToSql; 4] = [&slide, &before, &limit, &class];
                self.list(&newest(" AND class = ?4"), &parameters, cells::read)
            }
            None => self.list(&newest(""), &[&slide, &before, &limit], cells::read),
        }
    }

    /// The crop of a cell, PNG.
    pub fn crop(&self, cell: CellId) -> Result<Vec<u8>> {
        self.single("cell", "SELECT crop FROM cells WHERE id = ?1", cell)
    }

    /// A field.
    pub fn field(&self, id: FieldId) -> Result<Field> {
        let sql = format!("{} WHERE id = ?1", fields::SELECT);
        self.one("field", &sql, id, fields::read)
    }

    /// The cells of a field.
    pub fn cells_of_field(&self, id: FieldId) -> Result<Vec<KeptCell>> {
        let sql = format!("{} WHERE field = ?1 ORDER BY id", cells::SELECT);
        self.list(&sql, &[&id], cells::read)
    }

    /// The picture of a field, JPEG.
    pub fn field_picture(&self, id: FieldId) -> Result<Vec<u8>> {
        self.single("field", "SELECT picture FROM fields WHERE id = ?1", id)
    }

    /// The mask of a cell, in the size of its box.
    pub fn mask(&self, cell: &KeptCell) -> Result<Mask> {
        let packed: Vec<u8> = self.single("cell", "SELECT mask FROM cells WHERE id = ?1", cell.id)?;
        Ok(unpacked_mask(&cell.cell, &packed))
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
