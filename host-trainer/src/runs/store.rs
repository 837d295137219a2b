use super::schema::{damaged, failed, migrate};
use super::{Environment, Row, Side, SideFigures, State, runs_below};
use crate::{Error, ErrorKind};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a writer waits for others.
const BUSY: Duration = Duration::from_secs(30);

/// The index over run folders: one SQLite file, for any number of processes of one machine.
#[derive(Debug)]
pub(crate) struct RunStore {
    connection: Connection,
    path: PathBuf,
}

impl RunStore {
    /// Opens or makes a store.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        if let Some(folder) = folder {
            fs::create_dir_all(folder).map_err(|e| Error::io("make the folder", folder, e))?;
        }
        Self::connect(path, OpenFlags::default())
    }

    /// Opens a store that is there.
    pub(crate) fn open_existing(path: &Path) -> Result<Self, Error> {
        if !path.is_file() {
            let message = format!(
                "there is no run store {}: give --store, or make one of the folders of runs with `blastscope-train runs index DIR`",
                path.display()
            );
            return Err(Error::new(ErrorKind::Store, message));
        }
        Self::connect(
            path,
            OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_CREATE),
        )
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, Error> {
        let mut connection = Connection::open_with_flags(path, flags).map_err(|e| failed(path, e))?;
        connection.busy_timeout(BUSY).map_err(|e| failed(path, e))?;
        migrate(&mut connection, path)?;
        // WAL: who reads waits for nobody. What a power cut takes can be read from the folders again.
        let modes = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;";
        connection.execute_batch(modes).map_err(|e| damaged(path, e))?;
        Ok(Self {
            connection,
            path: path.to_owned(),
        })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a run's folder and keeps what it says.
    pub(crate) fn record(&mut self, folder: &Path) -> Result<(), Error> {
        let row = Row::of_folder(folder)?;
        self.write(|transaction| put(transaction, &row))
    }

    /// Records every run in and below `folder` and forgets those that were there and are gone. Returns how many
    /// there are, and what could not be read.
    pub(crate) fn index(&mut self, folder: &Path) -> Result<(usize, Vec<Error>), Error> {
        let root = fs::canonicalize(folder).map_err(|e| Error::io("read", folder, e))?;
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        for run in runs_below(&root)? {
            match Row::of_folder(&run) {
                Ok(row) => rows.push(row),
                Err(fault) => faults.push(fault),
            }
        }
        self.write(|transaction| {
            let mut known = transaction.prepare("SELECT folder FROM runs")?;
            let known: Vec<String> = known.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
            let gone =
                |f: &&String| Path::new(f).starts_with(&root) && !Path::new(f).join("run.json").exists();
            for folder in known.iter().filter(gone) {
                transaction.execute("DELETE FROM runs WHERE folder = ?1", [folder])?;
            }
            rows.iter().try_for_each(|row| put(transaction, row))
        })?;
        Ok((rows.len(), faults))
    }

    fn write(&mut self, act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>) -> Result<(), Error> {
        let all = || {
            let behaviour = TransactionBehavior::Immediate;
            let transaction = self.connection.transaction_with_behavior(behaviour)?;
            act(&transaction)?;
            transaction.commit()
        };
        all().map_err(|e| failed(&self.path, e))
    }

    /// All runs, in order of their beginning; those without one first, by folder.
    pub(crate) fn rows(&self) -> Result<Vec<Row>, Error> {
        let read = || -> rusqlite::Result<Vec<Row>> {
            let mut query = self.connection.prepare(
                "SELECT id, folder, name, recipe, protocol, belongs, point, fold, seed, data, revision, environment,
                        started, ended, state, problem, process, epochs, steps, seconds
                 FROM runs ORDER BY started, folder",
            )?;
            let mut rows: Vec<Row> = query.query_map([], row)?.collect::<Result<_, _>>()?;
            let mut figures = self
                .connection
                .prepare("SELECT side, figure, value FROM figures WHERE folder = ?1")?;
            for row in &mut rows {
                let found = figures.query_map([&row.folder], |r| {
                    Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?))
                })?;
                for figure in found {
                    let (side, name, value) = figure?;
                    let of = if side == "test" {
                        &mut row.test
                    } else {
                        &mut row.validation
                    };
                    of.insert(name, value);
                }
            }
            Ok(rows)
        };
        read().map_err(|e| failed(&self.path, e))
    }

    /// The run of an id (or of its beginning), or of a folder.
    pub(crate) fn find(&self, given: &str) -> Result<Row, Error> {
        let folder = fs::canonicalize(given)
            .ok()
            .map(|f| f.to_string_lossy().into_owned());
        let rows = self.rows()?;
        let is = |row: &&Row| row.id.starts_with(given) || folder.as_ref() == Some(&row.folder);
        let found: Vec<&Row> = rows.iter().filter(is).collect();
        match found[..] {
            [one] => Ok(one.clone()),
            [] => Err(Error::new(
                ErrorKind::Store,
                format!(
                    "{} knows no run {given:?}: give an id of `runs list`, or the folder of a run; \
                     `runs index DIR` takes up runs that it does not know yet",
                    self.path.display()
                ),
            )),
            _ => {
                let folders: Vec<&str> = found.iter().map(|r| r.folder.as_str()).collect();
                let message = format!(
                    "{given:?} is the id of several runs: give one of {}",
                    folders.join(", ")
                );
                Err(Error::new(ErrorKind::Store, message))
            }
        }
    }

    /// The runs of a group: of a cross-validation, of a grid or of a point of one, by its folder or the end of
    /// its path.
    pub(crate) fn group(&self, given: &str) -> Result<Vec<Row>, Error> {
        let folder = fs::canonicalize(given).ok();
        let rows = self.rows()?.into_iter();
        Ok(rows
            .filter(|row| in_group(row, given, folder.as_deref()))
            .collect())
    }
}

