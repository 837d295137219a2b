//! The one connection that writes.

use super::folder::DataFolder;
use super::freeze::{as_json, freeze, freeze_ended};
use super::{NewCell, NewField, NewSlide, StoreReader, failed, schema};
use crate::domain::{CellId, FieldId, ReviewState, SlideId, Summary};
use crate::screen::CountingSettings;
use crate::{Error, ErrorKind, Result};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};

/// The store of this process.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    database: PathBuf,
    // Dropped after the connection.
    _folder: DataFolder,
}

impl Store {
    /// Opens or makes the store of a data directory, and ends what a power cut left open. Slides of versions that did not
    /// keep what they were counted under take `settings`.
    pub fn open(folder: &Path, settings: &CountingSettings) -> Result<Self> {
        let folder = DataFolder::take(folder)?;
        let database = folder.database();
        let refused = |e: rusqlite::Error| {
            let message = "cannot be opened: give --data-dir a folder on a writable disk";
            Error::at(ErrorKind::Store, &database, message).with_source(e)
        };
        let mut connection = Connection::open(&database).map_err(refused)?;
        schema::migrate(&mut connection, &database)?;
        let durable = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
        connection.execute_batch(durable).map_err(refused)?;
        let mut store = Self {
            connection,
            database,
            _folder: folder,
        };
        store.repair(settings)?;
        Ok(store)
    }

    /// Ends slides that were cut off, at the time of their last field, and drops those without any.
    fn repair(&mut self, settings: &CountingSettings) -> Result<()> {
        let doing = "it was opened";
        let repair = "DELETE FROM slides WHERE NOT EXISTS (SELECT 1 FROM fields WHERE slide = slides.id);
             UPDATE slides SET ended = (SELECT max(taken) FROM fields WHERE slide = slides.id) WHERE ended IS NULL;";
        let transaction = self.connection.transaction().map_err(failed(doing))?;
        transaction.execute_batch(repair).map_err(failed(doing))?;
        freeze_ended(&transaction, settings)?;
        transaction.commit().map_err(failed(doing))
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A connection that reads, for another thread.
    pub fn reader(&self) -> Result<StoreReader> {
        StoreReader::open(&self.database)
    }

    /// Begins a slide.
    pub fn begin_slide(&mut self, slide: &NewSlide) -> Result<SlideId> {
        let sql = "INSERT INTO slides (name, started, source, model_name, model_version, precision, labels,
                   performance, review_state, settings, roles, errors)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let classifier = &slide.classifier;
        let row = params![
            slide.name,
            slide.started.to_string(),
            slide.source,
            slide.model.name,
            slide.model.version,
            slide.model.precision,
            as_json(&classifier.labels)?,
            classifier.performance.as_ref().map(as_json).transpose()?,
            ReviewState::default(),
            as_json(&slide.settings)?,
            as_json(&classifier.roles.by_name(&classifier.labels))?,
            classifier.errors.as_ref().map(as_json).transpose()?
        ];
        self.connection
            .execute(sql, row)
            .map_err(failed("a slide was begun"))?;
        Ok(SlideId(self.connection.last_insert_rowid()))
    }

    /// Ends a slide and keeps what is said of it. One without fields is dropped.
    pub fn end_slide(&mut self, slide: SlideId, ended: Timestamp, summary: &Summary) -> Result<()> {
        let doing = "a slide was ended";
        let transaction = self.connection.transaction().map_err(failed(doing))?;
        let empty = "DELETE FROM slides WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM fields WHERE slide = ?1)";
        transaction.execute(empty, [slide]).map_err(failed(doing))?;
        let end = "UPDATE slides SET ended = ?2 WHERE id = ?1";
        transaction
            .execute(end, params![slide, ended.to_string()])
            .map_err(failed(doing))?;
        freeze(&transaction, slide, summary)?;
        transaction.commit().map_err(failed(doing))
    }

    /// Keeps a field and its cells, all or nothing.
    pub fn add_field(
        &mut self,
        slide: SlideId,
        field: &NewField,
        cells: &[NewCell],
    ) -> Result<(FieldId, Vec<CellId>)> {
        let doing = "a field was kept";
        let transaction = self.connection.transaction().map_err(failed(doing))?;
        let number = i64::try_from(field.number).unwrap_or(i64::MAX);
        let rejected = i64::try_from(field.rejected).unwrap_or(i64::MAX);
        let reasons: Vec<&str> = field.quality.reasons.iter().map(|r| r.code()).collect();
        let resolved = i64::try_from(field.resolved).unwrap_or(i64::MAX);
        let row = params![
            slide,
            number,
            field.name,
            field.taken.to_string(),
            field.width,
            field.height,
            field.pixel_size.map(|s| s.size.nanometres()),
            field.pixel_size.map(|s| s.origin),
            rejected,
            field.picture,
            field.quality.verdict.name(),
            as_json(&reasons)?,
            as_json(&field.quality.measures)?,
            resolved
        ];
        let sql = "INSERT INTO fields
            (slide, number, name, taken, width, height, scale_nm, scale_origin, rejected, picture,
             verdict, reasons, measures, resolved)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        transaction.execute(sql, row).map_err(failed(doing))?;
        let id = FieldId(transaction.last_insert_rowid());
        let mut ids = Vec::with_capacity(cells.len());
        {
            let mut insert = transaction
                .prepare_cached(
                    "INSERT INTO cells (slide, field, x, y, width, height, score, class, decision, probability,
                     mask, crop_x, crop_y, crop, duplicate_of, distance)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
                )
                .map_err(failed(doing))?;
            for kept in cells {
                let c = &kept.cell;
                let row = params![
                    slide,
                    id,
                    c.bounds.left,
                    c.bounds.top,
                    c.bounds.width,
                    c.bounds.height,
                    c.score,
                    c.class,
                    c.decision,
                    c.probability,
                    kept.mask,
                    kept.crop_x,
                    kept.crop_y,
                    kept.crop,
                    kept.duplicate_of,
                    c.distance
                ];
                ids.push(CellId(insert.insert(row).map_err(failed(doing))?));
            }
        }
        if let Some(stain) = &field.stain {
            let sql = "UPDATE slides SET stain = ?2 WHERE id = ?1";
            let row = params![slide, as_json(stain)?];
            transaction.execute(sql, row).map_err(failed(doing))?;
        }
        transaction.commit().map_err(failed(doing))?;
        Ok((id, ids))
    }

    /// Moves the log into the database file and closes it.
    pub fn close(self) -> Result<()> {
        let busy: i64 = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(failed("it was closed"))?;
        if busy != 0 {
            tracing::warn!("somebody still reads the database: its log is merged at the next start");
        }
        self.connection
            .close()
            .map_err(|(_, e)| failed("it was closed")(e))
    }
}
