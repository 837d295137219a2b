//! The version of the store and the way to it, one file a version.

use crate::{Error, ErrorKind};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// `PRAGMA application_id` of a run store: "BSRN".
const APPLICATION: i32 = 0x4253_524e;

/// From version n to n + 1.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_runs.sql")];

/// Brings a store to the newest version. Refuses one of a newer program, of another program, and a damaged one;
/// what is refused is not written to.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let read = |connection: &Connection, pragma: &str| {
        connection
            .query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i32>(0))
            .map_err(|e| damaged(path, e))
    };
    if read(connection, "schema_version")? != 0 && read(connection, "application_id")? != APPLICATION {
        let message = "is the database of another program: give another --store";
        return Err(Error::new(
            ErrorKind::Store,
            format!("{} {message}", path.display()),
        ));
    }
    let pending = |version: i32| usize::try_from(version).ok().and_then(|v| MIGRATIONS.get(v..));
    let version = read(connection, "user_version")?;
    match pending(version) {
        Some([]) => return Ok(()),
        Some(_) => {}
        None => {
            let message = format!(
                "{} was written by a newer version of this program (store version {version}, this one knows {}): \
                 update it, or give another --store",
                path.display(),
                MIGRATIONS.len()
            );
            return Err(Error::new(ErrorKind::Store, message));
        }
    }
    let mut upgrade = || {
        // Another process may have come first: looked at again under the lock.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        for (step, migration) in (version..).zip(pending(version).unwrap_or_default()) {
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", step + 1)?;
        }
        transaction.commit()
    };
    upgrade().map_err(|e| failed(path, e))
}

/// A store that SQLite cannot read.
pub(super) fn damaged(path: &Path, source: rusqlite::Error) -> Error {
    let busy = source.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy);
    if busy {
        return failed(path, source);
    }
    let message = format!(
        "{} is not a run store, or corrupt: move it away, then make it again with `blastscope-train runs index DIR`",
        path.display()
    );
    Error::with_source(ErrorKind::Store, message, source)
}

/// A store that could not be written or read now.
pub(super) fn failed(path: &Path, source: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, NotADatabase};
    let remedy = match source.sqlite_error_code() {
        Some(DatabaseBusy) => "another process has held it for long: try again",
        Some(DatabaseCorrupt | NotADatabase) => {
            "it is corrupt: move it away, then make it again with `blastscope-train runs index DIR`"
        }
        _ => "check its permissions and the free space, or give another --store",
    };
    let message = format!("the run store {} failed: {remedy}", path.display());
    Error::with_source(ErrorKind::Store, message, source)
}