/// True for a run whose group is, or lies in, the folder given.
fn in_group(row: &Row, given: &str, folder: Option<&Path>) -> bool {
    let Some(group) = row.group.as_deref().map(Path::new) else {
        return false;
    };
    let named = || group.ancestors().any(|a| a.ends_with(given));
    folder.map_or_else(named, |f| group.starts_with(f))
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
}

fn put(transaction: &Transaction<'_>, row: &Row) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM runs WHERE folder = ?1", [&row.folder])?;
    transaction.execute(
        "INSERT INTO runs (id, folder, name, recipe, protocol, belongs, point, fold, seed, data, revision, environment,
                           started, ended, state, problem, process, epochs, steps, seconds)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        params![
            row.id,
            row.folder,
            row.name,
            row.recipe,
            row.protocol,
            row.group,
            json(&row.point)?,
            row.fold.map(|f| f as u64),
            row.seed,
            row.data,
            row.revision,
            row.environment.as_ref().map(json).transpose()?,
            row.started,
            row.ended,
            row.state.name(),
            row.problem,
            row.process.as_ref().map(json).transpose()?,
            row.epochs as u64,
            row.steps,
            row.seconds,
        ],
    )?;
    for side in [Side::Validation, Side::Test] {
        // SQLite knows no NaN: a figure without a value is left out.
        for (figure, value) in row.figures(side).iter().filter(|(_, v)| v.is_finite()) {
            transaction.execute(
                "INSERT INTO figures (folder, side, figure, value) VALUES (?1, ?2, ?3, ?4)",
                params![row.folder, side.name(), figure, value],
            )?;
        }
    }
    Ok(())
}

/// A column that holds JSON, or nothing.
fn from_json<T: serde::de::DeserializeOwned>(
    row: &rusqlite::Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    let read = |text: String| {
        serde_json::from_str(&text)
            .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, e.into()))
    };
    text.map(read).transpose()
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let state: String = row.get("state")?;
    Ok(Row {
        id: row.get("id")?,
        folder: row.get("folder")?,
        name: row.get("name")?,
        recipe: row.get("recipe")?,
        protocol: row.get("protocol")?,
        group: row.get("belongs")?,
        point: from_json(row, "point")?.unwrap_or_default(),
        fold: row.get::<_, Option<u64>>("fold")?.map(|f| f as usize),
        seed: row.get("seed")?,
        data: row.get("data")?,
        revision: row.get("revision")?,
        environment: from_json::<Environment>(row, "environment")?,
        started: row.get("started")?,
        ended: row.get("ended")?,
        state: match state.as_str() {
            "running" => State::Running,
            "finished" => State::Finished,
            "failed" => State::Failed,
            _ => State::Interrupted,
        },
        problem: row.get("problem")?,
        process: from_json(row, "process")?,
        epochs: row.get::<_, u64>("epochs")? as usize,
        steps: row.get("steps")?,
        seconds: row.get("seconds")?,
        validation: SideFigures::new(),
        test: SideFigures::new(),
    })
}
